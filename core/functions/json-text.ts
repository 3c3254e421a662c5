import { wellFormed } from './text.ts';

/** A number as JSON has it, with all its digits: `text` as Java's BigInteger and BigDecimal print it. */
export interface JsonNumber {
  readonly text: string;
  readonly whole: boolean;
}
/** Objects are maps; the last of several entries of one name counts. */
export type JsonValue = null | boolean | string | JsonNumber | readonly JsonValue[] | ReadonlyMap<string, JsonValue>;

/** Text that is no JSON. */
export class JsonProblem extends Error {}

export const isJsonObject = (value: JsonValue): value is ReadonlyMap<string, JsonValue> => value instanceof Map;
export const isJsonArray = (value: JsonValue): value is readonly JsonValue[] => Array.isArray(value);
export const isJsonScalar = (value: JsonValue): boolean => !isJsonObject(value) && !isJsonArray(value);

const nestingMax = 1000;
const numberText = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: a JSON string may hold none of them
const simpleText = /^[^\\\u0000-\u001f]*$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the same
const plainText = /[^"\\\u0000-\u001f]*/y;
const escapes: Readonly<Record<string, string>> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** Where a value ends, beside it. */
class Reader {
  at = 0;
  readonly #text: string;
  readonly #unique: boolean;

  constructor(text: string, unique: boolean) {
    this.#text = text;
    this.#unique = unique;
  }

  space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
      this.at++;
    }
  }

  value(depth: number): JsonValue {
    if (depth > nestingMax) throw new JsonProblem(`nested deeper than ${nestingMax}`);
    this.space();
    switch (this.#text[this.at]) {
      case '{':
        return this.#object(depth);
      case '[':
        return this.#array(depth);
      case '"':
        return this.string();
      case 't':
        return this.#word('true', true);
      case 'f':
        return this.#word('false', false);
      case 'n':
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  #fail(): never {
    throw new JsonProblem(
      this.at >= this.#text.length
        ? 'it ends too early'
        : `'${this.#text.slice(this.at, this.at + 12)}' at character ${this.at + 1}`,
    );
  }

  #word<T extends JsonValue>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.at) || /\w/.test(this.#text[this.at + word.length] ?? '')) this.#fail();
    this.at += word.length;
    return value;
  }

  #number(): JsonNumber {
    numberText.lastIndex = this.at;
    const found = numberText.exec(this.#text);
    if (found === null || /[\w.]/.test(this.#text[this.at + found[0].length] ?? '')) this.#fail();
    this.at += found[0].length;
    const whole = found[1] === undefined && found[2] === undefined;
    return { text: whole ? (found[0] === '-0' ? '0' : found[0]) : bigDecimalText(found[0]), whole };
  }

  string(): string {
    const end = this.#text.indexOf('"', this.at + 1);
    const whole = this.#text.slice(this.at + 1, Math.max(end, 0));
    if (end > 0 && simpleText.test(whole)) {
      this.at = end + 1;
      return whole;
    }
    let result = '';
    this.at++;
    for (;;) {
      plainText.lastIndex = this.at;
      const plain = plainText.exec(this.#text)![0];
      result += plain;
      this.at += plain.length;
      const character = this.#text[this.at];
      if (character === '"') {
        this.at++;
        return result;
      }
      if (character !== '\\') this.#fail();
      const next = this.#text[this.at + 1] ?? '';
      const simple = escapes[next];
      if (simple !== undefined) {
        result += simple;
        this.at += 2;
        continue;
      }
      const digits = this.#text.slice(this.at + 2, this.at + 6);
      if (next !== 'u' || !/^[0-9a-fA-F]{4}$/.test(digits)) this.#fail();
      result += String.fromCharCode(Number.parseInt(digits, 16));
      this.at += 6;
    }
  }

  #array(depth: number): JsonValue {
    const values: JsonValue[] = [];
    this.at++;
    this.space();
    if (this.#text[this.at] === ']') {
      this.at++;
      return values;
    }
    for (;;) {
      values.push(this.value(depth + 1));
      this.space();
      const character = this.#text[this.at++];
      if (character === ']') return values;
      if (character !== ',') {
        this.at--;
        this.#fail();
      }
    }
  }

  #object(depth: number): JsonValue {
    const entries = new Map<string, JsonValue>();
    this.at++;
    this.space();
    if (this.#text[this.at] === '}') {
      this.at++;
      return entries;
    }
    for (;;) {
      this.space();
      if (this.#text[this.at] !== '"') this.#fail();
      const name = this.string();
      this.space();
      if (this.#text[this.at] !== ':') this.#fail();
      this.at++;
      const value = this.value(depth + 1);
      if (this.#unique && entries.has(name)) throw new DuplicateName(name);
      entries.set(name, value);
      this.space();
      const character = this.#text[this.at++];
      if (character === '}') return entries;
      if (character !== ',') {
        this.at--;
        this.#fail();
      }
    }
  }
}

/** A name twice in one object, where that is refused. */
export class DuplicateName extends Error {
  readonly duplicate: string;
  constructor(duplicate: string) {
    super(duplicate);
    this.duplicate = duplicate;
  }
}

/**
 * Reads the first JSON value of a text (what follows it is not looked at, as in Flink); undefined for a text of spaces only.
 *
 * @param options `unique` refuses a name that is twice in one object
 * @throws JsonProblem, DuplicateName
 */
export function parseJson(text: string, options: { readonly unique?: boolean } = {}): JsonValue | undefined {
  const reader = new Reader(text, options.unique ?? false);
  reader.space();
  return reader.at >= text.length ? undefined : reader.value(0);
}

/** A whole text that is one JSON string: what it says; undefined for anything else. */
export function unquoteJson(text: string): string | undefined {
  if (!text.startsWith('"')) return undefined;
  const reader = new Reader(text, false);
  try {
    const value = reader.string();
    return reader.at === text.length ? value : undefined;
  } catch (error) {
    if (error instanceof JsonProblem) return undefined;
    throw error;
  }
}

/** Names in order, as Flink writes objects; control characters as `\u001F`. */
export function printJson(value: JsonValue): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return quoteJson(value);
  if (isJsonArray(value)) return `[${value.map(printJson).join(',')}]`;
  if (isJsonObject(value))
    return `{${[...value.keys()]
      .sort((a, b) => (a < b ? -1 : 1))
      .map(name => `${quoteJson(name)}:${printJson(value.get(name)!)}`)
      .join(',')}}`;
  return value.text;
}

/** A text as a JSON string. */
export function quoteJson(text: string): string {
  const quoted = JSON.stringify(wellFormed(text));
  return quoted.includes('\\u00')
    ? quoted.replace(
        /(?<!\\)((?:\\\\)*)\\u00([0-9a-f]{2})/g,
        (_, before: string, digits: string) => `${before}\\u00${digits.toUpperCase()}`,
      )
    : quoted;
}

/** A decimal text as java.math.BigDecimal prints it: `1e3` is `1E+3`, `1.0E20` is `1.0E+20`, `0.00000012` is `1.2E-7`. */
export function bigDecimalText(text: string): string {
  const [, sign, whole, fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) as unknown as [
    string,
    string,
    string,
    string?,
    string?,
  ];
  const digits = (whole + fraction).replace(/^0+(?=\d)/, '');
  const scale = fraction.length - Number(exponent);
  const adjusted = digits.length - 1 - scale;
  const minus = digits === '0' ? '' : sign;
  if (scale >= 0 && adjusted >= -6) {
    if (scale === 0) return minus + digits;
    const padded = digits.padStart(scale + 1, '0');
    return `${minus}${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
  }
  const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
  return `${minus}${mantissa}${adjusted === 0 ? '' : `E${adjusted > 0 ? '+' : ''}${adjusted}`}`;
}
