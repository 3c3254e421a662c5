"""What a value is, and the code that makes it."""

from __future__ import annotations

import types
import typing
from dataclasses import dataclass, replace

from . import wasm
from .errors import NotCompiled, refuse

WASM_TYPE = {"int": wasm.I64, "float": wasm.F64, "bool": wasm.I32}
SQL_TYPE = {"int": "BIGINT", "float": "DOUBLE", "bool": "BOOLEAN"}


@dataclass(frozen=True)
class Kind:
    """`int`, `float` or `bool`, and whether None stands beside it; `none` alone is None itself."""

    name: str
    optional: bool = False

    @property
    def wasm_types(self) -> list[int]:
        return [WASM_TYPE[self.name], wasm.I32] if self.optional else [WASM_TYPE[self.name]]

    @property
    def plain(self) -> Kind:
        return replace(self, optional=False)

    def __str__(self) -> str:
        return "None" if self.name == "none" else f"{self.name} | None" if self.optional else self.name


INT, FLOAT, BOOL, NONE = Kind("int"), Kind("float"), Kind("bool"), Kind("none")


@dataclass(frozen=True)
class Value:
    """Code that leaves a value on the stack; of an optional one the value and then 1, or 0 for None."""

    kind: Kind
    code: bytes
    #: The number, if it is written in the text.
    literal: int | float | bool | None = None


def kind_of_annotation(annotation: object, what: str) -> Kind:
    if annotation is int or annotation is float or annotation is bool:
        return Kind(typing.cast(type, annotation).__name__)
    if annotation is None or annotation is type(None):
        return NONE
    origin = typing.get_origin(annotation)
    if origin is typing.Union or origin is types.UnionType:
        members = typing.get_args(annotation)
        kinds = [kind_of_annotation(each, what) for each in members if each is not type(None)]
        if len(members) == 2 and len(kinds) == 1:
            return replace(kinds[0], optional=True)
    refuse(f"{what} has the type {getattr(annotation, '__name__', annotation)}, and compiled are int, float, bool, and these or None")


def join(one: Value | Kind, other: Value | Kind, what: str) -> Kind:
    """What holds either."""
    first, second = _kind(one), _kind(other)
    if first == second:
        return first
    if first == NONE:
        return replace(second, optional=True)
    if second == NONE:
        return replace(first, optional=True)
    optional = first.optional or second.optional
    if first.name == second.name:
        return Kind(first.name, optional)
    for whole, fraction in ((one, second), (other, first)):
        if _kind(whole).name == "int" and _kind(fraction).name == "float" and _small_literal(whole):
            return Kind("float", optional)
    raise NotCompiled(f"{what} is {first} here and {second} there", "Make it the same everywhere: float(…), int(…) or a literal such as 0.0.")


def _kind(value: Value | Kind) -> Kind:
    return value.kind if isinstance(value, Value) else value


def _small_literal(value: Value | Kind) -> bool:
    return isinstance(value, Value) and isinstance(value.literal, int) and abs(value.literal) <= 2**53
