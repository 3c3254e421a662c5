"""
Functions over 10M rows: compiled and in the process, beside pandas' vectors and DuckDB. Argument: rounds; the second, optional, the number of rows. All
take their turn in each round; prints a line of JSON a case: seconds of each round, rows, and CPU seconds of this process.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

import tidemill as tm

ROUNDS = int(sys.argv[1])
ROWS = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000_000
Doubles = npt.NDArray[np.float64]


@tm.udf
def score(x: float, y: float) -> float:
    return x * y + 1


@tm.udf
def branches(x: float, y: float) -> float:
    if x > y:
        return x - y
    return x * x + y


@tm.udf(mode="process")
def in_process(x: Doubles, y: Doubles) -> Doubles:
    return x * y + 1


@tm.udf(mode="process")
def one_column(x: Doubles) -> Doubles:
    return x * 2


@tm.udaf
class Mean:
    total: float = 0.0
    count: int = 0

    def accumulate(self, x: float) -> None:
        self.total += x
        self.count += 1

    def merge(self, other: Mean) -> None:
        self.total += other.total
        self.count += other.count

    def finish(self) -> float | None:
        return None if self.count == 0 else self.total / self.count


def main() -> None:
    random = np.random.default_rng(1)
    x, y = random.random(ROWS), random.random(ROWS)
    frame = pd.DataFrame({"x": x, "y": y})
    arrow = pa.table({"x": x, "y": y})
    duck = duckdb.connect()
    duck.sql("CREATE TABLE t AS SELECT * FROM arrow")
    duck.create_function("score", lambda a, b: pa.array(a.to_numpy() * b.to_numpy() + 1), ["DOUBLE", "DOUBLE"], "DOUBLE", type="arrow")  # pyright: ignore[reportArgumentType, reportUnknownLambdaType]
    with tm.connect() as s:
        t = s.register("t", arrow)
        cases: dict[str, Callable[[], object]] = {
            "compiled": lambda: t.agg(n=tm.sum(score("x", "y"))).to_arrow(),
            "pandas": lambda: (frame.x * frame.y + 1).sum(),
            "DuckDB's expression": lambda: duck.sql("SELECT SUM(x * y + 1) FROM t").fetchall(),
            "DuckDB's function over Arrow": lambda: duck.sql("SELECT SUM(score(x, y)) FROM t").fetchall(),
            "expression of SQL": lambda: t.agg(n=tm.sum(tm.col("x") * tm.col("y") + 1)).to_arrow(),
            "compiled, with if": lambda: t.agg(n=tm.sum(branches("x", "y"))).to_arrow(),
            "pandas, with where": lambda: np.where(frame.x > frame.y, frame.x - frame.y, frame.x * frame.x + frame.y).sum(),
            "compiled aggregate": lambda: t.agg(n=Mean("x")).to_arrow(),
            "process, numpy, two columns": lambda: t.agg(n=tm.sum(in_process("x", "y"))).to_arrow(),
            "process, numpy, one column": lambda: t.agg(n=tm.sum(one_column("x"))).to_arrow(),
        }
        seconds: dict[str, list[float]] = {name: [] for name in cases}
        cpu: dict[str, list[float]] = {name: [] for name in cases}
        for _ in range(ROUNDS + 1):
            for name, act in cases.items():
                start, start_cpu = time.perf_counter(), time.process_time()
                act()
                seconds[name].append(time.perf_counter() - start)
                cpu[name].append(time.process_time() - start_cpu)
    for name in cases:
        # the first round compiles and warms up
        print(json.dumps({"case": name, "seconds": seconds[name][1:], "cpuSeconds": cpu[name][1:], "rows": ROWS}), flush=True)


main()
