SELECT window_start, window_end, MIN(price) AS lo, MAX(price) AS hi, AVG(price) AS a, AVG(CAST(price AS DOUBLE)) AS ad, COUNT(DISTINCT bidder) AS bidders
FROM TABLE(HOP(TABLE bid, DESCRIPTOR(`dateTime`), INTERVAL '1' SECOND, INTERVAL '4' SECOND)) GROUP BY window_start, window_end
