WITH
  cleaned AS (
    SELECT
      auction,
      bidder,
      price,
      UPPER(TRIM(channel)) AS channel,
      SPLIT_INDEX(url, '/', 3) AS dir1,
      SPLIT_INDEX(url, '/', 4) AS dir2,
      CHAR_LENGTH(extra) AS extra_length,
      ts,
      CASE
        WHEN price < 10000 THEN 'small'
        WHEN price BETWEEN 10000 AND 1000000 THEN 'middle'
        WHEN price > 1000000 AND channel IN ('Apple', 'Google') THEN 'large'
        ELSE 'other'
      END AS size_class,
      CAST(price AS DECIMAL(20, 4)) * 0.908 AS price_euro,
      DATE_FORMAT(ts, 'yyyy-MM-dd') AS bid_day,
      DATE_FORMAT(ts, 'HH:mm') AS bid_minute,
      MOD(auction, 100) AS auction_group
    FROM bid
    WHERE price > 0
      AND channel IS NOT NULL
      AND (url LIKE 'https://%' OR url LIKE 'http://%')
      AND NOT (bidder = 0 AND auction = 0)
  ),
  per_window AS (
    SELECT
      window_start,
      window_end,
      window_time,
      channel,
      size_class,
      COUNT(*) AS bids,
      COUNT(*) FILTER (WHERE price < 10000) AS small_bids,
      COUNT(*) FILTER (WHERE price >= 10000 AND price < 1000000) AS middle_bids,
      COUNT(*) FILTER (WHERE price >= 1000000) AS large_bids,
      COUNT(DISTINCT bidder) AS bidders,
      COUNT(DISTINCT auction) AS auctions,
      SUM(price) AS total,
      SUM(price_euro) AS total_euro,
      MIN(price) AS lowest,
      MAX(price) AS highest,
      AVG(price) AS mean,
      MAX(extra_length) AS longest
    FROM TABLE(TUMBLE(TABLE cleaned, DESCRIPTOR(ts), INTERVAL '10' MINUTES))
    GROUP BY
      window_start,
      window_end,
      window_time,
      channel,
      size_class
    HAVING COUNT(*) > 1
  ),
  shares AS (
    SELECT
      window_start,
      window_end,
      window_time,
      channel,
      size_class,
      bids,
      CAST(small_bids AS DOUBLE) / bids AS small_share,
      CAST(middle_bids AS DOUBLE) / bids AS middle_share,
      CAST(large_bids AS DOUBLE) / bids AS large_share,
      total / bids AS mean_price,
      total_euro,
      highest - lowest AS spread,
      COALESCE(NULLIF(channel, ''), 'unknown') || ':' || size_class AS label,
      EXTRACT(HOUR FROM window_start) AS start_hour,
      EXTRACT(DOW FROM window_start) AS start_weekday,
      longest
    FROM per_window
    WHERE bidders > 1
      AND highest <> lowest
  )
SELECT
  window_start,
  window_end,
  label,
  bids,
  ROUND(small_share * 100, 2) AS small_percent,
  ROUND(middle_share * 100, 2) AS middle_percent,
  ROUND(large_share * 100, 2) AS large_percent,
  mean_price,
  total_euro,
  spread,
  CASE
    WHEN start_weekday IN (1, 7) THEN 'weekend'
    WHEN start_hour BETWEEN 8 AND 18 THEN 'work'
    ELSE 'night'
  END AS part_of_week,
  IF(longest > 100, 'long', 'short') AS extra_class
FROM shares
WHERE spread > 100
  AND bids >= 3
  AND label NOT LIKE 'UNKNOWN%'
