import { isCharacter, type SqlType, types, withNullable } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import { TidemillError } from '../common/errors.ts';
import type { ScalarFunction } from './contract.ts';
import { define, shown, withCount } from './define.ts';
import { jsonPath, walkPath } from './json-path.ts';
import {
  isJsonArray,
  isJsonObject,
  isJsonScalar,
  type JsonNumber,
  JsonProblem,
  type JsonValue,
  parseJson,
  printJson,
} from './json-text.ts';
import { wellFormed } from './text.ts';

/** What a path finds in a document; a problem is handled by ON ERROR, nothing by ON EMPTY. */
type Found = { readonly value: JsonValue } | { readonly problem: string } | 'empty';

const parsed: { text: string; value: JsonValue | undefined; problem: string | undefined } = {
  text: '',
  value: undefined,
  problem: 'it is empty',
};

/** The last document is kept: a query often reads several fields of one text. */
function documentOf(text: string): typeof parsed {
  if (parsed.text === text) return parsed;
  parsed.text = text;
  parsed.problem = undefined;
  parsed.value = undefined;
  try {
    parsed.value = parseJson(text);
    if (parsed.value === undefined) parsed.problem = 'it is empty';
  } catch (error) {
    if (!(error instanceof JsonProblem)) throw error;
    parsed.problem = error.message;
  }
  return parsed;
}

function find(text: string, pathText: string, wanted: (value: JsonValue) => boolean, what: string): Found {
  const path = jsonPath(pathText);
  if (path === undefined) return { problem: `'${pathText}' is no JSON path` };
  const document = documentOf(text);
  if (document.problem !== undefined) return path.mode === 'lax' ? 'empty' : { problem: `it is no JSON: ${document.problem}` };
  if (document.value === null) return { problem: 'the JSON text is null' };
  const result = walkPath(path, document.value!);
  if (result === 'missing') return path.mode === 'lax' ? 'empty' : { problem: `there is nothing at ${pathText}` };
  if (result.value !== null && wanted(result.value)) return result;
  if (path.mode === 'lax') return 'empty';
  return {
    problem:
      result.value === null
        ? `there is null at ${pathText}`
        : `at ${pathText} is no ${what}: ${printJson(result.value).slice(0, 60)}`,
  };
}

const failure = (spelling: string, problem: string): TidemillError =>
  new TidemillError('bad-json', `${spelling}: ${problem}`, { hint: 'NULL ON ERROR gives NULL instead of failing.' });

const scalarText = (value: JsonValue): string => (typeof value === 'string' ? wellFormed(value) : printJson(value));

function scalarValue(value: JsonValue, type: SqlType): Value {
  const wrong = (): TidemillError =>
    new TidemillError('bad-cast', `JSON_VALUE: ${printJson(value).slice(0, 60)} is no ${shown(type)}`, {
      hint: 'RETURNING takes only what has that type in JSON; without it, the result is a STRING to CAST.',
    });
  switch (type.kind) {
    case 'BOOLEAN':
      if (typeof value !== 'boolean') throw wrong();
      return value;
    case 'INT': {
      const number = value as JsonNumber;
      if (typeof number !== 'object' || !number.whole) throw wrong();
      if (BigInt.asIntN(32, BigInt(number.text)) !== BigInt(number.text)) throw wrong();
      return Number(number.text);
    }
    case 'DOUBLE':
      if (typeof value !== 'object') throw wrong();
      return Number((value as JsonNumber).text);
    default:
      return scalarText(value);
  }
}

const returnable = (type: SqlType): boolean =>
  type.kind === 'BOOLEAN' || type.kind === 'INT' || type.kind === 'DOUBLE' || (type.kind === 'VARCHAR' && isCharacter(type));

const clause = (text: string): string => text.replace(/^'(.*)'$/s, '$1');
/** The type in `CAST(NULL AS type)`. */
const typeText = (text: string): string => /^CAST\(NULL AS (.*)\)$/s.exec(text)?.[1] ?? 'STRING';

/** SQL/JSON's own syntax is bound to calls with its clauses as literals; see sql/binder/json.ts. */
export const jsonAccessFunctions: readonly ScalarFunction[] = [
  define({
    name: 'json-value',
    resolve: withCount(7, given => {
      const [json, path, , onEmpty, , onError, returning] = given;
      if (!isCharacter(json!)) return `expects a string as argument 1, got ${shown(json!)}`;
      if (!isCharacter(path!)) return `expects a string as argument 2, got ${shown(path!)}`;
      if (!returnable(returning!)) return `cannot return ${shown(returning!)}, only STRING, BOOLEAN, INT and DOUBLE`;
      const result = withNullable(returning!, true);
      return {
        argumentTypes: [
          json!,
          path!,
          given[2]!,
          withNullable(result, onEmpty!.nullable),
          given[4]!,
          withNullable(result, onError!.nullable),
          returning!,
        ],
        resultType: result,
      };
    }),
    nulls: 'custom',
    reference: ([json, path, onEmpty, emptyDefault, onError, errorDefault], { result }) => {
      if (json === null || path === null) return null;
      const found = find(json as string, path as string, isJsonScalar, 'scalar');
      if (found === 'empty') {
        if (onEmpty === 'ERROR') throw failure('JSON_VALUE', `there is nothing at ${path as string}`);
        return onEmpty === 'DEFAULT' ? emptyDefault! : null;
      }
      if ('value' in found) return scalarValue(found.value, result);
      if (onError === 'ERROR') throw failure('JSON_VALUE', found.problem);
      return onError === 'DEFAULT' ? errorDefault! : null;
    },
    flink: '$*',
    usage: 'JSON_VALUE(json, path [RETURNING type] [{NULL | ERROR | DEFAULT x} ON EMPTY] [{NULL | ERROR | DEFAULT x} ON ERROR])',
    text: 'The scalar at a path of a JSON text. Paths are strict when they do not begin with lax: what is not there is an error then.',
    example: `JSON_VALUE('{"a": {"b": 7}}', '$.a.b' RETURNING INT)`,
  }),
  define({
    name: 'json-exists',
    resolve: withCount(3, given => {
      if (!isCharacter(given[0]!)) return `expects a string as argument 1, got ${shown(given[0]!)}`;
      if (!isCharacter(given[1]!)) return `expects a string as argument 2, got ${shown(given[1]!)}`;
      return { argumentTypes: given, resultType: types.boolean() };
    }),
    reference: ([json, path, onError]) => {
      const found = find(json as string, path as string, () => true, 'value');
      if (found === 'empty') return false;
      if ('value' in found) return true;
      if (onError === 'ERROR') throw failure('JSON_EXISTS', found.problem);
      return onError === 'UNKNOWN' ? null : onError === 'TRUE';
    },
    flink: '$*',
    usage: 'JSON_EXISTS(json, path [{TRUE | FALSE | UNKNOWN | ERROR} ON ERROR])',
    text: 'Whether there is something other than null at a path of a JSON text.',
    example: `JSON_EXISTS('{"a": true}', '$.a')`,
  }),
  define({
    name: 'json-query',
    resolve: withCount(6, given => {
      if (!isCharacter(given[0]!)) return `expects a string as argument 1, got ${shown(given[0]!)}`;
      if (!isCharacter(given[1]!)) return `expects a string as argument 2, got ${shown(given[1]!)}`;
      const returning = given[5]!;
      if (returning.kind !== 'VARCHAR' && !(returning.kind === 'ARRAY' && isCharacter(returning.element)))
        return `cannot return ${shown(returning)}, only STRING and ARRAY<STRING>`;
      return { argumentTypes: given, resultType: withNullable(returning, true) };
    }),
    nulls: 'custom',
    reference: ([json, path, wrapper, onEmpty, onError], { result }) => {
      if (json === null || path === null) return null;
      const spelling = 'JSON_QUERY';
      const wrapped = (value: JsonValue): boolean =>
        wrapper === 'WITH UNCONDITIONAL ARRAY' || (wrapper === 'WITH CONDITIONAL ARRAY' && !isJsonArray(value));
      const structured = (value: JsonValue): boolean =>
        wrapped(value) || isJsonArray(value) || (isJsonObject(value) && result.kind !== 'ARRAY');
      const found = find(json as string, path as string, structured, 'array or object');
      const shaped = (value: JsonValue): Value => {
        if (result.kind !== 'ARRAY') return wellFormed(printJson(value));
        return isJsonArray(value) ? value.map(item => (item === null ? null : scalarText(item))) : null;
      };
      if (found !== 'empty' && 'value' in found) return shaped(wrapped(found.value) ? [found.value] : found.value);
      const behavior = found === 'empty' ? onEmpty : onError;
      if (behavior === 'ERROR')
        throw failure(spelling, found === 'empty' ? `there is nothing at ${path as string}` : found.problem);
      if (behavior === 'NULL') return null;
      return shaped(behavior === 'EMPTY ARRAY' ? [] : new Map());
    },
    flink: '$*',
    usage:
      'JSON_QUERY(json, path [RETURNING type] [{WITHOUT | WITH [CONDITIONAL | UNCONDITIONAL]} [ARRAY] WRAPPER] [{NULL | EMPTY ARRAY | EMPTY OBJECT | ERROR} ON {EMPTY | ERROR}] …)',
    text: 'The array or object at a path of a JSON text, as JSON, or as ARRAY<STRING>.',
    example: `JSON_QUERY('{"a": [1, 2]}', '$.a')`,
  }),
].map(withClauses);

/** How each is written for Flink, from the texts of its arguments. */
function withClauses(entry: ScalarFunction): ScalarFunction {
  const flink = (args: readonly string[]): string => {
    const [json, path, ...rest] = args as [string, string, ...string[]];
    if (entry.name === 'json-exists') return `JSON_EXISTS(${json}, ${path} ${clause(rest[0]!)} ON ERROR)`;
    if (entry.name === 'json-query') {
      const [wrapper, onEmpty, onError, returning] = rest.map(clause) as [string, string, string, string];
      return `JSON_QUERY(${json}, ${path} RETURNING ${typeText(returning)} ${wrapper} WRAPPER ${onEmpty} ON EMPTY ${onError} ON ERROR)`;
    }
    const [onEmpty, emptyDefault, onError, errorDefault, returning] = rest as [string, string, string, string, string];
    const behavior = (kind: string, value: string): string => (clause(kind) === 'DEFAULT' ? `DEFAULT ${value}` : clause(kind));
    return `JSON_VALUE(${json}, ${path} RETURNING ${typeText(returning)} ${behavior(onEmpty, emptyDefault)} ON EMPTY ${behavior(onError, errorDefault)} ON ERROR)`;
  };
  return Object.freeze({ ...entry, flink });
}
