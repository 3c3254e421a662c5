import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keyWords } from '../../core/codegen/hash.ts';
import { keyLayoutOf } from '../../core/columnar/key-layout.ts';
import { type SqlType, types } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { columnOf } from '../../core/columnar/write-values.ts';
import { loadKernels } from '../../core/kernels/index.ts';
import { createTable, type ValueTable } from '../../core/state/index.ts';
import { packRows } from '../../core/state/packed-rows.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';

const memory = new TaskMemory();
const kernels = loadKernels(memory);

function keysOf(keyTypes: readonly SqlType[], rows: readonly (readonly Value[])[]) {
  const layout = keyLayoutOf(keyTypes);
  const columns = keyTypes.map((type, index) =>
    columnOf(
      memory,
      type,
      rows.map(row => row[index]!),
    ),
  );
  const keys = packRows(memory, kernels, layout, columns, rows.length);
  const { words, views } = keyWords(layout);
  const hashes = memory.arena.allocate(4 * rows.length);
  kernels.hash_key_rows(keys, rows.length, words, views, hashes);
  return { layout, keys, hashes, rows: memory.arena.allocate(4 * rows.length) };
}

const text = fc.oneof(
  fc.constantFrom('', 'a', 'twelve bytes', 'thirteen byte', 'a rather long string', 'a rather long strinG'),
  fc.string(),
);
const shapes: readonly { name: string; types: readonly SqlType[]; value: fc.Arbitrary<Value[]> }[] = [
  { name: 'BIGINT', types: [types.bigint(false)], value: fc.tuple(fc.bigInt({ min: -50n, max: 50n })) },
  { name: 'nullable INT', types: [types.int()], value: fc.tuple(fc.option(fc.integer({ min: -50, max: 50 }))) },
  {
    name: 'INT, nullable BIGINT',
    types: [types.int(false), types.bigint()],
    value: fc.tuple(fc.integer({ min: 0, max: 9 }), fc.option(fc.bigInt({ min: 0n, max: 9n }))),
  },
  { name: 'STRING', types: [types.string(false)], value: fc.tuple(text) },
  {
    name: 'nullable STRING, BIGINT',
    types: [types.string(), types.bigint(false)],
    value: fc.tuple(fc.option(text), fc.bigInt({ min: 0n, max: 3n })),
  },
];

describe('group tables against a Map', () => {
  for (const shape of shapes) {
    for (const shardRowsMax of [1 << 20, 20]) {
      test(`${shape.name}, shards of ${shardRowsMax}`, () => {
        fc.assert(
          fc.property(
            fc.array(
              fc.record({ rows: fc.array(shape.value, { maxLength: 120 }), remove: fc.boolean(), restore: fc.boolean() }),
              {
                maxLength: 6,
              },
            ),
            batches => {
              const spec = {
                kind: 'value',
                name: 't',
                key: keyLayoutOf(shape.types),
                payload: { bytes: 8, viewOffsets: [] },
              } as const;
              let table = createTable(spec, memory, kernels, { shardRowsMax }) as ValueTable;
              const oracle = new Map<string, bigint>();
              const nameOf = (row: readonly Value[]): string => row.map(value => `${typeof value}:${value}`).join('|');
              for (const { rows, remove, restore } of batches) {
                memory.arena.reset();
                const batch = keysOf(shape.types, rows);
                table.groups.findOrInsert(batch.hashes, batch.keys, batch.rows, 0, rows.length);
                for (const [index, row] of rows.entries()) {
                  const payload = table.groups.store.payload(memory.u32[(batch.rows >> 2) + index]!);
                  memory.i64[payload >> 3]! += BigInt(index + 1);
                  oracle.set(nameOf(row), (oracle.get(nameOf(row)) ?? 0n) + BigInt(index + 1));
                }
                if (remove && rows.length > 0) {
                  const first = keysOf(shape.types, rows.slice(0, 1));
                  table.groups.find(first.hashes, first.keys, first.rows, 0, 1);
                  expect(memory.u32[first.rows >> 2]).not.toBe(0);
                  table.groups.remove(1, first.rows, first.hashes);
                  oracle.delete(nameOf(rows[0]!));
                  table.groups.find(first.hashes, first.keys, first.rows, 0, 1);
                  expect(memory.u32[first.rows >> 2]).toBe(0);
                }
                if (restore) {
                  const bytes = table.snapshot();
                  const next = createTable(spec, memory, kernels, { shardRowsMax }) as ValueTable;
                  next.restore(bytes);
                  table.close();
                  table = next;
                }
                expect(table.rowCount()).toBe(oracle.size);
                const found = keysOf(shape.types, rows);
                table.groups.find(found.hashes, found.keys, found.rows, 0, rows.length);
                for (const [index, row] of rows.entries()) {
                  const address = memory.u32[(found.rows >> 2) + index]!;
                  const expected = oracle.get(nameOf(row));
                  if (expected === undefined) expect(address).toBe(0);
                  else expect(memory.i64[table.groups.store.payload(address) >> 3]).toBe(expected);
                }
                const scanned = memory.arena.allocate(4 * (oracle.size + 8));
                const cursor = table.groups.store.cursor();
                let count = 0;
                for (let got = 0; (got = table.groups.scanRows(cursor, 7, scanned)) > 0; ) count += got;
                expect(count).toBe(oracle.size);
              }
              table.close();
            },
          ),
          { numRuns: 60 },
        );
      });
    }
  }

  test('grows through many segments, shards and rehashes', () => {
    const spec = {
      kind: 'value',
      name: 't',
      key: keyLayoutOf([types.bigint(false)]),
      payload: { bytes: 8, viewOffsets: [] },
    } as const;
    const table = createTable(spec, memory, kernels, { shardRowsMax: 20_000 }) as ValueTable;
    for (let batch = 0; batch < 25; batch++) {
      memory.arena.reset();
      const rows = Array.from({ length: 8000 }, (_, index) => [BigInt(((batch * 8000 + index) * 7) % 150_000)]);
      const keys = keysOf([types.bigint(false)], rows);
      table.groups.findOrInsert(keys.hashes, keys.keys, keys.rows, 0, rows.length);
      for (const [index, row] of rows.entries()) expect(memory.i64[memory.u32[(keys.rows >> 2) + index]! >> 3]).toBe(row[0]);
    }
    expect(table.rowCount()).toBe(150_000);
    expect(table.groups.shardCount).toBeGreaterThan(6);
    const bytes = table.snapshot();
    const copy = createTable(spec, memory, kernels) as ValueTable;
    copy.restore(bytes);
    expect(copy.rowCount()).toBe(150_000);
    expect(copy.snapshot().length).toBe(bytes.length);
    table.close();
    copy.close();
  });

  test('rows may be longer than a page: thousands of aggregates are', () => {
    const fresh = new TaskMemory();
    const own = loadKernels(fresh);
    const bytes = 80_000;
    const key = keyLayoutOf([types.bigint(false)]);
    const table = createTable({ kind: 'value', name: 't', key, payload: { bytes, viewOffsets: [] } }, fresh, own) as ValueTable;
    const { words, views } = keyWords(key);
    const [keys, hashes, rows] = [fresh.arena.allocate(800), fresh.arena.allocate(400), fresh.arena.allocate(400)];
    for (let row = 0; row < 100; row++) fresh.i64[(keys >> 3) + row] = BigInt(row);
    own.hash_key_rows(keys, 100, words, views, hashes);
    table.groups.findOrInsert(hashes, keys, rows, 0, 100);
    for (let row = 0; row < 100; row++) {
      const payload = table.groups.store.payload(fresh.u32[(rows >> 2) + row]!);
      fresh.u8.fill(row, payload, payload + bytes);
    }
    for (let row = 0; row < 100; row++) {
      const payload = table.groups.store.payload(fresh.u32[(rows >> 2) + row]!);
      expect([fresh.u8[payload], fresh.u8[payload + bytes - 1], fresh.i64[(payload - 16) >> 3]]).toEqual([row, row, BigInt(row)]);
    }
    table.close();
  });

  test('the heap of long strings is written anew when most of it is garbage', () => {
    const spec = {
      kind: 'value',
      name: 't',
      key: keyLayoutOf([types.string(false)]),
      payload: { bytes: 0, viewOffsets: [] },
    } as const;
    const table = createTable(spec, memory, kernels) as ValueTable;
    const kept = keysOf([types.string(false)], [['a string that stays for ever']]);
    table.groups.findOrInsert(kept.hashes, kept.keys, kept.rows, 0, 1);
    let most = 0;
    for (let batch = 0; batch < 40; batch++) {
      memory.arena.reset();
      const rows = Array.from({ length: 500 }, (_, index) => [`a string for batch ${batch} and row ${index}`]);
      const keys = keysOf([types.string(false)], rows);
      table.groups.store.collectGarbage();
      table.groups.findOrInsert(keys.hashes, keys.keys, keys.rows, 0, 500);
      table.groups.remove(500, keys.rows, keys.hashes);
      most = Math.max(most, table.sizeBytes());
    }
    memory.arena.reset();
    expect(most).toBeLessThan(1_500_000);
    const found = keysOf([types.string(false)], [['a string that stays for ever']]);
    table.groups.find(found.hashes, found.keys, found.rows, 0, 1);
    expect(memory.u32[found.rows >> 2]).not.toBe(0);
    expect(table.rowCount()).toBe(1);
    table.close();
  });
});
