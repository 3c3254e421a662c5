SELECT channel, window_start, window_end, COUNT(*) AS n, SUM(price) AS s FROM TABLE(CUMULATE(TABLE bid, DESCRIPTOR(`dateTime`), INTERVAL '2' SECOND, INTERVAL '8' SECOND))
WHERE channel IN ('Apple', 'Google', 'Facebook', 'Baidu') GROUP BY channel, window_start, window_end
