"""What functions of this process answer to the engine's calls, by their kind."""

from __future__ import annotations

import base64
import json
import struct
import traceback
import types
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa
from pyarrow import compute

from ._component.kept import TidemillBlocks, TidemillNumbers
from ._declared import Aggregate, Rows, Scalar
from ._types import SqlType
from ._vectors import WrongResult, call_with_columns, column_of, column_of_values, given_as

if TYPE_CHECKING:
    from ._udfs import ProcessUdf

pc: Any = compute
#: Messages of aggregates and table functions: one column of bytes, as core/udf/remote-columns.ts has it.
PARTS = pa.schema([pa.field("parts", pa.binary(), nullable=False)])
NUMBER = SqlType("INT")
FLAG = SqlType("BOOLEAN")
#: The type and the letter, of `struct`, of what fields are kept as.
KEPT = {int: ("BIGINT", "q"), float: ("DOUBLE", "d"), bool: ("INT", "i")}


class Answers(Protocol):
    @property
    def members(self) -> dict[str, Any]:
        """What the signature has besides arguments."""
        ...

    @property
    def schema(self) -> pa.Schema:
        """Of answers."""
        ...

    def answer(self, batch: pa.RecordBatch) -> pa.RecordBatch: ...

    def told(self, error: BaseException) -> str:
        """An exception as the engine's users see it: what, and where in their code."""
        ...


def answers_of(function: ProcessUdf) -> Answers:
    declared, wrapped = function.declared, function.__wrapped__
    if isinstance(declared, Aggregate):
        assert isinstance(wrapped, type)
        return AggregateAnswers(wrapped, declared)
    assert isinstance(wrapped, types.FunctionType)
    return ScalarAnswers(wrapped, declared) if isinstance(declared, Scalar) else RowsAnswers(wrapped, declared)


class ScalarAnswers:
    """A column in, a column out."""

    def __init__(self, function: types.FunctionType, declared: Scalar) -> None:
        self._function = function
        self._arguments = [kind for _, kind in declared.arguments]
        self._result = declared.result
        self.schema = pa.schema([pa.field("result", declared.result.arrow)])
        self.members = {"result": declared.result.sql}

    def answer(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        column = call_with_columns(self._function, batch.columns, self._arguments, self._result, batch.num_rows)
        return pa.RecordBatch.from_arrays([column], schema=self.schema)

    def told(self, error: BaseException) -> str:
        return _told(error, self._function, self._function.__name__)


class RowsAnswers:
    """Columns in; out the number of the row that each row comes from, and its columns."""

    schema = PARTS

    def __init__(self, function: types.FunctionType, declared: Rows) -> None:
        self._function = function
        self._arguments = [kind for _, kind in declared.arguments]
        self._columns = declared.columns
        self._container = next((kind.container for kind in self._arguments if kind.container is not None), None)
        self.members = {"kind": "table", "columns": [{"name": name, "type": kind.declared} for name, kind in declared.columns]}

    def answer(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        parts = Parts(batch)
        given = [parts.column(kind, parts.rows) for kind in self._arguments]
        numbers, columns = self._rows(given, parts.rows) if self._container is None else self._rows_of_columns(given, parts.rows, self._container)
        return message(len(numbers), [numbers, *columns])

    def _rows(self, given: Sequence[pa.Array], rows: int) -> tuple[pa.Array, list[pa.Array]]:
        width = len(self._columns)
        numbers: list[int] = []
        made: list[tuple[Any, ...]] = []
        for row, values in enumerate(zip(*(each.to_pylist() for each in given)) if given else ((),) * rows):
            for each in self._function(*values) or ():
                one: tuple[Any, ...] = each if isinstance(each, tuple) else (each,)
                if len(one) != width:
                    raise WrongResult(f"it gave {each!r}, and its rows have {width} columns")
                numbers.append(row)
                made.append(one)
        columns = [column_of_values([each[at] for each in made], kind) for at, (_, kind) in enumerate(self._columns)]
        return pa.array(numbers, pa.int32()), columns

    def _rows_of_columns(self, given: Sequence[pa.Array], rows: int, container: str) -> tuple[pa.Array, list[pa.Array]]:
        made = self._function(*(given_as(column, kind.container or container, kind.nullable) for column, kind in zip(given, self._arguments)))
        if not isinstance(made, (tuple, list)) or len(made) != len(self._columns) + 1:  # pyright: ignore[reportUnknownArgumentType]
            raise WrongResult(f"it returned {type(made).__name__}: it is a tuple of the rows' numbers and {len(self._columns)} columns")
        first: Any = made[0]
        numbers = column_of(first, NUMBER, len(first))
        columns = [column_of(each, kind, len(numbers)) for each, (_, kind) in zip(made[1:], self._columns)]  # pyright: ignore
        for (name, kind), column in zip(self._columns, columns):
            if column.null_count > 0 and not kind.nullable:
                raise WrongResult(f"the column {name} has None, and is {kind.declared}")
        if numbers.null_count > 0 or (len(numbers) > 0 and (pc.min(numbers).as_py() < 0 or pc.max(numbers).as_py() >= rows)):
            raise WrongResult(f"the rows' numbers are from 0 to {rows - 1}")
        order = pc.array_sort_indices(numbers)
        return numbers.take(order), [each.take(order) for each in columns]

    def told(self, error: BaseException) -> str:
        return _told(error, self._function, self._function.__name__)


class AggregateAnswers:
    """What is kept of groups in, with rows for them; the same out, or their results."""

    schema = PARTS

    def __init__(self, owner: type, declared: Aggregate) -> None:
        self._owner = owner
        self._declared = declared
        self._arguments = [kind for _, kind in declared.arguments]
        self._container = next((kind.container for kind in self._arguments if kind.container is not None), None)
        numbers = declared.numbers
        self._kept = TidemillBlocks(owner, declared.state_bytes) if numbers is None else TidemillNumbers(owner, numbers)
        kept = {"stateBytes": declared.state_bytes} if numbers is None else {"accumulators": [KEPT[kind][0] for kind in numbers.values()]}
        try:
            empty = owner()
            begin = self._kept.kept(empty)
            nothing = column_of_values([empty.finish()], declared.result)
        except Exception as error:
            raise TypeError(f"{owner.__name__} has no result for a group without rows: {type(error).__name__}: {error}") from error
        self.members = {
            "kind": "aggregate",
            "result": declared.result.sql,
            "parts": ["init", "accumulate", "finish", *declared.parts],
            **kept,
            "initial": [_base64(each) for each in self._buffers([begin])],
            "empty": [_base64(each) for each in buffers_of(nothing)],
        }

    def answer(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        parts = Parts(batch)
        objects = [self._kept.object_of(each) for each in self._states(parts, parts.groups)]
        if parts.part == "finish":
            return message(parts.groups, [column_of_values([each.finish() for each in objects], self._declared.result)])
        groups: list[int] = parts.column(NUMBER, parts.rows).to_pylist()
        if parts.part == "merge":
            for group, other in zip(groups, self._states(parts, parts.rows)):
                objects[group].merge(self._kept.object_of(other))
        else:
            self._accumulate(parts, objects, groups)
        columns = [(b"", each, b"") for each in self._buffers([self._kept.kept(each) for each in objects])]
        return _parts_of(parts.groups, columns)

    def _accumulate(self, parts: Parts, objects: Sequence[Any], groups: Sequence[int]) -> None:
        flags = parts.column(FLAG, parts.rows) if parts.has_values() else parts.skip()
        taken_out: Sequence[bool] | None = None if flags is None else flags.to_pylist()
        given = [parts.column(kind, parts.rows) for kind in self._arguments]
        if self._container is None:
            values = zip(*(each.to_pylist() for each in given)) if given else ((),) * parts.rows
            for row, (group, each) in enumerate(zip(groups, values)):
                method = objects[group].retract if taken_out is not None and taken_out[row] else objects[group].accumulate
                method(*each)
            return
        # all rows of a group stand together, so that what it gets is a piece of one column
        runs = _runs(groups, taken_out)
        order = pa.array([row for _, _, rows in runs for row in rows], pa.int32())
        sorted_columns = given if len(runs) == 1 else [column.take(order) for column in given]
        columns = [given_as(column, kind.container or self._container, kind.nullable) for column, kind in zip(sorted_columns, self._arguments)]
        start = 0
        for group, out, rows in runs:
            end = start + len(rows)
            method = objects[group].retract if out else objects[group].accumulate
            method(*(column.iloc[start:end] if hasattr(column, "iloc") else column[start:end] for column in columns))
            start = end

    def _states(self, parts: Parts, count: int) -> Iterable[tuple[Any, ...]]:
        numbers, size = self._declared.numbers, self._declared.state_bytes
        if numbers is not None:
            return list(zip(*(struct.unpack_from(f"<{count}{KEPT[kind][1]}", parts.buffer()) for kind in numbers.values())))
        blocks = parts.buffer()
        lengths = [int.from_bytes(blocks[at : at + 4], "little") for at in range(0, count * size, size)]
        return [(bytes(blocks[at + 4 : at + 4 + length]),) for at, length in zip(range(0, count * size, size), lengths)]

    def _buffers(self, states: Sequence[tuple[Any, ...]]) -> list[bytes]:
        numbers, size = self._declared.numbers, self._declared.state_bytes
        if numbers is not None:
            columns = list(zip(*states)) or [()] * len(numbers)
            return [struct.pack(f"<{len(column)}{KEPT[kind][1]}", *column) for kind, column in zip(numbers.values(), columns)]
        blocks = (bytes(block) for (block,) in states)
        return [b"".join(len(each).to_bytes(4, "little") + each.ljust(size - 4, b"\0") for each in blocks)]

    def told(self, error: BaseException) -> str:
        return _told(error, self._owner.accumulate, self._owner.__name__)  # type: ignore[attr-defined]


def _runs(groups: Sequence[int], taken_out: Sequence[bool] | None) -> list[tuple[int, bool, list[int]]]:
    """Rows of each group in their order, parted where taking in and taking out change."""
    runs: dict[int, list[tuple[bool, list[int]]]] = {}
    for row, group in enumerate(groups):
        out = taken_out is not None and taken_out[row]
        of_group = runs.setdefault(group, [])
        if not of_group or of_group[-1][0] != out:
            of_group.append((out, []))
        of_group[-1][1].append(row)
    return [(group, out, rows) for group, of_group in runs.items() for out, rows in of_group]


class Parts:
    """A message of the engine, read from its first column to its last."""

    def __init__(self, batch: pa.RecordBatch) -> None:
        _, offsets, content = batch.column(0).buffers()
        self._offsets = memoryview(offsets)[: 4 * (batch.num_rows + 1)].cast("i")
        self._content: pa.Buffer = content
        self._next = 1
        head = json.loads(self._value(0).to_pybytes())
        self.part: str = head["part"]
        self.rows: int = head["rows"]
        self.groups: int = head.get("groups", 0)

    def _value(self, number: int) -> pa.Buffer:
        start = self._offsets[number]
        return self._content.slice(start, self._offsets[number + 1] - start)

    def column(self, kind: SqlType, rows: int) -> pa.Array:
        validity, values, text = (self._value(self._next + each) for each in range(3))
        self._next += 3
        buffers = [validity if validity.size > 0 else None, values]
        if kind.arrow in (pa.string(), pa.binary()):
            buffers.append(text)
        return pa.Array.from_buffers(kind.arrow, rows, buffers)

    def buffer(self) -> memoryview:
        """The values of a column, as they are."""
        self._next += 3
        return memoryview(self._value(self._next - 2))

    def has_values(self) -> bool:
        return self._offsets[self._next + 1] < self._offsets[self._next + 2]

    def skip(self) -> None:
        self._next += 3


def message(rows: int, columns: Sequence[pa.Array]) -> pa.RecordBatch:
    """An answer."""
    return _parts_of(rows, [buffers_of(each) for each in columns])


def buffers_of(column: pa.Array) -> tuple[Any, Any, Any]:
    """Validity, values or offsets, text."""
    if column.offset != 0:
        # a piece of another
        column = column.take(pa.array(range(len(column)), pa.int32()))
    found = [b"" if each is None else each for each in column.buffers()]
    validity = found[0] if column.null_count > 0 else b""
    if len(found) == 2:
        return validity, found[1], b""
    # the offsets of no rows are one, and Arrow may leave it out
    return validity, found[1] if len(column) > 0 else bytes(4), found[2]


def _parts_of(rows: int, columns: Sequence[tuple[Any, Any, Any]]) -> pa.RecordBatch:
    values = [json.dumps({"rows": rows}).encode(), *(bytes(part) for column in columns for part in column)]
    return pa.RecordBatch.from_arrays([pa.array(values, pa.binary())], schema=PARTS)


def _base64(data: Any) -> str:
    return base64.b64encode(data).decode()


def _told(error: BaseException, function: Callable[..., Any], name: str) -> str:
    code = function.__code__
    place = f"\n  in {name}, {code.co_filename}:{code.co_firstlineno}"
    if isinstance(error, WrongResult):
        return f"{error}{place}"
    own = [each for each in traceback.extract_tb(error.__traceback__) if each.filename == code.co_filename]
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return text + (f"\n  in {own[-1].name}, {own[-1].filename}:{own[-1].lineno}: {own[-1].line or ''}".rstrip() if own else place)
