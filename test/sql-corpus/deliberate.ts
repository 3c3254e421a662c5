/** Statements that Flink refuses and that run here on purpose, by the reason. */
export const lenient: Readonly<Record<string, readonly string[]>> = {
  'a NULL without a type is read where the type is clear, or has the type NULL': [
    "INSERT INTO hole SELECT 1, 'x', NULL",
    'SELECT NULL',
    'SELECT NULL AS x FROM numbers',
    'SELECT UPPER(NULL)',
    "VALUES (1, CAST(NULL AS STRING)), (NULL, 'b')",
  ],
  'words of other dialects that mean one thing only': [
    'SELECT a != b FROM numbers',
    'SELECT price FROM bid LIMIT 5, 10',
    'SELECT a FROM numbers ORDER BY b, c DESC NULLS LAST OFFSET 1 LIMIT 5',
    'SELECT channel FROM bid FETCH FIRST ROW ONLY',
    'SELECT channel FROM bid MINUS SELECT d FROM numbers',
    'SELECT CAST(a AS INT NOT NULL) FROM numbers',
    'INSERT INTO TABLE printed SELECT channel, price FROM bid',
    "INSERT OVERWRITE TABLE files PARTITION (`day` = '2026-01-01', `hour` = 3) SELECT a, d FROM numbers",
    "CREATE TABLE w38 (a INT) WITH ('connector' = 'datagen',)",
    'SELECT 1 WHERE TRUE',
  ],
  'DESCRIBE says what it describes, as the documentation has it': [
    'DESCRIBE TABLE t13',
    'DESCRIBE DATABASE d2',
    'DESCRIBE DATABASE EXTENDED d2',
  ],
  'a declaration that is listed twice, or a list that is empty, does no harm': [
    'USE MODULES core, core',
    'SHOW PROCEDURES',
    "SHOW PROCEDURES LIKE 'x%'",
    "SHOW PROCEDURES IN default_database ILIKE 'x%'",
  ],
  'ANALYZE gathers nothing here, so that it needs no files': [
    'ANALYZE TABLE numbers COMPUTE STATISTICS',
    'ANALYZE TABLE numbers COMPUTE STATISTICS FOR COLUMNS a, b',
    'ANALYZE TABLE numbers COMPUTE STATISTICS FOR ALL COLUMNS',
    "ANALYZE TABLE files PARTITION (`day` = '2026-01-01', `hour`) COMPUTE STATISTICS",
  ],
  'bounded statements run in streaming mode too': ["INSERT OVERWRITE files SELECT a, d, '1', 2 FROM numbers"],
  'numbers with more digits than a BIGINT are DECIMAL, intervals may be longer than two digits': [
    'SELECT 123456789012345678901234567890',
    'SELECT 9223372036854775808',
    'SELECT 1234567890123456789.1234567890123456789',
    "SELECT INTERVAL '100' DAY",
    "SELECT INTERVAL '1000' DAY(3)",
  ],
  'a type that Flink has elsewhere': [
    "CREATE TABLE spans (a INTERVAL YEAR TO MONTH, b INTERVAL DAY TO SECOND) WITH ('connector' = 'blackhole')",
    "CREATE TABLE spans2 (a INTERVAL YEAR, b INTERVAL MONTH, c INTERVAL DAY(3), d INTERVAL HOUR TO MINUTE, e INTERVAL DAY(3) TO SECOND(6)) WITH ('connector' = 'blackhole')",
  ],
  'what Flink reads and cannot compile': [
    "SELECT INTERVAL '1' DAY / 2",
    "SELECT a = '1' FROM numbers",
    'SELECT d = 1 FROM numbers',
    'SELECT LOCALTIMESTAMP(3)',
    'SELECT CURRENT_TIMESTAMP(3)',
    'SELECT LOCALTIME(0)',
    'SELECT channel FROM bid OFFSET 5',
    'SELECT APPROX_COUNT_DISTINCT(channel) FROM bid',
    'SELECT * FROM bid QUALIFY ROW_NUMBER() OVER (PARTITION BY channel ORDER BY price DESC) <= 3',
    'SELECT channel, LAG(price, 1, 0) OVER (PARTITION BY channel ORDER BY ts) FROM bid',
    'SELECT channel, SUM(price) OVER (PARTITION BY channel ORDER BY ts), COUNT(*) OVER (PARTITION BY bidder ORDER BY ts) FROM bid',
  ],
  'patterns may have groups, alternatives, and end in any quantifier': [
    'SELECT * FROM bid MATCH_RECOGNIZE (ORDER BY ts MEASURES A.price AS p AFTER MATCH SKIP TO LAST B PATTERN (A B{2,4} C?) DEFINE B AS B.price > 5, C AS TRUE)',
    'SELECT * FROM bid MATCH_RECOGNIZE (ORDER BY ts MEASURES A.price AS p AFTER MATCH SKIP TO FIRST B PATTERN (A B{3} C{2,} D{,5}) DEFINE B AS B.price > 5)',
    'SELECT * FROM bid MATCH_RECOGNIZE (ORDER BY ts MEASURES A.price AS p PATTERN (A B*? C+? D??  E) DEFINE B AS B.price > 5)',
    'SELECT * FROM bid MATCH_RECOGNIZE (PARTITION BY bidder ORDER BY ts MEASURES A.price AS p PATTERN (A | B) DEFINE A AS TRUE)',
    'SELECT * FROM bid MATCH_RECOGNIZE (PARTITION BY bidder ORDER BY ts MEASURES A.price AS p PATTERN ((A B)+) DEFINE A AS TRUE)',
    'SELECT * FROM bid MATCH_RECOGNIZE (PARTITION BY bidder ORDER BY ts MEASURES A.price AS p PATTERN (A+) DEFINE A AS TRUE)',
  ],
  'a temporary table can be filled as well': ["CREATE TEMPORARY TABLE s10 WITH ('connector' = 'print') AS SELECT 1 AS a"],
};

/** Statements that Flink takes at first and that are refused here at once, by the reason. */
export const strict: Readonly<Record<string, readonly string[]>> = {
  'Flink finds out when the job runs, or when the table is used': [
    'SELECT a, NTILE(0) OVER (ORDER BY b) FROM numbers',
    "CREATE TABLE w10 (a VARCHAR(0)) WITH ('connector' = 'datagen')",
    "CREATE TABLE w11 (a DECIMAL(39, 2)) WITH ('connector' = 'datagen')",
    "CREATE TABLE w13 (a TIMESTAMP(10)) WITH ('connector' = 'datagen')",
    "CREATE TABLE w25 (a INT, b AS COUNT(*)) WITH ('connector' = 'datagen')",
    "SELECT * FROM TABLE(HOP(TABLE bid, DESCRIPTOR(ts), INTERVAL '3' MINUTES, INTERVAL '10' MINUTES))",
  ],
  'an endless input has no first and last row that a pattern could be anchored at': [
    'SELECT * FROM bid MATCH_RECOGNIZE (PARTITION BY bidder ORDER BY ts MEASURES A.price AS p PATTERN (^ A B $) DEFINE A AS TRUE)',
  ],
  'a function of a Java class was not made before, so there is none to alter': ["ALTER FUNCTION f1 AS 'com.example.G'"],
  'Flink overlooks what is too much': [
    'SELECT price FROM bid LIMIT 1.5',
    "SELECT * FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(ts, price), INTERVAL '10' MINUTES))",
  ],
};

/** Listings that differ on purpose, by the reason. */
export const otherListings: Readonly<Record<string, readonly string[]>> = {
  'EXCLUDING PARTITIONS leaves them out, as documented': ['SHOW CREATE TABLE l12'],
  'a catalog keeps the database it began with': ['SHOW DATABASES'],
  'other functions are there': ["SHOW FUNCTIONS FROM default_database LIKE 'upp%'", "SHOW FUNCTIONS ILIKE 'UPP%'"],
  'functions are described by what they are here': ['DESCRIBE FUNCTION EXTENDED `upper`'],
  'CREATE MODEL is not there yet': ['SHOW MODELS', "SHOW MODELS LIKE 'm%'"],
};
