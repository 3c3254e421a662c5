"""Windows over event time, for `Table.window`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from . import _sql

__all__ = ["Window", "cumulate", "hop", "session", "tumble"]

Span = str | dt.timedelta


@dataclass(frozen=True)
class Window:
    """A window function without its table."""

    function: str
    time: str
    arguments: tuple[str, ...]
    partition: tuple[str, ...] = ()

    def over(self, table: str) -> str:
        """The text of Flink SQL, over a named table."""
        keys = f" PARTITION BY ({', '.join(_sql.identifier(each) for each in self.partition)})" if self.partition else ""
        parts = [f"TABLE {table}{keys}", f"DESCRIPTOR({_sql.identifier(self.time)})", *self.arguments]
        return f"TABLE({self.function}({', '.join(parts)}))"


def _offset(offset: Span | None) -> tuple[str, ...]:
    return () if offset is None else (_sql.interval(offset),)


def tumble(time: str, size: Span, offset: Span | None = None) -> Window:
    """
    Windows one behind the other.

    >>> tumble("at", "10 minutes").over("`bid`")
    "TABLE(TUMBLE(TABLE `bid`, DESCRIPTOR(`at`), INTERVAL '10' MINUTE))"
    """
    return Window("TUMBLE", time, (_sql.interval(size), *_offset(offset)))


def hop(time: str, slide: Span, size: Span, offset: Span | None = None) -> Window:
    """Windows of `size`, one every `slide`."""
    return Window("HOP", time, (_sql.interval(slide), _sql.interval(size), *_offset(offset)))


def cumulate(time: str, step: Span, size: Span, offset: Span | None = None) -> Window:
    """Windows that grow by `step` until they have `size`."""
    return Window("CUMULATE", time, (_sql.interval(step), _sql.interval(size), *_offset(offset)))


def session(time: str, gap: Span, partition_by: str | Sequence[str] = ()) -> Window:
    """Windows that end where nothing comes for `gap`."""
    keys = (partition_by,) if isinstance(partition_by, str) else tuple(partition_by)
    return Window("SESSION", time, (_sql.interval(gap),), keys)
