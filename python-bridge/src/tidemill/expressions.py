"""Expressions over columns. They hold Flink SQL: what they mean is what it means there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NoReturn, Protocol, Union, runtime_checkable

from . import _sql

__all__ = ["Case", "Expression", "Sort", "call", "col", "expr", "lit", "when"]


@runtime_checkable
class IntoExpression(Protocol):
    """What has an expression of its own to give."""

    def __tidemill_expression__(self) -> Expression: ...


Operand = Union["Expression", IntoExpression, object]

# what binds more tightly has the larger number
_OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _UNARY, _ATOM = range(8)


class Expression:
    """
    A value of each row.

    Made of columns and literals with + - * / %, comparisons, & | ~, and methods.

    >>> (col("price") * 2 > 10) & col("channel").is_not_null()
    Expression("`price` * 2 > 10 AND `channel` IS NOT NULL")
    """

    __slots__ = ("_name", "_rank", "_sql")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, sql: str, rank: int = _ATOM, name: str | None = None) -> None:
        self._sql = sql
        self._rank = rank
        self._name = name

    @property
    def sql(self) -> str:
        """The text of Flink SQL."""
        return self._sql

    @property
    def name(self) -> str | None:
        """Of the column it makes, if it has one."""
        return self._name

    def __repr__(self) -> str:
        return f'Expression("{self._sql}")'

    def __tidemill_expression__(self) -> Expression:
        return self

    def __bool__(self) -> NoReturn:
        raise TypeError(
            f"the truth of {self!r} is known for rows, not for itself: use & for and, | for or, ~ for not, with parentheses around comparisons; "
            ".between(low, high) for low <= x <= high; .isin(…) for in; when(…) for if … else"
        )

    def __iter__(self) -> NoReturn:
        raise TypeError(f"{self!r} is one value, not several")

    # arithmetic

    def __add__(self, other: Operand) -> Expression:
        return _binary(self, "+", other, _SUM)

    def __radd__(self, other: Operand) -> Expression:
        return _binary(other, "+", self, _SUM)

    def __sub__(self, other: Operand) -> Expression:
        return _binary(self, "-", other, _SUM)

    def __rsub__(self, other: Operand) -> Expression:
        return _binary(other, "-", self, _SUM)

    def __mul__(self, other: Operand) -> Expression:
        return _binary(self, "*", other, _PRODUCT)

    def __rmul__(self, other: Operand) -> Expression:
        return _binary(other, "*", self, _PRODUCT)

    def __truediv__(self, other: Operand) -> Expression:
        """SQL's division: of whole numbers it gives a whole number."""
        return _binary(self, "/", other, _PRODUCT)

    def __rtruediv__(self, other: Operand) -> Expression:
        return _binary(other, "/", self, _PRODUCT)

    def __mod__(self, other: Operand) -> Expression:
        return _binary(self, "%", other, _PRODUCT)

    def __rmod__(self, other: Operand) -> Expression:
        return _binary(other, "%", self, _PRODUCT)

    def __pow__(self, other: Operand) -> Expression:
        return call("POWER", self, other)

    def __floordiv__(self, other: Operand) -> NoReturn:
        raise TypeError("// is not SQL: of whole numbers / gives a whole number; of others write tm.floor(a / b)")

    def __neg__(self) -> Expression:
        return Expression(f"-{_within(self, _UNARY)}", _UNARY)

    def __pos__(self) -> Expression:
        return self

    def __abs__(self) -> Expression:
        return call("ABS", self)

    # comparisons; == and != give expressions

    def __eq__(self, other: Operand) -> Expression:  # type: ignore[override]
        return _binary(self, "=", other, _COMPARE)

    def __ne__(self, other: Operand) -> Expression:  # type: ignore[override]
        return _binary(self, "<>", other, _COMPARE)

    def __lt__(self, other: Operand) -> Expression:
        return _binary(self, "<", other, _COMPARE)

    def __le__(self, other: Operand) -> Expression:
        return _binary(self, "<=", other, _COMPARE)

    def __gt__(self, other: Operand) -> Expression:
        return _binary(self, ">", other, _COMPARE)

    def __ge__(self, other: Operand) -> Expression:
        return _binary(self, ">=", other, _COMPARE)

    def between(self, low: Operand, high: Operand) -> Expression:
        """Both ends belong to it."""
        return Expression(f"{_within(self, _SUM)} BETWEEN {_within(_of(low), _SUM)} AND {_within(_of(high), _SUM)}", _COMPARE)

    def isin(self, values: Sequence[Operand]) -> Expression:
        """
        >>> col("channel").isin(["Google", "Baidu"])
        Expression("`channel` IN ('Google', 'Baidu')")
        """
        if len(values) == 0:
            return Expression("FALSE")
        return Expression(f"{_within(self, _SUM)} IN ({', '.join(_of(each).sql for each in values)})", _COMPARE)

    def is_null(self) -> Expression:
        return Expression(f"{_within(self, _SUM)} IS NULL", _COMPARE)

    def is_not_null(self) -> Expression:
        return Expression(f"{_within(self, _SUM)} IS NOT NULL", _COMPARE)

    def is_distinct_from(self, other: Operand) -> Expression:
        """Like !=, where NULL equals NULL and nothing else."""
        return Expression(f"{_within(self, _SUM)} IS DISTINCT FROM {_within(_of(other), _SUM)}", _COMPARE)

    def like(self, pattern: str) -> Expression:
        """`%` stands for any text, `_` for one character."""
        return Expression(f"{_within(self, _SUM)} LIKE {_sql.text(pattern)}", _COMPARE)

    def fill_null(self, other: Operand) -> Expression:
        return call("COALESCE", self, other)

    # logic

    def __and__(self, other: Operand) -> Expression:
        return _binary(self, "AND", other, _AND)

    def __rand__(self, other: Operand) -> Expression:
        return _binary(other, "AND", self, _AND)

    def __or__(self, other: Operand) -> Expression:
        return _binary(self, "OR", other, _OR)

    def __ror__(self, other: Operand) -> Expression:
        return _binary(other, "OR", self, _OR)

    def __invert__(self) -> Expression:
        return Expression(f"NOT {_within(self, _NOT)}", _NOT)

    # the rest

    def alias(self, name: str) -> Expression:
        """
        The same value under a name.

        >>> (col("a") + 1).alias("b").name
        'b'
        """
        return Expression(self._sql, self._rank, name)

    def cast(self, type_: str) -> Expression:
        """To a type of SQL, such as 'BIGINT'; what does not fit fails the job."""
        return Expression(f"CAST({self._sql} AS {type_})")

    def try_cast(self, type_: str) -> Expression:
        """Like cast; what does not fit is NULL."""
        return Expression(f"TRY_CAST({self._sql} AS {type_})")

    def __getitem__(self, key: int | str) -> Expression:
        """A field of a row by name, an element of an array by its number from 1, or of a map by its key: `col("a")[1]`."""
        return Expression(f"{_within(self, _ATOM)}[{_of(key).sql}]")

    def field(self, name: str) -> Expression:
        """Of a ROW."""
        return Expression(f"{_within(self, _ATOM)}.{_sql.identifier(name)}", _ATOM, name)

    def filter(self, condition: Operand) -> Expression:
        """
        Of an aggregate: over the rows only where it holds.

        >>> call("COUNT", col("a")).filter(col("b") > 1)
        Expression("COUNT(`a`) FILTER (WHERE `b` > 1)")
        """
        return Expression(f"{self._sql} FILTER (WHERE {_of(condition).sql})", _ATOM, self._name)

    def over(
        self,
        *,
        partition_by: Sequence[Operand] | Operand = (),
        order_by: Sequence[Operand] | Operand = (),
        rows: int | None = None,
        range: str | None = None,
    ) -> Expression:
        """
        An aggregate or a ranking over the rows around each row: up to it, or the `rows` before it, or those within the time `range` before it.

        >>> call("SUM", col("price")).over(partition_by="channel", order_by="at", rows=10)
        Expression("SUM(`price`) OVER (PARTITION BY `channel` ORDER BY `at` ROWS BETWEEN 10 PRECEDING AND CURRENT ROW)")
        """
        parts: list[str] = []
        if keys := _many(partition_by):
            parts.append("PARTITION BY " + ", ".join(_column(each).sql for each in keys))
        if orders := _many(order_by):
            parts.append("ORDER BY " + ", ".join(sort_sql(each) for each in orders))
        if rows is not None:
            parts.append(f"ROWS BETWEEN {rows} PRECEDING AND CURRENT ROW")
        if range is not None:
            parts.append(f"RANGE BETWEEN {_sql.interval(range)} PRECEDING AND CURRENT ROW")
        return Expression(f"{self._sql} OVER ({' '.join(parts)})", _ATOM, self._name)

    def asc(self) -> Sort:
        return Sort(self, "ASC")

    def desc(self) -> Sort:
        return Sort(self, "DESC")


class Sort:
    """An order: ascending or descending, and where NULLs stand."""

    def __init__(self, expression: Expression, direction: str, nulls: str = "") -> None:
        self.sql = f"{expression.sql} {direction}{nulls}"
        self._parts = (expression, direction)

    def nulls_first(self) -> Sort:
        return Sort(*self._parts, " NULLS FIRST")

    def nulls_last(self) -> Sort:
        return Sort(*self._parts, " NULLS LAST")


def col(name: str) -> Expression:
    """
    A column by name; a dot reaches into a ROW.

    >>> col("bid.price")
    Expression("`bid`.`price`")
    """
    return Expression(_sql.path(name), _ATOM, name.rpartition(".")[2])


def lit(value: object) -> Expression:
    """
    A value of Python.

    >>> lit("it's")
    Expression("'it''s'")
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value < 0:
        return Expression(_sql.literal(value), _UNARY)
    return Expression(_sql.literal(value))


def expr(sql: str) -> Expression:
    """
    A piece of Flink SQL, as it stands.

    >>> expr("EXTRACT(HOUR FROM `at`)") + 1
    Expression("(EXTRACT(HOUR FROM `at`)) + 1")
    """
    return Expression(sql, -1)


def call(function: str, *arguments: Operand) -> Expression:
    """
    A function by name: a built-in one, or one of `CREATE FUNCTION`.

    >>> call("UPPER", col("channel"))
    Expression("UPPER(`channel`)")
    """
    return Expression(f"{function}({', '.join(_of(each).sql for each in arguments)})")


class Case:
    """`when(…).when(…).otherwise(…)`."""

    def __init__(self, branches: tuple[tuple[Expression, Expression], ...]) -> None:
        self._branches = branches

    def when(self, condition: Operand, value: Operand) -> Case:
        return Case((*self._branches, (_of(condition), _of(value))))

    def otherwise(self, value: Operand) -> Expression:
        return self._end(f" ELSE {_of(value).sql}")

    def end(self) -> Expression:
        """NULL otherwise."""
        return self._end("")

    def __tidemill_expression__(self) -> Expression:
        return self.end()

    def _end(self, last: str) -> Expression:
        branches = "".join(f" WHEN {condition.sql} THEN {value.sql}" for condition, value in self._branches)
        return Expression(f"CASE{branches}{last} END")


def when(condition: Operand, value: Operand) -> Case:
    """
    >>> when(col("delay") > 15, "late").otherwise("in time")
    Expression("CASE WHEN `delay` > 15 THEN 'late' ELSE 'in time' END")
    """
    return Case(((_of(condition), _of(value)),))


def sort_sql(value: Operand | Sort) -> str:
    return value.sql if isinstance(value, Sort) else _column(value).sql


def _many(value: object) -> list[object]:
    return list(value) if isinstance(value, (list, tuple)) else [value]  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def _of(value: Operand) -> Expression:
    """An operand: what is not an expression is a value."""
    return value.__tidemill_expression__() if isinstance(value, IntoExpression) else lit(value)


def _column(value: Operand) -> Expression:
    """Where columns are meant, a text names one."""
    return col(value) if isinstance(value, str) else _of(value)


def _within(value: Expression, rank: int) -> str:
    return value.sql if value._rank >= rank else f"({value.sql})"  # pyright: ignore[reportPrivateUsage]


def _binary(left: Operand, operator: str, right: Operand, rank: int) -> Expression:
    # operators of one rank go from left to right; comparisons have no order
    one = _within(_of(left), rank + 1 if rank == _COMPARE else rank)
    return Expression(f"{one} {operator} {_within(_of(right), rank if operator in ('AND', 'OR') else rank + 1)}", rank)


as_expression: Callable[[Operand], Expression] = _of
as_column: Callable[[Operand], Expression] = _column
