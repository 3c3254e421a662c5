"""Behind a user's functions of values: the world tidemill:udf/functions, which gives columns."""
from array import array

from componentize_py_types import Err
from wit_world import Column
import wit_world

CODES = {"boolean": "B", "i8": "b", "i16": "h", "i32": "i", "f32": "f", "f64": "d", "i64": "q"}


def values_of(column, kind, rows):
    validity, data, text = column.validity, column.data, column.text
    if kind in CODES:
        values = array(CODES[kind])
        values.frombytes(data)
        values = [value != 0 for value in values] if kind == "boolean" else values.tolist()
    elif kind == "i128":
        values = [int.from_bytes(data[16 * row : 16 * row + 16], "little", signed=True) for row in range(rows)]
    else:
        ends = array("i")
        ends.frombytes(data)
        values = [text[ends[row] : ends[row + 1]] for row in range(rows)]
        if kind == "text":
            values = [value.decode() for value in values]
    if validity:
        values = [value if validity[row >> 3] >> (row & 7) & 1 else None for row, value in enumerate(values)]
    return values


def column_of(values, kind):
    validity = bytearray(b"\xff" * ((len(values) + 7) >> 3))
    for row, value in enumerate(values):
        if value is None:
            validity[row >> 3] &= ~(1 << (row & 7))
    valid = bytes(validity) if None in values else b""
    if kind in CODES:
        return Column(valid, array(CODES[kind], [0 if value is None else value for value in values]).tobytes(), b"")
    if kind == "i128":
        return Column(valid, b"".join((value or 0).to_bytes(16, "little", signed=True) for value in values), b"")
    parts = [b"" if value is None else value.encode() if kind == "text" else value for value in values]
    ends = array("i", [0])
    for part in parts:
        ends.append(ends[-1] + len(part))
    return Column(valid, ends.tobytes(), b"".join(parts))


class WitWorld(wit_world.WitWorld):
    def call(self, name, rows, arguments):
        function, kinds, nullable, result = FUNCTIONS[name]
        columns = [values_of(column, kind, rows) for column, kind in zip(arguments, kinds)]
        given = zip(*columns) if columns else [()] * rows
        results = []
        for row, values in enumerate(given):
            # a NULL of an argument that cannot be one is the engine's: what is given for the row does not count
            if any(value is None and not may for value, may in zip(values, nullable)):
                results.append(None)
                continue
            try:
                results.append(function(*values))
            except Exception as error:
                raise Err(f"row {row} of the batch: {error}")
        return column_of(results, result)
