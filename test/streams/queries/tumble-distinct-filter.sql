SELECT window_start, window_end, COUNT(DISTINCT bidder) AS bidders, COUNT(DISTINCT auction) FILTER (WHERE price > 10000) AS dear, SUM(price) FILTER (WHERE MOD(auction, 2) = 0) AS even_sum
FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(`dateTime`), INTERVAL '4' SECOND)) GROUP BY window_start, window_end
