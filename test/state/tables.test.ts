import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keyLayoutOf } from '../../core/columnar/key-layout.ts';
import { readColumn } from '../../core/columnar/read-values.ts';
import { types } from '../../core/columnar/types.ts';
import { columnOf } from '../../core/columnar/write-values.ts';
import { loadKernels } from '../../core/kernels/index.ts';
import { createTable, type ListTable, type RecordTable, type SlicedTable, type TimerTable } from '../../core/state/index.ts';
import { packRows, unpackField } from '../../core/state/packed-rows.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';

const memory = new TaskMemory();
const kernels = loadKernels(memory);

describe('small tables', () => {
  test('a record keeps its fields over a restore', () => {
    const spec = { kind: 'record', name: 'r', fields: ['watermark', 'row'] } as const;
    const record = createTable(spec, memory, kernels) as RecordTable;
    expect(record.get('watermark')).toBe(undefined);
    record.set('watermark', 1_700_000_000_123);
    const copy = createTable(spec, memory, kernels) as RecordTable;
    copy.restore(record.snapshot());
    expect([copy.get('watermark'), copy.get('row')]).toEqual([1_700_000_000_123, undefined]);
  });

  test('timers come in order, each once, over restores', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 3 }))),
        fc.nat(20),
        (entries, due) => {
          const spec = { kind: 'timers', name: 't' } as const;
          const first = createTable(spec, memory, kernels) as TimerTable;
          for (const [time, key] of entries) first.add(time, key);
          const table = createTable(spec, memory, kernels) as TimerTable;
          table.restore(first.snapshot());
          const expected = [...new Set(entries.map(([time, key]) => time * 10 + key))].sort((a, b) => a - b);
          const got: number[] = [];
          for (let timer = table.takeDue(due); timer !== undefined; timer = table.takeDue(due))
            got.push(timer.timeMs * 10 + timer.key);
          expect(got).toEqual(expected.filter(entry => entry < (due + 1) * 10));
          expect(table.rowCount()).toBe(expected.length - got.length);
        },
      ),
    );
  });
});

describe('lists and slices', () => {
  const fields = [
    types.int(),
    types.string(),
    types.double(false),
    types.float(),
    types.decimal(30, 2),
    types.boolean(),
    types.smallint(),
  ];
  const row = fc.tuple(
    fc.option(fc.integer()),
    fc.option(fc.string({ maxLength: 40 })),
    fc.double(),
    fc.option(fc.float()),
    fc.option(fc.bigInt({ min: -(10n ** 29n), max: 10n ** 29n })),
    fc.option(fc.boolean()),
    fc.option(fc.integer({ min: -32768, max: 32767 })),
  );

  test('a list gives back the rows it was given, in order', () => {
    fc.assert(
      fc.property(fc.array(fc.array(row, { maxLength: 50 }), { maxLength: 5 }), batches => {
        memory.arena.reset();
        const layout = keyLayoutOf(fields);
        const spec = { kind: 'list', name: 'l', row: layout, owner: { kind: 'key-group', fields: [] } } as const;
        const list = createTable(spec, memory, kernels) as ListTable;
        for (const batch of batches) {
          const columns = fields.map((type, index) =>
            columnOf(
              memory,
              type,
              batch.map(values => values[index]!),
            ),
          );
          const packed = packRows(memory, kernels, layout, columns, batch.length);
          list.append(batch.length, packed, memory.arena.allocate(4 * batch.length));
        }
        const copy = createTable(spec, memory, kernels) as ListTable;
        copy.restore(list.snapshot());
        list.close();
        memory.arena.reset();
        const expected = batches.flat();
        const rows = memory.arena.allocate(4 * expected.length);
        expect(copy.scan(copy.store.cursor(), expected.length, rows)).toBe(expected.length);
        for (const [index] of fields.entries()) {
          const column = unpackField(memory, kernels, layout, index, expected.length, rows);
          expect(readColumn(memory, column, expected.length)).toEqual(expected.map(values => values[index]));
        }
        copy.close();
      }),
      { numRuns: 50 },
    );
  });

  test('slices are dropped as a whole and their memory is used again', () => {
    const spec = {
      kind: 'sliced',
      name: 's',
      key: keyLayoutOf([types.bigint(false)]),
      payload: { bytes: 8, viewOffsets: [] },
    } as const;
    const table = createTable(spec, memory, kernels) as SlicedTable;
    const before = memory.sizeBytes;
    for (let slice = 0; slice < 200; slice++) {
      table.reclaim();
      table.slice(slice * 1000);
      if (slice >= 3) table.drop((slice - 3) * 1000);
    }
    expect(table.ends()).toEqual([197_000, 198_000, 199_000]);
    expect(memory.sizeBytes - before).toBeLessThan(10 * 65536);
    const copy = createTable(spec, memory, kernels) as SlicedTable;
    copy.restore(table.snapshot());
    expect(copy.ends()).toEqual(table.ends());
    copy.close();
    table.close();
  });
});
