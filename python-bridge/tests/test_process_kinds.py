"""Aggregates and table functions that run in this process."""

from __future__ import annotations

import datetime
import threading
import time
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import numpy
import pandas
import pyarrow as pa
import pytest
from numpy.typing import NDArray

import tidemill as tm

Doubles = NDArray[numpy.float64]


class Word(NamedTuple):
    word: str
    length: int | None


@tm.udtf(mode="process")
def words(text: str | None, day: datetime.date) -> Iterator[Word]:
    for each in (text or "").split():
        yield Word(f"{each}{day.day}", None if len(each) > 3 else len(each))


@tm.udtf(mode="process", vector="numpy", names=["step", "v"])
def steps(x: float, n: int) -> Iterator[tuple[int, float]]:
    """Rows in any order: the numbers say where they belong."""
    rows = numpy.repeat(numpy.arange(len(x)), n)[::-1]  # type: ignore[arg-type]
    step = numpy.concatenate([numpy.arange(each) for each in n])[::-1]  # type: ignore[attr-defined]
    return rows, step, x[rows] * step  # type: ignore[return-value, index]


@tm.udaf(mode="process", state_bytes=512)
class Commonest:
    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def accumulate(self, word: str) -> None:
        if word == "bad":
            raise ValueError("no such word")
        self.counts[word] += 1

    def retract(self, word: str) -> None:
        self.counts[word] -= 1

    def merge(self, other: Commonest) -> None:
        self.counts += other.counts

    def finish(self) -> str | None:
        return min((each for each in self.counts if self.counts[each] > 0), key=lambda each: (-self.counts[each], each), default=None)


@tm.udaf(mode="process")
class Mean:
    total: float = 0.0
    seen: int = 0
    any: bool = False

    def accumulate(self, x: Doubles) -> None:
        self.total += float(x.sum())
        self.seen += len(x)
        self.any = True

    def retract(self, x: Doubles) -> None:
        self.total -= float(x.sum())
        self.seen -= len(x)

    def merge(self, other: Mean) -> None:
        self.total += other.total
        self.seen += other.seen
        self.any = self.any or other.any

    def finish(self) -> float | None:
        return self.total / self.seen if self.any else None


@tm.udaf(mode="process", arguments=["DECIMAL(10, 2)", "BOOLEAN"], result="DECIMAL(12, 2)")
class Total:
    def __init__(self) -> None:
        self.total = Decimal(0)

    def accumulate(self, x: Decimal | None, counts: bool | None) -> None:
        if x is not None and counts:
            self.total += x

    def finish(self) -> Decimal:
        return self.total


ROWS = {"k": [1, 1, 2, 2, 2], "w": ["a b", "b b", "c longer", None, "d"], "x": [1.0, None, 3.0, 4.0, None], "n": [1, 2, 3, 0, 1]}


@pytest.mark.parametrize("place", ["beside", "server"])
def test_rows_and_groups(s: tm.Session, place: str) -> None:
    session = s if place == "beside" else tm.connect(s._location, token=s._token)  # noqa: SLF001
    try:
        t = session.register("kinds", ROWS)
        day = tm.lit(datetime.date(2026, 1, 31))
        made = t.join_lateral(words("w", day), "word", "length", how="left")
        assert [(each["k"], each["word"], each["length"]) for each in made.to_pylist()] == [
            (1, "a31", 1),
            (1, "b31", 1),
            (1, "b31", 1),
            (1, "b31", 1),
            (2, "c31", 1),
            (2, "longer31", None),
            (2, None, None),
            (2, "d31", 1),
        ]
        assert [(each["k"], each["step"], each["v"]) for each in t.join_lateral(steps("x", "n"), "step", "v").to_pylist()] == [
            (1, 0, 0.0),
            (2, 2, 6.0),
            (2, 1, 3.0),
            (2, 0, 0.0),
        ]
        assert made.group_by("k").agg(y=Commonest("word")).order_by("k").to_pylist() == [{"k": 1, "y": "b31"}, {"k": 2, "y": "c31"}]
        amount = tm.col("x").cast("DECIMAL(10, 2)")
        assert t.group_by("k").agg(m=Mean("x"), d=Total(amount, tm.col("k") > 1)).order_by("k").to_pylist() == [
            {"k": 1, "m": 1.0, "d": Decimal("0.00")},
            {"k": 2, "m": 3.5, "d": Decimal("7.00")},
        ]
        # no rows at all
        assert t.where(tm.col("k") > 5).agg(m=Mean("x"), y=Commonest("w"), d=Total(amount, tm.lit(True))).to_pylist() == [{"m": None, "y": None, "d": Decimal("0.00")}]
    finally:
        if session is not s:
            session.close()


def test_rows_that_change_are_taken_out(s: tm.Session) -> None:
    s.create_function("commonest", Commonest)
    s.create_function("mean_here", Mean)
    inner = "SELECT k, COUNT(*) AS c FROM (VALUES (1), (1), (2), (3), (3)) AS t(k) GROUP BY k"
    assert s.sql(f"SELECT commonest(CAST(c AS STRING)) AS y, mean_here(CAST(c AS DOUBLE)) AS m FROM ({inner})").to_pylist() == [{"y": "2", "m": pytest.approx(5 / 3)}]
    s.create_function("total_", Total)
    s.sql("CREATE TABLE endless (k BIGINT) WITH ('connector' = 'datagen')")
    with pytest.raises(tm.TidemillError, match="has no function for retract, which it needs over an updating input"):
        s.sql("SELECT total_(CAST(c AS DECIMAL(10, 2)), TRUE) FROM (SELECT k, COUNT(*) AS c FROM endless GROUP BY k)").explain()


def test_many_groups_on_several_threads() -> None:
    with tm.connect(parallelism=2) as s:
        random = numpy.random.default_rng(1)
        frame = pandas.DataFrame({"k": random.integers(0, 50, 20_000), "x": random.random(20_000)})
        found = s.register("many", frame).group_by("k").agg(m=Mean("x")).order_by("k").to_pandas()
        assert numpy.allclose(found["m"], frame.groupby("k")["x"].mean())
        windows = s.sql("SELECT TO_TIMESTAMP_LTZ(k * 1000, 3) AS ts, x FROM many")
        s.create_function("mean_", Mean, replace=True)
        hop = "SELECT COUNT(*) AS n FROM (SELECT mean_(x) AS m FROM (SELECT x, k, PROCTIME() AS p FROM many) GROUP BY k) WHERE m IS NOT NULL"
        assert s.sql(hop).to_pylist() == [{"n": 50}]
        assert windows.agg(n=tm.count()).to_pylist() == [{"n": 20_000}]


def test_errors_name_the_line(s: tm.Session) -> None:
    t = s.register("kinds", ROWS)
    with pytest.raises(tm.TidemillError, match=r"ValueError: no such word\n  in accumulate, .*test_process_kinds.py:\d+: raise ValueError") as raised:
        t.agg(y=Commonest(tm.lit("bad"))).to_pylist()
    assert raised.value.code == "udf-error"
    many = s.register("words", {"w": [str(n) for n in range(500)]})
    with pytest.raises(tm.TidemillError, match=r"an object of Commonest takes \d+ bytes, and 512 are kept of a group: state_bytes=… .*\n  in Commonest, .*test_process_kinds.py"):
        many.agg(y=Commonest("w")).to_pylist()

    @tm.udtf(mode="process", names=["a"])
    def uneven(n: int) -> Iterator[int]:
        yield n, n  # type: ignore[misc]

    with pytest.raises(tm.TidemillError, match=r"it gave \(1, 1\), and its rows have 1 columns"):
        t.join_lateral(uneven("n"), "a").to_pylist()

    @tm.udtf(mode="process", arguments=["BIGINT"], result=["BIGINT"])
    def wild(n: pa.Array) -> object:
        return [99], [1]

    with pytest.raises(tm.TidemillError, match="the rows' numbers are from 0 to 4"):
        t.join_lateral(wild("n"), "a").to_pylist()

    @tm.udaf(mode="process")
    class Ratio:
        total: int = 0

        def accumulate(self, x: int) -> None:
            self.total += x

        def finish(self) -> float:
            return 1 / self.total

    with pytest.raises(TypeError, match="Ratio has no result for a group without rows: ZeroDivisionError"):
        t.agg(y=Ratio("n")).to_pylist()
    # the session goes on
    assert t.agg(n=tm.count()).to_pylist() == [{"n": 5}]


def test_what_is_replaced_or_dropped_is_let_go() -> None:
    with tm.connect() as s, tm.connect(s._location, token=s._token) as remote:  # noqa: SLF001
        for session in (s, remote):
            session.register("kinds", ROWS)
            for step in range(3):

                @tm.udf(mode="process")
                def plus(n: int) -> int:
                    return n + step

                session.create_function("plus", plus, replace=True)
                assert session.sql("SELECT SUM(plus(n)) AS n FROM kinds").to_pylist() == [{"n": 7 + 5 * step}]
            session.sql("CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100')")
            session.sql("CREATE TABLE out_ (n BIGINT) WITH ('connector' = 'blackhole')")
            job = session.sql("INSERT INTO out_ SELECT plus(n) FROM numbers")
            session.sql("DROP TEMPORARY FUNCTION plus")
            exchanges = session._exchanges  # noqa: SLF001
            assert len(exchanges) == 1
            # a job that runs keeps it
            before = job.progress["rowsWritten"]
            wait_for(lambda: job.progress["rowsWritten"] > before)
            job.cancel()
            wait_for(lambda: len(exchanges) == 0)


@tm.udaf(mode="process", state_bytes=2048)
class Digits:
    """What it keeps is no number: it is pickled."""

    def __init__(self) -> None:
        self.counts: Counter[int] = Counter()

    def accumulate(self, n: int) -> None:
        self.counts[n % 10] += 1

    def merge(self, other: Digits) -> None:
        self.counts += other.counts

    def finish(self) -> str:
        return " ".join(f"{digit}:{count}" for digit, count in sorted(self.counts.items()))


def test_a_killed_engine_goes_on_with_what_aggregates_had(tmp_path: Path) -> None:
    """Numbers and pickled objects come back from checkpoints, at other parallelisms too, and every row counts once."""
    rows, window = 4000, 2000
    kept, out = tmp_path / "checkpoints", tmp_path / "out"
    killed = 0
    for parallelism in (1, 2, 1):
        with tm.connect() as session:
            session.set("parallelism.default", parallelism)
            session.set("execution.checkpointing.dir", kept)
            session.set("execution.checkpointing.interval", "50 ms")
            if kept.exists():
                session.set("execution.state-recovery.path", kept / "insert-into-written")
            session.sql(
                "CREATE TABLE n (id BIGINT, ts AS TO_TIMESTAMP_LTZ(id, 3), WATERMARK FOR ts AS ts) WITH ('connector' = 'datagen',"
                f" 'rows-per-second' = '1000', 'number-of-rows' = '{rows}', 'fields.id.kind' = 'sequence', 'fields.id.start' = '0', 'fields.id.end' = '{rows - 1}')"
            )
            session.sql(f"CREATE TABLE written (k BIGINT, mean DOUBLE, digits STRING) WITH ('connector' = 'filesystem', 'path' = '{out}', 'format' = 'csv')")
            session.create_function("mean_of", Mean)
            session.create_function("digits_of", Digits)
            if killed < 2:
                engine = session._engine
                assert engine is not None
                before = manifests(kept)
                threading.Thread(target=lambda: (wait_for(lambda: len(manifests(kept) - before) > 1), engine._process.kill()), daemon=True).start()
                with pytest.raises(tm.EngineError, match="the engine has ended"):
                    session.sql(WINDOWS)
                killed += 1
            else:
                session.sql(WINDOWS)
    found = sorted(line for file in out.glob("part-*") for line in file.read_text().replace('"', '').splitlines())
    expected = []
    for start in range(0, rows, window):
        for k in range(3):
            ids = [each for each in range(start, start + window) if each % 3 == k]
            digits = Counter(each % 10 for each in ids)
            expected.append(f"{k},{sum(ids) / len(ids)},{' '.join(f'{digit}:{digits[digit]}' for digit in sorted(digits))}")
    assert found == sorted(expected)


WINDOWS = (
    "INSERT INTO written SELECT id % 3, mean_of(CAST(id AS DOUBLE)), digits_of(id)"
    " FROM TABLE(TUMBLE(TABLE n, DESCRIPTOR(ts), INTERVAL '2' SECOND)) GROUP BY id % 3, window_start, window_end"
)


def manifests(folder: Path) -> set[Path]:
    return set(folder.rglob("manifest.json"))


def wait_for(condition: object) -> None:
    until = time.monotonic() + 20
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < until
        time.sleep(0.05)
