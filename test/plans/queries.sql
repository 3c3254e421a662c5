-- literal-row
SELECT 1 + 1 AS two, 'x' AS y;
-- values
SELECT x, y FROM (VALUES (1, 'a'), (2, 'bb'), (3, NULL)) AS t(x, y) WHERE x > 1;
-- filter-project
SELECT auction, price * (1 + 1) AS doubled FROM bid WHERE price > 100 AND TRUE AND channel = 'web';
-- star
SELECT * FROM bid;
-- sub-select
SELECT a + 1 AS b FROM (SELECT auction AS a, price FROM bid WHERE price > 10) WHERE a < 1000;
-- case-and-in
SELECT CASE channel WHEN 'a' THEN 1 WHEN 'b' THEN 2 END AS c, auction IN (1, 2, 3) AS d, price BETWEEN 1 AND 5 AS e FROM bid;
-- row-fields
SELECT id, person.address.zip + 1 AS zip, address.street FROM person WHERE address.zip > 1000;
-- group
SELECT channel, COUNT(*) AS n, SUM(price) AS total, AVG(price) AS mean FROM bid GROUP BY channel;
-- group-expression
SELECT MOD(auction, 10) + 1 AS bucket, COUNT(DISTINCT bidder) AS bidders FROM bid GROUP BY MOD(auction, 10);
-- having
SELECT channel, COUNT(*) AS n FROM bid WHERE price > 1 GROUP BY channel HAVING COUNT(*) > 2 AND channel <> 'x';
-- global-aggregate
SELECT COUNT(*) AS n, MAX(price) AS hi FROM bid;
-- count-rows-of-file
SELECT COUNT(*) FROM orders;
-- distinct
SELECT DISTINCT channel, price FROM bid;
-- distinct-filter
SELECT channel, COUNT(DISTINCT bidder) FILTER (WHERE price > 10) AS a, SUM(price) FILTER (WHERE auction = 1) AS b FROM bid GROUP BY channel;
-- tumble
SELECT window_start, window_end, channel, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '10' MINUTE)) GROUP BY window_start, window_end, channel;
-- hop-filtered
SELECT channel, window_end, MAX(price) AS hi FROM HOP(TABLE bid, DESCRIPTOR(ts), INTERVAL '1' MINUTE, INTERVAL '5' MINUTE) WHERE price > 100 GROUP BY channel, window_start, window_end HAVING MAX(price) > 1000;
-- cumulate-named
SELECT window_start, window_end, SUM(price) AS s FROM TABLE(CUMULATE(DATA => TABLE bid, TIMECOL => DESCRIPTOR(ts), STEP => INTERVAL '1' HOUR, SIZE => INTERVAL '1' DAY)) GROUP BY window_start, window_end;
-- window-of-window
SELECT window_start, window_end, SUM(n) AS total FROM TABLE(TUMBLE(TABLE (SELECT channel, window_time AS rt, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '2' SECOND)) GROUP BY channel, window_start, window_end, window_time), DESCRIPTOR(rt), INTERVAL '4' SECOND)) GROUP BY window_start, window_end;
-- window-again
SELECT window_start, window_end, MAX(n) AS most FROM (SELECT channel, window_start, window_end, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '2' SECOND)) GROUP BY channel, window_start, window_end) GROUP BY window_start, window_end;
-- processing-time
SELECT bidder, window_start, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE (SELECT bidder, PROCTIME() AS p FROM bid), DESCRIPTOR(p), INTERVAL '10' SECOND)) GROUP BY bidder, window_start, window_end;
-- top-n
SELECT auction, price FROM bid ORDER BY price DESC, auction LIMIT 10;
-- sort-file
SELECT item FROM orders ORDER BY price DESC NULLS FIRST, id;
-- sort-hidden-key
SELECT item, amount FROM orders ORDER BY weight * 2 LIMIT 5 OFFSET 2;
-- limit
SELECT channel FROM bid LIMIT 5;
-- limit-file
SELECT item FROM orders LIMIT 5;
-- union
SELECT channel AS k FROM bid UNION ALL SELECT name FROM person UNION ALL SELECT 'fixed';
-- union-distinct
SELECT auction FROM bid UNION SELECT id FROM person;
-- union-pushed
SELECT k FROM (SELECT channel AS k, price AS p FROM bid UNION ALL SELECT item, amount FROM orders) WHERE p > 5;
-- common-table
WITH dear AS (SELECT auction, price FROM bid WHERE price > 100), counted (a, n) AS (SELECT auction, COUNT(*) FROM dear GROUP BY auction) SELECT n, COUNT(*) AS auctions FROM counted GROUP BY n;
-- group-of-group
SELECT n, COUNT(*) AS channels FROM (SELECT channel, COUNT(*) AS n FROM bid GROUP BY channel) GROUP BY n;
-- file-group
SELECT item, COUNT(*) AS n, SUM(amount) AS total FROM orders WHERE price > 1.5 GROUP BY item;
-- file-group-of-own-function
SELECT UPPER(item) AS item, CAST(price AS STRING) AS p, COUNT(*) AS n FROM orders GROUP BY UPPER(item), CAST(price AS STRING);
-- insert
INSERT INTO printed SELECT channel, COUNT(*) FROM bid GROUP BY channel;
-- insert-columns
INSERT INTO appended (n) SELECT amount FROM orders;
-- insert-upsert
INSERT INTO upserted SELECT channel, MAX(price) FROM bid GROUP BY channel;
-- filter-below-aggregate
SELECT channel, n FROM (SELECT channel, COUNT(*) AS n FROM bid GROUP BY channel) WHERE channel = 'web' AND n > 1;
-- nothing
SELECT item FROM orders WHERE FALSE;
-- order-by-output-of-group
SELECT item, SUM(amount) AS total FROM orders GROUP BY item ORDER BY total DESC, COUNT(*) LIMIT 3;
-- join-inner
SELECT o.item, p.amount FROM orders o JOIN orders p ON o.id = p.id AND o.amount < p.amount WHERE p.item = 'x';
-- join-left-to-inner
SELECT o.id, p.item FROM orders o LEFT JOIN orders p ON o.id = p.amount WHERE p.price > 1;
-- join-full
SELECT o.id, p.item FROM orders o FULL JOIN orders p ON o.id = p.id;
-- join-order
SELECT a.id, SUM(c.amount) AS s FROM orders a, orders b, (VALUES (1, 'x'), (2, 'y')) AS v(k, item), orders c WHERE a.id = b.id AND b.item = v.item AND c.id = a.id AND v.k = 1 GROUP BY a.id;
-- join-using
SELECT * FROM (SELECT id, item FROM orders) o FULL JOIN (SELECT id, amount FROM orders) p USING (id);
-- subquery-in
SELECT id FROM orders WHERE item IN (SELECT item FROM orders WHERE amount > 3) AND id > 5;
-- subquery-not-in
SELECT id FROM orders WHERE item NOT IN (SELECT item FROM orders WHERE amount > 3);
-- subquery-exists
SELECT id FROM orders o WHERE EXISTS (SELECT 1 FROM orders p WHERE p.item = o.item AND p.id <> o.id);
-- subquery-scalar
SELECT id, amount - (SELECT MIN(amount) FROM orders p WHERE p.item = o.item) AS over_least FROM orders o;
-- subquery-dependent
SELECT id FROM orders o WHERE amount > (SELECT AVG(amount) FROM orders p WHERE p.id < o.id);
-- subquery-mark
SELECT id, item IN (SELECT item FROM orders WHERE amount > 3) AS found FROM orders;
-- unnest
SELECT id, word, n FROM orders CROSS JOIN UNNEST(SPLIT(item, ' ')) WITH ORDINALITY AS w(word, n) WHERE amount > 3;
-- unnest-left
SELECT o.id, w.word FROM orders o LEFT JOIN UNNEST(SPLIT(o.item, ' ')) AS w(word) ON w.word <> 'the';
-- gathered-aggregate
SELECT item, ARRAY_AGG(id) AS ids, COUNT(*) AS n FROM orders GROUP BY item;
