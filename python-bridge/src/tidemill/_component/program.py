"""The module that becomes a component: the user's source, and between it and SQL what turns values of the one into values of the other."""

from __future__ import annotations

import re
from importlib import resources

from .._declared import Aggregate, Columns, Declared, Rows, Scalar, argument_types, calls_with_nulls
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
        if trace.tb_frame.f_globals is globals() and not getattr(code, "co_qualname", code.co_name).lower().lstrip("_").startswith("tidemill"):
            place = f"\\n  in {getattr(code, 'co_qualname', code.co_name).rpartition('<locals>.')[2]}, line {trace.tb_lineno - code.co_firstlineno + 1} of it"
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


def _tidemill_checked(given, result, may_be_none):
    if given is None:
        if not may_be_none:
            raise TypeError("it returned None; write … | None behind the ->")
        return None
    return result(given)


def _tidemill_taken(values, arguments):
    return [None if value is None else convert(value) for convert, value in zip(arguments, values)]


def _tidemill_adapter(function, arguments, result, may_be_none):
    def _tidemill_call(*values):
        try:
            return _tidemill_checked(function(*_tidemill_taken(values, arguments)), result, may_be_none)
        except Exception as error:
            raise RuntimeError(_told(error)) from None
    return _tidemill_call
'''
#: For table functions.
ROWS = '''

def _tidemill_rows(function, arguments, columns):
    def _tidemill_call(*values):
        try:
            for row in function(*_tidemill_taken(values, arguments)) or ():
                given = row if isinstance(row, tuple) else (row,)
                if len(given) != len(columns):
                    raise TypeError(f"it gave {row!r}, and its rows have {len(columns)} columns")
                yield tuple(_tidemill_checked(value, result, may) for value, (result, may) in zip(given, columns))
        except Exception as error:
            raise RuntimeError(_told(error)) from None
    return _tidemill_call
'''
#: For aggregates.
AGGREGATE = '''

def _tidemill_telling(call):
    def _tidemill_call(*values):
        try:
            return call(*values)
        except Exception as error:
            raise RuntimeError(_told(error)) from None
    return _tidemill_call


def _tidemill_change(kept, method, arguments):
    def _tidemill_changed(*values):
        made = kept.object_of(values[:kept.width])
        method(made, *_tidemill_taken(values[kept.width:], arguments))
        return kept.kept(made)
    return _tidemill_telling(_tidemill_changed)


def _tidemill_merge(kept, method):
    def _tidemill_merged(*values):
        made = kept.object_of(values[:kept.width])
        method(made, kept.object_of(values[kept.width:]))
        return kept.kept(made)
    return _tidemill_telling(_tidemill_merged)


def _tidemill_finish(kept, method, result, may_be_none):
    return _tidemill_telling(lambda *values: _tidemill_checked(method(kept.object_of(values)), result, may_be_none))
'''


def exported(name: str) -> str:
    """What the component calls a function."""
    return f"tidemill_{name}"


def program_of(declared: Declared, source: str, name: str) -> str:
    """
    The text of a component with one function, whose Python stands in `source`.

    >>> text = program_of(Scalar([("x", SqlType("DOUBLE"))], SqlType("DOUBLE")), "def half(x):\\n    return x / 2", "half")
    >>> text.splitlines()[0]
    '# @sql tidemill_half(x DOUBLE) RETURNS DOUBLE'
    """
    match declared:
        case Scalar(result=result):
            line, parts = f"@sql {_given(declared, name)} RETURNS {result.sql}", [_scalar(declared, name)]
        case Rows(columns=columns):
            shown = ", ".join(f"{each} {kind.declared}" for each, kind in columns)
            line, parts = f"@sql-table {_given(declared, name)} RETURNS TABLE ({shown})", [ROWS, _rows(declared, name)]
        case Aggregate(result=result, numbers=numbers, state_bytes=size):
            keeps = f"{size} BYTES" if numbers is None else ", ".join(KEPT[kind] for kind in numbers.values())
            line, parts = f"@sql-aggregate {_given(declared, name)} RETURNS {result.sql} KEEPS {keeps}", [_kept_text(), AGGREGATE, _aggregate(declared, name)]
    flags = f"{' NULLS CALL' if calls_with_nulls(declared.arguments) else ''}{'' if declared.deterministic else ' NOT DETERMINISTIC'}"
    prelude, adapters = parts[:-1], parts[-1]
    return "\n".join([f"# {line}{flags}", "from __future__ import annotations", PRELUDE, *prelude, source, "", adapters, ""])


#: What fields are kept as.
KEPT = {int: "BIGINT", float: "DOUBLE", bool: "INT"}


def _kept_text() -> str:
    text = resources.files("tidemill._component").joinpath("kept.py").read_text(encoding="utf-8")
    return text.replace("from __future__ import annotations\n", "")


def _given(declared: Declared, name: str) -> str:
    given = ", ".join(f"{each} {kind}" for (each, _), kind in zip(declared.arguments, argument_types(declared.arguments)))
    return f"{exported(name)}({given})"


def _converters(arguments: Columns) -> str:
    return f"[{', '.join(_from_sql(kind) for _, kind in arguments)}]"


def _scalar(declared: Scalar, name: str) -> str:
    result = declared.result
    return f"{exported(name)} = _tidemill_adapter({name}, {_converters(declared.arguments)}, {_to_sql(result)}, {result.nullable})"


def _rows(declared: Rows, name: str) -> str:
    columns = ", ".join(f"({_to_sql(kind)}, {kind.nullable})" for _, kind in declared.columns)
    return f"{exported(name)} = _tidemill_rows({name}, {_converters(declared.arguments)}, [{columns}])"


def _aggregate(declared: Aggregate, name: str) -> str:
    called, numbers, result = exported(name), declared.numbers, declared.result
    fields = None if numbers is None else ", ".join(f'"{each}": {kind.__name__}' for each, kind in numbers.items())
    kept, taken = f"_{called}_kept", f"_{called}_arguments"
    lines = [
        f"{kept} = {f'TidemillBlocks({name}, {declared.state_bytes})' if fields is None else f'TidemillNumbers({name}, {{{fields}}})'}",
        f"{taken} = {_converters(declared.arguments)}",
        _part(called, "init", f"_tidemill_telling({kept}.begin)"),
        _part(called, "accumulate", f"_tidemill_change({kept}, {name}.accumulate, {taken})"),
        _part(called, "finish", f"_tidemill_finish({kept}, {name}.finish, {_to_sql(result)}, {result.nullable})"),
    ]
    if "retract" in declared.parts:
        lines.append(_part(called, "retract", f"_tidemill_change({kept}, {name}.retract, {taken})"))
    if "merge" in declared.parts:
        lines.append(_part(called, "merge", f"_tidemill_merge({kept}, {name}.merge)"))
    return "\n".join(lines)


def _part(called: str, part: str, made: str) -> str:
    """`udf build` looks for functions by `def`."""
    inner = f"_{called}_{part}"
    return f"{inner} = {made}\n\n\ndef {called}_{part}(*values):\n    return {inner}(*values)\n\n"


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
