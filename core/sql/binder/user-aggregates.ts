import type { Catalog } from '../../catalog/catalog.ts';
import type { FunctionDescriptor } from '../../catalog/descriptors.ts';
import { withNullable } from '../../columnar/types.ts';
import { notSupported, type Span, TidemillError } from '../../common/errors.ts';
import { aggregateFunctions, scalarFunctions } from '../../functions/index.ts';
import type { AggregateCall, Expression } from '../../plan/expressions.ts';
import type { UserAggregate } from '../../plan/user-aggregate.ts';
import { overFunctions } from '../../plan/windows.ts';
import type * as ast from '../ast/query.ts';
import { aggregateBySpelling, scalarBySpelling } from './builtins.ts';
import { implicitCast } from './coercion.ts';

/** A user's aggregate as the catalog has it. */
export type AggregateDescriptor = FunctionDescriptor & { readonly aggregate: UserAggregate };

export const isAggregate = (descriptor: FunctionDescriptor | undefined): descriptor is AggregateDescriptor =>
  descriptor?.aggregate !== undefined;

/** The user's aggregate that a name means, if it means one: a temporary system function, then built-ins, then the catalog's. */
export function userAggregateNamed(names: readonly string[], catalog: Catalog): AggregateDescriptor | undefined {
  const system = catalog.findFunction(names, 'system');
  if (system !== undefined) return isAggregate(system) ? system : undefined;
  const upper = names.join('.').toUpperCase();
  if (names.length === 1 && (aggregateBySpelling(upper) ?? scalarBySpelling(upper)) !== undefined) return undefined;
  const found = catalog.findFunction(names, 'catalog');
  return isAggregate(found) ? found : undefined;
}

const builtins = new Set<string>([...aggregateFunctions.keys(), ...scalarFunctions.keys(), ...overFunctions]);

/**
 * A call of a user's aggregate; its result's type is the one declared, as the function itself says what no rows give.
 * @throws TidemillError `wrong-argument`, `not-supported`.
 */
export function userAggregateCall(
  { key, aggregate, argumentTypes, resultType }: AggregateDescriptor,
  node: Pick<ast.Call, 'star' | 'distinct'> & { readonly span?: Span | undefined },
  args: readonly Expression[],
  written: string,
): AggregateCall {
  const { span } = node;
  if (node.star) throw new TidemillError('wrong-argument', `only COUNT takes *, not ${written}`, { span });
  if (args.length !== argumentTypes.length)
    throw new TidemillError(
      'wrong-argument',
      `${written} takes ${argumentTypes.length} argument${argumentTypes.length === 1 ? '' : 's'}, not ${args.length}`,
      { span },
    );
  if (node.distinct && (args.length === 0 || aggregate.seesNulls.includes(true)))
    throw notSupported(
      `DISTINCT with ${written}, which ${args.length === 0 ? 'has no arguments' : 'sees NULLs'},`,
      span,
      args.length === 0 ? undefined : 'declare it with "nulls": "propagate"',
    );
  const cast = args.map((argument, index) =>
    implicitCast(argument, withNullable(argumentTypes[index]!, true), `argument ${index + 1} of ${written}`),
  );
  // never the name of a built-in
  const name = builtins.has(key) ? `\`${key}\`` : key;
  return { name, user: aggregate, arguments: cast, distinct: node.distinct, type: resultType, ...(span && { span }) };
}
