"""Python's values and names as Flink SQL."""

from __future__ import annotations

import datetime as dt
import decimal
import math
import re

UNITS = {"second": "SECOND", "minute": "MINUTE", "hour": "HOUR", "day": "DAY", "month": "MONTH", "year": "YEAR", "week": "WEEK"}


def identifier(name: str) -> str:
    """
    >>> identifier("order")
    '`order`'
    """
    return "`" + name.replace("`", "``") + "`"


def path(name: str) -> str:
    """Of a table: `catalog.database.table`, or less of it."""
    return ".".join(identifier(part) for part in name.split("."))


def text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def literal(value: object) -> str:
    """
    A value as Flink SQL writes it; a float is a DOUBLE, not a DECIMAL.

    >>> literal(1.5), literal("it's"), literal(None)
    ('1.5E0', "'it''s'", 'NULL')
    """
    match value:
        case None:
            return "NULL"
        case bool():
            return "TRUE" if value else "FALSE"
        case int():
            if not -(2**63) <= value < 2**63:
                raise OverflowError(f"{value} does not fit into BIGINT; a decimal.Decimal holds up to 38 digits")
            return str(value)
        case float():
            if math.isfinite(value):
                shown = repr(value)
                return shown.upper() if "e" in shown else f"{shown}E0"
            return f"CAST('{'NaN' if math.isnan(value) else 'Infinity' if value > 0 else '-Infinity'}' AS DOUBLE)"
        case decimal.Decimal():
            if not value.is_finite():
                raise ValueError(f"DECIMAL has no {value}")
            return format(value, "f")
        case str():
            return text(value)
        case bytes():
            return f"X'{value.hex()}'"
        case dt.datetime():
            shown = value.astimezone(dt.timezone.utc).replace(tzinfo=None) if value.tzinfo else value
            plain = f"TIMESTAMP '{shown.isoformat(sep=' ')}'"
            return plain if value.tzinfo is None else f"CAST({plain} AT TIME ZONE 'UTC' AS TIMESTAMP_LTZ(6))"
        case dt.date():
            return f"DATE '{value.isoformat()}'"
        case dt.time():
            return f"TIME '{value.isoformat()}'"
        case dt.timedelta():
            return interval(value)
        case _:
            raise TypeError(f"a {type(value).__name__} is no SQL value; taken are None, bool, int, float, Decimal, str, bytes, date, time, datetime, timedelta")


def interval(span: str | dt.timedelta) -> str:
    """
    >>> interval("10 minutes"), interval(dt.timedelta(seconds=90))
    ("INTERVAL '10' MINUTE", "INTERVAL '90' SECOND")
    """
    if isinstance(span, dt.timedelta):
        microseconds = span // dt.timedelta(microseconds=1)
        if microseconds % 1000:
            raise ValueError(f"{span}: intervals have whole milliseconds")
        for unit, size in (("DAY", 86_400_000_000), ("HOUR", 3_600_000_000), ("MINUTE", 60_000_000), ("SECOND", 1_000_000)):
            if microseconds % size == 0 and microseconds:
                return _interval(microseconds // size, unit)
        sign = "-" if microseconds < 0 else ""
        seconds, rest = divmod(abs(microseconds), 1_000_000)
        digits = max(2, len(str(seconds)))
        return f"INTERVAL {sign}'{seconds}.{rest // 1000:03d}' SECOND({digits}, 3)"
    match_ = re.fullmatch(r"\s*(\d+)\s*([a-z]+?)s?\s*", span.lower())
    unit = UNITS.get(match_[2]) if match_ else None
    if match_ is None or unit is None:
        raise ValueError(f"{span!r} is no interval; write '10 minutes', with {', '.join(UNITS)}, or a timedelta")
    return _interval(int(match_[1]), unit)


def _interval(count: int, unit: str) -> str:
    if unit == "WEEK":
        count, unit = count * 7, "DAY"
    digits = len(str(abs(count)))
    precision = f"({digits})" if digits > (4 if unit == "YEAR" else 2) else ""
    return f"INTERVAL {'-' if count < 0 else ''}'{abs(count)}' {unit}{precision}"
