-- session syntax
SELEC 1

SELECT

SELECT FROM bid

SELECT * FORM bid

SELECT * FROM

SELECT * FROM bid WHERE

SELECT * FROM bid WERE price > 1

SELECT price FROM bid GROUP channel

SELECT price FROM bid GROUP BY

SELECT price FROM bid ORDER price

SELECT (price FROM bid

SELECT price) FROM bid

SELECT price FROM bid LIMIT

SELECT price FROM bid LIMIT -1

SELECT price FROM bid LIMIT 1.5

SELECT price FROM bid LIMIT 'x'

SELECT price FROM bid LIMIT 1 + 1

SELECT price FROM bid LIMIT 5, 10

SELECT price FROM bid LIMIT 2 LIMIT 3

SELECT price FROM bid HAVING

SELECT TOP 5 price FROM bid

SELECT price INTO x FROM bid

SELECT price FROM bid;;

SELECT value FROM bid

SELECT price AS value FROM bid

SELECT price AS `value` FROM bid

SELECT order FROM bid

SELECT price FROM order

SELECT user, count FROM bid

SELECT price AS year FROM bid

SELECT price AS timestamp FROM bid

SELECT price AS date FROM bid

SELECT price AS time FROM bid

SELECT price AS language FROM bid

SELECT price AS result FROM bid

SELECT price AS position FROM bid

SELECT price AS data, price AS type, price AS name, price AS id, price AS key, price AS status, price AS `day` FROM bid

SELECT price AS start FROM bid

SELECT price AS `end`, price AS rank_, price AS total FROM bid

SELECT price AS rank FROM bid

SELECT price AS comment FROM bid

SELECT price AS level, price AS version, price AS category, price AS state, price AS source, price AS target FROM bid

SELECT price AS method FROM bid

SELECT price AS end FROM bid

SELECT price AS min, price AS max FROM bid

SELECT price AS sum FROM bid

SELECT price AS catalog, price AS `database`, price AS view FROM bid

SELECT price AS module FROM bid

SELECT price AS partition FROM bid

SELECT price AS `window`, price AS minute_ FROM bid

SELECT price AS window FROM bid

SELECT price AS hash FROM bid

SELECT price AS string FROM bid

SELECT price AS bytes FROM bid

SELECT CASE price END FROM bid

SELECT CASE WHEN price THEN FROM bid

SELECT CASE WHEN price > 1 THEN 2 FROM bid

SELECT CAST(price INT) FROM bid

SELECT CAST(price AS) FROM bid

SELECT price BETWEEN 1 FROM bid

SELECT price IS FROM bid

SELECT price IN () FROM bid

SELECT price IN 1 FROM bid

SELECT * FROM bid JOIN

SELECT * FROM bid LEFT auction

SELECT * FROM (SELECT 1

SELECT * FROM (bid)

SELECT * FROM bid AS

SELECT * FROM bid UNION

SELECT * FROM bid UNION bid

SELECT 1 FROM bid WHERE price = = 1

SELECT 1 +* 2

SELECT 1 2

SELECT f(1, 2

SELECT 'a' 'b'

SELECT a.b.c.d.e.f FROM bid

SELECT # FROM bid

SELECT price FROM bid WITH x AS (SELECT 1)

WITH x SELECT 1

WITH x AS SELECT 1 SELECT * FROM x

VALUES

VALUES (1, 2), (3)

VALUES ()

VALUES (1), ('a')

TABLE nowhere

-- session names
SELECT pricee FROM bid

SELECT bid2.price FROM bid

SELECT * FROM bidd

SELECT * FROM nowhere.bid

SELECT * FROM nowhere.default_database.bid

SELECT * FROM a.b.c.d

SELECT c.* FROM bid AS b

SELECT Price FROM bid

SELECT * FROM BID

SELECT price AS p FROM bid WHERE p > 1

SELECT price AS p FROM bid GROUP BY p

SELECT price FROM bid b1, bid b2

SELECT a FROM (SELECT price AS a, auction AS a FROM bid)

SELECT * FROM (SELECT price AS a, auction AS a FROM bid)

SELECT x FROM (VALUES (1, 2)) AS t (x)

SELECT x FROM (VALUES (1, 2)) AS t (x, y, z)

WITH x AS (SELECT 1 AS a), x AS (SELECT 2 AS a) SELECT * FROM x

WITH x (a, b) AS (SELECT 1) SELECT * FROM x

SELECT * FROM bid AS b JOIN auction AS b ON TRUE

SELECT channel, price FROM bid GROUP BY channel

SELECT channel, COUNT(*) FROM bid

SELECT channel FROM bid HAVING price > 1

SELECT channel FROM bid HAVING COUNT(*) > 1

SELECT channel, COUNT(*) AS n FROM bid GROUP BY channel HAVING n > 1

SELECT channel, COUNT(*) FROM bid GROUP BY 1

SELECT channel AS c, COUNT(*) FROM bid GROUP BY c

SELECT channel FROM bid WHERE COUNT(*) > 1

SELECT SUM(COUNT(*)) FROM bid

SELECT channel FROM bid WHERE price

SELECT DISTINCT channel FROM bid ORDER BY price LIMIT 5

SELECT channel FROM bid ORDER BY 3 LIMIT 5

SELECT channel FROM bid ORDER BY 0 LIMIT 5

SELECT channel FROM bid UNION ALL SELECT price FROM bid

SELECT channel FROM bid UNION ALL SELECT channel, price FROM bid

SELECT channel, * FROM bid

SELECT *, channel FROM bid

SELECT * FROM bid AS b (x, y)

SELECT x FROM bid AS b (x, c2, c3, c4, c5, c6, c7, c8)

SELECT 1 FROM bid WHERE 1

SELECT 1 WHERE TRUE

SELECT * WHERE TRUE

SELECT *

-- session declarations
CREATE TABLE w1 (a INT)

CREATE TABLE w2 (a INT) WITH ('format' = 'csv')

CREATE TABLE w3 () WITH ('connector' = 'datagen')

CREATE TABLE w4 (a INT,) WITH ('connector' = 'datagen')

CREATE TABLE w5 (a) WITH ('connector' = 'datagen')

CREATE TABLE w6 (a INT a) WITH ('connector' = 'datagen')

CREATE TABLE w7 (a INT, a STRING) WITH ('connector' = 'datagen')

CREATE TABLE w8 (a nonsense) WITH ('connector' = 'datagen')

CREATE TABLE w9 (a TEXT) WITH ('connector' = 'datagen')

CREATE TABLE w10 (a VARCHAR(0)) WITH ('connector' = 'datagen')

CREATE TABLE w11 (a DECIMAL(39, 2)) WITH ('connector' = 'datagen')

CREATE TABLE w12 (a DECIMAL(5, 6)) WITH ('connector' = 'datagen')

CREATE TABLE w13 (a TIMESTAMP(10)) WITH ('connector' = 'datagen')

CREATE TABLE w14 (a INT PRIMARY KEY) WITH ('connector' = 'datagen')

CREATE TABLE w15 (a INT, PRIMARY KEY (a)) WITH ('connector' = 'datagen')

CREATE TABLE w16 (a INT, PRIMARY KEY (a) ENFORCED) WITH ('connector' = 'datagen')

CREATE TABLE w17 (a INT, PRIMARY KEY (b) NOT ENFORCED) WITH ('connector' = 'datagen')

CREATE TABLE w18 (a INT, PRIMARY KEY () NOT ENFORCED) WITH ('connector' = 'datagen')

CREATE TABLE w19 (a INT, b AS a + 1, PRIMARY KEY (b) NOT ENFORCED) WITH ('connector' = 'datagen')

CREATE TABLE w20 (a INT, UNIQUE (a) NOT ENFORCED) WITH ('connector' = 'datagen')

CREATE TABLE w21 (a INT PRIMARY KEY NOT ENFORCED, b INT PRIMARY KEY NOT ENFORCED) WITH ('connector' = 'datagen')

CREATE TABLE w22 (a INT, b AS c + 1) WITH ('connector' = 'datagen')

CREATE TABLE w23 (a INT, b AS UPPER(a)) WITH ('connector' = 'datagen')

CREATE TABLE w24 (a INT, b AS (SELECT 1)) WITH ('connector' = 'datagen')

CREATE TABLE w25 (a INT, b AS COUNT(*)) WITH ('connector' = 'datagen')

CREATE TABLE w26 (a INT, b AS a + 1, c AS b + 1) WITH ('connector' = 'datagen')

CREATE TABLE w27 (a INT, WATERMARK FOR b AS b) WITH ('connector' = 'datagen')

CREATE TABLE w28 (a INT, WATERMARK FOR a AS a) WITH ('connector' = 'datagen')

CREATE TABLE w29 (a TIMESTAMP(6), WATERMARK FOR a AS a) WITH ('connector' = 'datagen')

CREATE TABLE w30 (a TIMESTAMP(3), WATERMARK FOR a AS 5) WITH ('connector' = 'datagen')

CREATE TABLE w31 (a TIMESTAMP(3), b TIMESTAMP(3), WATERMARK FOR a AS a, WATERMARK FOR b AS b) WITH ('connector' = 'datagen')

CREATE TABLE w32 (a ROW<t TIMESTAMP(3)>, WATERMARK FOR a.t AS a.t) WITH ('connector' = 'datagen')

CREATE TABLE w33 (a STRING, WATERMARK FOR a AS TO_TIMESTAMP(a)) WITH ('connector' = 'datagen')

CREATE TABLE w34 (a INT) PARTITIONED BY (b) WITH ('connector' = 'datagen')

CREATE TABLE w35 (a INT) WITH (connector = 'datagen')

CREATE TABLE w36 (a INT) WITH ('connector' 'datagen')

CREATE TABLE w37 (a INT) WITH ('connector' = datagen)

CREATE TABLE w38 (a INT) WITH ('connector' = 'datagen',)

CREATE TABLE w39 (a INT) WITH ()

CREATE TABLE w40 (a INT) USING parquet

CREATE TABLE w41 (a INT DEFAULT 5) WITH ('connector' = 'datagen')

CREATE TABLE w42 (a INT CHECK (a > 1)) WITH ('connector' = 'datagen')

CREATE TABLE w43 (a INT REFERENCES bid) WITH ('connector' = 'datagen')

CREATE TABLE w44 (a INT AUTO_INCREMENT) WITH ('connector' = 'datagen')

CREATE TABLE w45 (a SERIAL) WITH ('connector' = 'datagen')

CREATE TABLE w46 (a JSON) WITH ('connector' = 'datagen')

CREATE TABLE w47 (a INT[]) WITH ('connector' = 'datagen')

CREATE TABLE w48 (a INT NOT NULL NULL) WITH ('connector' = 'datagen')

CREATE TABLE w49 (a INT UNSIGNED) WITH ('connector' = 'datagen')

CREATE EXTERNAL TABLE w50 (a INT)

CREATE INDEX i ON bid (price)

CREATE SCHEMA s

CREATE TABLE bid (a INT) WITH ('connector' = 'datagen')

CREATE TABLE cheap (a INT) WITH ('connector' = 'datagen')

CREATE TABLE nowhere.w51 (a INT) WITH ('connector' = 'datagen')

CREATE TABLE x.y.z.w52 (a INT) WITH ('connector' = 'datagen')

CREATE TABLE w53 (value INT) WITH ('connector' = 'datagen')

CREATE TABLE w54 (timestamp TIMESTAMP(3)) WITH ('connector' = 'datagen')

CREATE TABLE w55 (user STRING) WITH ('connector' = 'datagen')

CREATE OR REPLACE TABLE w56 (a INT) WITH ('connector' = 'datagen')

CREATE TABLE w57 AS SELECT nope FROM numbers

DROP TABLE nowhere

DROP TABLE cheap

DROP bid

DROP TABLE

DROP TABLE bid CASCADE

DROP TABLE bid, auction

DROP SCHEMA x

ALTER TABLE bid

ALTER bid ADD x INT

SHOW

SHOW NONSENSE

SHOW CREATE TABLE nowhere

SHOW CREATE VIEW bid

SHOW COLUMNS

SHOW COLUMNS FROM nowhere

SHOW TABLES LIKE

SHOW INDEXES

DESCRIBE

DESCRIBE nowhere

USE

USE CATALOG

GRANT SELECT ON bid TO me

COMMIT

BEGIN

MERGE INTO totals USING bid ON k = channel WHEN MATCHED THEN UPDATE SET n = price

REFRESH TABLE bid
