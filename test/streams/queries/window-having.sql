SELECT auction, window_end, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(`dateTime`), INTERVAL '4' SECOND)) GROUP BY auction, window_start, window_end HAVING COUNT(*) >= 3
