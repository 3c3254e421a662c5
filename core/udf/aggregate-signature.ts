import { type SqlType, storageOf, typeToString } from '../columnar/types.ts';
import { TidemillError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import type { FunctionType, ValueType } from '../wasm/encoder/index.ts';
import { argumentHasFlag, isText, resultTypesOf, type ScalarSignature, valueTypesOf } from './signature.ts';

/** What a module's aggregate function is in SQL. Arguments, result and `nulls` are those of a scalar function. */
export interface AggregateSignature extends ScalarSignature {
  readonly kind: 'aggregate';
  /** Form a: what is kept of a group, as values that go in and out of every call. */
  readonly accumulators?: readonly SqlType[] | undefined;
  /** Form b: the size of a block in the module's memory. */
  readonly stateBytes?: number | undefined;
  /** Of a component, which of the parts it has that are optional; of a core module its exports say it. */
  readonly parts?: readonly AggregatePart[] | undefined;
}

/** The exports of an aggregate, by what they do. */
export const aggregateParts = ['init', 'accumulate', 'retract', 'merge', 'finish'] as const;
export type AggregatePart = (typeof aggregateParts)[number];

export const aggregateExport = (name: string, part: AggregatePart): string => `${name}_${part}`;

const accumulatorKinds = new Set(['INT', 'BIGINT', 'FLOAT', 'DOUBLE']);

/**
 * Reads the members that aggregates have and scalar functions have not.
 * @param parseType a type as the section spells it
 * @param fail an error about the section
 */
export function parseAggregate(
  signature: ScalarSignature,
  declared: Readonly<Record<string, unknown>>,
  parseType: (text: string, name: string) => SqlType,
  fail: (what: string) => TidemillError,
): AggregateSignature {
  const { name } = signature;
  const { accumulators, stateBytes } = declared;
  const parts = declared['parts'] === undefined ? undefined : partsOf(declared['parts']);
  if (parts === 'wrong') throw fail(`gives '${name}' "parts" that are no list of ${aggregateParts.join(', ')}`);
  if ((accumulators === undefined) === (stateBytes === undefined))
    throw fail(
      `gives the aggregate '${name}' ${accumulators === undefined ? 'neither' : 'both'} "accumulators" and "stateBytes"`,
    );
  if (stateBytes !== undefined) {
    const most = limits.udfStateBytesMax;
    if (typeof stateBytes !== 'number' || !Number.isInteger(stateBytes) || stateBytes < 1 || stateBytes > most)
      throw fail(`gives '${name}' "stateBytes" that are no whole number from 1 to ${most}`);
    return Object.freeze({ ...signature, kind: 'aggregate', stateBytes, ...(parts && { parts }) });
  }
  const most = limits.udfAccumulatorsMax;
  if (!Array.isArray(accumulators) || accumulators.length < 1 || accumulators.length > most)
    throw fail(`gives '${name}' no list of 1 to ${most} "accumulators"`);
  const types = accumulators.map(text => {
    const type = typeof text === 'string' ? parseType(text, name) : undefined;
    if (type === undefined || !accumulatorKinds.has(type.kind))
      throw fail(`gives '${name}' the accumulator ${JSON.stringify(text)}: INT, BIGINT, FLOAT and DOUBLE can be`);
    return type;
  });
  return Object.freeze({ ...signature, kind: 'aggregate', accumulators: Object.freeze(types), ...(parts && { parts }) });
}

function partsOf(value: unknown): readonly AggregatePart[] | 'wrong' {
  const known = (part: unknown): part is AggregatePart => aggregateParts.includes(part as AggregatePart);
  return Array.isArray(value) && value.every(known) ? Object.freeze(value) : 'wrong';
}

/** The wasm values of an accumulator: themselves, or the address of a block. */
export function stateTypesOf({ accumulators }: AggregateSignature): readonly ValueType[] {
  return accumulators === undefined ? ['i32'] : accumulators.flatMap(valueTypesOf);
}

/** Bytes of an accumulator in the engine's tables, a multiple of 8: a word a value, or the block. */
export function stateBytesOf({ accumulators, stateBytes }: AggregateSignature): number {
  return accumulators === undefined ? (stateBytes! + 7) & ~7 : 8 * accumulators.length;
}

/** A block is in the module's memory, and so are text and bytes that go in. */
export const needsAllocate = (signature: AggregateSignature): boolean =>
  signature.stateBytes !== undefined || signature.arguments.some(isText);

/**
 * Compares an aggregate with the types of its exports; returns whether `finish` says with an i32 more that the result is NULL, or writes it to a place.
 * @throws TidemillError `udf-signature` when they do not fit; `udf-export` without `accumulate` or `finish`.
 */
export function checkAggregate(
  signature: AggregateSignature,
  module: string,
  typeOf: (part: AggregatePart) => FunctionType | undefined,
): { readonly resultHasFlag: boolean; readonly byPlace: boolean } {
  const state = stateTypesOf(signature);
  const kept = signature.accumulators === undefined ? [] : state;
  const given = signature.arguments.flatMap((type, index) => [
    ...valueTypesOf(type),
    ...(argumentHasFlag(signature, index) ? (['i32'] as const) : []),
  ]);
  const wanted: Readonly<Record<Exclude<AggregatePart, 'finish'>, FunctionType>> = {
    init: { parameters: signature.accumulators === undefined ? state : [], results: kept },
    accumulate: { parameters: [...state, ...given], results: kept },
    retract: { parameters: [...state, ...given], results: kept },
    merge: { parameters: [...state, ...state], results: kept },
  };
  const wrong = (part: AggregatePart, expected: FunctionType, actual: FunctionType): TidemillError =>
    new TidemillError(
      'udf-signature',
      `'${signature.name}' is declared as ${aggregateToString(signature)}, so ${aggregateExport(signature.name, part)} is ${shown(expected)} in wasm, but the export is ${shown(actual)}`,
      { hint: 'Change the signature, or the types of the function, so that both agree; see udf-sdk/abi: Aggregate functions.' },
    );
  for (const part of ['init', 'accumulate', 'retract', 'merge'] as const) {
    const actual = typeOf(part);
    if (actual === undefined) {
      if (part === 'accumulate') throw missingPart(signature.name, part, module);
      continue;
    }
    if (!isSame(wanted[part], actual)) throw wrong(part, wanted[part], actual);
  }
  const finish = typeOf('finish');
  if (finish === undefined) throw missingPart(signature.name, 'finish', module);
  const results = resultTypesOf(signature.result);
  const expected = { parameters: state, results };
  if (isSame(expected, finish)) return { resultHasFlag: false, byPlace: false };
  if (isSame({ parameters: ['i32', ...state], results: [] }, finish)) return { resultHasFlag: false, byPlace: true };
  const mayHaveFlag = signature.result.nullable && !isText(signature.result);
  if (mayHaveFlag && isSame({ parameters: state, results: [...results, 'i32'] }, finish))
    return { resultHasFlag: true, byPlace: false };
  throw wrong('finish', expected, finish);
}

function missingPart(name: string, part: AggregatePart, module: string): TidemillError {
  return new TidemillError(
    'udf-export',
    `${module} declares the aggregate '${name}' but exports no ${aggregateExport(name, part)}`,
    {
      hint: 'An aggregate has at least the exports NAME_accumulate and NAME_finish; see udf-sdk/abi: Aggregate functions.',
    },
  );
}

const isSame = (left: FunctionType, right: FunctionType): boolean =>
  left.parameters.join() === right.parameters.join() && left.results.join() === right.results.join();

const shown = ({ parameters, results }: FunctionType): string => `(${parameters.join(', ')}) → (${results.join(', ')})`;

/** `wavg(DOUBLE, BIGINT) → DOUBLE, keeping (DOUBLE, DOUBLE)` */
export function aggregateToString(signature: AggregateSignature): string {
  const { accumulators, stateBytes } = signature;
  const kept =
    accumulators === undefined ? `${stateBytes} bytes` : `(${accumulators.map(type => typeToString(type)).join(', ')})`;
  const given = signature.arguments.map(type => typeToString(type)).join(', ');
  return `${signature.name}(${given}) → ${typeToString(signature.result)}, keeping ${kept}`;
}

/** The loads and stores of an accumulator's value in its word. */
export const accumulatorStorage = (type: SqlType): 'i32' | 'i64' | 'f32' | 'f64' => {
  const storage = storageOf(type);
  return storage === 'i64' || storage === 'f32' || storage === 'f64' ? storage : 'i32';
};

/** Bytes of an accumulator's value in a column. */
export const accumulatorBytes = (type: SqlType): number => (accumulatorStorage(type).endsWith('32') ? 4 : 8);
