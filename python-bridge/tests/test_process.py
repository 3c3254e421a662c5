"""Functions that run in this process: what they get, what they give, and what goes wrong."""

from __future__ import annotations

import datetime
import decimal
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from typing import Annotated, Any, Optional

import numpy
import numpy.typing
import pandas
import pyarrow as pa
import pytest

import tidemill as tm

Doubles = numpy.typing.NDArray[numpy.float64]


@pytest.fixture
def t(s: tm.Session) -> tm.Table:
    rows = {"k": [1, 2, 3, 4], "x": [1.5, None, 3.0, 4.25], "n": [10, 20, None, 2**60 + 1], "w": ["one", "zwei äöü and a long text", None, ""]}
    return s.register("rows", pa.table(rows))


def test_arrays_of_numpy_by_annotation(t: tm.Table) -> None:
    seen: list[Any] = []

    @tm.udf(mode="process")
    def twice(x: Doubles) -> Doubles:
        seen.append(x.copy())
        return x * 2

    assert t.select(y=twice("x")).to_pylist() == [{"y": 3.0}, {"y": None}, {"y": 6.0}, {"y": 8.5}]
    # rows with NULL are not given
    assert [list(each) for each in seen] == [[1.5, 3.0, 4.25]]


def test_masked_arrays_where_none_is_declared(t: tm.Table) -> None:
    @tm.udf(mode="process", vector="numpy")
    def plus(n: Optional[int]) -> Optional[int]:
        return n + 1  # type: ignore[operator, return-value]

    assert [each["y"] for each in t.select(y=plus("n")).to_pylist()] == [11, 21, None, 2**60 + 2]


def test_series_and_arrow(t: tm.Table) -> None:
    @tm.udf(mode="process", arguments=["STRING"], result="STRING")
    def shout(w: pandas.Series) -> pandas.Series:
        return w.str.upper()

    @tm.udf(mode="process", arguments=["BIGINT", "STRING"], result="BOOLEAN")
    def both(n: pa.Array, w: pa.Array) -> pa.Array:
        import pyarrow.compute as pc

        return pc.and_(pc.is_valid(n), pc.greater(pc.utf8_length(w), 3))

    assert [each["y"] for each in t.select(y=shout("w")).to_pylist()] == ["ONE", "ZWEI ÄÖÜ AND A LONG TEXT", None, ""]
    assert [each["y"] for each in t.select(y=both("n", "w")).to_pylist()] == [False, True, None, False]


def test_a_row_at_a_time(t: tm.Table) -> None:
    @tm.udf(mode="process")
    def told(k: int, w: str | None) -> str | None:
        return None if w is None else f"{k}: {w[::-1]}"

    assert [each["y"] for each in t.select(y=told("k", "w")).to_pylist()] == ["1: eno", "2: txet gnol a dna üöä iewz", None, "4: "]


VALUES: list[tuple[str, Any, Any]] = [
    ("BOOLEAN", bool, [True, False, True]),
    ("DATE", datetime.date, [datetime.date(2026, 1, 31), datetime.date(1969, 12, 31)]),
    ("TIME", datetime.time, [datetime.time(23, 59, 59, 123000)]),
    ("TIMESTAMP(6)", datetime.datetime, [datetime.datetime(2026, 1, 31, 1, 2, 3, 4), datetime.datetime(1900, 1, 1)]),
    ("DECIMAL(10, 2)", Annotated[decimal.Decimal, "DECIMAL(10, 2)"], [decimal.Decimal("12345678.90"), decimal.Decimal("-0.01")]),
    ("DECIMAL(38, 0)", Annotated[decimal.Decimal, "DECIMAL(38, 0)"], [decimal.Decimal(10**37), decimal.Decimal(-(10**37))]),
    ("BYTES", bytes, [b"\x00\xff", b"", b"0123456789abcdef"]),
    ("SMALLINT", Annotated[int, "SMALLINT"], [-32768, 32767]),
    ("FLOAT", Annotated[float, "FLOAT"], [1.5, -0.25]),
]


@pytest.mark.parametrize(("sql", "annotation", "values"), VALUES, ids=[each[0] for each in VALUES])
def test_values_of_every_type_come_back(s: tm.Session, sql: str, annotation: Any, values: list[Any]) -> None:
    def same(v: Any) -> Any:
        seen.append(v)
        return v

    seen: list[Any] = []
    same.__annotations__ = {"v": annotation, "return": annotation}
    function = tm.udf(mode="process")(same)
    t = s.register("values", pa.table({"v": pa.array([*values, None], type=function.declared.result.arrow)}))
    assert t.select(y=function(tm.col("v").cast(sql))).to_arrow().column("y").to_pylist() == [*values, None]
    assert seen == values


def test_errors_name_the_line_of_the_user(t: tm.Table) -> None:
    @tm.udf(mode="process")
    def bad(x: Doubles) -> Doubles:
        wrong = x + 1
        raise ValueError("no such thing")

    with pytest.raises(tm.TidemillError, match=r"ValueError: no such thing\n.*in bad, .*test_process.py:\d+: raise ValueError") as raised:
        t.select(y=bad("x")).to_pylist()
    assert raised.value.code == "udf-error"
    # the session goes on
    assert t.agg(n=tm.count()).to_pylist() == [{"n": 4}]


@pytest.mark.parametrize(
    ("give", "message"),
    [
        (lambda x: x[:1], "returned 1 values for 3 rows"),
        (lambda x: 3.0, "returned float, and a column of 3 values is needed"),
        (lambda x: ["a", "b", "c"], "no column of DOUBLE"),
    ],
)
def test_wrong_results_are_told(t: tm.Table, give: Any, message: str) -> None:
    @tm.udf(mode="process", arguments=["DOUBLE"], result="DOUBLE")
    def odd(x: numpy.ndarray) -> numpy.ndarray:
        return give(x)

    with pytest.raises(tm.TidemillError, match=message):
        t.select(y=odd("x")).to_pylist()


def test_what_the_annotations_lack_is_said() -> None:
    with pytest.raises(TypeError, match="parameter x has no type"):

        @tm.udf(mode="process")
        def bare(x):  # type: ignore[no-untyped-def]
            return x

    with pytest.raises(TypeError, match="array of unknown values"):

        @tm.udf(mode="process")
        def unknown(x: numpy.ndarray) -> float:
            return 1.0

    with pytest.raises(TypeError, match="takes 1 arguments"):

        @tm.udf(mode="process")
        def one(x: float) -> float:
            return x

        one("a", "b")


def test_on_several_threads_and_in_sql() -> None:
    with tm.connect(parallelism=2) as s:

        @tm.udf(mode="process", vector="numpy")
        def square(n: int) -> int:
            return n * n  # type: ignore[return-value]

        s.create_function("square", square)
        assert "unsandboxed:square" in s.sql("SELECT square(n) FROM (VALUES (1)) AS t(n)").explain()
        s.register("many", pa.table({"n": range(100_000)}))
        assert s.sql("SELECT SUM(square(n)) AS total FROM many WHERE square(n) > 4").to_pylist() == [{"total": sum(n * n for n in range(3, 100_000))}]
        with pytest.raises(tm.TidemillError, match="function-exists"):
            s.create_function("square", square)


def test_an_interrupt_ends_a_query_whose_function_is_at_work(t: tm.Table) -> None:
    ended = threading.Event()

    @tm.udf(mode="process")
    def slow(x: float) -> float:
        try:
            while True:
                time.sleep(0.01)
        finally:
            ended.set()

    timer = threading.Timer(1.0, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        t.select(y=slow("x")).to_pylist()
    assert ended.wait(5)
    assert t.agg(n=tm.count()).to_pylist() == [{"n": 4}]


def test_the_death_of_the_process_is_the_end_of_its_jobs(tmp_path: Any) -> None:
    """A job of a client that was killed fails, and the server goes on."""
    with tm.connect() as s:
        program = f"""
            import os, tidemill as tm
            s = tm.connect({s._location!r}, token={s._token!r})  # noqa: SLF001

            @tm.udf(mode="process")
            def gone(n: int) -> int:
                os._exit(9)

            s.sql("CREATE TABLE out_ (n BIGINT) WITH ('connector' = 'blackhole')")
            s.create_function("gone", gone)
            s.sql("INSERT INTO out_ SELECT gone(n) FROM (VALUES (1)) AS t(n)")
        """
        file = tmp_path / "client.py"
        file.write_text(textwrap.dedent(program))
        done = subprocess.run([sys.executable, str(file)], env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, timeout=60, check=False)
        assert done.returncode == 9
        assert s.sql("SELECT 1 AS n").to_pylist() == [{"n": 1}]
