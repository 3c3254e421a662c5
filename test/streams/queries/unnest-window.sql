-- setup: CREATE TEMPORARY VIEW parts AS SELECT part, price, `dateTime` AS rt FROM bid CROSS JOIN UNNEST(SPLIT(channel, '-')) AS t(part) WHERE MOD(auction, 7) = 0
SELECT window_start, part, COUNT(*) AS n, SUM(price) AS s FROM TABLE(TUMBLE(TABLE parts, DESCRIPTOR(rt), INTERVAL '4' SECOND)) GROUP BY window_start, window_end, part
