import fc from 'fast-check';
import { expect, test } from 'vitest';
import { combineRoaring, roaringNumbers, roaringOf, roaringText } from '../../core/columnar/roaring.ts';

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9));
/** Scattered numbers, runs, and containers that are full enough for a bitset. */
const numbers = fc.oneof(
  fc.array(fc.integer({ min: 0, max: 0xffffffff }), { maxLength: 40 }),
  fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 200 }),
  fc
    .tuple(fc.integer({ min: 0, max: 0xfffe0000 }), fc.integer({ min: 1, max: 12_000 }), fc.integer({ min: 1, max: 3 }))
    .map(([start, count, step]) => Array.from({ length: count }, (_, index) => (start + index * step) >>> 0)),
);
const sorted = (list: Iterable<number>): number[] => [...new Set(list)].sort((a, b) => a - b);
const listed = (bytes: Uint8Array): number[] => Array.from(roaringNumbers(bytes)!);

test(`a set reads as it was written, and has one form (seed ${seed})`, () => {
  fc.assert(
    fc.property(numbers, list => {
      const bytes = roaringOf(list);
      expect(listed(bytes)).toEqual(sorted(list));
      expect(roaringOf([...list].reverse().concat(list))).toEqual(bytes);
    }),
    { seed, numRuns: 60 },
  );
});

test(`sets combine as JavaScript's do (seed ${seed})`, () => {
  fc.assert(
    fc.property(numbers, numbers, (left, right) => {
      const [a, b] = [new Set(left), new Set(right)];
      const [x, y] = [roaringOf(left), roaringOf(right)];
      const both = sorted([...left, ...right]);
      expect(listed(combineRoaring(x, y, (p, q) => p && q))).toEqual(both.filter(n => a.has(n) && b.has(n)));
      expect(listed(combineRoaring(x, y, (p, q) => p || q))).toEqual(both);
      expect(listed(combineRoaring(x, y, (p, q) => p !== q))).toEqual(both.filter(n => a.has(n) !== b.has(n)));
      expect(listed(combineRoaring(x, y, (p, q) => p && !q))).toEqual(both.filter(n => a.has(n) && !b.has(n)));
    }),
    { seed, numRuns: 15 },
  );
});

test(`bytes that are cut or mixed up are no set, or some set, and never more (seed ${seed})`, () => {
  fc.assert(
    fc.property(numbers, fc.nat(), fc.integer({ min: 0, max: 255 }), (list, at, byte) => {
      const bytes = roaringOf(list);
      expect(roaringNumbers(bytes.subarray(0, at % bytes.length))).toBeUndefined();
      const broken = Uint8Array.from(bytes);
      broken[at % bytes.length] = byte;
      roaringNumbers(broken);
    }),
    { seed, numRuns: 60 },
  );
});

test('the forms of Flink', () => {
  const hex = (list: readonly number[]): string => Buffer.from(roaringOf(list)).toString('hex');
  expect(hex([])).toBe('3a30000000000000');
  expect(hex([1, 2, 3])).toBe('3a300000010000000000020010000000010002000300');
  expect(hex([5, 6, 7, 8])).toBe('3b3000000100000300010005000300');
  expect(hex([65536, 1, -1])).toBe('3a300000030000000000000001000000ffff000020000000220000002400000001000000ffff');
  expect(roaringText(roaringOf([3, -1]))).toBe('{3,4294967295}');
});
