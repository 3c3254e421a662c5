"""Functions of Python in queries: compiled to WebAssembly, in the engine's sandbox."""

from __future__ import annotations

import hashlib
import re
import types
from collections.abc import Callable, Iterable
from typing import Any, overload

from ._compile import compile_function
from ._compile.function import Compiled
from .expressions import Expression, Operand, as_expression, call

__all__ = ["Udf", "udf"]

_known: dict[str, Udf] = {}


class Udf:
    """A function that runs in queries. Called with numbers it is the Python function; with columns it makes an expression."""

    def __init__(self, function: types.FunctionType) -> None:
        self.__tidemill_function__ = function
        self.__doc__ = function.__doc__
        self.__name__ = function.__name__
        self._compiled: Compiled | None = None

    @property
    def compiled(self) -> Compiled:
        """The .wasm module; the Python function's text is compiled when it is first needed."""
        if self._compiled is None:
            self._compiled = compile_function(self.__tidemill_function__)
        return self._compiled

    @property
    def sql_name(self) -> str:
        """The name that expressions use: another function has another name."""
        digest = hashlib.sha256(self.compiled.wasm).hexdigest()[:8]
        name = f"{self.__name__}_{digest}"
        _known[name] = self
        return name

    def save(self, path: str) -> None:
        """Writes the .wasm file, for CREATE FUNCTION … USING 'file.wasm' anywhere."""
        with open(path, "wb") as file:
            file.write(self.compiled.wasm)

    @overload
    def __call__(self, *arguments: float | None) -> Any: ...
    @overload
    def __call__(self, *arguments: Operand) -> Expression: ...
    def __call__(self, *arguments: Any) -> Any:
        if any(isinstance(each, str) or hasattr(each, "__tidemill_expression__") for each in arguments):
            parameters = self.compiled.parameters
            if len(arguments) != len(parameters):
                names = ", ".join(name for name, _ in parameters)
                raise TypeError(f"{self.__name__}({names}) takes {len(parameters)} arguments, and here are {len(arguments)}")
            from .expressions import col

            return call(self.sql_name, *(col(each) if isinstance(each, str) else as_expression(each) for each in arguments))
        return self.__tidemill_function__(*arguments)

    def __repr__(self) -> str:
        return f"<tidemill udf {self.__name__}>"


def udf(function: Callable[..., Any]) -> Udf:
    """
    Compiles a function of typed numbers: arithmetic, comparisons, if, while, for over range(), module math. The result is what Python gives; an
    integer that leaves 64 bits fails the row.

    >>> @udf
    ... def score(x: float, y: float) -> float:
    ...     return x * y + 1
    >>> score(2.0, 3.0)
    7.0
    >>> score.compiled.result.name
    'float'
    """
    if not isinstance(function, types.FunctionType):
        raise TypeError("@tm.udf takes a function")
    return Udf(function)


def used_in(sql: str) -> Iterable[tuple[str, Udf]]:
    """Functions that a text made of expressions calls."""
    for name in sorted(set(re.findall(r"\b\w+_[0-9a-f]{8}(?=\()", sql))):
        found = _known.get(name)
        if found is not None:
            yield name, found
