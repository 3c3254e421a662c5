SELECT auction, window_start, window_end, COUNT(*) AS bids FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(`dateTime`), INTERVAL '4' SECOND)) GROUP BY auction, window_start, window_end
