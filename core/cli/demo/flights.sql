-- 3,000,000 US flights, January to June 2001, in time order: how late did each airport run, day by day and hour by hour?
-- Run it:  tidemill run flights.sql          Watch it:  tidemill demo

-- A user function in WebAssembly; its source is late.as.ts beside this file.
CREATE TEMPORARY FUNCTION late USING 'late.wasm';

CREATE TEMPORARY TABLE flights (
  `date` TIMESTAMP(3),
  delay BIGINT,
  distance BIGINT,
  origin STRING,
  destination STRING,
  WATERMARK FOR `date` AS `date` - INTERVAL '1' MINUTE
) WITH ('connector' = 'filesystem', 'path' = '../../../node_modules/vega-datasets/data/flights-3m.parquet', 'format' = 'parquet');

-- Each airport, each day: flights, average and worst delay, share of flights that left more than 15 minutes late.
SELECT
  origin,
  window_start,
  COUNT(*) AS flights,
  AVG(CAST(delay AS DOUBLE)) AS average_delay,
  MAX(delay) AS worst_delay,
  AVG(late(CAST(delay AS DOUBLE))) AS late_share
FROM TABLE(TUMBLE(TABLE flights, DESCRIPTOR(`date`), INTERVAL '1' DAY))
GROUP BY origin, window_start, window_end;

-- All airports, the last three hours, every hour.
SELECT window_start, window_end, COUNT(*) AS flights, AVG(CAST(delay AS DOUBLE)) AS average_delay
FROM TABLE(HOP(TABLE flights, DESCRIPTOR(`date`), INTERVAL '1' HOUR, INTERVAL '3' HOUR))
GROUP BY window_start, window_end;
