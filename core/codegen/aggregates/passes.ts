import { limits } from '../../common/limits.ts';
import { type AggregatePlan, type BuiltinSlot, isBuiltin, weightedGuards } from './plan.ts';

/** What one loop over the rows takes care of. */
export interface Pass {
  /** Sets whose values come or go. */
  readonly sets: readonly number[];
  readonly guards: readonly GuardedSlots[];
}

/** A guard, slots that it is for, and whether the loop says which rows pass it ({@link weightedGuards}). */
export interface GuardedSlots {
  readonly guard: number;
  readonly slots: readonly BuiltinSlot[];
  readonly weighted: boolean;
}

/**
 * Slots in loops of at most about {@link limits.slotsPerLoop}: what an engine needs to compile a loop grows with the square of its variables, as it
 * carries each over every branch. What has to be done together for a row stays together: a set and its guards, picked values and the counts that they look at.
 */
export function passesOf(plan: AggregatePlan): readonly Pass[] {
  const weighted = new Set(weightedGuards(plan));
  const slots: BuiltinSlot[][] = plan.guards.map(() => []);
  for (const slot of plan.slots) if (isBuiltin(slot)) slots[slot.guard]!.push(slot);
  const whole = plan.guards.map((_, guard): GuardedSlots => ({ guard, slots: slots[guard]!, weighted: weighted.has(guard) }));
  const sets = plan.sets.map((_, set): Pass => ({ sets: [set], guards: whole.filter(each => setOf(plan, each.guard) === set) }));
  const others = whole
    .filter(each => setOf(plan, each.guard) === undefined && (each.slots.length > 0 || each.weighted))
    .flatMap(each => pieces(each).map((piece): Pass => ({ sets: [], guards: [piece] })));
  const passes: { sets: number[]; guards: GuardedSlots[] }[] = [];
  let room = 0;
  for (const { sets: own, guards } of [...sets, ...others]) {
    const size = guards.reduce((sum, each) => sum + each.slots.length, own.length);
    if (passes.length === 0 || size > room) {
      passes.push({ sets: [], guards: [] });
      room = limits.slotsPerLoop;
    }
    room -= size;
    passes.at(-1)!.sets.push(...own);
    passes.at(-1)!.guards.push(...guards);
  }
  return passes.length > 0 ? passes : [{ sets: [], guards: [] }];
}

const setOf = (plan: AggregatePlan, guard: number): number | undefined => plan.guards[guard]!.set?.index;

function pieces({ guard, slots, weighted }: GuardedSlots): GuardedSlots[] {
  if (slots.length <= limits.slotsPerLoop || slots.some(slot => slot.kind === 'pick')) return [{ guard, slots, weighted }];
  return slotPieces(slots).map((piece, index) => ({ guard, slots: piece, weighted: weighted && index === 0 }));
}

/** Slots whose order does not matter, a loop's worth at a time. */
export function slotPieces(slots: readonly BuiltinSlot[]): BuiltinSlot[][] {
  const found: BuiltinSlot[][] = [];
  for (let from = 0; from < slots.length; from += limits.slotsPerLoop) found.push(slots.slice(from, from + limits.slotsPerLoop));
  return found;
}

/** Columns that a pass reads. */
export function columnsOf(plan: AggregatePlan, { sets, guards }: Pass): ReadonlySet<number> {
  const used = new Set<number>();
  const asked = [...guards.map(({ guard }) => plan.guards[guard]!), ...sets.flatMap(set => plan.sets[set]!.guards)];
  for (const { filter, notNull } of asked) {
    if (filter !== undefined) used.add(filter);
    for (const column of notNull) used.add(column);
  }
  for (const { slots } of guards) for (const slot of slots) if (slot.kind !== 'count') used.add(slot.column);
  return used;
}
