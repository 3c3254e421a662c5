from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell

import tidemill as tm
from tidemill.live import Rows, live
from tidemill.magic import completions


@pytest.fixture
def shell(s: tm.Session) -> Iterator[InteractiveShell]:
    shell = InteractiveShell.instance()
    shell.run_line_magic("load_ext", "tidemill")
    yield shell
    InteractiveShell.clear_instance()


def test_cells_of_sql(shell: InteractiveShell) -> None:
    shell.user_ns.update(least=2, frame=pd.DataFrame({"a": [1, 2, 3]}), name="it's")
    shell.run_cell_magic("sql", "result", "SELECT a, {name} AS n, '{{' AS brace FROM {frame} WHERE a >= {least}")
    assert shell.user_ns["result"].to_pylist() == [{"a": 2, "n": "it's", "brace": "{"}, {"a": 3, "n": "it's", "brace": "{"}]
    total: Any = shell.run_line_magic("sql", "SELECT SUM(a) AS total FROM {result}")
    assert total.to_pylist() == [{"total": 5}]
    with pytest.raises(NameError, match="no variable 'nobody'"):
        shell.run_cell_magic("sql", "", "SELECT {nobody}")


def test_completion(s: tm.Session) -> None:
    s.register("customers", {"customer_name": ["x"]})
    assert completions(s, "SELECT cust") == ["customer_name", "customers"]
    assert "upper" in [each.lower() for each in completions(s, "SELECT upp")]


def test_live_tables(s: tm.Session) -> None:
    s.sql("CREATE TABLE g (id BIGINT, v INT) WITH ('connector' = 'datagen', 'rows-per-second' = '200', 'fields.v.min' = '0', 'fields.v.max' = '2')")
    seen: list[tuple[list[str], int]] = []
    live(s.table("g").group_by("v").agg(n=tm.count()), 10, 3, lambda names, rows, count: seen.append((names, len(rows))))
    assert seen[-1] == (["v", "n"], 3)
    started = time.monotonic()
    s.table("g").live(rows=5, seconds=1)
    assert time.monotonic() - started < 10


def test_live_plots(s: tm.Session) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    s.sql("CREATE TABLE g (id BIGINT, v INT) WITH ('connector' = 'datagen', 'rows-per-second' = '200', 'fields.v.min' = '0', 'fields.v.max' = '2')")
    s.table("g").group_by("v").agg(n=tm.count()).plot_live("v", "n", kind="bar", seconds=1)
    with pytest.raises(KeyError, match="no column 'w'"):
        s.table("g").plot_live("w", "v", seconds=1)


def test_rows_that_change() -> None:
    import pyarrow as pa

    rows = Rows(10, updating=True)
    rows.add(pa.RecordBatch.from_pydict({"op": ["+I", "+I", "-U", "+U", "-D"], "k": ["a", "b", "a", "a", "b"], "n": [1, 1, 1, 2, 1]}))
    assert rows.shown() == [("a", 2)]


def test_progress(s: tm.Session, capsys: pytest.CaptureFixture[str]) -> None:
    s.sql("CREATE TABLE g (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '20000', 'number-of-rows' = '60000')")
    assert s.table("g").agg(n=tm.count()).to_arrow(progress=True).to_pylist() == [{"n": 60000}]
    assert "rows" in capsys.readouterr().err
