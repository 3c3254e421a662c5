import { type Batch, batchOf } from '../columnar/batch.ts';
import { readColumn } from '../columnar/read-values.ts';
import type { Schema } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import { columnOf } from '../columnar/write-values.ts';
import { TidemillError } from '../common/errors.ts';
import type { Kernels } from '../kernels/index.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import { AvroDecoder } from './avro/decoder.ts';
import { AvroEncoder } from './avro/encoder.ts';
import { legacyTimes } from './avro/format.ts';
import { avroSchemaOf, parseAvroSchema } from './avro/schema.ts';
import type { ReadContext, RecordReader, RecordRun, RecordsRead, RecordWriter, WriteContext } from './contract.ts';
import { csvDecoder, csvSettings } from './csv/decoder.ts';
import { type BadRecordPolicy, badRecordPolicy } from './decoding/bad-records.ts';
import type { BadRecord, Decoded, RecordDecoder } from './decoding/record-decoder.ts';
import { RowTextEncoder } from './encoding/row-text-encoder.ts';
import { textEncoding } from './encoding/text-encoding.ts';
import { jsonDecoder } from './json/decoder.ts';
import { type Options, optionOf } from './options.ts';
import { rawDecoder } from './raw/decoder.ts';
import { RawEncoder } from './raw/encoder.ts';

/** Kernels read whole vectors behind the end of the text. */
const slackBytes = 64;

/**
 * Reads independent records, such as Kafka's messages, as rows of `schema`. `columns`: those to deliver, by index.
 * @throws TidemillError `not-supported` for formats of files only, `wrong-option`, `wrong-schema`.
 * @example recordReader('json', schema, [0], { format: 'json' }, context).read({ places, count: 3 }).batch.length
 */
export function recordReader(
  format: string,
  schema: Schema,
  columns: readonly number[],
  options: Options,
  context: ReadContext,
): RecordReader {
  const wanted = columns.map(index => schema[index]!);
  const policy = badRecordPolicy(options);
  const collectBad = policy === 'skip' || policy === 'table';
  switch (format) {
    case 'json':
      return new TextRecords(jsonDecoder(wanted, options, context, collectBad), format, policy, options, context);
    case 'csv': {
      const places = schema.map((_, index) => columns.indexOf(index));
      return new TextRecords(
        csvDecoder(wanted, places, { ...csvSettings(options), collectBad }, context),
        format,
        policy,
        options,
        context,
      );
    }
    case 'raw':
      return new TextRecords(rawDecoder(schema, options, wanted.length > 0, context), format, policy, options, context);
    case 'avro': {
      // Without a registry a record is of the table's own schema, as Flink's avro format has it.
      const writer = parseAvroSchema(avroSchemaOf(schema, legacyTimes(options)), 'the record');
      const record = writer.kind === 'union' ? writer.branches[1]! : writer;
      return new AvroRecords(new AvroDecoder(context, wanted, record, 'the record'), policy, context);
    }
    default:
      throw new TidemillError('unknown-format', `format '${format}' is one of files, not of single records`, {
        hint: 'There are json, csv, raw and avro.',
      });
  }
}

/** Writes rows as independent records. Errors as {@link recordReader}. */
export function recordWriter(format: string, schema: Schema, options: Options, context: WriteContext): RecordWriter {
  switch (format) {
    case 'json':
    case 'csv': {
      const encoder = new RowTextEncoder(context.memory, context.kernels, schema, textEncoding(schema, options, format));
      return {
        write: (batch, write) => pieces(context.memory, batch, 1, write, (to, ends) => encoder.encode(batch, to, ends)),
        close: () => encoder.close(),
      };
    }
    case 'avro': {
      avroSchemaOf(schema, legacyTimes(options));
      const encoder = new AvroEncoder(context.memory, context.kernels, schema, false);
      return {
        write: (batch, write) => pieces(context.memory, batch, 0, write, (to, ends) => encoder.encode(batch, to, ends)),
        close: () => encoder.close(),
      };
    }
    case 'raw': {
      const encoder = new RawEncoder(context.memory, schema, options);
      return {
        write(batch, write) {
          const { bytes, ends } = encoder.records(batch, 0);
          let from = 0;
          for (const end of ends) {
            write(bytes.subarray(from, end));
            from = end;
          }
        },
        close: () => undefined,
      };
    }
    default:
      throw new TidemillError('unknown-format', `format '${format}' is one of files, not of single records`, {
        hint: 'There are json, csv, raw and avro.',
      });
  }
}

/** Cuts what an encoder writes where its rows end; `gap` bytes belong to no record. */
function pieces(
  memory: TaskMemory,
  batch: Batch,
  gap: number,
  write: (record: Uint8Array) => void,
  encode: (to: (bytes: Uint8Array) => void, ends: number) => void,
): void {
  const mark = memory.arena.mark();
  const ends = memory.arena.allocate(Math.max(batch.length, 1) * 4);
  let row = 0;
  encode(bytes => {
    const { u32 } = memory;
    const last = bytes.byteOffset + bytes.length;
    for (let from = bytes.byteOffset; from < last; row++) {
      const end = u32[(ends >> 2) + row]!;
      write(bytes.subarray(from - bytes.byteOffset, end - gap - bytes.byteOffset));
      from = end;
    }
  }, ends);
  memory.arena.release(mark);
}

/** Bits of what records_lay met. */
const met = { empty: 1, newline: 2, noBrace: 4 } as const;
const nullLength = 0xffffffff;

/** Records as lines: where each begins (u32), and the end of all. */
interface Laid {
  readonly starts: number;
  readonly count: number;
  readonly met: number;
}

/**
 * Records of a text format: decoded where they lie in one call, if the format can and each is a plain row; else laid one behind the other as lines by
 * a kernel and decoded in one call; only when a record turned out not to be one row are they decoded one by one.
 */
class TextRecords implements RecordReader {
  readonly #decoder: RecordDecoder;
  readonly #format: string;
  readonly #policy: BadRecordPolicy;
  /** Flink's ignore-parse-errors. */
  readonly #lenient: boolean;
  readonly #memory: TaskMemory;
  readonly #kernels: Kernels;
  #segment = 0;
  #segmentBytes = 0;

  constructor(decoder: RecordDecoder, format: string, policy: BadRecordPolicy, options: Options, context: ReadContext) {
    this.#decoder = decoder;
    this.#format = format;
    this.#policy = policy;
    this.#lenient = policy === 'flink' && optionOf.boolean(options, `${format}.ignore-parse-errors`);
    this.#memory = context.memory;
    this.#kernels = context.kernels;
  }

  read(run: RecordRun): RecordsRead {
    const plain = this.#decoder.decodePlaces?.(run.places, run.count);
    if (plain !== undefined) return { batch: plain, records: undefined, bad: [] };
    const laid = this.#lay(run.places, run.count);
    if ((laid.met & met.empty) === 0) return this.#rows(laid, run, undefined);
    const raw = this.#format === 'raw';
    // No bytes are no row: Kafka's tombstones, and what Flink passes over. To format raw they are a value, and NULL is a row of NULL.
    const filled = this.#filled(run, raw);
    const found = this.#rows(this.#lay(filled.places, filled.records.length), run, filled.records);
    return raw && found.bad.length === 0 ? { ...found, batch: this.#withNulls(found, run.count), records: undefined } : found;
  }

  close(): void {
    this.#decoder.close();
    if (this.#segmentBytes > 0) this.#memory.freeSegment(this.#segment, this.#segmentBytes);
    this.#segmentBytes = 0;
  }

  /** Rows of records that have bytes; `numbers`: which of the run's they are, if not all. */
  #rows(laid: Laid, run: RecordRun, numbers: Uint32Array | undefined): RecordsRead {
    const { starts, count } = laid;
    const uneven = this.#format === 'csv' ? (laid.met & met.newline) !== 0 : (laid.met & met.noBrace) !== 0;
    if (!uneven) {
      const { batch, next, bad, leftOut, skippedRecords } = this.#decode(starts, count);
      const whole = bad === undefined && next === this.#memory.u32[(starts >> 2) + count]!;
      if (whole && skippedRecords === 0 && leftOut.length === 0 && batch.length === count)
        return { batch, records: numbers, bad: [] };
      if (whole && leftOut.length > 0 && batch.length + leftOut.length === count) {
        const wrong = leftOut.map(each => ({ record: this.#recordAt(starts, count, each.recordAt), ...failing(each) }));
        const out = new Set(wrong.map(each => each.record));
        const rows = Uint32Array.from({ length: count }, (_, record) => record).filter(record => !out.has(record));
        if (rows.length === batch.length) return numbered({ batch, records: rows, bad: wrong }, numbers);
      }
    }
    return this.#apart(starts, count, run, numbers);
  }

  /** Copies the records as lines. */
  #lay(places: number, count: number): Laid {
    const lengths = this.#memory.u32;
    let bytes = count + slackBytes;
    for (let at = (places >> 2) + 1, end = at + 2 * count; at < end; at += 2) {
      const length = lengths[at]!;
      if (length !== nullLength) bytes += length;
    }
    if (bytes > this.#segmentBytes) {
      if (this.#segmentBytes > 0) this.#memory.freeSegment(this.#segment, this.#segmentBytes);
      this.#segmentBytes = Math.max(bytes, 2 * this.#segmentBytes, 1 << 17);
      this.#segment = this.#memory.allocateSegment(this.#segmentBytes);
    }
    const starts = this.#memory.arena.allocate((count + 1) * 4);
    const json = this.#format === 'json' ? 1 : 0;
    return { starts, count, met: this.#kernels.records_lay(places, count, this.#segment, starts, json) >>> 0 };
  }

  #decode(starts: number, count: number): Decoded {
    this.#decoder.moved();
    return this.#decoder.decode(this.#segment, this.#memory.u32[(starts >> 2) + count]!, Math.max(count, 1), true);
  }

  /** The records that have bytes, or also those that are empty but not NULL. */
  #filled(run: RecordRun, orEmpty: boolean): { readonly places: number; readonly records: Uint32Array } {
    const from = run.places >> 2;
    const lengths = this.#memory.u32;
    const records = Uint32Array.from({ length: run.count }, (_, record) => record).filter(record => {
      const length = lengths[from + record * 2 + 1]!;
      return length !== nullLength && (orEmpty || length !== 0);
    });
    const places = this.#memory.arena.allocate(Math.max(records.length, 1) * 8);
    const { u32 } = this.#memory;
    for (const [index, record] of records.entries())
      u32.copyWithin((places >> 2) + index * 2, from + record * 2, from + record * 2 + 2);
    return { places, records };
  }

  #withNulls(found: RecordsRead, count: number): Batch {
    const { batch, records } = found;
    if (batch.length === count) return batch;
    const columns = batch.columns.map(column => {
      const values = readColumn(this.#memory, column, batch.length);
      const all = new Array<Value>(count).fill(null);
      for (const [row, value] of values.entries()) all[records![row]!] = value;
      return columnOf(this.#memory, column.type, all);
    });
    return batchOf(count, columns);
  }

  #recordAt(starts: number, count: number, address: number): number {
    const { u32 } = this.#memory;
    let [low, high] = [0, count];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (u32[(starts >> 2) + middle]! <= address) low = middle;
      else high = middle;
    }
    return low;
  }

  /** Each for itself: rows of good ones are found in one more call over those only. */
  #apart(startsAt: number, count: number, run: RecordRun, numbers: Uint32Array | undefined): RecordsRead {
    const starts = this.#memory.u32.slice(startsAt >> 2, (startsAt >> 2) + count + 1);
    const good: number[] = [];
    const bad: { record: number; error: string; column: string }[] = [];
    const rows: number[] = [];
    for (let record = 0; record < count; record++) {
      const [from, to] = [starts[record]!, starts[record + 1]!];
      this.#decoder.moved();
      const mark = this.#memory.arena.mark();
      let at = from;
      let found = 0;
      let wrong: { error: string; column: string } | undefined;
      while (at < to && wrong === undefined) {
        const decoded = this.#decoder.decode(at, to, 1024, true);
        const first = decoded.bad ?? decoded.leftOut[0];
        if (first !== undefined) wrong = failing(first);
        else if (decoded.skippedRecords > 0) wrong = { error: 'it cannot be read', column: '' };
        found += decoded.batch.length;
        if (decoded.next === at) break;
        at = decoded.next;
      }
      this.#memory.arena.release(mark);
      if (wrong !== undefined) {
        bad.push({ record, ...wrong });
        continue;
      }
      good.push(record);
      for (let row = 0; row < found; row++) rows.push(record);
    }
    if (bad.length > 0 && this.#policy !== 'skip' && this.#policy !== 'table' && !this.#lenient) {
      const { record, error } = bad[0]!;
      const hint = `To leave bad records out: 'bad-records' = 'skip', or '${this.#format}.ignore-parse-errors' = 'true' as Flink does.`;
      throw badRecord(error, numbers?.[record] ?? record, run, hint);
    }
    let to = this.#segment;
    const { u8 } = this.#memory;
    for (const record of good) {
      const [from, end] = [starts[record]!, starts[record + 1]!];
      u8.copyWithin(to, from, end);
      to += end - from;
    }
    this.#decoder.moved();
    const { batch } = this.#decoder.decode(this.#segment, to, Math.max(rows.length, 1), true);
    return numbered({ batch, records: Uint32Array.from(rows), bad }, numbers);
  }
}

const failing = (bad: BadRecord): { readonly error: string; readonly column: string } => ({
  error: bad.expected,
  column: bad.column,
});

/** The same with the numbers that the records have in the run. */
function numbered(read: RecordsRead, numbers: Uint32Array | undefined): RecordsRead {
  if (numbers === undefined) return read;
  return {
    batch: read.batch,
    records: read.records!.map(record => numbers[record]!),
    bad: read.bad.map(each => ({ ...each, record: numbers[each.record]! })),
  };
}

function badRecord(error: string, record: number, run: RecordRun, hint: string): TidemillError {
  const place = run.placeOf?.(record) ?? `record ${record + 1} of ${run.count}`;
  return new TidemillError('bad-record', `${place}: ${error}`, { hint });
}

/** Avro records without a head. */
class AvroRecords implements RecordReader {
  readonly #decoder: AvroDecoder;
  readonly #policy: BadRecordPolicy;
  readonly #memory: TaskMemory;
  #segment = 0;
  #segmentBytes = 0;

  constructor(decoder: AvroDecoder, policy: BadRecordPolicy, context: ReadContext) {
    this.#decoder = decoder;
    this.#policy = policy;
    this.#memory = context.memory;
  }

  read(run: RecordRun): RecordsRead {
    const places = this.#memory.u32.slice(run.places >> 2, (run.places >> 2) + run.count * 2);
    const every = Array.from({ length: run.count }, (_, record) => record);
    // a tombstone is no row
    const all = every.filter(record => places[record * 2 + 1] !== nullLength);
    const whole = this.#decode(places, all);
    if (whole.next === whole.to && whole.batch.length === all.length)
      return { batch: whole.batch, records: all.length === every.length ? undefined : Uint32Array.from(all), bad: [] };
    const bad: { record: number; error: string; column: string }[] = [];
    const good = all.filter(record => {
      const mark = this.#memory.arena.mark();
      const one = this.#decode(places, [record]);
      const error = one.bad ?? (one.next === one.to ? undefined : 'bytes are left behind the record');
      this.#memory.arena.release(mark);
      if (error !== undefined) bad.push({ record, error, column: '' });
      return error === undefined;
    });
    if (bad.length > 0 && this.#policy !== 'skip' && this.#policy !== 'table')
      throw badRecord(bad[0]!.error, bad[0]!.record, run, "To leave bad records out: 'bad-records' = 'skip'.");
    const batch = good.length === 0 ? batchOf(0, this.#decode(places, []).batch.columns) : this.#decode(places, good).batch;
    return { batch, records: Uint32Array.from(good), bad };
  }

  close(): void {
    this.#decoder.close();
    if (this.#segmentBytes > 0) this.#memory.freeSegment(this.#segment, this.#segmentBytes);
    this.#segmentBytes = 0;
  }

  #decode(places: Uint32Array, records: readonly number[]) {
    let bytes = slackBytes;
    for (const record of records) bytes += places[record * 2 + 1]!;
    if (bytes > this.#segmentBytes) {
      if (this.#segmentBytes > 0) this.#memory.freeSegment(this.#segment, this.#segmentBytes);
      this.#segmentBytes = Math.max(bytes, 2 * this.#segmentBytes, 1 << 17);
      this.#segment = this.#memory.allocateSegment(this.#segmentBytes);
    }
    const { u8 } = this.#memory;
    let to = this.#segment;
    for (const record of records) {
      u8.copyWithin(to, places[record * 2]!, places[record * 2]! + places[record * 2 + 1]!);
      to += places[record * 2 + 1]!;
    }
    return { ...this.#decoder.decode(this.#segment, to, records.length), to };
  }
}
