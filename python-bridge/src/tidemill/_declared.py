"""What a function of Python is in SQL: its kind, and the types of what goes in and comes out."""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ._component.kept import TIDEMILL_BLOCK_BYTES_MAX as STATE_BYTES_MAX
from ._types import SqlType, sql_type_of

Columns = Sequence[tuple[str, SqlType]]
#: Fields that are kept as numbers, at most; what a block of bytes has where fields are something else.
NUMBERS_MAX = 8
STATE_BYTES = 1024


@dataclass(frozen=True)
class Scalar:
    """A value for each row."""

    arguments: Columns
    result: SqlType
    deterministic: bool = True


@dataclass(frozen=True)
class Rows:
    """Rows for each row."""

    arguments: Columns
    columns: Columns
    deterministic: bool = True


@dataclass(frozen=True)
class Aggregate:
    """A value for each group. `numbers`: fields that are all that is kept of a group, by name; None where the whole object is kept, in a block of bytes."""

    arguments: Columns
    result: SqlType
    numbers: Mapping[str, type] | None
    state_bytes: int
    #: Which of `retract` and `merge` there are.
    parts: Sequence[str]
    deterministic: bool = True


Declared = Scalar | Rows | Aggregate


def calls_with_nulls(arguments: Columns) -> bool:
    return any(kind.nullable for _, kind in arguments)


def argument_types(arguments: Columns) -> list[str]:
    """As signatures have them: NOT NULL counts where another argument may be NULL."""
    asked = calls_with_nulls(arguments)
    return [kind.declared if asked else kind.sql for _, kind in arguments]


def declared_scalar(function: types.FunctionType, arguments: Sequence[str] | None, result: str | None, deterministic: bool) -> Scalar:
    """By the annotations, or as the types are given."""
    hints = _hints(function)
    return Scalar(_arguments(function, hints, arguments), _result(hints.get("return"), result, "the result"), deterministic)


def declared_rows(
    function: types.FunctionType, arguments: Sequence[str] | None, result: Sequence[str] | None, names: Sequence[str] | None, deterministic: bool
) -> Rows:
    """
    Of a generator: `-> Iterator[int]`, `-> Iterator[tuple[str, int]]`, or of a NamedTuple, whose fields name the columns.

    >>> from collections.abc import Iterator
    >>> def words(text: str) -> Iterator[tuple[str, int]]:
    ...     yield text, len(text)
    >>> [f"{name} {kind.declared}" for name, kind in declared_rows(words, None, None, None, True).columns]
    ['f0 STRING NOT NULL', 'f1 BIGINT NOT NULL']
    """
    hints = _hints(function)
    members, given = _row_of(hints.get("return"), result is not None)
    if members is None:
        assert result is not None
        members = [None] * len(result)
    if result is not None and len(result) != len(members):
        raise TypeError(f"{function.__name__} gives rows of {len(members)} columns, and result= has {len(result)} types")
    called = names if names is not None else given if given is not None else [f"f{number}" for number in range(len(members))]
    if len(called) != len(members):
        raise TypeError(f"{function.__name__} gives rows of {len(members)} columns, and names= has {len(called)}")
    columns = [(name, _result(hint, result[index] if result else None, f"column {name}")) for index, (name, hint) in enumerate(zip(called, members))]
    return Rows(_arguments(function, hints, arguments), columns, deterministic)


def declared_aggregate(
    owner: type, arguments: Sequence[str] | None, result: str | None, state_bytes: int | None, deterministic: bool
) -> Aggregate:
    """Of a class with `accumulate` and `finish`; fields that are annotated `int`, `float` or `bool`, and no others, are kept as numbers."""
    methods = {name: each for name in ("accumulate", "retract", "merge", "finish") if isinstance(each := getattr(owner, name, None), types.FunctionType)}
    for name in ("accumulate", "finish"):
        if name not in methods:
            raise TypeError(f"{owner.__name__} has no method {name}(self{', …' if name == 'accumulate' else ''})")
    given = _arguments(methods["accumulate"], _hints(methods["accumulate"]), arguments, first=1)
    if "retract" in methods and len(inspect.signature(methods["retract"]).parameters) != len(given) + 1:
        raise TypeError(f"{owner.__name__}.retract takes what accumulate takes")
    if "merge" in methods and len(inspect.signature(methods["merge"]).parameters) != 2:
        raise TypeError(f"{owner.__name__}.merge takes another {owner.__name__}: merge(self, other)")
    if state_bytes is not None and not 8 <= state_bytes <= STATE_BYTES_MAX:
        raise ValueError(f"state_bytes={state_bytes}: it is from 8 to {STATE_BYTES_MAX}")
    numbers = None if state_bytes is not None else _numbers(owner)
    gives = _result(_hints(methods["finish"]).get("return"), result, "the result")
    parts = [name for name in ("retract", "merge") if name in methods]
    return Aggregate(given, gives, numbers, STATE_BYTES if state_bytes is None else state_bytes, parts, deterministic)


def _numbers(owner: type) -> Mapping[str, type] | None:
    """The fields of an aggregate, if all are numbers."""
    hints = _hints(owner)
    for name in hints:
        if isinstance(vars(owner).get(name), (list, dict, set)):
            raise TypeError(f"the field {name} of {owner.__name__} begins with a value that all groups would share: give it in __init__")
    numbers = {name: hint for name, hint in hints.items() if isinstance(hint, type) and hint in (int, float, bool)}
    if not 1 <= len(numbers) <= NUMBERS_MAX or len(numbers) < len(hints):
        return None
    # fields that __init__ makes and nothing declares are to be kept, too
    return numbers if vars(owner()).keys() <= numbers.keys() else None


def _hints(of: Any) -> Mapping[str, object]:
    try:
        return typing.get_type_hints(of, include_extras=True)
    except NameError as problem:
        raise TypeError(f"the annotations of {of.__name__} cannot be read: {problem}") from None


def _arguments(function: types.FunctionType, hints: Mapping[str, object], given: Sequence[str] | None, first: int = 0) -> Columns:
    parameters = list(inspect.signature(function).parameters.values())[first:]
    for each in parameters:
        if each.kind not in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD):
            raise TypeError(f"{function.__name__} has the parameter {each}: functions in queries have plain parameters")
    if given is not None and len(given) != len(parameters):
        raise TypeError(f"{function.__name__} has {len(parameters)} parameters, and arguments= has {len(given)} types")
    return [(each.name, _type(hints.get(each.name), given[index] if given else None, f"parameter {each.name}")) for index, each in enumerate(parameters)]


def _row_of(hint: object, typed: bool) -> tuple[list[object] | None, Sequence[str] | None]:
    """The annotations of a row's columns, and their names where it has some."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if getattr(origin, "__name__", "") not in ("Iterator", "Iterable", "Generator", "list", "Sequence") or not arguments:
        if typed:
            return None, None
        raise TypeError("a table function gives rows: write -> Iterator[int], or -> Iterator[tuple[str, int]]; or say the types of its columns: result=[…]")
    row = arguments[0]
    if isinstance(row, type) and issubclass(row, tuple) and hasattr(row, "_fields"):
        return list(_hints(row).values()), list(row._fields)  # type: ignore[attr-defined] # pyright: ignore
    if typing.get_origin(row) is tuple:
        members = list(typing.get_args(row))
        if Ellipsis in members:
            raise TypeError("rows have as many columns each: Iterator[tuple[str, int]]")
        return members, None
    return [row], None


def _type(hint: object, written: str | None, what: str) -> SqlType:
    if written is not None:
        return sql_type_of(typing.Annotated[Any if hint is None else hint, written], what)
    if hint is None:
        raise TypeError(f"{what} has no type: annotate it, or say it in SQL: arguments=[…], result=…")
    return sql_type_of(hint, what)


def _result(hint: object, written: str | None, what: str) -> SqlType:
    """What has no annotation may be NULL, as in SQL, where it does not say otherwise."""
    found = _type(hint, written, what)
    if hint is not None or written is None:
        return found
    return replace(found, nullable=re.search(r"\bNOT\s+NULL\s*$", written, re.IGNORECASE) is None)
