import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { types } from '../../core/columnar/types.ts';
import { columnOf } from '../../core/columnar/write-values.ts';
import { loadKernels } from '../../core/kernels/index.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';

const memory = new TaskMemory();
const kernels = loadKernels(memory);
const none = 0xffff_ffff;

function numbers(values: readonly number[]): number {
  const address = memory.arena.allocate(4 * values.length);
  memory.u32.set(values, address >> 2);
  return address;
}
const read = (address: number, count: number): number[] => [...memory.u32.subarray(address >> 2, (address >> 2) + count)];

describe('partitioning', () => {
  test('a stable counting sort that leaves marked rows out', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.nat(6), fc.constant(none)), { maxLength: 60 }), ordinals => {
        memory.arena.reset();
        const out = memory.arena.allocate(4 * ordinals.length);
        const offsets = memory.arena.allocate(4 * 8);
        kernels.partition_by_ordinal(0, ordinals.length, 0, numbers(ordinals), 7, offsets, out);
        const ends = read(offsets, 8);
        for (let part = 0; part < 7; part++) {
          const rows = read(out + 4 * ends[part]!, ends[part + 1]! - ends[part]!);
          expect(rows).toEqual(ordinals.flatMap((ordinal, row) => (ordinal === part ? [row] : [])));
        }
      }),
    );
  });

  test('ordinals of slices', () => {
    fc.assert(
      fc.property(
        fc.array(fc.bigInt({ min: 0n, max: 1000n }), { minLength: 1 }),
        fc.bigInt({ min: 1n, max: 50n }),
        (times, size) => {
          memory.arena.reset();
          const column = columnOf(memory, types.bigint(false), times);
          const out = memory.arena.allocate(4 * times.length);
          kernels.slice_ordinals(times.length, column.data, 0n, size, out);
          expect(read(out, times.length)).toEqual(times.map(time => Number(time / size)));
        },
      ),
    );
  });
});

test('the order of views is the order of their bytes', () => {
  const text = fc.oneof(
    fc.string({ maxLength: 30 }),
    fc.constantFrom('', 'a', 'a\0', 'abcdabcdabcd', 'abcdabcdabcde', 'é', '\u{1f600}'),
  );
  fc.assert(
    fc.property(text, text, fc.string({ maxLength: 20 }), (left, right, prefix) => {
      memory.arena.reset();
      for (const [a, b] of [
        [left, right],
        [prefix + left, prefix + right],
      ] as const) {
        const { data } = columnOf(memory, types.string(false), [a, b]);
        expect(Math.sign(kernels.view_compare(data, data + 16))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }
    }),
  );
});

test('averages of decimals round half up, and are refused past their digits', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }),
      fc.bigInt({ min: 1n, max: 1n << 62n }),
      fc.nat(10),
      fc.boolean(),
      (sum, count, scale, wide) => {
        memory.arena.reset();
        const out = memory.arena.allocate(16);
        const scaled = (sum < 0n ? -sum : sum) * 10n ** BigInt(scale);
        const rounded = scaled / count + ((scaled % count) * 2n >= count ? 1n : 0n);
        const fits = rounded < 10n ** (wide ? 38n : 18n);
        const high = BigInt.asIntN(64, sum >> 64n);
        expect(kernels.decimal_average(BigInt.asIntN(64, sum), high, count, scale, out, wide ? 1 : 0)).toBe(fits ? 1 : 0);
        if (!fits) return;
        const low = BigInt.asUintN(64, memory.i64[out >> 3]!);
        const got = wide ? (memory.i64[(out >> 3) + 1]! << 64n) | low : BigInt.asIntN(64, low);
        expect(got).toBe(sum < 0n ? -rounded : rounded);
      },
    ),
    { numRuns: 1000 },
  );
});
