import type { Column } from '../columnar/batch.ts';
import { limits } from '../common/limits.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import { type ColumnCallOptions, type ColumnFunction, callColumns } from './column-calls.ts';
import { ComponentInstance } from './component-instance.ts';
import { findUdfFunction, type UdfFunction, type UdfModule } from './load-udf.ts';

/**
 * A scalar function of a component, called with whole columns: rows that are wanted and, unless the function asks for NULLs, not NULL.
 *
 * @example
 * const risk = new ComponentUdf(module, 'risk', memory, { kernels });
 * const column = risk.call(batch.length, [batch.columns[1]], 0);
 */
export class ComponentUdf {
  readonly name: string;
  readonly function: UdfFunction;
  readonly #target: ColumnFunction;

  /** @throws TidemillError `udf-export` when the component has no such function. */
  constructor(module: UdfModule, functionName: string, memory: TaskMemory, options: ColumnCallOptions) {
    this.function = findUdfFunction(module, functionName);
    this.name = functionName;
    const instance = new ComponentInstance(module, functionName);
    const call: ColumnFunction['call'] = (inputs, rows) => instance.call('call', rows, run => run(functionName, rows, inputs));
    this.#target = { ...options, name: functionName, function: this.function, memory, rowsMax: limits.udfComponentRowsMax, call };
  }

  /**
   * Computes a result column in the task's arena.
   * @param selection address of a byte per row, 0 = the row is not wanted; or 0 for all rows
   * @throws TidemillError `udf-trap`, `udf-fuel`, `udf-stack`, `udf-result`, `udf-error`.
   */
  call(rows: number, columns: readonly Column[], selection: number): Column {
    return callColumns(this.#target, rows, columns, selection);
  }
}
