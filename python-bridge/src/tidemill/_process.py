"""Functions that run in this process: the engine sends record batches, and gets a column back."""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import json
import os
import socket
import struct
import threading
import traceback
import types
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.flight as flight

from ._declared import Scalar, argument_types, calls_with_nulls
from ._types import SqlType

if TYPE_CHECKING:
    from ._udfs import ProcessUdf

#: What a function that is at work gets when its session is closed.
CLOSE_SECONDS = 1.0
#: Of a message over a socket: the call's number, 1 for an error, and the bytes that follow.
HEAD = struct.Struct("<III")
_numbers = itertools.count()
#: Functions at work, by the thread that runs them.
_working: dict[int, str] = {}


class WrongResult(Exception):
    """A function gave something else than its result's type says."""


def call_with_columns(function: Callable[..., Any], columns: Sequence[pa.Array], arguments: Sequence[SqlType], result: SqlType, rows: int) -> pa.Array:
    """One batch through a function of arrays, or of values one row at a time."""
    container = next((each.container for each in arguments if each.container is not None), result.container)
    if container is None:
        values = [each.to_pylist() for each in columns]
        given: list[Any] = [function(*row) for row in zip(*values)] if values else [function() for _ in range(rows)]
        return _column_of_values(given, result)
    given_columns = [_given_as(column, kind.container or container, kind.nullable) for column, kind in zip(columns, arguments)]
    return _column_of(function(*given_columns), result, rows)


def _given_as(column: pa.Array, container: str, nullable: bool) -> Any:
    if container == "arrow":
        return column
    if container == "pandas":
        return column.to_pandas(types_mapper=_nullable_types().get if nullable else None)
    if column.null_count > 0 and nullable and (pa.types.is_primitive(column.type) or pa.types.is_boolean(column.type)):
        import numpy

        filled = column.fill_null(False if pa.types.is_boolean(column.type) else pa.scalar(0).cast(column.type))
        return numpy.ma.MaskedArray(filled.to_numpy(zero_copy_only=False), mask=column.is_null().to_numpy(zero_copy_only=False))  # pyright: ignore[reportUnknownMemberType]
    return column.to_numpy(zero_copy_only=False)


def _nullable_types() -> dict[pa.DataType, Any]:
    import pandas

    return {
        pa.int8(): pandas.Int8Dtype(),
        pa.int16(): pandas.Int16Dtype(),
        pa.int32(): pandas.Int32Dtype(),
        pa.int64(): pandas.Int64Dtype(),
        pa.bool_(): pandas.BooleanDtype(),
        pa.float32(): pandas.Float32Dtype(),
        pa.float64(): pandas.Float64Dtype(),
    }


def _column_of(given: Any, result: SqlType, rows: int) -> pa.Array:
    if isinstance(given, (str, bytes)) or not hasattr(given, "__len__"):
        raise WrongResult(f"it returned {type(given).__name__}, and a column of {rows} values is needed")
    if len(given) != rows:
        raise WrongResult(f"it returned {len(given)} values for {rows} rows")
    wanted = result.arrow
    try:
        if isinstance(given, pa.ChunkedArray):
            given = given.combine_chunks()
        if isinstance(given, pa.Array):
            return given if given.type == wanted else given.cast(wanted)
        if type(given).__module__.partition(".")[0] == "pandas" and given.dtype != object and hasattr(given.dtype, "type") and not given.hasnans:
            given = given.to_numpy()
        dtype = getattr(given, "dtype", None)
        if dtype is not None and getattr(dtype, "kind", "") == "f" and pa.types.is_integer(wanted):
            raise WrongResult(f"it returned {dtype}, and its result is {result.sql}: round, and .astype(int)")
        return pa.array(given, type=wanted)
    except (pa.ArrowException, TypeError, OverflowError) as problem:
        raise WrongResult(f"what it returned is no column of {result.sql}: {problem}") from None


def _column_of_values(given: list[Any], result: SqlType) -> pa.Array:
    try:
        made = pa.array(given, type=result.arrow)
    except (pa.ArrowException, TypeError, OverflowError) as problem:
        wanted = result.arrow
        for row, value in enumerate(given):
            try:
                pa.array([value], type=wanted)
            except (pa.ArrowException, TypeError, OverflowError):
                raise WrongResult(f"it returned {value!r}, which is no {result.sql}, in row {row} of the batch") from None
        raise WrongResult(str(problem)) from None
    if made.null_count > 0 and not result.nullable:
        row = next(number for number, value in enumerate(given) if value is None)
        raise WrongResult(f"it returned None in row {row} of the batch; write … | None behind the ->")
    return made


def told(error: BaseException, function: types.FunctionType) -> str:
    """An exception as the engine's users see it: what, and where in their code."""
    if isinstance(error, WrongResult):
        code = function.__code__
        return f"{error}\n  in {function.__name__}, {code.co_filename}:{code.co_firstlineno}"
    frames = traceback.extract_tb(error.__traceback__)
    own = [each for each in frames if each.filename == function.__code__.co_filename]
    frame = (own or frames)[-1] if frames else None
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return text if frame is None else f"{text}\n  in {frame.name}, {frame.filename}:{frame.lineno}: {frame.line or ''}".rstrip()


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
    ) -> None:
        self._function = function.__wrapped__
        declared = function.declared
        assert isinstance(declared, Scalar)
        self._arguments = [kind for _, kind in declared.arguments]
        self._result = result = declared.result
        command: dict[str, Any] = {
            "function": name,
            "arguments": argument_types(declared.arguments),
            "argumentNames": [each for each, _ in declared.arguments],
            "result": result.sql,
            "nulls": "call" if calls_with_nulls(declared.arguments) else "propagate",
            "deterministic": declared.deterministic,
            "replace": replace,
        }
        # where the engine is on this machine, calls go over a socket, and gRPC only says how long
        listener: socket.socket | None = None
        if local is not None:
            command["socket"] = str(local / f"calls-{next(_numbers)}")
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(command["socket"])
            listener.listen(1)
        self._writer, self._reader = client.do_exchange(flight.FlightDescriptor.for_command(json.dumps(command).encode()), options)
        self._schema = pa.schema([pa.field("result", result.arrow)])
        self._writer.begin(self._schema)
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
        self._thread = threading.Thread(target=self._work if self._socket is None else self._work_locally, name=f"tidemill {name}", daemon=True)
        self._thread.start()

    def _work(self) -> None:
        while True:
            try:
                chunk = self._reader.read_chunk()
                self._answer(chunk.data, json.loads(chunk.app_metadata.to_pybytes()))
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
        _working[thread] = self._function.__name__
        try:
            column = call_with_columns(self._function, batch.columns, self._arguments, self._result, batch.num_rows)
            return pa.RecordBatch.from_arrays([column], schema=self._schema)
        except BaseException as error:  # noqa: BLE001
            return told(error, self._function)
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
        try:
            self._writer.done_writing()
            if self._socket is not None:
                try:
                    # wakes the thread that reads
                    self._socket.shutdown(socket.SHUT_RD)
                except OSError:
                    pass
            self._thread.join(CLOSE_SECONDS)
            if self._thread.is_alive():
                self._reader.cancel()
            else:
                self._writer.close()
        except pa.ArrowException:
            # the engine has gone before
            pass


def interrupt() -> None:
    """Ends what functions are doing for the engine just now, with KeyboardInterrupt."""
    for thread in list(_working):
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(KeyboardInterrupt))
