"""What is kept of a group between two batches. Its text stands in components, too: it uses the standard library alone."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from typing import Any

#: Bytes of a group, at most.
TIDEMILL_BLOCK_BYTES_MAX = 16_384


class TidemillNumbers:
    """The fields of an object, where all are numbers."""

    def __init__(self, owner: type, fields: Mapping[str, type]) -> None:
        self.owner = owner
        self.fields = fields
        self.width = len(fields)

    def begin(self) -> tuple[Any, ...]:
        return self.kept(self.owner())

    def object_of(self, values: tuple[Any, ...]) -> Any:
        made = object.__new__(self.owner)
        for (name, kind), value in zip(self.fields.items(), values):
            setattr(made, name, value != 0 if kind is bool else value)
        return made

    def kept(self, made: Any) -> tuple[Any, ...]:
        if len(vars(made)) > self.width or not vars(made).keys() <= self.fields.keys():
            name = next(each for each in vars(made) if each not in self.fields)
            raise TypeError(f"{self.owner.__name__} has the fields {', '.join(self.fields)}, and a method sets {name}: annotate it in the class")
        return tuple(self._number(name, kind, getattr(made, name, kind())) for name, kind in self.fields.items())

    def _number(self, name: str, kind: type, value: Any) -> Any:
        if kind is float and type(value) in (float, int, bool):
            return float(value)
        if kind is bool and type(value) is bool:
            return int(value)
        if kind is int and type(value) in (int, bool):
            if not -(1 << 63) <= value < 1 << 63:
                raise OverflowError(f"the field {name} is {value}, which does not fit into 64 bits")
            return int(value)
        raise TypeError(f"the field {name} is {value!r}, and it is declared as {kind.__name__}")


class TidemillBlock:
    """An object, and the bytes that it is kept as; these are made once after many changes."""

    def __init__(self, made: Any, size: int) -> None:
        self.object = made
        self._size = size
        self._bytes: bytes | None = None

    def __bytes__(self) -> bytes:
        if self._bytes is None:
            self._bytes = pickle.dumps(vars(self.object), 5)
            # the engine keeps the length before them
            if len(self._bytes) > self._size - 4:
                name, wanted = type(self.object).__name__, len(self._bytes) + 4
                raise ValueError(f"an object of {name} takes {wanted} bytes, and {self._size} are kept of a group: state_bytes=… gives it up to {TIDEMILL_BLOCK_BYTES_MAX}")
        return self._bytes

    def __len__(self) -> int:
        return len(bytes(self))


class TidemillBlocks:
    """The whole object, whatever its fields are."""

    width = 1

    def __init__(self, owner: type, size: int) -> None:
        self.owner = owner
        self.size = size

    def begin(self) -> tuple[Any, ...]:
        return self.kept(self.owner())

    def object_of(self, values: tuple[Any, ...]) -> Any:
        (block,) = values
        if isinstance(block, TidemillBlock):
            return block.object
        made = object.__new__(self.owner)
        vars(made).update(pickle.loads(block))  # noqa: S301
        return made

    def kept(self, made: Any) -> tuple[Any, ...]:
        return (TidemillBlock(made, self.size),)
