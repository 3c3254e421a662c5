import { readRows } from '../../columnar/read-values.ts';
import type { Schema } from '../../columnar/types.ts';
import type { Value } from '../../columnar/values.ts';
import { sharedDatabase } from '../../duckdb/database.ts';
import { DuckdbStage } from '../../duckdb/stage.ts';
import { TaskMemory } from '../../wasm/memory.ts';

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** The demo's first query, written for DuckDB; `late` is spelled out, because DuckDB has no wasm functions. */
export function twinStatement(file: string): string {
  return `SELECT origin, date_trunc('day', "date")::TIMESTAMP AS window_start, count(*) AS flights, avg(delay::DOUBLE) AS average_delay,
    max(delay) AS worst_delay, avg(CASE WHEN delay > 15 THEN 1.0::DOUBLE ELSE 0.0::DOUBLE END) AS late_share
    FROM read_parquet(${text(file)}) GROUP BY 1, 2`;
}

/** Runs a statement in DuckDB alone, on one thread, and reads its rows. */
export async function runDuckdb(sql: string, schema: Schema): Promise<Value[][]> {
  const memory = new TaskMemory();
  let wake: () => void = () => undefined;
  const stage = DuckdbStage.start(await sharedDatabase({ threads: 1 }), [sql], schema, { memory, wake: () => wake() });
  const rows: Value[][] = [];
  try {
    for (;;) {
      const woken = new Promise<void>(settle => {
        wake = settle;
      });
      const result = stage.tryRead(8192);
      if (result.kind === 'end') return rows;
      if (result.kind === 'pending') await woken;
      else {
        for (const row of readRows(memory, result.batch)) rows.push(row);
        memory.arena.reset();
      }
    }
  } finally {
    stage.close();
  }
}

/** Writes the flights to `target` in the order of their real departures: date + delay. */
export async function writeByDeparture(file: string, target: string): Promise<void> {
  const database = await sharedDatabase({ threads: 1 });
  const connection = await database.connect();
  try {
    await connection.query(
      `COPY (SELECT * FROM read_parquet(${text(file)}) ORDER BY "date" + to_minutes(delay)) TO ${text(target)} (FORMAT parquet)`,
    );
  } finally {
    connection.close();
  }
}
