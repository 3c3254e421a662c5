import { type SqlType, types, withoutTimeAttribute } from '../../columnar/types.ts';
import { internalError, notSupported, type Span, TidemillError } from '../../common/errors.ts';
import type { AggregateFunction, ScalarFunction } from '../../functions/contract.ts';
import { aggregateFunctions, scalarFunctions } from '../../functions/index.ts';
import { refusesBareNull } from '../../functions/null-literals.ts';
import { type AggregateCall, call, type Expression } from '../../plan/expressions.ts';
import { coerce } from './coercion.ts';

const scalarsBySpelling = new Map<string, ScalarFunction>();
for (const entry of scalarFunctions.values()) for (const spelling of entry.spellings) scalarsBySpelling.set(spelling, entry);
const aggregatesBySpelling = new Map<string, AggregateFunction>();
for (const entry of aggregateFunctions.values())
  for (const spelling of entry.spellings) aggregatesBySpelling.set(spelling, entry);

/** Built-ins by SQL spelling, in upper case. */
export const scalarByName = (name: string): ScalarFunction | undefined => scalarFunctions.get(name);
export const scalarBySpelling = (spelling: string): ScalarFunction | undefined => scalarsBySpelling.get(spelling);
export const aggregateBySpelling = (spelling: string): AggregateFunction | undefined => aggregatesBySpelling.get(spelling);
export const isAggregateName = (name: string): boolean => aggregatesBySpelling.has(name.toUpperCase());
export const allSpellings = (): string[] => [...scalarsBySpelling.keys(), ...aggregatesBySpelling.keys()];

/**
 * A call of the catalogue with its arguments cast to what it asks for. `shown` is its name in messages.
 * Errors: wrong-argument with what the function expects; not-supported when the catalogue has no such entry.
 */
export function builtin(name: string, args: readonly Expression[], span: Span, shown = name): Expression {
  const entry = scalarFunctions.get(name);
  if (entry === undefined) throw notSupported(shown, span);
  if (refusesBareNull(name)) requireTypes(args, shown, span);
  const resolution = entry.resolve(args.map(argumentType), args);
  if (typeof resolution === 'string') throw wrongArgument(shown, resolution, span, entry.doc.usage);
  const cast = args.map((argument, index) => coerce(argument, resolution.argumentTypes[index] ?? argument.type));
  const type = name === 'proctime' ? types.timestampLtz(3, false, 'proctime') : resolution.resultType;
  if (entry.implementation.kind === 'rewrite') return entry.implementation.expand(cast, type);
  return call(name, cast, type, span);
}

/** Aggregates with type inference of Flink's own, as {@link refusesBareNull} says of scalar functions. */
const refusesNoNull = new Set(['percentile', 'bitmap-build-agg', 'bitmap-build-cardinality-agg']);

/** NULL needs a type where Flink asks for one. */
function requireTypes(args: readonly Expression[], shown: string, span: Span): void {
  const bare = args.find(argument => argument.kind === 'literal' && argument.type.kind === 'NULL');
  if (bare === undefined) return;
  throw new TidemillError('wrong-argument', `${/^\w/.test(shown) ? shown : `'${shown}'`} needs to know the type of NULL`, {
    span: bare.span ?? span,
    hint: 'write CAST(NULL AS INT), or whatever type it is',
  });
}

const argumentType = (expression: Expression): SqlType => withoutTimeAttribute(expression.type);

function wrongArgument(shown: string, problem: string, span: Span, usage: string): TidemillError {
  const name = /^\w/.test(shown) ? shown : `'${shown}'`;
  return new TidemillError('wrong-argument', `${name} ${problem}`, { span, hint: `it is written ${usage}` });
}

/** An aggregate of the catalogue; over a key-less input its type is made nullable by whoever knows. */
export function resolveAggregate(spelling: string, args: readonly Expression[], distinct: boolean, span: Span): AggregateCall {
  const entry = aggregateBySpelling(spelling);
  if (entry === undefined) throw internalError(`${spelling} is no aggregate`);
  if (!refusesNoNull.has(entry.name)) requireTypes(args, spelling, span);
  const resolution = entry.resolve(args.map(argumentType), { distinct, grouped: true });
  if (typeof resolution === 'string') throw wrongArgument(spelling, resolution, span, entry.doc.usage);
  const cast = args.map((argument, index) => coerce(argument, resolution.argumentTypes[index] ?? argument.type));
  return { name: entry.name, arguments: cast, distinct, type: resolution.resultType, span };
}
