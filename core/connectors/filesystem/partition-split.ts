import type { Batch, Column } from '../../columnar/batch.ts';
import { isNull, readColumn } from '../../columnar/read-values.ts';
import { type Schema, storageBytes, storageOf } from '../../columnar/types.ts';
import type { Value } from '../../columnar/values.ts';
import type { TaskMemory } from '../../wasm/memory.ts';
import type { Options } from '../options.ts';
import { partitionPath } from './partitions.ts';

/** Rows of a batch that belong to one partition, and its directory below the table's. */
export interface PartitionRows {
  readonly path: string;
  readonly rows: Uint32Array;
}

/**
 * Sorts the rows of batches by the values of partition columns. A row with the same bytes there as the row before it costs no more than that
 * comparison; texts are made only for values that a batch has not shown yet.
 */
export class PartitionSplit {
  readonly #memory: TaskMemory;
  readonly #columns: readonly number[];
  readonly #schema: Schema;
  readonly #options: Options;

  /** `columns`: positions of the partition columns in the schema, in their order. */
  constructor(memory: TaskMemory, schema: Schema, columns: readonly number[], options: Options) {
    this.#memory = memory;
    this.#schema = schema;
    this.#columns = columns;
    this.#options = options;
  }

  split(batch: Batch): PartitionRows[] {
    const fields = this.#columns.map(index => this.#schema[index]!);
    const columns = this.#columns.map(index => batch.columns[index]!);
    const paths = new Map<string, number[]>();
    let rows: number[] = [];
    for (let row = 0; row < batch.length; row++) {
      if (row === 0 || !columns.every(column => this.#sameAsBefore(column, row))) {
        const path = partitionPath(
          fields,
          columns.map(column => this.#value(column, row)),
          this.#options,
        );
        const known = paths.get(path);
        rows = known ?? [];
        if (known === undefined) paths.set(path, rows);
      }
      rows.push(row);
    }
    return [...paths].map(([path, found]) => ({ path, rows: Uint32Array.from(found) }));
  }

  #sameAsBefore(column: Column, row: number): boolean {
    const { u8, u32 } = this.#memory;
    if (column.validity !== 0 && (isNull(this.#memory, column, row) || isNull(this.#memory, column, row - 1))) return false;
    const storage = storageOf(column.type);
    if (storage === 'struct' || storage === 'list') return false;
    const bytes = storageBytes(storage);
    const at = column.data + row * bytes;
    // A long text's address tells it apart as well; equal texts elsewhere only cost a look.
    if (bytes >= 4) {
      for (let word = 0; word < bytes; word += 4) if (u32[(at + word) >> 2] !== u32[(at - bytes + word) >> 2]) return false;
      return true;
    }
    for (let index = 0; index < bytes; index++) if (u8[at + index] !== u8[at - bytes + index]) return false;
    return true;
  }

  #value(column: Column, row: number): Value {
    const storage = storageOf(column.type);
    const bytes = storage === 'struct' || storage === 'list' ? 0 : storageBytes(storage);
    if (isNull(this.#memory, column, row)) return null;
    return readColumn(this.#memory, { ...column, validity: 0, data: column.data + row * bytes }, 1)[0]!;
  }
}
