"""Functions that run in this process: the engine sends record batches, and gets one back."""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import json
import os
import socket
import struct
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.flight as flight

from ._answers import answers_of
from ._declared import argument_types, calls_with_nulls

if TYPE_CHECKING:
    from ._udfs import ProcessUdf

#: What a function that is at work gets when its session is closed.
CLOSE_SECONDS = 1.0
#: Of a message over a socket: the call's number, 1 for an error, and the bytes that follow.
HEAD = struct.Struct("<III")
_numbers = itertools.count()
#: Functions at work, by the thread that runs them.
_working: dict[int, str] = {}


class Exchange:
    """One function of one session: a stream that the engine's calls come through, and a thread that answers them."""

    def __init__(
        self,
        client: Any,
        options: Any,
        name: str,
        function: ProcessUdf,
        *,
        replace: bool,
        local: Path | None,
        ended: Callable[[Exchange], None],
    ) -> None:
        self._ended = ended
        self._name = function.__name__
        self._answers = answers_of(function)
        declared = function.declared
        command: dict[str, Any] = {
            "function": name,
            "arguments": argument_types(declared.arguments),
            "argumentNames": [each for each, _ in declared.arguments],
            "nulls": "call" if calls_with_nulls(declared.arguments) else "propagate",
            "deterministic": declared.deterministic,
            "replace": replace,
            **self._answers.members,
        }
        # where the engine is on this machine, calls go over a socket, and gRPC only says how long
        listener: socket.socket | None = None
        if local is not None:
            command["socket"] = str(local / f"calls-{next(_numbers)}")
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(command["socket"])
            listener.listen(1)
        self._writer, self._reader = client.do_exchange(flight.FlightDescriptor.for_command(json.dumps(command).encode()), options)
        self._writer.begin(self._answers.schema)
        try:
            # the answer to the opening: refused, or the columns of the arguments
            self._arguments_schema: pa.Schema = self._reader.schema
            self._socket = None if listener is None else listener.accept()[0]
        except pa.ArrowException:
            # refused: its end says so once more
            with contextlib.suppress(pa.ArrowException):
                self._writer.close()
            raise
        finally:
            if listener is not None:
                listener.close()
                os.unlink(str(command["socket"]))
        self._thread = threading.Thread(target=self._run, name=f"tidemill {name}", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        if self._socket is None:
            self._work()
        else:
            self._work_locally()
        # the engine asks no more: the function was dropped or replaced, or the engine has gone
        self._ended(self)
        with contextlib.suppress(pa.ArrowException):
            self._writer.close()
        if self._socket is not None:
            self._socket.close()

    def _work(self) -> None:
        while True:
            try:
                chunk = self._reader.read_chunk()
                call = json.loads(chunk.app_metadata.to_pybytes())
                if "released" in call:
                    return
                self._answer(chunk.data, call)
            except (StopIteration, pa.ArrowException):
                return
            except KeyboardInterrupt:
                # came when the function had just ended
                continue

    def _answer(self, batch: pa.RecordBatch, call: dict[str, Any]) -> None:
        answer = self._called(batch)
        if isinstance(answer, str):
            self._writer.write_metadata(json.dumps({**call, "error": answer}).encode())
        else:
            self._writer.write_with_metadata(answer, json.dumps(call).encode())

    def _called(self, batch: pa.RecordBatch) -> pa.RecordBatch | str:
        """The result, or what is said of an error."""
        thread = threading.get_ident()
        _working[thread] = self._name
        try:
            return self._answers.answer(batch)
        except BaseException as error:  # noqa: BLE001
            return self._answers.told(error)
        finally:
            _working.pop(thread, None)

    def _work_locally(self) -> None:
        assert self._socket is not None
        while True:
            try:
                head = self._read(HEAD.size)
                if head is None:
                    return
                call, _, size = HEAD.unpack(head)
                content = self._read(size)
                if content is None:
                    return
                answer = self._called(pa.ipc.read_record_batch(pa.py_buffer(content), self._arguments_schema))
                kind, given = (1, answer.encode()) if isinstance(answer, str) else (0, answer.serialize())
                self._socket.sendall(HEAD.pack(call, kind, len(given)))
                self._socket.sendall(given)
            except OSError:
                return
            except KeyboardInterrupt:
                # came when the function had just ended
                continue

    def _read(self, size: int) -> bytearray | None:
        assert self._socket is not None
        content = bytearray(size)
        view = memoryview(content)
        at = 0
        while at < size:
            count = self._socket.recv_into(view[at:])
            if count == 0:
                return None
            at += count
        return content

    def close(self) -> None:
        with contextlib.suppress(pa.ArrowException, OSError):
            self._writer.done_writing()
            if self._socket is not None:
                # wakes the thread that reads
                self._socket.shutdown(socket.SHUT_RD)
            self._thread.join(CLOSE_SECONDS)
            if self._thread.is_alive():
                self._reader.cancel()


def interrupt() -> None:
    """Ends what functions are doing for the engine just now, with KeyboardInterrupt."""
    for thread in list(_working):
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(KeyboardInterrupt))
