"""Decorators that make functions of queries: compiled to WebAssembly, components in the engine's sandbox, or run in this process."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, overload

from ._compile import compile_function
from ._compile.aggregate import compile_aggregate
from ._compile.function import Compiled
from ._compile.rows import compile_rows
from ._declared import Columns, Declared, Rows, Scalar, declared_aggregate, declared_rows, declared_scalar
from ._udfs import CompiledUdf, ComponentUdf, ProcessUdf, Udaf, Udf, Udtf

__all__ = ["CompiledUdf", "ComponentUdf", "ProcessUdf", "Udaf", "Udf", "Udtf", "udaf", "udf", "udtf"]

Vector = Literal["numpy", "pandas", "arrow"]
Mode = Literal["compiled", "process"]


@overload
def udf(function: Callable[..., Any], /) -> CompiledUdf[Compiled]: ...
@overload
def udf(*, mode: Literal["compiled"] = "compiled") -> Callable[[Callable[..., Any]], CompiledUdf[Compiled]]: ...
@overload
def udf(
    *,
    component: Literal[True],
    arguments: Sequence[str] | None = None,
    result: str | None = None,
    deterministic: bool = True,
    offline: bool = False,
) -> Callable[[Callable[..., Any]], ComponentUdf]: ...
@overload
def udf(
    *,
    mode: Literal["process"],
    vector: Vector | None = None,
    arguments: Sequence[str] | None = None,
    result: str | None = None,
    deterministic: bool = True,
) -> Callable[[Callable[..., Any]], ProcessUdf]: ...
def udf(
    function: Callable[..., Any] | None = None,
    /,
    *,
    component: bool = False,
    mode: Mode = "compiled",
    vector: Vector | None = None,
    arguments: Sequence[str] | None = None,
    result: str | None = None,
    deterministic: bool = True,
    offline: bool = False,
) -> Any:
    """
    Makes a function of Python callable in queries.

    `@udf` compiles a function of typed numbers: arithmetic, comparisons, if, while, for over range(), module math. The result is what Python gives; an
    integer that leaves 64 bits fails the row.

    >>> @udf
    ... def score(x: float, y: float) -> float:
    ...     return x * y + 1
    >>> score(2.0, 3.0)
    7.0
    >>> score.compiled.result.name
    'float'

    `@udf(component=True)` takes any function in pure Python, with text, bytes, dates, decimals, and what it uses of the standard library: it is made a
    component with an interpreter in it, which takes seconds the first time, and runs in the sandbox too. With `offline=True` no toolchain is fetched for it.

    >>> @udf(component=True)
    ... def initials(name: str) -> str:
    ...     return "".join(word[0] for word in name.split())
    >>> initials.program.splitlines()[0]
    '# @sql tidemill_initials(name STRING) RETURNS STRING'

    `@udf(mode="process")` calls the function in this process: **not sandboxed**, and there as long as this process is. With arrays as annotations, or
    `vector="numpy"`, "pandas" or "arrow", it gets whole columns; otherwise a row at a time. `arguments` and `result` give types as SQL writes them.

    >>> @udf(mode="process", vector="numpy")
    ... def half(x: float) -> float:
    ...     return x / 2
    >>> half(3.0)
    1.5
    """

    def made(function: Callable[..., Any]) -> Udf:
        if not isinstance(function, types.FunctionType):
            raise TypeError("@tm.udf takes a function")
        given = {"vector": vector, "arguments": arguments, "result": result, "deterministic": None if deterministic else False, "offline": offline or None}
        if not _is_declared("udf", component, mode, given):
            return CompiledUdf(function, lambda: compile_function(function))
        return _declared_udf(function, declared_scalar(function, arguments, result, deterministic), vector, component, offline)

    return made if function is None else made(function)


@overload
def udaf(owner: type, /) -> Udaf: ...
@overload
def udaf(*, mode: Literal["compiled"] = "compiled") -> Callable[[type], Udaf]: ...
@overload
def udaf(
    *,
    component: Literal[True],
    arguments: Sequence[str] | None = None,
    result: str | None = None,
    state_bytes: int | None = None,
    deterministic: bool = True,
    offline: bool = False,
) -> Callable[[type], ComponentUdf]: ...
@overload
def udaf(
    *,
    mode: Literal["process"],
    vector: Vector | None = None,
    arguments: Sequence[str] | None = None,
    result: str | None = None,
    state_bytes: int | None = None,
    deterministic: bool = True,
) -> Callable[[type], ProcessUdf]: ...
def udaf(
    owner: type | None = None,
    /,
    *,
    component: bool = False,
    mode: Mode = "compiled",
    vector: Vector | None = None,
    arguments: Sequence[str] | None = None,
    result: str | None = None,
    state_bytes: int | None = None,
    deterministic: bool = True,
    offline: bool = False,
) -> Any:
    """
    Makes a class an aggregate: an object is kept for each group; `accumulate` takes a row in, `finish` gives the result. `merge(self, other)` lets it be
    computed in parts and over windows that share rows, `retract` over rows that change.

    `@udaf` compiles it: fields of `int`, `float` and `bool` are kept.

    >>> @udaf
    ... class WeightedMean:
    ...     total: float = 0.0
    ...     weight: float = 0.0
    ...     def accumulate(self, x: float, w: float) -> None:
    ...         self.total += x * w
    ...         self.weight += w
    ...     def merge(self, other: "WeightedMean") -> None:
    ...         self.total += other.total
    ...         self.weight += other.weight
    ...     def finish(self) -> float | None:
    ...         return None if self.weight == 0 else self.total / self.weight
    >>> [name for name, _ in WeightedMean.compiled.parameters]
    ['x', 'w']

    `@udaf(component=True)` takes any class in pure Python, `@udaf(mode="process")` one that runs in this process, which is **not sandboxed**; with arrays
    as annotations, or `vector=`, its `accumulate` gets the rows of a group in a batch as columns. The engine keeps the objects of these between batches,
    with its checkpoints: as numbers where all fields are, else pickled, in at most `state_bytes` bytes (1024; up to 16384).

    >>> from collections import Counter
    >>> @udaf(component=True)
    ... class Commonest:
    ...     def __init__(self) -> None:
    ...         self.counts = Counter()
    ...     def accumulate(self, word: str) -> None:
    ...         self.counts[word] += 1
    ...     def finish(self) -> str | None:
    ...         return min(self.counts, key=lambda word: (-self.counts[word], word), default=None)
    >>> Commonest.program.splitlines()[0]
    '# @sql-aggregate tidemill_Commonest(word STRING) RETURNS STRING KEEPS 1024 BYTES'
    """

    def made(owner: type) -> Udf:
        if not isinstance(owner, type):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError("@tm.udaf takes a class")
        given = {
            "vector": vector,
            "arguments": arguments,
            "result": result,
            "state_bytes": state_bytes,
            "deterministic": None if deterministic else False,
            "offline": offline or None,
        }
        if not _is_declared("udaf", component, mode, given):
            return Udaf(owner, lambda: compile_aggregate(owner))
        declared = declared_aggregate(owner, arguments, result, state_bytes, deterministic)
        return _declared_udf(owner, declared, vector, component, offline)

    return made if owner is None else made(owner)


@overload
def udtf(function: Callable[..., Any], /) -> Udtf: ...
@overload
def udtf(*, mode: Literal["compiled"] = "compiled", names: Sequence[str] | None = None) -> Callable[[Callable[..., Any]], Udtf]: ...
@overload
def udtf(
    *,
    component: Literal[True],
    names: Sequence[str] | None = None,
    arguments: Sequence[str] | None = None,
    result: Sequence[str] | None = None,
    deterministic: bool = True,
    offline: bool = False,
) -> Callable[[Callable[..., Any]], ComponentUdf]: ...
@overload
def udtf(
    *,
    mode: Literal["process"],
    vector: Vector | None = None,
    names: Sequence[str] | None = None,
    arguments: Sequence[str] | None = None,
    result: Sequence[str] | None = None,
    deterministic: bool = True,
) -> Callable[[Callable[..., Any]], ProcessUdf]: ...
def udtf(
    function: Callable[..., Any] | None = None,
    /,
    *,
    component: bool = False,
    mode: Mode = "compiled",
    vector: Vector | None = None,
    names: Sequence[str] | None = None,
    arguments: Sequence[str] | None = None,
    result: Sequence[str] | None = None,
    deterministic: bool = True,
    offline: bool = False,
) -> Any:
    """
    Makes a generator a table function: each `yield` is a row. `names` are the columns'.

    >>> from collections.abc import Iterator
    >>> @udtf(names=["divisor"])
    ... def divisors(n: int) -> Iterator[int]:
    ...     for d in range(1, n + 1):
    ...         if n % d == 0:
    ...             yield d
    >>> list(divisors(6))
    [1, 2, 3, 6]
    >>> divisors.compiled.columns[0][0]
    'divisor'

    `@udtf(component=True)` takes any generator in pure Python, which may give rows of a NamedTuple; `@udtf(mode="process")` one that runs in this process,
    which is **not sandboxed**. `arguments` and `result` give types as SQL writes them, the latter one a column. With arrays as annotations, or `vector=`,
    it gets whole columns, and returns columns: first the number of the row that each of its rows comes from.

    >>> @udtf(component=True, names=["word"], result=["STRING NOT NULL"])
    ... def words(text: str):
    ...     yield from text.split()
    >>> words.program.splitlines()[0]
    '# @sql-table tidemill_words(text STRING) RETURNS TABLE (word STRING NOT NULL)'
    """

    def made(function: Callable[..., Any]) -> Udf:
        if not isinstance(function, types.FunctionType):
            raise TypeError("@tm.udtf takes a generator function")
        given = {"vector": vector, "arguments": arguments, "result": result, "deterministic": None if deterministic else False, "offline": offline or None}
        if not _is_declared("udtf", component, mode, given):
            return Udtf(function, lambda: compile_rows(function, names))
        return _declared_udf(function, declared_rows(function, arguments, result, names, deterministic), vector, component, offline)

    return made if function is None else made(function)


def _is_declared(decorator: str, component: bool, mode: Mode, given: Mapping[str, object]) -> bool:
    """Whether it is not compiled. Refuses what does not go together."""
    if mode not in ("compiled", "process"):
        raise ValueError(f"mode={mode!r}: it is 'compiled' or 'process'")
    set_ = [name for name, value in given.items() if value is not None]
    if component and (mode != "compiled" or "vector" in set_):
        raise TypeError("component=True stands alone: mode and vector belong to functions that run in this process")
    if mode == "process" and "offline" in set_:
        raise TypeError("offline belongs to component=True: nothing is made of a function that runs in this process")
    if not component and mode == "compiled" and set_:
        raise TypeError(f"@tm.{decorator}({set_[0]}=…) belongs to component=True and mode='process'")
    return component or mode == "process"


def _declared_udf(wrapped: types.FunctionType | type, declared: Declared, vector: Vector | None, component: bool, offline: bool) -> Udf:
    if component:
        return ComponentUdf(wrapped, declared, offline)
    return ProcessUdf(wrapped, declared if vector is None else _given_as(declared, vector))


def _given_as(declared: Declared, vector: Vector) -> Declared:
    def all_of(columns: Columns) -> Columns:
        return [(name, replace(kind, container=vector)) for name, kind in columns]

    if isinstance(declared, Rows):
        return replace(declared, arguments=all_of(declared.arguments), columns=all_of(declared.columns))
    if isinstance(declared, Scalar):
        return replace(declared, arguments=all_of(declared.arguments), result=replace(declared.result, container=vector))
    return replace(declared, arguments=all_of(declared.arguments))
