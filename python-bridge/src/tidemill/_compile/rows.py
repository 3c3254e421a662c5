"""Table functions: generators, whose yields are rows."""

from __future__ import annotations

import ast
import types
import typing
from collections.abc import Sequence
from dataclasses import dataclass

from . import wasm
from .errors import CompileError, refuse
from .expressions import get, put
from .function import FunctionBody, Places, Program, signature_of
from .kinds import NONE, SQL_TYPE, Kind, kind_of_annotation
from .module import Module, NeedsMath

COLUMNS_MAX = 64
STORES = {"int": b"\x37\x03\x00", "float": b"\x39\x03\x00", "bool": b"\x36\x02\x00"}


@dataclass(frozen=True)
class CompiledRows:
    """A module with one table function."""

    name: str
    parameters: tuple[tuple[str, Kind], ...]
    columns: tuple[tuple[str, Kind], ...]
    wasm: bytes


def compile_rows(function: types.FunctionType, names: Sequence[str] | None = None) -> CompiledRows:
    """
    Compiles a generator that is annotated `-> Iterator[int]` or `-> Iterator[tuple[int, float]]`, of what `compile_function` takes. `names`: of the
    columns, otherwise those that Flink gives.

    Raises CompileError for what is not compiled, with its line.

    >>> from collections.abc import Iterator
    >>> def divisors(n: int) -> Iterator[int]:
    ...     for d in range(1, n + 1):
    ...         if n % d == 0:
    ...             yield d
    >>> compile_rows(divisors).columns
    (('f0', Kind(name='int', optional=False)),)
    """
    for with_math in (False, True):
        try:
            return _compile(function, names, Program(Module(with_math)))
        except NeedsMath:
            continue
    raise AssertionError("the base module lacks a helper")


def _compile(function: types.FunctionType, names: Sequence[str] | None, program: Program) -> CompiledRows:
    module = program.module
    with Places(function) as places:
        tree, offset = places.source()
        parameters, _ = signature_of(function, tree, result="none")
        kinds = _columns(function)
        if names is not None and len(names) != len(kinds):
            refuse(f"there are {len(kinds)} columns and {len(names)} names", None)
        columns = tuple(zip(names or [f"f{number}" for number in range(len(kinds))], kinds))
        index = module.declare()
        local_types, code = Generator(program, function, tree, parameters, kinds, offset).compile()
    module.define(index, [kind for _, kind in parameters], [wasm.I64], local_types, module.helper("rows_begin") + code)
    made = [{"name": name, "type": SQL_TYPE[kind.name] + ("" if kind.optional else " NOT NULL")} for name, kind in columns]
    name = function.__name__
    encoded = module.encode_kind({name: index}, name, [each for each, _ in parameters], [kind for _, kind in parameters], {"kind": "table", "columns": made})
    return CompiledRows(name, tuple(parameters), columns, encoded)


def _columns(function: types.FunctionType) -> list[Kind]:
    hint = typing.get_type_hints(function).get("return")
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if getattr(origin, "__name__", "") not in ("Iterator", "Iterable", "Generator") or not arguments:
        refuse("a table function gives rows", "Write -> Iterator[int], or -> Iterator[tuple[int, float]].")
    row = arguments[0]
    members = typing.get_args(row) if typing.get_origin(row) is tuple else (row,)
    if not 1 <= len(members) <= COLUMNS_MAX or Ellipsis in members:
        refuse(f"rows have 1 to {COLUMNS_MAX} columns: Iterator[tuple[int, float]]")
    kinds = [kind_of_annotation(each, "a column") for each in members]
    if NONE in kinds:
        refuse("a column is always None")
    return kinds


class Generator(FunctionBody):
    def __init__(
        self, program: Program, function: types.FunctionType, tree: ast.FunctionDef, parameters: list[tuple[str, Kind]], columns: list[Kind], offset: int
    ) -> None:
        super().__init__(program, function, tree, parameters, NONE, offset)
        self._columns = columns

    def returned(self, value: ast.expr | None, node: ast.AST) -> bytes:
        if value is not None and not (isinstance(value, ast.Constant) and value.value is None):
            refuse("a generator returns nothing", "Write yield.")
        return self.module.helper("rows_given")

    def fallen_off(self) -> bytes:
        return self.module.helper("rows_given")

    def expression_statement(self, value: ast.expr) -> bytes:
        if isinstance(value, ast.YieldFrom):
            refuse("yield from is not compiled", "Write a loop.")
        if not isinstance(value, ast.Yield):
            return super().expression_statement(value)
        given = value.value
        parts = given.elts if isinstance(given, ast.Tuple) else [] if given is None else [given]
        if len(parts) != len(self._columns):
            refuse(f"{len(parts)} values are given here, and rows have {len(self._columns)}")
        # all values first: one that fails gives no row
        code = b""
        kept: list[list[int]] = []
        for each, kind in zip(parts, self._columns):
            found = self.expressions.value(each)
            code += self.expressions.coerce(found if kind.optional else self.expressions.present(found, value) if found.kind != NONE else found, kind, value, "a column")
            places = [self.temporary(each) for each in kind.wasm_types]
            code += b"".join(put(place) for place in reversed(places))
            kept.append(places)
        address, nulls = self.temporary(wasm.I32), self.temporary(wasm.I64)
        code += b"\x41" + wasm.signed(8 + 8 * len(kept)) + self.line(value) + self.module.helper("rows_add") + put(address)
        if any(kind.optional for kind in self._columns):
            code += b"\x42\x00" + put(nulls)
        for number, (kind, places) in enumerate(zip(self._columns, kept)):
            slot = get(address) + b"\x41" + wasm.signed(8 + 8 * number) + b"\x6a"
            code += slot + get(places[0]) + STORES[kind.name]
            if kind.optional:
                # a bit for each field that is None
                code += get(nulls) + get(places[1]) + b"\x45\xad" + b"\x42" + wasm.signed(number) + b"\x86\x84" + put(nulls)
        if any(kind.optional for kind in self._columns):
            code += get(address) + get(nulls) + STORES["int"]
        return code


__all__ = ["CompileError", "CompiledRows", "compile_rows"]
