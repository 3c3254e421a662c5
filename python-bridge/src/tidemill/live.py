"""Tables and plots that change while a stream runs, in a notebook."""

from __future__ import annotations

import collections
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from . import display

if TYPE_CHECKING:
    from .session import Table

#: Between two pictures.
REFRESH_SECONDS = 0.5


class Rows:
    """The latest rows of a stream, or, of one that changes, all that are there now by their values."""

    def __init__(self, keep: int, updating: bool) -> None:
        self._keep = keep
        self._updating = updating
        self._rows: collections.OrderedDict[tuple[Any, ...], int] = collections.OrderedDict()
        self._latest: collections.deque[tuple[Any, ...]] = collections.deque(maxlen=keep)
        self.seen = 0

    def add(self, batch: pa.RecordBatch) -> None:
        columns = [column.to_pylist() for column in batch.columns]
        self.seen += batch.num_rows
        for row in zip(*columns):
            if not self._updating:
                self._latest.append(row)
                continue
            op, *values = row
            key = tuple(map(_hashable, values))
            count = self._rows.get(key, 0) + (1 if op in ("+I", "+U") else -1)
            self._rows.pop(key, None)
            if count != 0:
                self._rows[key] = count

    def shown(self) -> list[tuple[Any, ...]]:
        if not self._updating:
            return list(self._latest)
        return [key for key, count in self._rows.items() if count > 0][-self._keep :]


def _hashable(value: Any) -> Any:
    return tuple(map(_hashable, value)) if isinstance(value, list) else tuple(sorted(value.items())) if isinstance(value, dict) else value  # pyright: ignore


def live(table: Table, rows: int, seconds: float | None, show: Callable[[list[str], list[tuple[Any, ...]], int], None]) -> None:
    """Calls `show` with names, rows and how many came, until the stream or the time ends, or an interrupt comes."""
    updating = table._describe()["changelog"] != "append"  # pyright: ignore[reportPrivateUsage]
    batches = table.changes() if updating else table.stream()
    names = [name for name in batches.schema.names if not (updating and name == "op")]
    kept = Rows(rows, updating)
    end = None if seconds is None else time.monotonic() + seconds
    try:
        while not batches.ended and (end is None or time.monotonic() < end):
            until = time.monotonic() + REFRESH_SECONDS
            while (batch := batches.next(until)) is not None:
                kept.add(batch)
                if time.monotonic() >= until:
                    break
            show(names, kept.shown(), kept.seen)
    except KeyboardInterrupt:
        # the way to end one that does not end
        pass
    finally:
        batches.close()


def live_table(table: Table, rows: int, seconds: float | None) -> None:
    shown = _updating_display()

    def show(names: list[str], found: list[tuple[Any, ...]], seen: int) -> None:
        shown(display.Shown(names, found, f"{seen} rows so far"))

    live(table, rows, seconds, show)


def live_plot(table: Table, x: str, y: str, kind: str, rows: int, seconds: float | None) -> None:
    import matplotlib.pyplot as plt

    if kind not in ("line", "bar"):
        raise ValueError(f"kind={kind!r}: it is line or bar")
    shown = _updating_display()

    def show(names: list[str], found: list[tuple[Any, ...]], seen: int) -> None:
        for name in (x, y):
            if name not in names:
                raise KeyError(f"there is no column {name!r}; there are {', '.join(names)}")
        points = sorted(((row[names.index(x)], row[names.index(y)]) for row in found), key=lambda point: (point[0] is None, point[0]))
        figure, axes = plt.subplots(figsize=(8, 3.5))
        try:
            if kind == "line":
                axes.plot([point[0] for point in points], [point[1] for point in points], marker=".")
            else:
                axes.bar([str(point[0]) for point in points], [point[1] for point in points])
            axes.set_xlabel(x)
            axes.set_ylabel(y)
            axes.set_title(f"{seen} rows so far", fontsize=9, loc="right")
            figure.autofmt_xdate()
            shown(figure)
        finally:
            plt.close(figure)

    live(table, rows, seconds, show)


def _updating_display() -> Callable[[Any], None]:
    """In a notebook the picture is replaced; elsewhere each is printed."""
    try:
        from IPython.core.getipython import get_ipython
        from IPython.display import display as ipython_display
    except ImportError:
        return lambda shown: print(shown)
    if get_ipython() is None:
        return lambda shown: print(shown)
    handle: list[Any] = []

    def show(shown: Any) -> None:
        if handle:
            handle[0].update(shown)
        else:
            handle.append(ipython_display(shown, display_id=True))

    return show
