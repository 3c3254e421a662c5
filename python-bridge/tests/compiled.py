"""Runs compiled functions on their own, to compare them with CPython."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import wasmtime

from tidemill._compile import compile_function

_engine = wasmtime.Engine()


class Aborted(Exception):
    """What the function ended with: the name of Python's exception, its text, and the line."""

    def __init__(self, message: str, line: int) -> None:
        self.kind, _, self.text = message.partition(": ")
        self.line = line
        super().__init__(message)


def compiled(function: types.FunctionType) -> Callable[..., Any]:
    made = compile_function(function)
    store = wasmtime.Store(_engine)
    module = wasmtime.Module(_engine, made.wasm)
    i32 = wasmtime.ValType.i32()

    def abort(_message: int, _file: int, line: int, _column: int) -> None:
        raise Aborted("aborted", line)

    imports = [wasmtime.Func(store, wasmtime.FuncType([i32] * 4, []), abort)]
    exported = wasmtime.Instance(store, module, imports).exports(store)[made.name]
    assert isinstance(exported, wasmtime.Func)

    def call(*arguments: Any) -> Any:
        values: list[Any] = []
        for (_, kind), argument in zip(made.parameters, arguments, strict=True):
            zero = 0.0 if kind.name == "float" else 0
            values.append(zero if argument is None else float(argument) if kind.name == "float" else int(argument))
            if kind.optional:
                values.append(int(argument is not None))
        result = exported(store, *values)
        if made.result.optional:
            result, present = result
            if not present:
                return None
        return bool(result) if made.result.name == "bool" else result

    return call
