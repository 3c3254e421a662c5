"""Tables that are described, not computed: each verb makes a longer SELECT, and only asking for rows runs it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic, NoReturn, Protocol, TypeVar, overload

from . import _sql
from .expressions import Expression, Operand, Sort, as_column, as_expression, sort_sql
from .windows import Window

__all__ = ["Grouped", "Query", "Select"]


class Engine(Protocol):
    """What a table asks of its session."""

    def columns_of(self, sql: str) -> Sequence[str]:
        """Names of a query's columns, without running it."""
        ...


@dataclass(frozen=True)
class Select:
    """One SELECT, whose clauses are filled one after the other."""

    source: str
    with_: tuple[tuple[str, str], ...] = ()
    columns: tuple[str, ...] = ()
    distinct: bool = False
    where: tuple[Expression, ...] = ()
    group_by: tuple[str, ...] | None = None
    order_by: tuple[str, ...] = ()
    limit: int | None = None
    offset: int | None = None

    @property
    def sql(self) -> str:
        """
        >>> Select("`bid`").sql
        'SELECT * FROM `bid`'
        """
        parts: list[str] = []
        if self.with_:
            parts.append("WITH " + ", ".join(f"{_sql.identifier(name)} AS ({query})" for name, query in self.with_))
        parts.append(f"SELECT {'DISTINCT ' if self.distinct else ''}{', '.join(self.columns) or '*'}")
        parts.append(f"FROM {self.source}")
        if self.where:
            condition = self.where[0]
            for each in self.where[1:]:
                condition = condition & each
            parts.append(f"WHERE {condition.sql}")
        if self.group_by is not None and len(self.group_by) > 0:
            parts.append("GROUP BY " + ", ".join(self.group_by))
        if self.order_by:
            parts.append("ORDER BY " + ", ".join(self.order_by))
        if self.limit is not None:
            parts.append(f"LIMIT {self.limit}")
        if self.offset is not None:
            parts.append(f"OFFSET {self.offset}")
        return " ".join(parts)

    @property
    def closed(self) -> bool:
        """Whether what comes next has to stand around it."""
        return bool(self.columns or self.distinct or self.group_by is not None or self.order_by or self.limit is not None)

    @property
    def is_table(self) -> bool:
        """Whether it is a table of the catalog as it stands there."""
        return self == Select(self.source, with_=self.with_) and re.fullmatch(r"(`([^`]|``)+`\.?)+", self.source) is not None

    @property
    def item(self) -> str:
        """What FROM takes, without its alias and what WITH names."""
        return self.source if self.is_table else f"({replace(self, with_=()).sql})"

    def wrapped(self, alias: str = "t") -> Select:
        """A SELECT over this one. What WITH names stands in front of all."""
        return Select(f"({replace(self, with_=()).sql}) AS {_sql.identifier(alias)}", with_=self.with_)

    def open(self) -> Select:
        return self.wrapped() if self.closed else self


Self = TypeVar("Self", bound="Query[Engine]")
EngineType = TypeVar("EngineType", bound=Engine, covariant=True)


class Query(Generic[EngineType]):
    """The verbs of a table: none of them runs anything."""

    def __init__(self, engine: EngineType, select: Select) -> None:
        self._engine: EngineType = engine
        self._select = select

    @property
    def sql(self) -> str:
        """The table as a query of Flink SQL."""
        return self._select.sql

    def _with(self: Self, select: Select) -> Self:
        return type(self)(self._engine, select)

    def select(self: Self, *columns: Operand, **named: Operand) -> Self:
        """
        Columns by name, or expressions; those given by name get it: `t.select("a", b=col("a") + 1)`.
        """
        chosen = [_named(as_column(each), each) for each in columns]
        chosen += [f"{as_column(each).sql} AS {_sql.identifier(name)}" for name, each in named.items()]
        if not chosen:
            raise TypeError("select() needs at least one column")
        return self._with(replace(self._select.open(), columns=tuple(chosen)))

    def with_columns(self: Self, **named: Operand) -> Self:
        """All columns, with some more or others in the place of those of the same name."""
        columns = self._engine.columns_of(self.sql)
        made = {name: f"{as_expression(each).sql} AS {_sql.identifier(name)}" for name, each in named.items()}
        kept = [made.pop(name, _sql.identifier(name)) for name in columns]
        return self._with(replace(self._select.open(), columns=(*kept, *made.values())))

    def drop(self: Self, *names: str) -> Self:
        """All columns but these."""
        columns = self._engine.columns_of(self.sql)
        self._known(names, columns)
        return self._with(replace(self._select.open(), columns=tuple(_sql.identifier(each) for each in columns if each not in names)))

    def rename(self: Self, **names: str) -> Self:
        """`t.rename(new="old")`."""
        columns = self._engine.columns_of(self.sql)
        self._known(tuple(names.values()), columns)
        old = {before: after for after, before in names.items()}
        chosen = tuple(_sql.identifier(each) + (f" AS {_sql.identifier(old[each])}" if each in old else "") for each in columns)
        return self._with(replace(self._select.open(), columns=chosen))

    def where(self: Self, *conditions: Operand) -> Self:
        """The rows for which all hold."""
        select = self._select.open()
        return self._with(replace(select, where=(*select.where, *(as_expression(each) for each in conditions))))

    filter = where

    def group_by(self, *keys: Operand, **named: Operand) -> Grouped[Query[EngineType]]:
        """Then `.agg(…)`."""
        return Grouped(self, keys, named)

    def agg(self: Self, **aggregates: Operand) -> Self:
        """Over all rows: one row."""
        return self.group_by().agg(**aggregates)  # type: ignore[return-value]

    def window(self: Self, window: Window) -> Windowed[Self]:
        """Each row in its windows; then `.group_by(…)`, whose result has window_start and window_end."""
        return Windowed(self, window)

    def distinct(self: Self) -> Self:
        select = self._select.wrapped() if self._select.order_by or self._select.limit is not None else self._select
        return self._with(replace(select, distinct=True))

    def order_by(self: Self, *keys: Operand | Sort) -> Self:
        select = self._select.wrapped() if self._select.order_by or self._select.limit is not None else self._select
        return self._with(replace(select, order_by=tuple(sort_sql(each) for each in keys)))

    def limit(self: Self, rows: int, offset: int | None = None) -> Self:
        select = self._select.wrapped() if self._select.limit is not None else self._select
        return self._with(replace(select, limit=rows, offset=offset))

    def head(self: Self, rows: int = 5) -> Self:
        return self.limit(rows)

    def join(self: Self, other: Query[Engine], on: str | Sequence[str] | Operand, how: str = "inner", suffix: str = "_right") -> Self:
        """
        Rows of both that belong together. `on`: names of columns that both have, which the result has once; or a condition over `left("a")` and
        `right("b")`. Other columns of the right side with a name of the left get the suffix. `how`: inner, left, right, full, semi, anti.
        """
        kinds = {"inner": "JOIN", "left": "LEFT JOIN", "right": "RIGHT JOIN", "full": "FULL JOIN"}
        own, theirs = self._engine.columns_of(self.sql), self._engine.columns_of(other.sql)
        names: list[object] = [on] if isinstance(on, str) else list(on) if isinstance(on, (list, tuple)) else []  # pyright: ignore[reportUnknownArgumentType]
        keys = [each for each in names if isinstance(each, str)]
        if keys:
            self._known(keys, own)
            self._known(keys, theirs)
            condition = " AND ".join(f"l.{_sql.identifier(each)} = r.{_sql.identifier(each)}" for each in keys)
        else:
            condition = as_expression(on).sql
        with_ = (*self._select.with_, *(each for each in other._select.with_ if each not in self._select.with_))
        one, two = (each._select.item for each in (self, other))  # pyright: ignore[reportPrivateUsage]
        if how in ("semi", "anti"):
            exists = f"{'NOT ' if how == 'anti' else ''}EXISTS (SELECT 1 FROM {two} AS r WHERE {condition})"
            return self._with(Select(f"{one} AS l", with_=with_, where=(Expression(exists),)).wrapped())
        if how not in kinds:
            raise ValueError(f"how={how!r}: it is one of inner, left, right, full, semi, anti")
        chosen: list[str] = []
        for each in own:
            name = _sql.identifier(each)
            key = each in keys
            chosen.append(f"r.{name}" if key and how == "right" else f"COALESCE(l.{name}, r.{name}) AS {name}" if key and how == "full" else f"l.{name}")
        for each in theirs:
            if each not in keys:
                name = _sql.identifier(each)
                chosen.append(f"r.{name}" + (f" AS {_sql.identifier(each + suffix)}" if each in own else ""))
        source = f"{one} AS l {kinds[how]} {two} AS r ON {condition}"
        return self._with(Select(source, with_=with_, columns=tuple(chosen)))

    def union_all(self: Self, *others: Query[Engine]) -> Self:
        return self._set("UNION ALL", others)

    def union(self: Self, *others: Query[Engine]) -> Self:
        """Without duplicates."""
        return self._set("UNION", others)

    def intersect(self: Self, *others: Query[Engine]) -> Self:
        return self._set("INTERSECT", others)

    def intersect_all(self: Self, *others: Query[Engine]) -> Self:
        """Each row as often as it is in both."""
        return self._set("INTERSECT ALL", others)

    def minus(self: Self, *others: Query[Engine]) -> Self:
        return self._set("EXCEPT", others)

    def minus_all(self: Self, *others: Query[Engine]) -> Self:
        """Each row as often as it is more often here."""
        return self._set("EXCEPT ALL", others)

    def join_lateral(self: Self, function: Operand, *names: str, how: str = "inner") -> Self:
        """
        Each row with those that a table function gives for it: `t.join_lateral(tm.call("split", tm.col("text")), "word")`. `names`: of the function's
        columns. `how`: inner, or left for rows for which it gives none as well.
        """
        return self._lateral(f"LATERAL TABLE({as_expression(function).sql})", names, how)

    def explode(self: Self, column: Operand, *names: str, how: str = "inner") -> Self:
        """
        A row for each element of an array, or entry of a map (two names) or multiset: `t.explode("tags", "tag")`. Without names those that Flink gives.
        """
        return self._lateral(f"UNNEST({_qualified(as_column(column), 't')})", names, how)

    def _lateral(self: Self, function: str, names: Sequence[str], how: str) -> Self:
        if how not in ("inner", "left"):
            raise ValueError(f"how={how!r}: it is inner or left")
        columns = f" ({', '.join(_sql.identifier(each) for each in names)})" if names else ""
        join, end = ("CROSS JOIN", "") if how == "inner" else ("LEFT JOIN", " ON TRUE")
        source = f"{self._select.item} AS `t` {join} {function} AS `f`{columns}{end}"
        return self._with(Select(source, with_=self._select.with_))

    def process(self: Self, function: str, partition_by: str | Sequence[str] = (), order_by: str | Sequence[str] = (), **arguments: Operand) -> Self:
        """
        The rows that a process table function gives for this table: `t.process("sessions", partition_by="user", gap=tm.lit(5))`. It sees the rows of
        each key by themselves, and keeps state for it; `arguments` go by their names.
        """
        select = self._select
        name = _free_name("processed", select.with_)
        keys, order = ([each] if isinstance(each, str) else list(each) for each in (partition_by, order_by))
        table = f"TABLE {select.source if select.is_table else _sql.identifier(name)}"
        if keys:
            table += f" PARTITION BY ({', '.join(_sql.identifier(each) for each in keys)})"
        if order:
            table += f" ORDER BY ({', '.join(_sql.identifier(each) for each in order)})"
        given = ", ".join([table, *(f"{_sql.identifier(each)} => {as_expression(value).sql}" for each, value in arguments.items())])
        with_ = select.with_ if select.is_table else (*select.with_, (name, replace(select, with_=()).sql))
        return self._with(Select(f"TABLE({_sql.path(function)}({given}))", with_=with_))

    def _set(self: Self, operator: str, others: Sequence[Query[Engine]]) -> Self:
        with_ = list(self._select.with_)
        for other in others:
            with_ += [each for each in other._select.with_ if each not in with_]
        parts = [f"({replace(each._select, with_=()).sql})" for each in (self, *others)]  # pyright: ignore[reportPrivateUsage]
        return self._with(Select(f"({f' {operator} '.join(parts)}) AS t", with_=tuple(with_)))

    def _known(self, names: Sequence[str], columns: Sequence[str]) -> None:
        for name in names:
            if name not in columns:
                raise KeyError(f"there is no column {name!r}; there are {', '.join(columns)}")

    @overload
    def __getitem__(self, key: str) -> Expression: ...
    @overload
    def __getitem__(self: Self, key: list[str] | tuple[str, ...] | Expression) -> Self: ...
    def __getitem__(self: Self, key: str | list[str] | tuple[str, ...] | Expression) -> Expression | Self:
        """`t["a"]` is a column, for expressions; `t[["a", "b"]]` a table of these columns; `t[t["a"] > 1]` one of the rows for which it holds."""
        if isinstance(key, Expression):
            return self.where(key)
        if isinstance(key, int):
            raise TypeError("rows of a table have no numbers; .head(n) gives some, .to_pylist()[n] one of all")
        names = [key] if isinstance(key, str) else list(key)
        self._known(names, self._engine.columns_of(self.sql))
        columns = tuple(_sql.identifier(each) for each in names)
        return Expression(columns[0]) if isinstance(key, str) else self._with(replace(self._select.open(), columns=columns))

    # with numbers as keys a table would be taken for a sequence
    __iter__ = None

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> NoReturn:
            columns = "" if name.startswith("_") else f"; a column is t[{name!r}] or tm.col({name!r})"
            raise AttributeError(f"a table has no {name!r}{columns}", name=name, obj=self)

    def __bool__(self) -> NoReturn:
        raise TypeError("a table has no truth; .limit(1).to_pandas() shows whether it has a row")

    def __len__(self) -> NoReturn:
        raise TypeError("a table is not computed before its rows are asked for; .agg(n=tm.count()) counts them")


QueryType = TypeVar("QueryType", bound="Query[Engine]", covariant=True)


class Grouped(Generic[QueryType]):
    """A table with keys, which waits for its aggregates."""

    def __init__(self, query: QueryType, keys: Sequence[Operand], named: dict[str, Operand], source: Select | None = None) -> None:
        self._query: QueryType = query
        self._keys = keys
        self._named = named
        self._source = source

    def agg(self, **aggregates: Operand) -> QueryType:
        """`.agg(n=tm.count(), worst=tm.max("delay"))`: a row for each key, with the keys first."""
        query = self._query
        select = self._source or query._select.open()  # pyright: ignore[reportPrivateUsage]
        columns: list[str] = []
        groups: list[str] = []
        for each in self._keys:
            expression = as_column(each)
            columns.append(_named(expression, each))
            groups.append(expression.sql)
        for name, each in self._named.items():
            expression = as_column(each)
            columns.append(f"{expression.sql} AS {_sql.identifier(name)}")
            groups.append(expression.sql)
        columns += [f"{as_expression(each).sql} AS {_sql.identifier(name)}" for name, each in aggregates.items()]
        if not columns:
            raise TypeError("agg() needs an aggregate: .agg(n=tm.count())")
        return query._with(replace(select, columns=tuple(columns), group_by=tuple(groups)))  # type: ignore[return-value] # pyright: ignore[reportPrivateUsage, reportUnknownMemberType]


class Windowed(Generic[QueryType]):
    """A table whose rows stand in windows."""

    def __init__(self, query: QueryType, window: Window) -> None:
        self._query: QueryType = query
        self._window = window

    def _select(self) -> Select:
        select = self._query._select  # pyright: ignore[reportPrivateUsage]
        if select.is_table:
            return Select(self._window.over(select.source), with_=select.with_)
        name = _free_name("windowed", select.with_)
        return Select(self._window.over(_sql.identifier(name)), with_=(*select.with_, (name, replace(select, with_=()).sql)))

    def group_by(self, *keys: Operand, **named: Operand) -> Grouped[QueryType]:
        """Groups within each window; then `.agg(…)`."""
        return Grouped(self._query, (*keys, "window_start", "window_end"), named, self._select())

    def agg(self, **aggregates: Operand) -> QueryType:
        """A row for each window."""
        return self.group_by().agg(**aggregates)

    def rows(self) -> QueryType:
        """The rows themselves, with window_start, window_end and window_time."""
        return self._query._with(self._select())  # type: ignore[return-value] # pyright: ignore[reportPrivateUsage, reportUnknownMemberType]


def _free_name(stem: str, with_: Sequence[tuple[str, str]]) -> str:
    names = {name for name, _ in with_}
    return next(f"{stem}_{number}" for number in range(1, len(names) + 2) if f"{stem}_{number}" not in names)


def _qualified(expression: Expression, alias: str) -> str:
    plain = expression.name is not None and expression.sql == _sql.identifier(expression.name)
    return f"{_sql.identifier(alias)}.{expression.sql}" if plain else expression.sql


def left(name: str) -> Expression:
    """A column of the left side in the condition of a join."""
    return Expression(f"l.{_sql.identifier(name)}", name=name)


def right(name: str) -> Expression:
    return Expression(f"r.{_sql.identifier(name)}", name=name)


def _named(expression: Expression, given: Operand) -> str:
    name = expression.name
    if name is None:
        return expression.sql
    plain = expression.sql == _sql.identifier(name)
    return expression.sql if plain else f"{expression.sql} AS {_sql.identifier(name)}"
