"""Writes WebAssembly: a module that goes on from another one's functions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

I32, I64, F64 = 0x7F, 0x7E, 0x7C


def unsigned(value: int) -> bytes:
    """LEB128."""
    out = bytearray()
    while True:
        low = value & 0x7F
        value >>= 7
        if value == 0:
            out.append(low)
            return bytes(out)
        out.append(low | 0x80)


def signed(value: int) -> bytes:
    out = bytearray()
    while True:
        low = value & 0x7F
        value >>= 7
        if (value == 0 and not low & 0x40) or (value == -1 and low & 0x40):
            out.append(low)
            return bytes(out)
        out.append(low | 0x80)


def read_unsigned(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def name_bytes(text: str) -> bytes:
    data = text.encode()
    return unsigned(len(data)) + data


class Extension:
    """A module, with further functions behind its own."""

    def __init__(self, base: bytes) -> None:
        self._sections = list(_sections(base))
        self._base = {number: content for number, content in self._sections}
        self._imported = _count_imported_functions(self._base.get(2, b"\0"))
        self._own, _ = read_unsigned(self._base.get(3, b"\0"), 0)
        self._base_types, _ = read_unsigned(self._base[1], 0)
        self.exports = dict(_exported_functions(self._base.get(7, b"\0")))
        self._types: list[bytes] = []
        self._bodies: list[tuple[int, bytes]] = []
        self._exported: list[tuple[str, int]] = []

    def type_of(self, parameters: Sequence[int], results: Sequence[int]) -> int:
        """Number of a function type."""
        encoded = b"\x60" + unsigned(len(parameters)) + bytes(parameters) + unsigned(len(results)) + bytes(results)
        if encoded not in self._types:
            self._types.append(encoded)
        return self._base_types + self._types.index(encoded)

    def declare(self) -> int:
        """Number of a function whose body comes later."""
        self._bodies.append((0, b""))
        return self._imported + self._own + len(self._bodies) - 1

    def define(self, function: int, type_number: int, local_types: Iterable[int], code: bytes) -> None:
        locals_ = b"".join(b"\x01" + bytes([each]) for each in local_types)
        body = unsigned(len(locals_) // 2) + locals_ + code + b"\x0b"
        self._bodies[function - self._imported - self._own] = (type_number, body)

    def export(self, name: str, function: int) -> None:
        self._exported.append((name, function))

    def encode(self, custom: Sequence[tuple[str, bytes]] = ()) -> bytes:
        added = {
            1: (self._types, b"".join(self._types)),
            3: (self._bodies, b"".join(unsigned(each) for each, _ in self._bodies)),
            10: (self._bodies, b"".join(unsigned(len(body)) + body for _, body in self._bodies)),
        }
        out = bytearray(b"\0asm\1\0\0\0")
        for number, content in self._sections:
            if number == 0:
                continue
            if number == 7:
                # what compiled functions call needs no names
                content = unsigned(len(self._exported)) + b"".join(
                    name_bytes(name) + b"\0" + unsigned(function) for name, function in self._exported
                )
            elif number in added:
                entries, encoded = added[number]
                count, at = read_unsigned(content, 0)
                content = unsigned(count + len(entries)) + content[at:] + encoded
            out += bytes([number]) + unsigned(len(content)) + content
        for name, data in custom:
            content = name_bytes(name) + data
            out += b"\0" + unsigned(len(content)) + content
        return bytes(out)


def _sections(module: bytes) -> Iterable[tuple[int, bytes]]:
    at = 8
    while at < len(module):
        number = module[at]
        size, at = read_unsigned(module, at + 1)
        yield number, module[at : at + size]
        at += size


def _count_imported_functions(section: bytes) -> int:
    count, at = read_unsigned(section, 0)
    for _ in range(count):
        for _ in range(2):
            size, at = read_unsigned(section, at)
            at += size
        if section[at] != 0:
            raise AssertionError("the base imports functions only")
        _, at = read_unsigned(section, at + 1)
    return count


def _exported_functions(section: bytes) -> Iterable[tuple[str, int]]:
    count, at = read_unsigned(section, 0)
    for _ in range(count):
        size, at = read_unsigned(section, at)
        name = section[at : at + size].decode()
        kind = section[at + size]
        index, at = read_unsigned(section, at + size + 1)
        if kind == 0:
            yield name, index
