import { TidemillError } from '../../common/errors.ts';
import { limits } from '../../common/limits.ts';
import type { Pattern } from '../../plan/patterns.ts';

/** What became of an attempt: rows and their variables; that there is none; or that it depends on rows to come. */
export type Attempt =
  | { readonly kind: 'match'; readonly variables: readonly string[] }
  | { readonly kind: 'none' }
  | { readonly kind: 'undecided' };

/** The rows an attempt looks at, from its first one on. */
export interface MatchRows {
  /** Whether row number `index` of the attempt may be `variable`, after `assigned`. */
  accepts(variable: string, index: number, assigned: readonly string[]): boolean;
  /** `row`: it is there; `none`: it will never be there, or comes too late; `unknown`: it may still come. */
  state(index: number): 'row' | 'none' | 'unknown';
}

/**
 * Tries a pattern from one row on, as Flink's NFA does: a greedy loop takes every row that meets its condition and gives none back, a reluctant
 * one takes no row more than it must, and of what is left the first that completes counts.
 */
export function attemptMatch(pattern: Pattern, rows: MatchRows): Attempt {
  const assigned: string[] = [];
  let steps = 0;
  const step = (part: Pattern, rest: () => boolean): boolean => {
    if (++steps > limits.matchStepsMax)
      throw new TidemillError('too-many', `a pattern takes more than ${limits.matchStepsMax} steps from one row`, {
        hint: 'let neighbouring variables meet different rows, or bound their numbers',
      });
    switch (part.kind) {
      case 'variable':
        return one(part.name, rest);
      case 'sequence':
        return sequence(part.parts, 0, rest);
      case 'alternation':
        return part.parts.some(branch => step(branch, rest));
      case 'repeat':
        return part.pattern.kind === 'variable'
          ? repeatVariable(part.pattern.name, part.min, part.max ?? Number.POSITIVE_INFINITY, part.greedy, rest)
          : repeatGroup(part, 0, rest);
    }
  };
  const take = (variable: string): boolean => {
    const index = assigned.length;
    const state = rows.state(index);
    if (state === 'unknown') throw undecided;
    if (state === 'none' || !rows.accepts(variable, index, assigned)) return false;
    assigned.push(variable);
    return true;
  };
  const one = (variable: string, rest: () => boolean): boolean => {
    if (!take(variable)) return false;
    if (rest()) return true;
    assigned.pop();
    return false;
  };
  const sequence = (parts: readonly Pattern[], index: number, rest: () => boolean): boolean =>
    index === parts.length ? rest() : step(parts[index]!, () => sequence(parts, index + 1, rest));
  const repeatVariable = (variable: string, min: number, max: number, greedy: boolean, rest: () => boolean): boolean => {
    const before = assigned.length;
    let count = 0;
    // a single row that may be left out is tried both ways
    const gives = max === 1;
    for (;;) {
      if (count >= min && !greedy && rest()) return true;
      if (count === max || !take(variable)) break;
      count++;
    }
    if (count >= min && greedy) {
      if (rest()) return true;
      if (gives && count > min) {
        assigned.length = before;
        if (rest()) return true;
      }
    }
    assigned.length = before;
    return false;
  };
  const repeatGroup = (part: Extract<Pattern, { kind: 'repeat' }>, count: number, rest: () => boolean): boolean => {
    const length = assigned.length;
    const again = (): boolean =>
      count < (part.max ?? Number.POSITIVE_INFINITY) &&
      step(part.pattern, () => assigned.length > length && repeatGroup(part, count + 1, rest));
    if (count < part.min) return again();
    return part.greedy ? again() || rest() : rest() || again();
  };
  try {
    return step(pattern, () => true) ? { kind: 'match', variables: [...assigned] } : { kind: 'none' };
  } catch (error) {
    if (error === undecided) return { kind: 'undecided' };
    throw error;
  }
}

const undecided = new Error('undecided');
