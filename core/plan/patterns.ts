import type { AggregateCall, Expression } from './expressions.ts';
import { aggregateToString, expressionToString } from './print-expression.ts';

/** A row pattern of MATCH_RECOGNIZE. */
export type Pattern =
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'sequence'; readonly parts: readonly Pattern[] }
  | { readonly kind: 'alternation'; readonly parts: readonly Pattern[] }
  /** `max` undefined: without bound. */
  | {
      readonly kind: 'repeat';
      readonly pattern: Pattern;
      readonly min: number;
      readonly max?: number | undefined;
      readonly greedy: boolean;
    };

/** AFTER MATCH SKIP …: where the search for the next match begins. */
export type MatchSkip =
  | { readonly kind: 'past-last-row' }
  | { readonly kind: 'to-next-row' }
  | { readonly kind: 'to-first'; readonly variable: string }
  | { readonly kind: 'to-last'; readonly variable: string };

/**
 * A value taken from the rows matched so far: an expression (over the input) of the first or last row of a variable, `offset` rows further
 * inward, or an aggregate over a variable's rows. Without `variable` it is over all rows matched.
 */
export type MatchTerm =
  | {
      readonly kind: 'navigation';
      readonly from: 'first' | 'last';
      readonly variable?: string | undefined;
      readonly offset: number;
      readonly expression: Expression;
    }
  | { readonly kind: 'aggregate'; readonly variable?: string | undefined; readonly call: AggregateCall };

/** Variables in the order they are first named. */
export function patternVariables(pattern: Pattern): string[] {
  switch (pattern.kind) {
    case 'variable':
      return [pattern.name];
    case 'sequence':
    case 'alternation':
      return [...new Set(pattern.parts.flatMap(patternVariables))];
    case 'repeat':
      return patternVariables(pattern.pattern);
  }
}

/** As Flink SQL writes it: `A B{2,3}? (C | D)`. */
export function patternToString(pattern: Pattern): string {
  switch (pattern.kind) {
    case 'variable':
      return pattern.name;
    case 'sequence':
      return pattern.parts
        .map(part => (part.kind === 'alternation' ? `(${patternToString(part)})` : patternToString(part)))
        .join(' ');
    case 'alternation':
      return pattern.parts.map(patternToString).join(' | ');
    case 'repeat': {
      const inner = patternToString(pattern.pattern);
      const text = pattern.pattern.kind === 'variable' ? inner : `(${inner})`;
      return `${text}${quantifierToString(pattern.min, pattern.max)}${pattern.greedy ? '' : '?'}`;
    }
  }
}

function quantifierToString(min: number, max: number | undefined): string {
  if (max === undefined) return min === 0 ? '*' : min === 1 ? '+' : `{${min},}`;
  if (min === 0 && max === 1) return '?';
  return min === max ? `{${min}}` : `{${min},${max}}`;
}

/** `LAST(A.price, 1)`: the name of a term's column. */
export function matchTermName(term: MatchTerm): string {
  const variable = term.variable === undefined ? '' : `${term.variable}.`;
  if (term.kind === 'aggregate') return `${variable}${aggregateToString(term.call)}`;
  const offset = term.offset === 0 ? '' : `, ${term.offset}`;
  return `${term.from.toUpperCase()}(${variable}${expressionToString(term.expression)}${offset})`;
}
