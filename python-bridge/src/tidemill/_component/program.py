"""The module that becomes a component: the user's source, and between it and SQL what turns values of the one into values of the other."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .._types import SqlType

#: What adapters use. Errors name the function and the line in it.
PRELUDE = '''
import datetime as _datetime
import decimal as _decimal

_context = _decimal.Context(prec=60, traps=[_decimal.InvalidOperation, _decimal.Overflow])
_epoch = _datetime.datetime(1970, 1, 1)
_microsecond = _datetime.timedelta(microseconds=1)


def _told(error):
    place = ""
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if trace.tb_frame.f_globals is globals() and not code.co_name.startswith("_tidemill"):
            place = f"\\n  in {code.co_name}, line {trace.tb_lineno - code.co_firstlineno + 1} of it"
        trace = trace.tb_next
    return f"{type(error).__name__}: {error}{place}"


def _same(value):
    return value


def _is(kind, shown):
    def check(value):
        if type(value) is not kind:
            raise TypeError(f"it returned {value!r}, and its result is {shown}")
        return value
    return check


def _to_float(value):
    if type(value) is not float and type(value) is not int:
        raise TypeError(f"it returned {value!r}, and its result is float")
    return float(value)


def _to_int(bits):
    def check(value):
        if type(value) is not int and type(value) is not bool:
            raise TypeError(f"it returned {value!r}, and its result is int")
        if not -(1 << bits - 1) <= value < 1 << bits - 1:
            raise OverflowError(f"{value} does not fit into {bits} bits")
        return int(value)
    return check


def _from_time(value):
    return (_epoch + _datetime.timedelta(milliseconds=value)).time()


def _to_time(value):
    return ((value.hour * 60 + value.minute) * 60 + value.second) * 1000 + value.microsecond // 1000


def _from_decimal(scale):
    return lambda value: _context.scaleb(_decimal.Decimal(value), -scale)


def _to_decimal(scale):
    unit = _context.scaleb(_decimal.Decimal(1), -scale)
    return lambda value: int(_context.scaleb(_context.quantize(value, unit), scale))


def _tidemill_adapter(function, arguments, result, may_be_none):
    def _tidemill_call(*values):
        try:
            given = function(*[None if value is None else convert(value) for convert, value in zip(arguments, values)])
            if given is None:
                if not may_be_none:
                    raise TypeError("it returned None; write … | None behind the ->")
                return None
            return result(given)
        except Exception as error:
            raise RuntimeError(_told(error)) from None
    return _tidemill_call
'''


def exported(name: str) -> str:
    """What the component calls a function."""
    return f"tidemill_{name}"


def scalar_program(source: str, name: str, arguments: Sequence[tuple[str, SqlType]], result: SqlType, *, deterministic: bool = True) -> str:
    """
    The text of a component with one scalar function.

    >>> text = scalar_program("def half(x):\\n    return x / 2", "half", [("x", SqlType("DOUBLE"))], SqlType("DOUBLE"))
    >>> text.splitlines()[0]
    '# @sql tidemill_half(x DOUBLE) RETURNS DOUBLE'
    """
    calls = any(kind.nullable for _, kind in arguments)
    given = ", ".join(f"{each} {kind.declared if calls else kind.sql}" for each, kind in arguments)
    line = f"# @sql {exported(name)}({given}) RETURNS {result.sql}{' NULLS CALL' if calls else ''}{'' if deterministic else ' NOT DETERMINISTIC'}"
    converters = ", ".join(_from_sql(kind) for _, kind in arguments)
    adapter = f"{exported(name)} = _tidemill_adapter({name}, [{converters}], {_to_sql(result)}, {result.nullable})"
    return "\n".join([line, "from __future__ import annotations", PRELUDE, source, "", adapter, ""])


def _parts(kind: SqlType) -> tuple[str, int]:
    found = re.match(r"\s*(\w+)\s*(?:\(\s*\d+\s*(?:,\s*(\d+)\s*)?\))?", kind.sql)
    assert found is not None
    return found[1].upper(), int(found[2] or 0)


def _from_sql(kind: SqlType) -> str:
    name, scale = _parts(kind)
    match name:
        case "DATE":
            return "lambda days: _datetime.date.fromordinal(days + 719163)"
        case "TIME":
            return "_from_time"
        case "TIMESTAMP" | "TIMESTAMP_LTZ":
            return "lambda value: _epoch + value * _microsecond"
        case "DECIMAL":
            return f"_from_decimal({scale})"
        case _:
            return "_same"


def _to_sql(kind: SqlType) -> str:
    name, scale = _parts(kind)
    match name:
        case "DATE":
            return "lambda value: value.toordinal() - 719163"
        case "TIME":
            return "_to_time"
        case "TIMESTAMP" | "TIMESTAMP_LTZ":
            return "lambda value: (value - _epoch) // _microsecond"
        case "DECIMAL":
            return f"_to_decimal({scale})"
        case "DOUBLE" | "FLOAT":
            return "_to_float"
        case "BOOLEAN":
            return '_is(bool, "bool")'
        case "STRING":
            return '_is(str, "str")'
        case "BYTES":
            return '_is(bytes, "bytes")'
        case _:
            return f"_to_int({ {'TINYINT': 8, 'SMALLINT': 16, 'INT': 32, 'INTEGER': 32}.get(name, 64)})"
