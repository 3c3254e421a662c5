import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recordBatchOf, writeIpc } from '../../core/columnar/arrow.ts';
import { readRows } from '../../core/columnar/read-values.ts';
import { type Schema, types } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { valuesToBatch } from '../../core/columnar/write-values.ts';
import type { ScanRequest, Source, SplitPosition } from '../../core/connectors/contract.ts';
import { connectorOf } from '../../core/connectors/index.ts';
import { sharedDatabase } from '../../core/duckdb/database.ts';
import { loadKernels } from '../../core/kernels/index.ts';
import { call, column, type Expression, literal } from '../../core/plan/expressions.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemill-binary-'));
const schema: Schema = [
  { name: 'n', type: types.bigint() },
  { name: 's', type: types.string() },
];
const rowOf = (n: number): Value[] => [BigInt(n), n % 3 === 0 ? null : `text number ${n}`];
const rowCount = 20_000;

beforeAll(async () => {
  const connection = await (await sharedDatabase({ threads: 1 })).connect();
  await connection.query(
    `COPY (SELECT range AS n, CASE WHEN range % 3 > 0 THEN 'text number ' || range END AS s FROM range(${rowCount}))
     TO '${join(folder, 'f.parquet')}' (FORMAT parquet, ROW_GROUP_SIZE 4096)`,
  );
  connection.close();
  const memory = new TaskMemory();
  const batches = [];
  for (let start = 0; start < rowCount; start += 3000) {
    const rows = Array.from({ length: Math.min(3000, rowCount - start) }, (_, index) => rowOf(start + index));
    batches.push(recordBatchOf(memory, valuesToBatch(memory, schema, rows), schema));
  }
  writeFileSync(join(folder, 'f.arrow'), writeIpc(schema, batches, 'file'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const connector = connectorOf('filesystem');
const sourceOf = (format: string, request: Partial<ScanRequest> = {}): Source =>
  connector.source!({
    source: {
      name: 't',
      connector: 'filesystem',
      options: { connector: 'filesystem', format, path: `f.${format}` },
      schema,
      bounded: true,
      baseDirectory: folder,
    },
    columns: [0, 1],
    ...request,
  });

/** Reads all splits one after the other; stops after `batchesMax` batches with the position there. */
async function read(source: Source, options: { rowsMax?: number; batchesMax?: number; position?: SplitPosition } = {}) {
  const rows: Value[][] = [];
  let position: SplitPosition | undefined;
  for (const split of await source.discover(1)) {
    const memory = new TaskMemory();
    let wake = () => {};
    const reader = source.open(split, options.position, {
      memory,
      kernels: loadKernels(memory),
      wake: () => wake(),
      epochMs: () => 0,
    });
    for (let batches = 0; batches < (options.batchesMax ?? Number.POSITIVE_INFINITY); ) {
      const woken = new Promise<void>(resolve => {
        wake = resolve;
      });
      memory.arena.reset();
      const result = reader.tryRead(options.rowsMax ?? 8192);
      if (result.kind === 'end') break;
      if (result.kind === 'batch') {
        rows.push(...readRows(memory, result.batch));
        batches++;
      } else await woken;
    }
    position = reader.position();
    reader.close();
  }
  return { rows, position };
}

const all = Array.from({ length: rowCount }, (_, n) => rowOf(n));

describe.each(['parquet', 'arrow'])('%s', format => {
  test('columns of a table declared without any', async () => {
    expect(await connector.inferSchema!({ format, path: `f.${format}` }, folder)).toEqual(schema);
  });

  test('all rows in order, some columns, a limit, small batches', async () => {
    expect((await read(sourceOf(format))).rows).toEqual(all);
    expect((await read(sourceOf(format, { columns: [1], limit: 5000 }))).rows).toEqual(all.slice(0, 5000).map(row => [row[1]]));
    expect((await read(sourceOf(format, { limit: 100 }), { rowsMax: 7 })).rows).toEqual(all.slice(0, 100));
  });

  test('reading is taken up again at a position', async () => {
    const source = sourceOf(format, { limit: 15_000 });
    const head = await read(source, { rowsMax: 1000, batchesMax: 5 });
    const tail = await read(source, { position: head.position! });
    expect([...head.rows, ...tail.rows]).toEqual(all.slice(0, 15_000));
  });

  test('a column that is not there has its nearest name', async () => {
    const wrong: Schema = [{ name: 'nn', type: types.bigint() }];
    const request = { source: { ...schemaSource(format), schema: wrong }, columns: [0] };
    await expect(read(connector.source!(request))).rejects.toThrow("has no column 'nn'");
  });
});

const schemaSource = (format: string): ScanRequest['source'] => ({
  name: 't',
  connector: 'filesystem',
  options: { connector: 'filesystem', format, path: `f.${format}` },
  schema,
  bounded: true,
  baseDirectory: folder,
});

describe('conditions', () => {
  const n = column(0, schema[0]!);
  const s = column(1, schema[1]!);
  const truth = types.boolean();
  const condition: Expression = call(
    'and',
    [call('greater-or-equal', [n, literal(19_990n, types.bigint(false))], truth), call('is-not-null', [s], types.boolean(false))],
    truth,
  );

  test('Parquet takes comparisons into its scan; nothing that may fail, and no other format any', () => {
    const { filter } = connector.capabilities;
    const scan = (format: string) => ({
      source: { name: 't', connector: 'filesystem', options: { format }, schema, bounded: true },
      columns: schema.map((_, index) => index),
    });
    expect(filter(condition, scan('parquet'))).toBe(true);
    expect(filter(condition, scan('csv'))).toBe(false);
    expect(filter(call('equals', [call('divide', [n, n], types.bigint()), n], truth), scan('parquet'))).toBe(false);
  });

  test('and applies them', async () => {
    expect((await read(sourceOf('parquet', { filter: condition }))).rows).toEqual(
      all.slice(19_990).filter(row => row[1] !== null),
    );
  });
});
