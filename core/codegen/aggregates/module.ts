import { storageOf } from '../../columnar/types.ts';
import {
  type FunctionBuilder,
  type FunctionReference,
  type Local,
  ModuleBuilder,
  type TypedFunctionBuilder,
} from '../../wasm/encoder/index.ts';
import { emitFinish, emitPartial } from './finish-code.ts';
import { columnsOf, type Pass, passesOf, slotPieces } from './passes.ts';
import {
  type AggregatePlan,
  type BuiltinSlot,
  type Guard,
  isBuiltin,
  isUnconditional,
  type ValueSet,
  valueForm,
  weightedGuards,
} from './plan.ts';
import { SlotCode, type SlotImports } from './slot-code.ts';
import { columnReader, wordReader } from './values.ts';

/**
 * Places in the frame that accumulate and pick get: u32 data and u32 validity of each column, then the address array of each set's rows, then for each of
 * {@link weightedGuards} the address of a signed byte a row.
 */
export function frameOffsets(plan: AggregatePlan): {
  column(index: number): number;
  set(index: number): number;
  weights(index: number): number;
  bytes: number;
} {
  const sets = plan.columns.length * 8;
  const weights = sets + plan.sets.length * 4;
  return {
    column: index => index * 8,
    set: index => sets + index * 4,
    weights: index => weights + index * 4,
    bytes: weights + weightedGuards(plan).length * 4,
  };
}

/** Offset of a set's payload and of its value words in its rows. */
export interface SetPlace {
  readonly keyBytes: number;
  readonly valueOffset: number;
  /** Offset in the payload of the links. */
  readonly linkOffset: number | undefined;
}

/**
 * One module for a plan. Exports:
 * - `accumulate(from, to, order, rows, weights, frame, block)`: takes the rows of a batch into their groups' payloads (row address 0: left out)
 * - `pick<k>(from, to, order, rows, frame, out) → count`: numbers of the rows whose value goes into set k
 * - `merge(count, targets, sources, block)`: takes whole payloads into others, but for slots of sets
 * - `mergeSet<k>(count, groups, targets, sources, block, fresh)`: takes rows of set k into others and what is new into the groups; for each of
 *   {@link weightedGuards} that is over the set, `fresh` gets `count` bytes: 1 = new
 * - `recompute(count, groups, block)`: finds extremes again that were retracted
 * - `empty(count, rows, flags)`: flags[i] = all counts and exact sums of a group are 0
 * - `finish<k>(count, rows, data, validity) → nulls`: result k as a column
 */
export function buildAggregateModule(plan: AggregatePlan, places: readonly SetPlace[]): WebAssembly.Module {
  const module = new ModuleBuilder();
  const imports = {
    viewCompare: module.importFunction('kernels', 'view_compare', ['i32', 'i32'], ['i32']),
    heapStoreView: module.importFunction('kernels', 'heap_store_view', ['i32', 'i32', 'i32'], []),
    averageDecimal: module.importFunction('kernels', 'decimal_average', ['i64', 'i64', 'i64', 'i32', 'i32', 'i32'], ['i32']),
  };
  module.importMemory('env', 'memory', { initial: 1, maximum: 65536, shared: true });
  const builder = new Builder(plan, places, module, imports);
  builder.accumulate();
  for (const [index, set] of plan.sets.entries()) {
    if (set.picked) builder.pick(index, set);
    if (!plan.retracting) builder.mergeSet(index);
  }
  if (plan.retracting) builder.empty();
  else builder.merge();
  if (plan.sets.some(set => set.headOffset !== undefined)) builder.recompute();
  for (const [index, result] of plan.results.entries()) {
    if (result.kind !== 'user') emitFinish(module, `finish${index}`, plan, result, imports.averageDecimal);
    else if (result.partial) emitPartial(module, `finish${index}`, plan, result);
  }
  return new WebAssembly.Module(module.build({ names: true }));
}

const accumulateParameters = ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32'] as const;
const mergeParameters = ['i32', 'i32', 'i32', 'i32'] as const;

class Builder {
  readonly #plan: AggregatePlan;
  readonly #places: readonly SetPlace[];
  readonly #module: ModuleBuilder;
  readonly #imports: SlotImports;
  readonly #base: number;

  constructor(
    plan: AggregatePlan,
    places: readonly SetPlace[],
    module: ModuleBuilder,
    imports: SlotImports & { averageDecimal: FunctionReference },
  ) {
    this.#plan = plan;
    this.#places = places;
    this.#module = module;
    this.#imports = imports;
    this.#base = plan.keyBytes + 8;
  }

  accumulate(): void {
    const passes = passesOf(this.#plan);
    const f = this.#module.exportFunction('accumulate', accumulateParameters);
    if (passes.length === 1) {
      this.#accumulatePass(f, passes[0]!);
      return;
    }
    for (const [index, pass] of passes.entries()) {
      const part = this.#module.function(`accumulate${index}`, accumulateParameters);
      this.#accumulatePass(part, pass);
      for (const parameter of f.parameters) f.get(parameter);
      f.call(part);
    }
  }

  #accumulatePass(f: TypedFunctionBuilder<typeof accumulateParameters>, pass: Pass): void {
    const plan = this.#plan;
    const [from, to, order, rows, weights, frame, block] = f.parameters;
    const position = f.newLocal('i32');
    const i = f.newLocal('i32');
    const row = f.newLocal('i32');
    const columns = new ColumnLocals(f, plan, frame, columnsOf(plan, pass));
    const loaded = (offset: number): Local => {
      const local = f.newLocal('i32');
      f.get(frame).i32.load(offset).set(local);
      return local;
    };
    const weightArrays = new Map<number, Local>();
    for (const [index, guard] of weightedGuards(plan).entries())
      if (pass.guards.some(each => each.guard === guard && each.weighted))
        weightArrays.set(guard, loaded(frameOffsets(plan).weights(index)));
    const setArrays = new Map(pass.sets.map(index => [index, loaded(frameOffsets(plan).set(index))]));
    const slots = new SlotCode(f, this.#imports, this.#base, block);
    const weight = plan.retracting ? f.newLocal('i32') : undefined;
    f.forRange(position, from, to, next => {
      rowNumber(f, order, position, i);
      f.get(rows).get(i).i32.const(2).i32.shl().i32.add().i32.load().tee(row).i32.eqz().brIf(next);
      if (weight !== undefined) {
        f.get(weights).if(
          'i32',
          () => f.get(weights).get(i).i32.add().i32.load8S(),
          () => f.i32.const(1),
        );
        f.set(weight);
      }
      const passes = new GuardLocals(f, columns, i);
      const effective = new Map<number, Local | undefined>();
      for (const { guard: index } of pass.guards) {
        const guard = plan.guards[index]!;
        if (guard.set !== undefined) continue;
        const passed = passes.local(guard);
        if (weight === undefined || passed === undefined) {
          effective.set(index, passed ?? weight);
          continue;
        }
        const local = f.newLocal('i32');
        f.get(passed).get(weight).i32.mul().set(local);
        effective.set(index, local);
      }
      for (const [index, array] of setArrays) {
        const transitions = this.#setTransitions(f, index, plan.sets[index]!, array, i, passes, weight);
        for (const { guard } of pass.guards) {
          const { set } = plan.guards[guard]!;
          if (set?.index === index) effective.set(guard, transitions[set.bit]);
        }
      }
      for (const [guard, array] of weightArrays) f.get(array).get(i).i32.add().get(effective.get(guard)!).i32.store8();
      for (const { guard: guardIndex, slots: own } of pass.guards) {
        const guard = plan.guards[guardIndex]!;
        if (own.length === 0) continue;
        const local = effective.get(guardIndex);
        const conditional = guard.set !== undefined || !isUnconditional(guard);
        const emit = (): void => {
          for (const slot of picksFirst(own))
            this.#updateFromColumn(f, slots, slot, row, i, columns, plan.retracting ? local : undefined);
        };
        if (conditional && local !== undefined) f.get(local).if(emit);
        else emit();
      }
    });
  }

  pick(index: number, set: ValueSet): void {
    const plan = this.#plan;
    const f = this.#module.exportFunction(`pick${index}`, ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'], ['i32']);
    const [from, to, order, rows, frame, out] = f.parameters;
    const position = f.newLocal('i32');
    const i = f.newLocal('i32');
    const found = f.newLocal('i32');
    const columns = new ColumnLocals(f, plan, frame);
    f.forRange(position, from, to, next => {
      rowNumber(f, order, position, i);
      f.get(rows).get(i).i32.const(2).i32.shl().i32.add().i32.load().i32.eqz().brIf(next);
      const passes = new GuardLocals(f, columns, i);
      f.get(out).get(found).i32.const(2).i32.shl().i32.add().get(i).i32.store();
      f.get(found);
      for (const [bit, guard] of set.guards.entries()) {
        const local = passes.local(guard);
        if (local === undefined) f.i32.const(1);
        else f.get(local);
        if (bit > 0) f.i32.or();
      }
      f.i32.add().set(found);
    });
    f.get(found);
  }

  merge(): void {
    const own = this.#plan.slots.filter(isBuiltin).filter(slot => this.#plan.guards[slot.guard]!.set === undefined);
    const pieces = own.some(slot => slot.kind === 'pick') || own.length === 0 ? [own] : slotPieces(own);
    const f = this.#module.exportFunction('merge', mergeParameters);
    if (pieces.length === 1) {
      this.#mergeSlots(f, own);
      return;
    }
    for (const [index, piece] of pieces.entries()) {
      const part = this.#module.function(`merge${index}`, mergeParameters);
      this.#mergeSlots(part, piece);
      for (const parameter of f.parameters) f.get(parameter);
      f.call(part);
    }
  }

  #mergeSlots(f: TypedFunctionBuilder<typeof mergeParameters>, own: readonly BuiltinSlot[]): void {
    const [count, targets, sources, block] = f.parameters;
    const i = f.newLocal('i32');
    const target = f.newLocal('i32');
    const source = f.newLocal('i32');
    const slots = new SlotCode(f, this.#imports, this.#base, block);
    f.forRange(i, 0, count, () => {
      address(f, targets, i, target);
      address(f, sources, i, source);
      for (const slot of picksFirst(own)) {
        if (slot.kind !== 'pick') {
          slots.merge(slot, target, source);
          continue;
        }
        const counter = this.#base + this.#plan.slots[slot.count]!.offset;
        f.get(source).i64.load(counter).i64.eqz().i32.eqz();
        if (slot.first) f.get(target).i64.load(counter).i64.eqz().i32.and();
        f.if(() => slots.merge(slot, target, source));
      }
    });
  }

  mergeSet(index: number): void {
    const plan = this.#plan;
    const place = this.#places[index]!;
    const bits = place.keyBytes + 8;
    const f = this.#module.exportFunction(`mergeSet${index}`, ['i32', 'i32', 'i32', 'i32', 'i32', 'i32']);
    const [count, groups, targets, sources, block, flags] = f.parameters;
    const weighted = weightedGuards(plan).filter(guard => plan.guards[guard]!.set?.index === index);
    const i = f.newLocal('i32');
    const group = f.newLocal('i32');
    const target = f.newLocal('i32');
    const source = f.newLocal('i32');
    const fresh = f.newLocal('i64');
    const slots = new SlotCode(f, this.#imports, this.#base, block);
    f.forRange(i, 0, count, () => {
      address(f, groups, i, group);
      address(f, targets, i, target);
      address(f, sources, i, source);
      f.get(source).i64.load(bits).get(target).i64.load(bits).i64.const(-1).i64.xor().i64.and().set(fresh);
      f.get(target).get(target).i64.load(bits).get(source).i64.load(bits).i64.or().i64.store(bits);
      for (const [place, guardIndex] of weighted.entries()) {
        f.get(flags).get(count).i32.const(place).i32.mul().i32.add().get(i).i32.add();
        f.get(fresh).i64.const(plan.guards[guardIndex]!.set!.bit).i64.shrU().i64.const(1).i64.and().i64.store8();
      }
      for (const [guardIndex, guard] of plan.guards.entries()) {
        if (guard.set?.index !== index) continue;
        f.get(fresh).i64.const(guard.set.bit).i64.shrU().i32.wrapI64().i32.const(1).i32.and();
        f.if(() => {
          for (const slot of plan.slots.filter(isBuiltin).filter(candidate => candidate.guard === guardIndex))
            slots.update(slot, group, this.#setValue(f, source, index, slot), undefined);
        });
      }
    });
  }

  empty(): void {
    const f = this.#module.exportFunction('empty', ['i32', 'i32', 'i32']);
    const [count, rows, flags] = f.parameters;
    const i = f.newLocal('i32');
    const row = f.newLocal('i32');
    f.forRange(i, 0, count, () => {
      address(f, rows, i, row);
      f.get(flags).get(i).i32.add().i64.const(0);
      for (const slot of this.#plan.slots) {
        if (slot.kind !== 'count' && (slot.kind !== 'sum' || slot.form === 'float')) continue;
        f.get(row)
          .i64.load(this.#base + slot.offset)
          .i64.or();
        if (slot.kind === 'sum' && slot.form === 'wide')
          f.get(row)
            .i64.load(this.#base + slot.offset + 8)
            .i64.or();
      }
      f.i64.eqz().i32.store8();
    });
  }

  recompute(): void {
    const plan = this.#plan;
    const f = this.#module.exportFunction('recompute', ['i32', 'i32', 'i32']);
    const [count, groups, block] = f.parameters;
    const i = f.newLocal('i32');
    const group = f.newLocal('i32');
    const row = f.newLocal('i32');
    const slots = new SlotCode(f, this.#imports, this.#base, block);
    f.forRange(i, 0, count, () => {
      address(f, groups, i, group);
      for (const [index, set] of plan.sets.entries()) {
        if (set.headOffset === undefined) continue;
        const head = this.#base + set.headOffset;
        const place = this.#places[index]!;
        f.get(group)
          .i32.load(head + 4)
          .if(() => {
            f.get(group)
              .i32.const(0)
              .i32.store(head + 4);
            const own = plan.slots
              .filter(isBuiltin)
              .filter(slot => slot.kind === 'extreme' && plan.guards[slot.guard]!.set?.index === index);
            for (const slot of own) if (slot.kind === 'extreme') slots.clear(slot, group);
            f.get(group).i32.load(head).set(row);
            f.while(
              () => f.get(row),
              () => {
                for (const slot of own) {
                  const bit = plan.guards[slot.guard]!.set!.bit;
                  f.get(row)
                    .i64.load(place.keyBytes + 8 + 8 * bit)
                    .i64.const(0)
                    .i64.gtS();
                  f.if(() => slots.update(slot, group, this.#setValue(f, row, index, slot), undefined));
                }
                f.get(row)
                  .i32.load(place.keyBytes + 8 + place.linkOffset!)
                  .set(row);
              },
            );
          });
      }
    });
  }

  /** Locals with what a row changes in a set, per bit: 1 the value comes, −1 it goes, 0 neither. */
  #setTransitions(
    f: FunctionBuilder,
    index: number,
    set: ValueSet,
    array: Local,
    i: Local,
    passes: GuardLocals,
    weight: Local | undefined,
  ): Local[] {
    const payload = this.#places[index]!.keyBytes + 8;
    const entry = f.newLocal('i32');
    const out = set.guards.map(() => f.newLocal('i32'));
    const mask = f.newLocal('i64');
    const passed = set.guards.map(guard => passes.local(guard));
    address(f, array, i, entry);
    const change = (): void => {
      if (weight === undefined) f.get(entry).i64.load(payload).set(mask);
      for (const [bit, local] of passed.entries()) {
        const pushPassed = (): void => {
          if (local === undefined) f.i32.const(1);
          else f.get(local);
        };
        if (weight === undefined) {
          pushPassed();
          f.get(mask).i64.const(bit).i64.shrU().i32.wrapI64().i32.const(-1).i32.xor().i32.and().set(out[bit]!);
          f.get(mask);
          pushPassed();
          f.i64.extendI32U().i64.const(bit).i64.shl().i64.or().set(mask);
        } else {
          const at = payload + 8 * bit;
          // (new > 0) − (old > 0), where `mask` holds the old count
          f.get(entry).get(entry).i64.load(at).tee(mask);
          pushPassed();
          f.get(weight).i32.mul().i64.extendI32S().i64.add().i64.store(at);
          f.get(entry).i64.load(at).i64.const(0).i64.gtS().get(mask).i64.const(0).i64.gtS().i32.sub().set(out[bit]!);
        }
      }
      if (weight === undefined) f.get(entry).get(mask).i64.store(payload);
    };
    if (!set.picked) change();
    else {
      for (const local of out) f.i32.const(0).set(local);
      f.get(entry).if(change);
    }
    return out;
  }

  #updateFromColumn(
    f: FunctionBuilder,
    slots: SlotCode,
    slot: BuiltinSlot,
    row: Local,
    i: Local,
    columns: ColumnLocals,
    weight: Local | undefined,
  ): void {
    if (slot.kind === 'count') {
      slots.update(slot, row, noValue, weight);
      return;
    }
    const value = columnReader(f, storageOf(this.#plan.columns[slot.column]!), columns.data(slot.column), i);
    if (slot.kind === 'pick' && slot.first) {
      f.get(row)
        .i64.load(this.#base + this.#plan.slots[slot.count]!.offset)
        .i64.eqz();
      f.if(() => slots.update(slot, row, value, undefined));
      return;
    }
    slots.update(slot, row, value, weight);
    const set = this.#plan.guards[slot.guard]!.set;
    if (slot.kind !== 'extreme' || set === undefined || weight === undefined) return;
    const head = this.#base + this.#plan.sets[set.index]!.headOffset!;
    f.get(weight)
      .i32.const(0)
      .i32.ltS()
      .if(() => {
        slots.isCurrent(slot, row, value);
        f.if(() =>
          f
            .get(row)
            .i32.const(1)
            .i32.store(head + 4),
        );
      });
  }

  #setValue(f: FunctionBuilder, row: Local, index: number, slot: BuiltinSlot) {
    if (slot.kind === 'count') return noValue;
    const column = this.#plan.sets[index]!.columns.indexOf(slot.column);
    if (column !== 0) throw new Error('values of sets with several columns are only counted');
    const wide = valueForm(this.#plan.columns[slot.column]!) === 'wide';
    return wordReader(f, row, this.#places[index]!.valueOffset, wide);
  }
}

const none = (): void => {};
const noValue = { integer: none, float: none, low: none, high: none, view: none };

/** Values that are picked look at the count of before. */
function picksFirst(slots: readonly BuiltinSlot[]): BuiltinSlot[] {
  return [...slots.filter(slot => slot.kind === 'pick'), ...slots.filter(slot => slot.kind !== 'pick')];
}

function rowNumber(f: FunctionBuilder, order: Local, position: Local, out: Local): void {
  f.get(order).if(
    'i32',
    () => f.get(order).get(position).i32.const(2).i32.shl().i32.add().i32.load(),
    () => f.get(position),
  );
  f.set(out);
}

function address(f: FunctionBuilder, array: Local, i: Local, out: Local): void {
  f.get(array).get(i).i32.const(2).i32.shl().i32.add().i32.load().set(out);
}

/** Locals with the addresses of the columns that are used, loaded once a call. */
class ColumnLocals {
  readonly #data = new Map<number, Local>();
  readonly #validity = new Map<number, Local>();

  constructor(f: FunctionBuilder, plan: AggregatePlan, frame: Local, used: Iterable<number> = plan.columns.keys()) {
    const offsets = frameOffsets(plan);
    for (const index of used) {
      const data = f.newLocal('i32');
      const validity = f.newLocal('i32');
      f.get(frame).i32.load(offsets.column(index)).set(data);
      f.get(frame)
        .i32.load(offsets.column(index) + 4)
        .set(validity);
      this.#data.set(index, data);
      this.#validity.set(index, validity);
    }
  }

  data(index: number): Local {
    return this.#data.get(index)!;
  }
  validity(index: number): Local {
    return this.#validity.get(index)!;
  }
}

/** Locals (0 or 1) that say whether the current row passes, each computed once where it is first asked for. */
class GuardLocals {
  readonly #f: FunctionBuilder;
  readonly #columns: ColumnLocals;
  readonly #row: Local;
  readonly #known = new Map<string, Local>();

  constructor(f: FunctionBuilder, columns: ColumnLocals, row: Local) {
    this.#f = f;
    this.#columns = columns;
    this.#row = row;
  }

  /** Undefined: always. Must be called where every row comes by. */
  local(guard: Guard): Local | undefined {
    const parts: Local[] = [];
    if (guard.filter !== undefined) parts.push(this.#filter(guard.filter));
    for (const column of guard.notNull) parts.push(this.#valid(column));
    if (parts.length < 2) return parts[0];
    const key = JSON.stringify([guard.filter, guard.notNull]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const f = this.#f;
    const local = f.newLocal('i32');
    f.get(parts[0]!);
    for (const part of parts.slice(1)) f.get(part).i32.and();
    f.set(local);
    this.#known.set(key, local);
    return local;
  }

  #filter(column: number): Local {
    return this.#once(`filter ${column}`, () => {
      this.#f.get(this.#columns.data(column)).get(this.#row).i32.add().i32.load8U();
      this.#f.get(this.#valid(column)).i32.and();
    });
  }

  #valid(column: number): Local {
    return this.#once(`valid ${column}`, () => {
      const f = this.#f;
      const validity = this.#columns.validity(column);
      f.get(validity).if(
        'i32',
        () => {
          f.get(validity).get(this.#row).i32.const(3).i32.shrU().i32.add().i32.load8U();
          f.get(this.#row).i32.const(7).i32.and().i32.shrU().i32.const(1).i32.and();
        },
        () => f.i32.const(1),
      );
    });
  }

  #once(key: string, push: () => void): Local {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const local = this.#f.newLocal('i32');
    push();
    this.#f.set(local);
    this.#known.set(key, local);
    return local;
  }
}
