"""What statements give besides tables: rows that are here, and texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from . import display

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True)
class Preview:
    """The first rows of a table, and what its columns are in SQL."""

    table: pa.Table
    types: Sequence[str]
    more: bool
    bounded: bool

    def __repr__(self) -> str:
        return display.as_text(self)

    def _repr_html_(self) -> str:
        return display.as_html(self)


class Result:
    """Rows that are here: of SHOW, DESCRIBE and the like."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table

    def to_arrow(self) -> pa.Table:
        return self._table

    def to_pandas(self) -> pandas.DataFrame:
        return self._table.to_pandas()

    def to_pylist(self) -> list[dict[str, Any]]:
        return self._table.to_pylist()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.to_pylist())

    def _preview(self) -> Preview:
        return Preview(self._table, [""] * self._table.num_columns, more=False, bounded=True)

    def __repr__(self) -> str:
        return display.as_text(self._preview())

    def _repr_html_(self) -> str:
        return display.as_html(self._preview())


class Text(str):
    """A text that shows as it is."""

    def __repr__(self) -> str:
        return str(self)
