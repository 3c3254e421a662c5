-- A function of your own, from a WebAssembly module: who is late?
CREATE TEMPORARY FUNCTION late USING '../cli/demo/late.wasm';

CREATE TABLE flights (origin STRING, delay DOUBLE) WITH ('connector' = 'filesystem', 'path' = '../docs/data/flights.csv', 'format' = 'csv');

SELECT origin, delay, late(delay) AS is_late FROM flights ORDER BY origin;
