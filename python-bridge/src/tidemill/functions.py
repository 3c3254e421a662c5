"""Aggregates, rankings and the functions that are used most; `call` reaches all the others."""

from __future__ import annotations

from .expressions import Expression, Operand, as_column, call

__all__ = [
    "avg",
    "ceil",
    "coalesce",
    "collect",
    "concat",
    "count",
    "count_distinct",
    "cume_dist",
    "current_timestamp",
    "dense_rank",
    "extract",
    "first_value",
    "floor",
    "lag",
    "last_value",
    "lead",
    "length",
    "listagg",
    "lower",
    "max",
    "min",
    "proctime",
    "rank",
    "round",
    "row_number",
    "stddev",
    "sum",
    "upper",
    "variance",
]


def count(value: Operand = None) -> Expression:
    """
    Rows; with a column, those where it is not NULL.

    >>> count(), count("channel")
    (Expression("COUNT(*)"), Expression("COUNT(`channel`)"))
    """
    return Expression("COUNT(*)") if value is None else call("COUNT", as_column(value))


def count_distinct(value: Operand) -> Expression:
    return Expression(f"COUNT(DISTINCT {as_column(value).sql})")


def sum(value: Operand) -> Expression:  # noqa: A001
    return call("SUM", as_column(value))


def min(value: Operand) -> Expression:  # noqa: A001
    return call("MIN", as_column(value))


def max(value: Operand) -> Expression:  # noqa: A001
    return call("MAX", as_column(value))


def avg(value: Operand) -> Expression:
    """Of whole numbers it is a whole number, as in Flink: cast to DOUBLE for a fraction."""
    return call("AVG", as_column(value))


def stddev(value: Operand) -> Expression:
    """Of a sample."""
    return call("STDDEV_SAMP", as_column(value))


def variance(value: Operand) -> Expression:
    return call("VAR_SAMP", as_column(value))


def first_value(value: Operand) -> Expression:
    return call("FIRST_VALUE", as_column(value))


def last_value(value: Operand) -> Expression:
    return call("LAST_VALUE", as_column(value))


def listagg(value: Operand, separator: str = ",") -> Expression:
    return call("LISTAGG", as_column(value), separator)


def collect(value: Operand) -> Expression:
    """A MULTISET of the values."""
    return call("COLLECT", as_column(value))


def row_number() -> Expression:
    """
    >>> row_number().over(partition_by="channel", order_by=max("price").desc())
    Expression("ROW_NUMBER() OVER (PARTITION BY `channel` ORDER BY MAX(`price`) DESC)")
    """
    return call("ROW_NUMBER")


def rank() -> Expression:
    return call("RANK")


def dense_rank() -> Expression:
    return call("DENSE_RANK")


def cume_dist() -> Expression:
    return call("CUME_DIST")


def lag(value: Operand, rows: int = 1) -> Expression:
    return call("LAG", as_column(value), rows)


def lead(value: Operand, rows: int = 1) -> Expression:
    return call("LEAD", as_column(value), rows)


def upper(value: Operand) -> Expression:
    return call("UPPER", as_column(value))


def lower(value: Operand) -> Expression:
    return call("LOWER", as_column(value))


def length(value: Operand) -> Expression:
    return call("CHAR_LENGTH", as_column(value))


def concat(*values: Operand) -> Expression:
    """Texts; a text of Python stands for itself, not for a column."""
    return call("CONCAT", *values)


def coalesce(*values: Operand) -> Expression:
    return call("COALESCE", *values)


def floor(value: Operand) -> Expression:
    return call("FLOOR", as_column(value))


def ceil(value: Operand) -> Expression:
    return call("CEIL", as_column(value))


def round(value: Operand, digits: int = 0) -> Expression:  # noqa: A001
    return call("ROUND", as_column(value), digits)


def extract(unit: str, value: Operand) -> Expression:
    """
    >>> extract("hour", "at")
    Expression("EXTRACT(HOUR FROM `at`)")
    """
    return Expression(f"EXTRACT({unit.upper()} FROM {as_column(value).sql})")


def current_timestamp() -> Expression:
    return Expression("CURRENT_TIMESTAMP")


def proctime() -> Expression:
    return call("PROCTIME")
