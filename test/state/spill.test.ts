import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { keyWords } from '../../core/codegen/hash.ts';
import { keyLayoutOf } from '../../core/columnar/key-layout.ts';
import { types } from '../../core/columnar/types.ts';
import { columnOf } from '../../core/columnar/write-values.ts';
import { loadKernels } from '../../core/kernels/index.ts';
import { createTable, type GroupTable, type SlicedTable, type ValueTable } from '../../core/state/index.ts';
import { relieveMemory } from '../../core/state/memory-relief.ts';
import { packRows } from '../../core/state/packed-rows.ts';
import { type SpillFile, type SpillFiles, spillFilesIn } from '../../core/storage/spill-files.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';
import { openSession, rowTexts, runStatement } from '../support/run-statements.ts';

const memory = new TaskMemory();
const kernels = loadKernels(memory);
const key = keyLayoutOf([types.bigint(false), types.string()]);
const payload = { bytes: 24, viewOffsets: [8] };
const textOf = (number: number): string => (number % 3 === 0 ? `a text that is long enough ${number}` : `t${number}`);

/** Files, and how many bytes are in them. */
function counted(): SpillFiles & { bytes: number; open: number } {
  const inner = spillFilesIn();
  const files = {
    bytes: 0,
    open: 0,
    create(): SpillFile {
      const file = inner.create();
      files.open++;
      return {
        get sizeBytes() {
          return file.sizeBytes;
        },
        append(bytes) {
          files.bytes += bytes.length;
          file.append(bytes);
        },
        read: (at, target) => file.read(at, target),
        close() {
          files.open--;
          file.close();
        },
      };
    },
  };
  return files;
}

/** Adds 1 to each key's count, and keeps its text of the last time. */
function add(table: GroupTable, numbers: readonly number[], text: string): void {
  memory.arena.reset();
  table.store.collectGarbage();
  const columns = [
    columnOf(memory, types.bigint(false), numbers.map(BigInt)),
    columnOf(memory, types.string(), numbers.map(textOf)),
  ];
  const packed = packRows(memory, kernels, key, columns, numbers.length);
  const { words, views } = keyWords(key);
  const hashes = memory.arena.allocate(4 * numbers.length);
  kernels.hash_key_rows(packed, numbers.length, words, views, hashes);
  const rows = memory.arena.allocateZeroed(4 * numbers.length);
  table.findOrInsert(hashes, packed, rows, 0, numbers.length);
  const view = columnOf(memory, types.string(), [text]).data;
  for (let index = 0; index < numbers.length; index++) {
    const at = table.store.payload(memory.u32[(rows >>> 2) + index]!);
    memory.i64[at >>> 3] = memory.i64[at >>> 3]! + 1n;
    table.store.ensureHeap(1024);
    kernels.heap_store_view(table.store.block, at + 8, view);
  }
}

/** Number, count and text of every row. */
function contents(table: GroupTable): string[] {
  const found: string[] = [];
  const cursor = { shard: 0, slot: 0 };
  for (;;) {
    memory.arena.reset();
    const [rows, hashes] = [memory.arena.allocate(4 * 50), memory.arena.allocate(4 * 50)];
    const count = table.scanAll(cursor, 50, rows, hashes);
    if (count === 0) return found.sort();
    for (let index = 0; index < count; index++) {
      const row = memory.u32[(rows >>> 2) + index]!;
      const at = table.store.payload(row);
      const length = memory.u32[(at + 8) >>> 2]!;
      const from = length > 12 ? memory.u32[(at + 16) >>> 2]! : at + 12;
      const text = Buffer.from(memory.u8.slice(from, from + length)).toString();
      found.push(`${memory.i64[(row + 8) >>> 3]} ${memory.i64[at >>> 3]} ${text}`);
    }
  }
}

const spec = { kind: 'value', name: 'groups', key, payload, spills: true } as const;

describe('state beyond the memory budget', () => {
  test('a table gives the same rows, however often they go to disk and come back', () => {
    const steps = fc.array(
      fc.record({
        numbers: fc.array(fc.nat({ max: 400 }), { minLength: 1, maxLength: 120 }),
        after: fc.constantFrom('nothing', 'limit', 'relieve', 'relieve', 'all', 'restore'),
      }),
      { minLength: 1, maxLength: 40 },
    );
    const files = counted();
    fc.assert(
      fc.property(steps, given => {
        let table = createTable(spec, memory, kernels, { spill: files, shardRowsMax: 150 }) as ValueTable;
        const wanted = new Map<number, { count: number; text: string }>();
        for (const [index, { numbers, after }] of given.entries()) {
          const text = index % 2 === 0 ? `the text of the step ${index}` : `s${index}`;
          add(table.groups, numbers, text);
          for (const number of numbers) wanted.set(number, { count: (wanted.get(number)?.count ?? 0) + 1, text });
          memory.arena.reset();
          if (after === 'limit') table.groups.limitHotRows(64);
          if (after === 'relieve') table.groups.relieve();
          if (after === 'all') table.groups.spillAll();
          if (after === 'restore') {
            const images = table.snapshot();
            table.close();
            table = createTable(spec, memory, kernels, { spill: files }) as ValueTable;
            table.restore(images);
          }
          expect(table.rowCount()).toBe(wanted.size);
        }
        expect(contents(table.groups)).toEqual([...wanted].map(([n, { count, text }]) => `${n} ${count} ${text}`).sort());
        table.close();
        expect(files.open).toBe(0);
      }),
      { numRuns: 40 },
    );
    expect(files.bytes).toBeGreaterThan(0);
  });

  test('a task over its budget lets slices go that end first, and then rows that are not used', () => {
    const files = counted();
    const sliced = createTable({ ...spec, kind: 'sliced' }, memory, kernels, { spill: files }) as SlicedTable;
    const value = createTable(spec, memory, kernels, { spill: files }) as ValueTable;
    const numbers = Array.from({ length: 3000 }, (_, index) => index);
    for (const end of [1000, 2000, 3000]) add(sliced.slice(end), numbers, 'x');
    add(value.groups, numbers, 'y');
    memory.arena.reset();
    memory.budgetBytes = memory.usedBytes - 1;
    relieveMemory(memory, [sliced, value]);
    expect(sliced.peek(1000)!.hotRows).toBe(0);
    expect(value.groups.hasCold).toBe(false);
    memory.budgetBytes = 1;
    relieveMemory(memory, [sliced, value]);
    expect(sliced.peek(2000)!.hotRows).toBe(0);
    expect(sliced.peek(3000)!.hotRows).toBe(3000);
    relieveMemory(memory, [sliced, value]);
    add(value.groups, [3001, 3002], 'z');
    relieveMemory(memory, [sliced, value]);
    expect(value.groups.hotRows).toBeLessThan(3002);
    expect(value.groups.rowCount()).toBe(3002);
    memory.budgetBytes = Number.POSITIVE_INFINITY;
    sliced.close();
    value.close();
    expect(files.open).toBe(0);
  });

  test('a folder that cannot be written is named as the cause, with what to do', () => {
    const table = createTable(spec, memory, kernels, { spill: spillFilesIn('/dev/null/none') }) as ValueTable;
    add(table.groups, [1, 2, 3], 'x');
    expect(() => table.groups.spillAll()).toThrow(/cannot be kept on disk, in \/dev\/null\/none: ENOTDIR/);
    table.close();
  });

  test('what a process that was killed left behind goes, that of others stays', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tidemill-left-'));
    // no process has a number beyond the greatest that systems give
    const [dead, own, other] = [`tidemill-${2 ** 22 + 7}-0.spill`, `tidemill-${process.pid}-8.spill`, 'notes.spill'] as const;
    for (const name of [dead, own, other]) writeFileSync(join(folder, name), 'x');
    spillFilesIn(folder).create().close();
    expect(readdirSync(folder).sort()).toEqual([other, own].sort());
    rmSync(folder, { recursive: true });
  });
});

describe('queries within a quarter of a mebibyte', () => {
  const rows = 8_000;
  const source = `CREATE TABLE g (id BIGINT, k AS MOD(id * 7919, 3000), t AS CONCAT('a text that is not short ', CAST(MOD(id, 977) AS STRING)),
      ts AS TO_TIMESTAMP_LTZ(id, 3), WATERMARK FOR ts AS ts)
    WITH ('connector' = 'datagen', 'number-of-rows' = '${rows}', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '${rows}')`;
  const window = (name: string): string =>
    `TABLE(${name}(TABLE g, DESCRIPTOR(ts), INTERVAL '2' SECOND${name === 'TUMBLE' ? '' : ", INTERVAL '6' SECOND"}))`;
  const over = (frame: string): string => `SELECT k, id, t, SUM(id) OVER (PARTITION BY k ORDER BY ts ${frame}) FROM g`;
  const streams = [
    'SELECT k, COUNT(*), SUM(id), MAX(id) FROM g GROUP BY k',
    "SELECT CONCAT('a key that is not short ', CAST(k AS STRING)), MAX(CONCAT('nor is this one ', CAST(id AS STRING))) FROM g GROUP BY CONCAT('a key that is not short ', CAST(k AS STRING))",
    'SELECT MOD(k, 50), COUNT(DISTINCT id), SUM(DISTINCT k) FROM g GROUP BY MOD(k, 50)',
    ...['TUMBLE', 'HOP', 'CUMULATE'].map(
      name => `SELECT k, window_end, COUNT(*), SUM(id) FROM ${window(name)} GROUP BY k, window_start, window_end`,
    ),
    ...['TUMBLE', 'HOP', 'CUMULATE'].map(
      name =>
        `SELECT t, window_end, MAX(CONCAT(t, CAST(id AS STRING))), FIRST_VALUE(id), LAST_VALUE(t), AVG(id) FROM ${window(name)} GROUP BY t, window_start, window_end`,
    ),
    `SELECT MOD(k, 7), window_end, COUNT(DISTINCT id) FROM ${window('HOP')} GROUP BY MOD(k, 7), window_start, window_end`,
    'SELECT c, COUNT(*) FROM (SELECT k, COUNT(*) AS c FROM g GROUP BY k) GROUP BY c',
    'SELECT MOD(k, 700), MIN(s), MAX(s) FROM (SELECT k, t, SUM(id) AS s FROM g GROUP BY k, t) GROUP BY MOD(k, 700)',
    'SELECT k, ARRAY_AGG(t) FROM g GROUP BY k',
    'SELECT k, id, t FROM (SELECT k, id, t, ROW_NUMBER() OVER (PARTITION BY k ORDER BY id DESC) AS n FROM g) WHERE n <= 2',
    over('ROWS BETWEEN 2 PRECEDING AND CURRENT ROW'),
    over("RANGE BETWEEN INTERVAL '3' SECOND PRECEDING AND CURRENT ROW"),
    over('ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW'),
    "SELECT k, window_start, window_end, MAX(t) FROM TABLE(SESSION(TABLE g PARTITION BY k, DESCRIPTOR(ts), INTERVAL '7' SECOND)) GROUP BY k, window_start, window_end",
    `SELECT * FROM g MATCH_RECOGNIZE (PARTITION BY k ORDER BY ts MEASURES a.id AS x, LAST(b.t) AS y AFTER MATCH SKIP PAST LAST ROW
      PATTERN (a b) DEFINE b AS MOD(b.id, 2) = 0) AS m`,
  ];
  const batches = [
    'SELECT a.k, a.id, b.id, b.t FROM g AS a LEFT JOIN g AS b ON a.k = b.k AND MOD(b.id, 5) = 0 AND b.id <> a.id',
    'SELECT a.k, a.t, b.id FROM (SELECT * FROM g WHERE MOD(id, 3) = 0) AS a FULL JOIN (SELECT * FROM g WHERE MOD(id, 2) = 0) AS b ON a.k = b.k',
    'SELECT t, id FROM g WHERE NOT EXISTS (SELECT 1 FROM g AS b WHERE b.k = g.k + 1 AND MOD(b.id, 3) > 0)',
    'SELECT k, id, t, ROW_NUMBER() OVER (PARTITION BY MOD(k, 500) ORDER BY id DESC) FROM g',
    'SELECT k, id, t FROM g ORDER BY t DESC, k',
    'SELECT k, id, t FROM g ORDER BY k, id OFFSET 2990 ROWS',
  ];
  const statements = [...streams.map(sql => ['streaming', sql] as const), ...batches.map(sql => ['batch', sql] as const)];
  const folder = mkdtempSync(join(tmpdir(), 'tidemill-spill-'));
  const sessions = [undefined, 1 << 18].map(taskMemoryBytes =>
    openSession({
      name: 'spill',
      settings: { 'duckdb.stages': 'off' },
      engine: { batchRows: 1000, ...(taskMemoryBytes !== undefined && { taskMemoryBytes }) },
    }),
  );
  afterAll(async () => {
    await Promise.all(sessions.map(session => session.close()));
    rmSync(folder, { recursive: true });
  });
  const declared = Promise.all(sessions.map(session => runStatement(session, source, '.')));

  test.each(statements)('%s: %s', async (mode, statement) => {
    await declared;
    // it is made when the first file is
    const own = join(folder, String(statements.findIndex(([, sql]) => sql === statement)));
    const settings = `SET 'execution.runtime-mode' = '${mode}'; SET 'tidemill.spill.dir' = '${own}'; ${statement}`;
    const [wanted, found] = await Promise.all(sessions.map(session => runStatement(session, settings, '.')));
    const isOrdered = statement.includes(' ORDER BY k, id') || statement.includes('ORDER BY t DESC');
    const texts = [found!, wanted!].map(each => (isOrdered ? rowTexts(each) : rowTexts(each).sort()));
    expect(texts[0]).toEqual(texts[1]);
    expect(existsSync(own), 'nothing went to disk').toBe(true);
    expect(readdirSync(own)).toEqual([]);
  });
});
