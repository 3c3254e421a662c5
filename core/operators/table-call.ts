import type { Compute, ComputeSpec } from '../codegen/contract.ts';
import { gatherColumn } from '../codegen/gather.ts';
import { compileCompute } from '../codegen/index.ts';
import type { Batch, Column } from '../columnar/batch.ts';
import { type Schema, withNullable } from '../columnar/types.ts';
import { columnOf } from '../columnar/write-values.ts';
import { limits } from '../common/limits.ts';
import type { Expression } from '../plan/expressions.ts';
import { ComponentTable, type TableRows, TableUdf } from '../udf/index.ts';
import type { Operator, OperatorContext, OperatorDefinition, OperatorTask, Progress } from './contract.ts';
import { noRow, repeatedRows, withoutMissing } from './repeated-rows.ts';
import { userModuleOf } from './user-module.ts';

/**
 * LATERAL TABLE(f(…)): each row once per row that the function makes of it. Outputs of `compute`: the columns that stay, then the function's
 * arguments. `outer`: a row for which none meets `condition` (over `schema`) once, with NULLs.
 */
export interface TableCallSpec {
  readonly kind: 'table-call';
  readonly compute: ComputeSpec;
  readonly keptCount: number;
  /** Key of the user function. */
  readonly function: string;
  readonly outer: boolean;
  readonly condition?: Expression | undefined;
  readonly schema: Schema;
}

class TableCallOperator implements Operator {
  readonly #spec: TableCallSpec;
  readonly #task: OperatorTask;
  readonly #compute: Compute;
  readonly #condition: Compute | undefined;
  readonly #udf: TableUdf | ComponentTable;
  #begins = true;
  /** With a condition: the first input row whose rows have not all been seen, and whether one of them met it. */
  #open = { row: 0, found: false };

  constructor(spec: TableCallSpec, task: OperatorTask) {
    this.#spec = spec;
    this.#task = task;
    this.#compute = compileCompute(spec.compute, task);
    this.#condition = spec.condition && compileCompute({ input: spec.schema, outputs: [spec.condition] }, task);
    const remote = task.remoteModule?.(spec.function);
    if (remote !== undefined) {
      this.#udf = new ComponentTable(remote, remote.name, task.memory, { kernels: task.kernels });
      return;
    }
    const { module, export: name, onTrap } = userModuleOf(task, spec.function);
    const options = { kernels: task.kernels, onTrap, failures: task.functionFailures };
    this.#udf =
      module.component === undefined
        ? new TableUdf(module, name, task.memory, options)
        : new ComponentTable(module, name, task.memory, options);
  }

  processBatch(input: Batch, context: OperatorContext): Progress {
    const batch = this.#compute.run(input).batch;
    const { outer, keptCount } = this.#spec;
    const made = this.#udf.call({
      rows: batch.length,
      arguments: batch.columns.slice(keptCount),
      begins: this.#begins,
      outer: outer && this.#condition === undefined,
      capacity: limits.batchRows,
    });
    this.#begins = made.done;
    const output = this.#condition === undefined ? this.#joined(batch, made) : this.#filtered(batch, made);
    if (output.length > 0) context.emit(output);
    return made.done ? 'done' : 'more';
  }

  #joined(batch: Batch, { count, picks, columns }: Pick<TableRows, 'count' | 'picks' | 'columns'>): Batch {
    const { keptCount, schema } = this.#spec;
    const added = columns.map((column, index) => ({ ...column, type: schema[keptCount + index]!.type }));
    return repeatedRows(this.#task, batch, batch.columns.slice(0, keptCount), { count, rows: picks }, added);
  }

  /** The rows that meet the condition, and input rows of which none did. */
  #filtered(batch: Batch, made: TableRows): Batch {
    const { memory } = this.#task;
    const { u32 } = memory;
    const rows: number[] = [];
    const elements: number[] = [];
    const picks = u32.slice(made.picks >> 2, (made.picks >> 2) + made.count);
    const met = this.#met(batch, made);
    let at = 0;
    for (let { row, found } = this.#open; row < made.complete || (!made.done && row === made.complete); row++, found = false) {
      for (; at < made.count && picks[at] === row; at++) {
        if (!met(at)) continue;
        found = true;
        rows.push(row);
        elements.push(at);
      }
      if (row >= made.complete) {
        this.#open = { row, found };
        break;
      }
      if (!found) {
        rows.push(row);
        elements.push(noRow);
      }
      this.#open = { row: row + 1, found: false };
    }
    if (made.done) this.#open = { row: 0, found: false };
    const words = (values: readonly number[]): number => {
      const address = memory.arena.allocate(4 * values.length);
      memory.u32.set(values, address >>> 2);
      return address;
    };
    const count = rows.length;
    const spare = elements.find(element => element !== noRow);
    const taken = words(elements.map(element => (element === noRow ? (spare ?? 0) : element)));
    const columns = made.columns.map((column): Column => {
      const type = withNullable(column.type, true);
      if (spare === undefined) return columnOf(memory, type, new Array<null>(count).fill(null));
      const gathered = gatherColumn(this.#task, column, taken, count);
      return { ...gathered, validity: withoutMissing(this.#task, gathered.validity, elements) };
    });
    return this.#joined(batch, { count, picks: words(rows), columns });
  }

  #met(batch: Batch, made: TableRows): (index: number) => boolean {
    if (made.count === 0) return () => false;
    const [result] = this.#condition!.run(this.#joined(batch, made)).batch.columns;
    const { data, validity } = result!;
    const { u8 } = this.#task.memory;
    return index => u8[data + index] !== 0 && (validity === 0 || (u8[validity + (index >> 3)]! & (1 << (index & 7))) !== 0);
  }
}

export const tableCallDefinition: OperatorDefinition<TableCallSpec> = {
  tables: () => [],
  create: (spec, _tables, task) => new TableCallOperator(spec, task),
  outputSchema: spec => spec.schema,
};
