"""
What a notebook waits for: `tm.connect()`, the first query, rows in and out, and an aggregate beside DuckDB's. Argument: rounds. Prints a line of JSON a
case: seconds of each round, and bytes where rows travel, as pyarrow counts them.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

import tidemill as tm

ROUNDS = int(sys.argv[1])
NUMBERS = 4_000_000
TEXTS = 1_000_000
FLIGHTS = 3_000_000
WIDE = 5_000


def say(case: str, seconds: list[float], **more: Any) -> None:
    print(json.dumps({"case": case, "seconds": seconds, **more}), flush=True)


def timed(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


START = """
import json, time
import tidemill as tm
start = time.perf_counter()
s = tm.connect()
connected = time.perf_counter()
s.sql("SELECT 1 AS a").to_arrow()
done = time.perf_counter()
print(json.dumps([connected - start, done - start]))
s.close()
"""


def starts() -> None:
    both = [json.loads(subprocess.run([sys.executable, "-c", START], check=True, stdout=subprocess.PIPE).stdout) for _ in range(ROUNDS)]
    say("connect", [connected for connected, _ in both])
    say("first query", [done for _, done in both])


def rows() -> None:
    tables = {
        "numbers": pa.table(
            {"a": np.arange(NUMBERS), "b": np.arange(NUMBERS) * 1.5, "c": (np.arange(NUMBERS) % 97).astype(np.int32)},
        ),
        "texts": pa.table(
            {
                "k": np.arange(TEXTS),
                "s": [f"name {number % 1000}" for number in range(TEXTS)],
                "l": [f"a longer text that is not inline {number}" for number in range(TEXTS)],
            }
        ),
    }
    with tm.connect() as s:
        for name, table in tables.items():
            say(f"put {name}", [timed(lambda: s.register(name, table)) for _ in range(ROUNDS)], bytes=table.nbytes)
            read = s.table(name)
            assert read.to_arrow().sort_by([(table.column_names[0], "ascending")]).equals(table.cast(read.to_arrow().schema))
            say(f"read {name}", [timed(read.to_arrow) for _ in range(ROUNDS)], bytes=table.nbytes)


def aggregates() -> None:
    numbers = np.random.default_rng(7)
    flights = pa.table(
        {
            "origin": pa.DictionaryArray.from_arrays(
                numbers.integers(0, 300, FLIGHTS).astype(np.int32), [f"airport {each}" for each in range(300)]
            ).cast(pa.string()),
            "delay": numbers.normal(10, 30, FLIGHTS),
            "distance": numbers.integers(50, 3000, FLIGHTS),
        }
    )
    query = "SELECT origin, COUNT(*) AS n, AVG(delay) AS late, MAX(distance) AS far FROM flights WHERE delay > 0 GROUP BY origin"
    duck = duckdb.connect()
    with tm.connect() as s:
        ours, theirs, put = [], [], []
        for _ in range(ROUNDS):
            put.append(timed(lambda: s.register("flights", flights)))
            duck.register("given", flights)
            duck.execute("CREATE OR REPLACE TABLE flights AS SELECT * FROM given")
            ours.append(timed(s.sql(query).to_arrow))
            theirs.append(timed(lambda: duck.execute(query).fetchall()))
        found = {row["origin"]: row["n"] for row in s.sql(query).to_pylist()}
        assert found == {origin: n for origin, n, _, _ in duck.execute(query).fetchall()}
    say("register 3M rows", put, bytes=flights.nbytes)
    say("aggregate 3M rows", ours)
    say("aggregate 3M rows, DuckDB", theirs)


def small_and_wide() -> None:
    """What a cell costs besides its rows: a query of one row, after some; and tables of thousands of columns, each query by itself for the first time."""
    with tm.connect() as s:
        one = lambda: s.sql("SELECT 1 AS a").to_arrow()  # noqa: E731
        for _ in range(100):
            one()
        say("SELECT 1, after a hundred", [timed(one) for _ in range(40 * ROUNDS)])
    sums = ", ".join(f"SUM(c{index}) AS s{index}" for index in range(WIDE))
    joins, aggregates = [], []
    for _ in range(ROUNDS):
        with tm.connect() as s:
            s.register("wide", pa.table({f"c{index}": np.arange(100) + index for index in range(WIDE)}))
            joins.append(timed(lambda: s.sql("SELECT * FROM wide AS a JOIN wide AS b ON a.c0 = b.c0").to_arrow()))
            aggregates.append(timed(lambda: s.sql(f"SELECT {sums} FROM wide").to_arrow()))
    say("self-join of 5,000 columns", joins)
    say("5,000 sums", aggregates)


if __name__ == "__main__":
    starts()
    small_and_wide()
    rows()
    aggregates()
