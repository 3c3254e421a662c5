import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keyLayoutOf } from '../../core/columnar/key-layout.ts';
import { readColumn } from '../../core/columnar/read-values.ts';
import { columnOf } from '../../core/columnar/write-values.ts';
import { loadKernels } from '../../core/kernels/index.ts';
import { packRows, unpackField } from '../../core/state/packed-rows.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';
import { arbitraryType, arbitraryValue } from '../columnar/arbitraries.ts';

test('columns of any types, nested ones too, come back from rows in any order', () => {
  const memory = new TaskMemory();
  const kernels = loadKernels(memory);
  const sample = fc.array(arbitraryType, { minLength: 1, maxLength: 4 }).chain(types =>
    fc.tuple(
      fc.constant(types),
      fc.array(fc.tuple(...types.map(arbitraryValue)), { minLength: 1, maxLength: 70 }).chain(rows =>
        fc.tuple(
          fc.constant(rows),
          fc.shuffledSubarray(
            rows.map((_, row) => row),
            { minLength: 1 },
          ),
        ),
      ),
    ),
  );
  fc.assert(
    fc.property(sample, ([types, [rows, chosen]]) => {
      memory.arena.reset();
      const layout = keyLayoutOf(types);
      const columns = types.map((type, index) =>
        columnOf(
          memory,
          type,
          rows.map(row => row[index]!),
        ),
      );
      const packed = packRows(memory, kernels, layout, columns, rows.length);
      const addresses = memory.arena.allocate(4 * chosen.length);
      memory.u32.set(
        chosen.map(row => packed + row * layout.strideBytes),
        addresses >> 2,
      );
      types.forEach((_, index) => {
        const back = unpackField(memory, kernels, layout, index, chosen.length, addresses);
        expect(readColumn(memory, back, chosen.length)).toEqual(chosen.map(row => rows[row]![index]));
      });
    }),
    { numRuns: 200 },
  );
});
