-- State of many kinds, each in a job of its own. What came of it is in the folders version-N beside this file; test/state/write-old-checkpoint.ts makes them.
SET 'pipeline.name' = 'several';
SET 'parallelism.default' = '1';
SET 'table.local-time-zone' = 'UTC';
SET 'execution.checkpointing.interval' = '300 ms';
CREATE FUNCTION total USING 'total.wasm';
CREATE FUNCTION block_total AS 'total' USING 'blocks.wasm';
CREATE TABLE numbers (n BIGINT, k AS CONCAT('a key that is long: ', CAST(MOD(n, 5) AS STRING)), v AS MOD(n * 7919, 1009),
    ts AS TO_TIMESTAMP_LTZ(n * 10, 3), WATERMARK FOR ts AS ts)
  WITH ('connector' = 'datagen', 'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '8000', 'rows-per-second' = '100000');
CREATE TABLE totals (k STRING, c BIGINT, m STRING, d BIGINT, t BIGINT, b BIGINT, PRIMARY KEY (k) NOT ENFORCED)
  WITH ('connector' = 'print', 'print-identifier' = 'totals');
CREATE TABLE ranked (k STRING, place BIGINT, n BIGINT, PRIMARY KEY (k, place) NOT ENFORCED) WITH ('connector' = 'print', 'print-identifier' = 'ranked');
CREATE TABLE newest (v BIGINT, n BIGINT, PRIMARY KEY (v) NOT ENFORCED) WITH ('connector' = 'print', 'print-identifier' = 'newest');
CREATE TABLE windows (k STRING, ends TIMESTAMP_LTZ(3), c BIGINT, s BIGINT, m STRING) WITH ('connector' = 'print', 'print-identifier' = 'windows');
CREATE TABLE sessions (v BIGINT, begins TIMESTAMP_LTZ(3), c BIGINT) WITH ('connector' = 'print', 'print-identifier' = 'sessions');
CREATE TABLE pairs (n BIGINT, twice BIGINT) WITH ('connector' = 'print', 'print-identifier' = 'pairs');
CREATE TABLE near (n BIGINT, v BIGINT) WITH ('connector' = 'print', 'print-identifier' = 'near');
CREATE TABLE runs (k STRING, first_n BIGINT, last_n BIGINT) WITH ('connector' = 'print', 'print-identifier' = 'runs');
CREATE TABLE frames (n BIGINT, s BIGINT) WITH ('connector' = 'print', 'print-identifier' = 'frames');
INSERT INTO totals SELECT k, COUNT(*), MAX(CAST(n AS STRING)), COUNT(DISTINCT v), total(n), block_total(n) FROM numbers GROUP BY k;
INSERT INTO ranked SELECT k, place, n FROM (SELECT k, n, ROW_NUMBER() OVER (PARTITION BY k ORDER BY n DESC) AS place FROM numbers) WHERE place <= 2;
INSERT INTO newest SELECT v, n FROM (SELECT v, n, ROW_NUMBER() OVER (PARTITION BY v ORDER BY ts DESC) AS place FROM numbers WHERE v < 20) WHERE place = 1;
INSERT INTO windows SELECT k, window_end, COUNT(*), SUM(n), MIN(CAST(n AS STRING))
  FROM TABLE(TUMBLE(TABLE numbers, DESCRIPTOR(ts), INTERVAL '5' SECOND)) GROUP BY k, window_start, window_end;
INSERT INTO sessions SELECT v, window_start, COUNT(*)
  FROM TABLE(SESSION(TABLE (SELECT v, ts FROM numbers WHERE v < 10) PARTITION BY v, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY v, window_start, window_end;
INSERT INTO pairs SELECT a.n, b.n FROM numbers AS a JOIN numbers AS b ON a.n = b.n * 2 WHERE MOD(a.n, 20) = 0;
INSERT INTO near SELECT a.n, b.v FROM numbers AS a JOIN numbers AS b ON a.v = b.v AND b.ts BETWEEN a.ts - INTERVAL '12' SECOND AND a.ts WHERE a.v < 20;
INSERT INTO runs SELECT * FROM numbers MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES FIRST(up.n) AS first_n, down.n AS last_n
  ONE ROW PER MATCH AFTER MATCH SKIP PAST LAST ROW PATTERN (up up up+ down) DEFINE up AS up.v > 300, down AS down.v < 300);
INSERT INTO frames SELECT n, s FROM (SELECT n, SUM(v) OVER (PARTITION BY k ORDER BY ts ROWS BETWEEN 40 PRECEDING AND CURRENT ROW) AS s FROM numbers) WHERE MOD(n, 40) = 3;
