import { formatDate, formatDecimal, formatTime, formatTimestamp } from '../../core/columnar/format-value.ts';
import { childTypes, type Schema, type SqlType } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import type { Random } from '../../core/common/environment.ts';

/** Writes JSON lines in many spellings of the same rows: order of keys, blanks, escapes, absent and unknown keys. */
export class JsonSpeller {
  readonly #random: Random;
  readonly #wild: boolean;

  constructor(random: Random, wild: boolean) {
    this.#random = random;
    this.#wild = wild;
  }

  row(schema: Schema, row: readonly Value[]): string {
    return `${this.#blank()}${this.#object(schema, row)}${this.#blank()}`;
  }

  #chance(oneIn: number): boolean {
    return this.#wild && this.#random.next32() % oneIn === 0;
  }
  #blank(): string {
    return this.#chance(4) ? [' ', '\t', '  ', ' \r'][this.#random.next32() % 4]! : '';
  }

  #object(schema: Schema, row: readonly Value[]): string {
    const order = schema.map((_, index) => index);
    if (this.#chance(3)) order.sort(() => (this.#random.next32() % 2) - 0.5);
    const members: string[] = [];
    for (const index of order) {
      if (row[index] === null && this.#chance(2)) continue;
      if (this.#chance(5))
        members.push(
          `${this.#string('other key')}:${['1.5e3', '"x\\"}]"', '{"a":[1,"]",{}]}', 'null', '[]'][this.#random.next32() % 5]}`,
        );
      members.push(
        `${this.#blank()}${this.#string(schema[index]!.name)}${this.#blank()}:${this.#blank()}${this.value(row[index]!, schema[index]!.type)}${this.#blank()}`,
      );
    }
    return `{${members.join(',')}${this.#blank()}}`;
  }

  #string(text: string): string {
    if (!this.#wild) return JSON.stringify(text);
    let out = '"';
    for (const unit of text.split('')) {
      const code = unit.charCodeAt(0);
      if (this.#random.next32() % 6 === 0) out += `\\u${code.toString(16).padStart(4, '0')}`;
      else if (unit === '"' || unit === '\\' || code < 32) out += JSON.stringify(unit).slice(1, -1);
      else if (unit === '/' && this.#chance(2)) out += '\\/';
      else if (code >= 0xd800 && code < 0xe000) out += `\\u${code.toString(16)}`;
      else out += unit;
    }
    return `${out}"`;
  }

  value(value: Value, type: SqlType): string {
    if (value === null) return 'null';
    switch (type.kind) {
      case 'CHAR':
      case 'VARCHAR':
        return this.#string(value as string);
      case 'BINARY':
      case 'VARBINARY':
        return `"${Buffer.from(value as Uint8Array).toString('base64')}"`;
      case 'ARRAY':
        return `[${this.#blank()}${(value as readonly Value[]).map(element => this.value(element, type.element)).join(`${this.#blank()},${this.#blank()}`)}]`;
      case 'MAP':
      case 'MULTISET': {
        const [, valueType] = childTypes(type);
        return `{${(value as readonly (readonly [string, Value])[])
          .map(([key, element]) => `${this.#string(key)}${this.#blank()}:${this.value(element, valueType!)}`)
          .join(`,${this.#blank()}`)}}`;
      }
      case 'ROW':
        return this.#object(type.fields, value as readonly Value[]);
      case 'DATE':
      case 'TIME':
      case 'TIMESTAMP':
      case 'TIMESTAMP_LTZ':
        return `"${flatText(value, type)}"`;
      default: {
        const text = flatText(value, type);
        return /^-?\d/.test(text)
          ? this.#chance(6)
            ? `"${this.#blank().replace('\t', ' ').replace('\r', '')}${text}"`
            : text
          : text === 'true' || text === 'false'
            ? text
            : `"${text}"`;
      }
    }
  }
}

/** A flat value as the text formats read it. */
export function flatText(value: Value, type: SqlType): string {
  switch (type.kind) {
    case 'DATE':
      return formatDate(value as number);
    case 'TIME':
      return formatTime(value as number);
    case 'TIMESTAMP':
      return formatTimestamp(value as bigint, type.precision);
    case 'TIMESTAMP_LTZ':
      return `${formatTimestamp(value as bigint, type.precision)}Z`;
    case 'DECIMAL':
      return formatDecimal(value as bigint, type.scale);
    case 'BINARY':
    case 'VARBINARY':
      return Buffer.from(value as Uint8Array).toString('base64');
    case 'FLOAT':
    case 'DOUBLE':
      return Object.is(value, -0) ? '-0.0' : String(value);
    default:
      return String(value);
  }
}

/** CSV after RFC 4180 of one row; `nullText` for NULL. */
export function csvLine(schema: Schema, row: readonly Value[], nullText: string, random: Random, quoteAll: boolean): string {
  return row
    .map((value, index) => {
      const text = value === null ? nullText : flatText(value, schema[index]!.type);
      const quote = value !== null && (quoteAll || /[",\n\r]/.test(text) || text.startsWith('"') || random.next32() % 8 === 0);
      return quote ? `"${text.replaceAll('"', '""')}"` : text;
    })
    .join(',');
}
