"""
Tidemill: stateful streams and batches with Flink's SQL, in one small engine.

>>> import tidemill as tm
>>> s = tm.connect()
>>> t = s.sql("SELECT * FROM (VALUES ('a', 1), ('a', 2), ('b', 3)) AS t(k, v)")
>>> t.where(tm.col("v") > 1).group_by("k").agg(n=tm.count(), top=tm.max("v")).order_by("k").to_pylist()
[{'k': 'a', 'n': 1, 'top': 2}, {'k': 'b', 'n': 1, 'top': 3}]
"""

from .errors import CompileError, EngineError, Place, TidemillError
from .expressions import Case, Expression, Sort, call, col, expr, lit, when
from .functions import (
    avg,
    ceil,
    coalesce,
    collect,
    concat,
    count,
    count_distinct,
    cume_dist,
    current_timestamp,
    dense_rank,
    extract,
    first_value,
    floor,
    lag,
    last_value,
    lead,
    length,
    listagg,
    lower,
    max,
    min,
    proctime,
    rank,
    round,
    row_number,
    stddev,
    sum,
    upper,
    variance,
)
from .session import Job, Result, Session, Table, connect
from .table import left, right
from .udf import Udaf, Udf, Udtf, udaf, udf, udtf
from .windows import Window, cumulate, hop, session, tumble

__version__ = "0.1.0"


def load_ipython_extension(shell: object) -> None:
    """`%load_ext tidemill`: `%sql` and `%%sql`, with `{name}` for Python's values."""
    from .magic import load_ipython_extension as load

    load(shell)


__all__ = [
    "Case",
    "CompileError",
    "EngineError",
    "Expression",
    "Job",
    "Place",
    "Result",
    "Session",
    "Sort",
    "Table",
    "TidemillError",
    "Udaf",
    "Udf",
    "Udtf",
    "Window",
    "avg",
    "call",
    "ceil",
    "coalesce",
    "col",
    "collect",
    "concat",
    "connect",
    "count",
    "count_distinct",
    "cume_dist",
    "cumulate",
    "current_timestamp",
    "dense_rank",
    "expr",
    "extract",
    "first_value",
    "floor",
    "hop",
    "lag",
    "last_value",
    "lead",
    "left",
    "length",
    "listagg",
    "lit",
    "lower",
    "max",
    "min",
    "proctime",
    "rank",
    "right",
    "round",
    "row_number",
    "session",
    "stddev",
    "sum",
    "tumble",
    "udaf",
    "udf",
    "udtf",
    "upper",
    "variance",
    "when",
]
