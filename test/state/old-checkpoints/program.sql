SET 'pipeline.name' = 'old';
SET 'parallelism.default' = '2';
SET 'execution.checkpointing.interval' = '300 ms';
CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'fields.n.kind' = 'sequence', 'fields.n.start' = '1',
  'fields.n.end' = '20000', 'rows-per-second' = '4000');
CREATE TABLE counted (k STRING, c BIGINT, m STRING, d BIGINT) WITH ('connector' = 'print');
INSERT INTO counted SELECT CONCAT('a key that is long: ', CAST(MOD(n, 5) AS STRING)), COUNT(*), MAX(CAST(n AS STRING)), COUNT(DISTINCT MOD(n, 7))
  FROM numbers GROUP BY CONCAT('a key that is long: ', CAST(MOD(n, 5) AS STRING));
