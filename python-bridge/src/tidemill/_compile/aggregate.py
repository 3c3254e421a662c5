"""Aggregates: a class whose fields are kept for each group, and methods that change them."""

from __future__ import annotations

import ast
import types
import typing
from dataclasses import dataclass

from .errors import CompileError, refuse
from .expressions import constant
from .function import FunctionBody, Places, Program, signature_of
from .kinds import NONE, SQL_TYPE, Kind, Value, kind_of_annotation
from .module import Module, NeedsMath

FIELDS_MAX = 8
#: In the order in which people look for them.
METHODS = ("accumulate", "retract", "merge", "finish")
#: What a field is kept as.
KEPT = {"int": "BIGINT", "float": "DOUBLE", "bool": "INT"}


@dataclass(frozen=True)
class CompiledAggregate:
    """A module with one aggregate."""

    name: str
    parameters: tuple[tuple[str, Kind], ...]
    result: Kind
    wasm: bytes


def compile_aggregate(owner: type) -> CompiledAggregate:
    """
    Compiles a class with fields of `int`, `float` and `bool` and the methods `accumulate` and `finish`; `merge` lets it be computed in parts, `retract`
    over rows that change.

    Raises CompileError for what is not compiled, with its line.

    >>> class Mean:
    ...     total: float = 0.0
    ...     count: int = 0
    ...     def accumulate(self, x: float) -> None:
    ...         self.total += x
    ...         self.count += 1
    ...     def finish(self) -> float | None:
    ...         return None if self.count == 0 else self.total / self.count
    >>> compile_aggregate(Mean).result
    Kind(name='float', optional=True)
    """
    for with_math in (False, True):
        try:
            return _compile(owner, Program(Module(with_math)))
        except NeedsMath:
            continue
    raise AssertionError("the base module lacks a helper")


def _compile(owner: type, program: Program) -> CompiledAggregate:
    methods = {name: each for name in METHODS if isinstance(each := vars(owner).get(name), types.FunctionType)}
    for name in ("accumulate", "finish"):
        if name not in methods:
            raise TypeError(f"{owner.__name__} has no method {name}(self{', …' if name == 'accumulate' else ''})")
    fields = _fields(owner, methods["accumulate"])
    module = program.module
    exports: dict[str, int] = {}
    parameters: list[tuple[str, Kind]] = []
    result = NONE
    for name, method in methods.items():
        with Places(method) as places:
            tree, offset = places.source()
            given, gives = _signature(name, method, tree)
            if name == "retract" and [kind for _, kind in given] != [kind for _, kind in parameters]:
                refuse("retract takes what accumulate takes")
            parameters = given if name == "accumulate" else parameters
            result = gives if name == "finish" else result
            own, other = [each.arg for each in tree.args.args][0], tree.args.args[1].arg if name == "merge" else None
            tree = typing.cast(ast.FunctionDef, Fields(own, other, [field for field, _, _ in fields]).visit(tree))
            taken = [(f"self.{field}", kind) for field, kind, _ in fields]
            taken += [(f"other.{field}", kind) for field, kind, _ in fields] if name == "merge" else given
            kept = None if name == "finish" else [(f"self.{field}", kind) for field, kind, _ in fields]
            body = Method(program, method, tree, taken, gives, offset, kept)
            index = exports[f"{owner.__name__}_{name}"] = module.declare()
            local_types, code = body.compile()
        results = gives.wasm_types if kept is None else [each for _, kind in kept for each in kind.wasm_types]
        module.define(index, [kind for _, kind in taken], results, local_types, code)
    index = exports[f"{owner.__name__}_init"] = module.declare()
    start = b"".join(constant(float(value) if kind.name == "float" else value).code for _, kind, value in fields)
    module.define(index, [], [each for _, kind, _ in fields for each in kind.wasm_types], [], start)
    members = {"kind": "aggregate", "result": SQL_TYPE[result.name], "accumulators": [KEPT[kind.name] for _, kind, _ in fields]}
    names = [name for name, _ in parameters]
    encoded = module.encode_kind(exports, owner.__name__, names, [kind for _, kind in parameters], members)
    return CompiledAggregate(owner.__name__, tuple(parameters), result, encoded)


def _fields(owner: type, method: types.FunctionType) -> list[tuple[str, Kind, int | float | bool]]:
    code = method.__code__

    def wrong(message: str) -> CompileError:
        return CompileError(message, function=owner.__name__, file=code.co_filename, line=code.co_firstlineno)

    try:
        hints = typing.get_type_hints(owner)
    except Exception as problem:
        raise wrong(f"the annotations cannot be read: {problem}") from None
    found: list[tuple[str, Kind, int | float | bool]] = []
    for name, hint in hints.items():
        if hint not in (int, float, bool):
            raise wrong(f"the field {name} has the type {getattr(hint, '__name__', hint)}, and compiled are int, float and bool")
        kind = kind_of_annotation(hint, f"the field {name}")
        found.append((name, kind, getattr(owner, name, hint())))
    if not 1 <= len(found) <= FIELDS_MAX:
        raise wrong(f"{owner.__name__} has {len(found)} fields with a type, and 1 to {FIELDS_MAX} are kept: total: float = 0.0")
    return found


def _signature(name: str, method: types.FunctionType, tree: ast.FunctionDef) -> tuple[list[tuple[str, Kind]], Kind]:
    arguments = tree.args
    if not arguments.args:
        refuse(f"{name} is a method: its first parameter is self")
    if name == "merge" and len(arguments.args) != 2:
        refuse("merge takes the other aggregate: merge(self, other)")
    if name == "finish" and len(arguments.args) != 1:
        refuse("finish takes nothing but self")
    if name in ("merge", "finish"):
        given: list[tuple[str, Kind]] = []
    else:
        given, _ = signature_of(method, tree, first=1, result="none")
    if name != "finish":
        return given, NONE
    return given, signature_of(method, tree, first=1)[1]


class Fields(ast.NodeTransformer):
    """Fields of self, and of the other aggregate, as variables."""

    def __init__(self, own: str, other: str | None, fields: list[str]) -> None:
        self._owners = {own: "self", **({} if other is None else {other: "other"})}
        self._fields = fields

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if isinstance(node.value, ast.Name) and node.value.id in self._owners:
            if node.attr not in self._fields:
                problem_line = node.lineno
                try:
                    refuse(f"{ast.unparse(node)} is no field: there are {', '.join(self._fields)}", "Fields are declared in the class, with a type.")
                except Exception as problem:
                    problem.line = problem_line  # type: ignore[attr-defined]
                    raise
            return ast.copy_location(ast.Name(f"{self._owners[node.value.id]}.{node.attr}", node.ctx), node)
        return self.generic_visit(node)


class Method(FunctionBody):
    """A method: where it ends, the fields are its results (`kept`), or what finish returns."""

    def __init__(
        self,
        program: Program,
        function: types.FunctionType,
        tree: ast.FunctionDef,
        parameters: list[tuple[str, Kind]],
        result: Kind,
        offset: int,
        kept: list[tuple[str, Kind]] | None,
    ) -> None:
        super().__init__(program, function, tree, parameters, result, offset)
        self._kept = kept

    def returned(self, value: ast.expr | None, node: ast.AST) -> bytes:
        if self._kept is None:
            return super().returned(value, node)
        if value is not None and not (isinstance(value, ast.Constant) and value.value is None):
            refuse("accumulate, retract and merge return nothing: they change fields")
        return self._fields(node)

    def fallen_off(self) -> bytes:
        return super().fallen_off() if self._kept is None else self._fields(self._tree)

    def _fields(self, node: ast.AST) -> bytes:
        code = b""
        for name, kind in self._kept or []:
            value = self.variable(name)
            assert value is not None
            code += self.expressions.coerce(Value(value.kind, value.code), kind, node, name)
        return code
