-- setup: CREATE TEMPORARY VIEW sums AS SELECT `dateTime`, SUM(price) OVER (PARTITION BY auction ORDER BY `dateTime` ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) AS s FROM bid
SELECT window_start, window_end, SUM(s) AS t FROM TABLE(TUMBLE(TABLE sums, DESCRIPTOR(`dateTime`), INTERVAL '4' SECOND)) GROUP BY window_start, window_end
