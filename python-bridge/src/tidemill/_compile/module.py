"""The module that functions are compiled into."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from importlib import resources

from . import wasm
from .kinds import SQL_TYPE, Kind

SIGNATURE_SECTION = "tidemill.signatures"


@functools.cache
def _base(name: str) -> bytes:
    return resources.files("tidemill._compile").joinpath(f"{name}.wasm").read_bytes()


class Module:
    """What a function and those it calls are compiled into: on top of the operators, and of module math where that is needed."""

    def __init__(self, with_math: bool) -> None:
        self._wasm = wasm.Extension(_base("math" if with_math else "core"))
        self.with_math = with_math

    def helper(self, name: str) -> bytes:
        """A call of what semantics/*.as.ts defines."""
        index = self._wasm.exports.get(name)
        if index is None:
            raise NeedsMath(name)
        return b"\x10" + wasm.unsigned(index)

    def block_type(self, kind: Kind) -> bytes:
        """Of a block that leaves one value."""
        types = kind.wasm_types
        return bytes(types) if len(types) == 1 else wasm.signed(self._wasm.type_of([], types))

    def declare(self) -> int:
        return self._wasm.declare()

    def define(self, function: int, parameters: list[Kind], results: list[int], local_types: list[int], code: bytes) -> None:
        types = [each for kind in parameters for each in kind.wasm_types]
        self._wasm.define(function, self._wasm.type_of(types, results), local_types, code)

    def encode(self, name: str, function: int, names: list[str], parameters: list[Kind], result: Kind) -> bytes:
        """The file: one exported function and its signature."""
        return self.encode_kind({name: function}, name, names, parameters, {"kind": "scalar", "result": SQL_TYPE[result.name]})

    def encode_kind(self, exports: Mapping[str, int], name: str, names: list[str], parameters: list[Kind], members: Mapping[str, object]) -> bytes:
        """The same for functions of any kind: `members` are those of its signature."""
        for exported, function in exports.items():
            self._wasm.export(exported, function)
        asked = any(kind.optional for kind in parameters)
        signature = {
            "name": name,
            # a NULL for what is never None is answered with NULL, without a call
            "arguments": [SQL_TYPE[kind.name] + (" NOT NULL" if asked and not kind.optional else "") for kind in parameters],
            "argumentNames": names,
            "nulls": "call" if asked else "propagate",
            "deterministic": True,
            **members,
        }
        return self._wasm.encode([(SIGNATURE_SECTION, json.dumps({"version": 1, "functions": [signature]}).encode())])


class NeedsMath(Exception):
    """The smaller base does not do."""
