import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { packColumn, unpackColumn } from '../../core/columnar/packed-row.ts';
import { readColumn } from '../../core/columnar/read-values.ts';
import { types } from '../../core/columnar/types.ts';
import { columnOf } from '../../core/columnar/write-values.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';
import { allTypes, arbitraryType, arbitraryValue } from './arbitraries.ts';

const memory = new TaskMemory();
const packed = (column: ReturnType<typeof columnOf>, length: number): (string | null)[] =>
  readColumn(memory, packColumn(memory, column, length), length).map(bytes =>
    bytes === null ? null : Buffer.from(bytes as Uint8Array).toString('hex'),
  );

describe('packed rows', () => {
  test('what is packed comes back', () => {
    const sample = arbitraryType.chain(type => fc.tuple(fc.constant(type), fc.array(arbitraryValue(type), { maxLength: 80 })));
    fc.assert(
      fc.property(sample, ([type, values]) => {
        memory.arena.reset();
        const bytes = packColumn(memory, columnOf(memory, type, values), values.length);
        expect(readColumn(memory, unpackColumn(memory, bytes, type, values.length), values.length)).toEqual(values);
      }),
      { numRuns: 300 },
    );
  });

  test('equal values are equal bytes wherever they stand; different values are different bytes', () => {
    const sample = fc
      .oneof(arbitraryType, fc.constantFrom(...allTypes))
      .chain(type => fc.tuple(fc.constant(type), arbitraryValue(type), arbitraryValue(type), arbitraryValue(type)));
    fc.assert(
      fc.property(sample, ([type, a, b, c]) => {
        memory.arena.reset();
        // other neighbours, other places of the text, junk around it
        memory.u8.fill(0xa5, memory.arena.allocate(4096));
        const [first, second] = packed(columnOf(memory, type, [a, b]), 2);
        const [, third, fourth] = packed(columnOf(memory, type, [c, a, b]), 3);
        expect(third).toBe(first);
        expect(fourth).toBe(second);
        expect(first === second).toBe(same(a, b));
      }),
      { numRuns: 500 },
    );
  });

  test('all NaN are one', () => {
    const column = columnOf(memory, types.array(types.double()), [[Number.NaN], [Number.NaN]]);
    memory.u32[column.children![0]!.data / 4] = 7;
    expect(new Set(packed(column, 2)).size).toBe(1);
    expect(new Set(packed(columnOf(memory, types.array(types.double()), [[0], [-0]]), 2)).size).toBe(2);
  });

  test('the form, byte by byte', () => {
    const type = types.row([
      { name: 'a', type: types.int() },
      { name: 'b', type: types.string() },
      { name: 'c', type: types.map(types.tinyint(), types.boolean()) },
    ]);
    const column = columnOf(memory, type, [
      [
        258,
        'hi',
        [
          [1, true],
          [2, null],
        ],
      ],
      [null, null, []],
      null,
    ]);
    expect(packed(column, 3)).toEqual([
      '07' + '02010000' + '02000000' + '6869' + '02000000' + '03' + '0102' + '01' + '01',
      '04' + '00000000',
      null,
    ]);
  });
});

function same(left: unknown, right: unknown): boolean {
  if (Array.isArray(left) && Array.isArray(right))
    return left.length === right.length && left.every((item, index) => same(item, right[index]));
  if (left instanceof Uint8Array && right instanceof Uint8Array) return Buffer.compare(left, right) === 0;
  return Object.is(left, right);
}
