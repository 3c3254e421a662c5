import { maximumLength, type SqlType, storageOf, types, typeToString } from '../columnar/types.ts';
import { TidemillError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import type { FunctionType, ValueType } from '../wasm/encoder/index.ts';

/** Custom section in which a module says what its exports are in SQL; see udf-sdk/abi. */
export const signatureSection = 'tidemill.signatures';
export const signatureVersion = 1;

/** What a scalar function is in SQL. */
export interface ScalarSignature {
  /** Name of the export. */
  readonly name: string;
  readonly arguments: readonly SqlType[];
  readonly argumentNames?: readonly string[] | undefined;
  readonly result: SqlType;
  /** propagate: NULL in, NULL out, the function is not called. call: nullable arguments come with a flag. */
  readonly nulls: 'propagate' | 'call';
  readonly deterministic: boolean;
  /** It is called with whole columns. */
  readonly batch?: boolean | undefined;
}

export const badSignature = (what: string, hint?: string): TidemillError =>
  new TidemillError('udf-signature', `the section ${signatureSection} ${what}`, {
    hint:
      hint ??
      'See udf-sdk/abi: {"version":1,"functions":[{"name":"late","kind":"scalar","arguments":["DOUBLE"],"result":"DOUBLE"}]}.',
  });

/** The members that functions of all kinds have. */
export function parseScalar(name: string, declared: Readonly<Record<string, unknown>>): ScalarSignature {
  const { arguments: list, result, nulls = 'propagate', deterministic = true, argumentNames } = declared;
  if (!Array.isArray(list) || list.some(type => typeof type !== 'string'))
    throw badSignature(`gives '${name}' no list of argument types`);
  if (list.length > limits.udfArgumentsMax) throw badSignature(`gives '${name}' more than ${limits.udfArgumentsMax} arguments`);
  if (typeof result !== 'string') throw badSignature(`gives '${name}' no result type`);
  if (nulls !== 'propagate' && nulls !== 'call') throw badSignature(`gives '${name}' nulls other than "propagate" and "call"`);
  if (typeof deterministic !== 'boolean') throw badSignature(`gives '${name}' a "deterministic" that is not true or false`);
  if (
    argumentNames !== undefined &&
    !(
      Array.isArray(argumentNames) &&
      argumentNames.length === list.length &&
      argumentNames.every(text => typeof text === 'string')
    )
  )
    throw badSignature(`gives '${name}' argument names that do not fit its arguments`);
  const resultType = parseSignatureType(result, name);
  if (isText(resultType) && !/^\s*(STRING|BYTES)\b/i.test(result))
    throw badSignature(`gives '${name}' the result ${result}: text and bytes that a function makes are STRING or BYTES`);
  const argumentTypes = Object.freeze(list.map(type => parseSignatureType(type as string, name)));
  return Object.freeze({
    name,
    arguments: argumentTypes,
    argumentNames: argumentNames as readonly string[] | undefined,
    result: resultType,
    // without nullable arguments both say the same
    nulls: argumentTypes.some(type => type.nullable) ? nulls : 'propagate',
    deterministic,
  });
}

export function objectOf(value: unknown, complaint: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badSignature(complaint);
  return value as Readonly<Record<string, unknown>>;
}

const simpleTypes: Readonly<Record<string, (nullable: boolean) => SqlType>> = {
  BOOLEAN: types.boolean,
  TINYINT: types.tinyint,
  SMALLINT: types.smallint,
  INT: types.int,
  INTEGER: types.int,
  BIGINT: types.bigint,
  FLOAT: types.float,
  DOUBLE: types.double,
  DATE: types.date,
  TIME: types.time,
  STRING: types.string,
  BYTES: types.bytes,
};

const sizedTypes: Readonly<Record<string, (length: number, nullable: boolean) => SqlType>> = {
  CHAR: types.char,
  VARCHAR: types.varchar,
  BINARY: types.binary,
  VARBINARY: types.varbinary,
};

/** Text and bytes: two values, address and length, as an argument; one as a result. */
export const isText = (type: SqlType): boolean => storageOf(type) === 'view';

/** A scalar type in Flink's spelling, e.g. `DECIMAL(10, 2) NOT NULL`. */
export function parseSignatureType(text: string, name: string): SqlType {
  const match = /^\s*([A-Za-z_]+)\s*(?:\(\s*(\d{1,10})\s*(?:,\s*(\d{1,3})\s*)?\))?(\s+NOT\s+NULL)?\s*$/i.exec(text);
  const kind = match?.[1]?.toUpperCase() ?? '';
  const nullable = match?.[4] === undefined;
  const first = match?.[2] === undefined ? undefined : Number(match[2]);
  const second = match?.[3] === undefined ? undefined : Number(match[3]);
  const simple = Object.hasOwn(simpleTypes, kind) ? simpleTypes[kind] : undefined;
  if (simple !== undefined && first === undefined) return simple(nullable);
  if (Object.hasOwn(sizedTypes, kind) && first !== undefined && first >= 1 && first <= maximumLength && second === undefined)
    return sizedTypes[kind]!(first, nullable);
  if (kind === 'DECIMAL' || kind === 'NUMERIC') {
    const precision = first ?? 10;
    const scale = second ?? 0;
    if (precision >= 1 && precision <= limits.decimalPrecisionMax && scale <= precision)
      return types.decimal(precision, scale, nullable);
  }
  if ((kind === 'TIMESTAMP' || kind === 'TIMESTAMP_LTZ') && second === undefined) {
    const precision = first ?? 6;
    if (precision <= limits.timestampPrecisionMax)
      return kind === 'TIMESTAMP' ? types.timestamp(precision, nullable) : types.timestampLtz(precision, nullable);
  }
  throw badSignature(
    `gives '${name}' the type '${text}', which user functions cannot have`,
    /^\s*INTERVAL\b/i.test(text)
      ? 'An INTERVAL goes in and out as a number: milliseconds, or months, as BIGINT.'
      : "Types are those under Values in udf-sdk/abi; arrays, maps and rows go in as their elements (a table function's rows come out), or as text.",
  );
}

/** Whether text or bytes go in or out. */
export const usesText = (signature: ScalarSignature): boolean => [...signature.arguments, signature.result].some(isText);

/** The wasm values that stand for one argument, without the flag that may follow. */
export function valueTypesOf(type: SqlType): readonly ValueType[] {
  const storage = storageOf(type);
  switch (storage) {
    case 'i8':
    case 'i16':
    case 'i32':
      return ['i32'];
    case 'i64':
    case 'f32':
    case 'f64':
      return [storage];
    case 'i128':
      return ['i64', 'i64'];
    case 'view':
      return ['i32', 'i32'];
    case 'list':
    case 'struct':
      throw badSignature(`has the type ${typeToString(type)}, which scalar functions cannot have`);
  }
}

/** The wasm values of a result: text and bytes are one i64, the length above the address; all ones is NULL. */
export function resultTypesOf(type: SqlType): readonly ValueType[] {
  return isText(type) ? ['i64'] : valueTypesOf(type);
}

/** Whether an argument is followed by an i32 that is 0 for NULL. */
export function argumentHasFlag(signature: ScalarSignature, index: number): boolean {
  return signature.nulls === 'call' && signature.arguments[index]!.nullable;
}

/**
 * Compares a signature with the export's own type; returns whether the results end with an i32 that is 0 for NULL.
 * @throws TidemillError `udf-signature` when they do not fit.
 */
export function checkSignature(
  signature: ScalarSignature,
  actual: FunctionType,
): { readonly resultHasFlag: boolean; readonly byPlace: boolean } {
  const parameters = signature.arguments.flatMap((type, index) => [
    ...valueTypesOf(type),
    ...(argumentHasFlag(signature, index) ? (['i32'] as const) : []),
  ]);
  const results = resultTypesOf(signature.result);
  const flagged = [...results, 'i32'];
  const resultHasFlag = signature.result.nullable && !isText(signature.result) && actual.results.join() === flagged.join();
  if (actual.results.length === 0 && ['i32', ...parameters].join() === actual.parameters.join())
    return { resultHasFlag: false, byPlace: true };
  if (parameters.join() !== actual.parameters.join() || (!resultHasFlag && results.join() !== actual.results.join()))
    throw new TidemillError(
      'udf-signature',
      `'${signature.name}' is declared as ${signatureToString(signature)}, which is (${parameters.join(', ')}) → (${results.join(', ')}) in wasm, but the export is (${actual.parameters.join(', ')}) → (${actual.results.join(', ')})`,
      { hint: 'Change the signature, or the types of the function, so that both agree; see udf-sdk/abi.' },
    );
  return { resultHasFlag, byPlace: false };
}

/** What an export without a declared signature is: i32 INT, i64 BIGINT, f32 FLOAT, f64 DOUBLE; undefined for what SQL cannot call. */
export function derivedSignature(name: string, type: FunctionType): ScalarSignature | undefined {
  if (type.results.length !== 1 || type.parameters.length > limits.udfArgumentsMax) return undefined;
  const sql = [...type.parameters, ...type.results].map(derivedType);
  if (sql.includes(undefined)) return undefined;
  const all = sql as SqlType[];
  return { name, arguments: all.slice(0, -1), result: all.at(-1)!, nulls: 'propagate', deterministic: true };
}

function derivedType(type: ValueType): SqlType | undefined {
  switch (type) {
    case 'i32':
      return types.int();
    case 'i64':
      return types.bigint();
    case 'f32':
      return types.float();
    case 'f64':
      return types.double();
    default:
      return undefined;
  }
}

/** `late(DOUBLE NOT NULL) → DOUBLE` */
export function signatureToString(signature: ScalarSignature): string {
  return `${signature.name}(${signature.arguments.map(type => typeToString(type)).join(', ')}) → ${typeToString(signature.result)}`;
}
