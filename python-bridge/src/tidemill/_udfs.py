"""The functions that @udf, @udaf and @udtf make: modules of WebAssembly, or Python that runs in this process."""

from __future__ import annotations

import hashlib
import os
import re
import types
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, Literal, Protocol, TypeVar, overload

from ._compile.aggregate import CompiledAggregate
from ._compile.kinds import Kind
from ._compile.rows import CompiledRows
from ._component import build_component, source_of
from ._component.program import exported, program_of
from ._declared import Aggregate, Declared, Rows
from .expressions import Expression, Operand, as_expression, call, col

_known: dict[str, Udf] = {}

KindName = Literal["scalar", "aggregate", "table"]


class CompiledModule(Protocol):
    """What the compiler makes, of any kind of function."""

    @property
    def parameters(self) -> tuple[tuple[str, Kind], ...]: ...
    @property
    def wasm(self) -> bytes: ...


Compiled = TypeVar("Compiled", bound=CompiledModule)


class Udf:
    """A function that runs in queries. Called with values it is the Python function; with columns it makes an expression."""

    def __init__(self, wrapped: Callable[..., Any]) -> None:
        self.__wrapped__ = wrapped
        self.__doc__ = wrapped.__doc__
        self.__name__ = wrapped.__name__
        self.__module__ = wrapped.__module__
        #: What other functions of ours that use this one are made with.
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

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the .wasm file, for CREATE FUNCTION … USING 'file.wasm' anywhere."""
        with open(path, "wb") as file:
            file.write(self.wasm)


class CompiledUdf(ModuleUdf, Generic[Compiled]):
    """A function that was compiled to WebAssembly, and runs in the engine's sandbox."""

    def __init__(self, wrapped: Callable[..., Any], compile_: Callable[[], Compiled]) -> None:
        super().__init__(wrapped)
        self._compile = compile_
        self._compiled: Compiled | None = None

    @property
    def compiled(self) -> Compiled:
        """The .wasm module; the Python text is compiled when it is first needed."""
        if self._compiled is None:
            self._compiled = self._compile()
        return self._compiled

    @property
    def wasm(self) -> bytes:
        return self.compiled.wasm

    @property
    def parameter_names(self) -> Sequence[str]:
        return tuple(name for name, _ in self.compiled.parameters)


class Udaf(CompiledUdf[CompiledAggregate]):
    """An aggregate: a class, compiled to WebAssembly. Called with columns it makes an expression for `agg`; without anything, the object of one group."""


class Udtf(CompiledUdf[CompiledRows]):
    """A table function: a generator, compiled to WebAssembly. For `join_lateral`, and LATERAL TABLE in SQL."""


class DeclaredUdf(Udf):
    """One whose types the annotations say; what it gives is checked against them when it runs."""

    def __init__(self, wrapped: Callable[..., Any], declared: Declared) -> None:
        super().__init__(wrapped)
        self.declared = declared

    @property
    def kind(self) -> KindName:
        return "aggregate" if isinstance(self.declared, Aggregate) else "table" if isinstance(self.declared, Rows) else "scalar"

    @property
    def parameter_names(self) -> Sequence[str]:
        return [name for name, _ in self.declared.arguments]


class ProcessUdf(DeclaredUdf):
    """One that runs in this process, outside the sandbox: it may use whatever Python has here, and is there as long as the session."""

    def __init__(self, wrapped: Callable[..., Any], declared: Declared) -> None:
        super().__init__(wrapped, declared)
        # what it does can change without its text
        self._number = os.urandom(4).hex()

    def _digest(self) -> str:
        return self._number


class ComponentUdf(ModuleUdf, DeclaredUdf):
    """One in pure Python that runs in the engine's sandbox, with an interpreter of its own: a component of WebAssembly."""

    def __init__(self, wrapped: types.FunctionType | type, declared: Declared, offline: bool) -> None:
        super().__init__(wrapped, declared)
        results = declared.columns if isinstance(declared, Rows) else [("the result", declared.result)]
        for name, kind in [*declared.arguments, *results]:
            if kind.container is not None:
                raise TypeError(f"{name} of {self.__name__} is an array: components get a value at a time; mode='process' gives arrays")
        self._source_of = wrapped
        self._offline = offline
        self._program: str | None = None

    @property
    def program(self) -> str:
        """The module that becomes the component: the function and all that it uses."""
        if self._program is None:
            self._program = program_of(self.declared, source_of(self._source_of), self.__name__)
        return self._program

    @property
    def export(self) -> str:
        return exported(self.__name__)

    @property
    def wasm(self) -> bytes:
        """The component; made when it is first needed, which takes seconds, and kept in the user's cache by what it was made of."""
        return build_component(self.program, self.export, offline=self._offline).read_bytes()

    def _digest(self) -> str:
        # known before it is made
        return hashlib.sha256(self.program.encode()).hexdigest()[:8]


def used_in(sql: str) -> Iterable[tuple[str, Udf]]:
    """Functions that a text made of expressions calls."""
    for name in sorted(set(re.findall(r"\b\w+_[0-9a-f]{8}(?=\()", sql))):
        found = _known.get(name)
        if found is not None:
            yield name, found
