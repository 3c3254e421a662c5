SELECT window_start, window_end, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(`dateTime`), INTERVAL '4' SECOND, INTERVAL '1' SECOND)) GROUP BY window_start, window_end
