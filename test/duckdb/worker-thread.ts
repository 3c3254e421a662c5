// Run by worker.test.ts: reads a statement, or closes its stage in the middle of one, and says when the thread may be ended.
import { parentPort, workerData } from 'node:worker_threads';
import { types } from '../../core/columnar/types.ts';
import { sharedDatabase } from '../../core/duckdb/database.ts';
import { statementsSettled } from '../../core/duckdb/running.ts';
import { DuckdbStage } from '../../core/duckdb/stage.ts';
import { drain } from './drain.ts';

const database = await sharedDatabase({ threads: 1 });
const { sql, closeAfterMs } = workerData as { sql: string; closeAfterMs?: number };
const result = await drain(context => {
  const stage = DuckdbStage.start(database, [sql], [{ name: 'n', type: types.bigint() }], context);
  if (closeAfterMs !== undefined) {
    setTimeout(() => {
      stage.close();
      context.wake();
    }, closeAfterMs);
  }
  return stage;
});
await statementsSettled();
parentPort!.postMessage(result.rows.length);
