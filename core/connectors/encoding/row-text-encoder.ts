import type { Batch, Column } from '../../columnar/batch.ts';
import { formatDouble, formatFloat, formatValue } from '../../columnar/format-value.ts';
import { isNull, readColumn } from '../../columnar/read-values.ts';
import { childTypes, type Schema, type SqlType, storageOf, types } from '../../columnar/types.ts';
import type { Value } from '../../columnar/values.ts';
import { columnOf } from '../../columnar/write-values.ts';
import { notSupported, TidemillError } from '../../common/errors.ts';
import { fieldKinds } from '../../kernels/decode.ts';
import { formatBlock, formatField, formatFlags, verbatimKind } from '../../kernels/format-output.ts';
import type { Kernels } from '../../kernels/index.ts';
import type { TaskMemory } from '../../wasm/memory.ts';

export interface TextEncoding {
  readonly format: 'json' | 'csv';
  readonly isoTimestamps?: boolean | undefined;
  readonly ignoreNullFields?: boolean | undefined;
  /** What a NULL key of a MAP is: an error (the default), left out, or written as this text. */
  readonly nullKeys?: 'fail' | 'drop' | { readonly literal: string } | undefined;
  /** Decimals with all their places (12.50); otherwise as Flink has them: 12.5, 1E-9, 1E+2. */
  readonly plainDecimals?: boolean | undefined;
  /** CSV only: character codes, 0 = none. */
  readonly delimiter?: number | undefined;
  readonly quote?: number | undefined;
  readonly escape?: number | undefined;
  readonly arrayDelimiter?: number | undefined;
  readonly nullLiteral?: string | undefined;
}

const bufferBytesInitial = 1 << 18;

/**
 * Batches as JSON lines or CSV: a kernel writes whole rows into a buffer of the task's memory, which `write` gets a piece at a time (valid during
 * the call). Numbers with a fraction are made into text here first.
 */
export class RowTextEncoder {
  readonly #memory: TaskMemory;
  readonly #kernels: Kernels;
  readonly #schema: Schema;
  readonly #encoding: TextEncoding;
  readonly #fixed: number;
  readonly #fixedBytes: number;
  readonly #fields: number;
  readonly #fieldCount: number;
  readonly #nullText: number;
  readonly #nullLength: number;
  #buffer: number;
  #bufferBytes = bufferBytesInitial;

  constructor(memory: TaskMemory, kernels: Kernels, schema: Schema, encoding: TextEncoding) {
    this.#memory = memory;
    this.#kernels = kernels;
    this.#schema = schema;
    this.#encoding = encoding;
    const row: SqlType = types.row(schema, false);
    this.#fieldCount = countFields(row);
    const names = namesOf(row).map(name => Buffer.from(`${JSON.stringify(name)}:`));
    const { nullKeys } = encoding;
    const nullText = Buffer.from((typeof nullKeys === 'object' ? nullKeys.literal : encoding.nullLiteral) ?? '');
    this.#nullLength = nullText.length;
    this.#fixedBytes =
      formatBlock.sizeBytes +
      this.#fieldCount * formatField.sizeBytes +
      names.reduce((sum, name) => sum + name.length, 0) +
      nullText.length +
      64;
    this.#fixed = memory.allocateSegment(this.#fixedBytes);
    memory.u8.fill(0, this.#fixed, this.#fixed + this.#fixedBytes);
    this.#fields = this.#fixed + formatBlock.sizeBytes;
    let at = this.#fields + this.#fieldCount * formatField.sizeBytes;
    this.#nullText = at;
    memory.u8.set(nullText, at);
    at += nullText.length;
    const place = (type: SqlType, address: number, next: { address: number }): void => {
      const below = childTypes(type);
      const first = next.address;
      next.address += below.length * formatField.sizeBytes;
      this.#set(address + formatField.kind, this.#kindOf(type));
      this.#set(address + formatField.children, first);
      this.#set(address + formatField.childCount, below.length);
      if ('precision' in type) this.#set(address + formatField.precision, type.precision ?? 0);
      if ('scale' in type) this.#set(address + formatField.scale, type.scale);
      below.forEach((child, index) => {
        const childAt = first + index * formatField.sizeBytes;
        if (type.kind === 'ROW') {
          const name = Buffer.from(`${JSON.stringify(type.fields[index]!.name)}:`);
          memory.u8.set(name, at);
          this.#set(childAt + formatField.name, at);
          this.#set(childAt + formatField.nameLength, name.length);
          at += name.length;
        }
        place(child, childAt, next);
      });
    };
    place(row, this.#fields, { address: this.#fields + formatField.sizeBytes });
    this.#buffer = memory.allocateSegment(this.#bufferBytes);
  }

  /** `rowEnds`: where the end of each row is put (u32), for someone who wants them apart. */
  encode(batch: Batch, write: (bytes: Uint8Array) => void, rowEnds = 0): void {
    if (batch.length === 0) return;
    const mark = this.#memory.arena.mark();
    batch.columns.forEach((column, index) => {
      this.#point(this.#childAddress(this.#fields, index), column, batch.length, this.#schema[index]!.type);
    });
    const { csv, isoTimestamps, ignoreNullFields, strippedDecimals, dropNullKeys } = formatFlags;
    const encoding = this.#encoding;
    const block = this.#fixed;
    this.#set(block + formatBlock.from, 0);
    this.#set(block + formatBlock.to, batch.length);
    this.#set(block + formatBlock.fields, this.#childAddress(this.#fields, 0));
    this.#set(block + formatBlock.fieldCount, batch.columns.length);
    this.#set(
      block + formatBlock.flags,
      (encoding.format === 'csv' ? csv : 0) |
        (encoding.isoTimestamps ? isoTimestamps : 0) |
        (encoding.ignoreNullFields ? ignoreNullFields : 0) |
        (encoding.plainDecimals ? 0 : strippedDecimals) |
        (encoding.nullKeys === 'drop' ? dropNullKeys : 0),
    );
    this.#set(block + formatBlock.delimiter, encoding.delimiter ?? 44);
    this.#set(block + formatBlock.quote, encoding.quote ?? 34);
    this.#set(block + formatBlock.escape, encoding.escape ?? 0);
    this.#set(block + formatBlock.nullText, this.#nullText);
    this.#set(block + formatBlock.nullLength, this.#nullLength);
    this.#set(block + formatBlock.elementDelimiter, encoding.arrayDelimiter ?? 59);
    this.#set(block + formatBlock.rowEnds, rowEnds);
    for (;;) {
      this.#set(block + formatBlock.out, this.#buffer);
      this.#set(block + formatBlock.outEnd, this.#buffer + this.#bufferBytes);
      const full = this.#kernels.format_rows(block) !== 0;
      const end = this.#memory.u32[(block + formatBlock.out) >> 2]!;
      if (end > this.#buffer) write(this.#memory.u8.subarray(this.#buffer, end));
      if (!full) break;
      if (end === this.#buffer) this.#growBuffer();
    }
    this.#memory.arena.release(mark);
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
  #childAddress(address: number, index: number): number {
    return this.#memory.u32[(address + formatField.children) >> 2]! + index * formatField.sizeBytes;
  }

  #kindOf(type: SqlType): number {
    switch (type.kind) {
      case 'BOOLEAN':
        return fieldKinds.boolean;
      case 'TINYINT':
        return fieldKinds.i8;
      case 'SMALLINT':
        return fieldKinds.i16;
      case 'INT':
        return fieldKinds.i32;
      case 'BIGINT':
        return fieldKinds.i64;
      case 'DECIMAL':
        return storageOf(type) === 'i64' ? fieldKinds.decimal64 : fieldKinds.decimal128;
      case 'CHAR':
      case 'VARCHAR':
        return fieldKinds.text;
      case 'BINARY':
      case 'VARBINARY':
        return fieldKinds.bytes;
      case 'DATE':
        return fieldKinds.date;
      case 'TIME':
        return fieldKinds.time;
      case 'TIMESTAMP':
        return fieldKinds.timestamp;
      case 'TIMESTAMP_LTZ':
        return fieldKinds.timestampLtz;
      case 'ARRAY':
        return fieldKinds.array;
      case 'MAP':
        return fieldKinds.map;
      case 'MULTISET':
        return fieldKinds.multiset;
      case 'ROW':
        return fieldKinds.row;
      case 'FLOAT':
      case 'DOUBLE':
        return verbatimKind;
      case 'NULL':
        return fieldKinds.i8;
      case 'INTERVAL_YEAR_MONTH':
      case 'INTERVAL_DAY_TIME':
        return fieldKinds.text;
      case 'BITMAP':
        throw notSupported('writing a BITMAP as text', undefined, 'write BITMAP_TO_STRING or BITMAP_TO_BYTES of it');
    }
  }

  /** Puts a column's addresses into its descriptor; what kernels do not write is made into text. */
  #point(address: number, column: Column, length: number, type: SqlType): void {
    const shown = this.#asText(column, length, type) ?? column;
    this.#set(address + formatField.data, shown.data);
    this.#set(address + formatField.validity, shown.validity);
    if (shown !== column || column.children === undefined) return;
    const list = storageOf(type) === 'list';
    const below = list ? this.#memory.i32[(column.data >> 2) + length]! : length;
    if (type.kind === 'MAP' && (this.#encoding.nullKeys ?? 'fail') === 'fail') this.#requireKeys(column.children[0]!, below);
    childTypes(type).forEach((child, index) => {
      this.#point(this.#childAddress(address, index), column.children![index]!, below, child);
    });
  }

  #requireKeys(keys: Column, length: number): void {
    for (let row = 0; keys.validity !== 0 && row < length; row++) {
      if (isNull(this.#memory, keys, row))
        throw new TidemillError('null-map-key', 'JSON has no NULL keys, and a MAP that is written has one', {
          hint: "To write it as a text: 'json.map-null-key.mode' = 'LITERAL'; to leave it out: 'DROP'.",
        });
    }
  }

  #asText(column: Column, length: number, type: SqlType): Column | undefined {
    const json = this.#encoding.format === 'json';
    let text: (value: Value) => string;
    switch (type.kind) {
      case 'FLOAT':
      case 'DOUBLE':
        text = value => numberText(value as number, type.kind === 'FLOAT', json);
        break;
      case 'INTERVAL_YEAR_MONTH':
      case 'INTERVAL_DAY_TIME':
        text = value => formatValue(value, type);
        break;
      default:
        return undefined;
    }
    const values = readColumn(this.#memory, column, length);
    return columnOf(
      this.#memory,
      types.string(),
      values.map(value => (value === null ? null : text(value))),
    );
  }
}

/** As Flink's formats write them: Java's shortest text, always with a point. */
function numberText(value: number, single: boolean, json: boolean): string {
  if (!Number.isFinite(value)) return json ? `"${value}"` : String(value);
  return single ? formatFloat(value) : formatDouble(value);
}

function countFields(type: SqlType): number {
  return childTypes(type).reduce((sum, child) => sum + countFields(child), 1);
}
function namesOf(type: SqlType): string[] {
  const own = type.kind === 'ROW' ? type.fields.map(field => field.name) : [];
  return [...own, ...childTypes(type).flatMap(namesOf)];
}
