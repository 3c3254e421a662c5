import { type SqlType, typeToString } from '../columnar/types.ts';
import { TidemillError } from '../common/errors.ts';
import type { Expression } from '../plan/expressions.ts';
import { filter, type LogicalNode, unnest as unnestNode } from '../plan/nodes.ts';
import { schemaOf } from '../plan/schema.ts';
import { elementFieldsOf } from '../plan/unnest.ts';
import { type Argument, toPlan } from './expression.ts';
import type { Collection, Expr } from './expression-types.ts';
import { conditionOf, joinColumns, type LateralParts, type Side, selectedOf } from './joins.ts';
import type { ColumnsOf, TableCall, TypeTexts } from './tabular-types.ts';
import { parseTypeText } from './type-text.ts';

export interface UnnestOptions<S extends TypeTexts, O extends boolean> {
  /** Adds `ordinality`, the element's place from 1: SQL's WITH ORDINALITY. */
  readonly ordinality?: O;
  /** Of elements that are a ROW: its fields and their types. */
  readonly columns?: S;
}

/**
 * The elements of an ARRAY, MAP or MULTISET as rows, for `joinLateral` and `leftOuterJoinLateral`: SQL's CROSS JOIN UNNEST. An element of an ARRAY or MULTISET is
 * `value`, one of a MAP `key` and `value`; of a ROW come its fields, which are named in `columns`. A NULL collection has no elements.
 *
 * @throws TidemillError `wrong-argument`, `unknown-column`, `type-mismatch` for columns that a ROW has not or in another type
 * @example
 * line.joinLateral(l => unnest(l.tags), (l, tag) => ({ id: l.id, tag: tag.value }));
 */
export function unnest<E, S extends TypeTexts = never, O extends boolean = false>(
  collection: Collection<E, null>,
  options: UnnestOptions<S, O> = {},
): TableCall<([S] extends [never] ? E : ColumnsOf<S>) & (O extends true ? { ordinality: Expr<'INT'> } : unknown)> {
  return new UnnestCall(toPlan(collection as unknown as Argument), options) as never;
}

/** What {@link unnest} makes. */
export class UnnestCall {
  readonly collection: Expression;
  readonly ordinality: boolean;
  /** Of an element, then `ordinality`. */
  readonly names: readonly string[];

  constructor(collection: Expression, { ordinality = false, columns }: UnnestOptions<TypeTexts, boolean>) {
    this.collection = collection;
    this.ordinality = ordinality;
    this.names = [...elementNames(collection.type, columns), ...(ordinality ? ['ordinality'] : [])];
  }
}

function elementNames(type: SqlType, columns: TypeTexts | undefined): readonly string[] {
  const fields = elementFieldsOf(type);
  if (fields === undefined)
    throw new TidemillError(
      'wrong-argument',
      `unnest() takes an ARRAY, MAP or MULTISET, and this is ${typeToString(type, false)}`,
    );
  if (type.kind === 'MAP') return ['key', 'value'];
  if ((type.kind !== 'ARRAY' && type.kind !== 'MULTISET') || type.element.kind !== 'ROW') return ['value'];
  for (const [name, text] of Object.entries(columns ?? {})) {
    const found = fields.find(field => field.name === name);
    if (found === undefined)
      throw new TidemillError('unknown-column', `the elements have no field '${name}'`, {
        hint: `they have ${fields.map(field => field.name).join(', ')}`,
      });
    const [wanted, given] = [parseTypeText(text), found.type].map(each => typeToString(each));
    if (wanted !== given)
      throw new TidemillError('type-mismatch', `the field '${name}' is ${given}, not ${wanted}`, {
        hint: 'say its type as the table has it',
      });
  }
  return fields.map(field => field.name);
}

/** Each row with the elements of a collection of it, and the columns that `select` makes of both. */
export function unnested(left: Side, call: UnnestCall, parts: LateralParts, check: (expression: Expression) => Expression) {
  const { outer, on, select, method } = parts;
  const width = schemaOf(left.node).length;
  const collection = check(call.collection);
  const kept = Array.from({ length: width }, (_, index) => index);
  const { names, ordinality } = call;
  const made = (isOuter: boolean, condition?: Expression): LogicalNode =>
    unnestNode(left.node, collection, { kept, outer: isOuter, ordinality, names, ...(condition && { condition }) });
  const columnsOf = (node: LogicalNode) => joinColumns(node, left.counts, new Set(), width);
  let node = made(outer);
  if (on !== undefined) {
    const inner = made(false);
    const condition = conditionOf(columnsOf(inner), on, method);
    node = outer ? made(true, condition) : filter(inner, condition);
  }
  return selectedOf(node, columnsOf(node), select, method);
}
