import { type SqlType, types, withNullable } from '../../columnar/types.ts';
import type { AggregateLineage } from '../../plan/expressions.ts';
import type { AggregatePlan, BuiltinSlot, Guard, UserSlot, ValueSet } from './plan.ts';

/** What a column of the computed batch is, as text over the columns of tables. */
export interface ColumnName {
  readonly text: string;
  readonly merges?: AggregateLineage['merges'];
}

/** A part of a payload by name. */
interface NamedColumn {
  readonly name: string;
  readonly type: SqlType;
  readonly offsetBytes: number;
}

/**
 * Names for the accumulators of a plan, so that a checkpoint's are found again when others were added, and when the same aggregate runs in two phases:
 * `count x`, `sum x`, `min x`, …, and `present x` for a count that only says whether anything was merged.
 */
export function payloadColumns(plan: AggregatePlan, names: readonly ColumnName[]): NamedColumn[] {
  const guardText = (guard: Guard): string => {
    const { notNull, filter, set } = guard;
    const columns = notNull.map(index => names[index]!.text).join(', ') || '*';
    return `${set === undefined ? '' : 'distinct '}${columns}${filter === undefined ? '' : ` where ${names[filter]!.text}`}`;
  };
  const over = (column: number, guard: Guard): string =>
    `${guard.set === undefined ? '' : 'distinct '}${names[column]!.text}${guard.filter === undefined ? '' : ` where ${names[guard.filter]!.text}`}`;
  return plan.slots.flatMap((slot): NamedColumn[] => {
    const guard = plan.guards[slot.guard]!;
    const at = slot.offset;
    if (slot.kind === 'count') {
      const merges = guard.notNull.length === 1 ? names[guard.notNull[0]!]!.merges : undefined;
      return [
        {
          name: merges === undefined ? `count ${guardText(guard)}` : `present ${merges.over}`,
          type: types.bigint(false),
          offsetBytes: at,
        },
      ];
    }
    if (slot.kind === 'user') return userColumns(slot, guard, names);
    const merges = names[slot.column]!.merges;
    if (slot.kind === 'deviation')
      return ['count', 'mean', 'squares'].map((part, index) => ({
        name: `deviation ${over(slot.column, guard)} ${part}`,
        type: types.double(false),
        offsetBytes: at + 8 * index,
      }));
    const word =
      slot.kind === 'sum' ? 'sum' : slot.kind === 'extreme' ? (slot.max ? 'max' : 'min') : slot.first ? 'first' : 'last';
    return [
      {
        name: merges?.slot ?? `${word} ${over(slot.column, guard)}`,
        type: slotType(slot, plan.columns[slot.column]!),
        offsetBytes: at,
      },
    ];
  });
}

/** Of a user's accumulator: its values, or its words. The same in one phase and in two. */
function userColumns(slot: UserSlot, guard: Guard, names: readonly ColumnName[]): NamedColumn[] {
  const merged = slot.user.phase === 'merge' ? names[slot.columns[0]!]!.merges?.slot : undefined;
  const filter = guard.filter === undefined ? undefined : names[guard.filter]!.text;
  const given = slot.columns.map(column => names[column]!.text);
  const name = merged ?? userSlotName(slot.name, given, guard.set !== undefined, filter);
  const { accumulators, stateBytes } = slot.user;
  return Array.from({ length: stateBytes / 8 }, (_, index) => {
    const kind = accumulators?.[index]?.kind;
    const type = kind === 'FLOAT' || kind === 'DOUBLE' ? types.double(false) : types.bigint(false);
    return { name: `${name} ${index}`, type, offsetBytes: slot.offset + 8 * index };
  });
}

/** What a user's accumulator is known by in a checkpoint. */
export const userSlotName = (name: string, given: readonly string[], distinct: boolean, filter: string | undefined): string =>
  `${name}(${distinct ? 'distinct ' : ''}${given.join(', ')})${filter === undefined ? '' : ` where ${filter}`}`;

/** Names of a set's value columns; the last one says for which rows its bits or counts are. */
export function setNames(set: ValueSet, names: readonly ColumnName[]): string[] {
  const guards = set.guards.map(guard => {
    const columns = guard.notNull.map(index => names[index]!.text).join(', ');
    return `${columns}${guard.filter === undefined ? '' : ` where ${names[guard.filter]!.text}`}`;
  });
  const values = set.columns.map(index => names[index]!.text);
  const said = guards.join('; ');
  return values.map((text, index) => (index === values.length - 1 && said !== text ? `${text} (${said})` : text));
}

function slotType(slot: Exclude<BuiltinSlot, { kind: 'count' }>, column: SqlType): SqlType {
  if (slot.kind !== 'sum') return withNullable(column, false);
  if (slot.form === 'integer') return types.bigint(false);
  if (slot.form === 'float') return types.double(false);
  return column.kind === 'DECIMAL' ? types.decimal(38, column.scale, false) : withNullable(column, false);
}

/** What the accumulators of a call of partial results are, and what they are over: merging ones are named so. */
export function mergedName(
  name: string,
  argument: { readonly text: string; readonly nullable: boolean } | undefined,
  filter: string | undefined,
): NonNullable<AggregateLineage['merges']> {
  const where = filter === undefined ? '' : ` where ${filter}`;
  const over = `${argument?.nullable === true ? argument.text : '*'}${where}`;
  const slot = name === 'count' ? `count ${over}` : `${name} ${argument?.text ?? '*'}${where}`;
  return { slot, over };
}
