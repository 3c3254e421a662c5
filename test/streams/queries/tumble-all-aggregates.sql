SELECT channel, window_start, window_end, window_time, COUNT(*) AS n, COUNT(price) AS np, SUM(price) AS s, AVG(price) AS a, MIN(price) AS lo, MAX(price) AS hi, MIN(url) AS first_url, MAX(url) AS last_url
FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(`dateTime`), INTERVAL '2' SECOND)) GROUP BY channel, window_start, window_end, window_time
