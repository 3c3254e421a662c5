import { TidemillError } from '../../common/errors.ts';
import { limits } from '../../common/limits.ts';
import type { ReadContext, ReadResult, SplitPosition, SplitReader } from '../contract.ts';
import type { BadRecords } from '../decoding/bad-records.ts';
import type { BadRecord, LeftOutRecord, RecordDecoder } from '../decoding/record-decoder.ts';
import { LineBuffer } from './line-buffer.ts';

export interface TextSplit {
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

/** Reads the lines that begin in a byte range of a file; strings of a batch are views into the text. */
export class TextReader implements SplitReader {
  readonly #context: ReadContext;
  readonly #split: TextSplit;
  readonly #decoder: RecordDecoder;
  readonly #buffer: LineBuffer;
  readonly #limit: number;
  /** Lines at the file's beginning that are no records. */
  #headerLines: number;
  readonly #badRecords: BadRecords | undefined;
  #rows: number;
  #bad: number;
  /** Average bytes of a record so far: what makes a full batch. */
  #recordBytes = 256;

  constructor(
    split: TextSplit,
    position: SplitPosition | undefined,
    decoder: RecordDecoder,
    options: { readonly headerLines: number; readonly limit?: number | undefined; readonly badRecords?: BadRecords | undefined },
    context: ReadContext,
  ) {
    this.#context = context;
    this.#split = split;
    this.#decoder = decoder;
    this.#limit = options.limit ?? Number.POSITIVE_INFINITY;
    const offset = position === undefined ? split.start : Number(position['offset']);
    this.#headerLines = offset === 0 ? options.headerLines : 0;
    this.#rows = Number(position?.['rows'] ?? 0);
    this.#bad = Number(position?.['bad'] ?? 0);
    this.#badRecords = options.badRecords;
    if (position !== undefined && decoder.inside !== undefined) decoder.inside = Number(position['inside'] ?? 0);
    const cut = position === undefined && split.start > 0;
    this.#buffer = new LineBuffer(context.memory, split.path, offset, split.end, cut, context.wake);
  }

  tryRead(rowsMax: number): ReadResult {
    const buffer = this.#buffer;
    const wanted = Math.min(rowsMax, this.#limit - this.#rows);
    if (this.#badRecords?.pending() === true) return { kind: 'pending' };
    if (wanted <= 0) return this.#end();
    let least = 0;
    for (;;) {
      const batchBytes = Math.min(Math.ceil(wanted * this.#recordBytes * 1.25), limits.fileChunkBytesMax);
      if (!buffer.last && (least > 0 || buffer.linesTo - buffer.from < batchBytes)) {
        const came = buffer.fill(Math.max(batchBytes, least));
        this.#decoder.moved();
        if (!came) return { kind: 'pending' };
      }
      if (this.#headerLines > 0) this.#skipHeader();
      if (buffer.done) return this.#end();
      const from = buffer.from;
      const decoded = this.#decoder.decode(from, buffer.linesTo, wanted, buffer.last);
      const rows = decoded.batch.length;
      this.#bad += decoded.skippedRecords + decoded.nulledValues;
      const waits = decoded.leftOut.length > 0 && this.#tell(decoded.leftOut);
      buffer.advance(decoded.next);
      if (rows > 0) {
        this.#rows += rows;
        this.#recordBytes = (decoded.next - from) / rows;
        return { kind: 'batch', batch: decoded.batch };
      }
      if (decoded.bad !== undefined) throw this.#error(decoded.bad);
      if (waits) return { kind: 'pending' };
      if (decoded.next === from) {
        if (buffer.last) return this.#end();
        least = Math.max(2 * (buffer.linesTo - from), 2 * limits.fileChunkBytes, 2 * least);
      } else least = 0;
    }
  }

  position(): SplitPosition {
    const { inside } = this.#decoder;
    return { offset: this.#buffer.position, rows: this.#rows, bad: this.#bad, ...(inside && { inside }) };
  }

  badRecords(): number {
    return this.#bad;
  }

  close(): void {
    this.#badRecords?.close();
    this.#decoder.close();
    this.#buffer.close();
  }

  #skipHeader(): void {
    const buffer = this.#buffer;
    const text = this.#context.memory.u8;
    while (this.#headerLines > 0 && buffer.from < buffer.linesTo) {
      buffer.advance(text.subarray(buffer.from, buffer.linesTo).indexOf(10) + 1 + buffer.from);
      this.#headerLines--;
    }
  }

  /** The end, once all records that were left out are where they belong. */
  #end(): ReadResult {
    return this.#badRecords?.finished() === false ? { kind: 'pending' } : { kind: 'end' };
  }

  /** Puts records that were left out where the table says. True: they wait. */
  #tell(records: readonly LeftOutRecord[]): boolean {
    if (this.#badRecords === undefined) return false;
    const text = this.#context.memory.u8;
    return !this.#badRecords.add(
      records.map(record => ({
        source: this.#split.path,
        position: this.#buffer.offsetOf(record.recordAt),
        column: record.column,
        error: `${record.expected}, ${this.#found(record)}`,
        record: text.slice(record.recordAt, record.recordEnd),
      })),
    );
  }

  #found(bad: BadRecord): string {
    const text = this.#context.memory.u8;
    const rest = text.slice(bad.at, Math.min(bad.at + 200, this.#buffer.linesTo));
    const end = rest.indexOf(10);
    const found = Buffer.from(rest.subarray(0, end < 0 ? rest.length : end)).toString();
    const shown = found.length > 40 ? `${found.slice(0, 40)}…` : found;
    return shown === '' ? 'but the line ends' : `found ${shown}`;
  }

  #error(bad: BadRecord): TidemillError {
    const text = this.#context.memory.u8;
    const place = this.#buffer.placeOf(this.#buffer.offsetOf(bad.recordAt));
    const before = Buffer.from(text.slice(bad.recordAt, bad.at)).toString();
    const lines = before.split('\n');
    const [, file, line] = /^(.*):(\d+)$/.exec(place) ?? [];
    const shownPlace =
      line === undefined ? place : `${file}:${Number(line) + lines.length - 1}:${lines[lines.length - 1]!.length + 1}`;
    return new TidemillError('bad-record', `${shownPlace}: ${bad.expected}, ${this.#found(bad)}`, { hint: bad.hint });
  }
}
