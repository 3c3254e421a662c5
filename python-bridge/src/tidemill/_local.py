"""Rows between us and an engine that we started: streams of Arrow over a socket of this machine, without gRPC in between."""

from __future__ import annotations

import itertools
import os
import select
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa

Action = Callable[[str], Any]
_numbers = itertools.count()


class Transfer:
    """
    A socket on which the engine comes to us, and the action that makes it come. The action says how it went: what breaks off the stream is raised by it.
    """

    def __init__(self, folder: Path, act: Action) -> None:
        self._path = str(folder / f"rows-{next(_numbers)}")
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self._path)
        self._listener.listen(1)
        # the end of the action is heard while we wait for the engine
        self._done_read, self._done_write = os.pipe()
        self._answer: Any = None
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._act, args=(act,), daemon=True)
        self._thread.start()
        self.socket: socket.socket | None = None
        try:
            ready, _, _ = select.select([self._listener, self._done_read], [], [])
            if self._listener in ready:
                self.socket = self._listener.accept()[0]
        finally:
            self._listener.close()
            os.unlink(self._path)
        if self.socket is None:
            self.answer()
            raise EOFError("the engine did not come for its rows")

    def _act(self, act: Action) -> None:
        try:
            self._answer = act(self._path)
        except BaseException as error:  # noqa: BLE001
            self._failure = error
        os.write(self._done_write, b"x")

    def answer(self) -> Any:
        """What the action gave, once it has ended."""
        self._thread.join()
        if self._done_read >= 0:
            os.close(self._done_read)
            os.close(self._done_write)
            self._done_read = -1
        if self._failure is not None:
            raise self._failure
        return self._answer

    def close(self) -> None:
        if self.socket is not None:
            try:
                # wakes a thread that reads
                self.socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            self.socket.close()


class _Chunk:
    """What pyarrow.flight gives for a batch."""

    def __init__(self, data: pa.RecordBatch) -> None:
        self.data = data


class LocalReader:
    """Reads a result; it has the methods of pyarrow's FlightStreamReader that we use."""

    def __init__(self, folder: Path, act: Action) -> None:
        self._transfer = Transfer(folder, act)
        assert self._transfer.socket is not None
        self._file = self._transfer.socket.makefile("rb", buffering=1 << 16)
        self._cancelled = False
        try:
            self._reader = pa.ipc.open_stream(self._file)
        except (pa.ArrowException, OSError):
            self._transfer.answer()
            raise
        self.schema: pa.Schema = self._reader.schema

    def read_chunk(self) -> _Chunk:
        try:
            return _Chunk(self._reader.read_next_batch())
        except StopIteration:
            # a stream that breaks off between two batches looks like one that ends
            self._transfer.answer()
            self._transfer.close()
            raise
        except (pa.ArrowException, OSError, ValueError):
            if not self._cancelled:
                self._transfer.answer()
            raise

    def cancel(self) -> None:
        self._cancelled = True
        self._transfer.close()


class _Sink:
    """Writes all that it is given: a plain socket may take a part."""

    closed = False

    def __init__(self, target: socket.socket) -> None:
        self._target = target

    def write(self, data: Any) -> int:
        view = memoryview(data)
        self._target.sendall(view)
        return view.nbytes

    def flush(self) -> None:
        pass

    def close(self) -> None:
        self.closed = True


def put(folder: Path, act: Action, schema: pa.Schema, batches: Any) -> Any:
    """Sends record batches; gives what the action gave."""
    transfer = Transfer(folder, act)
    assert transfer.socket is not None
    try:
        try:
            writer = pa.ipc.new_stream(pa.PythonFile(_Sink(transfer.socket), mode="w"), schema)
            for batch in batches:
                writer.write_batch(batch)
            # the end is not said where batches fail to come: the engine takes all rows or none
            writer.close()
        except OSError:
            # the engine says why it has left
            transfer.answer()
            raise
        return transfer.answer()
    finally:
        transfer.close()
