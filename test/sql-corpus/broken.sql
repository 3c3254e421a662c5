SELEC 1

SELECT * FORM bid

SELECT price FROM bid WERE price > 1

SELECT channel, COUNT(*) FROM bid GRUOP BY channel

SELECT price,
FROM bid

SELECT (price + 1 FROM bid

SELECT price) FROM bid

SELECT price FROM bid ORDER price

SELECT price FROM bid LIMIT

SELECT price FROM bid LIMIT 'x'

SELECT 'never closed FROM bid

SELECT `never closed FROM bid

SELECT /* never closed FROM bid

SELECT "price" FROM bid

SELECT price::STRING FROM bid

SELECT channel FROM bid WHERE channel ILIKE 'a%'

SELECT channel FROM bid WHERE channel RLIKE 'a+'

SELECT channel FROM bid WHERE channel ~ 'a+'

SELECT channel FROM bid WHERE price == 1

SELECT channel FROM bid WHERE price > 1 && bidder > 1

SELECT TOP 5 channel FROM bid

SELECT channel INTO copy FROM bid

SELECT value FROM bid

SELECT price AS value FROM bid

SELECT price AS count FROM bid

SELECT price AS timestamp FROM bid

SELECT order FROM bid

SELECT price FROM user

CREATE TABLE x (user STRING) WITH ('connector' = 'datagen')

CREATE TABLE x (timestamp TIMESTAMP(3)) WITH ('connector' = 'datagen')

SELECT CASE WHEN price > 1 THEN 2 FROM bid

SELECT CAST(price INT) FROM bid

SELECT CAST(price AS TEXT) FROM bid

SELECT CAST(price AS nonsense) FROM bid

SELECT EXTRACT(YAER FROM ts) FROM bid

SELECT INTERVAL '1' MINUTS

SELECT INTERVAL '1:2' HOUR

SELECT DATE '2026-02-30'

SELECT TIMESTAMP 'yesterday'

SELECT TIME '25:00:00'

SELECT X'abc'

SELECT 1a FROM bid

SELECT 12345678901234567890123456789012345678901

SELECT price BETWEEN 1 FROM bid

SELECT price IN () FROM bid

SELECT * FROM (SELECT price FROM bid

SELECT * FROM bid LEFT auction

SELECT * FROM bid JOIN auction

SELECT * FROM bid LEFT SEMI JOIN auction ON auction = id

SELECT * FROM bid UNION bid

WITH x AS SELECT 1 SELECT * FROM x

VALUES (1, 2), (3)

SELECT pricee FROM bid

SELECT Price FROM bid

SELECT b.pricee FROM bid AS b

SELECT bid.price FROM bid AS b

SELECT c.* FROM bid AS b

SELECT * FROM bidd

SELECT * FROM nowhere.bid

SELECT * FROM a.b.c.d

SELECT address.zipp FROM person

SELECT name.first FROM person

SELECT tags['a'] FROM person

SELECT id FROM auction JOIN person ON seller = person.id

SELECT * FROM bid AS b JOIN auction AS b ON TRUE

SELECT price AS p FROM bid WHERE p > 1

SELECT channel AS c, COUNT(*) FROM bid GROUP BY c

SELECT channel, COUNT(*) FROM bid GROUP BY 1

SELECT channel, price FROM bid GROUP BY channel

SELECT channel, COUNT(*) FROM bid

SELECT channel FROM bid WHERE COUNT(*) > 1

SELECT SUM(COUNT(*)) FROM bid

SELECT channel FROM bid WHERE price

SELECT channel FROM bid ORDER BY price

SELECT channel FROM bid ORDER BY 3 LIMIT 5

SELECT DISTINCT channel FROM bid ORDER BY price LIMIT 5

SELECT channel FROM bid UNION ALL SELECT price FROM bid

SELECT channel FROM bid UNION ALL SELECT channel, price FROM bid

SELECT auction FROM bid WHERE price > (SELECT a, b FROM numbers)

SELECT UPPR(channel) FROM bid

SELECT UPPER() FROM bid

SELECT UPPER(channel, 1) FROM bid

SELECT UPPER(price) FROM bid

SELECT SUBSTRING(channel, 'x') FROM bid

SELECT SUM(channel) FROM bid

SELECT MAX(*) FROM bid

SELECT COUNT() FROM bid

SELECT UPPER(DISTINCT channel) FROM bid

SELECT NVL(price, 0) FROM bid

SELECT STRLEN(channel) FROM bid

SELECT DATE_TRUNC('hour', ts) FROM bid

SELECT STRING_AGG(channel, ',') FROM bid

SELECT GETDATE()

SELECT price + channel FROM bid

SELECT price AND channel FROM bid

SELECT NOT price FROM bid

SELECT channel LIKE 1 FROM bid

SELECT ts + 1 FROM bid

SELECT CASE WHEN price > 1 THEN 1 ELSE 'x' END FROM bid

SELECT CASE WHEN price THEN 1 END FROM bid

SELECT CAST(g AS INT) FROM numbers

SELECT price = TRUE FROM bid

SELECT ROW_NUMBER() FROM bid

SELECT SUM(price) OVER w FROM bid

SELECT price FROM bid WHERE ROW_NUMBER() OVER (ORDER BY ts) = 1

SELECT * FROM TUMBLE(bid, DESCRIPTOR(ts), INTERVAL '1' MINUTE)

SELECT * FROM TUMBLE(TABLE bid, ts, INTERVAL '1' MINUTE)

SELECT * FROM TUMBLE(TABLE bid, DESCRIPTOR(tss), INTERVAL '1' MINUTE)

SELECT * FROM TUMBLE(TABLE bid, DESCRIPTOR(price), INTERVAL '1' MINUTE)

SELECT * FROM TUMBLE(TABLE bid, DESCRIPTOR(ts))

SELECT * FROM TUMBLE(TABLE bid, DESCRIPTOR(ts), 5)

SELECT * FROM TUMBLE(DATA => TABLE bid, TIMECOL => DESCRIPTOR(ts), SIZ => INTERVAL '1' MINUTE)

SELECT * FROM CUMULATE(TABLE bid, DESCRIPTOR(ts), INTERVAL '3' MINUTE, INTERVAL '10' MINUTE)

SELECT * FROM TUMBLE(TABLE numbers, DESCRIPTOR(i), INTERVAL '1' MINUTE)

SELECT TUMBLE(ts, INTERVAL '1' HOUR) FROM bid

SELECT * FROM bid /*+ OPTIONS('rows-per-secnd' = '5') */

SELECT * FROM bid /*+ OPTIONS('rows-per-second' = 'many') */

SELECT /*+ BROADCST(bid) */ * FROM bid

SELECT /*+ STATE_TTL('b' = '1 d') */ channel, COUNT(*) FROM bid GROUP BY channel

INSERT INTO printedd SELECT channel, price FROM bid

INSERT INTO printed SELECT channel FROM bid

INSERT INTO printed (k, m) SELECT channel, price FROM bid

INSERT INTO printed (k, k) SELECT channel, channel FROM bid

INSERT INTO printed SELECT g, b FROM numbers

INSERT INTO bid SELECT * FROM bid

INSERT INTO cheap SELECT 1

INSERT INTO files PARTITION (dday = '1') SELECT a, d, 1 FROM numbers

INSERT OVERWRITE printed SELECT d, b FROM numbers

DELETE FROM printed

UPDATE printed SET m = 1

MERGE INTO totals USING bid ON k = channel WHEN MATCHED THEN UPDATE SET n = price

CREATE TABLE x (a INT) WITH (connector = 'datagen')

CREATE TABLE x (a INT) WITH ('connector' = 'datagn')

CREATE TABLE x (a INT) WITH ('connector' = 'datagen', 'row-per-second' = '1')

CREATE TABLE x (a INT) WITH ('connector' = 'filesystem', 'path' = 'x', 'format' = 'jsn')

CREATE TABLE x (a INT) WITH ('connector' = 'filesystem', 'format' = 'json')

CREATE TABLE x (a INT, a STRING) WITH ('connector' = 'datagen')

CREATE TABLE x (a INT PRIMARY KEY) WITH ('connector' = 'datagen')

CREATE TABLE x (a INT, PRIMARY KEY (b) NOT ENFORCED) WITH ('connector' = 'datagen')

CREATE TABLE x (a INT, b AS c + 1) WITH ('connector' = 'datagen')

CREATE TABLE x (a INT, WATERMARK FOR a AS a) WITH ('connector' = 'datagen')

CREATE TABLE x (a TIMESTAMP(6), WATERMARK FOR a AS a) WITH ('connector' = 'datagen')

CREATE TABLE x (a STRING, WATERMARK FOR a AS TO_TIMESTAMP(a)) WITH ('connector' = 'datagen')

CREATE TABLE x (a STIRNG) WITH ('connector' = 'datagen')

CREATE TABLE x (a DECIMAL(50, 2)) WITH ('connector' = 'datagen')

CREATE TABLE x (a INT DEFAULT 5) WITH ('connector' = 'datagen')

CREATE TABLE x (a INT[]) WITH ('connector' = 'datagen')

CREATE TABLE x (a INT) USING parquet

CREATE TABLE x (a INT) PARTITIONED BY (b) WITH ('connector' = 'datagen')

CREATE TABLE bid (a INT) WITH ('connector' = 'datagen')

CREATE VIEW v (a, b) AS SELECT auction FROM bid

CREATE OR REPLACE VIEW cheap AS SELECT 1

CREATE INDEX i ON bid (price)

CREATE SCHEMA s

CREATE FUNCTION f AS 'com.example.F' LANGUAGE JAVA

CREATE CATALOG c WITH ('type' = 'hive')

ALTER TABLE bid ADD price INT

ALTER TABLE bid DROP ts

ALTER TABLE bid RENAME pricee TO p

DROP TABLE bidd

DROP VIEW bid

DROP DATABASE default_database

USE nowhere

SHOW TABELS

SHOW CREATE VIEW bid

DESCRIBE bidd

SET 'execution.runtime-mod' = 'batch'

SET 'execution.runtime-mode' = 'fast'

SET 'table.local-time-zone' = 'Mars/Base'

SET 'parallelism.default' = '0'

SET 'nonsense' = '1'

EXPLAIN DROP TABLE bid

EXECUTE STATEMENT SET BEGIN SELECT 1; END
