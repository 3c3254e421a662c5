import type { ErrorCodeDescription } from './error-code-description.ts';
import { kafkaErrorCodes } from './kafka-error-codes.ts';
import { serverErrorCodes } from './server-error-codes.ts';
import { udfErrorCodes } from './udf-error-codes.ts';

export type { ErrorCodeDescription } from './error-code-description.ts';

/** Every code there is; a test finds what is thrown and not listed here. */
export const errorCodes: Readonly<Record<string, ErrorCodeDescription>> = {
  syntax: {
    cause: 'The text is not a statement of Flink SQL.',
    action: 'Look at the place: the message says what could stand there; reserved words that are names need `backticks`.',
    example: 'SELECT a FORM t',
  },
  'sql-too-long': {
    cause: 'A text of SQL is larger than what is read at once.',
    action: 'Split the file.',
  },
  'not-supported': {
    cause: 'Flink has it, Tidemill not yet.',
    action:
      'The hint names another way where there is one; the list of what is missing is in the guide for those who come from Flink.',
    example: "EXECUTE PLAN 'plan.json'",
  },
  'unknown-table': {
    cause: 'No table, view or name in FROM is called so.',
    action: 'Names are case-sensitive; SHOW TABLES lists them; declare the table first.',
    example: 'SELECT * FROM bidd',
  },
  'unknown-column': {
    cause: 'No column or field is called so in this place.',
    action: 'Names are case-sensitive; DESCRIBE lists the columns. Aliases of SELECT cannot be used in WHERE or GROUP BY.',
    example: 'SELECT pricee FROM bid',
  },
  'ambiguous-column': {
    cause: 'Two columns have this name.',
    action: 'Write the table before it (t.c), or give them different names with AS.',
    example: 'SELECT id FROM a JOIN b ON a.id = b.id',
  },
  'duplicate-column': {
    cause: 'A table, view or list would have two columns of one name.',
    action: 'Rename one with AS or drop it.',
    example: 'CREATE VIEW v AS SELECT a, a FROM t',
  },
  'duplicate-table': {
    cause: 'FROM has two tables of one name.',
    action: 'Give one an alias: t AS t2.',
    example: 'SELECT * FROM t, t',
  },
  'unknown-function': {
    cause: 'No function is called so.',
    action: 'SHOW FUNCTIONS lists them; CREATE FUNCTION adds one from a .wasm file.',
    example: 'SELECT UPPR(name) FROM t',
  },
  'unknown-catalog': {
    cause: 'No catalog is called so.',
    action: 'SHOW CATALOGS lists them.',
    example: 'USE CATALOG nowhere',
  },
  'unknown-database': {
    cause: 'No database is called so in this catalog.',
    action: 'SHOW DATABASES lists them.',
    example: 'USE nowhere',
  },
  'ambiguous-job': {
    cause: 'Several processes run a job of this name.',
    action: "Name the process too: 'PROCESS/JOB', as tidemill jobs shows.",
  },
  'process-gone': {
    cause: 'The process that runs the job ended while it was asked.',
    action: 'Look at what it wrote; start it again with --restore latest.',
  },
  'unsafe-folder': {
    cause: 'The folder of the sockets that commands reach running jobs by belongs to somebody else, or is open to others.',
    action: 'Delete it, or set XDG_RUNTIME_DIR to a folder of your own.',
  },
  'unknown-job': {
    cause: 'The session has no job of this id or name.',
    action: 'SHOW JOBS lists them.',
    example: "STOP JOB 'nothing'",
  },
  'unknown-module': {
    cause: 'There is the module core only.',
    action: 'Leave the statement out.',
    example: 'USE MODULES hive',
  },
  'unknown-procedure': {
    cause: 'No catalog here has procedures.',
    action: 'Do it with statements.',
    example: "CALL db.compact('t')",
  },
  'unknown-constraint': {
    cause: 'The table has no constraint of this name.',
    action: 'SHOW CREATE TABLE shows its name.',
    example: 'ALTER TABLE t DROP CONSTRAINT pk2',
  },
  'unknown-window': {
    cause: 'No window in the WINDOW clause is called so.',
    action: 'Declare it: WINDOW w AS (PARTITION BY …).',
    example: 'SELECT SUM(a) OVER w FROM t',
  },
  'unknown-connector': {
    cause: 'No connector is called so.',
    action: 'The hint lists them; connectors are built in, not found on a class path.',
    example: "CREATE TABLE t (a INT) WITH ('connector' = 'file')",
  },
  'unknown-format': {
    cause: 'The connector has no such format.',
    action: 'The hint lists its formats.',
    example: "CREATE TABLE t (a INT) WITH ('connector' = 'filesystem', 'path' = 'x', 'format' = 'jsn')",
  },
  'unknown-option': {
    cause: 'The connector, format or catalog has no such option.',
    action: 'The hint names the nearest, or lists them.',
    example: "CREATE TABLE t (a INT) WITH ('connector' = 'datagen', 'rows' = '1')",
  },
  'unknown-catalog-type': {
    cause: 'Catalogs are kept in memory; there is no other type.',
    action: "WITH ('type' = 'generic_in_memory'), and declare the tables.",
    example: "CREATE CATALOG c WITH ('type' = 'hive')",
  },
  'unknown-metadata': {
    cause: 'The connector gives no metadata of this key.',
    action: 'The hint lists its keys.',
    example: "CREATE TABLE t (a INT, b BIGINT METADATA FROM 'ofset') WITH (…)",
  },
  'unknown-setting': {
    cause: 'No setting is called so.',
    action: "SET alone lists those that count here; Flink's others are known by name.",
    example: "SET 'execution.runtime-mod' = 'batch'",
  },
  'unknown-hint': {
    cause: 'No hint is called so in this place.',
    action: 'OPTIONS stands behind a table, the others behind SELECT.',
    example: 'SELECT /*+ BROADCST(t) */ * FROM t',
  },
  'unknown-file': {
    cause: 'A file of FROM cannot be read as a table.',
    action: "Its ending says the format; OPTIONS('format' = '…') says another.",
    example: "SELECT * FROM 'data.xyz'",
  },
  'unknown-time-zone': {
    cause: 'No time zone is called so.',
    action: 'Write it as UTC, Europe/Berlin or +02:00.',
    example: "SELECT CONVERT_TZ('2026-01-01 00:00:00', 'UTC', 'Mars')",
  },
  'missing-option': {
    cause: 'An option is required and not there.',
    action: 'Add it to WITH; the hint shows how.',
    example: "CREATE TABLE t (a INT) WITH ('connector' = 'filesystem', 'format' = 'csv')",
  },
  'missing-secret': {
    cause: 'An option takes an environment variable or a file that is not there.',
    action: 'Set the variable (--env-file F), or make the file readable.',
    example: "WITH ('password' = '${env:PASSWORD}')",
  },
  'missing-column': {
    cause: 'A callback of the Table API does not give a column that the sink needs.',
    action: 'Add it to the object it returns.',
    example: 't.insertInto(sink, row => ({ a: row.a }))',
  },
  'wrong-option': {
    cause: 'The value of an option has the wrong form.',
    action: 'The message says what it takes.',
    example: "WITH ('connector' = 'datagen', 'rows-per-second' = 'many')",
  },
  'wrong-setting': {
    cause: 'The value of a setting has the wrong form.',
    action: 'The message says what it takes.',
    example: "SET 'parallelism.default' = '0'",
  },
  'wrong-hint': {
    cause: 'A hint has the wrong form, or names a table that is not in FROM.',
    action: 'Use the alias where there is one.',
    example: "SELECT /*+ STATE_TTL('t' = 'soon') */ * FROM t",
  },
  'wrong-mode': {
    cause: 'The statement is for the other runtime mode.',
    action: "SET 'execution.runtime-mode' = 'batch'.",
    example: 'ANALYZE TABLE t COMPUTE STATISTICS',
  },
  'wrong-name': {
    cause: 'A name has too many parts.',
    action: 'At most catalog.database.name.',
    example: 'SELECT * FROM a.b.c.d',
  },
  'wrong-kind': {
    cause: 'The statement is for tables, and this is a view, or the other way round.',
    action: 'The hint names the statement that fits.',
    example: 'DROP TABLE a_view',
  },
  'wrong-argument': {
    cause: 'A function or clause is given something it does not take.',
    action: 'The message says what, the hint shows its forms.',
    example: 'SELECT UPPER(1, 2)',
  },
  'wrong-literal': {
    cause: 'A number, date, time or interval is not one.',
    action: 'The hint shows the form.',
    example: "SELECT DATE '2026-02-30'",
  },
  'wrong-ordinal': {
    cause: 'ORDER BY or GROUP BY is given a position that means nothing.',
    action: 'ORDER BY counts selected columns from 1; GROUP BY takes expressions.',
    example: 'SELECT a FROM t GROUP BY 1',
  },
  'wrong-pattern': {
    cause: 'A pattern of dates or times is not one.',
    action: "Letters are Java's: yyyy-MM-dd HH:mm:ss.",
    example: "SELECT DATE_FORMAT(ts, 'bbb') FROM t",
  },
  'wrong-schema': {
    cause: "A table's columns do not fit what its connector delivers.",
    action: 'Declare the columns the message names.',
    example: "CREATE TABLE t (x INT) WITH ('connector' = 'nexmark')",
  },
  'wrong-type': {
    cause: 'A file holds values of another type than its column.',
    action: 'Declare the column with the type the message names, and cast it in the query.',
    example: 'SELECT * FROM t',
  },
  'wrong-window': {
    cause: 'A window function stands where it means nothing.',
    action: 'TUMBLE, HOP, CUMULATE and SESSION stand in FROM, the older forms in GROUP BY.',
    example: "SELECT TUMBLE(ts, INTERVAL '1' HOUR) FROM t",
  },
  'wrong-column-count': {
    cause: 'A query, list of names or VALUES has another number of columns than is needed.',
    action: 'The message counts both.',
    example: 'INSERT INTO two_columns SELECT 1',
  },
  'type-mismatch': {
    cause: 'A value has a type that does not go here.',
    action: 'Cast it: CAST(x AS …).',
    example: 'SELECT a + name FROM t',
  },
  'aggregate-not-allowed': {
    cause: 'An aggregate stands where rows are not grouped.',
    action: 'Conditions on aggregates go into HAVING.',
    example: 'SELECT a FROM t WHERE COUNT(*) > 1',
  },
  'window-not-allowed': {
    cause: 'A function with OVER stands where it cannot.',
    action: 'Put the query into FROM, or use QUALIFY.',
    example: 'SELECT a FROM t WHERE ROW_NUMBER() OVER (ORDER BY a) = 1',
  },
  'not-grouped': {
    cause: 'A column is neither in GROUP BY nor inside an aggregate.',
    action: 'Add it to GROUP BY, or wrap it: MAX(c).',
    example: 'SELECT a, b FROM t GROUP BY a',
  },
  'more-than-one-row': {
    cause: 'A sub-query that stands for one value gave several.',
    action: 'Make it an aggregate, add LIMIT 1, or use IN.',
    example: 'SELECT (SELECT a FROM t)',
  },
  'recursive-view': {
    cause: 'A view contains itself.',
    action: 'Change the query of one of them.',
    example: 'SELECT * FROM v',
  },
  'too-many': {
    cause: 'A GROUP BY asks for more grouping sets than can be.',
    action: 'Group by fewer columns.',
    example: 'SELECT 1 FROM t GROUP BY CUBE (a, b, c, …)',
  },
  'table-exists': {
    cause: 'A table or view of this name is there.',
    action: 'IF NOT EXISTS, or drop it first.',
    example: 'CREATE TABLE t (a INT) WITH (…)',
  },
  'function-exists': {
    cause: 'A function of this name is there.',
    action: 'CREATE OR REPLACE FUNCTION, or IF NOT EXISTS.',
    example: "CREATE FUNCTION f USING 'f.wasm'",
  },
  'catalog-exists': {
    cause: 'A catalog of this name is there.',
    action: 'IF NOT EXISTS, or drop it first.',
    example: "CREATE CATALOG c WITH ('type' = 'generic_in_memory')",
  },
  'catalog-in-use': {
    cause: 'The current catalog cannot be dropped.',
    action: 'USE CATALOG another first.',
    example: 'DROP CATALOG default_catalog',
  },
  'database-exists': {
    cause: 'A database of this name is there.',
    action: 'IF NOT EXISTS, or drop it first.',
    example: 'CREATE DATABASE default_database',
  },
  'database-in-use': {
    cause: 'The current database cannot be dropped.',
    action: 'USE another first.',
    example: 'DROP DATABASE default_database',
  },
  'database-not-empty': {
    cause: 'A database with tables in it is not dropped.',
    action: 'DROP DATABASE … CASCADE drops them too.',
    example: 'DROP DATABASE d',
  },
  'module-exists': {
    cause: 'The module is loaded already.',
    action: 'Leave the statement out.',
    example: 'LOAD MODULE core',
  },
  'temporary-exists': {
    cause: 'A temporary table hides the one that is meant.',
    action: 'DROP TEMPORARY TABLE first.',
    example: 'DROP TABLE t',
  },
  'column-in-use': {
    cause: 'A computed column, key, watermark or partition needs the column.',
    action: 'Change that first.',
    example: 'ALTER TABLE t DROP a',
  },
  'no-columns': {
    cause: 'A table or result would have no columns.',
    action: 'Declare columns; tables over files may go without, theirs come from the data.',
    example: "CREATE TABLE t WITH ('connector' = 'datagen')",
  },
  'no-time-attribute': {
    cause: 'A window needs a time attribute, and the column is a plain timestamp.',
    action: "Declare WATERMARK FOR c AS c - INTERVAL '5' SECOND in CREATE TABLE, and pass the column on unchanged.",
    example: "SELECT * FROM TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' HOUR)",
  },
  'not-a-source': {
    cause: 'The connector can only be written to.',
    action: 'Read another table.',
    example: 'SELECT * FROM printed',
  },
  'not-a-sink': {
    cause: 'The connector can only be read, or cannot do this kind of writing.',
    action: 'Write to another table.',
    example: 'INSERT INTO generated SELECT 1',
  },
  'not-append-only': {
    cause: 'The sink takes new rows only, and the query takes rows back.',
    action: 'Group by window, or write to a sink that takes changes.',
    example: 'INSERT INTO files SELECT a, COUNT(*) FROM t GROUP BY a',
  },
  'updates-into-sink': {
    cause: 'The sink cannot take back rows, and the query does.',
    action: 'Group by window_start and window_end for final rows, declare a PRIMARY KEY, or use a sink that takes changes.',
    example: 'INSERT INTO files SELECT a, COUNT(*) FROM t GROUP BY a',
  },
  'updates-into-window': {
    cause: 'Windows need rows that are never taken back.',
    action: 'Assign windows before the aggregation whose results change.',
    example: "SELECT * FROM TUMBLE(TABLE totals, DESCRIPTOR(ts), INTERVAL '1' HOUR)",
  },
  updating: {
    cause: 'The result takes rows back, which this method cannot show.',
    action: 'changes() shows them.',
    example: 'await table.toArray()',
  },
  endless: {
    cause: 'The result never ends, and this asks for its end.',
    action: '--output changelog, changes(), LIMIT n, or bound the source.',
    example: 'await endless.toArray()',
  },
  'unbounded-batch': {
    cause: 'Batch mode reads a table that never ends.',
    action: "SET 'execution.runtime-mode' = 'streaming', or bound the source.",
    example: 'SELECT * FROM endless',
  },
  'unbounded-sort': {
    cause: 'Rows of an endless input are to be put in order.',
    action: 'Order by the time attribute first, or add LIMIT n.',
    example: 'SELECT * FROM endless ORDER BY price',
  },
  'foreign-column': {
    cause: 'A callback of the Table API uses a column of another row.',
    action: 'Use the argument it is given.',
    example: 'a.where(() => other.x.gt(1))',
  },
  'bad-argument': {
    cause: 'A function got a value it cannot work with.',
    action: 'Check the value in the query, or filter such rows.',
    example: "SELECT MAP_FROM_ARRAYS(ARRAY['a'], ARRAY[1, 2])",
  },
  'bad-cast': {
    cause: 'A value cannot be cast to the type.',
    action: 'TRY_CAST gives NULL instead.',
    example: "SELECT CAST('x' AS INT)",
  },
  'out-of-range': {
    cause: 'A result is outside of its type.',
    action: 'Cast the operands to a wider type, or use TRY_CAST.',
    example: 'SELECT CAST(300 AS TINYINT)',
  },
  'division-by-zero': {
    cause: 'An integer or decimal was divided by zero.',
    action: 'NULLIF(divisor, 0) gives NULL instead.',
    example: 'SELECT 1 / 0',
  },
  'null-in-not-null': {
    cause: 'A row has NULL in a column that is NOT NULL.',
    action: "COALESCE it, or SET 'table.exec.sink.not-null-enforcer' = 'DROP'.",
    example: 'INSERT INTO t SELECT CAST(NULL AS INT)',
  },
  'null-rowtime': {
    cause: 'The time of a row is NULL.',
    action: 'Filter such rows, or COALESCE the column in a computed one.',
    example: 'SELECT * FROM t',
  },
  'null-map-key': {
    cause: 'A map that is written has a NULL key, which the format does not have.',
    action: 'Filter or replace the key.',
    example: 'INSERT INTO t SELECT MAP[CAST(NULL AS STRING), 1]',
  },
  'null-value': {
    cause: 'The format has no NULL, and a row has one.',
    action: 'COALESCE it.',
    example: 'INSERT INTO raw_table SELECT CAST(NULL AS STRING)',
  },
  'bad-record': {
    cause: 'A record cannot be read as its format.',
    action: "'json.ignore-parse-errors' = 'true' (or 'csv.…') leaves it out and counts it.",
    example: 'SELECT * FROM t',
  },
  'bad-partition-time': {
    cause: "The time of a partition cannot be read from its columns' values.",
    action: "Say how it is made of them: 'partition.time-extractor.timestamp-pattern' and 'timestamp-formatter'.",
  },
  'bad-file': {
    cause: 'A file is damaged, cut off, or of another format.',
    action: "Check the file and 'format'.",
    example: "SELECT * FROM 'cut.parquet'",
  },
  'record-too-long': {
    cause: 'A record is longer than what is read at once.',
    action: 'Check the line delimiter.',
    example: 'SELECT * FROM t',
  },
  'file-not-found': {
    cause: 'No file or directory is there.',
    action: 'Paths are relative to the SQL file, in the shell to the working directory.',
    example: "SELECT * FROM 'nowhere.csv'",
  },
  'unreadable-file': {
    cause: 'A file given on the command line or to CREATE FUNCTION cannot be read.',
    action: 'Check the path and its rights.',
    example: "CREATE FUNCTION f USING 'nowhere.wasm'",
  },
  'too-many-partitions': {
    cause: 'Rows of too many partitions would have to be open at the same time.',
    action: 'Sort by the partition columns, or write fewer.',
    example: 'INSERT INTO files SELECT * FROM t',
  },
  io: {
    cause: 'Reading or writing failed outside of Tidemill.',
    action: "The message is the system's.",
    example: 'INSERT INTO files SELECT * FROM t',
  },
  'spill-failed': {
    cause:
      'State that does not fit into memory has to go to disk, and cannot: the disk is full, or the folder cannot be written.',
    action: 'Make room, name another folder with tidemill.spill.dir, or raise --memory. The last checkpoint is good.',
    example: "SET 'tidemill.spill.dir' = '/full'; SELECT k, COUNT(*) FROM t GROUP BY k",
  },
  'out-of-memory': {
    cause: 'A task needs more memory than it may have.',
    action: 'More parallelism spreads state; a window or TTL bounds it; --memory raises the budget.',
    example: 'SELECT DISTINCT a FROM t',
  },
  usage: {
    cause: 'The command line is not understood.',
    action: 'tidemill COMMAND --help.',
    example: 'tidemill run',
  },
  'demo-data': {
    cause: 'The demo could not fetch its data.',
    action: 'Check the network, or run it once where there is one.',
    example: 'tidemill demo',
  },
  'duckdb-missing': {
    cause: "DuckDB's library could not be loaded.",
    action: "Reinstall on this platform, or SET 'duckdb.stages' = 'off'.",
    example: 'SELECT 1',
  },
  'duckdb-row-error': {
    cause: "A row made a stage in DuckDB fail; the stage is run again on Tidemill's own operators.",
    action: 'Nothing: seen only if that fails too.',
    example: "SELECT CAST('x' AS INT)",
  },
  interrupted: {
    cause: 'A stage was stopped from outside.',
    action: 'Start it again.',
    example: 'SELECT * FROM t',
  },
  'state-dropped': {
    cause: 'A checkpoint holds state of operators that the edited program has no place for.',
    action:
      '`tidemill state diff FILE.sql DIR` shows what is kept, dropped and starts empty. --allow-non-restored-state leaves the rest behind; an operator that only got another id can be given the old one with tidemill.operator-ids.',
    example: 'tidemill run changed.sql --checkpoints DIR --restore latest',
  },
  'checkpoint-timeout': {
    cause: 'A checkpoint took longer than execution.checkpointing.timeout.',
    action:
      'The message names the operators that had not answered: those are slow, or wait for a sink that is full. Give it more time, or allow failures with execution.checkpointing.tolerable-failed-checkpoints.',
    example: "SET 'execution.checkpointing.timeout' = '1 min'",
  },
  'no-savepoint': {
    cause: 'A savepoint was asked of a job that makes no checkpoints, or that has ended.',
    action: 'Start the job with --checkpoints DIR: the same machinery makes both.',
    example: 'tidemill savepoint JOB DIR',
  },
  'state-exists': {
    cause: 'The folder of checkpoints holds some of this job.',
    action: '--restore latest goes on from them, --fresh starts anew.',
    example: 'tidemill run job.sql --checkpoints DIR',
  },
  'bad-checkpoint': {
    cause: 'None of the checkpoints in a folder can be used.',
    action: 'Start anew with --fresh.',
    example: 'tidemill run job.sql --checkpoints DIR --restore latest',
  },
  ...udfErrorCodes,
  program: {
    cause: "A program of the user's threw an exception that is not ours.",
    action: "The message is the program's own.",
    example: 'tidemill run job.ts',
  },
  'bad-json': {
    cause: 'A text is not JSON, or a path is not one of SQL/JSON.',
    action: 'IS JSON tests it; ON ERROR says what to give instead.',
    example: "SELECT JSON_VALUE('{', '$.a' ERROR ON ERROR)",
  },
  'duplicate-key': {
    cause: 'A JSON object would have a key twice.',
    action: 'Give each key once.',
    example: "SELECT JSON_OBJECT('a' VALUE 1, 'a' VALUE 2)",
  },
  'missing-primary-key': {
    cause: 'A table whose rows are the latest of each key does not say what the key is.',
    action: 'Declare PRIMARY KEY (…) NOT ENFORCED in its CREATE TABLE.',
    example: 'SELECT * FROM upserts',
  },
  ...kafkaErrorCodes,
  ...serverErrorCodes,
  internal: {
    cause: "A bug of Tidemill's.",
    action: 'Please report it with the statement.',
  },
};
