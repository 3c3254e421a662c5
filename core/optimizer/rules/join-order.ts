import { call, column, type Expression, literal, referencedColumns } from '../../plan/expressions.ts';
import { filter, inputsOf, join, type LogicalNode, project, withInputs } from '../../plan/nodes.ts';
import { expressionToString } from '../../plan/print-expression.ts';
import { uniqueKeysOf } from '../../plan/properties.ts';
import { rowsEstimated, sizeOf } from '../../plan/row-estimates.ts';
import { schemaOf } from '../../plan/schema.ts';
import { isDeterministic } from '../determinism.ts';
import type { OptimizerContext, Rule } from '../rule.ts';
import { conjunction, conjunctsOf } from './filter-merge.ts';
import { shiftedAround } from './join-columns.ts';

/** A part of the join that has been put together: its columns are those of the whole that `columns` names. */
interface Part {
  readonly node: LogicalNode;
  readonly columns: readonly number[];
  readonly rows: number;
}

/**
 * Inner joins of several inputs in an order that keeps what is passed on small: again and again the two parts whose join has the fewest rows are
 * joined, as far as conditions connect them. What conditions say of one input alone filters it first, also what follows from them: a constant through an
 * equality, and what all branches of an OR ask of it. Source: Fegaras, "A New Heuristic for Optimizing Large Queries" (DEXA 1998).
 */
export const joinOrder: Rule = {
  name: 'join-order',
  apply: (plan, context) => visit(plan, context),
};

/** Joins that have their order: the rule is run until nothing changes. */
const ordered = new WeakSet<LogicalNode>();

function visit(node: LogicalNode, context: OptimizerContext): LogicalNode {
  if (isOrdered(node)) return node;
  const inputs: LogicalNode[] = [];
  const conditions: Expression[] = [];
  collect(node, 0, inputs, conditions);
  if (inputs.length < 2 || !conditions.every(condition => isDeterministic(condition, context)))
    return withInputs(
      node,
      inputsOf(node).map(input => visit(input, context)),
    );
  return reordered(
    node,
    inputs.map(input => visit(input, context)),
    conditions,
  );
}

const isOrdered = (node: LogicalNode): boolean => ordered.has(node);

/** The inputs of a tree of inner joins and filters, left to right, and all its conditions over their columns side by side. */
function collect(node: LogicalNode, offset: number, inputs: LogicalNode[], conditions: Expression[]): void {
  const moved = (condition: Expression): Expression[] =>
    conjunctsOf(offset === 0 ? condition : shiftedAround(condition, index => index + offset));
  if (node.kind === 'filter' && leadsToJoin(node.input)) {
    collect(node.input, offset, inputs, conditions);
    conditions.push(...moved(node.condition));
  } else if (node.kind === 'join' && node.join === 'inner') {
    collect(node.left, offset, inputs, conditions);
    collect(node.right, offset + schemaOf(node.left).length, inputs, conditions);
    if (node.condition !== undefined) conditions.push(...moved(node.condition));
  } else inputs.push(node);
}

const leadsToJoin = (node: LogicalNode): boolean =>
  (node.kind === 'join' && node.join === 'inner') || (node.kind === 'filter' && leadsToJoin(node.input));

function reordered(node: LogicalNode, inputs: readonly LogicalNode[], given: readonly Expression[]): LogicalNode {
  const conditions = withConstants(given);
  const offsets: number[] = [];
  let width = 0;
  for (const input of inputs) {
    offsets.push(width);
    width += schemaOf(input).length;
  }
  const within = (condition: Expression, columns: ReadonlySet<number>): boolean =>
    [...referencedColumns([condition])].every(index => columns.has(index));
  const left = new Set(conditions);
  let parts = inputs.map((input, index): Part => {
    const columns = Array.from({ length: schemaOf(input).length }, (_, place) => offsets[index]! + place);
    const own = new Set(columns);
    const mine = [...left].filter(condition => referencedColumns([condition]).size > 0 && within(condition, own));
    for (const condition of mine) left.delete(condition);
    const implied = [...left].flatMap(condition => impliedBy(condition, own));
    const all = [...mine, ...implied].map(condition => shiftedAround(condition, place => place - offsets[index]!));
    const next = all.length === 0 ? input : filter(input, conjunction(all)!);
    return { node: next, columns, rows: rowsEstimated(next) };
  });
  while (parts.length > 1) {
    const [first, second] = cheapest(parts, [...left]);
    const joined = joinParts(first, second, left, within);
    parts = [...parts.filter(part => part !== first && part !== second), joined];
  }
  const { node: whole, columns } = parts[0]!;
  const fields = schemaOf(node);
  const rest = conjunction([...left].map(condition => shiftedAround(condition, index => columns.indexOf(index))));
  const kept = rest === undefined ? whole : filter(whole, rest);
  ordered.add(kept);
  if (columns.every((index, place) => index === place)) return kept;
  const actual = schemaOf(kept);
  const result = project(
    kept,
    fields.map((_, index) => column(columns.indexOf(index), actual[columns.indexOf(index)]!)),
    fields.map(field => field.name),
  );
  ordered.add(result);
  return result;
}

function joinParts(
  first: Part,
  second: Part,
  left: Set<Expression>,
  within: (condition: Expression, columns: ReadonlySet<number>) => boolean,
): Part {
  const columns = [...first.columns, ...second.columns];
  const own = new Set(columns);
  const mine = [...left].filter(condition => within(condition, own));
  for (const condition of mine) left.delete(condition);
  const condition = conjunction(mine.map(part => shiftedAround(part, index => columns.indexOf(index))));
  const node = join('inner', first.node, second.node, condition);
  ordered.add(node);
  return { node, columns, rows: estimate(first, second, mine) };
}

/** The two parts to join next: connected ones before all others. */
function cheapest(parts: readonly Part[], conditions: readonly Expression[]): readonly [Part, Part] {
  let best: { readonly pair: readonly [Part, Part]; readonly connected: boolean; readonly rows: number } | undefined;
  for (const [index, first] of parts.entries())
    for (const second of parts.slice(index + 1)) {
      const own = new Set([...first.columns, ...second.columns]);
      const between = conditions.filter(condition => {
        const columns = [...referencedColumns([condition])];
        return (
          columns.every(place => own.has(place)) &&
          columns.some(place => first.columns.includes(place)) &&
          columns.some(place => second.columns.includes(place))
        );
      });
      const connected = between.some(isEquality);
      const rows = estimate(first, second, between);
      if (best === undefined || (connected && !best.connected) || (connected === best.connected && rows < best.rows))
        best = { pair: [first, second], connected, rows };
    }
  return best!.pair;
}

const isEquality = (condition: Expression): boolean => condition.kind === 'call' && condition.name === 'equals';

/** Rows of a join: one side's key finds at most one row; other columns have far fewer different values than rows. */
function estimate(first: Part, second: Part, conditions: readonly Expression[]): number {
  const equalities = conditions.filter(isEquality);
  const others = conditions.length - equalities.length;
  const product = first.rows * second.rows * 0.5 ** others;
  if (equalities.length === 0) return product;
  const columns = referencedColumns(equalities);
  const isKey = (part: Part): boolean =>
    uniqueKeysOf(part.node).some(key => key.every(index => columns.has(part.columns[index]!)));
  const keys = [first, second].filter(isKey).map(part => sizeOf(part.node));
  const different = keys.length > 0 ? Math.max(...keys) : Math.sqrt(Math.min(sizeOf(first.node), sizeOf(second.node)));
  return Math.max(product / Math.max(different, 1), 1);
}

const text = (expression: Expression): string => expressionToString(expression, { positions: true });

/** `a = b AND a = 5` says `b = 5` too. */
function withConstants(conditions: readonly Expression[]): Expression[] {
  const known = new Set(conditions.map(text));
  const all = [...conditions];
  for (let index = 0; index < all.length; index++) {
    const constant = constantOf(all[index]!);
    if (constant === undefined) continue;
    for (const condition of conditions) {
      if (condition.kind !== 'call' || condition.name !== 'equals') continue;
      const [first, second] = condition.arguments as [Expression, Expression];
      const other = text(first) === constant.column ? second : text(second) === constant.column ? first : undefined;
      if (other?.kind !== 'column') continue;
      const added = call('equals', [other, literal(constant.value.value, constant.value.type)], condition.type, condition.span);
      if (known.has(text(added))) continue;
      known.add(text(added));
      all.push(added);
    }
  }
  return all;
}

function constantOf(condition: Expression) {
  if (condition.kind !== 'call' || condition.name !== 'equals') return undefined;
  const [first, second] = condition.arguments as [Expression, Expression];
  if (first.kind === 'column' && second.kind === 'literal') return { column: text(first), value: second };
  if (second.kind === 'column' && first.kind === 'literal') return { column: text(second), value: first };
  return undefined;
}

/** What an OR asks of some columns alone, when each of its branches does. */
function impliedBy(condition: Expression, columns: ReadonlySet<number>): Expression[] {
  if (condition.kind !== 'call' || condition.name !== 'or') return [];
  const parts = condition.arguments.map(branch =>
    conjunction(
      conjunctsOf(branch).filter(part => {
        const used = [...referencedColumns([part])];
        return used.length > 0 && used.every(index => columns.has(index));
      }),
    ),
  );
  return parts.every(part => part !== undefined) ? [call('or', parts, condition.type, condition.span)] : [];
}
