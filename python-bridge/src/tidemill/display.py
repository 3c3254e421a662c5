"""Rows as text and as HTML."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._results import Preview

CELL_CHARACTERS_MAX = 60


def _cell(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return f"x'{value.hex()}'"
    shown = str(value)
    return shown if len(shown) <= CELL_CHARACTERS_MAX else shown[: CELL_CHARACTERS_MAX - 1] + "…"


class Shown:
    """Rows of Python's values, and a line below them."""

    def __init__(self, names: list[str], rows: list[tuple[Any, ...]], footer: str) -> None:
        self._names = names
        self._rows = [[_cell(value) for value in row] for row in rows]
        self._footer = footer

    def __repr__(self) -> str:
        return _text(self._names, self._rows, self._footer)

    def _repr_html_(self) -> str:
        return _html(self._names, [""] * len(self._names), self._rows, self._footer)


def _rows(preview: Preview) -> list[list[str]]:
    return [[_cell(value) for value in row] for row in zip(*(_values(each) for each in preview.table.columns))]


def _values(column: Any) -> list[Any]:
    try:
        return column.to_pylist()
    except ValueError:
        # Python's times have no nanoseconds
        import pyarrow as pa

        return column.cast(pa.string()).to_pylist()


def _footer(preview: Preview) -> str:
    count = preview.table.num_rows
    if not preview.bounded:
        return f"the first {count} rows of a stream" if count else "a stream that has given no row yet"
    rows = "1 row" if count == 1 else f"{count} rows"
    return f"the first {rows}" if preview.more else rows


def as_text(preview: Preview) -> str:
    return _text(list(preview.table.column_names), _rows(preview), _footer(preview))


def as_html(preview: Preview) -> str:
    return _html(list(preview.table.column_names), list(preview.types), _rows(preview), _footer(preview))


def _text(names: list[str], rows: list[list[str]], footer: str) -> str:
    widths = [max([len(name), *(len(row[index]) for row in rows)]) for index, name in enumerate(names)]
    lines = ["  ".join(name.ljust(width) for name, width in zip(names, widths)), "  ".join("─" * width for width in widths)]
    lines += ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)) for row in rows]
    return "\n".join([line.rstrip() for line in lines] + [footer])


def _html(names: list[str], types: list[str], rows: list[list[str]], footer: str) -> str:
    head = "".join(
        f"<th>{html.escape(name)}<br><small style='font-weight:normal;opacity:.7'>{html.escape(type_)}</small></th>" for name, type_ in zip(names, types)
    )
    body = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><small>{html.escape(footer)}</small>"
