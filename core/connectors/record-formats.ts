import { type Batch, batchOf } from '../columnar/batch.ts';
import type { Schema } from '../columnar/types.ts';
import { TidemillError } from '../common/errors.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import { AvroDecoder } from './avro/decoder.ts';
import { AvroEncoder } from './avro/encoder.ts';
import { legacyTimes } from './avro/format.ts';
import { avroSchemaOf, parseAvroSchema } from './avro/schema.ts';
import type { ReadContext, RecordReader, RecordRun, RecordsRead, RecordWriter, WriteContext } from './contract.ts';
import { csvDecoder, csvSettings } from './csv/decoder.ts';
import { type BadRecordPolicy, badRecordPolicy } from './decoding/bad-records.ts';
import type { RecordDecoder } from './decoding/record-decoder.ts';
import { RowTextEncoder } from './encoding/row-text-encoder.ts';
import { textEncoding } from './encoding/text-encoding.ts';
import { jsonDecoder } from './json/decoder.ts';
import { type Options, optionOf } from './options.ts';
import { rawDecoder } from './raw/decoder.ts';
import { RawEncoder } from './raw/encoder.ts';

/** Kernels read whole vectors behind the end of the text. */
const slackBytes = 64;
const newline = 10;
const carriageReturn = 13;
const openingBrace = 123;

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

/**
 * Records of a text format: laid one behind the other as lines, they are decoded in one call; only when a record turned out not to be one row
 * are they decoded one by one.
 */
class TextRecords implements RecordReader {
  readonly #decoder: RecordDecoder;
  readonly #format: string;
  readonly #policy: BadRecordPolicy;
  /** Flink's ignore-parse-errors. */
  readonly #lenient: boolean;
  readonly #memory: TaskMemory;
  #segment = 0;
  #segmentBytes = 0;
  /** A record that was laid out last may be no row, or several. */
  #uneven = false;

  constructor(decoder: RecordDecoder, format: string, policy: BadRecordPolicy, options: Options, context: ReadContext) {
    this.#decoder = decoder;
    this.#format = format;
    this.#policy = policy;
    this.#lenient = policy === 'flink' && optionOf.boolean(options, `${format}.ignore-parse-errors`);
    this.#memory = context.memory;
  }

  read(run: RecordRun): RecordsRead {
    const places = this.#memory.u32.subarray(run.places >> 2, (run.places >> 2) + run.count * 2);
    const starts = this.#lay(places, run.count);
    if (this.#uneven) return this.#apart(starts, run.count);
    const from = this.#segment;
    const to = starts[run.count]!;
    this.#decoder.moved();
    const { batch, next, bad, leftOut, skippedRecords } = this.#decoder.decode(from, to, run.count, true);
    if (bad === undefined && leftOut.length === 0 && skippedRecords === 0 && batch.length === run.count && next === to)
      return { batch, records: undefined, bad: [] };
    return this.#apart(starts, run.count);
  }

  close(): void {
    this.#decoder.close();
    if (this.#segmentBytes > 0) this.#memory.freeSegment(this.#segment, this.#segmentBytes);
    this.#segmentBytes = 0;
  }

  /** Copies the records as lines; where each begins, and the end of all. */
  #lay(places: Uint32Array, count: number): Uint32Array {
    let bytes = count + slackBytes;
    for (let record = 0; record < count; record++) bytes += places[record * 2 + 1]!;
    if (bytes > this.#segmentBytes) {
      if (this.#segmentBytes > 0) this.#memory.freeSegment(this.#segment, this.#segmentBytes);
      this.#segmentBytes = Math.max(bytes, 2 * this.#segmentBytes, 1 << 17);
      this.#segment = this.#memory.allocateSegment(this.#segmentBytes);
    }
    const { u8 } = this.#memory;
    const starts = new Uint32Array(count + 1);
    let at = this.#segment;
    this.#uneven = false;
    for (let record = 0; record < count; record++) {
      const length = places[record * 2 + 1]!;
      starts[record] = at;
      u8.copyWithin(at, places[record * 2]!, places[record * 2]! + length);
      if (this.#format !== 'raw' && length === 0) this.#uneven = true;
      else if (this.#format === 'csv') this.#uneven ||= u8.subarray(at, at + length).includes(newline);
      else if (this.#format === 'json') {
        joinLines(u8, at, at + length);
        this.#uneven ||= u8[at] !== openingBrace;
      }
      at += length;
      u8[at++] = newline;
    }
    starts[count] = at;
    return starts;
  }

  /** Each for itself: rows of good ones are found in one more call over those only. */
  #apart(starts: Uint32Array, count: number): RecordsRead {
    const { u8 } = this.#memory;
    const good: number[] = [];
    const bad: { record: number; error: string; column: string }[] = [];
    const rows: number[] = [];
    for (let record = 0; record < count; record++) {
      const [from, to] = [starts[record]!, starts[record + 1]!];
      if (to - from === 1 && this.#format !== 'raw') {
        // No bytes are no row: Kafka's tombstones, and what Flink passes over.
        continue;
      }
      this.#decoder.moved();
      const mark = this.#memory.arena.mark();
      let at = from;
      let found = 0;
      let wrong: { error: string; column: string } | undefined;
      while (at < to && wrong === undefined) {
        const decoded = this.#decoder.decode(at, to, 1024, true);
        const first = decoded.bad ?? decoded.leftOut[0];
        if (first !== undefined) wrong = { error: first.expected, column: first.column };
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
      throw new TidemillError('bad-record', `record ${record + 1} of ${count}: ${error}`, {
        hint: `To leave bad records out: 'bad-records' = 'skip', or '${this.#format}.ignore-parse-errors' = 'true' as Flink does.`,
      });
    }
    let to = this.#segment;
    for (const record of good) {
      const [from, end] = [starts[record]!, starts[record + 1]!];
      u8.copyWithin(to, from, end);
      to += end - from;
    }
    this.#decoder.moved();
    const { batch } = this.#decoder.decode(this.#segment, to, Math.max(rows.length, 1), true);
    return { batch, records: Uint32Array.from(rows), bad };
  }
}

/** A line's end is a blank in JSON, as what takes its place; within strings neither may stand. */
function joinLines(bytes: Uint8Array, from: number, to: number): void {
  for (let at = bytes.subarray(from, to).indexOf(newline); at >= 0; ) {
    bytes[from + at] = carriageReturn;
    const more = bytes.subarray(from + at + 1, to).indexOf(newline);
    at = more < 0 ? -1 : at + 1 + more;
  }
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
    const all = Array.from({ length: run.count }, (_, record) => record);
    const whole = this.#decode(places, all);
    if (whole.next === whole.to && whole.batch.length === run.count) return { batch: whole.batch, records: undefined, bad: [] };
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
      throw new TidemillError('bad-record', `record ${bad[0]!.record + 1} of ${run.count}: ${bad[0]!.error}`, {
        hint: "To leave bad records out: 'bad-records' = 'skip'.",
      });
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
