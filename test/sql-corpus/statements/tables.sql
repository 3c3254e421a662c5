-- session forms
CREATE TABLE t1 (a INT) WITH ('connector' = 'datagen')

CREATE TABLE IF NOT EXISTS t1 (a INT) WITH ('connector' = 'datagen')

CREATE TEMPORARY TABLE t2 (a INT) WITH ('connector' = 'datagen')

CREATE TEMPORARY TABLE IF NOT EXISTS t2 (a INT, b INT) WITH ('connector' = 'datagen')

CREATE TABLE default_database.t3 (a INT) WITH ('connector' = 'datagen')

CREATE TABLE default_catalog.default_database.t4 (a INT) WITH ('connector' = 'datagen')

CREATE TABLE `weird name` (`a b` INT, `select` STRING) WITH ('connector' = 'datagen')

CREATE TABLE t5 (
  a INT COMMENT 'the first',
  b STRING NOT NULL COMMENT 'it''s quoted',
  c AS a + 1 COMMENT 'computed',
  d AS UPPER(b)
) COMMENT 'a table' WITH ('connector' = 'datagen', 'rows-per-second' = '5')

CREATE TABLE t6 (id BIGINT, name STRING, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'print')

CREATE TABLE t7 (id BIGINT PRIMARY KEY NOT ENFORCED, name STRING) WITH ('connector' = 'print')

CREATE TABLE t8 (id BIGINT, name STRING, CONSTRAINT pk PRIMARY KEY (id, name) NOT ENFORCED) WITH ('connector' = 'print')

CREATE TABLE t9 (
  ms BIGINT,
  wt AS TO_TIMESTAMP_LTZ(ms, 3),
  WATERMARK FOR wt AS wt
) WITH ('connector' = 'datagen')

CREATE TABLE t10 (wt TIMESTAMP(3), WATERMARK FOR wt AS wt - INTERVAL '0.001' SECOND) WITH ('connector' = 'datagen')

CREATE TABLE t11 (wt TIMESTAMP_LTZ(3) NOT NULL, WATERMARK FOR wt AS wt - INTERVAL '1' HOUR) WITH ('connector' = 'datagen')

CREATE TABLE t12 (a INT, `day` STRING) PARTITIONED BY (`day`) WITH ('connector' = 'filesystem', 'path' = 'data/t12', 'format' = 'csv')

CREATE TABLE t13 (a INT, b INT, c INT) COMMENT 'two keys' PARTITIONED BY (b, c) WITH ('connector' = 'filesystem', 'path' = 'data/t13', 'format' = 'json')

CREATE TABLE t14 (p AS PROCTIME(), a INT) WITH ('connector' = 'datagen')

CREATE TABLE t15 (a INT) WITH ('connector' = 'datagen', 'fields.a.kind' = 'sequence', 'fields.a.start' = '1', 'fields.a.end' = '10')

CREATE TABLE t16 (a INT, PRIMARY KEY (a) NOT ENFORCED) DISTRIBUTED BY HASH(a) INTO 4 BUCKETS WITH ('connector' = 'print')

CREATE TABLE t17 (a INT) DISTRIBUTED BY (a) INTO 6 BUCKETS WITH ('connector' = 'datagen')

CREATE TABLE t18 (a INT) DISTRIBUTED INTO 6 BUCKETS WITH ('connector' = 'datagen')

CREATE TABLE t19 (a INT) DISTRIBUTED BY RANGE(a) WITH ('connector' = 'datagen')

SHOW CREATE TABLE t16

SHOW CREATE TABLE t18

INSERT INTO t16 SELECT a FROM numbers

SELECT * FROM t17

SHOW CREATE TABLE t5

SHOW CREATE TABLE t2

SHOW CREATE TABLE t7

SHOW CREATE TABLE t8

SHOW CREATE TABLE t9

SHOW CREATE TABLE t13

SHOW CREATE TABLE `weird name`

DESCRIBE t5

DESCRIBE t8

DESC t9

DESCRIBE TABLE t13

DESCRIBE EXTENDED t14

DESCRIBE `weird name`

SHOW TABLES

SHOW TABLES LIKE 't1_'

SHOW TABLES NOT LIKE 't%'

SHOW TABLES FROM default_database LIKE 't_'

SHOW TABLES IN default_catalog.default_database LIKE 'w%'

SHOW COLUMNS FROM t5

SHOW COLUMNS IN t8

SHOW COLUMNS FROM t5 LIKE 'a%'

SHOW COLUMNS FROM t5 NOT LIKE 'a'

DROP TABLE t1

DROP TABLE IF EXISTS t1

DROP TEMPORARY TABLE t2

DROP TEMPORARY TABLE IF EXISTS t2

DROP TABLE default_catalog.default_database.t3

-- session types
CREATE TABLE all_types (
  c1 CHAR(3), c2 VARCHAR(20), c3 STRING, c4 BINARY(4), c5 VARBINARY(10), c6 BYTES, c7 BOOLEAN, c8 TINYINT, c9 SMALLINT, c10 INT, c11 BIGINT,
  c12 FLOAT, c13 DOUBLE, c14 DECIMAL, c15 DECIMAL(10), c16 DECIMAL(38, 18), c17 DATE, c18 TIME, c19 TIME(0), c20 TIMESTAMP, c21 TIMESTAMP(0),
  c22 TIMESTAMP(9), c23 TIMESTAMP_LTZ, c24 TIMESTAMP_LTZ(3), c25 INTEGER, c26 DOUBLE PRECISION, c27 NUMERIC(5, 2), c28 DEC(4, 1), c29 CHAR, c30 VARCHAR, c31 BINARY, c32 VARBINARY
) WITH ('connector' = 'datagen')

DESCRIBE all_types

SHOW CREATE TABLE all_types

CREATE TABLE nested (
  a ARRAY<INT>, b ARRAY<STRING NOT NULL> NOT NULL, c MAP<STRING, INT>, d MAP<STRING NOT NULL, ARRAY<INT>>, e MULTISET<STRING>,
  f ROW<x INT, y STRING>, g ROW<x INT 'comment', y ROW<z DOUBLE NOT NULL>> NOT NULL, h INT ARRAY, i STRING MULTISET, j ROW(x INT, y STRING)
) WITH ('connector' = 'blackhole')

DESCRIBE nested

SHOW CREATE TABLE nested

CREATE TABLE zones (a TIMESTAMP(3) WITHOUT TIME ZONE, b TIMESTAMP(3) WITH LOCAL TIME ZONE, c TIME WITHOUT TIME ZONE, d TIMESTAMP WITH LOCAL TIME ZONE) WITH ('connector' = 'datagen')

DESCRIBE zones

CREATE TABLE named (a CHARACTER(3), b CHARACTER VARYING(10), c CHAR VARYING(5), d BINARY VARYING(4)) WITH ('connector' = 'datagen')

DESCRIBE named

CREATE TABLE nulls (a INT NULL, b STRING NOT NULL, c ROW<x INT NULL, y INT NOT NULL>) WITH ('connector' = 'blackhole')

DESCRIBE nulls

CREATE TABLE spans (a INTERVAL YEAR TO MONTH, b INTERVAL DAY TO SECOND) WITH ('connector' = 'blackhole')

CREATE TABLE spans2 (a INTERVAL YEAR, b INTERVAL MONTH, c INTERVAL DAY(3), d INTERVAL HOUR TO MINUTE, e INTERVAL DAY(3) TO SECOND(6)) WITH ('connector' = 'blackhole')

CREATE TABLE variants (a VARIANT) WITH ('connector' = 'blackhole')

CREATE TABLE structured (a STRUCTURED<'com.example.User', name STRING, age INT NOT NULL>) WITH ('connector' = 'blackhole')

CREATE TABLE raws (a RAW('java.lang.Object', 'AAA')) WITH ('connector' = 'blackhole')

CREATE TABLE zoned (a TIMESTAMP(3) WITH TIME ZONE) WITH ('connector' = 'blackhole')

-- session metadata
CREATE TABLE m1 (a INT, file STRING NOT NULL METADATA FROM 'file.path' VIRTUAL) WITH ('connector' = 'filesystem', 'path' = 'data/m1', 'format' = 'csv')

CREATE TABLE m2 (a INT, `file.name` STRING METADATA VIRTUAL, size BIGINT METADATA FROM 'file.size' VIRTUAL, modified TIMESTAMP_LTZ(3) METADATA FROM 'file.modification-time' VIRTUAL COMMENT 'when') WITH ('connector' = 'filesystem', 'path' = 'data/m2', 'format' = 'csv')

CREATE TABLE m3 (a INT, b BIGINT METADATA) WITH ('connector' = 'datagen')

SHOW CREATE TABLE m2

DESCRIBE m2

SELECT file, a FROM m1

SELECT * FROM m2

SELECT * FROM m3

-- session like
CREATE TABLE base (
  a INT, b BIGINT, c AS a * 2, wt TIMESTAMP(3), WATERMARK FOR wt AS wt - INTERVAL '5' SECOND, PRIMARY KEY (a) NOT ENFORCED
) COMMENT 'the base' WITH ('connector' = 'datagen', 'rows-per-second' = '1')

CREATE TABLE parts (a INT, p STRING) PARTITIONED BY (p) WITH ('connector' = 'filesystem', 'path' = 'data/parts', 'format' = 'csv')

CREATE TABLE l1 LIKE base

SHOW CREATE TABLE l1

CREATE TABLE l2 WITH ('rows-per-second' = '2') LIKE base

SHOW CREATE TABLE l2

CREATE TABLE l3 (d STRING, e AS a + 1) LIKE base

SHOW CREATE TABLE l3

CREATE TABLE l4 WITH ('connector' = 'print') LIKE base (EXCLUDING ALL)

SHOW CREATE TABLE l4

CREATE TABLE l5 (x INT) WITH ('connector' = 'print') LIKE base (EXCLUDING ALL INCLUDING CONSTRAINTS)

CREATE TABLE l6 (WATERMARK FOR wt AS wt - INTERVAL '1' MINUTE) LIKE base (OVERWRITING WATERMARKS)

SHOW CREATE TABLE l6

CREATE TABLE l7 (c AS a * 3) LIKE base (OVERWRITING GENERATED)

SHOW CREATE TABLE l7

CREATE TABLE l8 WITH ('rows-per-second' = '7') LIKE base (OVERWRITING OPTIONS)

CREATE TABLE l9 WITH ('rows-per-second' = '7') LIKE base (INCLUDING OPTIONS)

CREATE TABLE l10 WITH ('connector' = 'print') LIKE base (EXCLUDING OPTIONS EXCLUDING GENERATED EXCLUDING WATERMARKS)

SHOW CREATE TABLE l10

CREATE TABLE l11 LIKE parts

SHOW CREATE TABLE l11

CREATE TABLE l12 WITH ('connector' = 'print') LIKE parts (EXCLUDING PARTITIONS EXCLUDING OPTIONS)

SHOW CREATE TABLE l12

CREATE TABLE l13 (PRIMARY KEY (b) NOT ENFORCED) LIKE base (EXCLUDING CONSTRAINTS)

CREATE TABLE l14 (PRIMARY KEY (a) NOT ENFORCED) LIKE base

CREATE TABLE l15 (WATERMARK FOR wt AS wt) LIKE base

CREATE TABLE l16 (c AS a * 3) LIKE base

CREATE TABLE l17 (a INT) LIKE base

CREATE TABLE l18 LIKE nowhere

CREATE TABLE l19 LIKE cheap

CREATE TABLE l20 LIKE base (EXCLUDING METADATA EXCLUDING DISTRIBUTION)

CREATE TABLE l21 PARTITIONED BY (b) LIKE base

CREATE TABLE l22 COMMENT 'mine' LIKE base

SHOW CREATE TABLE l22

CREATE TEMPORARY TABLE l23 LIKE base (INCLUDING ALL)

CREATE TABLE l24 (k INT METADATA VIRTUAL) LIKE base

CREATE TABLE l25 LIKE base (OVERWRITING CONSTRAINTS)

CREATE TABLE l26 LIKE base (OVERWRITING PARTITIONS)

CREATE TABLE l27 LIKE base (INCLUDING WATERMARKS INCLUDING WATERMARKS)

-- session as-select
CREATE TABLE s1 WITH ('connector' = 'print') AS SELECT a, d FROM numbers

CREATE TABLE s2 WITH ('connector' = 'blackhole') AS SELECT auction, COUNT(*) AS n FROM bid GROUP BY auction

CREATE TABLE s3 (d, a) WITH ('connector' = 'print') AS SELECT a, d FROM numbers

CREATE TABLE s4 (x INT, y AS a + 1) WITH ('connector' = 'print') AS SELECT a, d FROM numbers

CREATE TABLE s5 (a BIGINT) WITH ('connector' = 'print') AS SELECT a, d FROM numbers

CREATE TABLE s6 (PRIMARY KEY (a) NOT ENFORCED) WITH ('connector' = 'print') AS SELECT COALESCE(a, 0) AS a, d FROM numbers

CREATE TABLE s7 (WATERMARK FOR ts AS ts - INTERVAL '1' SECOND) WITH ('connector' = 'print') AS SELECT ts, price FROM bid

CREATE TABLE s8 COMMENT 'a copy' PARTITIONED BY (d) WITH ('connector' = 'filesystem', 'path' = 'data/s8', 'format' = 'csv') AS SELECT a, d FROM numbers

CREATE TABLE IF NOT EXISTS s9 WITH ('connector' = 'print') AS (SELECT 1 AS a)

CREATE TEMPORARY TABLE s10 WITH ('connector' = 'print') AS SELECT 1 AS a

CREATE TABLE s11 (a, nope) WITH ('connector' = 'print') AS SELECT a, d FROM numbers

CREATE TABLE s12 (a) WITH ('connector' = 'print') AS SELECT a, d FROM numbers

CREATE OR REPLACE TABLE s13 WITH ('connector' = 'print') AS SELECT a FROM numbers

REPLACE TABLE s14 WITH ('connector' = 'print') AS SELECT a FROM numbers

CREATE TABLE s15 AS SELECT a FROM numbers

CREATE TABLE s16 WITH ('connector' = 'print') AS VALUES (1, 'a'), (2, 'b')

CREATE TABLE s17 WITH ('connector' = 'print') AS WITH x AS (SELECT a FROM numbers) SELECT * FROM x

CREATE TABLE s18 WITH ('connector' = 'print') AS SELECT a, a FROM numbers

CREATE TABLE s19 WITH ('connector' = 'print') AS TABLE numbers
