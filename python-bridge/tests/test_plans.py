"""Every verb gives the plan that the SQL has which a person would write."""

from __future__ import annotations

from collections.abc import Callable

import tidemill as tm
from tidemill import col, lit

DECLARED = """
CREATE TABLE bid (auction BIGINT, bidder BIGINT, price DOUBLE, channel STRING, tags ARRAY<STRING>, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '4' SECOND)
WITH ('connector' = 'datagen', 'number-of-rows' = '10');
CREATE TABLE auction (id BIGINT NOT NULL, category STRING, price DOUBLE) WITH ('connector' = 'datagen', 'number-of-rows' = '10')
"""

Verb = Callable[[tm.Table, tm.Table], tm.Table]
WINDOW = "TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '10' MINUTE)"
CASES: list[tuple[Verb, str]] = [
    (lambda b, a: b, "SELECT * FROM bid"),
    (lambda b, a: b.select("auction", double=col("price") * 2), "SELECT auction, price * 2 AS `double` FROM bid"),
    (lambda b, a: b.select("auction", "price").drop("price"), "SELECT auction FROM bid"),
    (lambda b, a: a.rename(kind="category"), "SELECT id, category AS kind, price FROM auction"),
    (lambda b, a: a.with_columns(price=col("price") + 1, more=lit("x")), "SELECT id, category, price + 1 AS price, 'x' AS more FROM auction"),
    (lambda b, a: b.where(col("price") > 5, col("channel") == "web"), "SELECT * FROM bid WHERE price > 5 AND channel = 'web'"),
    (lambda b, a: b.where((col("price") > 5) | ~(col("channel") == "web")), "SELECT * FROM bid WHERE price > 5 OR NOT channel = 'web'"),
    (lambda b, a: b.where(col("price").between(1, 2) & col("channel").isin(["a", "b"])), "SELECT * FROM bid WHERE price BETWEEN 1 AND 2 AND channel IN ('a', 'b')"),
    (lambda b, a: b.where(col("channel").like("a%") & col("price").is_not_null()), "SELECT * FROM bid WHERE channel LIKE 'a%' AND price IS NOT NULL"),
    (lambda b, a: b.select(k=tm.when(col("price") > 1, "dear").otherwise("cheap")), "SELECT CASE WHEN price > 1 THEN 'dear' ELSE 'cheap' END AS k FROM bid"),
    (lambda b, a: b.select(k=col("price").cast("INT"), c=tm.coalesce(col("channel"), lit("?"))), "SELECT CAST(price AS INT) AS k, COALESCE(channel, '?') AS c FROM bid"),
    (lambda b, a: b.group_by("channel").agg(n=tm.count(), m=tm.max("price")), "SELECT channel, COUNT(*) AS n, MAX(price) AS m FROM bid GROUP BY channel"),
    (lambda b, a: b.agg(n=tm.count_distinct("bidder"), s=tm.sum("price")), "SELECT COUNT(DISTINCT bidder) AS n, SUM(price) AS s FROM bid"),
    (
        lambda b, a: b.group_by("channel").agg(n=tm.count().filter(col("price") > 1)).where(col("n") > 3),
        "SELECT * FROM (SELECT channel, COUNT(*) FILTER (WHERE price > 1) AS n FROM bid GROUP BY channel) AS t WHERE n > 3",
    ),
    (lambda b, a: b.select("channel").distinct(), "SELECT DISTINCT channel FROM bid"),
    (lambda b, a: a.order_by(col("price").desc(), "id").limit(3, offset=1), "SELECT * FROM auction ORDER BY price DESC, id LIMIT 3 OFFSET 1"),
    (lambda b, a: a.head(2), "SELECT * FROM auction LIMIT 2"),
    (
        lambda b, a: b.window(tm.tumble("ts", "10 minutes")).group_by("channel").agg(n=tm.count()),
        f"SELECT channel, window_start, window_end, COUNT(*) AS n FROM TABLE({WINDOW}) GROUP BY channel, window_start, window_end",
    ),
    (lambda b, a: b.window(tm.tumble("ts", "10 minutes")).rows(), f"SELECT * FROM TABLE({WINDOW})"),
    (
        lambda b, a: b.window(tm.hop("ts", "1 minute", "5 minutes")).agg(n=tm.count()),
        "SELECT window_start, window_end, COUNT(*) AS n FROM TABLE(HOP(TABLE bid, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '5' MINUTE)) GROUP BY window_start, window_end",
    ),
    (
        lambda b, a: b.window(tm.cumulate("ts", "1 minute", "5 minutes")).agg(n=tm.count()),
        "SELECT window_start, window_end, COUNT(*) AS n FROM TABLE(CUMULATE(TABLE bid, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '5' MINUTE)) GROUP BY window_start, window_end",
    ),
    (
        lambda b, a: b.window(tm.session("ts", "1 minute", partition_by="bidder")).group_by("bidder").agg(n=tm.count()),
        "SELECT bidder, window_start, window_end, COUNT(*) AS n FROM TABLE(SESSION(TABLE bid PARTITION BY bidder, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) "
        "GROUP BY bidder, window_start, window_end",
    ),
    (
        lambda b, a: b.select("bidder", "price", s=tm.sum("price").over(partition_by="bidder", order_by="ts")),
        "SELECT bidder, price, SUM(price) OVER (PARTITION BY bidder ORDER BY ts) AS s FROM bid",
    ),
    (
        lambda b, a: b.join(a, tm.left("auction") == tm.right("id")).select("bidder", "category"),
        "SELECT bidder, category FROM bid AS l JOIN auction AS r ON l.auction = r.id",
    ),
    (
        lambda b, a: b.rename(id="auction").join(a, "id", how="left").select("id", "bidder", "category"),
        "SELECT l.id, bidder, category FROM (SELECT auction AS id, bidder FROM bid) AS l LEFT JOIN auction AS r ON l.id = r.id",
    ),
    (
        lambda b, a: a.join(b.rename(id="auction").select("id", "bidder"), "id", how="right"),
        "SELECT r.id, category, l.price, bidder FROM auction AS l RIGHT JOIN (SELECT auction AS id, bidder FROM bid) AS r ON l.id = r.id",
    ),
    (
        lambda b, a: a.join(b.select(id="auction", bidder="bidder"), "id", how="full"),
        "SELECT COALESCE(l.id, r.id) AS id, category, l.price, bidder FROM auction AS l FULL JOIN (SELECT auction AS id, bidder FROM bid) AS r ON l.id = r.id",
    ),
    (lambda b, a: a.join(b, tm.left("id") == tm.right("auction"), how="semi"), "SELECT * FROM auction AS l WHERE EXISTS (SELECT 1 FROM bid AS r WHERE l.id = r.auction)"),
    (lambda b, a: a.join(b, tm.left("id") == tm.right("auction"), how="anti"), "SELECT * FROM auction AS l WHERE NOT EXISTS (SELECT 1 FROM bid AS r WHERE l.id = r.auction)"),
    (lambda b, a: b.select("auction").union_all(a.select("id")), "SELECT auction FROM bid UNION ALL SELECT id FROM auction"),
    (lambda b, a: b.select("auction").union(a.select("id")), "SELECT auction FROM bid UNION SELECT id FROM auction"),
    (lambda b, a: b.select("auction").intersect(a.select("id")), "SELECT auction FROM bid INTERSECT SELECT id FROM auction"),
    (lambda b, a: b.select("auction").intersect_all(a.select("id")), "SELECT auction FROM bid INTERSECT ALL SELECT id FROM auction"),
    (lambda b, a: b.select("auction").minus(a.select("id")), "SELECT auction FROM bid EXCEPT SELECT id FROM auction"),
    (lambda b, a: b.select("auction").minus_all(a.select("id")), "SELECT auction FROM bid EXCEPT ALL SELECT id FROM auction"),
    (lambda b, a: b.explode("tags", "tag").select("auction", "tag"), "SELECT auction, tag FROM bid CROSS JOIN UNNEST(bid.tags) AS f (tag)"),
    (lambda b, a: b.explode("tags", "tag", how="left").select("auction", "tag"), "SELECT auction, tag FROM bid LEFT JOIN UNNEST(bid.tags) AS f (tag) ON TRUE"),
]


def test_plans_are_those_of_sql(s: tm.Session) -> None:
    s.sql(DECLARED)
    bid, auction = s.table("bid"), s.table("auction")
    for verb, sql in CASES:
        table, wanted = verb(bid, auction), s.sql(sql)
        assert optimized(table) == optimized(wanted), table.sql
        assert list(table.types.items()) == list(wanted.types.items()), table.sql


def optimized(table: tm.Table) -> str:
    """The plan behind the tree of the text, which says how it was written."""
    _, mark, plan = table.explain().partition("== Optimized")
    assert mark
    return plan


def test_every_verb_is_compared() -> None:
    import inspect

    tried = "".join(inspect.getsource(verb) for verb, _ in CASES)
    verbs = {name for name in vars(tm.Table.__mro__[1]) if not name.startswith("_")} - {"sql", "filter", "process", "join_lateral"}
    assert {name for name in verbs if f".{name}(" not in tried} == set()
