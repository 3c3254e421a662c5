SELECT window_start, window_end, COUNT(*) AS n, MAX(price) AS hi FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(`dateTime`), INTERVAL '3' SECOND)) GROUP BY window_start, window_end
