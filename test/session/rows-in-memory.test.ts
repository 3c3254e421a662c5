import { availableParallelism } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrowMessageOf } from '../../core/columnar/arrow-message.ts';
import { schemaHeader } from '../../core/columnar/arrow-schema-message.ts';
import { arrowSchemaOf } from '../../core/columnar/arrow-types.ts';
import { types } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { valuesToBatch } from '../../core/columnar/write-values.ts';
import { limits } from '../../core/common/limits.ts';
import { loadKernels } from '../../core/kernels/index.ts';
import { Ingest, tableOfPath } from '../../core/server/flight/ingest.ts';
import { Session } from '../../core/session/session.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';

const schema = [
  { name: 'k', type: types.string() },
  { name: 'v', type: types.bigint() },
  { name: 'd', type: types.double(false) },
];
const rowsPerMessage = 8192;
const messages = Math.ceil((3 * limits.memoryRowsPerTask) / rowsPerMessage);
const session = new Session();

/** The same message many times over: what is tested is who reads which. */
function put(name: string, times: number): void {
  const memory = new TaskMemory();
  const kernels = loadKernels(memory);
  const rows = Array.from({ length: rowsPerMessage }, (_, index): Value[] => [
    index % 11 === 0 ? null : `a key that is long enough: ${index % 97}`,
    index % 13 === 0 ? null : BigInt(index),
    index / 4,
  ]);
  const message = arrowMessageOf({ memory, kernels }, valuesToBatch(memory, schema, rows));
  const body = new Uint8Array(new SharedArrayBuffer(message.bodyBytes));
  message.writeBody(body, 0);
  const ingest = new Ingest(session, tableOfPath([name]), { ifExists: 'replace', ifMissing: 'create' });
  ingest.add({ header: schemaHeader(arrowSchemaOf(schema)), body: new Uint8Array(0) });
  for (let index = 0; index < times; index++) ingest.add({ header: message.header, body });
  ingest.finish();
}

const run = async (sql: string): Promise<(readonly Value[])[]> => {
  const rows: (readonly Value[])[] = [];
  for await (const result of session.run({ text: sql, source: 'test', baseDirectory: '.' }, 'final')) {
    if (result.kind === 'query') for await (const chunk of result.query.chunks()) rows.push(...chunk.rows);
    if (result.kind === 'text') rows.push([result.text]);
  }
  return rows;
};
const tasksOf = async (sql: string): Promise<number> =>
  Math.max(
    ...String((await run(`EXPLAIN ${sql}`))[0]![0])
      .matchAll(/stage-\d+ × (\d+)/g)
      .map(match => Number(match[1])),
  );
const oneTask = async <T>(act: () => Promise<T>): Promise<T> => {
  await run("SET 'parallelism.default' = '1'");
  try {
    return await act();
  } finally {
    await run("RESET 'parallelism.default'");
  }
};

beforeAll(() => {
  put('many', messages);
  put('few', 1);
});
afterAll(() => session.close());

describe('rows in memory', () => {
  const several = Math.min(availableParallelism(), 3);

  it('are grouped by several tasks, where there are many and nobody said how many tasks', async () => {
    const grouped = 'SELECT k, COUNT(*), MAX(v) FROM many WHERE d > 3 GROUP BY k';
    expect(await tasksOf(grouped)).toBe(several);
    expect(await tasksOf('SELECT AVG(d) FROM many')).toBe(several);
    expect(await tasksOf(`SELECT k FROM (${grouped}) ORDER BY k LIMIT 3`)).toBe(several);
    expect(await tasksOf(grouped.replace('many', 'few'))).toBe(1);
    expect(await oneTask(() => tasksOf(grouped))).toBe(1);
  });

  it('keep their order, where it can be seen', async () => {
    for (const sql of [
      'SELECT k, v FROM many WHERE d > 3',
      'SELECT v FROM many LIMIT 3',
      'SELECT k, FIRST_VALUE(v) FROM many GROUP BY k',
      'SELECT k, COUNT(DISTINCT v) FROM many GROUP BY k',
      'SELECT a.k, COUNT(*) FROM many a JOIN few b ON a.v = b.v GROUP BY a.k',
    ])
      expect(await tasksOf(sql), sql).toBe(1);
  });

  it('give the same groups', async () => {
    const text = (rows: readonly (readonly Value[])[]): string[] => rows.map(row => row.map(String).join()).sort();
    for (const sql of [
      'SELECT k, COUNT(*), SUM(v), MIN(v), MAX(k), AVG(d) FROM many WHERE d > 3 GROUP BY k',
      'SELECT v, k, COUNT(v) FROM many GROUP BY v, k',
      'SELECT COUNT(*), SUM(v), MAX(k), AVG(d) FROM many WHERE d > 3',
    ])
      expect(text(await run(sql)), sql).toEqual(text(await oneTask(() => run(sql))));
  });
});
