from __future__ import annotations

import datetime as dt
import decimal
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import tidemill as tm
from tests.conftest import FLIGHTS


@pytest.fixture
def bids(s: tm.Session) -> tm.Table:
    return s.register(
        "bids",
        pa.table({"auction": [1, 1, 2, 3, 3], "price": [10.0, 20.0, 5.0, None, 7.0], "channel": ["a", "b", "a", "c", None]}),
    )


VERBS: list[tuple[Callable[[tm.Table], tm.Table], str]] = [
    (lambda t: t.select("auction", twice=tm.col("price") * 2), "SELECT auction, price * 2 AS twice FROM bids"),
    (lambda t: t.where(tm.col("price") > 6, tm.col("channel").is_not_null()), "SELECT * FROM bids WHERE price > 6 AND channel IS NOT NULL"),
    (lambda t: t.where(~((tm.col("price") > 6) | (tm.col("auction") == 1))), "SELECT * FROM bids WHERE NOT (price > 6 OR auction = 1)"),
    (
        lambda t: t.group_by("channel").agg(n=tm.count(), top=tm.max("price")).where(tm.col("n") > 1),
        "SELECT channel, COUNT(*) AS n, MAX(price) AS top FROM bids GROUP BY channel HAVING COUNT(*) > 1",
    ),
    (lambda t: t.agg(n=tm.count_distinct("auction"), s=tm.sum("price").filter(tm.col("auction") < 3)), "SELECT COUNT(DISTINCT auction) AS n, SUM(price) FILTER (WHERE auction < 3) AS s FROM bids"),
    (lambda t: t.with_columns(price=tm.col("price").fill_null(0.0), more=tm.lit(1)), "SELECT auction, COALESCE(price, 0E0) AS price, channel, 1 AS more FROM bids"),
    (lambda t: t.drop("channel").rename(cost="price").distinct(), "SELECT DISTINCT auction, price AS cost FROM bids"),
    (lambda t: t.order_by(tm.col("price").desc().nulls_last(), "auction").limit(2), "SELECT * FROM bids ORDER BY price DESC NULLS LAST, auction LIMIT 2"),
    (
        lambda t: t.select("auction", "price", r=tm.row_number().over(partition_by="auction", order_by=tm.col("price").desc())).where(tm.col("r") == 1),
        "SELECT * FROM (SELECT auction, price, ROW_NUMBER() OVER (PARTITION BY auction ORDER BY price DESC) AS r FROM bids) WHERE r = 1",
    ),
    (
        lambda t: t.select(kind=tm.when(tm.col("price") > 6, "dear").when(tm.col("price").is_null(), "none").otherwise("cheap")),
        "SELECT CASE WHEN price > 6 THEN 'dear' WHEN price IS NULL THEN 'none' ELSE 'cheap' END AS kind FROM bids",
    ),
    (lambda t: t.join(t.group_by("auction").agg(n=tm.count()), on="auction"), "SELECT l.*, r.n FROM bids l JOIN (SELECT auction, COUNT(*) AS n FROM bids GROUP BY auction) r ON l.auction = r.auction"),
    (lambda t: t.join(t.where(tm.col("price") > 6), on="auction", how="anti"), "SELECT * FROM bids l WHERE NOT EXISTS (SELECT 1 FROM bids r WHERE r.price > 6 AND r.auction = l.auction)"),
    (
        lambda t: t.join(t, on=tm.left("auction") + 1 == tm.right("auction"), how="left").select("auction", "auction_right"),
        "SELECT l.auction, r.auction AS auction_right FROM bids l LEFT JOIN bids r ON l.auction + 1 = r.auction",
    ),
    (lambda t: t.select("auction").union_all(t.select("auction")).group_by("auction").agg(n=tm.count()), "SELECT auction, 2 * COUNT(*) AS n FROM bids GROUP BY auction"),
    (lambda t: t.select("auction").minus(t.where(tm.col("price") > 8).select("auction")), "SELECT DISTINCT auction FROM bids WHERE auction > 1"),
    (lambda t: t.where(tm.col("channel").isin(["a", "b"]) & tm.col("price").between(5, 10)), "SELECT * FROM bids WHERE channel IN ('a', 'b') AND price BETWEEN 5 AND 10"),
    (lambda t: t.select(x=tm.col("auction") % 2 - (tm.lit(3) - tm.col("auction")), y=-tm.col("price"), z=tm.concat("it's ", tm.col("channel"))), "SELECT MOD(auction, 2) - (3 - auction) AS x, -price AS y, CONCAT('it''s ', channel) AS z FROM bids"),
]


@pytest.mark.parametrize(("verbs", "sql"), VERBS, ids=range(len(VERBS)))
def test_verbs_give_what_sql_gives(s: tm.Session, bids: tm.Table, verbs: Callable[[tm.Table], tm.Table], sql: str) -> None:
    assert sorted(map(repr, verbs(bids).to_pylist())) == sorted(map(repr, s.sql(sql).to_pylist()))


def test_windows(s: tm.Session) -> None:
    s.sql(
        "CREATE TABLE bid (auction BIGINT, price BIGINT, `dateTime` TIMESTAMP(3), WATERMARK FOR `dateTime` AS `dateTime` - INTERVAL '4' SECOND) "
        "WITH ('connector' = 'nexmark', 'events.num' = '20000')"
    )
    bid = s.table("bid").where(tm.col("price") > 100)
    for window, text in (
        (tm.tumble("dateTime", "1 second"), "TUMBLE(TABLE bid, DESCRIPTOR(`dateTime`), INTERVAL '1' SECOND)"),
        (tm.hop("dateTime", dt.timedelta(milliseconds=500), "1 second"), "HOP(TABLE bid, DESCRIPTOR(`dateTime`), INTERVAL '0.5' SECOND, INTERVAL '1' SECOND)"),
    ):
        ours = bid.window(window).agg(n=tm.count(), top=tm.max("price"))
        theirs = s.sql(f"SELECT window_start, window_end, COUNT(*) AS n, MAX(price) AS top FROM TABLE({text}) WHERE price > 100 GROUP BY window_start, window_end")
        assert ours.to_arrow().sort_by("window_start") == theirs.to_arrow().sort_by("window_start")
        assert ours.to_arrow().num_rows > 1


def test_files_and_frames(s: tm.Session) -> None:
    flights = s.read_parquet(FLIGHTS)
    late = flights.where(tm.col("delay") > 15).group_by("origin").agg(n=tm.count(), worst=tm.max("delay"))
    frame = late.to_pandas().sort_values("origin").reset_index(drop=True)
    expected = pd.read_parquet(FLIGHTS).query("delay > 15").groupby("origin").agg(n=("delay", "size"), worst=("delay", "max")).reset_index()
    assert (frame.to_numpy() == expected.to_numpy()).all()
    assert isinstance(late.to_polars(), pl.DataFrame)
    assert pl.DataFrame(late.limit(3)).height == 3


def test_frames_of_others_as_tables(s: tm.Session) -> None:
    for data in (
        pd.DataFrame({"a": [1, 2], "b": ["x", None]}),
        pl.DataFrame({"a": [1, 2], "b": ["x", None]}),
        [{"a": 1, "b": "x"}, {"a": 2, "b": None}],
        {"a": [1, 2], "b": ["x", None]},
        pa.table({"a": [1, 2], "b": ["x", None]}).to_reader(),
        duckdb.sql("SELECT * FROM (VALUES (1, 'x'), (2, NULL)) AS t(a, b)"),
    ):
        assert s.register("mine", data).to_pylist() == [{"a": 1, "b": "x"}, {"a": 2, "b": None}]
    with pytest.raises(TypeError, match="a int has no rows"):
        s.register("mine", 3)


def test_columns_by_brackets(s: tm.Session) -> None:
    t = s.register("bracketed", {"a": [1, 2, 3], "b.c": ["x", "y", None]})
    assert t[t["a"] > 1][["b.c"]].to_pylist() == [{"b.c": "y"}, {"b.c": None}]
    assert t.select(twice=t["a"] * 2, c=t["b.c"]).to_pylist()[0] == {"twice": 2, "c": "x"}
    with pytest.raises(KeyError, match="there are a, b.c"):
        t["c"]
    with pytest.raises(TypeError, match="head"):
        t[0]  # type: ignore[call-overload] # pyright: ignore
    with pytest.raises(TypeError, match="iterable"):
        list(t)  # type: ignore[call-overload] # pyright: ignore
    with pytest.raises(AttributeError, match=r"tm.col\('a'\)"):
        t.a  # type: ignore[attr-defined] # pyright: ignore
    assert not hasattr(t, "_repr_png_")


def test_times_are_shown_in_the_digits_of_their_type(s: tm.Session) -> None:
    shown = s.sql("SELECT CAST(t AS TIMESTAMP(3)) AS t, n, 'left' AS w FROM (VALUES (TIMESTAMP '2026-01-01 00:00:00', 5), (TIMESTAMP '2026-01-01 00:00:00.01', 10)) AS v(t, n)")
    lines = repr(shown).splitlines()
    assert lines[2:4] == ["2026-01-01 00:00:00.000   5  left", "2026-01-01 00:00:00.010  10  left"]
    assert "<td style='text-align:right'>5</td><td style='text-align:left'>left</td>" in shown._repr_html_()


def test_literals(s: tm.Session) -> None:
    values = [
        *(True, 1, -(2**40), 1.5, "it's", b"\x01\xff", decimal.Decimal("12.50"), dt.date(2026, 1, 31), dt.datetime(2026, 1, 31, 1, 2, 3, 456789)),
        dt.time(1, 2, 3),
    ]
    one = s.register("one", {"x": [1]}).select(**{f"v{index}": tm.lit(value) for index, value in enumerate(values)})
    assert list(one.to_pylist()[0].values()) == values
    infinite = s.table("one").select(a=tm.lit(float("inf")), b=tm.lit(-2.5e-300)).to_pylist()[0]
    assert infinite == {"a": float("inf"), "b": -2.5e-300}


def test_endless_tables_are_shown_in_time(s: tm.Session) -> None:
    s.sql("CREATE TABLE g (id BIGINT, v INT) WITH ('connector' = 'datagen', 'rows-per-second' = '50')")
    started = time.monotonic()
    assert "the first 10 rows of a stream" in repr(s.table("g"))
    assert "+I" in s.table("g").agg(n=tm.count())._repr_html_()
    s.sql("CREATE TABLE slow (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1')")
    assert "stream" in repr(s.table("slow"))
    assert time.monotonic() - started < 15
    with pytest.raises(tm.TidemillError, match="endless"):
        s.table("g").to_arrow()
    s.set("sql-client.execution.result-mode", "table")
    s.table("g").agg(n=tm.count()).changes().close()
    assert s.names()["settings"]["sql-client.execution.result-mode"] == "table"
    s.sql("RESET 'sql-client.execution.result-mode'")
    with pytest.raises(tm.TidemillError, match="changelog"):
        list(s.table("g").agg(n=tm.count()).stream())


def test_streams_stop_when_left(s: tm.Session) -> None:
    s.sql("CREATE TABLE g (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000')")
    rows = 0
    for batch in s.table("g").stream():
        rows += batch.num_rows
        if rows > 100:
            break
    wait_until(lambda: s.jobs == [])


def test_an_interrupt_stops_a_query(s: tm.Session) -> None:
    s.sql("CREATE TABLE slow (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1')")
    threading.Timer(1.0, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        for _ in s.table("slow").stream():
            pass
    assert time.monotonic() - started < 10
    assert s.sql("SELECT 1 AS a").to_pylist() == [{"a": 1}]


def test_jobs(s: tm.Session, tmp_path: Path) -> None:
    s.sql("CREATE TABLE g (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000')")
    s.sql(f"CREATE TABLE written (id BIGINT) WITH ('connector' = 'filesystem', 'path' = '{tmp_path / 'out'}', 'format' = 'csv')")
    s.set("execution.checkpointing.dir", tmp_path / "checkpoints")
    job = s.table("g").insert_into("written")
    assert "'insert into written': running, " in repr(job) and job.error is None
    wait_until(lambda: job.progress["rowsWritten"] > 0)
    assert job.running and [each.name for each in s.jobs] == [job.name]
    job.stop(savepoint=str(tmp_path / "savepoint"))
    assert not job.running and list((tmp_path / "savepoint").rglob("manifest.json"))
    done = s.sql("INSERT INTO written SELECT * FROM (VALUES (CAST(1 AS BIGINT)), (2)) AS t(id)")
    assert done.rows == 2
    s.sql("RESET 'execution.checkpointing.dir'")
    failing = s.table("g").select(n=1 / (tm.col("id") - tm.col("id")).cast("INT")).create_view("failing").select(tm.col("n").cast("BIGINT")).insert_into("written")
    wait_until(lambda: not failing.running)
    assert failing.error is not None and "failed, " in repr(failing) and failing.error.code in repr(failing)
    with pytest.raises(tm.TidemillError, match=failing.error.code):
        failing.wait()


def test_errors_have_their_place(s: tm.Session) -> None:
    with pytest.raises(tm.TidemillError) as caught:
        s.sql("SELECT 1 +\n  nope")
    assert caught.value.code == "unknown-column" and (caught.value.place.line, caught.value.place.column) == (2, 3)  # type: ignore[union-attr]
    assert "node:" not in str(caught.value) and ".ts" not in str(caught.value)
    with pytest.raises(TypeError, match="use & for and"):
        s.register("t", {"a": [1]}).where(tm.col("a") > 1 and tm.col("a") < 3)
    with pytest.raises(KeyError, match="no column 'b'"):
        s.table("t").drop("b")


@tm.udf
def score(x: float, y: float) -> float:
    return x * y + 1


@tm.udf
def collatz(n: int) -> int:
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps


@tm.udf
def either(a: float | None, b: float) -> float | None:
    return b if a is None else None if a > b else a


@tm.udf
def reciprocal(x: int) -> float:
    return 1 / x


def test_functions_of_python(s: tm.Session) -> None:
    t = s.register("t", {"n": [1, 7, 27, None], "x": [0.5, None, 2.0, 3.0], "y": [1.0, 2.0, 3.0, 4.0]})
    rows = t.select("n", steps=collatz("n"), s=score("x", tm.col("y")), e=either("x", "y")).to_pylist()
    assert [row["steps"] for row in rows] == [0, 16, 111, None]
    assert [row["s"] for row in rows] == [1.5, None, 7.0, 13.0]
    assert [row["e"] for row in rows] == [0.5, 2.0, 2.0, 3.0]
    s.create_function("score", score)
    assert s.sql("SELECT score(x, y) AS s FROM t WHERE n = 1").to_pylist() == [{"s": 1.5}]
    with pytest.raises(tm.TidemillError, match="ZeroDivisionError: division by zero"):
        t.select(r=reciprocal(tm.col("n") - 1)).to_arrow()


def test_a_dead_engine_is_told_and_started_again() -> None:
    with tm.connect() as session:
        engine = session._engine
        assert engine is not None
        engine._process.kill()
        engine._process.wait()
        with pytest.raises(tm.EngineError, match="restart"):
            session.sql("SELECT 1")
        session.restart()
        assert session.sql("SELECT 1 AS a").to_pylist() == [{"a": 1}]


def wait_until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.1)


def test_rows_of_every_type_come_back(s: tm.Session) -> None:
    import datetime as dt
    import decimal

    number = decimal.Decimal
    table = pa.table(
        {
            "b": [True, None, False],
            "i8": pa.array([1, None, -3], pa.int8()),
            "u32": pa.array([1, None, 2**32 - 1], pa.uint32()),
            "u64": pa.array([1, None, 2**64 - 1], pa.uint64()),
            "half": pa.array([1.5, None, -2], pa.float16()),
            "dec": pa.array([number("1.25"), None, number("-3.50")], pa.decimal128(10, 2)),
            "large": pa.array([number("1.25"), None, number(-(10**35))], pa.decimal128(38, 2)),
            "s": ["x", None, "a text that is longer than twelve"],
            "ls": pa.array(["x", None, "a text that is longer than twelve"], pa.large_string()),
            "view": pa.array(["x", None, "a text that is longer than twelve"], pa.string_view()),
            "bytes": pa.array([b"1", None, b""]),
            "day": pa.array([dt.date(2020, 1, 1), None, dt.date(1960, 1, 1)]),
            "time": pa.array([dt.time(1, 2, 3), None, dt.time(0)], pa.time32("ms")),
            "ts": pa.array([dt.datetime(2020, 1, 1, 1), None, dt.datetime(1960, 1, 1)], pa.timestamp("us")),
            "span": pa.array([dt.timedelta(1), None, dt.timedelta(0, 5)], pa.duration("ms")),
            "list": [[1, None], None, []],
            "lists": [[["a"], None], None, [[]]],
            "row": [{"a": 1, "b": ["x"]}, None, {"a": None, "b": None}],
            "map": pa.array([[("k", 1)], None, []], pa.map_(pa.string(), pa.int64())),
            "words": pa.array(["a", None, "b"]).dictionary_encode(),
            "nothing": pa.nulls(3),
        }
    )
    rows = s.register("every", table).to_pylist()
    given = table.to_pylist()
    # Decimal(1) == 1, float(1.5) == 1.5
    assert rows == [{**each, "half": None if each["half"] is None else float(each["half"])} for each in given]
    zoned = pa.table({"at": pa.array([dt.datetime(2020, 7, 1, 1), None], pa.timestamp("us", tz="Europe/Berlin"))})
    assert s.register("zoned", zoned).to_arrow()["at"].cast(pa.int64()).equals(zoned["at"].cast(pa.int64()))
    assert s.register("empty", table.slice(0, 0)).to_arrow().num_rows == 0
    assert s.register("bare", pa.table({})).to_arrow().num_columns == 0
    with pytest.raises(tm.TidemillError, match="two columns with the name 'a'"):
        s.register("twice", pa.table([[1], [2]], names=["a", "a"]))


def test_inserts_into_registered_rows(s: tm.Session) -> None:
    s.register("mine", {"k": [1], "v": ["a"]})
    assert s.sql("INSERT INTO mine VALUES (2, 'b')").rows == 1
    assert s.table("mine").where(tm.col("k") == 1).insert_into("mine").rows == 1
    assert s.table("mine").order_by("k").to_pylist() == [{"k": 1, "v": "a"}, {"k": 1, "v": "a"}, {"k": 2, "v": "b"}]
