import type { Column } from '../columnar/batch.ts';
import { storageBytes, storageOf } from '../columnar/types.ts';
import { TidemillError } from '../common/errors.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import { type ComponentColumn, fromComponent, resultFor, toComponent } from './component-columns.ts';
import type { FunctionFailures, OnError } from './failures.ts';
import type { UdfFunction } from './load-udf.ts';
import type { TextKernels } from './text-check.ts';

export interface ColumnCallOptions {
  /** Of the same memory: what functions say is text is checked to be UTF-8. */
  readonly kernels: TextKernels;
  /** What a trap or an error does: fail the job, or make all rows of its call NULL and count them. */
  readonly onTrap?: OnError | undefined;
  readonly failures?: FunctionFailures | undefined;
}

/** A function that is called with whole columns, as batch functions and components are. */
export interface ColumnFunction extends ColumnCallOptions {
  readonly name: string;
  readonly function: UdfFunction;
  readonly memory: TaskMemory;
  /** Rows of a call. */
  readonly rowsMax: number;
  /** Where its contract stands. */
  readonly hint?: string | undefined;
  readonly call: (inputs: readonly ComponentColumn[], rows: number) => ComponentColumn;
}

/**
 * Computes a result column in the task's arena, of the rows that are wanted and, unless the function asks for NULLs, not NULL.
 *
 * @param selection address of a byte per row, 0 = the row is not wanted; or 0 for all rows
 * @throws TidemillError `udf-result`, and what the call throws.
 */
export function callColumns(target: ColumnFunction, rows: number, columns: readonly Column[], selection: number): Column {
  const { memory, kernels, function: signature, onTrap, rowsMax } = target;
  const { wanted, column } = resultFor(memory, signature, rows, columns, selection, onTrap === 'null');
  for (let start = 0; start < wanted.length; start += rowsMax) {
    const piece = wanted.subarray(start, start + rowsMax);
    try {
      const inputs = columns.map(each => toComponent(memory, each, piece));
      const given = target.call(inputs, piece.length);
      const wrong = fromComponent(memory, kernels, signature.result, given, piece, rows, column);
      if (wrong !== undefined) throw new TidemillError('udf-result', `'${target.name}' ${wrong}`, { hint: target.hint });
    } catch (error) {
      if (onTrap !== 'null' || !(error instanceof TidemillError) || error.domain === 'internal') throw error;
      clear(memory, column, piece);
      target.failures?.note(target.name, piece.length, () => error.message);
    }
  }
  return column;
}

function clear({ u8 }: TaskMemory, { type, data, validity }: Column, rows: Int32Array): void {
  const size = storageBytes(storageOf(type));
  for (const row of rows) {
    u8[validity + (row >>> 3)]! &= ~(1 << (row & 7));
    u8.fill(0, data + row * size, data + (row + 1) * size);
  }
}
