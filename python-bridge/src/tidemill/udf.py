"""Functions of Python in queries: compiled to WebAssembly and in the engine's sandbox, or in this process."""

from __future__ import annotations

import hashlib
import inspect
import os
import re
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, overload

from ._compile import compile_function
from ._compile.aggregate import CompiledAggregate, compile_aggregate
from ._compile.function import Compiled
from ._compile.rows import CompiledRows, compile_rows
from ._component import build_component, source_of
from ._component.program import exported, scalar_program
from ._types import SqlType, sql_type_of
from .expressions import Expression, Operand, as_expression, call, col

__all__ = ["CompiledUdf", "ComponentUdf", "ModuleUdf", "ProcessUdf", "Udaf", "Udf", "Udtf", "udaf", "udf", "udtf"]

_known: dict[str, Udf] = {}

Vector = Literal["numpy", "pandas", "arrow"]


class Udf:
    """A function that runs in queries. Called with values it is the Python function; with columns it makes an expression."""

    def __init__(self, wrapped: Callable[..., Any]) -> None:
        self.__wrapped__ = wrapped
        self.__doc__ = wrapped.__doc__
        self.__name__ = wrapped.__name__
        self.__module__ = wrapped.__module__
        if isinstance(wrapped, types.FunctionType):
            #: What other functions of ours that call this one are compiled with.
            self.__tidemill_function__ = wrapped

    @property
    def parameter_names(self) -> Sequence[str]:
        raise NotImplementedError

    @property
    def sql_name(self) -> str:
        """The name that expressions use: another function has another name."""
        name = f"{self.__name__}_{self._digest()}"
        _known[name] = self
        return name

    def _digest(self) -> str:
        """Eight hexadecimal digits."""
        raise NotImplementedError

    @overload
    def __call__(self, *arguments: float | None) -> Any: ...
    @overload
    def __call__(self, *arguments: Operand) -> Expression: ...
    def __call__(self, *arguments: Any) -> Any:
        if any(isinstance(each, str) or hasattr(each, "__tidemill_expression__") for each in arguments):
            names = self.parameter_names
            if len(arguments) != len(names):
                raise TypeError(f"{self.__name__}({', '.join(names)}) takes {len(names)} arguments, and here are {len(arguments)}")
            return call(self.sql_name, *(col(each) if isinstance(each, str) else as_expression(each) for each in arguments))
        return self.__wrapped__(*arguments)

    def __repr__(self) -> str:
        return f"<tidemill udf {self.__name__}>"


class ModuleUdf(Udf):
    """One that is a .wasm file."""

    @property
    def wasm(self) -> bytes:
        raise NotImplementedError

    @property
    def export(self) -> str:
        """What the file calls it."""
        return self.__name__

    def _digest(self) -> str:
        return hashlib.sha256(self.wasm).hexdigest()[:8]

    def save(self, path: str) -> None:
        """Writes the .wasm file, for CREATE FUNCTION … USING 'file.wasm' anywhere."""
        with open(path, "wb") as file:
            file.write(self.wasm)


class CompiledUdf(ModuleUdf):
    """A function that was compiled to WebAssembly, and runs in the engine's sandbox."""

    def __init__(self, function: types.FunctionType) -> None:
        super().__init__(function)
        self._compiled: Compiled | None = None

    @property
    def compiled(self) -> Compiled:
        """The .wasm module; the Python function's text is compiled when it is first needed."""
        if self._compiled is None:
            self._compiled = compile_function(self.__tidemill_function__)
        return self._compiled

    @property
    def wasm(self) -> bytes:
        return self.compiled.wasm

    @property
    def parameter_names(self) -> Sequence[str]:
        return tuple(name for name, _ in self.compiled.parameters)


class Udaf(ModuleUdf):
    """An aggregate: a class, compiled to WebAssembly. Called with columns it makes an expression for `agg`; without anything, the object of one group."""

    def __init__(self, owner: type) -> None:
        super().__init__(owner)
        self._compiled: CompiledAggregate | None = None

    @property
    def compiled(self) -> CompiledAggregate:
        if self._compiled is None:
            self._compiled = compile_aggregate(typing.cast(type, self.__wrapped__))
        return self._compiled

    @property
    def wasm(self) -> bytes:
        return self.compiled.wasm

    @property
    def parameter_names(self) -> Sequence[str]:
        return tuple(name for name, _ in self.compiled.parameters)


class Udtf(ModuleUdf):
    """A table function: a generator, compiled to WebAssembly. For `join_lateral`, and LATERAL TABLE in SQL."""

    def __init__(self, function: types.FunctionType, names: Sequence[str] | None) -> None:
        super().__init__(function)
        self._names = names
        self._compiled: CompiledRows | None = None

    @property
    def compiled(self) -> CompiledRows:
        if self._compiled is None:
            self._compiled = compile_rows(typing.cast(types.FunctionType, self.__wrapped__), self._names)
        return self._compiled

    @property
    def wasm(self) -> bytes:
        return self.compiled.wasm

    @property
    def parameter_names(self) -> Sequence[str]:
        return tuple(name for name, _ in self.compiled.parameters)


class ProcessUdf(Udf):
    """A function that runs in this process, outside the sandbox: it may use whatever Python has here, and is there as long as the session."""

    def __init__(
        self,
        function: types.FunctionType,
        vector: Vector | None,
        arguments: Sequence[str] | None,
        result: str | None,
        deterministic: bool,
    ) -> None:
        super().__init__(function)
        self.deterministic = deterministic
        self.arguments, self.result = declared_types(function, arguments, result)
        if vector is not None:
            self.arguments = [(name, SqlType(kind.sql, kind.nullable, vector)) for name, kind in self.arguments]
            self.result = SqlType(self.result.sql, self.result.nullable, vector)
        # what it does can change without its text
        self._number = os.urandom(4).hex()

    @property
    def parameter_names(self) -> Sequence[str]:
        return [name for name, _ in self.arguments]

    def _digest(self) -> str:
        return self._number


class ComponentUdf(ModuleUdf):
    """A function in pure Python that runs in the engine's sandbox, with an interpreter of its own: a component of WebAssembly."""

    def __init__(self, function: types.FunctionType, arguments: Sequence[str] | None, result: str | None, deterministic: bool) -> None:
        super().__init__(function)
        self.arguments, self.result = declared_types(function, arguments, result)
        for name, kind in [*self.arguments, ("the result", self.result)]:
            if kind.container is not None:
                raise TypeError(f"{name} of {self.__name__} is an array: components get a value at a time; mode='process' gives arrays")
        self._deterministic = deterministic
        self._program: str | None = None

    @property
    def parameter_names(self) -> Sequence[str]:
        return [name for name, _ in self.arguments]

    @property
    def program(self) -> str:
        """The module that becomes the component: the function and all that it uses."""
        if self._program is None:
            source = source_of(self.__tidemill_function__)
            self._program = scalar_program(source, self.__name__, self.arguments, self.result, deterministic=self._deterministic)
        return self._program

    @property
    def export(self) -> str:
        return exported(self.__name__)

    @property
    def wasm(self) -> bytes:
        """The component; made when it is first needed, which takes seconds, and kept in the user's cache by what it was made of."""
        return build_component(self.program, self.export).read_bytes()

    def _digest(self) -> str:
        # known before it is made
        return hashlib.sha256(self.program.encode()).hexdigest()[:8]


def declared_types(function: types.FunctionType, arguments: Sequence[str] | None, result: str | None) -> tuple[list[tuple[str, SqlType]], SqlType]:
    """The SQL types of a function, by its annotations or as they are given."""
    parameters = inspect.signature(function).parameters
    for each in parameters.values():
        if each.kind not in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD):
            raise TypeError(f"{function.__name__} has the parameter {each}: functions in queries have plain parameters")
    try:
        hints: Mapping[str, object] = typing.get_type_hints(function, include_extras=True)
    except NameError as problem:
        raise TypeError(f"the annotations of {function.__name__} cannot be read: {problem}") from None
    if arguments is not None and len(arguments) != len(parameters):
        raise TypeError(f"{function.__name__} has {len(parameters)} parameters, and arguments= has {len(arguments)} types")
    found = [(name, _type(hints.get(name), arguments[index] if arguments else None, f"parameter {name}")) for index, name in enumerate(parameters)]
    return found, _type(hints.get("return"), result, "the result")


def _type(hint: object, written: str | None, what: str) -> SqlType:
    if written is not None:
        return sql_type_of(typing.Annotated[Any if hint is None else hint, written], what)
    if hint is None:
        raise TypeError(f"{what} has no type: annotate it, or say it in SQL: arguments=[…], result=…")
    return sql_type_of(hint, what)


@overload
def udf(function: Callable[..., Any], /) -> CompiledUdf: ...
@overload
def udf(*, mode: Literal["compiled"] = "compiled") -> Callable[[Callable[..., Any]], CompiledUdf]: ...
@overload
def udf(
    *,
    component: Literal[True],
    arguments: Sequence[str] | None = None,
    result: str | None = None,
    deterministic: bool = True,
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
    mode: Literal["compiled", "process"] = "compiled",
    vector: Vector | None = None,
    arguments: Sequence[str] | None = None,
    result: str | None = None,
    deterministic: bool = True,
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
    component with an interpreter in it, which takes seconds the first time, and runs in the sandbox too.

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
        if component:
            if mode != "compiled" or vector is not None:
                raise TypeError("component=True stands alone: mode and vector belong to functions that run in this process")
            return ComponentUdf(function, arguments, result, deterministic)
        if mode == "process":
            return ProcessUdf(function, vector, arguments, result, deterministic)
        if mode != "compiled":
            raise ValueError(f"mode={mode!r}: it is 'compiled' or 'process'")
        if vector is not None or arguments is not None or result is not None or not deterministic:
            raise TypeError("vector, arguments, result and deterministic belong to component=True and mode='process'")
        return CompiledUdf(function)

    return made if function is None else made(function)


def udaf(owner: type) -> Udaf:
    """
    Compiles a class to an aggregate: fields of `int`, `float` and `bool` are kept for each group; `accumulate` takes a row in, `finish` gives the result.
    `merge(self, other)` lets it be computed in parts and over windows that share rows, `retract` over rows that change.

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
    """
    if not isinstance(owner, type):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError("@tm.udaf takes a class")
    return Udaf(owner)


@overload
def udtf(function: Callable[..., Any], /) -> Udtf: ...
@overload
def udtf(*, names: Sequence[str] | None = None) -> Callable[[Callable[..., Any]], Udtf]: ...
def udtf(function: Callable[..., Any] | None = None, /, *, names: Sequence[str] | None = None) -> Any:
    """
    Compiles a generator to a table function: each `yield` is a row. `names` are the columns'.

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
    """

    def made(function: Callable[..., Any]) -> Udtf:
        if not isinstance(function, types.FunctionType):
            raise TypeError("@tm.udtf takes a generator function")
        return Udtf(function, names)

    return made if function is None else made(function)


def used_in(sql: str) -> Iterable[tuple[str, Udf]]:
    """Functions that a text made of expressions calls."""
    for name in sorted(set(re.findall(r"\b\w+_[0-9a-f]{8}(?=\()", sql))):
        found = _known.get(name)
        if found is not None:
            yield name, found
