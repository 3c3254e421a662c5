import { type KeyLayout, keyLayoutOf } from '../../columnar/key-layout.ts';
import { isInteger, type SqlType, storageOf, typeToString, withNullable } from '../../columnar/types.ts';
import { internalError, notSupported, TidemillError } from '../../common/errors.ts';
import { type AggregateCall, column, type Expression } from '../../plan/expressions.ts';
import type { UserAggregate } from '../../plan/user-aggregate.ts';

/** When a row counts for a slot: its filter column is TRUE, these columns are not NULL, and, with `set`, its value is new to (or leaves) a set. */
export interface Guard {
  readonly filter: number | undefined;
  readonly notNull: readonly number[];
  readonly set?: { readonly index: number; readonly bit: number } | undefined;
}

export type ValueForm = 'integer' | 'float' | 'wide' | 'view';

interface SlotPlace {
  /** In the payload. */
  readonly offset: number;
  /** In {@link AggregatePlan.guards}. */
  readonly guard: number;
}

/** The accumulator of a user's aggregate, which only its own loops change. */
export type UserSlot = SlotPlace & {
  readonly kind: 'user';
  readonly user: Pick<UserAggregate, 'key' | 'accumulators' | 'stateBytes' | 'initial' | 'phase'>;
  readonly name: string;
  readonly columns: readonly number[];
};

/** A piece of a group's payload. */
export type Slot = BuiltinSlot | UserSlot;
export type BuiltinSlot = SlotPlace &
  (
    | { readonly kind: 'count' }
    | { readonly kind: 'sum'; readonly column: number; readonly form: 'integer' | 'float' | 'wide' }
    | { readonly kind: 'extreme'; readonly column: number; readonly form: ValueForm; readonly max: boolean }
    /** Welford's algorithm over DOUBLE: f64 count, mean, sum of squared distances from it. */
    | { readonly kind: 'deviation'; readonly column: number; readonly form: 'float' }
    | {
        readonly kind: 'pick';
        readonly column: number;
        readonly form: ValueForm;
        readonly first: boolean;
        readonly count: number;
      }
  );

/** How a call's result comes from slots (by index); `count`: NULL when that count is 0. */
export type Result = { readonly type: SqlType; readonly count: number | undefined } & (
  | { readonly kind: 'value'; readonly slot: number }
  | { readonly kind: 'average'; readonly slot: number; readonly scale: number }
  /** What a user's function makes of its accumulator; `partial`: the accumulator's bytes. */
  | { readonly kind: 'user'; readonly slot: number; readonly partial: boolean }
);

/** Values of a group that are kept one by one: for DISTINCT, and for MIN and MAX of rows that may be retracted. */
export interface ValueSet {
  readonly columns: readonly number[];
  readonly types: readonly SqlType[];
  /** Guards (without set) of the calls that share it; each has a bit, or a count when rows are retracted. */
  readonly guards: readonly Guard[];
  /** The group's values are linked, so that an extreme can be found again; `headOffset` in the group's payload: u32 head, u32 stale. */
  readonly headOffset: number | undefined;
  /** Rows are picked before they go into the set, because no guard takes all. */
  readonly picked: boolean;
}

/** Slots and results of a list of calls over columns of one batch. */
export interface AggregatePlan {
  readonly columns: readonly SqlType[];
  readonly guards: readonly Guard[];
  readonly slots: readonly Slot[];
  readonly results: readonly Result[];
  readonly sets: readonly ValueSet[];
  readonly payloadBytes: number;
  readonly retracting: boolean;
  readonly keyBytes: number;
  /** The slot that counts all rows: a group without rows goes. Only when retracting. */
  readonly rowCount: number | undefined;
}

export interface PlanOptions {
  /** Rows may have weight −1. */
  readonly retracting: boolean;
  /** Groups exist only while they have rows; false for the one group of no keys. */
  readonly keyed: boolean;
  /** Bytes of the group table's key rows. */
  readonly keyBytes: number;
}

const extremes: Readonly<Record<string, boolean>> = { min: false, max: true };
const picks: Readonly<Record<string, boolean>> = { 'first-value': true, 'last-value': false };

export function valueForm(type: SqlType): ValueForm {
  switch (storageOf(type)) {
    case 'i8':
    case 'i16':
    case 'i32':
    case 'i64':
      return 'integer';
    case 'f32':
    case 'f64':
      return 'float';
    case 'i128':
      return 'wide';
    case 'view':
      return 'view';
    case 'list':
    case 'struct':
      throw notSupported(`aggregates over ${typeToString(type)}`);
  }
}

/**
 * Lays out the accumulators of calls whose arguments and filters are columns of one batch; calls share what they can (AVG and SUM a sum,
 * nullable arguments a count, DISTINCT over the same columns a set).
 *
 * @throws TidemillError `not-supported` for aggregates that are not there yet.
 */
export function planAggregates(
  calls: readonly AggregateCall[],
  columns: readonly SqlType[],
  options: PlanOptions,
): AggregatePlan {
  return new Planner(columns, options).plan(calls);
}

/** Is there code that accumulates a call's rows one by one? Other calls are computed by their reference from all rows of a group. */
export function canAccumulate(call: AggregateCall, retracting: boolean): boolean {
  const columnTypes = [...call.arguments, ...(call.filter ? [call.filter] : [])].map(argument => argument.type);
  const isNested = (type: SqlType): boolean => storageOf(type) === 'list' || storageOf(type) === 'struct';
  if (call.name !== 'count' || call.distinct) if (columnTypes.some(isNested)) return false;
  const place = (index: number): Expression => column(index, { name: '', type: columnTypes[index]! });
  const placed: AggregateCall = {
    ...call,
    arguments: call.arguments.map((_, index) => place(index)),
    ...(call.filter && { filter: place(call.arguments.length) }),
  };
  try {
    planAggregates([placed], columnTypes, { retracting, keyed: true, keyBytes: 8 });
    return true;
  } catch (error) {
    if (error instanceof TidemillError && error.code === 'not-supported') return false;
    throw error;
  }
}

class Planner {
  readonly #columns: readonly SqlType[];
  readonly #options: PlanOptions;
  readonly #guards: Guard[] = [];
  readonly #placesOfGuards = new Map<string, number>();
  readonly #slots: Slot[] = [];
  readonly #known = new Map<string, number>();
  readonly #sets: { columns: readonly number[]; types: readonly SqlType[]; guards: Guard[]; linked: boolean }[] = [];
  #bytes = 0;

  constructor(columns: readonly SqlType[], options: PlanOptions) {
    this.#columns = columns;
    this.#options = options;
  }

  plan(calls: readonly AggregateCall[]): AggregatePlan {
    const all = { filter: undefined, notNull: [] };
    const rowCount = this.#options.retracting ? this.#count(this.#guard(all)) : undefined;
    const results = calls.map(call => this.#result(call));
    const sets = this.#sets.map(({ columns, types, guards, linked }): ValueSet => {
      const headOffset = linked ? this.#allocate(8) : undefined;
      return { columns, types, guards, headOffset, picked: !guards.some(isUnconditional) };
    });
    return {
      columns: this.#columns,
      guards: this.#guards,
      slots: this.#slots,
      results,
      sets,
      payloadBytes: this.#bytes,
      retracting: this.#options.retracting,
      keyBytes: this.#options.keyBytes,
      rowCount,
    };
  }

  #result(call: AggregateCall): Result {
    if (call.user !== undefined) return this.#userResult(call, call.user);
    const args = call.arguments.map(columnIndex);
    const filter = call.filter === undefined ? undefined : columnIndex(call.filter);
    const base: Guard = { filter, notNull: args.filter(index => this.#columns[index]!.nullable) };
    const extreme = extremes[call.name];
    const setNeeded = extreme === undefined ? call.distinct : this.#options.retracting;
    const guard = this.#guard(setNeeded ? { ...base, set: this.#set(args, base, extreme !== undefined) } : base);
    if (call.name === 'count') return { kind: 'value', type: call.type, slot: this.#count(guard), count: undefined };
    const [column] = args;
    if (column === undefined) throw internalError(`aggregate ${call.name} without an argument`);
    const type = this.#columns[column]!;
    if (call.name === 'sum' || call.name === 'avg') {
      const form = valueForm(type);
      if (form === 'view') throw internalError(`${call.name} of ${typeToString(type)}`);
      const decimal = type.kind === 'DECIMAL';
      if (!decimal && form === 'integer' && !isInteger(type))
        throw notSupported(`${call.name} of ${typeToString(type)}`, call.span);
      const slot = this.#sum(guard, column, decimal ? 'wide' : form);
      if (call.name === 'sum') return { kind: 'value', type: call.type, slot, count: this.#presence(guard, base) };
      const scale = decimal && call.type.kind === 'DECIMAL' ? call.type.scale - type.scale : 0;
      return { kind: 'average', type: call.type, slot, count: this.#count(guard), scale };
    }
    if (call.name === 'welford-m2') {
      const slot = this.#slot(`deviation ${guard} ${column}`, 24, offset => ({
        kind: 'deviation',
        offset,
        guard,
        column,
        form: 'float',
      }));
      return { kind: 'value', type: call.type, slot, count: this.#presence(guard, base) };
    }
    if (extreme !== undefined) {
      const slot = this.#slot(
        `extreme ${guard} ${column} ${extreme}`,
        valueForm(type) === 'integer' || valueForm(type) === 'float' ? 8 : 16,
        offset => ({
          kind: 'extreme',
          offset,
          guard,
          column,
          form: valueForm(type),
          max: extreme,
        }),
      );
      return { kind: 'value', type: call.type, slot, count: this.#presence(guard, base) };
    }
    const first = picks[call.name];
    if (first !== undefined && !this.#options.retracting && !call.distinct) {
      const count = this.#count(guard);
      const slot = this.#slot(`pick ${guard} ${column} ${first}`, 16, offset => ({
        kind: 'pick',
        offset,
        guard,
        column,
        form: valueForm(type),
        first,
        count,
      }));
      return { kind: 'value', type: call.type, slot, count };
    }
    throw notSupported(
      `the aggregate ${call.name.toUpperCase()}${this.#options.retracting ? ' over an updating input' : ''}`,
      call.span,
    );
  }

  /** Rows with a NULL are left out, but for arguments whose NULLs the function sees. */
  #userResult(call: AggregateCall, user: UserAggregate): Result {
    const columns = call.arguments.map(columnIndex);
    const filter = call.filter === undefined ? undefined : columnIndex(call.filter);
    const notNull = columns.filter((column, index) => this.#columns[column]!.nullable && user.seesNulls[index] !== true);
    const base: Guard = { filter, notNull: [...new Set(notNull)] };
    const guard = this.#guard(call.distinct ? { ...base, set: this.#set([...new Set(columns)], base, false) } : base);
    const { name } = call;
    const { key, accumulators, stateBytes, initial, phase } = user;
    const slot = this.#slot(`user ${user.key} ${user.phase === 'merge'} ${guard} ${columns}`, user.stateBytes, offset => ({
      kind: 'user',
      offset,
      guard,
      user: { key, accumulators, stateBytes, initial, phase },
      name,
      columns,
    }));
    return { kind: 'user', type: call.type, slot, count: undefined, partial: user.phase === 'partial' };
  }

  /** The count that says whether any row went into a slot; none when every group has one. */
  #presence(guard: number, base: Guard): number | undefined {
    if (this.#options.keyed && isUnconditional(base)) return undefined;
    return this.#count(guard);
  }

  #count(guard: number): number {
    return this.#slot(`count ${guard}`, 8, offset => ({ kind: 'count', offset, guard }));
  }

  #sum(guard: number, column: number, form: 'integer' | 'float' | 'wide'): number {
    return this.#slot(`sum ${guard} ${column}`, form === 'wide' ? 16 : 8, offset => ({
      kind: 'sum',
      offset,
      guard,
      column,
      form,
    }));
  }

  #slot(key: string, bytes: number, make: (offset: number) => Slot): number {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const index = this.#slots.push(make(this.#allocate(bytes))) - 1;
    this.#known.set(key, index);
    return index;
  }

  #allocate(bytes: number): number {
    const offset = this.#bytes;
    this.#bytes += bytes;
    return offset;
  }

  #guard(guard: Guard): number {
    const text = JSON.stringify(guard);
    const index = this.#placesOfGuards.get(text) ?? this.#guards.push(guard) - 1;
    this.#placesOfGuards.set(text, index);
    return index;
  }

  #set(columns: readonly number[], base: Guard, linked: boolean): { index: number; bit: number } {
    let index = this.#sets.findIndex(set => set.columns.join() === columns.join());
    if (index < 0) {
      const types = columns.map(column => withNullable(this.#columns[column]!, false));
      index = this.#sets.push({ columns, types, guards: [], linked: false }) - 1;
    }
    const set = this.#sets[index]!;
    set.linked ||= linked;
    const text = JSON.stringify(base);
    let bit = set.guards.findIndex(guard => JSON.stringify(guard) === text);
    if (bit < 0) bit = set.guards.push(base) - 1;
    if (bit > 63) throw notSupported('more than 64 different filters over one DISTINCT argument');
    return { index, bit };
  }
}

function columnIndex(expression: Expression): number {
  if (expression.kind !== 'column') throw internalError('aggregate arguments are columns of the computed batch');
  return expression.index;
}

/** Guards of users' aggregates for which a byte a row is written, as their loops do not look at guards themselves: all that not every row passes as 1. */
export function weightedGuards(plan: AggregatePlan): number[] {
  const needed = plan.slots.flatMap(slot => {
    const guard = plan.guards[slot.guard]!;
    return slot.kind === 'user' && (plan.retracting || guard.set !== undefined || !isUnconditional(guard)) ? [slot.guard] : [];
  });
  return [...new Set(needed)];
}

export const isBuiltin = (slot: Slot): slot is BuiltinSlot => slot.kind !== 'user';

export function isUnconditional(guard: Guard): boolean {
  return guard.filter === undefined && guard.notNull.length === 0;
}

/** Payload of a set's rows: a word of bits, or a count per guard and the links (u32 next, u32 previous). */
export function setPayload(plan: AggregatePlan, set: ValueSet): { bytes: number; linkOffset: number | undefined } {
  if (!plan.retracting) return { bytes: 8, linkOffset: undefined };
  const counts = 8 * set.guards.length;
  return set.headOffset === undefined ? { bytes: counts, linkOffset: undefined } : { bytes: counts + 8, linkOffset: counts };
}

/** Key of a set's rows: the group's key, then the values. */
export function setKey(groupKey: KeyLayout, set: ValueSet): { layout: KeyLayout; valueOffset: number; prefixBytes: number } {
  const layout = keyLayoutOf([...groupKey.types, ...set.types]);
  const prefixBytes = groupKey.types.length === 0 ? 0 : groupKey.strideBytes;
  return { layout, valueOffset: prefixBytes, prefixBytes };
}
