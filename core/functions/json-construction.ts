import { formatValue } from '../columnar/format-value.ts';
import { isCharacter, isNumeric, type SqlType, types, withNullable } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import { TidemillError } from '../common/errors.ts';
import type { ScalarFunction } from './contract.ts';
import { accepts, define, shown, signature, withCount } from './define.ts';
import {
  bigDecimalText,
  DuplicateName,
  isJsonArray,
  isJsonObject,
  JsonProblem,
  type JsonValue,
  parseJson,
  printJson,
  unquoteJson,
} from './json-text.ts';
import { wellFormed } from './text.ts';

const string = types.string(false);
const { string: text } = accepts;

/** Whether Flink can write a type as JSON; what is wrong otherwise, in words. */
function jsonProblem(type: SqlType): string | undefined {
  switch (type.kind) {
    case 'ARRAY':
      return jsonProblem(type.element);
    case 'MAP':
      return isCharacter(type.key) ? jsonProblem(type.value) : `has no JSON for ${shown(type)}: its keys are no strings`;
    case 'ROW':
      return type.fields.map(field => jsonProblem(field.type)).find(problem => problem !== undefined);
    case 'BOOLEAN':
    case 'BINARY':
    case 'VARBINARY':
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
    case 'NULL':
      return undefined;
    default:
      return isCharacter(type) || isNumeric(type) ? undefined : `has no JSON for ${shown(type)}: CAST it to STRING`;
  }
}

const number = (javaText: string): JsonValue => ({ text: bigDecimalText(javaText), whole: false });

/** A SQL value as JSON. Source: what Flink 2.3 writes. */
function toJson(value: Value, type: SqlType): JsonValue {
  if (value === null) return null;
  switch (type.kind) {
    case 'BOOLEAN':
      return value as boolean;
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT':
      return { text: String(value), whole: true };
    case 'DECIMAL':
      return number(formatValue(value, type));
    case 'FLOAT':
    case 'DOUBLE':
      return Number.isFinite(value) ? number(formatValue(value, types.double())) : formatValue(value, types.double());
    case 'BINARY':
    case 'VARBINARY': {
      const bytes = value as Uint8Array;
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
    }
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ': {
      const [whole, fraction = ''] = formatValue(value, { ...type, precision: type.precision > 6 ? 9 : 6 }).split('.');
      const digits = fraction.replace(/0+$/, '');
      return `${whole!.replace(' ', 'T')}${digits === '' ? '' : `.${digits}`}${type.kind === 'TIMESTAMP_LTZ' ? 'Z' : ''}`;
    }
    case 'ARRAY':
      return (value as readonly Value[]).map(item => toJson(item, type.element));
    case 'MAP':
      return new Map(
        (value as readonly (readonly [Value, Value])[]).map(([key, item]) => [String(key), toJson(item, type.value)]),
      );
    case 'ROW':
      return new Map(
        type.fields.map((field, index) => [field.name, toJson((value as readonly Value[])[index] ?? null, field.type)]),
      );
    default:
      return value as string;
  }
}

/** `raw` marks an argument that is JSON already: a call of JSON, JSON_OBJECT or JSON_ARRAY. */
function argumentJson(value: Value, type: SqlType, raw: boolean): JsonValue {
  if (!raw || value === null) return toJson(value, type);
  return parseJson(value as string) ?? null;
}

/** The first argument of the constructors: `NULL` or `ABSENT`, then for each value `j` when it is JSON already, else `v`. */
interface Clauses {
  readonly absent: boolean;
  readonly raw: readonly boolean[];
}
const clausesOf = (text: Value): Clauses => {
  const [onNull, marks] = (text as string).split(' ');
  return { absent: onNull === 'ABSENT', raw: [...(marks ?? '')].map(mark => mark === 'j') };
};
/** ` ABSENT ON NULL` from the text of a constructor's first argument. */
const onNullText = (first: string | undefined): string => ` ${/^'?(\w+)/.exec(first ?? '')?.[1] ?? 'NULL'} ON NULL`;

function isJson(name: string, what: string, holds: (value: JsonValue) => boolean): ScalarFunction {
  const negated = name.startsWith('is-not-');
  return define({
    name,
    resolve: withCount(1, given =>
      isCharacter(given[0]!)
        ? { argumentTypes: given, resultType: types.boolean(false) }
        : `expects a string, got ${shown(given[0]!)}`,
    ),
    nulls: 'custom',
    reference: ([value]) => {
      if (value === null) return negated;
      try {
        const found = parseJson(value as string);
        return (found !== undefined && holds(found)) !== negated;
      } catch (error) {
        if (error instanceof JsonProblem) return negated;
        throw error;
      }
    },
    flink: `($1 IS ${negated ? 'NOT ' : ''}JSON ${what})`,
    usage: `s IS ${negated ? 'NOT ' : ''}JSON${what === 'VALUE' ? ' [VALUE]' : ` ${what}`}`,
    text: `Whether s is ${negated ? 'no' : 'a'} JSON ${what.toLowerCase()}; ${negated ? 'TRUE' : 'FALSE'} for NULL.`,
    example: `'{"a": 1}' IS ${negated ? 'NOT ' : ''}JSON ${what}`,
  });
}

const kinds = [
  ['', 'VALUE', () => true],
  ['-scalar', 'SCALAR', (value: JsonValue) => !isJsonArray(value) && !isJsonObject(value)],
  ['-array', 'ARRAY', isJsonArray],
  ['-object', 'OBJECT', isJsonObject],
] as const;

/** Flink's own escapes: beyond ASCII by code point, its second half again. */
function jsonQuote(value: string): string {
  let result = '"';
  for (let at = 0; at < value.length; at++) {
    const character = value[at]!;
    const short = { '"': '\\"', '\\': '\\\\', '/': '\\/', '\b': '\\b', '\f': '\\f', '\n': '\\n', '\r': '\\r', '\t': '\\t' }[
      character
    ];
    const code = value.codePointAt(at)!;
    result += short ?? (code > 0x7f ? `\\u${code.toString(16).padStart(4, '0')}` : character);
  }
  return `${result}"`;
}

export const jsonConstructionFunctions: readonly ScalarFunction[] = [
  define({
    name: 'json-object',
    resolve: given => {
      if (given.length % 2 === 0 || !isCharacter(given[0]!)) return 'takes keys and values';
      for (let at = 1; at < given.length; at += 2) {
        if (!isCharacter(given[at]!)) return `expects strings as keys, got ${shown(given[at]!)}`;
        const problem = jsonProblem(given[at + 1]!);
        if (problem !== undefined) return problem;
      }
      return { argumentTypes: given, resultType: string };
    },
    nulls: 'custom',
    reference: ([first, ...args], { arguments: given }) => {
      const { absent, raw } = clausesOf(first!);
      const entries = new Map<string, JsonValue>();
      for (let at = 0; at < args.length; at += 2) {
        const key = args[at];
        if (key === null)
          throw new TidemillError('bad-argument', 'a key of JSON_OBJECT is NULL', { hint: 'COALESCE gives it a name' });
        const value = argumentJson(args[at + 1]!, given[at + 2]!, raw[at / 2] ?? false);
        if (value !== null || !absent) entries.set(key as string, value);
      }
      return wellFormed(printJson(entries));
    },
    usage: 'JSON_OBJECT([KEY] k VALUE v, … [{NULL | ABSENT} ON NULL])',
    text: 'A JSON object of keys and values, in order of keys. JSON of JSON, JSON_OBJECT and JSON_ARRAY goes in as it is.',
    example: "JSON_OBJECT('k' VALUE 1, 'a' VALUE JSON_ARRAY('x', 2))",
  }),
  define({
    name: 'json-array',
    resolve: given => {
      if (given.length === 0 || !isCharacter(given[0]!)) return 'takes values';
      for (const type of given.slice(1)) {
        const problem = jsonProblem(type);
        if (problem !== undefined) return problem;
      }
      return { argumentTypes: given, resultType: string };
    },
    nulls: 'custom',
    reference: ([first, ...args], { arguments: given }) => {
      const { absent, raw } = clausesOf(first!);
      const items = args.map((value, index) => argumentJson(value, given[index + 1]!, raw[index] ?? false));
      return wellFormed(printJson(absent ? items.filter(item => item !== null) : items));
    },
    usage: 'JSON_ARRAY(a, b, … [{NULL | ABSENT} ON NULL])',
    text: 'A JSON array of values; NULLs are left out unless NULL ON NULL is said.',
    example: "JSON_ARRAY(1, 'two', TRUE)",
  }),
  define({
    name: 'json-item',
    resolve: withCount(2, given => jsonProblem(given[1]!) ?? { argumentTypes: given, resultType: types.string() }),
    nulls: 'custom',
    reference: ([first, value], { arguments: given }) => {
      const { absent, raw } = clausesOf(first!);
      return value === null && absent ? null : printJson(argumentJson(value!, given[1]!, raw[0] ?? false));
    },
    usage: 'inside JSON_ARRAYAGG and JSON_OBJECTAGG',
    text: 'One value as JSON text.',
    example: 'JSON_ARRAY(1)',
  }),
  define({
    name: 'json-entries',
    resolve: withCount(1, given => ({ argumentTypes: given, resultType: types.varchar(2000, false) })),
    nulls: 'custom',
    reference: ([entries]) => {
      try {
        return printJson(parseJson(`{${(entries as string | null) ?? ''}}`, { unique: true })!);
      } catch (error) {
        if (!(error instanceof DuplicateName)) throw error;
        throw new TidemillError('duplicate-key', `JSON_OBJECTAGG has the key '${error.duplicate}' twice in one group`, {
          hint: 'group by the key as well, or make the keys differ',
        });
      }
    },
    usage: 'inside JSON_OBJECTAGG',
    text: 'A JSON object of its entries.',
    example: "JSON_OBJECT('a' VALUE 1)",
  }),
  define({
    name: 'json-string',
    spellings: ['JSON_STRING'],
    resolve: given => {
      if (given.length !== 1) return `takes 1 argument, not ${given.length}`;
      return jsonProblem(given[0]!) ?? { argumentTypes: given, resultType: withNullable(string, given[0]!.nullable) };
    },
    reference: ([value], { arguments: [type] }) => wellFormed(printJson(toJson(value!, type!))),
    usage: 'JSON_STRING(x)',
    text: 'A value as JSON text.',
    example: "JSON_STRING(ARRAY['a', 'b'])",
  }),
  define({
    name: 'json',
    spellings: ['JSON'],
    // the binder makes its calls where they may stand
    resolve: () => 'stands only as a value of JSON_OBJECT, JSON_ARRAY and their aggregates',
    reference: ([value]) => {
      try {
        parseJson(value as string);
      } catch (error) {
        if (!(error instanceof JsonProblem)) throw error;
        throw new TidemillError('bad-json', `JSON: it is no JSON: ${error.message}`, { hint: 'IS JSON tells beforehand.' });
      }
      return value!;
    },
    usage: 'JSON(s)',
    text: 'JSON text that JSON_OBJECT and JSON_ARRAY take as it is.',
    example: `JSON_OBJECT('a' VALUE JSON('{"b": [1]}'))`,
  }),
  define({
    name: 'json-quote',
    spellings: ['JSON_QUOTE'],
    resolve: signature([text], types.string()),
    reference: ([value]) => wellFormed(jsonQuote(value as string)),
    usage: 'JSON_QUOTE(s)',
    text: 's as a JSON string, in ASCII.',
    example: 'JSON_QUOTE(\'a "b"\')',
  }),
  define({
    name: 'json-unquote',
    spellings: ['JSON_UNQUOTE'],
    resolve: signature([text], types.string()),
    reference: ([value]) => wellFormed(unquoteJson(value as string) ?? (value as string)),
    usage: 'JSON_UNQUOTE(s)',
    text: 'What a JSON string says; s itself when it is none.',
    example: `JSON_UNQUOTE('"a\\tb"')`,
  }),
  ...kinds.flatMap(([suffix, what, holds]) => [
    isJson(`is-json${suffix}`, what, holds),
    isJson(`is-not-json${suffix}`, what, holds),
  ]),
].map(withClauses);

/** How constructors are written for Flink, from the texts of their arguments. */
function withClauses(entry: ScalarFunction): ScalarFunction {
  if (entry.name === 'json-array')
    return Object.freeze({
      ...entry,
      flink: ([first, ...args]: readonly string[]) => `JSON_ARRAY(${args.join(', ')}${onNullText(first)})`,
    });
  if (entry.name !== 'json-object') return entry;
  const flink = ([first, ...args]: readonly string[]): string =>
    `JSON_OBJECT(${args.map((arg, index) => (index % 2 === 0 ? `${index > 0 ? ', ' : ''}${arg} VALUE ` : arg)).join('')}${onNullText(first)})`;
  return Object.freeze({ ...entry, flink });
}
