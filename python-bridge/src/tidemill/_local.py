"""Rows between us and an engine that we started: streams of Arrow over a socket of this machine, without gRPC in between."""

from __future__ import annotations

import contextlib
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


def _listen(folder: Path) -> tuple[str, socket.socket]:
    path = str(folder / f"rows-{next(_numbers)}")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(1)
    return path, listener


def _close(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        # wakes a thread that reads
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


class Transfer:
    """
    A socket on which the engine comes to us, and the action that makes it come. The action says how it went: what breaks off the stream is raised by it.
    """

    def __init__(self, folder: Path, act: Action) -> None:
        self._path, self._listener = _listen(folder)
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
            _close(self.socket)


class _Chunk:
    """What pyarrow.flight gives for a batch."""

    def __init__(self, data: pa.RecordBatch) -> None:
        self.data = data


class NearReader:
    """
    A stream of Flight whose rows go on over a socket of ours when they are many: few cost one call. It has the methods of pyarrow's FlightStreamReader
    that we use.
    """

    def __init__(self, folder: Path, ask: Callable[[str], Any]) -> None:
        """`ask` gives the stream of Flight, given the path on which we listen."""
        self._path, self._listener = _listen(folder)
        self._socket: socket.socket | None = None
        self._rows: Any = None
        try:
            self._stream = ask(self._path)
            self.schema: pa.Schema = self._stream.schema
        except BaseException:
            self._end()
            raise

    def read_chunk(self) -> Any:
        try:
            if self._rows is None:
                chunk = self._stream.read_chunk()
                if chunk.app_metadata is None:
                    return chunk
                # the engine has connected before it says so
                self._socket = self._listener.accept()[0]
                self._rows = pa.ipc.open_stream(self._socket.makefile("rb", buffering=1 << 16))
            return self._next()
        except BaseException:
            self._end()
            raise

    def _next(self) -> _Chunk:
        try:
            return _Chunk(self._rows.read_next_batch())
        except (StopIteration, pa.ArrowException, OSError, ValueError):
            # what breaks off may look like an end: the call tells which it was
            self._stream.read_chunk()
            raise

    def cancel(self) -> None:
        self._stream.cancel()
        self._end()

    def _end(self) -> None:
        if self._socket is not None:
            _close(self._socket)
        self._listener.close()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path)


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
