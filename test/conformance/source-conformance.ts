import { describe, expect, it } from 'vitest';
import { readRows } from '../../core/columnar/read-values.ts';
import type { Schema } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import type { Source, Split, SplitPosition } from '../../core/connectors/contract.ts';
import { type TestTask, testTask } from '../support/source-reading.ts';

export interface SourceUnderTest {
  readonly schema: Schema;
  /** The source of the table with only these columns and so many rows. */
  readonly open: (request?: { columns?: readonly string[]; limit?: number }) => Source | Promise<Source>;
}

interface Read {
  readonly rows: Value[][];
  /** Position after so many rows. */
  readonly positions: { readonly rows: number; readonly position: SplitPosition }[];
}

async function read(source: Source, split: Split, task: TestTask, rowsMax: number, position?: SplitPosition): Promise<Read> {
  const reader = source.open(split, position, task);
  const rows: Value[][] = [];
  const positions = [{ rows: 0, position: reader.position() }];
  const mark = task.memory.arena.mark();
  for (;;) {
    const result = reader.tryRead(rowsMax);
    if (result.kind === 'end') break;
    if (result.kind === 'pending') {
      const wakes = task.wakes;
      await new Promise(resolve => setImmediate(resolve));
      // A pending source calls wake; waiting on it here would hang where it does not, and the test's own limit says so.
      if (task.wakes === wakes) continue;
    } else if (result.kind === 'idle') task.nowMs += 50;
    else {
      expect(result.batch.length).toBeGreaterThan(0);
      expect(result.batch.length).toBeLessThanOrEqual(rowsMax);
      rows.push(...readRows(task.memory, result.batch));
      positions.push({ rows: rows.length, position: reader.position() });
      task.memory.arena.release(mark);
    }
  }
  expect(reader.tryRead(rowsMax).kind).toBe('end');
  reader.close();
  return { rows, positions };
}

const byText = (rows: readonly Value[][]): string[] =>
  rows.map(row => JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))).sort();

/** What every bounded source must hold to (design §7). */
export function describeSource(name: string, make: () => SourceUnderTest | Promise<SourceUnderTest>): void {
  describe(`source ${name}`, () => {
    const all = async (parallelism: number, rowsMax: number): Promise<Value[][]> => {
      const { open } = await make();
      const source = await open();
      const rows: Value[][] = [];
      for (const split of await source.discover(parallelism)) rows.push(...(await read(source, split, testTask(), rowsMax)).rows);
      return rows;
    };

    it('gives the same rows in batches of any size', async () => {
      const expected = await all(1, 8192);
      expect(expected.length).toBeGreaterThan(20);
      for (const rowsMax of [1, 7, 1000]) expect(await all(1, rowsMax)).toEqual(expected);
    });

    it('gives every row once at any parallelism', async () => {
      const expected = byText(await all(1, 8192));
      for (const parallelism of [2, 3]) expect(byText(await all(parallelism, 100))).toEqual(expected);
    });

    it('has splits and positions that are plain data, and ids that differ', async () => {
      const source = await (await make()).open();
      const splits = await source.discover(3);
      expect(JSON.parse(JSON.stringify(splits))).toEqual(splits);
      expect(new Set(splits.map(split => split.id)).size).toBe(splits.length);
      expect(await source.discover(3)).toEqual(splits);
      const { positions } = await read(source, splits[0]!, testTask(), 5);
      for (const { position } of positions) expect(JSON.parse(JSON.stringify(position))).toEqual(position);
    });

    it('reads on exactly from every position', async () => {
      const source = await (await make()).open();
      const splits: readonly Split[] = JSON.parse(JSON.stringify(await source.discover(2)));
      for (const split of splits) {
        const { rows, positions } = await read(source, split, testTask(), 9);
        const step = Math.max(1, Math.floor(positions.length / 12));
        for (let index = 0; index < positions.length; index += step) {
          const { rows: before, position } = positions[index]!;
          const rest = await read(source, split, testTask(), 4, JSON.parse(JSON.stringify(position)) as SplitPosition);
          expect(rest.rows).toEqual(rows.slice(before));
        }
      }
    });

    it('delivers only the columns asked for, in their order', async () => {
      const { schema, open } = await make();
      const full = await all(1, 8192);
      for (const columns of [[], [schema[0]!.name], schema.map(field => field.name).reverse()]) {
        const source = await open({ columns });
        const rows: Value[][] = [];
        for (const split of await source.discover(1)) rows.push(...(await read(source, split, testTask(), 50)).rows);
        const places = columns.map(column => schema.findIndex(field => field.name === column));
        expect(rows).toEqual(full.map(row => places.map(place => row[place]!)));
      }
    });

    it('stops at its limit, also after a restart', async () => {
      const source = await (await make()).open({ limit: 12 });
      const [split] = await source.discover(1);
      const { rows, positions } = await read(source, split!, testTask(), 5);
      expect(rows.length).toBe(12);
      const { rows: before, position } = positions[1]!;
      expect((await read(source, split!, testTask(), 5, position)).rows).toEqual(rows.slice(before));
    });

    it('closes half-way, and gives its memory back', async () => {
      const source = await (await make()).open();
      const [split] = await source.discover(1);
      const task = testTask();
      let used = 0;
      for (let round = 0; round < 20; round++) {
        const reader = source.open(split!, undefined, task);
        reader.tryRead(3);
        await new Promise(resolve => setImmediate(resolve));
        reader.tryRead(3);
        reader.close();
        task.memory.arena.reset();
        if (round === 9) used = task.memory.sizeBytes;
      }
      expect(task.memory.sizeBytes).toBe(used);
    });
  });
}
