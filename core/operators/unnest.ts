import type { Compute, ComputeSpec } from '../codegen/contract.ts';
import { gatherColumn } from '../codegen/gather.ts';
import { compileCompute } from '../codegen/index.ts';
import type { Batch, Column } from '../columnar/batch.ts';
import { type Schema, withNullable } from '../columnar/types.ts';
import { columnOf } from '../columnar/write-values.ts';
import { internalError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import type { Expression } from '../plan/expressions.ts';
import type { Operator, OperatorContext, OperatorDefinition, OperatorTask, Progress } from './contract.ts';
import { noRow as none, repeatedRows, withoutMissing } from './repeated-rows.ts';

/**
 * Each row once per element of an ARRAY, MAP or MULTISET: the last output of `compute`, whose other outputs are the columns that stay. Rows of
 * the collection that are NULL are no elements. `outer`: a row without elements that meet `condition` (over `schema`) once, with NULLs.
 */
export interface UnnestSpec {
  readonly kind: 'unnest';
  readonly compute: ComputeSpec;
  readonly outer: boolean;
  readonly ordinality: boolean;
  readonly condition?: Expression | undefined;
  readonly schema: Schema;
}

/** Rows of a batch to elements: for each output row its input row, its element or {@link noRow}, and its place from 1. */
interface Picks {
  readonly rows: number[];
  readonly elements: number[];
  readonly places: number[];
}

class Unnest implements Operator {
  readonly #spec: UnnestSpec;
  readonly #task: OperatorTask;
  readonly #compute: Compute;
  readonly #condition: Compute | undefined;
  /** Where the next call goes on in the input: a row, how many of its elements are done, whether one met the condition. */
  #next = { row: 0, element: 0, found: false };

  constructor(spec: UnnestSpec, task: OperatorTask) {
    this.#spec = spec;
    this.#task = task;
    this.#compute = compileCompute(spec.compute, task);
    this.#condition = spec.condition && compileCompute({ input: spec.schema, outputs: [spec.condition] }, task);
  }

  processBatch(input: Batch, context: OperatorContext): Progress {
    const batch = this.#compute.run(input).batch;
    const collection = batch.columns.at(-1);
    if (collection?.children === undefined) throw internalError('UNNEST of what is no collection');
    const resumed = this.#next;
    let picks = this.#pick(batch, collection);
    if (this.#condition !== undefined) picks = this.#filtered(batch, collection, picks, resumed);
    const more = this.#next.row < batch.length;
    if (picks.rows.length > 0) context.emit(this.#expanded(batch, collection, picks));
    if (more) return 'more';
    this.#next = { row: 0, element: 0, found: false };
    return 'done';
  }

  /** The next elements, up to a batch; rows without any where they are kept and no condition has a say. */
  #pick(batch: Batch, collection: Column): Picks {
    const { memory } = this.#task;
    const picks: Picks = { rows: [], elements: [], places: [] };
    const offsets = memory.i32.subarray(collection.data >>> 2, (collection.data >>> 2) + batch.length + 1);
    const bits = memory.u8;
    const valid = (validity: number, index: number): boolean =>
      validity === 0 || (bits[validity + (index >> 3)]! & (1 << (index & 7))) !== 0;
    const [element, counts] = collection.children!;
    const isRow = element!.type.kind === 'ROW' && collection.type.kind !== 'MAP';
    const repeats = collection.type.kind === 'MULTISET' ? memory.i32.subarray(counts!.data >>> 2) : undefined;
    const alone = this.#spec.outer && this.#condition === undefined;
    let { row, element: done, found } = this.#next;
    for (; row < batch.length; row++, done = 0, found = false) {
      if (picks.rows.length >= limits.batchRows) break;
      let place = 0;
      if (valid(collection.validity, row)) {
        for (let index = offsets[row]!; index < offsets[row + 1]!; index++) {
          if (isRow && !valid(element!.validity, index)) continue;
          const until = place + (repeats === undefined ? 1 : repeats[index]!);
          for (place = Math.max(place, Math.min(done, until)); place < until && picks.rows.length < limits.batchRows; place++) {
            picks.rows.push(row);
            picks.elements.push(index);
            picks.places.push(place + 1);
          }
          if (place < until) {
            this.#next = { row, element: place, found };
            return picks;
          }
        }
      }
      if (alone && place === 0) {
        picks.rows.push(row);
        picks.elements.push(none);
        picks.places.push(0);
      }
    }
    this.#next = { row, element: 0, found: false };
    return picks;
  }

  /** The picks that meet the condition, and rows of which none did. */
  #filtered(batch: Batch, collection: Column, picks: Picks, resumed: { readonly row: number; readonly found: boolean }): Picks {
    const { memory } = this.#task;
    const met: boolean[] = [];
    if (picks.rows.length > 0) {
      const [result] = this.#condition!.run(this.#expanded(batch, collection, picks)).batch.columns;
      const { data, validity } = result!;
      for (let index = 0; index < picks.rows.length; index++)
        met.push(
          memory.u8[data + index] !== 0 && (validity === 0 || (memory.u8[validity + (index >> 3)]! & (1 << (index & 7))) !== 0),
        );
    }
    const kept: Picks = { rows: [], elements: [], places: [] };
    let at = 0;
    const until = this.#next.row < batch.length && this.#next.element > 0 ? this.#next.row + 1 : this.#next.row;
    for (let row = resumed.row; row < until; row++) {
      let found = row === resumed.row && resumed.found;
      for (; at < picks.rows.length && picks.rows[at] === row; at++) {
        if (!met[at]) continue;
        found = true;
        kept.rows.push(row);
        kept.elements.push(picks.elements[at]!);
        kept.places.push(picks.places[at]!);
      }
      if (row === this.#next.row) this.#next = { ...this.#next, found };
      else if (!found) {
        kept.rows.push(row);
        kept.elements.push(none);
        kept.places.push(0);
      }
    }
    return kept;
  }

  #expanded(batch: Batch, collection: Column, picks: Picks): Batch {
    const { memory } = this.#task;
    const { arena } = memory;
    const count = picks.rows.length;
    const words = (values: readonly number[]): number => {
      const address = arena.allocate(4 * count);
      memory.u32.set(values, address >>> 2);
      return address;
    };
    const rows = words(picks.rows);
    const kept = batch.columns.slice(0, -1);
    const columns: Column[] = [];
    const missing = picks.elements.includes(none);
    const all = !picks.elements.every(element => element === none);
    // a row without an element takes the data of any, and is NULL
    const spare = missing ? (picks.elements.find(element => element !== none) ?? 0) : 0;
    const elements = words(missing ? picks.elements.map(element => (element === none ? spare : element)) : picks.elements);
    const added = [...elementColumns(collection)];
    for (const column of added) {
      const type = this.#spec.schema[kept.length + columns.length]!.type;
      if (!all) columns.push(columnOf(memory, withNullable(type, true), new Array<null>(count).fill(null)));
      else {
        const gathered = gatherColumn(this.#task, column, elements, count);
        columns.push({
          ...gathered,
          type,
          validity: missing ? withoutMissing(this.#task, gathered.validity, picks.elements) : gathered.validity,
        });
      }
    }
    if (this.#spec.ordinality) {
      const places = words(picks.places);
      columns.push({
        type: this.#spec.schema[kept.length + columns.length]!.type,
        validity: missing ? withoutMissing(this.#task, 0, picks.elements) : 0,
        data: places,
      });
    }
    return repeatedRows(this.#task, batch, kept, { count, rows }, columns);
  }
}

/** The columns of an element: the fields of a ROW, key and value of a map, else the element. */
function elementColumns(collection: Column): readonly Column[] {
  const [element, second] = collection.children!;
  if (collection.type.kind === 'MAP') return [element!, second!];
  return element!.type.kind === 'ROW' ? element!.children! : [element!];
}

export const unnestDefinition: OperatorDefinition<UnnestSpec> = {
  tables: () => [],
  create: (spec, _tables, task) => new Unnest(spec, task),
  outputSchema: spec => spec.schema,
};
