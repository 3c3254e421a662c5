"""Reads a stream in a thread of its own, so that an interrupt always comes through."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pyarrow as pa

from ._process import interrupt
from .errors import from_arrow

T = TypeVar("T")
#: Batches that lie ready before the engine has to wait.
BATCHES_AHEAD = 4
POLL_SECONDS = 0.1


def interruptible(action: Callable[[], T], cancel: Callable[[], None] | None = None) -> T:
    """The result of what blocks; an interrupt cancels it."""
    result: list[T] = []
    failure: list[BaseException] = []
    done = threading.Event()

    def work() -> None:
        try:
            result.append(action())
        except BaseException as error:  # noqa: BLE001
            failure.append(error)
        done.set()

    threading.Thread(target=work, daemon=True).start()
    try:
        while not done.wait(POLL_SECONDS):
            pass
    except BaseException:
        interrupt()
        if cancel is not None:
            cancel()
        raise
    if failure:
        raise translated(failure[0]) from None
    return result[0]


def translated(error: BaseException) -> BaseException:
    return from_arrow(error) if isinstance(error, pa.ArrowException) else error


class Batches:
    """Record batches of a stream as they come. Leaving it, or `close`, stops the job behind it."""

    schema: pa.Schema

    def __init__(self, open: Callable[[], Any]) -> None:
        """`open` asks for the stream, in our thread: it has `schema`, `read_chunk()` and `cancel()`. Settled when the schema has come."""
        self._open = open
        self._reader: Any = None
        self._batches: queue.Queue[pa.RecordBatch | pa.Schema | BaseException | None] = queue.Queue(BATCHES_AHEAD)
        self._closed = False
        #: Whether the stream has come to its end, or was closed.
        self.ended = False
        threading.Thread(target=self._work, daemon=True).start()
        self.schema = self._take(None)

    def _work(self) -> None:
        try:
            self._reader = self._open()
            self._put(self._reader.schema)
            while not self._closed:
                self._put(self._reader.read_chunk().data)
            # also one that was closed before it was there
            self._reader.cancel()
        except StopIteration:
            self._put(None)
        except BaseException as error:  # noqa: BLE001
            self._put(error)

    def _put(self, item: pa.RecordBatch | pa.Schema | BaseException | None) -> None:
        while not self._closed:
            try:
                return self._batches.put(item, timeout=POLL_SECONDS)
            except queue.Full:
                continue

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        try:
            while True:
                batch = self.next()
                if batch is None:
                    return
                yield batch
        finally:
            self.close()

    def next(self, until: float | None = None) -> pa.RecordBatch | None:
        """The next batch; None at the end, or when `until` (of `time.monotonic`) has come."""
        return self._take(until)

    def _take(self, until: float | None) -> Any:
        while not self._closed:
            try:
                item = self._batches.get(timeout=POLL_SECONDS if until is None else max(0, min(POLL_SECONDS, until - time.monotonic())))
            except queue.Empty:
                if until is not None and time.monotonic() >= until:
                    return None
                continue
            except KeyboardInterrupt:
                interrupt()
                self.close()
                raise
            if isinstance(item, BaseException):
                self.close()
                raise translated(item) from None
            if item is None:
                self._closed = self.ended = True
            return item
        return None

    def close(self) -> None:
        self.ended = True
        if not self._closed:
            self._closed = True
            if self._reader is not None:
                self._reader.cancel()
