-- session select
SELECT * FROM bid

SELECT b.* FROM bid AS b

SELECT b.*, 1 AS x FROM bid b

SELECT price AS one FROM bid

SELECT ALL channel FROM bid

SELECT DISTINCT channel FROM bid

SELECT DISTINCT channel, price + 1 AS p FROM bid

SELECT channel AS c, price p, url `the url` FROM bid

SELECT 1

SELECT 1, 'a', TRUE

SELECT bid.price, default_database.bid.channel FROM bid

SELECT default_catalog.default_database.bid.channel FROM default_catalog.default_database.bid

SELECT price FROM bid WHERE price > 10 AND NOT channel = 'x' OR url IS NULL

SELECT channel FROM bid WHERE channel IN ('a', 'b') AND price NOT IN (1, 2)

SELECT channel FROM bid WHERE price BETWEEN 1 AND 10 AND price NOT BETWEEN 5 AND 6

SELECT channel FROM bid WHERE price BETWEEN SYMMETRIC 10 AND 1

SELECT channel FROM bid WHERE price BETWEEN ASYMMETRIC 1 AND 10

SELECT channel FROM bid WHERE channel LIKE 'a%' AND url NOT LIKE '%!%%' ESCAPE '!'

SELECT channel FROM bid WHERE channel SIMILAR TO '(a|b)%' AND url NOT SIMILAR TO '%x'

SELECT * FROM (SELECT channel, price FROM bid)

SELECT t.channel FROM (SELECT channel, price FROM bid) AS t

SELECT x FROM (SELECT channel, price FROM bid) AS t (x, y)

SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS t (id, name)

VALUES (1, 'a'), (2, 'b')

VALUES 1, 2, 3

VALUES ROW(1, 'a'), ROW(2, 'b')

VALUES (1, CAST(NULL AS STRING)), (NULL, 'b')

TABLE bid

SELECT * FROM (TABLE bid)

WITH x AS (SELECT price FROM bid) SELECT * FROM x

WITH x (p) AS (SELECT price FROM bid), y AS (SELECT p FROM x WHERE p > 1) SELECT * FROM y

WITH x AS (SELECT 1 AS a) SELECT * FROM (WITH y AS (SELECT * FROM x) SELECT * FROM y)

WITH RECURSIVE x AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM x WHERE a < 5) SELECT * FROM x

SELECT channel FROM bid LIMIT 5

SELECT channel FROM bid LIMIT ALL

SELECT channel FROM bid OFFSET 5

SELECT channel FROM bid LIMIT 5 OFFSET 2

SELECT channel FROM bid ORDER BY ts LIMIT 5

SELECT channel FROM bid ORDER BY ts

SELECT channel FROM bid ORDER BY ts ASC, price DESC

SELECT channel FROM bid ORDER BY ts DESC

SELECT channel FROM bid ORDER BY price

SELECT channel FROM bid ORDER BY price LIMIT 10

SELECT channel, price FROM bid ORDER BY 2 DESC LIMIT 10

SELECT channel AS c FROM bid ORDER BY c LIMIT 10

SELECT channel FROM bid ORDER BY price NULLS FIRST LIMIT 3

SELECT channel FROM bid ORDER BY price DESC NULLS LAST LIMIT 3

SELECT channel FROM bid ORDER BY price OFFSET 2 ROWS FETCH NEXT 3 ROWS ONLY

SELECT channel FROM bid FETCH FIRST 3 ROWS ONLY

SELECT channel FROM bid FETCH FIRST ROW ONLY

SELECT channel FROM bid ORDER BY ts LIMIT 3 OFFSET 1 ROW

(SELECT channel FROM bid) UNION ALL (SELECT d FROM numbers)

SELECT channel FROM bid UNION SELECT d FROM numbers

SELECT channel FROM bid INTERSECT SELECT d FROM numbers

SELECT channel FROM bid INTERSECT ALL SELECT d FROM numbers

SELECT channel FROM bid EXCEPT SELECT d FROM numbers

SELECT channel FROM bid EXCEPT ALL SELECT d FROM numbers

SELECT channel FROM bid UNION ALL SELECT d FROM numbers INTERSECT SELECT 'x'

SELECT channel FROM bid MINUS SELECT d FROM numbers

(SELECT channel FROM bid LIMIT 2) UNION ALL (SELECT d FROM numbers LIMIT 3)

SELECT channel FROM bid UNION ALL SELECT d FROM numbers ORDER BY channel LIMIT 5

SELECT channel, COUNT(*) FROM bid GROUP BY channel

SELECT COUNT(*), SUM(price), MIN(price), MAX(price), AVG(price) FROM bid

SELECT channel, COUNT(DISTINCT bidder) AS n FROM bid GROUP BY channel HAVING COUNT(*) > 5

SELECT channel, COUNT(*) FILTER (WHERE price > 10), SUM(DISTINCT price) FILTER (WHERE price < 5) FROM bid GROUP BY channel

SELECT channel, bidder, COUNT(*) FROM bid GROUP BY GROUPING SETS ((channel, bidder), (channel), ())

SELECT channel, bidder, COUNT(*), GROUPING(channel), GROUPING_ID(channel, bidder), GROUP_ID() FROM bid GROUP BY ROLLUP (channel, bidder)

SELECT channel, bidder, COUNT(*) FROM bid GROUP BY CUBE (channel, bidder)

SELECT channel, COUNT(*) FROM bid GROUP BY channel, ROLLUP (bidder, auction)

SELECT channel, COUNT(*) FROM bid GROUP BY GROUPING SETS (channel, ROLLUP (bidder))

SELECT COUNT(*) FROM bid GROUP BY ()

SELECT channel || 'x', COUNT(*) FROM bid GROUP BY channel || 'x'

SELECT UPPER(channel), COUNT(*) FROM bid GROUP BY channel

SELECT channel FROM bid GROUP BY channel

SELECT channel FROM bid GROUP BY DISTINCT channel

SELECT LISTAGG(channel), LISTAGG(channel, ';') FROM bid

SELECT COLLECT(channel), FIRST_VALUE(price), LAST_VALUE(price), STDDEV_POP(price), STDDEV_SAMP(price), VAR_POP(price), VARIANCE(price) FROM bid

SELECT ARRAY_AGG(price), ARRAY_AGG(DISTINCT channel) FROM bid

SELECT JSON_OBJECTAGG(KEY channel VALUE price) FROM bid

SELECT JSON_ARRAYAGG(channel ABSENT ON NULL), JSON_OBJECTAGG(channel VALUE price NULL ON NULL) FROM bid

SELECT PERCENTILE(price, 0.5), PERCENTILE(price, ARRAY[0.1, 0.9]) FROM bid

SELECT COUNT(channel, price) FROM bid

SELECT COUNT(DISTINCT channel, price) FROM bid

SELECT SUM(price) / COUNT(*) AS mean FROM bid HAVING SUM(price) > 10

SELECT COUNT(*) FROM (SELECT channel FROM bid GROUP BY channel)

SELECT price, SUM(price) OVER (PARTITION BY channel ORDER BY ts) FROM bid

SELECT MODE() WITHIN GROUP (ORDER BY price) FROM bid

SELECT LISTAGG(channel) WITHIN GROUP (ORDER BY price) FROM bid

SELECT APPROX_COUNT_DISTINCT(channel) FROM bid

-- session subqueries
SELECT * FROM bid WHERE auction IN (SELECT id FROM auction)

SELECT * FROM bid WHERE auction NOT IN (SELECT id FROM auction)

SELECT * FROM bid WHERE (auction, bidder) IN (SELECT id, seller FROM auction)

SELECT * FROM bid WHERE EXISTS (SELECT * FROM auction WHERE id = bid.auction)

SELECT * FROM bid b WHERE NOT EXISTS (SELECT 1 FROM auction a WHERE a.id = b.auction AND a.category > 3)

SELECT price, (SELECT MAX(reserve) FROM auction) AS m FROM bid

SELECT price FROM bid WHERE price > (SELECT AVG(price) FROM bid)

SELECT price FROM bid b WHERE price > (SELECT MAX(reserve) FROM auction a WHERE a.id = b.auction)

SELECT * FROM bid WHERE price > ALL (SELECT b FROM numbers)

SELECT * FROM bid WHERE price = ANY (SELECT b FROM numbers)

SELECT * FROM bid WHERE price <> SOME (SELECT b FROM numbers)

SELECT * FROM bid WHERE price IN (SELECT b FROM numbers) OR price IN (SELECT a FROM numbers)

SELECT CASE WHEN EXISTS (SELECT 1 FROM numbers) THEN 1 ELSE 0 END FROM bid

SELECT ARRAY(SELECT a FROM numbers)

SELECT auction FROM bid WHERE price = (SELECT b FROM numbers)

SELECT auction FROM bid WHERE price > (SELECT a, b FROM numbers)

SELECT * FROM bid WHERE auction IN (SELECT id, seller FROM auction)

-- session joins
SELECT * FROM bid JOIN auction ON bid.auction = auction.id

SELECT b.price, a.item FROM bid AS b INNER JOIN auction AS a ON b.auction = a.id AND a.category > 2

SELECT * FROM bid LEFT JOIN auction ON auction = id

SELECT * FROM bid RIGHT OUTER JOIN auction ON auction = id

SELECT * FROM bid FULL OUTER JOIN auction ON auction = id

SELECT * FROM bid CROSS JOIN auction

SELECT * FROM bid, auction

SELECT * FROM bid, auction WHERE auction = id

SELECT * FROM bid b, auction a, person p WHERE b.auction = a.id AND a.seller = p.id

SELECT * FROM bid b JOIN auction a ON b.auction = a.id JOIN person p ON a.seller = p.id

SELECT * FROM bid b JOIN (auction a JOIN person p ON a.seller = p.id) ON b.auction = a.id

SELECT * FROM bid b1 JOIN bid b2 USING (auction)

SELECT auction, b1.price FROM bid b1 LEFT JOIN bid b2 USING (auction, bidder)

SELECT * FROM bid NATURAL JOIN bid AS b2

SELECT * FROM auction NATURAL LEFT JOIN person

SELECT * FROM bid JOIN auction ON bid.price > auction.reserve

SELECT * FROM bid LEFT JOIN auction ON bid.price > auction.reserve

SELECT * FROM bid JOIN auction ON TRUE

SELECT * FROM bid b JOIN auction a ON b.auction = a.id AND b.ts BETWEEN a.opened AND a.opened + INTERVAL '1' HOUR

SELECT * FROM bid b JOIN auction a ON b.auction = a.id AND b.ts >= a.opened - INTERVAL '5' MINUTE AND b.ts < a.opened + INTERVAL '10' MINUTE

SELECT * FROM bid b LEFT JOIN auction a ON b.auction = a.id AND b.ts BETWEEN a.opened AND a.opened + INTERVAL '1' HOUR

SELECT o.id, o.amount * r.rate FROM orders AS o JOIN rates FOR SYSTEM_TIME AS OF o.ordered AS r ON o.currency = r.currency

SELECT o.id, o.amount * r.rate FROM orders AS o LEFT JOIN rates FOR SYSTEM_TIME AS OF o.ordered AS r ON o.currency = r.currency

SELECT o.id, r.rate FROM orders AS o JOIN latest_rates FOR SYSTEM_TIME AS OF o.ordered AS r ON o.currency = r.currency

SELECT o.id, r.rate FROM orders AS o JOIN rates FOR SYSTEM_TIME AS OF o.pt AS r ON o.currency = r.currency

SELECT o.id, r.rate FROM orders AS o JOIN rates FOR SYSTEM_TIME AS OF o.ordered AS r ON o.amount = r.rate

SELECT o.id, r.rate FROM orders AS o RIGHT JOIN rates FOR SYSTEM_TIME AS OF o.ordered AS r ON o.currency = r.currency

SELECT * FROM rates FOR SYSTEM_TIME AS OF TIMESTAMP '2026-01-01 00:00:00'

SELECT p.name, t.tag FROM person p CROSS JOIN UNNEST(p.tags) AS t (tag)

SELECT p.name, t.tag FROM person p, UNNEST(p.tags) AS t (tag)

SELECT p.name, t.tag FROM person p LEFT JOIN UNNEST(p.tags) AS t (tag) ON TRUE

SELECT p.name, t.k, t.v FROM person p CROSS JOIN UNNEST(p.attributes) AS t (k, v)

SELECT p.name, t.tag, t.pos FROM person p CROSS JOIN UNNEST(p.tags) WITH ORDINALITY AS t (tag, pos)

SELECT * FROM UNNEST(ARRAY[1, 2, 3]) AS t (x)

SELECT * FROM UNNEST(ARRAY[1, 2, 3]) WITH ORDINALITY

SELECT * FROM UNNEST(ARRAY[ROW(1, 'a'), ROW(2, 'b')]) AS t (x, y)

SELECT * FROM UNNEST(MAP['a', 1]) AS t (k, v)

SELECT b.price, t.x FROM bid b CROSS JOIN LATERAL (SELECT a.item AS x FROM auction a WHERE a.id = b.auction) AS t

SELECT b.price, t.m FROM bid b, LATERAL (SELECT MAX(a.reserve) AS m FROM auction a WHERE a.id = b.auction) AS t

SELECT b.price, t.x FROM bid b LEFT JOIN LATERAL (SELECT a.item AS x FROM auction a WHERE a.id = b.auction) AS t ON TRUE

SELECT b.price, t.x FROM (SELECT DISTINCT auction, price FROM bid) b, LATERAL (SELECT item AS x FROM auction WHERE id = b.auction ORDER BY reserve DESC LIMIT 3) AS t

SELECT * FROM bid, LATERAL TABLE(nowhere(channel)) AS t (x)

SELECT * FROM bid LEFT JOIN LATERAL TABLE(nowhere(channel)) AS t (x) ON TRUE

SELECT * FROM bid LEFT SEMI JOIN auction ON auction = id

SELECT * FROM bid LEFT ANTI JOIN auction ON auction = id

SELECT * FROM bid CROSS APPLY TABLE(nowhere(channel))

SELECT * FROM bid JOIN auction USING (nope)

SELECT * FROM bid JOIN auction

SELECT id FROM auction JOIN person ON seller = person.id

SELECT * FROM bid JOIN auction ON bid.auction = auction.nope

SELECT * FROM bid NATURAL JOIN auction ON TRUE

SELECT * FROM bid ASOF JOIN auction MATCH_CONDITION bid.ts >= auction.opened ON bid.auction = auction.id

-- session hints
SELECT * FROM bid /*+ OPTIONS('rows-per-second' = '5') */

SELECT * FROM bid /*+ OPTIONS('rows-per-second' = '5', 'number-of-rows' = '10') */ AS b WHERE price > 1

SELECT * FROM bid /*+ OPTIONS('nope' = '5') */

SELECT * FROM bid /*+ OPTIONS('rows-per-second' = 'x') */

SELECT * FROM bid /*+ OPTIONS() */

SELECT * FROM cheap /*+ OPTIONS('rows-per-second' = '5') */

SELECT /*+ BROADCAST(auction) */ * FROM bid JOIN auction ON auction = id

SELECT /*+ SHUFFLE_HASH(bid, auction) */ * FROM bid JOIN auction ON auction = id

SELECT /*+ SHUFFLE_MERGE(bid) */ * FROM bid JOIN auction ON auction = id

SELECT /*+ NEST_LOOP(bid) */ * FROM bid JOIN auction ON auction = id

SELECT /*+ BROADCAST(nowhere) */ * FROM bid JOIN auction ON auction = id

SELECT /*+ NONSENSE(bid) */ * FROM bid JOIN auction ON auction = id

SELECT /*+ STATE_TTL('b' = '6h', 'a' = '2d') */ * FROM bid b JOIN auction a ON auction = id

SELECT /*+ STATE_TTL('bid' = '1d') */ channel, COUNT(*) FROM bid GROUP BY channel

SELECT /*+ STATE_TTL('nowhere' = '1d') */ channel, COUNT(*) FROM bid GROUP BY channel

SELECT /*+ STATE_TTL(bid) */ channel, COUNT(*) FROM bid GROUP BY channel

SELECT /*+ STATE_TTL('bid' = 'soon') */ channel, COUNT(*) FROM bid GROUP BY channel

SELECT /*+ LOOKUP('table'='rates', 'retry-predicate'='lookup_miss', 'retry-strategy'='fixed_delay', 'fixed-delay'='10s', 'max-attempts'='3') */ * FROM orders AS o JOIN rates FOR SYSTEM_TIME AS OF o.pt AS r ON o.currency = r.currency

SELECT /*+ MULTI_JOIN(b, a, p) */ * FROM bid b JOIN auction a ON b.auction = a.id JOIN person p ON a.id = p.id

SELECT /*+ BROADCAST(a), SHUFFLE_HASH(b) */ * FROM bid b JOIN auction a ON auction = id

SELECT * /* no hint */ FROM bid -- nor this

-- session windows
SELECT * FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '10' MINUTES))

SELECT * FROM TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '10' MINUTE)

SELECT * FROM TABLE(TUMBLE(DATA => TABLE bid, TIMECOL => DESCRIPTOR(ts), SIZE => INTERVAL '10' MINUTES))

SELECT * FROM TABLE(TUMBLE(DATA => TABLE bid, TIMECOL => DESCRIPTOR(ts), SIZE => INTERVAL '10' MINUTES, `OFFSET` => INTERVAL '1' MINUTE))

SELECT window_start, window_end, SUM(price) FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '10' MINUTES, INTERVAL '3' MINUTES)) GROUP BY window_start, window_end

SELECT window_start, window_end, window_time, channel, COUNT(*) FROM TABLE(HOP(TABLE bid, DESCRIPTOR(ts), INTERVAL '5' MINUTES, INTERVAL '10' MINUTES)) GROUP BY window_start, window_end, window_time, channel

SELECT window_start, window_end, COUNT(*) FROM TABLE(HOP(DATA => TABLE bid, TIMECOL => DESCRIPTOR(ts), SLIDE => INTERVAL '5' MINUTES, SIZE => INTERVAL '10' MINUTES)) GROUP BY window_start, window_end

SELECT window_start, window_end, COUNT(*) FROM TABLE(CUMULATE(TABLE bid, DESCRIPTOR(ts), INTERVAL '2' MINUTES, INTERVAL '10' MINUTES)) GROUP BY window_start, window_end

SELECT window_start, window_end, COUNT(*) FROM TABLE(CUMULATE(DATA => TABLE bid, TIMECOL => DESCRIPTOR(ts), STEP => INTERVAL '2' MINUTES, SIZE => INTERVAL '10' MINUTES)) GROUP BY window_start, window_end

SELECT window_start, window_end, bidder, COUNT(*) FROM TABLE(SESSION(TABLE bid PARTITION BY bidder, DESCRIPTOR(ts), INTERVAL '5' MINUTES)) GROUP BY window_start, window_end, bidder

SELECT * FROM TABLE(SESSION(TABLE bid, DESCRIPTOR(ts), INTERVAL '5' MINUTES))

SELECT * FROM TABLE(SESSION(DATA => TABLE bid PARTITION BY bidder, TIMECOL => DESCRIPTOR(ts), GAP => INTERVAL '5' MINUTES))

SELECT window_start, window_end, channel, SUM(price) FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '10' MINUTES)) GROUP BY window_start, window_end, GROUPING SETS ((channel), ())

SELECT window_start, window_end, channel, SUM(price) FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '10' MINUTES)) GROUP BY window_start, window_end, ROLLUP (channel)

SELECT window_start, window_end, SUM(price) FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(pt), INTERVAL '10' MINUTES)) GROUP BY window_start, window_end

SELECT channel, COUNT(*) FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '10' MINUTES)) GROUP BY channel, window_start

SELECT window_start, COUNT(*) FROM TABLE(TUMBLE((SELECT ts, price FROM bid WHERE price > 5), DESCRIPTOR(ts), INTERVAL '10' MINUTES)) GROUP BY window_start, window_end

SELECT window_start, window_end, SUM(n) FROM TABLE(TUMBLE((SELECT window_time AS rt, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, window_time), DESCRIPTOR(rt), INTERVAL '10' MINUTES)) GROUP BY window_start, window_end

WITH m AS (SELECT window_time AS rt, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, window_time) SELECT window_start, window_end, SUM(n) FROM TABLE(TUMBLE(TABLE m, DESCRIPTOR(rt), INTERVAL '10' MINUTES)) GROUP BY window_start, window_end

SELECT l.window_start, l.price, r.item FROM (SELECT * FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '5' MINUTES))) l JOIN (SELECT * FROM TABLE(TUMBLE(TABLE auction, DESCRIPTOR(opened), INTERVAL '5' MINUTES))) r ON l.auction = r.id AND l.window_start = r.window_start AND l.window_end = r.window_end

SELECT l.price FROM (SELECT * FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '5' MINUTES))) l WHERE l.auction IN (SELECT id FROM (SELECT * FROM TABLE(TUMBLE(TABLE auction, DESCRIPTOR(opened), INTERVAL '5' MINUTES))) r WHERE l.window_start = r.window_start AND l.window_end = r.window_end)

SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end ORDER BY price DESC) AS place FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '10' MINUTES))) WHERE place <= 3

SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end, bidder ORDER BY ts DESC) AS place FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '10' MINUTES))) WHERE place = 1

SELECT channel, TUMBLE_START(ts, INTERVAL '1' HOUR), COUNT(*) FROM bid GROUP BY channel, TUMBLE(ts, INTERVAL '1' HOUR)

SELECT TUMBLE_END(ts, INTERVAL '1' HOUR), TUMBLE_ROWTIME(ts, INTERVAL '1' HOUR), COUNT(*) FROM bid GROUP BY TUMBLE(ts, INTERVAL '1' HOUR)

SELECT HOP_START(ts, INTERVAL '5' MINUTE, INTERVAL '1' HOUR), COUNT(*) FROM bid GROUP BY HOP(ts, INTERVAL '5' MINUTE, INTERVAL '1' HOUR)

SELECT bidder, SESSION_START(ts, INTERVAL '5' MINUTE), SESSION_END(ts, INTERVAL '5' MINUTE), COUNT(*) FROM bid GROUP BY bidder, SESSION(ts, INTERVAL '5' MINUTE)

SELECT TUMBLE_PROCTIME(pt, INTERVAL '1' HOUR), COUNT(*) FROM bid GROUP BY TUMBLE(pt, INTERVAL '1' HOUR)

SELECT COUNT(*) FROM bid GROUP BY TUMBLE(price, INTERVAL '1' HOUR)

SELECT HOP_START(ts, INTERVAL '1' HOUR), COUNT(*) FROM bid GROUP BY TUMBLE(ts, INTERVAL '1' HOUR)

SELECT TUMBLE(ts, INTERVAL '1' HOUR) FROM bid

SELECT * FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(price), INTERVAL '10' MINUTES))

SELECT * FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(nope), INTERVAL '10' MINUTES))

SELECT * FROM TABLE(TUMBLE(TABLE nowhere, DESCRIPTOR(ts), INTERVAL '10' MINUTES))

SELECT * FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(ts)))

SELECT * FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(ts), 5))

SELECT * FROM TABLE(TUMBLE(TABLE bid, ts, INTERVAL '10' MINUTES))

SELECT * FROM TABLE(TUMBLE(bid, DESCRIPTOR(ts), INTERVAL '10' MINUTES))

SELECT * FROM TABLE(HOP(TABLE bid, DESCRIPTOR(ts), INTERVAL '10' MINUTES))

SELECT * FROM TABLE(CUMULATE(TABLE bid, DESCRIPTOR(ts), INTERVAL '3' MINUTES, INTERVAL '10' MINUTES))

SELECT * FROM TABLE(HOP(TABLE bid, DESCRIPTOR(ts), INTERVAL '3' MINUTES, INTERVAL '10' MINUTES))

SELECT window_start, COUNT(*) FROM TABLE(HOP(TABLE bid, DESCRIPTOR(ts), INTERVAL '3' MINUTES, INTERVAL '10' MINUTES)) GROUP BY window_start, window_end

SELECT * FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(ts, price), INTERVAL '10' MINUTES))

SELECT * FROM TABLE(NOWHERE(TABLE bid, DESCRIPTOR(ts)))

SELECT window_start, COUNT(*) FROM bid GROUP BY window_start

SELECT * FROM TABLE(TUMBLE(TABLE numbers, DESCRIPTOR(i), INTERVAL '10' MINUTES))
