"""Rows as text and as HTML."""

from __future__ import annotations

import html
import re
from decimal import Decimal
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


class _Column:
    """What stands in a column; numbers stand at its right, so that their digits do below each other."""

    def __init__(self, name: str, type_: str, values: list[Any]) -> None:
        self.name = name
        self.type = type_
        self.cells = [_cell(value) for value in values]
        known = [value for value in values if value is not None]
        self.right = bool(known) and all(isinstance(value, (int, float, Decimal)) and not isinstance(value, bool) for value in known)


class Shown:
    """Rows of Python's values, and a line below them."""

    def __init__(self, names: list[str], rows: list[tuple[Any, ...]], footer: str) -> None:
        self._columns = [_Column(name, "", [row[index] for row in rows]) for index, name in enumerate(names)]
        self._footer = footer

    def __repr__(self) -> str:
        return _text(self._columns, self._footer)

    def _repr_html_(self) -> str:
        return _html(self._columns, self._footer)


def _columns(preview: Preview) -> list[_Column]:
    table = preview.table
    return [_Column(name, type_, _values(column, type_)) for name, type_, column in zip(table.column_names, preview.types, table.columns)]


def _values(column: Any, type_: str) -> list[Any]:
    import pyarrow as pa

    if pa.types.is_timestamp(column.type) and column.type.tz is None:
        # all of a column with as many digits as its type has, where Arrow has three or six or nine
        digits = re.match(r"TIMESTAMP\((\d)\)", type_)
        texts = column.cast(pa.string()).to_pylist()
        return texts if digits is None else [each and re.sub(rf"(\.\d{{{digits[1]}}})\d*$", r"\1", each).rstrip(".") for each in texts]
    try:
        return column.to_pylist()
    except ValueError:
        # Python's times have no nanoseconds
        return column.cast(pa.string()).to_pylist()


def _footer(preview: Preview) -> str:
    count = preview.table.num_rows
    if not preview.bounded:
        return f"the first {count} rows of a stream" if count else "a stream that has given no row yet"
    rows = "1 row" if count == 1 else f"{count} rows"
    return f"the first {rows}" if preview.more else rows


def as_text(preview: Preview) -> str:
    return _text(_columns(preview), _footer(preview))


def as_html(preview: Preview) -> str:
    return _html(_columns(preview), _footer(preview))


def _text(columns: list[_Column], footer: str) -> str:
    widths = [max(len(each) for each in [column.name, *column.cells]) for column in columns]
    lines = ["  ".join(_placed(column, column.name, width) for column, width in zip(columns, widths)), "  ".join("─" * width for width in widths)]
    for row in zip(*(column.cells for column in columns)):
        lines.append("  ".join(_placed(column, cell, width) for column, cell, width in zip(columns, row, widths)))
    return "\n".join([line.rstrip() for line in lines] + [footer])


def _placed(column: _Column, text: str, width: int) -> str:
    return text.rjust(width) if column.right else text.ljust(width)


def _html(columns: list[_Column], footer: str) -> str:
    sides = ["right" if column.right else "left" for column in columns]
    head = "".join(
        f"<th style='text-align:{side}'>{html.escape(column.name)}<br><small style='font-weight:normal;opacity:.7'>{html.escape(column.type)}</small></th>"
        for column, side in zip(columns, sides)
    )
    body = "".join(
        "<tr>" + "".join(f"<td style='text-align:{side}'>{html.escape(cell)}</td>" for cell, side in zip(row, sides)) + "</tr>"
        for row in zip(*(column.cells for column in columns))
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><small>{html.escape(footer)}</small>"
