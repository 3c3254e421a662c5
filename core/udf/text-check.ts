import type { Kernels } from '../kernels/index.ts';
import { guarded } from '../wasm/guards.ts';

/** What checks text: of the memory in which it lies. */
export type TextKernels = Pick<Kernels, 'utf8_first_bad_view'>;

/** The first row of a column of texts that is not UTF-8, which what a function says is text may be; undefined: there is none. */
export function firstBadText(kernels: TextKernels, rows: number, data: number): number | undefined {
  if (rows === 0 || !guarded('text-utf8')) return undefined;
  const row = kernels.utf8_first_bad_view(rows, data);
  return row < rows ? row : undefined;
}

export const resultTextHint = 'Declare the result BYTES, or return text in UTF-8.';
export const columnTextHint = 'Declare the column BYTES, or return text in UTF-8.';
