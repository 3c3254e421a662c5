import { types, withNullable } from '../../columnar/types.ts';
import { type Span, TidemillError } from '../../common/errors.ts';
import { limits } from '../../common/limits.ts';
import { call, caseOf, column, type Expression, literal, nullLiteral } from '../../plan/expressions.ts';
import { expand, type LogicalNode } from '../../plan/nodes.ts';
import { expressionToString } from '../../plan/print-expression.ts';
import { schemaOf } from '../../plan/schema.ts';
import type * as ast from '../ast/query.ts';

/** Stands for the number of a row's grouping set until the aggregation exists. */
export const setStandIn = (1 << 24) - 1;

/** GROUP BY: all its keys, each once, and the sets of them (by position) that are grouped by; one set is a plain GROUP BY. */
export interface GroupingKeys {
  readonly keys: readonly Expression[];
  readonly sets: readonly (readonly number[])[];
}

/**
 * GROUPING SETS, ROLLUP and CUBE as their sets; several elements are combined each with each. As in Flink, positions and aliases of SELECT do not
 * count here; the error says what to write.
 */
export function expandGroupBy(
  groupBy: ast.GroupBy | undefined,
  select: ast.Select,
  bind: (key: ast.Expression) => readonly Expression[],
): GroupingKeys {
  if (groupBy === undefined) return { keys: [], sets: [[]] };
  const keys: Expression[] = [];
  const positions = new Map<string, number>();
  const place = (node: ast.Expression): number[] =>
    bindKey(node, select, bind).map(key => {
      const text = expressionToString(key, { positions: true });
      let position = positions.get(text);
      if (position === undefined) positions.set(text, (position = keys.push(key) - 1));
      return position;
    });
  let sets: readonly (readonly number[])[] = [[]];
  for (const element of groupBy.elements) {
    const own = setsOf(element, place);
    sets = sets.flatMap(left => own.map(right => [...new Set([...left, ...right])]));
    if (sets.length > limits.groupingSetsMax)
      throw new TidemillError('too-many', `GROUP BY asks for more than ${limits.groupingSetsMax} grouping sets`, {
        span: element.span,
      });
  }
  if (!groupBy.distinct) return { keys, sets };
  const seen = new Set<string>();
  return { keys, sets: sets.filter(set => !seen.has(textOfSet(set)) && seen.add(textOfSet(set))) };
}

const textOfSet = (set: readonly number[]): string => [...set].sort((left, right) => left - right).join();

function setsOf(element: ast.GroupingElement, place: (node: ast.Expression) => number[]): number[][] {
  switch (element.kind) {
    case 'grouping-set':
      return [element.expressions.flatMap(place)];
    case 'rollup': {
      const parts = element.sets.map(set => set.expressions.flatMap(place));
      return Array.from({ length: parts.length + 1 }, (_, index) => parts.slice(0, parts.length - index).flat());
    }
    case 'cube': {
      const parts = element.sets.map(set => set.expressions.flatMap(place));
      // of n parts, the first stands for the highest bit: the whole comes first, nothing last
      const count = 2 ** Math.min(parts.length, 30);
      if (count > limits.groupingSetsMax)
        throw new TidemillError(
          'too-many',
          `CUBE of ${parts.length} asks for more than ${limits.groupingSetsMax} grouping sets`,
          {
            span: element.span,
          },
        );
      return Array.from({ length: count }, (_, index) =>
        parts.filter((_part, place) => (((count - 1 - index) >> (parts.length - 1 - place)) & 1) === 1).flat(),
      );
    }
    case 'grouping-sets':
      return element.elements.flatMap(inner => setsOf(inner, place));
  }
}

function bindKey(
  key: ast.Expression,
  select: ast.Select,
  bind: (key: ast.Expression) => readonly Expression[],
): readonly Expression[] {
  if (key.kind === 'number')
    throw new TidemillError('wrong-ordinal', 'GROUP BY takes no positions', {
      span: key.span,
      hint: 'write the expression itself, as Flink wants it',
    });
  try {
    return bind(key);
  } catch (error) {
    throw withAliasHint(error, key, select);
  }
}

function withAliasHint(error: unknown, key: ast.Expression, select: ast.Select): unknown {
  if (!(error instanceof TidemillError) || error.code !== 'unknown-column' || key.kind !== 'column' || key.parts.length !== 1)
    return error;
  const alias = key.parts[0]!.name;
  const item = select.items.find(candidate => candidate.kind === 'item' && candidate.alias?.name === alias);
  if (item === undefined) return error;
  return new TidemillError(error.code, `'${alias}' is an alias of SELECT, which GROUP BY does not see`, {
    span: key.span,
    hint: 'repeat the expression in GROUP BY, or select it in a sub-query first',
  });
}

/** What an aggregation over several sets reads: each row once per set, its other keys NULL, and the set's number. */
export interface ExpandedInput {
  readonly input: LogicalNode;
  readonly keys: readonly Expression[];
}

export function expandSets(input: LogicalNode, { keys, sets }: GroupingKeys): ExpandedInput {
  const fields = schemaOf(input);
  const columns = fields.map((field, index) => column(index, field));
  const keyTypes = keys.map((key, index) => (sets.every(set => set.includes(index)) ? key.type : withNullable(key.type, true)));
  const projections = sets.map((set, number) => [
    ...columns,
    ...keys.map((key, index) => (set.includes(index) ? key : nullLiteral(keyTypes[index]!))),
    literal(BigInt(number), types.bigint(false)),
  ]);
  const keyNames = keys.map((key, index) => (key.kind === 'column' ? key.name : `key${index}`));
  const expanded = expand(input, projections, [...fields.map(field => field.name), ...keyNames, 'grouping set']);
  const expandedFields = schemaOf(expanded);
  const grouped = [...keys, undefined].map((_, index) => column(fields.length + index, expandedFields[fields.length + index]!));
  return { input: expanded, keys: grouped };
}

/** GROUPING, GROUPING_ID and GROUP_ID: a constant per grouping set, chosen by `setNumber`. */
export function groupingFunction(
  name: string,
  args: readonly Expression[],
  { keys, sets }: GroupingKeys,
  setNumber: Expression,
  span: Span,
): Expression {
  const texts = keys.map(key => expressionToString(key, { positions: true }));
  const asked = args.map(argument => {
    const position = texts.indexOf(expressionToString(argument, { positions: true }));
    if (position >= 0) return position;
    throw new TidemillError('not-grouped', `${name} takes keys of GROUP BY, and this is none`, { span: argument.span ?? span });
  });
  if ((name === 'GROUP_ID') !== (args.length === 0))
    throw new TidemillError(
      'wrong-argument',
      name === 'GROUP_ID' ? 'GROUP_ID takes no arguments' : `${name} takes keys of GROUP BY`,
      {
        span,
      },
    );
  const idOf = (set: readonly number[], number: number): number =>
    name === 'GROUP_ID'
      ? sets.slice(0, number).filter(other => textOfSet(other) === textOfSet(set)).length
      : asked.reduce((bits, position) => 2 * bits + (set.includes(position) ? 0 : 1), 0);
  const type = types.bigint(false);
  const results = sets.map((set, number) => literal(BigInt(idOf(set, number)), type, span));
  const last = results[results.length - 1]!;
  if (results.every(result => result.value === last.value)) return last;
  const branches = results.slice(0, -1).map((result, number) => ({
    when: call('equals', [setNumber, literal(BigInt(number), type)], types.boolean(false)),
    result,
  }));
  return caseOf(branches, last, type, span);
}
