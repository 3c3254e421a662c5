"""Compiled aggregates and table functions give what the same class and generator give in CPython."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tidemill as tm
from tidemill._compile import CompileError
from tidemill._compile.aggregate import compile_aggregate
from tidemill._compile.rows import compile_rows


@tm.udaf
class Spread:
    """Weighted mean, number and largest of values, of which some are None."""

    total: float = 0.0
    weight: float = 0.0
    most: int = -1
    any: bool = False

    def accumulate(self, x: float, n: int | None) -> None:
        if n is None:
            return
        self.total += x * n
        self.weight += n
        self.most = max(self.most, n)
        self.any = True

    def retract(self, x: float, n: int | None) -> None:
        if n is not None:
            self.total -= x * n
            self.weight -= n

    def merge(self, other: Spread) -> None:
        self.total += other.total
        self.weight += other.weight
        if other.most > self.most:
            self.most = other.most
        self.any = self.any or other.any

    def finish(self) -> float | None:
        if not self.any or self.weight == 0:
            return None
        return self.total / self.weight + self.most


ROWS = st.lists(st.tuples(st.integers(1, 3), st.integers(-50, 50).map(lambda n: n / 4), st.one_of(st.none(), st.integers(0, 9))), max_size=12)


@settings(max_examples=8, deadline=None)
@given(rows=ROWS)
def test_groups(engine: tm.Session, rows: list[tuple[int, float, int | None]]) -> None:
    groups: dict[int, Any] = {}
    for k, x, n in rows:
        groups.setdefault(k, Spread.__wrapped__()).accumulate(x, n)
    columns = {"k": [k for k, _, _ in rows] or [0], "x": [x for _, x, _ in rows] or [0.0], "n": [n for _, _, n in rows] or [0]}
    import pyarrow as pa

    types = {"k": pa.int64(), "x": pa.float64(), "n": pa.int64()}
    table = pa.table({name: pa.array(values, types[name]) for name, values in columns.items()})
    found = engine.register("spread_rows", table if rows else table.slice(0, 0)).group_by("k").agg(y=Spread("x", "n")).order_by("k").to_pylist()
    assert [each["k"] for each in found] == sorted(groups)
    for each in found:
        expected = groups[each["k"]].finish()
        assert each["y"] == (expected if expected is None else pytest.approx(expected, rel=1e-12))


def test_rows_that_change_are_retracted(s: tm.Session) -> None:
    @tm.udaf
    class Mean:
        total: float = 0.0
        count: int = 0

        def accumulate(self, x: float) -> None:
            self.total += x
            self.count += 1

        def retract(self, x: float) -> None:
            self.total -= x
            self.count -= 1

        def finish(self) -> float | None:
            return None if self.count == 0 else self.total / self.count

    s.create_function("mean_", Mean)
    # what the inner query gives for a key changes with each of its rows
    text = "SELECT mean_(c) AS y FROM (SELECT k, CAST(SUM(v) AS DOUBLE) AS c FROM (VALUES (1, 1), (1, 2), (2, 5), (1, 4)) AS t(k, v) GROUP BY k)"
    assert s.sql(text).to_pylist() == [{"y": 6.0}]


def pieces(n: int, step: float | None) -> Iterator[tuple[int, float | None, bool]]:
    total = 0.0
    for k in range(n):
        if k == 7:
            return
        if step is not None and k % 2 == 0:
            total += step / (k + 1)
            yield k, total, total > 1.5
        else:
            yield k, None, False


Pieces = tm.udtf(names=["k", "total", "big"])(pieces)


@settings(max_examples=8, deadline=None)
@given(rows=st.lists(st.tuples(st.integers(-1, 9), st.one_of(st.none(), st.floats(-3, 3))), min_size=1, max_size=6))
def test_rows_of_generators(engine: tm.Session, rows: list[tuple[int, float | None]]) -> None:
    import pyarrow as pa

    t = engine.register("pieces_rows", pa.table({"i": range(len(rows)), "n": pa.array([n for n, _ in rows], pa.int64()), "step": pa.array([x for _, x in rows], pa.float64())}))
    engine.create_function("pieces", Pieces, replace=True)
    found = engine.sql("SELECT i, k, total, big FROM pieces_rows, LATERAL TABLE(pieces(n, step))").to_pylist()
    expected = [{"i": i, "k": k, "total": total, "big": big} for i, (n, step) in enumerate(rows) for k, total, big in pieces(n, step)]
    assert sorted(found, key=lambda each: (each["i"], each["k"])) == expected
    assert t.agg(n=tm.count()).to_pylist() == [{"n": len(rows)}]


def test_rows_beyond_a_batch_of_memory(s: tm.Session) -> None:
    @tm.udtf
    def numbers(n: int) -> Iterator[int]:
        k = 0
        while k < n:
            yield k
            k += 1

    s.create_function("numbers", numbers)
    assert s.sql("SELECT COUNT(*) AS n, SUM(f0) AS total FROM (VALUES (CAST(50000 AS BIGINT))) AS t(n), LATERAL TABLE(numbers(n))").to_pylist() == [
        {"n": 50_000, "total": sum(range(50_000))}
    ]


def test_what_is_not_compiled_is_named_with_its_line() -> None:
    class Words:
        count: int = 0
        seen: list  # type: ignore[type-arg]

        def accumulate(self, x: int) -> None:
            self.count += 1

        def finish(self) -> int:
            return self.count

    with pytest.raises(CompileError, match="the field seen has the type list"):
        compile_aggregate(Words)

    class Wrong:
        count: int = 0

        def accumulate(self, x: int) -> None:
            self.cuont += 1  # type: ignore[attr-defined]

        def finish(self) -> int:
            return self.count

    with pytest.raises(CompileError, match=r"self.cuont is no field: there are count") as raised:
        compile_aggregate(Wrong)
    assert raised.value.line == Wrong.accumulate.__code__.co_firstlineno + 1

    class Returns:
        count: int = 0

        def accumulate(self, x: int) -> int:
            return x

        def finish(self) -> int:
            return self.count

    with pytest.raises(CompileError, match="return nothing: they change fields"):
        compile_aggregate(Returns)

    def uneven(n: int) -> Iterator[tuple[int, int]]:
        yield n

    with pytest.raises(CompileError, match="1 values are given here, and rows have 2"):
        compile_rows(uneven)

    def no_rows(n: int) -> int:
        return n

    with pytest.raises(CompileError, match="a table function gives rows"):
        compile_rows(no_rows)


def test_an_error_in_a_method_names_its_line(s: tm.Session) -> None:
    @tm.udaf
    class Roots:
        total: float = 0.0

        def accumulate(self, x: float) -> None:
            self.total += math.sqrt(x)

        def finish(self) -> float:
            return self.total

    line = Roots.__wrapped__.accumulate.__code__.co_firstlineno + 1  # type: ignore[attr-defined]
    t = s.register("t", {"x": [4.0, 9.0]})
    assert t.agg(y=Roots("x")).to_pylist() == [{"y": 5.0}]
    with pytest.raises(tm.TidemillError, match=rf"(?s)math domain error.*{line}"):
        t.agg(y=Roots(tm.col("x") - 5)).to_pylist()
