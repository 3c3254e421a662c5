-- session insert
INSERT INTO printed SELECT channel, price FROM bid

INSERT INTO printed VALUES ('a', 1), ('b', 2)

INSERT INTO printed VALUES ROW('a', 1)

INSERT INTO printed (n, k) SELECT price, channel FROM bid

INSERT INTO printed (k) SELECT channel FROM bid

INSERT INTO printed (n) VALUES (1)

INSERT INTO default_catalog.default_database.printed TABLE totals

INSERT INTO printed SELECT channel, COUNT(*) FROM bid GROUP BY channel

INSERT INTO totals SELECT channel, COUNT(*) FROM bid GROUP BY channel

INSERT INTO printed (SELECT channel, price FROM bid)

INSERT INTO printed WITH x AS (SELECT channel, price FROM bid) SELECT * FROM x

INSERT INTO printed SELECT channel, price FROM bid UNION ALL SELECT d, b FROM numbers

INSERT INTO printed /*+ OPTIONS('sink.parallelism' = '1') */ SELECT channel, price FROM bid

INSERT INTO printed SELECT d, a FROM numbers

INSERT INTO printed SELECT CAST(a AS STRING), b FROM numbers

INSERT INTO hole SELECT a, COALESCE(d, ''), e FROM numbers

INSERT INTO hole SELECT a, d, 1.5 FROM numbers

INSERT INTO hole (a, b) SELECT a, d FROM numbers

INSERT INTO hole SELECT 1, 'x', NULL

INSERT INTO hole SELECT CAST(1 AS BIGINT), 'x', 1

INSERT INTO files PARTITION (`day` = '2026-01-01', `hour` = 5) SELECT a, d FROM numbers

INSERT INTO files PARTITION (`day` = '2026-01-01') SELECT a, d, a FROM numbers

INSERT INTO files PARTITION (`day` = '2026-01-01') (a, b, `hour`) SELECT a, d, 7 FROM numbers

INSERT INTO files SELECT a, d, '2026-01-01', 5 FROM numbers

INSERT INTO printed SELECT channel FROM bid

INSERT INTO printed SELECT channel, price, 1 FROM bid

INSERT INTO printed SELECT price, channel FROM bid

INSERT INTO nowhere SELECT 1

INSERT INTO printed (k, m) SELECT channel, price FROM bid

INSERT INTO printed (k, k) SELECT channel, channel FROM bid

INSERT INTO cheap SELECT 1

INSERT INTO hole (a) SELECT 1

INSERT INTO hole (c, a) SELECT 1.5, 1

INSERT INTO files PARTITION (nope = '1') SELECT a, d, 1 FROM numbers

INSERT INTO files PARTITION (a = 1) SELECT d, '1', 2 FROM numbers

INSERT INTO printed SELECT f, b FROM numbers

INSERT INTO printed SELECT g, b FROM numbers

INSERT INTO numbers SELECT * FROM numbers

INSERT INTO bid SELECT * FROM bid

INSERT printed SELECT channel, price FROM bid

INSERT INTO TABLE printed SELECT channel, price FROM bid

UPSERT INTO totals SELECT channel, price FROM bid

INSERT OVERWRITE files SELECT a, d, '1', 2 FROM numbers

INSERT OVERWRITE printed SELECT channel, price FROM bid

INSERT INTO printed VALUES ('a')

INSERT INTO printed VALUES ('a', 'b')

INSERT INTO printed VALUES ('a', 1.5)

INSERT INTO printed DEFAULT VALUES

EXECUTE INSERT INTO printed VALUES ('a', 1)


-- session batch-dml batch
INSERT OVERWRITE files SELECT a, d, '1', 2 FROM numbers

INSERT OVERWRITE files PARTITION (`day` = '2026-01-01') SELECT a, d, a FROM numbers

INSERT OVERWRITE TABLE files PARTITION (`day` = '2026-01-01', `hour` = 3) SELECT a, d FROM numbers

INSERT OVERWRITE printed SELECT d, b FROM numbers

DELETE FROM printed

DELETE FROM printed WHERE k = 'x'

DELETE FROM nowhere

UPDATE printed SET n = n + 1

UPDATE printed SET n = 1, k = 'x' WHERE n > 5

UPDATE printed SET nope = 1

TRUNCATE TABLE printed

TRUNCATE TABLE nowhere

DELETE FROM cheap

UPDATE printed SET n = 'x'

ANALYZE TABLE numbers COMPUTE STATISTICS

ANALYZE TABLE numbers COMPUTE STATISTICS FOR COLUMNS a, b

ANALYZE TABLE numbers COMPUTE STATISTICS FOR ALL COLUMNS

ANALYZE TABLE files PARTITION (`day` = '2026-01-01', `hour`) COMPUTE STATISTICS

ANALYZE TABLE files PARTITION (`day`, `hour`) COMPUTE STATISTICS FOR ALL COLUMNS

ANALYZE TABLE nowhere COMPUTE STATISTICS

ANALYZE TABLE files COMPUTE STATISTICS

ANALYZE TABLE numbers COMPUTE STATISTICS FOR COLUMNS nope

-- session streaming-dml
DELETE FROM printed

UPDATE printed SET n = 1

TRUNCATE TABLE printed

ANALYZE TABLE numbers COMPUTE STATISTICS

-- session statement-sets
EXECUTE STATEMENT SET BEGIN
  INSERT INTO printed SELECT channel, price FROM bid;
  INSERT INTO totals SELECT channel, COUNT(*) FROM bid GROUP BY channel;
END

EXPLAIN STATEMENT SET BEGIN
  INSERT INTO printed SELECT channel, price FROM bid;
  INSERT INTO printed SELECT d, b FROM numbers;
END

EXPLAIN PLAN FOR STATEMENT SET BEGIN
  INSERT INTO printed SELECT channel, price FROM bid;
END

EXPLAIN CHANGELOG_MODE STATEMENT SET BEGIN INSERT INTO printed SELECT channel, price FROM bid; END

EXPLAIN EXECUTE STATEMENT SET BEGIN INSERT INTO printed SELECT channel, price FROM bid; END

EXECUTE STATEMENT SET BEGIN END

EXECUTE STATEMENT SET BEGIN SELECT 1; END

EXECUTE STATEMENT SET INSERT INTO printed SELECT channel, price FROM bid

EXECUTE STATEMENT SET BEGIN
  INSERT INTO printed SELECT channel, price FROM bid
END

STATEMENT SET BEGIN INSERT INTO printed SELECT channel, price FROM bid; END

BEGIN STATEMENT SET;
INSERT INTO printed VALUES ('a', 1);
INSERT INTO printed VALUES ('b', 2);
END

-- session others
SET 'table.exec.state.ttl' = '1 d'

SET 'pipeline.name' = 'my job'

SET table.exec.mini-batch.enabled = true

SET 'table.exec.mini-batch.enabled' = 'true'

SET 'sql-client.execution.result-mode' = 'tableau'

RESET 'pipeline.name'

RESET

RESET 'table.exec.state.ttl'

SET 'execution.runtime-mode' = 'batch'

SET 'execution.runtime-mode' = 'streaming'

SET 'execution.runtime-mode' = 'nonsense'

SET 'table.local-time-zone' = 'Europe/Berlin'

SET 'table.local-time-zone' = 'Mars/Base'

SET 'table.local-time-zone' = 'UTC'

SHOW JARS

ADD JAR '/nowhere/f.jar'

REMOVE JAR '/nowhere/f.jar'

SHOW PROCEDURES

SHOW PROCEDURES LIKE 'x%'

SHOW PROCEDURES IN default_database ILIKE 'x%'

CALL nowhere.f(1)

CALL `system`.compact('db', x => 1)

STOP JOB 'nothing'

STOP JOB '228d70913eab60dda85c5e7f78b5782c' WITH SAVEPOINT

STOP JOB '228d70913eab60dda85c5e7f78b5782c' WITH SAVEPOINT WITH DRAIN

STOP JOB '228d70913eab60dda85c5e7f78b5782c' WITH DRAIN

DESCRIBE JOB '228d70913eab60dda85c5e7f78b5782c'

COMPILE PLAN '/nowhere/plan.json' FOR INSERT INTO printed SELECT channel, price FROM bid

EXECUTE PLAN '/nowhere/plan.json'

COMPILE AND EXECUTE PLAN '/nowhere/plan.json' FOR INSERT INTO printed SELECT channel, price FROM bid

QUIT

CLEAR

HELP

-- session explain
EXPLAIN SELECT channel, COUNT(*) FROM bid GROUP BY channel

EXPLAIN PLAN FOR SELECT channel FROM bid

EXPLAIN ESTIMATED_COST SELECT channel FROM bid

EXPLAIN CHANGELOG_MODE SELECT channel, COUNT(*) FROM bid GROUP BY channel

EXPLAIN JSON_EXECUTION_PLAN SELECT channel FROM bid

EXPLAIN PLAN_ADVICE SELECT channel, COUNT(*) FROM bid GROUP BY channel

EXPLAIN ESTIMATED_COST, CHANGELOG_MODE, PLAN_ADVICE, JSON_EXECUTION_PLAN SELECT channel FROM bid

EXPLAIN INSERT INTO printed SELECT channel, price FROM bid

EXPLAIN PLAN FOR INSERT INTO printed SELECT channel, price FROM bid

EXPLAIN ESTIMATED_COST INSERT INTO printed SELECT channel, price FROM bid

EXPLAIN CREATE TABLE x WITH ('connector' = 'print') AS SELECT channel FROM bid

EXPLAIN CREATE TABLE x (a INT) WITH ('connector' = 'print')

EXPLAIN CREATE VIEW x AS SELECT 1

EXPLAIN DROP TABLE bid

EXPLAIN EXPLAIN SELECT 1

EXPLAIN NONSENSE SELECT 1

EXPLAIN VALUES (1, 2)

EXPLAIN WITH x AS (SELECT 1 AS a) SELECT * FROM x

EXPLAIN (SELECT 1)

EXPLAIN
