"""Functions of Python that are compiled."""

from __future__ import annotations

import builtins
import math
from dataclasses import dataclass

from .kinds import FLOAT, INT, Kind


@dataclass(frozen=True)
class Call:
    """How a function is called: `special`, or a helper of semantics/*.as.ts for arguments of one kind."""

    helper: str = ""
    least: int = 1
    most: int = 1
    takes: Kind = FLOAT
    gives: Kind = FLOAT
    special: str = ""
    code: bytes = b""
    factor: float = 1.0


CALLS: dict[object, Call] = {
    builtins.abs: Call(special="abs"),
    builtins.int: Call(special="int"),
    builtins.float: Call(special="float"),
    builtins.bool: Call(special="bool"),
    builtins.round: Call(special="round"),
    builtins.min: Call(special="min", least=2, most=64),
    builtins.max: Call(special="max", least=2, most=64),
    builtins.pow: Call(special="pow", least=2, most=2),
    math.floor: Call(special="floor"),
    math.ceil: Call(special="ceil"),
    math.trunc: Call(special="trunc"),
    math.fabs: Call(special="code", code=b"\x99"),
    math.copysign: Call(special="code", least=2, most=2, code=b"\xa6"),
    math.isnan: Call(special="isnan"),
    math.isinf: Call(special="isinf"),
    math.isfinite: Call(special="isfinite"),
    math.degrees: Call(special="scaled", factor=180.0 / math.pi),
    math.radians: Call(special="scaled", factor=math.pi / 180.0),
    math.log: Call(special="log base", most=2),
    math.sqrt: Call("square_root"),
    math.isqrt: Call("int_square_root", takes=INT, gives=INT),
    math.gcd: Call("greatest_common_divisor", 2, 2, INT, INT),
    math.fmod: Call("fmod", 2, 2),
    math.pow: Call("pow", 2, 2),
    math.atan2: Call("atan2", 2, 2),
    math.hypot: Call("hypot", 2, 2),
}
for _name in ("exp", "expm1", "log2", "log10", "log1p", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh"):
    CALLS[getattr(math, _name)] = Call(_name)
