import type { Batch, Column } from '../../columnar/batch.ts';
import { isNull } from '../../columnar/read-values.ts';
import { childTypes, type Schema, type SqlType, storageOf, types } from '../../columnar/types.ts';
import { TidemillError } from '../../common/errors.ts';
import { avroColumn, avroEncodeBlock } from '../../kernels/avro.ts';
import type { Kernels } from '../../kernels/index.ts';
import type { TaskMemory } from '../../wasm/memory.ts';
import { fieldKindOf } from '../decoding/fields.ts';

const bufferBytesInitial = 1 << 18;

/** Batches as Avro records of the schema that avroSchemaOf gives: a kernel writes whole rows into a buffer of the task's memory. */
export class AvroEncoder {
  readonly #memory: TaskMemory;
  readonly #kernels: Kernels;
  readonly #schema: Schema;
  readonly #fixed: number;
  readonly #fixedBytes: number;
  readonly #root: number;
  #buffer: number;
  #bufferBytes = bufferBytesInitial;

  /** `envelope`: records are written as the second of a union with null, as in Flink's files; single records are not. */
  constructor(memory: TaskMemory, kernels: Kernels, schema: Schema, envelope: boolean) {
    this.#memory = memory;
    this.#kernels = kernels;
    this.#schema = schema;
    const row: SqlType = types.row(schema, false);
    this.#fixedBytes = avroEncodeBlock.sizeBytes + count(row) * avroColumn.sizeBytes;
    this.#fixed = memory.allocateSegment(this.#fixedBytes);
    this.#buffer = memory.allocateSegment(this.#bufferBytes);
    memory.u8.fill(0, this.#fixed, this.#fixed + this.#fixedBytes);
    this.#root = this.#fixed + avroEncodeBlock.sizeBytes;
    this.#set(this.#fixed + avroEncodeBlock.root, this.#root);
    this.#set(this.#fixed + avroEncodeBlock.envelope, envelope ? 1 : 0);
    this.#place(row, this.#root, { address: this.#root + avroColumn.sizeBytes });
  }

  /**
   * Gives `write` the rows a piece at a time, with their number; the bytes are valid during the call. `rowEnds`: address for the end of each row.
   * @throws TidemillError `null-map-key`.
   */
  encode(batch: Batch, write: (bytes: Uint8Array, rows: number) => void, rowEnds = 0): void {
    if (batch.length === 0) return;
    batch.columns.forEach((column, index) => {
      this.#point(this.#child(this.#root, index), column, batch.length, this.#schema[index]!.type);
    });
    const block = this.#fixed;
    this.#set(block + avroEncodeBlock.from, 0);
    this.#set(block + avroEncodeBlock.to, batch.length);
    this.#set(block + avroEncodeBlock.rowEnds, rowEnds);
    let done = 0;
    for (;;) {
      this.#set(block + avroEncodeBlock.out, this.#buffer);
      this.#set(block + avroEncodeBlock.outEnd, this.#buffer + this.#bufferBytes);
      const full = this.#kernels.avro_encode(block) !== 0;
      const end = this.#memory.u32[(block + avroEncodeBlock.out) >> 2]!;
      const next = this.#memory.u32[(block + avroEncodeBlock.from) >> 2]!;
      if (end > this.#buffer || next > done) write(this.#memory.u8.subarray(this.#buffer, end), next - done);
      done = next;
      if (!full) return;
      if (end === this.#buffer) this.#growBuffer();
    }
  }

  close(): void {
    this.#memory.freeSegment(this.#fixed, this.#fixedBytes);
    this.#memory.freeSegment(this.#buffer, this.#bufferBytes);
  }

  #growBuffer(): void {
    this.#memory.freeSegment(this.#buffer, this.#bufferBytes);
    this.#bufferBytes *= 4;
    this.#buffer = this.#memory.allocateSegment(this.#bufferBytes);
  }
  #set(address: number, value: number): void {
    this.#memory.u32[address >> 2] = value;
  }
  #child(address: number, index: number): number {
    return this.#memory.u32[(address + avroColumn.children) >> 2]! + index * avroColumn.sizeBytes;
  }

  #place(type: SqlType, address: number, next: { address: number }, isKey = false): void {
    this.#set(address + avroColumn.kind, fieldKindOf(type));
    this.#set(address + avroColumn.nullable, type.nullable && !isKey ? 1 : 0);
    const below = childTypes(type);
    const first = next.address;
    next.address += below.length * avroColumn.sizeBytes;
    this.#set(address + avroColumn.children, first);
    this.#set(address + avroColumn.childCount, below.length);
    // Milliseconds up to precision 3; the engine has microseconds up to 6.
    const millis = (type.kind === 'TIMESTAMP' || type.kind === 'TIMESTAMP_LTZ') && type.precision <= 3;
    this.#set(address + avroColumn.multiply, 1);
    this.#set(address + avroColumn.divide, millis ? 1000 : 1);
    below.forEach((child, index) => {
      const at = first + index * avroColumn.sizeBytes;
      this.#place(child, at, next, index === 0 && (type.kind === 'MAP' || type.kind === 'MULTISET'));
      // A MULTISET is a map to nullable counts.
      if (type.kind === 'MULTISET' && index === 1) this.#set(at + avroColumn.nullable, 1);
    });
  }

  #point(address: number, column: Column, length: number, type: SqlType): void {
    this.#set(address + avroColumn.data, column.data);
    this.#set(address + avroColumn.validity, column.validity);
    if (column.children === undefined) return;
    const below = storageOf(type) === 'list' ? this.#memory.i32[(column.data >> 2) + length]! : length;
    if (type.kind === 'MAP' || type.kind === 'MULTISET') this.#requireKeys(column.children[0]!, below);
    childTypes(type).forEach((child, index) => {
      this.#point(this.#child(address, index), column.children![index]!, below, child);
    });
  }

  #requireKeys(keys: Column, length: number): void {
    for (let row = 0; keys.validity !== 0 && row < length; row++) {
      if (isNull(this.#memory, keys, row))
        throw new TidemillError('null-map-key', 'Avro has no NULL keys, and a MAP that is written has one', {
          hint: 'Leave such rows out, or write Parquet.',
        });
    }
  }
}

const count = (type: SqlType): number => childTypes(type).reduce((sum, child) => sum + count(child), 1);
