import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Value } from '../../../core/columnar/values.ts';
import { valuesToBatch } from '../../../core/columnar/write-values.ts';
import { type Random, seededRandom } from '../../../core/common/environment.ts';
import type { ReadContext, ReadResult, ScanRequest, Source, SplitReader } from '../../../core/connectors/contract.ts';
import type { OperatorSpec } from '../../../core/operators/index.ts';
import type { PhysicalPlan } from '../../../core/physical/plan.ts';
import type { UserFunctionEntry } from '../../../core/runtime/index.ts';
import { Session } from '../../../core/session/session.ts';
import { loadUdf } from '../../../core/udf/index.ts';
import { blockTotalModule, totalModule } from '../../udf/aggregate-modules.ts';
import { runStatement } from '../run-statements.ts';
import { projectRoot } from '../source-files.ts';
import { insertPlan } from './insert-plan.ts';

export type Row = readonly Value[];
/** Rows by split. */
export type Input = readonly (readonly Row[])[];

const pick = (random: Random, below: number): number => random.next32() % below;

export interface SimulatedQuery {
  readonly name: string;
  readonly sql: string;
  /** Rows are only ever added: they may go into files. */
  readonly appends: boolean;
  /** Columns of the result that name a row that is changed; [] when none do. */
  readonly key: readonly number[];
  /** Which rows are too late depends on where batches end. */
  readonly vaguelyLate?: true;
}

const windows = (call: string): string =>
  `SELECT k, window_start, COUNT(*) AS c, SUM(v) AS s, MIN(n) AS f FROM TABLE(${call}) GROUP BY k, window_start, window_end`;

export const simulatedQueries: readonly SimulatedQuery[] = [
  { name: 'rows', sql: 'SELECT k, v, n FROM events WHERE v <> 3', appends: true, key: [] },
  {
    name: 'tumbling windows',
    sql: windows("TUMBLE(TABLE events, DESCRIPTOR(`at`), INTERVAL '0.1' SECOND)"),
    appends: true,
    key: [],
  },
  {
    name: 'sliding windows',
    sql: windows("HOP(TABLE events, DESCRIPTOR(`at`), INTERVAL '0.05' SECOND, INTERVAL '0.15' SECOND)"),
    appends: true,
    key: [],
  },
  {
    name: 'sessions',
    sql: windows("SESSION(TABLE events PARTITION BY k, DESCRIPTOR(`at`), INTERVAL '0.06' SECOND)"),
    appends: true,
    key: [],
    vaguelyLate: true,
  },
  {
    name: 'running sums',
    sql: 'SELECT k, n, SUM(v) OVER (PARTITION BY k ORDER BY `at` ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) AS s FROM events',
    appends: true,
    key: [],
  },
  {
    name: 'groups',
    sql: 'SELECT k, COUNT(*) AS c, SUM(v) AS s, MAX(n) AS l, COUNT(DISTINCT v) AS d FROM events GROUP BY k',
    appends: false,
    key: [0],
  },
  {
    name: 'groups of groups',
    sql: 'SELECT c, COUNT(*) AS ks, SUM(s) AS s FROM (SELECT k, COUNT(*) AS c, SUM(v) AS s FROM events GROUP BY k) GROUP BY c',
    appends: false,
    // replayed in another order, counts that a key never has any more would stay outside: so it is in Flink
    key: [],
  },
  {
    name: 'aggregates of users',
    sql: 'SELECT k, COUNT(*) AS c, total(v) AS s, block_total(DISTINCT v) AS d FROM events GROUP BY k',
    appends: false,
    key: [0],
  },
  {
    name: 'sliding windows with aggregates of users',
    sql: windows("HOP(TABLE events, DESCRIPTOR(`at`), INTERVAL '0.05' SECOND, INTERVAL '0.15' SECOND)")
      .replace('SUM(v)', 'total(v)')
      .replace('MIN(n)', 'block_total(n)'),
    appends: true,
    key: [],
  },
  {
    name: 'top rows',
    sql: 'SELECT k, v, n FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v DESC, n) AS r FROM events) WHERE r <= 2',
    appends: false,
    key: [],
  },
];

/** Milliseconds that the watermark stays behind. */
const delayMs = 20;
const ddl = `CREATE TABLE events (k STRING, v BIGINT, n BIGINT NOT NULL, \`at\` TIMESTAMP(3), WATERMARK FOR \`at\` AS \`at\` - INTERVAL '0.0${delayMs}' SECOND)
  WITH ('connector' = 'datagen', 'number-of-rows' = '1')`;

const modules = { total: totalModule(), block_total: blockTotalModule() };

/** What the queries call. */
export const simulatedFunctions: readonly UserFunctionEntry[] = Object.entries(modules).map(([name, bytes]) => ({
  name,
  module: loadUdf(bytes, { name: `${name}.wasm` }),
  export: 'total',
}));

/** Plans of all queries, at one to three tasks a stage, each ending in a sink. */
export async function simulatedPlans(): Promise<ReadonlyMap<string, readonly PhysicalPlan<OperatorSpec>[]>> {
  const session = new Session({ settings: { 'table.local-time-zone': 'UTC' }, output: () => undefined });
  await runStatement(session, ddl, projectRoot);
  const folder = mkdtempSync(join(tmpdir(), 'simulated-functions-'));
  for (const [name, bytes] of Object.entries(modules)) {
    writeFileSync(join(folder, `${name}.wasm`), bytes);
    await runStatement(session, `CREATE FUNCTION ${name} AS 'total' USING '${name}.wasm'`, folder);
  }
  rmSync(folder, { recursive: true });
  const plans = new Map<string, PhysicalPlan<OperatorSpec>[]>();
  for (const query of simulatedQueries) {
    const each: PhysicalPlan<OperatorSpec>[] = [];
    for (const parallelism of [1, 2, 3]) each.push(await insertPlan(session, query.sql, parallelism));
    plans.set(query.name, each);
  }
  await session.close();
  return plans;
}

/**
 * Events of a few keys in about the order of their times. In one split some come too late; where there are several none does, because which of them
 * are late would then depend on which split is read first.
 */
/** Whether an input has rows that come too late. */
export const hasLateRows = (seed: number): boolean => seed % 3 === 0;

export function simulatedInput(seed: number): Input {
  const random = seededRandom(seed);
  const splits = hasLateRows(seed) ? 1 : 2 + pick(random, 3);
  let number = 0;
  return Array.from({ length: splits }, (_, split) => {
    let timeMs = 1000;
    return Array.from({ length: 30 + pick(random, Math.floor(180 / splits)) }, (): Row => {
      timeMs += 4 * pick(random, 4);
      const behindMs = 4 * (splits === 1 && pick(random, 6) === 0 ? pick(random, 50) : pick(random, delayMs / 4));
      // rows of two splits never have the same time: which of them came first would show
      const time = BigInt(timeMs - behindMs + split) * 1000n;
      return [`k${pick(random, 5)}`, BigInt(pick(random, 9)), BigInt(number++), time];
    });
  });
}

/** Reads the rows of a split in pieces of any size, with pauses. */
export function simulatedSource(request: ScanRequest, input: Input, random: Random): Source {
  const { schema } = request.source;
  const read = request.columns.map(index => schema[index]!);
  return {
    discover: async () => input.map((_, index) => ({ id: String(index), data: { index } })),
    open(split, position, context: ReadContext): SplitReader {
      const rows = input[Number(split.data['index'])]!;
      let next = Number(position?.['row'] ?? 0);
      return {
        tryRead(rowsMax): ReadResult {
          if (next >= rows.length) return { kind: 'end' };
          const chance = pick(random, 8);
          if (chance === 0) return { kind: 'idle' };
          if (chance === 1) {
            setImmediate(context.wake);
            return { kind: 'pending' };
          }
          const piece = rows.slice(next, next + 1 + pick(random, rowsMax));
          next += piece.length;
          const values = piece.map(row => request.columns.map(index => row[index]!));
          return { kind: 'batch', batch: valuesToBatch(context.memory, read, values) };
        },
        position: () => ({ row: next }),
        close() {},
      };
    },
  };
}
