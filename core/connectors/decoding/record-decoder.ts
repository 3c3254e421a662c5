import { type Batch, batchOf } from '../../columnar/batch.ts';
import { type SqlType, typeToString } from '../../columnar/types.ts';
import { limits } from '../../common/limits.ts';
import { type DecodeError, decodeBlock, decodeErrors, decodeFlags, fieldDescriptor } from '../../kernels/decode.ts';
import type { TaskMemory } from '../../wasm/memory.ts';
import type { ReadContext } from '../contract.ts';
import { compactJson } from './compact-json.ts';
import { type FieldTree, prepareDecoding } from './fields.ts';

/** A record that cannot be read: where, and what was expected there. */
export interface BadRecord {
  readonly error: DecodeError;
  /** Address of the byte that is wrong, and of the record's first. */
  readonly at: number;
  readonly recordAt: number;
  readonly column: string;
  readonly expected: string;
  /** What to do about it. */
  readonly hint: string | undefined;
}
/** A bad record that was left out, and where it ends. */
export interface LeftOutRecord extends BadRecord {
  readonly recordEnd: number;
}
export interface Decoded {
  readonly batch: Batch;
  /** Address of the first byte that was not used. */
  readonly next: number;
  readonly skippedRecords: number;
  readonly nulledValues: number;
  readonly bad?: BadRecord | undefined;
  /** Those that the decoder was asked to list, in order. */
  readonly leftOut: readonly LeftOutRecord[];
}

/** Whole records of a text format to columns; strings are views into the text. */
export interface RecordDecoder {
  /** Decodes [from, to), which ends behind a line's end; `last`: no text follows. Nothing decoded and next === from: needs more text. */
  decode(from: number, to: number, rowsMax: number, last: boolean): Decoded;
  /** Decodes records where they lie (of each its address and length, u32), when each is one plain row; undefined when one is not. */
  decodePlaces?(places: number, count: number): Batch | undefined;
  /** The text was moved or replaced: what is known about it no longer holds. */
  moved(): void;
  /** Where the next text stands: 1 inside an array of records, else 0. Set it when reading starts in the middle. */
  inside?: number;
  close(): void;
}

/** What all kernels of text formats need, in a segment of their own. */
export class DecoderBlock {
  readonly address: number;
  readonly #context: ReadContext;
  readonly #fields: FieldTree;
  readonly #flags: number;
  readonly #format: string;
  /** End of the text that is known to be UTF-8, and the first byte behind it that is not. */
  #validated = { from: 0, to: 0, validUntil: 0 };

  constructor(context: ReadContext, fields: FieldTree, flags: number, format: string) {
    this.#context = context;
    this.#fields = fields;
    this.#flags = flags;
    this.#format = format;
    prepareDecoding(context.memory, context.kernels);
    this.address = context.memory.allocateSegment(decodeBlock.sizeBytes);
    context.memory.u8.fill(0, this.address, this.address + decodeBlock.sizeBytes);
    this.set(decodeBlock.root, fields.root.address);
    this.set(decodeBlock.spare, fields.spareAddress);
    this.set(decodeBlock.spareCount, fields.spareCount);
  }

  set(offset: number, value: number): void {
    this.#context.memory.u32[(this.address + offset) >> 2] = value;
  }
  get(offset: number): number {
    return this.#context.memory.u32[(this.address + offset) >> 2]!;
  }

  /** The text was moved or replaced: what is known about it no longer holds. */
  moved(): void {
    this.#validated = { from: 0, to: 0, validUntil: 0 };
  }

  run(kernel: (block: number) => number, from: number, to: number, rowsMax: number, last: boolean, anyBytes = false): Decoded {
    const { kernels } = this.#context;
    const known = this.#validated;
    if (known.to !== to || from < known.from) {
      this.#validated = { from, to, validUntil: anyBytes ? to : kernels.utf8_validate(from, to) >>> 0 };
    }
    this.set(decodeBlock.position, from);
    this.set(decodeBlock.end, to);
    this.set(decodeBlock.rows, rowsMax);
    this.set(decodeBlock.flags, this.#flags | (last ? decodeFlags.lastChunk : 0));
    this.set(decodeBlock.validUntil, this.#validated.validUntil);
    const rows = kernel(this.address) >>> 0;
    this.#validated = { from, to, validUntil: this.get(decodeBlock.validUntil) };
    this.#patch();
    const code = this.get(decodeBlock.error);
    return {
      batch: batchOf(rows, this.#fields.columns()),
      next: this.get(decodeBlock.position),
      skippedRecords: this.get(decodeBlock.skipped),
      nulledValues: this.get(decodeBlock.nulled),
      bad:
        code === 0
          ? undefined
          : this.#bad(code, this.get(decodeBlock.errorAt), this.get(decodeBlock.recordAt), this.get(decodeBlock.errorField)),
      leftOut: this.#leftOut(),
    };
  }

  /** See {@link RecordDecoder.decodePlaces}. */
  runPlaces(kernel: (block: number) => number, places: number, count: number): Batch | undefined {
    this.moved();
    this.set(decodeBlock.position, places);
    this.set(decodeBlock.rows, count);
    this.set(decodeBlock.flags, this.#flags);
    if (kernel(this.address) >>> 0 !== count) return undefined;
    this.#patch();
    return batchOf(count, this.#fields.columns());
  }

  close(): void {
    this.#context.memory.freeSegment(this.address, decodeBlock.sizeBytes);
  }

  /** Doubles of more digits than the kernel can weigh exactly, and nested JSON that a text column holds as Jackson would write it. */
  #patch(): void {
    const count = this.get(decodeBlock.patches);
    if (count === 0) return;
    const { memory, kernels } = this.#context;
    const list = (kernels.decode_patches() >>> 0) >> 2;
    for (let index = 0; index < count; index++) {
      const [field, row, at, length] = memory.u32.subarray(list + index * 4, list + index * 4 + 4) as unknown as [
        number,
        number,
        number,
        number,
      ];
      const text = Buffer.from(memory.u8.slice(at, at + length));
      const data = memory.u32[(field + fieldDescriptor.data) >> 2]!;
      const kind = this.#fields.at(field)?.type.kind;
      if (kind === undefined) continue;
      if (kind === 'CHAR' || kind === 'VARCHAR') {
        writeView(memory, data + row * 16, Buffer.from(compactJson(text.toString())));
        continue;
      }
      const value = Number(text.toString('latin1'));
      if (kind === 'FLOAT') memory.f32[(data >> 2) + row] = value;
      else memory.f64[(data >> 3) + row] = value;
    }
  }

  #leftOut(): readonly LeftOutRecord[] {
    const count = this.get(decodeBlock.badCount);
    if (count === 0) return [];
    const list = (this.#context.kernels.decode_bad() >>> 0) >> 2;
    return Array.from({ length: count }, (_, index) => {
      const [recordAt, recordEnd, code, at, field] = this.#context.memory.u32.subarray(
        list + index * 5,
        list + index * 5 + 5,
      ) as unknown as [number, number, number, number, number];
      return { ...this.#bad(code, at, recordAt, field), recordEnd };
    });
  }

  #bad(code: number, at: number, recordAt: number, fieldAddress: number): BadRecord {
    const error = decodeErrors[code as keyof typeof decodeErrors];
    const field = this.#fields.at(fieldAddress);
    const column = field?.path ?? '';
    return {
      error,
      at,
      recordAt,
      column,
      expected: expectation(error, column, field?.type),
      hint: hintFor(this.#format, error, field?.type),
    };
  }
}

/** A text as a view at `view`; what does not fit there lies in the arena. */
function writeView(memory: TaskMemory, view: number, bytes: Uint8Array): void {
  const at = bytes.length > limits.stringInlineBytes ? memory.arena.allocate(bytes.length) : view + 4;
  const { u8, u32 } = memory;
  u8.fill(0, view, view + 16);
  u32[view >> 2] = bytes.length;
  u8.set(bytes, at);
  if (at === view + 4) return;
  u8.set(bytes.subarray(0, 4), view + 4);
  u32[(view + 8) >> 2] = at;
}

function hintFor(format: string, error: DecodeError, type: SqlType | undefined): string | undefined {
  const skip = `To leave bad records out: 'bad-records' = 'skip', or '${format}.ignore-parse-errors' = 'true' as Flink does.`;
  if (error === 'value' && (type?.kind === 'TIMESTAMP' || type?.kind === 'TIMESTAMP_LTZ')) {
    const zone = type.kind === 'TIMESTAMP_LTZ' ? 'Z' : '';
    if (format === 'csv') return `Times look like 2026-01-31 23:59:59.123${zone}. ${skip}`;
    return `Times look like "2026-01-31 23:59:59.123${zone}", or "2026-01-31T23:59:59.123${zone}" with 'json.timestamp-format.standard' = 'ISO-8601'. ${skip}`;
  }
  return skip;
}

export function expectation(error: DecodeError, column: string, type: SqlType | undefined): string {
  const of = column === '' ? '' : ` of column '${column}'`;
  const typeName = type === undefined ? 'a value' : typeToString(type, false);
  switch (error) {
    case 'object':
      return "expected '{'";
    case 'key':
      return "expected a key in double quotes, or '}'";
    case 'colon':
      return "expected ':'";
    case 'object-end':
      return "expected ',' or '}'";
    case 'array-end':
      return `expected ',' or ']'${of}`;
    case 'value':
      return `expected ${typeName} for column '${column}'`;
    case 'range':
      return `the value does not fit ${typeName}${of}`;
    case 'null':
      return `NULL, but column '${column}' is NOT NULL`;
    case 'missing':
      return `there is no value for column '${column}'`;
    case 'string':
      return `the string${of} does not end, or holds a control character`;
    case 'escape':
      return `expected one of \\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX${of}`;
    case 'trailing':
      return 'expected the end of the line';
    case 'too-many':
      return 'the record has more fields than the table has columns';
    case 'quote':
      return `the quoted field${of} does not end`;
    case 'after-quote':
      return `expected a delimiter or the end of the line after the closing quote${of}`;
    case 'utf8':
      return 'the text is not valid UTF-8';
    case 'syntax':
      return 'expected a value';
    case 'too-few':
      return 'the record has fewer fields than the table has columns';
  }
}
