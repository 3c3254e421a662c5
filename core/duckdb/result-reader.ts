import { type Batch, batchOf } from '../columnar/batch.ts';
import type { Schema } from '../columnar/types.ts';
import { internalError } from '../common/errors.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import type { Bindings, DataChunk, Result } from './bindings.ts';
import { type VectorPlan, vectorPlanOf } from './types.ts';
import { columnOfVectors } from './vectors.ts';

interface ChunkPart {
  readonly chunk: DataChunk;
  readonly from: number;
  readonly length: number;
}

/** The rows of a complete result, in order, as batches in a task's arena. */
export class ResultReader {
  readonly #bindings: Bindings;
  readonly #result: Result;
  readonly #schema: Schema;
  readonly #plans: readonly VectorPlan[];
  readonly #chunkCount: number;
  #nextChunk = 0;
  #rest: { chunk: DataChunk; from: number; size: number } | undefined;

  /** @throws TidemillError `internal` when the result's columns are not those of `schema`. */
  constructor(bindings: Bindings, result: Result, schema: Schema) {
    this.#bindings = bindings;
    this.#result = result;
    this.#schema = schema;
    if (bindings.column_count(result) !== schema.length) {
      throw internalError(`DuckDB gave ${bindings.column_count(result)} columns for ${schema.length}`);
    }
    this.#plans = schema.map((field, index) => vectorPlanOf(bindings, bindings.column_logical_type(result, index), field.type));
    this.#chunkCount = bindings.result_chunk_count(result);
  }

  /** Chunks fetched so far. */
  get chunksRead(): number {
    return this.#nextChunk;
  }

  /** Passes over rows that were delivered before a restart. */
  skip(rows: number): void {
    for (let left = rows; left > 0; ) {
      const rest = this.#current();
      if (rest === undefined) return;
      const taken = Math.min(left, rest.size - rest.from);
      left -= taken;
      this.#take(taken);
    }
  }

  /** Up to `rowsMax` rows, several chunks joined; undefined at the end. */
  read(memory: TaskMemory, rowsMax: number): Batch | undefined {
    const parts: ChunkPart[] = [];
    let rows = 0;
    while (rows < rowsMax) {
      const rest = this.#current();
      if (rest === undefined) break;
      const length = Math.min(rowsMax - rows, rest.size - rest.from);
      parts.push({ chunk: rest.chunk, from: rest.from, length });
      rows += length;
      this.#take(length);
    }
    if (rows === 0) return undefined;
    const columns = this.#schema.map((field, index) =>
      columnOfVectors(
        this.#bindings,
        memory,
        field.type,
        this.#plans[index]!,
        parts.map(part => ({
          vector: this.#bindings.data_chunk_get_vector(part.chunk, index),
          from: part.from,
          length: part.length,
        })),
      ),
    );
    return batchOf(rows, columns);
  }

  #current(): { chunk: DataChunk; from: number; size: number } | undefined {
    while (this.#rest === undefined && this.#nextChunk < this.#chunkCount) {
      const chunk = this.#bindings.result_get_chunk(this.#result, this.#nextChunk++);
      const size = this.#bindings.data_chunk_get_size(chunk);
      if (size > 0) this.#rest = { chunk, from: 0, size };
    }
    return this.#rest;
  }

  #take(rows: number): void {
    const rest = this.#rest!;
    rest.from += rows;
    if (rest.from === rest.size) this.#rest = undefined;
  }
}
