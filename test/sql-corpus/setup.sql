CREATE TABLE bid (
  auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, ts TIMESTAMP(3), extra STRING,
  pt AS PROCTIME(), WATERMARK FOR ts AS ts - INTERVAL '4' SECOND
) WITH ('connector' = 'datagen')

CREATE TABLE auction (
  id BIGINT, item STRING, seller BIGINT, category BIGINT, reserve DECIMAL(10, 2), opened TIMESTAMP(3), expires TIMESTAMP(3),
  WATERMARK FOR opened AS opened - INTERVAL '4' SECOND
) WITH ('connector' = 'datagen')

CREATE TABLE person (
  id BIGINT, name STRING, city STRING, state STRING, born DATE, address ROW<street STRING, zip INT>, tags ARRAY<STRING>,
  attributes MAP<STRING, STRING>, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '4' SECOND
) WITH ('connector' = 'filesystem', 'path' = 'data/person', 'format' = 'json')

CREATE TABLE rates (
  currency STRING, rate DECIMAL(10, 4), valid_from TIMESTAMP(3), WATERMARK FOR valid_from AS valid_from - INTERVAL '1' SECOND,
  PRIMARY KEY (currency) NOT ENFORCED
) WITH ('connector' = 'datagen')

CREATE TABLE orders (
  id INT, currency STRING, amount DECIMAL(10, 2), region STRING, ordered TIMESTAMP(3), pt AS PROCTIME(),
  WATERMARK FOR ordered AS ordered - INTERVAL '1' SECOND
) WITH ('connector' = 'datagen')

CREATE TABLE numbers (
  a INT, b BIGINT, c DOUBLE, d STRING, e DECIMAL(10, 2), f BOOLEAN, g DATE, h TIME, i TIMESTAMP(6), j TIMESTAMP_LTZ(3), k SMALLINT, l FLOAT
) WITH ('connector' = 'filesystem', 'path' = 'data/numbers', 'format' = 'csv')

CREATE TABLE printed (k STRING, n BIGINT) WITH ('connector' = 'print')

CREATE TABLE totals (k STRING, n BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'print')

CREATE TABLE hole (a INT, b STRING NOT NULL, c DECIMAL(10, 2)) WITH ('connector' = 'blackhole')

CREATE TABLE files (a INT, b STRING, `day` STRING, `hour` INT) PARTITIONED BY (`day`, `hour`)
WITH ('connector' = 'filesystem', 'path' = 'data/files', 'format' = 'csv')

CREATE VIEW cheap AS SELECT auction, price, channel, ts FROM bid WHERE price < 100

CREATE VIEW latest_rates AS SELECT currency, rate, valid_from FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY currency ORDER BY valid_from DESC) AS place FROM rates
) WHERE place = 1
