-- setup: CREATE TEMPORARY VIEW far AS SELECT * FROM bid WHERE MOD(bidder, 33) = 0
SELECT window_start, window_end, window_time, COUNT(*) AS c, MAX(price) AS m FROM TABLE(SESSION(TABLE far, DESCRIPTOR(`dateTime`), INTERVAL '0.030' SECOND)) GROUP BY window_start, window_end, window_time
