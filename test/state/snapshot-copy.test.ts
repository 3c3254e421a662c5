import { describe, expect, test } from 'vitest';
import { keyWords } from '../../core/codegen/hash.ts';
import { keyLayoutOf } from '../../core/columnar/key-layout.ts';
import { readColumn } from '../../core/columnar/read-values.ts';
import { types } from '../../core/columnar/types.ts';
import { columnOf } from '../../core/columnar/write-values.ts';
import { type Random, seededRandom } from '../../core/common/environment.ts';
import { loadKernels } from '../../core/kernels/index.ts';
import type { GroupTable } from '../../core/state/index.ts';
import {
  allKeyGroups,
  createTable,
  keyGroupOf,
  keyGroupsOf,
  type ShardImage,
  type SlicedTable,
  type ValueTable,
} from '../../core/state/index.ts';
import { packRows, unpackField } from '../../core/state/packed-rows.ts';
import { SnapshotCopy } from '../../core/state/snapshot-copy.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';

const memory = new TaskMemory();
const kernels = loadKernels(memory);
const key = keyLayoutOf([types.string(), types.int(false)]);
/** A count, and the text it was last changed with. */
const payload = { bytes: 24, viewOffsets: [8] };
const valueSpec = { kind: 'value', name: 't', key, payload } as const;
const slicedSpec = { kind: 'sliced', name: 's', key, payload } as const;
const pick = (random: Random, below: number): number => random.next32() % below;

type Rows = Map<string, { count: number; text: string }>;
const keyOf = (number: number): [string | null, number] => [
  number % 11 === 0 ? null : number % 3 === 0 ? `k${number}` : `a key too long for its view ${number}`,
  number % 7,
];
const nameOf = ([text, number]: readonly unknown[]): string => `${text}/${number}`;

function keysOf(numbers: readonly number[]) {
  const keys = numbers.map(keyOf);
  const columns = [
    columnOf(
      memory,
      types.string(),
      keys.map(each => each[0]),
    ),
    columnOf(
      memory,
      types.int(false),
      keys.map(each => each[1]),
    ),
  ];
  const packed = packRows(memory, kernels, key, columns, numbers.length);
  const { words, views } = keyWords(key);
  const hashes = memory.arena.allocate(4 * numbers.length);
  kernels.hash_key_rows(packed, numbers.length, words, views, hashes);
  return { packed, hashes, rows: memory.arena.allocate(4 * numbers.length) };
}

/** Changes a few rows, and takes some out. */
function change(groups: GroupTable, rows: Rows, numbers: readonly number[], text: string, remove: boolean): void {
  memory.arena.reset();
  groups.store.collectGarbage();
  const { packed, hashes, rows: found } = keysOf(numbers);
  groups.findOrInsert(hashes, packed, found, 0, numbers.length);
  const texts = columnOf(
    memory,
    types.string(false),
    numbers.map(() => text),
  );
  groups.store.ensureHeap(kernels.view_heap_bytes(numbers.length, texts.data));
  for (const [index, number] of numbers.entries()) {
    const row = groups.store.payload(memory.u32[(found >> 2) + index]!);
    memory.i32[row >> 2]! += 1;
    kernels.heap_store_view(groups.store.block, row + 8, texts.data + 16 * index);
    const name = nameOf(keyOf(number));
    rows.set(name, { count: (rows.get(name)?.count ?? 0) + 1, text });
  }
  if (!remove) return;
  groups.remove(1, found, hashes);
  rows.delete(nameOf(keyOf(numbers[0]!)));
}

function rowsOf(groups: GroupTable): Rows {
  memory.arena.reset();
  const count = groups.rowCount();
  const rows = memory.arena.allocate(4 * Math.max(count, 1));
  expect(groups.scanRows(groups.store.cursor(), count + 1, rows)).toBe(count);
  const texts = readColumn(memory, unpackField(memory, kernels, key, 0, count, rows), count);
  const numbers = readColumn(memory, unpackField(memory, kernels, key, 1, count, rows), count);
  const at = key.strideBytes + 8;
  const words = memory.arena.allocate(16 * Math.max(count, 1));
  kernels.rows_read_128(count, rows, at + 8, words);
  const changed = readColumn(memory, { type: types.string(false), validity: 0, data: words }, count);
  const found: Rows = new Map();
  for (let index = 0; index < count; index++) {
    const row = memory.u32[(rows >> 2) + index]!;
    found.set(nameOf([texts[index], numbers[index]]), { count: memory.i32[(row + at) >> 2]!, text: changed[index] as string });
  }
  return found;
}

const sorted = (rows: Rows) => [...rows].sort(([a], [b]) => (a < b ? -1 : 1));

describe('copies of tables that go on changing', () => {
  test.each(
    Array.from({ length: 24 }, (_, seed) => seed + 1),
  )('are what the table was, whole or by what changed since: seed %i', seed => {
    const random = seededRandom(seed);
    const table = createTable(valueSpec, memory, kernels, { shardRowsMax: 500 }) as ValueTable;
    const rows: Rows = new Map();
    const keys = 200 + pick(random, 4000);
    const some = (most: number): number[] => Array.from({ length: 1 + pick(random, most) }, () => pick(random, keys));
    let chain: readonly ShardImage[] = [];
    let increments = 0;
    for (let checkpointId = 1; checkpointId < 14; checkpointId++) {
      for (let batch = pick(random, checkpointId === 1 ? 20 : 4); batch >= 0; batch--)
        change(
          table.groups,
          rows,
          some(batch === 0 ? 5 : 400),
          `before ${checkpointId}`.padEnd(6 + pick(random, 20)),
          pick(random, 2) === 0,
        );
      memory.arena.reset();
      const expected: Rows = new Map(rows);
      const copy = new SnapshotCopy(memory, [table], { origin: 0, checkpointId, keyGroups: allKeyGroups });
      while (!copy.step(1))
        if (pick(random, 3) > 0) change(table.groups, rows, some(60), `while ${checkpointId} is copied`, pick(random, 2) === 0);
      const outcome = pick(random, 6);
      if (outcome === 0) {
        // one that nobody hears of again
        continue;
      }
      const [copied] = copy.tables();
      if (copied!.continues.length > 0) increments++;
      chain = [...(copied!.continues.length > 0 ? chain : []), ...copied!.images];
      copy.stands();
      memory.arena.reset();
      const restored = createTable(valueSpec, memory, kernels) as ValueTable;
      restored.restore(chain);
      expect(sorted(rowsOf(restored.groups))).toEqual(sorted(expected));
      restored.close();
      // the same rows over three tasks, each with its own
      const parts = [0, 1, 2].map(subtask => {
        const part = createTable(valueSpec, memory, kernels) as ValueTable;
        memory.arena.reset();
        part.restore(chain, keyGroupsOf(subtask, 3));
        const own = rowsOf(part.groups);
        part.close();
        return own;
      });
      expect(sorted(new Map(parts.flatMap(part => [...part])))).toEqual(sorted(expected));
      expect(parts.reduce((sum, part) => sum + part.size, 0)).toBe(expected.size);
    }
    expect(increments).toBeGreaterThan(0);
    table.close();
  });

  test.each([
    [0.1, true],
    [0.4, true],
    [0.6, false],
    [1, false],
  ])('of a large table of which %d has changed, only that is copied: %s', (share, onlyChanges) => {
    const table = createTable(valueSpec, memory, kernels) as ValueTable;
    const numbers = Array.from({ length: 40_000 }, (_, number) => number);
    const next = (checkpointId: number): boolean => {
      memory.arena.reset();
      const copy = new SnapshotCopy(memory, [table], { origin: 0, checkpointId, keyGroups: allKeyGroups });
      while (!copy.step(1 << 20));
      copy.stands();
      return copy.tables()[0]!.continues.length > 0;
    };
    change(table.groups, new Map(), numbers, 'before', false);
    expect(next(1)).toBe(false);
    const changed = numbers.filter(number => ((number * 7919) % 1000) / 1000 < share);
    change(table.groups, new Map(), changed, 'changed', false);
    expect(next(2)).toBe(onlyChanges);
    table.close();
  });

  test('slices that are dropped meanwhile are copied as they were', () => {
    const table = createTable(slicedSpec, memory, kernels) as SlicedTable;
    const rows: Rows = new Map();
    change(table.slice(1000), rows, [1, 2, 3], 'first slice', false);
    change(table.slice(2000), new Map(), [5], 'second slice', false);
    memory.arena.reset();
    const copy = new SnapshotCopy(memory, [table], { origin: 0, checkpointId: 1, keyGroups: allKeyGroups });
    table.drop(1000);
    table.reclaim();
    change(table.slice(3000), new Map(), [9], 'a new slice', false);
    while (!copy.step(1));
    const restored = createTable(slicedSpec, memory, kernels) as SlicedTable;
    memory.arena.reset();
    restored.restore(copy.tables()[0]!.images);
    expect(restored.ends()).toEqual([1000, 2000]);
    expect(sorted(rowsOf(restored.peek(1000)!))).toEqual(sorted(rows));
    restored.close();
    table.close();
  });

  test('every key group belongs to one subtask, and hashes name it', () => {
    for (const parallelism of [1, 2, 3, 7, 128]) {
      const owned = Array.from({ length: parallelism }, (_, subtask) => keyGroupsOf(subtask, parallelism));
      expect(owned[0]!.first).toBe(0);
      expect(owned.at(-1)!.end).toBe(allKeyGroups.end);
      for (const [index, range] of owned.entries()) if (index > 0) expect(range.first).toBe(owned[index - 1]!.end);
    }
    expect(keyGroupOf(0xffff_ffff)).toBe(127);
    expect(keyGroupOf(0x01ff_ffff)).toBe(0);
  });
});
