import type { Batch } from '../../../columnar/batch.ts';
import { batchOf, type Column } from '../../../columnar/batch.ts';
import { readColumn } from '../../../columnar/read-values.ts';
import { type Field, storageBytes, storageOf, withNullable } from '../../../columnar/types.ts';
import type { Value } from '../../../columnar/values.ts';
import { columnOf } from '../../../columnar/write-values.ts';
import type { ReadContext, RecordReader, RecordsRead, ScanRequest } from '../../contract.ts';
import { recordReader } from '../../record-formats.ts';
import type { RecordPart } from '../sink/settings.ts';
import type { RecordRuns } from './batch-reader.ts';
import { metadataTypes } from './metadata.ts';

type Place =
  | { readonly part: 'key' | 'value'; readonly index: number }
  | { readonly part: 'metadata'; readonly key: string; readonly field: Field };
export interface BadKafkaRecord {
  /** Row of the runs. */
  readonly record: number;
  readonly error: string;
  readonly column: string;
}
export interface RecordRows {
  readonly batch: Batch;
  readonly bad: readonly BadKafkaRecord[];
}

/** Runs of records as rows of a table: keys and values through their formats, and what the record itself tells. */
export class RecordColumns {
  readonly #context: ReadContext;
  readonly #key: RecordReader | undefined;
  readonly #value: RecordReader;
  readonly #places: readonly Place[];
  readonly #topic: string;
  readonly #partition: number;
  /** Rows are upserts by key; a record without value deletes. */
  readonly #upsert: boolean;

  constructor(
    request: ScanRequest,
    parts: { readonly key: RecordPart | undefined; readonly value: RecordPart },
    topic: string,
    partition: number,
    context: ReadContext,
    upsert = false,
  ) {
    this.#context = context;
    this.#upsert = upsert;
    this.#topic = topic;
    this.#partition = partition;
    const { schema, metadata, options } = request.source;
    const keyColumns: number[] = [];
    const valueColumns: number[] = [];
    this.#places = request.columns.map((index): Place => {
      const field = schema[index]!;
      const key = metadata?.[field.name];
      if (key !== undefined) return { part: 'metadata', key, field };
      // A column that is in both comes from the value, as in Flink; of upserts from the key, which deletes have, too.
      const inKey = upsert ? (parts.key?.columns.indexOf(index) ?? -1) : -1;
      const inValue = inKey >= 0 ? -1 : parts.value.columns.indexOf(index);
      const [part, columns, at] =
        inValue >= 0
          ? (['value', valueColumns, inValue] as const)
          : (['key', keyColumns, parts.key!.columns.indexOf(index)] as const);
      columns.push(at);
      return { part, index: columns.length - 1 };
    });
    const policy = options['bad-records'];
    const readerOf = (part: RecordPart, columns: readonly number[]): RecordReader =>
      recordReader(
        part.format,
        part.schema,
        columns,
        policy === undefined ? part.options : { ...part.options, 'bad-records': policy },
        context,
      );
    this.#value = readerOf(parts.value, valueColumns);
    this.#key = parts.key === undefined ? undefined : readerOf(parts.key, keyColumns);
  }

  /** @throws TidemillError `bad-record`, unless the table says otherwise. */
  read(runs: RecordRuns): RecordRows {
    const placeOf = (record: number): string =>
      `topic '${this.#topic}', partition ${this.#partition}, offset ${this.#context.memory.i64[(runs.offsets >> 3) + record]}`;
    const values = this.#value.read({ places: runs.values, count: runs.rows, placeOf });
    const keys = this.#key?.read({
      places: runs.keys,
      count: runs.rows,
      placeOf: record => `${placeOf(record)}, key`,
    });
    const bad = keys === undefined ? values.bad : mergeBad(values.bad, keys.bad);
    if (this.#upsert) return { batch: this.#upserts(runs, values, keys!), bad };
    const even = values.records === undefined && keys?.records === undefined;
    let length = values.batch.length;
    let records = values.records;
    let keyRows: Uint32Array | undefined;
    let valueRows: Uint32Array | undefined;
    if (keys !== undefined && !even) {
      const paired = pairs(keys, values);
      ({ keyRows, valueRows, records } = paired);
      length = records.length;
    }
    const place = (rows: Uint32Array | undefined): number => (rows === undefined ? 0 : this.#place(rows));
    const [keyIndex, valueIndex, recordIndex] = [place(keyRows), place(valueRows), place(records)];
    const columns = this.#places.map(found => {
      if (found.part === 'metadata') return this.#metadata(found.key, found.field, runs, recordIndex, length);
      const { batch } = found.part === 'key' ? keys! : values;
      return this.#gather(batch.columns[found.index]!, batch.length, found.part === 'key' ? keyIndex : valueIndex, length);
    });
    return { batch: batchOf(length, columns), bad };
  }

  /** Records without value are deletes: rows of weight −1 of which only the key is known. */
  #upserts(runs: RecordRuns, values: RecordsRead, keys: RecordsRead): Batch {
    const { memory } = this.#context;
    const keyRowOf = rowsByRecord(keys, runs.rows);
    const valueRowOf = rowsByRecord(values, runs.rows);
    const { u32 } = memory;
    const chosen: { readonly record: number; readonly deleted: boolean }[] = [];
    let deletes = 0;
    for (let record = 0; record < runs.rows; record++) {
      const deleted = u32[(runs.values >> 2) + record * 2 + 1] === nullBytes;
      if (keyRowOf[record]! < 0 || (!deleted && valueRowOf[record]! < 0)) continue;
      if (deleted) deletes++;
      chosen.push({ record, deleted });
    }
    const count = chosen.length;
    const place = (row: (record: number) => number): number =>
      this.#place(Uint32Array.from(chosen, ({ record }) => Math.max(row(record), 0)));
    const [keyIndex, valueIndex, recordIndex] = [
      place(record => keyRowOf[record]!),
      place(record => valueRowOf[record]!),
      place(record => record),
    ];
    const columns = this.#places.map(found => {
      if (found.part === 'metadata') return this.#metadata(found.key, found.field, runs, recordIndex, count);
      const { batch } = found.part === 'key' ? keys : values;
      const column = batch.columns[found.index]!;
      if (batch.length === 0) return columnOf(memory, withNullable(column.type, true), Array<null>(count).fill(null));
      return this.#gather(column, batch.length, found.part === 'key' ? keyIndex : valueIndex, count);
    });
    if (deletes === 0) return batchOf(count, columns);
    const weights = memory.arena.allocate(Math.max(count, 1));
    for (const [row, { deleted }] of chosen.entries()) memory.i8[weights + row] = deleted ? -1 : 1;
    return batchOf(count, columns, weights);
  }

  close(): void {
    this.#value.close();
    this.#key?.close();
  }

  #place(rows: Uint32Array): number {
    const { memory } = this.#context;
    const at = memory.arena.allocate(Math.max(rows.length, 1) * 4);
    memory.u32.set(rows, at >> 2);
    return at;
  }

  /** Rows of a column by number; the column itself when `index` is 0. */
  #gather(column: Column, rows: number, index: number, length: number): Column {
    if (index === 0) return column;
    const { memory, kernels } = this.#context;
    const storage = storageOf(column.type);
    if (storage === 'struct' || storage === 'list') {
      const values = readColumn(memory, column, rows);
      const picked = Array.from(memory.u32.slice(index >> 2, (index >> 2) + length), row => values[row]!);
      return columnOf(memory, column.type, picked);
    }
    const bytes = storageBytes(storage);
    const data = memory.arena.allocate(Math.max(length, 1) * bytes);
    const gather = {
      1: kernels.gather_8,
      2: kernels.gather_16,
      4: kernels.gather_32,
      8: kernels.gather_64,
      16: kernels.gather_128,
    };
    gather[bytes as keyof typeof gather](length, index, column.data, data);
    let validity = 0;
    if (column.validity !== 0) {
      validity = memory.arena.allocateZeroed(((length + 63) >> 6) << 3);
      kernels.gather_bits(length, index, column.validity, validity);
    }
    return { type: column.type, validity, data };
  }

  #metadata(key: string, field: Field, runs: RecordRuns, index: number, length: number): Column {
    const type = metadataTypes[key]!;
    const numbers = (data: number): Column => this.#gather({ type, validity: 0, data }, runs.rows, index, length);
    switch (key) {
      case 'offset':
        return { ...numbers(runs.offsets), type: field.type };
      case 'timestamp':
        return { ...numbers(runs.times), type: field.type };
      case 'partition':
        return { ...this.#constant(this.#partition, length, 4), type: field.type };
      case 'leader-epoch': {
        const column = numbers(runs.epochs);
        return { ...column, type: field.type, validity: this.#knownEpochs(column.data, length) };
      }
      case 'topic':
        return this.#texts([this.#topic], undefined, length, field);
      case 'timestamp-type':
        return this.#texts(['CreateTime', 'LogAppendTime'], numbers(runs.kinds).data, length, field);
      default:
        return this.#headers(field, runs, index, length);
    }
  }

  #constant(value: number, length: number, bytes: 4): Column {
    const { memory } = this.#context;
    const data = memory.arena.allocate(Math.max(length, 1) * bytes);
    memory.u32.fill(value, data >> 2, (data >> 2) + length);
    return { type: metadataTypes['partition']!, validity: 0, data };
  }

  /** −1: the record batch does not tell. */
  #knownEpochs(data: number, length: number): number {
    const { memory } = this.#context;
    const epochs = memory.i32.subarray(data >> 2, (data >> 2) + length);
    if (!epochs.includes(-1)) return 0;
    const validity = memory.arena.allocateZeroed(((length + 63) >> 6) << 3);
    const { u8 } = memory;
    for (let row = 0; row < length; row++) if (memory.i32[(data >> 2) + row] !== -1) u8[validity + (row >> 3)]! |= 1 << (row & 7);
    return validity;
  }

  /** The same few texts in all rows, chosen by a byte of each. */
  #texts(texts: readonly string[], choice: number | undefined, length: number, field: Field): Column {
    const { memory, kernels } = this.#context;
    const few = columnOf(memory, field.type, texts);
    const index = memory.arena.allocate(Math.max(length, 1) * 4);
    const { u32, u8 } = memory;
    if (choice === undefined) u32.fill(0, index >> 2, (index >> 2) + length);
    else for (let row = 0; row < length; row++) u32[(index >> 2) + row] = u8[choice + row]!;
    const data = memory.arena.allocate(Math.max(length, 1) * 16);
    kernels.gather_128(length, index, few.data, data);
    return { type: field.type, validity: 0, data };
  }

  #headers(field: Field, runs: RecordRuns, index: number, length: number): Column {
    const { memory } = this.#context;
    const values: Value[] = [];
    for (let row = 0; row < length; row++) {
      const record = index === 0 ? row : memory.u32[(index >> 2) + row]!;
      const at = memory.u32[(runs.headers >> 2) + record * 2]!;
      const bytes = memory.u32[(runs.headers >> 2) + record * 2 + 1]!;
      values.push(headersOf(memory.u8.slice(at, at + bytes)));
    }
    return columnOf(memory, field.type, values);
  }
}

/** A record's headers as a map; of several of one name the last counts, as in Flink. */
function headersOf(bytes: Uint8Array): Value {
  const buffer = Buffer.from(bytes);
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = buffer[at++] ?? 0;
      value |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    return (value >>> 1) ^ -(value & 1);
  };
  const map = new Map<string, Uint8Array | null>();
  const count = varint();
  for (let header = 0; header < count && at < buffer.length; header++) {
    const nameBytes = varint();
    const name = buffer.toString('utf8', at, at + nameBytes);
    at += nameBytes;
    const valueBytes = varint();
    map.delete(name);
    map.set(name, valueBytes < 0 ? null : Uint8Array.from(buffer.subarray(at, at + valueBytes)));
    at += Math.max(valueBytes, 0);
  }
  return [...map];
}

const recordOf = (read: RecordsRead, row: number): number => (read.records === undefined ? row : read.records[row]!);

/** Each row of a record's key with each row of its value; `records` by row. */
function pairs(keys: RecordsRead, values: RecordsRead): { keyRows: Uint32Array; valueRows: Uint32Array; records: Uint32Array } {
  const [keyRows, valueRows, records]: [number[], number[], number[]] = [[], [], []];
  let from = 0;
  for (let key = 0; key < keys.batch.length; key++) {
    const record = recordOf(keys, key);
    while (from < values.batch.length && recordOf(values, from) < record) from++;
    for (let value = from; value < values.batch.length && recordOf(values, value) === record; value++) {
      keyRows.push(key);
      valueRows.push(value);
      records.push(record);
    }
  }
  return { keyRows: Uint32Array.from(keyRows), valueRows: Uint32Array.from(valueRows), records: Uint32Array.from(records) };
}

/** Length of a NULL. */
const nullBytes = 0xffffffff;

/** By record, its row, or −1. */
function rowsByRecord({ batch, records }: RecordsRead, count: number): Int32Array {
  const rows = new Int32Array(count).fill(-1);
  for (let row = 0; row < batch.length; row++) rows[records === undefined ? row : records[row]!] = row;
  return rows;
}

function mergeBad(values: readonly BadKafkaRecord[], keys: readonly BadKafkaRecord[]): readonly BadKafkaRecord[] {
  if (keys.length === 0) return values;
  const inValues = new Set(values.map(each => each.record));
  return [...values, ...keys.filter(each => !inValues.has(each.record))].sort((left, right) => left.record - right.record);
}
