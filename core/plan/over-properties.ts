import { isProctime, isRowtime } from '../columnar/types.ts';
import { type Expression, substituteColumns } from './expressions.ts';
import type { Filter, Over, Project } from './nodes.ts';
import { schemaOf } from './schema.ts';
import { isOverFunction } from './windows.ts';

/** Functions whose value is a place in the order. */
export const isRankFunction = (name: string): boolean => isOverFunction(name) && name !== 'lag' && name !== 'lead';

/** OVER (… ORDER BY a time attribute, ascending): results follow the watermark, or the clock. */
export function ordersByTime(node: Over): boolean {
  return timeOrderOf(node) !== undefined && !node.orderBy[0]!.descending;
}

/** The time attribute that an OVER orders by first, if any. */
export function timeOrderOf(node: Over): 'rowtime' | 'proctime' | undefined {
  const first = node.orderBy[0]?.expression;
  if (first?.kind !== 'column') return undefined;
  return isRowtime(first.type) ? 'rowtime' : isProctime(first.type) ? 'proctime' : undefined;
}

/** A filter that keeps the first rows of each partition. */
export interface TopRows {
  readonly over: Over;
  /** Ranks that are kept, both included. */
  readonly from: number;
  readonly to: number;
  /** Conditions besides, over the OVER's output. */
  readonly rest: readonly Expression[];
  /** The projection between the two, that comes after. */
  readonly project?: Project | undefined;
}

const ranks = new Set(['row-number', 'rank', 'dense-rank']);

/** Recognises `rank <= n` (and =, <) over the one ranking function of an OVER, also through a projection. Source: Flink docs, "Top-N". */
export function topRowsOf(node: Filter): TopRows | undefined {
  const between = node.input.kind === 'project' ? node.input : undefined;
  const input = between?.input ?? node.input;
  if (input.kind !== 'over' || input.calls.length !== 1 || !ranks.has(input.calls[0]!.name)) return undefined;
  const rank = schemaOf(input.input).length;
  let from = 1;
  let to = Number.POSITIVE_INFINITY;
  const rest: Expression[] = [];
  for (const written of conjuncts(node.condition)) {
    const condition = between === undefined ? written : substituteColumns(written, column => between.expressions[column.index]!);
    const bound = boundOf(condition, rank);
    if (bound === undefined) rest.push(condition);
    else {
      from = Math.max(from, bound.from);
      to = Math.min(to, bound.to);
    }
  }
  return Number.isFinite(to) ? { over: input, from, to, rest, project: between } : undefined;
}

const conjuncts = (condition: Expression): readonly Expression[] =>
  condition.kind === 'call' && condition.name === 'and' ? condition.arguments.flatMap(conjuncts) : [condition];

const mirrored: Readonly<Record<string, string>> = {
  'less-than': 'greater-than',
  'less-or-equal': 'greater-or-equal',
  'greater-than': 'less-than',
  'greater-or-equal': 'less-or-equal',
  equals: 'equals',
};

function boundOf(condition: Expression, rank: number): { from: number; to: number } | undefined {
  if (condition.kind !== 'call' || mirrored[condition.name] === undefined) return undefined;
  const [left, right] = condition.arguments.map(withoutCast);
  const flipped = left?.kind === 'literal';
  const [reference, constant] = flipped ? [right, left] : [left, right];
  if (reference?.kind !== 'column' || reference.index !== rank || constant?.kind !== 'literal' || constant.value === null)
    return undefined;
  const value = Number(constant.value);
  if (!Number.isSafeInteger(value)) return undefined;
  const open = { from: 1, to: Number.POSITIVE_INFINITY };
  switch (flipped ? mirrored[condition.name] : condition.name) {
    case 'less-than':
      return { ...open, to: value - 1 };
    case 'less-or-equal':
      return { ...open, to: value };
    case 'greater-than':
      return { ...open, from: value + 1 };
    case 'greater-or-equal':
      return { ...open, from: value };
    case 'equals':
      return { from: value, to: value };
    default:
      return undefined;
  }
}

const withoutCast = (expression: Expression): Expression => (expression.kind === 'cast' ? expression.input : expression);
