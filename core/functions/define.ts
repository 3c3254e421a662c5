import {
  isBinary,
  isCharacter,
  isInteger,
  isNumeric,
  isTimestamp,
  type SqlType,
  types,
  typeToString,
  withNullable,
} from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import type { Expression } from '../plan/expressions.ts';
import type { DuckdbVerdict, EvaluationContext, Implementation, Resolution, ScalarFunction } from './contract.ts';
import { isDatetime, isInterval } from './type-rules.ts';

/** What an argument may be, in words, and as what it is given. */
export interface ArgumentKind {
  readonly words: string;
  /** The type the argument is cast to, or undefined when it does not fit. */
  readonly accept: (type: SqlType) => SqlType | undefined;
}

const kindOf = (words: string, accept: (type: SqlType) => SqlType | undefined): ArgumentKind => ({ words, accept });
const orNull =
  (fallback: SqlType, accept: (type: SqlType) => SqlType | undefined) =>
  (type: SqlType): SqlType | undefined =>
    type.kind === 'NULL' ? withNullable(fallback, true) : accept(type);
const when = (test: (type: SqlType) => boolean) => (type: SqlType) => (test(type) ? type : undefined);

/** Kinds of arguments that functions ask for. */
export const accepts = {
  any: kindOf('a value', type => type),
  string: kindOf('a string', orNull(types.string(), when(isCharacter))),
  stringOrBytes: kindOf(
    'a string or bytes',
    orNull(
      types.string(),
      when(type => isCharacter(type) || isBinary(type)),
    ),
  ),
  number: kindOf('a number', orNull(types.double(), when(isNumeric))),
  integer: kindOf('an integer', orNull(types.int(), when(isInteger))),
  int: kindOf(
    'an integer',
    orNull(types.int(), type => (isInteger(type) ? withNullable(types.int(), type.nullable) : undefined)),
  ),
  bigint: kindOf(
    'an integer',
    orNull(types.bigint(), type => (isInteger(type) ? withNullable(types.bigint(), type.nullable) : undefined)),
  ),
  double: kindOf(
    'a number',
    orNull(types.double(), type => (isNumeric(type) ? withNullable(types.double(), type.nullable) : undefined)),
  ),
  boolean: kindOf(
    'a condition',
    orNull(
      types.boolean(),
      when(type => type.kind === 'BOOLEAN'),
    ),
  ),
  datetime: kindOf('a date, time or timestamp', orNull(types.timestamp(3), when(isDatetime))),
  dateOrTimestamp: kindOf(
    'a date or timestamp',
    orNull(
      types.timestamp(3),
      when(type => type.kind === 'DATE' || isTimestamp(type)),
    ),
  ),
  timestamp: kindOf('a timestamp', orNull(types.timestamp(3), when(isTimestamp))),
  interval: kindOf('an interval', orNull(types.intervalDayTime(), when(isInterval))),
} as const satisfies Record<string, ArgumentKind>;

export const anyNullable = (argumentTypes: readonly SqlType[]): boolean => argumentTypes.some(type => type.nullable);
export const shown = (type: SqlType): string => typeToString(type, false);

/** A resolver: fixed kinds of arguments, the last `optional` of them optional (or `repeat`ed), and a result type. */
export function signature(
  kinds: readonly ArgumentKind[],
  result: SqlType | ((argumentTypes: readonly SqlType[], args: readonly Expression[]) => SqlType),
  options: { readonly optional?: number; readonly repeat?: boolean; readonly nullable?: 'arguments' | 'always' | 'never' } = {},
): ScalarFunction['resolve'] {
  const least = kinds.length - (options.optional ?? 0);
  return (given, args) => {
    if (given.length < least || (!options.repeat && given.length > kinds.length)) {
      return `takes ${counts(least, options.repeat ? Number.POSITIVE_INFINITY : kinds.length)}, not ${given.length}`;
    }
    const argumentTypes: SqlType[] = [];
    for (const [index, type] of given.entries()) {
      const kind = kinds[Math.min(index, kinds.length - 1)]!;
      const accepted = kind.accept(type);
      if (accepted === undefined) return `expects ${kind.words} as argument ${index + 1}, got ${shown(type)}`;
      argumentTypes.push(accepted);
    }
    const resultType = typeof result === 'function' ? result(argumentTypes, args) : result;
    const nullable = options.nullable === 'always' ? true : options.nullable === 'never' ? false : anyNullable(argumentTypes);
    return { argumentTypes, resultType: withNullable(resultType, nullable) };
  };
}

/** A resolver of calls that the binder makes with so many arguments; any other number is refused. */
export const withCount =
  (least: number, resolve: ScalarFunction['resolve'], most = least): ScalarFunction['resolve'] =>
  (given, args) =>
    given.length < least || given.length > most ? `takes ${counts(least, most)}, not ${given.length}` : resolve(given, args);

function counts(least: number, most: number): string {
  const plural = (count: number): string => (count === 1 ? '1 argument' : `${count} arguments`);
  if (most === Number.POSITIVE_INFINITY) return `${plural(least)} or more`;
  return least === most ? plural(least) : `${least} to ${plural(most)}`;
}

/** `pattern` has $1, $2, … or $* for the arguments' texts. */
export const usageFlink =
  (pattern: string) =>
  (args: readonly string[]): string =>
    pattern.replaceAll(/\$(\d+|\*)/g, (_, place: string) => (place === '*' ? args.join(', ') : (args[Number(place) - 1] ?? '')));

export interface Definition {
  readonly name: string;
  readonly spellings?: readonly string[];
  readonly resolve: ScalarFunction['resolve'];
  readonly reference: (
    args: readonly Value[],
    types: { readonly arguments: readonly SqlType[]; readonly result: SqlType },
    context: EvaluationContext,
  ) => Value;
  readonly nulls?: 'propagate' | 'custom';
  readonly deterministic?: boolean;
  readonly implementation?: Implementation;
  /** A DuckDB function or operator name for all types, or a verdict by types. */
  readonly duckdb?: DuckdbVerdict | ((argumentTypes: readonly SqlType[]) => DuckdbVerdict);
  /** A pattern for {@link usageFlink}. */
  readonly flink?: string;
  readonly usage: string;
  readonly text: string;
  readonly example: string;
}

const verdictOf = (verdict: NonNullable<Definition['duckdb']>): ScalarFunction['duckdb'] =>
  typeof verdict === 'function' ? verdict : () => verdict;

/** An entry of the catalogue with what most have in common filled in. */
export function define(definition: Definition): ScalarFunction {
  const { duckdb = 'never', flink } = definition;
  const entry: ScalarFunction = {
    name: definition.name,
    spellings: definition.spellings ?? [],
    resolve: definition.resolve,
    nulls: definition.nulls ?? 'propagate',
    deterministic: definition.deterministic ?? true,
    reference: definition.reference,
    implementation: definition.implementation ?? { kind: 'intrinsic', name: definition.name },
    duckdb: verdictOf(duckdb),
    ...(flink !== undefined && { flink: usageFlink(flink) }),
    doc: { usage: definition.usage, text: definition.text, example: definition.example },
  };
  return Object.freeze(entry);
}

export const sameResolution = (argumentTypes: readonly SqlType[], resultType: SqlType): Resolution => ({
  argumentTypes,
  resultType,
});
