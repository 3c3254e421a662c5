import { type Batch, batchOf } from '../../columnar/batch.ts';
import { type SqlType, typeToString } from '../../columnar/types.ts';
import { type DecodeError, decodeBlock, decodeErrors, decodeFlags, fieldDescriptor } from '../../kernels/decode.ts';
import type { ReadContext } from '../contract.ts';
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
export interface Decoded {
  readonly batch: Batch;
  /** Address of the first byte that was not used. */
  readonly next: number;
  readonly skippedRecords: number;
  readonly nulledValues: number;
  readonly bad?: BadRecord | undefined;
}

/** Whole records of a text format to columns; strings are views into the text. */
export interface RecordDecoder {
  /** Decodes [from, to), which ends behind a line's end; `last`: no text follows. Nothing decoded and next === from: needs more text. */
  decode(from: number, to: number, rowsMax: number, last: boolean): Decoded;
  /** The text was moved or replaced: what is known about it no longer holds. */
  moved(): void;
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
      bad: code === 0 ? undefined : this.#bad(decodeErrors[code as keyof typeof decodeErrors]),
    };
  }

  close(): void {
    this.#context.memory.freeSegment(this.address, decodeBlock.sizeBytes);
  }

  /** Doubles of more digits than the kernel can weigh exactly. */
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
      const value = Number(Buffer.from(memory.u8.slice(at, at + length)).toString('latin1'));
      const data = memory.u32[(field + fieldDescriptor.data) >> 2]!;
      if (this.#fields.at(field)?.type.kind === 'FLOAT') memory.f32[(data >> 2) + row] = value;
      else memory.f64[(data >> 3) + row] = value;
    }
  }

  #bad(error: DecodeError): BadRecord {
    const field = this.#fields.at(this.get(decodeBlock.errorField));
    const column = field?.path ?? '';
    return {
      error,
      at: this.get(decodeBlock.errorAt),
      recordAt: this.get(decodeBlock.recordAt),
      column,
      expected: expectation(error, column, field?.type),
      hint: hintFor(this.#format, error, field?.type),
    };
  }
}

function hintFor(format: string, error: DecodeError, type: SqlType | undefined): string | undefined {
  const skip = `To leave bad records out: '${format}.ignore-parse-errors' = 'true'.`;
  if (error === 'value' && (type?.kind === 'TIMESTAMP' || type?.kind === 'TIMESTAMP_LTZ')) {
    const zone = type.kind === 'TIMESTAMP_LTZ' ? 'Z' : '';
    if (format === 'csv') return `Times look like 2026-01-31 23:59:59.123${zone}. ${skip}`;
    return `Times look like "2026-01-31 23:59:59.123${zone}", or "2026-01-31T23:59:59.123${zone}" with 'json.timestamp-format.standard' = 'ISO-8601'. ${skip}`;
  }
  return skip;
}

function expectation(error: DecodeError, column: string, type: SqlType | undefined): string {
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
  }
}
