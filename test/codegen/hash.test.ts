import fc from 'fast-check';
import { expect, test } from 'vitest';
import { emitHashFinish, emitHashRound, hashBytesReference, hashWordsReference } from '../../core/codegen/hash.ts';
import { loadKernels } from '../../core/kernels/index.ts';
import { ModuleBuilder } from '../../core/wasm/encoder/index.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';

const memory = new TaskMemory();
const kernels = loadKernels(memory);

test('generated code, kernel and reference hash the same words the same', () => {
  const module = new ModuleBuilder();
  const f = module.exportFunction('hash', ['i64', 'i64'], ['i32']);
  const hash = f.local('i64');
  const scratch = f.local('i64');
  for (const word of f.parameters) {
    f.get(word);
    emitHashRound(f, hash, scratch);
  }
  emitHashFinish(f, hash);
  const exports = new WebAssembly.Instance(new WebAssembly.Module(module.build())).exports as {
    hash(a: bigint, b: bigint): number;
  };
  fc.assert(
    fc.property(fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }), fc.bigInt({ min: -5n, max: 1000n }), (a, b) => {
      const rows = memory.arena.allocate(32);
      memory.i64[rows >> 3] = a;
      memory.i64[(rows >> 3) + 1] = b;
      kernels.hash_key_rows(rows, 1, 2, 0n, rows + 16);
      const expected = hashWordsReference([BigInt.asUintN(64, a), BigInt.asUintN(64, b)]);
      expect(exports.hash(a, b) >>> 0).toBe(expected);
      expect(memory.u32[(rows + 16) >> 2]).toBe(expected);
    }),
  );
});

test('long strings hash by content, not by place', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 13, maxLength: 100 }), bytes => {
      const place = memory.arena.allocate(128) + 3;
      memory.u8.set(bytes, place);
      expect(BigInt.asUintN(64, kernels.hash_bytes(place, bytes.length))).toBe(hashBytesReference(bytes));
      const row = memory.arena.allocate(32);
      memory.u32.set([bytes.length, 0, place, 0, 0], row >> 2);
      memory.u8.set(bytes.subarray(0, 4), row + 4);
      kernels.hash_key_rows(row, 1, 2, 1n, row + 16);
      const view = new DataView(memory.u8.buffer, row);
      const expected = hashWordsReference([view.getBigUint64(0, true), hashBytesReference(bytes)]);
      expect(memory.u32[(row + 16) >> 2]).toBe(expected);
    }),
  );
});

test('the top bits and the low bits spread sequential and strided keys', () => {
  for (const stride of [1n, 1000n, 60_000_000n, 1n << 32n]) {
    const groups = new Map<number, number>();
    const slots = new Map<number, number>();
    for (let key = 0n; key < 8192n; key++) {
      const hash = hashWordsReference([key * stride]);
      groups.set(hash >>> 25, (groups.get(hash >>> 25) ?? 0) + 1);
      slots.set(hash & 127, (slots.get(hash & 127) ?? 0) + 1);
    }
    for (const counts of [groups, slots]) {
      expect(counts.size).toBe(128);
      expect(Math.max(...counts.values())).toBeLessThan(110);
    }
  }
});
