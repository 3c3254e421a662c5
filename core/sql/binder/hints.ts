import { checkOptions, durationMs } from '../../catalog/connectors.ts';
import type { TableDescriptor } from '../../catalog/descriptors.ts';
import { type Span, TidemillError } from '../../common/errors.ts';
import { didYouMean } from '../../common/nearest-names.ts';
import type { Hint } from '../ast/node.ts';
import type { Select, TableReference } from '../ast/query.ts';
import type { BindContext } from './context.ts';

/** Hints behind a table: its options for this statement, checked like those of its WITH. Errors: unknown-hint, wrong-hint, unknown-option, wrong-option. */
export function tableOptions(
  table: TableDescriptor,
  hints: readonly Hint[],
  context: BindContext,
): Readonly<Record<string, string>> {
  const options: Record<string, string> = {};
  const spans = new Map<string, Span>();
  for (const hint of hints) {
    if (hint.name.name.toUpperCase() !== 'OPTIONS') throw unknownHint(hint, ['OPTIONS']);
    if (hint.options.length === 0) throw wrongHint(hint, "OPTIONS needs options: OPTIONS('key' = 'value')");
    for (const { key, value, span } of hint.options) {
      options[key.value] = value.value;
      spans.set(key.value, span);
    }
  }
  if (hints.length > 0)
    checkOptions({ ...table.options, ...options }, context.connectors, table.path.name, key => spans.get(key) ?? hints[0]!.span);
  return options;
}

/** A view has no options of its own. Errors: wrong-hint. */
export function refuseHints(hints: readonly Hint[], what: string): void {
  if (hints.length > 0) throw wrongHint(hints[0]!, `hints go with tables, and this is ${what}`);
}

const joinHints = ['BROADCAST', 'SHUFFLE_HASH', 'SHUFFLE_MERGE', 'NEST_LOOP', 'MULTI_JOIN'];
const selectHints = [...joinHints, 'STATE_TTL', 'LOOKUP'];

/**
 * How long the groups of a SELECT are kept: what STATE_TTL says of the one table in FROM; undefined: as the setting says. Of several tables it speaks
 * to the join.
 */
export function stateTtlOf({ hints, from }: Select): number | undefined {
  if (from.length !== 1 || from[0]!.kind === 'join') return undefined;
  const names = namesIn(from[0]!);
  for (const hint of hints) {
    if (hint.name.name.toUpperCase() !== 'STATE_TTL') continue;
    const option = hint.options.find(({ key }) => names.some(name => key.value === name || key.value.endsWith(`.${name}`)));
    if (option !== undefined) return durationMs(option.value.value);
  }
  return undefined;
}

/**
 * Hints behind SELECT: their names, their form, and that the tables they name are in FROM. They say how to join or how long to keep state, and change
 * no row. Errors: unknown-hint, wrong-hint. Source: Flink docs, SQL hints.
 */
export function checkSelectHints({ hints, from }: Select): void {
  if (hints.length === 0) return;
  const known = from.flatMap(namesIn);
  for (const hint of hints) {
    const name = hint.name.name.toUpperCase();
    if (!selectHints.includes(name)) throw unknownHint(hint, selectHints);
    if (joinHints.includes(name)) {
      if (hint.options.length > 0 || hint.values.length === 0)
        throw wrongHint(hint, `${name} takes names of tables: ${name}(t1, t2)`);
      requireTables(hint, hint.values, known);
    } else if (name === 'STATE_TTL') checkStateTtl(hint, known);
    else {
      const table = hint.options.find(option => option.key.value === 'table');
      if (table === undefined) throw wrongHint(hint, "LOOKUP needs the table it is about: LOOKUP('table' = 't')");
      requireTables(hint, [table.value.value], known);
    }
  }
}

function checkStateTtl(hint: Hint, known: readonly string[]): void {
  if (hint.options.length === 0) throw wrongHint(hint, "STATE_TTL takes tables and durations: STATE_TTL('t' = '1 d')");
  requireTables(
    hint,
    hint.options.map(option => option.key.value),
    known,
  );
  for (const { value } of hint.options)
    if (durationMs(value.value) === undefined)
      throw new TidemillError('wrong-hint', `STATE_TTL takes a duration, not '${value.value}'`, {
        span: value.span,
        hint: "write it as '6 h' or '1 d'",
      });
}

function requireTables(hint: Hint, names: readonly string[], known: readonly string[]): void {
  for (const name of names)
    if (!known.some(candidate => candidate === name || name.endsWith(`.${candidate}`)))
      throw new TidemillError(
        'wrong-hint',
        `FROM has no table '${name}' that the hint ${hint.name.name.toUpperCase()} could mean`,
        {
          span: hint.span,
          hint: didYouMean(name, known) ?? (known.length === 0 ? undefined : `it has ${known.join(', ')}`),
        },
      );
}

/** Names a hint can use: aliases, and names of tables without one. */
function namesIn(reference: TableReference): string[] {
  if (reference.kind === 'join') return [...namesIn(reference.left), ...namesIn(reference.right)];
  if (reference.alias !== undefined) return [reference.alias.name.name];
  return reference.kind === 'table' ? [reference.name[reference.name.length - 1]!.name] : [];
}

const wrongHint = (hint: Hint, message: string): TidemillError => new TidemillError('wrong-hint', message, { span: hint.span });

const unknownHint = (hint: Hint, known: readonly string[]): TidemillError =>
  new TidemillError('unknown-hint', `there is no hint '${hint.name.name}' here`, {
    span: hint.span,
    hint: didYouMean(hint.name.name.toUpperCase(), known) ?? `there is ${known.join(', ')}`,
  });
