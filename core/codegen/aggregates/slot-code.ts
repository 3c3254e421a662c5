import type { FunctionBuilder, FunctionReference, Local } from '../../wasm/encoder/index.ts';
import type { AggregatePlan, BuiltinSlot } from './plan.ts';
import { type ValueReader, wordReader } from './values.ts';

/** A view that stands for "no value yet": length 0, but a prefix that an empty string does not have. */
const noView = 1n << 32n;
const leastInteger = -(1n << 63n);
const greatestInteger = (1n << 63n) - 1n;

/** Functions of the kernels that slots call. */
export interface SlotImports {
  readonly viewCompare: FunctionReference;
  readonly heapStoreView: FunctionReference;
}

/** Payload of a new row: 0 for counts and sums, the far end for extremes, what users' functions begin with. */
export function initialPayload(plan: AggregatePlan): number[] {
  const bytes = new Uint8Array(plan.payloadBytes);
  const view = new DataView(bytes.buffer);
  for (const slot of plan.slots) {
    if (slot.kind === 'user') bytes.set(slot.user.initial, slot.offset);
    if (slot.kind !== 'extreme') continue;
    switch (slot.form) {
      case 'integer':
        view.setBigInt64(slot.offset, slot.max ? leastInteger : greatestInteger, true);
        break;
      case 'float':
        view.setFloat64(slot.offset, Number.NaN, true);
        break;
      case 'wide':
        view.setBigUint64(slot.offset, slot.max ? 0n : 0xffff_ffff_ffff_ffffn, true);
        view.setBigInt64(slot.offset + 8, slot.max ? leastInteger : greatestInteger, true);
        break;
      case 'view':
        view.setBigUint64(slot.offset, noView, true);
        break;
    }
  }
  return [...bytes];
}

/** Emits what slots do with one value. Addresses of slots are `row` + `base` + their offset. */
export class SlotCode {
  readonly #f: FunctionBuilder;
  readonly #imports: SlotImports;
  /** Offset of the payload in a row. */
  readonly #base: number;
  /** Local with the table block, for long strings. */
  readonly #block: Local;
  readonly #low: Local;
  readonly #high: Local;
  readonly #word: Local;
  readonly #float: Local;

  constructor(f: FunctionBuilder, imports: SlotImports, base: number, block: Local) {
    this.#f = f;
    this.#imports = imports;
    this.#base = base;
    this.#block = block;
    this.#low = f.newLocal('i64');
    this.#high = f.newLocal('i64');
    this.#word = f.newLocal('i64');
    this.#float = f.newLocal('f64');
  }

  /** Takes a value in; with `weight` (i32, not 0) it is taken out when negative. */
  update(slot: BuiltinSlot, row: Local, value: ValueReader, weight: Local | undefined): void {
    const f = this.#f;
    const at = this.#base + slot.offset;
    switch (slot.kind) {
      case 'count':
        f.get(row).get(row).i64.load(at);
        if (weight === undefined) f.i64.const(1);
        else f.get(weight).i64.extendI32S();
        f.i64.add().i64.store(at);
        break;
      case 'sum':
        this.#sum(slot.form, at, row, value, weight);
        break;
      case 'extreme':
        if (weight === undefined) this.#extreme(slot, at, row, value);
        else
          f.get(weight)
            .i32.const(0)
            .i32.gtS()
            .if(() => this.#extreme(slot, at, row, value));
        break;
      case 'deviation':
        this.#deviation(at, row, value, weight);
        break;
      case 'pick':
        this.#store(slot.form, at, row, value);
        break;
    }
  }

  /** Takes a stored value of another row in: sums add, extremes compare. */
  merge(slot: BuiltinSlot, target: Local, source: Local): void {
    const f = this.#f;
    const at = this.#base + slot.offset;
    const wide = slot.kind !== 'count' && slot.form === 'wide';
    const value = wordReader(f, source, at, wide);
    if (slot.kind === 'count') f.get(target).get(target).i64.load(at).get(source).i64.load(at).i64.add().i64.store(at);
    else if (slot.kind === 'deviation') this.#mergeDeviation(at, target, source);
    else if (slot.kind === 'extreme' && slot.form === 'view') {
      f.get(source)
        .i64.load(at)
        .i64.const(noView)
        .i64.ne()
        .if(() => this.#extreme(slot, at, target, value));
    } else this.update(slot, target, value, undefined);
  }

  /** Whether the value is the one stored; leaves an i32. */
  isCurrent(slot: BuiltinSlot & { kind: 'extreme' }, row: Local, value: ValueReader): void {
    const f = this.#f;
    const at = this.#base + slot.offset;
    switch (slot.form) {
      case 'integer':
        value.integer();
        f.get(row).i64.load(at).i64.eq();
        break;
      case 'float':
        // a NaN that goes can never be the only reason for the extreme, except when all are
        value.float();
        f.tee(this.#float).get(row).f64.load(at).f64.eq();
        f.get(this.#float).get(this.#float).f64.ne().i32.or();
        break;
      case 'wide':
        value.low();
        f.get(row).i64.load(at).i64.eq();
        value.high();
        f.get(row)
          .i64.load(at + 8)
          .i64.eq()
          .i32.and();
        break;
      case 'view':
        value.view();
        f.get(row).i32.const(at).i32.add().call(this.#imports.viewCompare).i32.eqz();
        break;
    }
  }

  /** Sets an extreme back to "no value yet". */
  clear(slot: BuiltinSlot & { kind: 'extreme' }, row: Local): void {
    const f = this.#f;
    const at = this.#base + slot.offset;
    switch (slot.form) {
      case 'integer':
        f.get(row)
          .i64.const(slot.max ? leastInteger : greatestInteger)
          .i64.store(at);
        break;
      case 'float':
        f.get(row).f64.const(Number.NaN).f64.store(at);
        break;
      case 'wide':
        f.get(row)
          .i64.const(slot.max ? 0n : -1n)
          .i64.store(at);
        f.get(row)
          .i64.const(slot.max ? leastInteger : greatestInteger)
          .i64.store(at + 8);
        break;
      case 'view':
        f.get(row).i64.const(noView).i64.store(at);
        f.get(row)
          .i64.const(0)
          .i64.store(at + 8);
        break;
    }
  }

  #sum(form: 'integer' | 'float' | 'wide', at: number, row: Local, value: ValueReader, weight: Local | undefined): void {
    const f = this.#f;
    if (form === 'integer') {
      f.get(row).get(row).i64.load(at);
      value.integer();
      if (weight !== undefined) f.get(weight).i64.extendI32S().i64.mul();
      f.i64.add().i64.store(at);
    } else if (form === 'float') {
      f.get(row).get(row).f64.load(at);
      value.float();
      if (weight !== undefined) f.get(weight).f64.convertI32S().f64.mul();
      f.f64.add().f64.store(at);
    } else {
      value.low();
      f.set(this.#low);
      value.high();
      f.set(this.#high);
      if (weight !== undefined) {
        f.get(weight)
          .i32.const(0)
          .i32.ltS()
          .if(() => {
            f.get(this.#high).i64.const(-1).i64.xor().get(this.#low).i64.eqz().i64.extendI32U().i64.add().set(this.#high);
            f.i64.const(0).get(this.#low).i64.sub().set(this.#low);
          });
      }
      f.get(row).get(row).i64.load(at).get(this.#low).i64.add().tee(this.#word).i64.store(at);
      f.get(row)
        .get(row)
        .i64.load(at + 8)
        .get(this.#high)
        .i64.add();
      f.get(this.#word)
        .get(this.#low)
        .i64.ltU()
        .i64.extendI32U()
        .i64.add()
        .i64.store(at + 8);
    }
  }

  /** Welford's algorithm; a value is taken out by the same steps backwards. */
  #deviation(at: number, row: Local, value: ValueReader, weight: Local | undefined): void {
    const f = this.#f;
    const [x, count, mean] = [this.#float, f.local('f64'), f.local('f64')];
    value.float();
    f.set(x);
    f.get(row).f64.load(at);
    if (weight === undefined) f.f64.const(1);
    else f.get(weight).f64.convertI32S();
    f.f64.add().set(count);
    const change = (): void => {
      // mean += ±(x − mean) / count; squares ±= (x − mean before) × (x − mean after)
      f.get(row).f64.load(at + 8);
      f.get(x)
        .get(row)
        .f64.load(at + 8)
        .f64.sub()
        .get(count)
        .f64.div();
      if (weight !== undefined) f.get(weight).f64.convertI32S().f64.mul();
      f.f64.add().set(mean);
      f.get(row)
        .get(row)
        .f64.load(at + 16);
      f.get(x)
        .get(row)
        .f64.load(at + 8)
        .f64.sub()
        .get(x)
        .get(mean)
        .f64.sub()
        .f64.mul();
      if (weight !== undefined) f.get(weight).f64.convertI32S().f64.mul();
      f.f64.add().f64.store(at + 16);
      f.get(row)
        .get(mean)
        .f64.store(at + 8);
    };
    if (weight === undefined) change();
    else {
      f.get(count).f64.const(0).f64.eq();
      f.if(() => {
        f.get(row)
          .f64.const(0)
          .f64.store(at + 8);
        f.get(row)
          .f64.const(0)
          .f64.store(at + 16);
      }, change);
    }
    f.get(row).get(count).f64.store(at);
    f.release(count);
    f.release(mean);
  }

  /** Two parts as one: Chan, Golub and LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample Variances". */
  #mergeDeviation(at: number, target: Local, source: Local): void {
    const f = this.#f;
    f.get(source).f64.load(at).f64.const(0).f64.ne();
    f.if(() => {
      const [count, delta] = [f.local('f64'), f.local('f64')];
      f.get(target).f64.load(at).get(source).f64.load(at).f64.add().set(count);
      f.get(source)
        .f64.load(at + 8)
        .get(target)
        .f64.load(at + 8)
        .f64.sub()
        .set(delta);
      f.get(target)
        .get(target)
        .f64.load(at + 16)
        .get(source)
        .f64.load(at + 16)
        .f64.add();
      f.get(delta).get(delta).f64.mul().get(target).f64.load(at).f64.mul().get(source).f64.load(at).f64.mul();
      f.get(count)
        .f64.div()
        .f64.add()
        .f64.store(at + 16);
      f.get(target)
        .get(target)
        .f64.load(at + 8);
      f.get(delta)
        .get(source)
        .f64.load(at)
        .f64.mul()
        .get(count)
        .f64.div()
        .f64.add()
        .f64.store(at + 8);
      f.get(target).get(count).f64.store(at);
      f.release(count);
      f.release(delta);
    });
  }

  #extreme(slot: BuiltinSlot & { kind: 'extreme' }, at: number, row: Local, value: ValueReader): void {
    const f = this.#f;
    switch (slot.form) {
      case 'integer':
        value.integer();
        f.tee(this.#word).get(row).i64.load(at);
        if (slot.max) f.i64.gtS();
        else f.i64.ltS();
        f.if(() => f.get(row).get(this.#word).i64.store(at));
        break;
      case 'float':
        value.float();
        f.tee(this.#float).get(row).f64.load(at);
        if (slot.max) f.f64.gt();
        else f.f64.lt();
        // NaN stands for "no value yet", and any number replaces it
        f.get(row).f64.load(at).get(row).f64.load(at).f64.ne().i32.or();
        f.if(() => f.get(row).get(this.#float).f64.store(at));
        break;
      case 'wide':
        value.low();
        f.set(this.#low);
        value.high();
        f.set(this.#high);
        f.get(this.#high)
          .get(row)
          .i64.load(at + 8);
        if (slot.max) f.i64.gtS();
        else f.i64.ltS();
        f.get(this.#high)
          .get(row)
          .i64.load(at + 8)
          .i64.eq();
        f.get(this.#low).get(row).i64.load(at);
        if (slot.max) f.i64.gtU();
        else f.i64.ltU();
        f.i32
          .and()
          .i32.or()
          .if(() => {
            f.get(row).get(this.#low).i64.store(at);
            f.get(row)
              .get(this.#high)
              .i64.store(at + 8);
          });
        break;
      case 'view':
        f.get(row).i64.load(at).i64.const(noView).i64.eq();
        f.if(
          'i32',
          () => f.i32.const(1),
          () => {
            value.view();
            f.get(row).i32.const(at).i32.add().call(this.#imports.viewCompare).i32.const(0);
            if (slot.max) f.i32.gtS();
            else f.i32.ltS();
          },
        );
        f.if(() => this.#store('view', at, row, value));
        break;
    }
  }

  #store(form: 'integer' | 'float' | 'wide' | 'view', at: number, row: Local, value: ValueReader): void {
    const f = this.#f;
    if (form === 'view') {
      f.get(this.#block).get(row).i32.const(at).i32.add();
      value.view();
      f.call(this.#imports.heapStoreView);
      return;
    }
    f.get(row);
    if (form === 'float') {
      value.float();
      f.f64.store(at);
    } else if (form === 'integer') {
      value.integer();
      f.i64.store(at);
    } else {
      value.low();
      f.i64.store(at);
      f.get(row);
      value.high();
      f.i64.store(at + 8);
    }
  }
}
