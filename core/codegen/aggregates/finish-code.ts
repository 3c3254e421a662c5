import { storageBytes, storageOf } from '../../columnar/types.ts';
import { internalError } from '../../common/errors.ts';
import { limits } from '../../common/limits.ts';
import type { FunctionReference, Local, ModuleBuilder } from '../../wasm/encoder/index.ts';
import { type AggregatePlan, type BuiltinSlot, isBuiltin, type Result } from './plan.ts';

/** 10^38: sums of decimals from here on are NULL, as in Flink. */
const decimalLimit = 10n ** 38n;

/**
 * Emits `name(count, rows, data, validity) → nulls`: one result of the groups at `rows` (u32 addresses) as a column. The bitmap is written in
 * whole bytes.
 */
export function emitFinish(
  module: ModuleBuilder,
  name: string,
  plan: AggregatePlan,
  result: Result,
  averageDecimal: FunctionReference,
): void {
  const f = module.exportFunction(name, ['i32', 'i32', 'i32', 'i32'], ['i32']);
  const [count, rows, data, validity] = f.parameters;
  const i = f.newLocal('i32');
  const row = f.newLocal('i32');
  const out = f.newLocal('i32');
  const valid = f.newLocal('i32');
  const bits = f.newLocal('i32');
  const nulls = f.newLocal('i32');
  const low = f.newLocal('i64');
  const high = f.newLocal('i64');
  const base = plan.keyBytes + 8;
  const slot = builtinSlot(plan, result);
  const at = base + slot.offset + (slot.kind === 'deviation' ? 16 : 0);
  const counter = result.count === undefined ? undefined : base + plan.slots[result.count]!.offset;
  const storage = storageOf(result.type);
  const bytes = storageBytes(storage);

  f.forRange(i, 0, count, () => {
    f.get(rows).get(i).i32.const(2).i32.shl().i32.add().i32.load().set(row);
    f.get(data).get(i).i32.const(bytes).i32.mul().i32.add().set(out);
    if (counter === undefined) f.i32.const(1).set(valid);
    else f.get(row).i64.load(counter).i64.const(0).i64.gtS().set(valid);
    if (result.kind === 'average') average();
    else value();
    f.get(bits).get(valid).get(i).i32.const(7).i32.and().i32.shl().i32.or().set(bits);
    f.get(nulls).i32.const(1).i32.add().get(valid).i32.sub().set(nulls);
    f.get(i)
      .i32.const(7)
      .i32.and()
      .i32.const(7)
      .i32.eq()
      .if(() => {
        f.get(validity).get(i).i32.const(3).i32.shrU().i32.add().get(bits).i32.store8();
        f.i32.const(0).set(bits);
      });
  });
  f.get(count)
    .i32.const(7)
    .i32.and()
    .if(() => {
      f.get(validity).get(count).i32.const(3).i32.shrU().i32.add().get(bits).i32.store8();
    });
  f.get(nulls);

  function value(): void {
    const form = slot.kind === 'count' ? 'integer' : slot.form;
    if (form === 'view') {
      // a NULL must be harmless: the mark of "no value yet" is a view of length 0
      f.get(out).get(row).v128.load(at).v128.store();
    } else if (form === 'wide') {
      f.get(row).i64.load(at).set(low);
      f.get(row)
        .i64.load(at + 8)
        .set(high);
      f.get(out).get(low).i64.store();
      f.get(out).get(high).i64.store(8);
      if (slot.kind === 'sum') decimalInRange(low, high);
    } else if (form === 'float') {
      f.get(out).get(row).f64.load(at);
      storeFloat();
    } else {
      f.get(out).get(row).i64.load(at);
      storeInteger();
    }
  }

  function average(): void {
    f.get(valid).if(
      () => {
        if (slot.kind === 'sum' && slot.form === 'wide') {
          f.get(row)
            .i64.load(at)
            .get(row)
            .i64.load(at + 8)
            .get(row)
            .i64.load(counter!);
          f.i32
            .const(result.kind === 'average' ? result.scale : 0)
            .get(out)
            .i32.const(storage === 'i128' ? 1 : 0);
          f.call(averageDecimal).set(valid);
        } else if (slot.kind === 'sum' && slot.form === 'float') {
          f.get(out).get(row).f64.load(at).get(row).i64.load(counter!).f64.convertI64S().f64.div();
          storeFloat();
        } else {
          f.get(out).get(row).i64.load(at).get(row).i64.load(counter!).i64.divS();
          storeInteger();
        }
      },
      () => {
        f.get(out);
        if (storage === 'i128') f.i64.const(0).i64.store().get(out).i64.const(0).i64.store(8);
        else if (storage === 'f32' || storage === 'f64') {
          f.f64.const(0);
          storeFloat();
        } else {
          f.i64.const(0);
          storeInteger();
        }
      },
    );
  }

  function storeFloat(): void {
    if (storage === 'f32') f.f32.demoteF64().f32.store();
    else f.f64.store();
  }

  function storeInteger(): void {
    if (bytes === 1) f.i64.store8();
    else if (bytes === 2) f.i64.store16();
    else if (bytes === 4) f.i64.store32();
    else f.i64.store();
  }

  /** valid &= −10^38 < value < 10^38 */
  function decimalInRange(lowWord: Local, highWord: Local): void {
    const limitLow = BigInt.asIntN(64, decimalLimit);
    const limitHigh = decimalLimit >> 64n;
    const least = -decimalLimit;
    f.get(valid);
    lessThan(
      () => f.get(lowWord),
      () => f.get(highWord),
      () => f.i64.const(limitLow),
      () => f.i64.const(limitHigh),
    );
    f.i32.and();
    lessThan(
      () => f.i64.const(BigInt.asIntN(64, least)),
      () => f.i64.const(least >> 64n),
      () => f.get(lowWord),
      () => f.get(highWord),
    );
    f.i32.and().set(valid);
  }

  function lessThan(aLow: () => void, aHigh: () => void, bLow: () => void, bHigh: () => void): void {
    aHigh();
    bHigh();
    f.i64.ltS();
    aHigh();
    bHigh();
    f.i64.eq();
    aLow();
    bLow();
    f.i64.ltU().i32.and().i32.or();
  }
}

function builtinSlot(plan: AggregatePlan, result: Result): BuiltinSlot {
  const slot = plan.slots[result.slot]!;
  if (!isBuiltin(slot)) throw internalError("a user's function gives its result itself");
  return slot;
}

/**
 * Emits `name(count, rows, data, heap) → nulls`: the accumulators of the groups at `rows` as bytes: views at `data`, and what does not fit into those
 * side by side at `heap`.
 */
export function emitPartial(module: ModuleBuilder, name: string, plan: AggregatePlan, result: Result): void {
  const f = module.exportFunction(name, ['i32', 'i32', 'i32', 'i32'], ['i32']);
  const [count, rows, data, heap] = f.parameters;
  const [i, row, out] = [f.newLocal('i32'), f.newLocal('i32'), f.newLocal('i32')];
  const slot = plan.slots[result.slot]!;
  if (slot.kind !== 'user') throw internalError('only accumulators of users are sent as bytes');
  const at = plan.keyBytes + 8 + slot.offset;
  const bytes = slot.user.stateBytes;
  f.forRange(i, 0, count, () => {
    f.get(rows).get(i).i32.const(2).i32.shl().i32.add().i32.load().i32.const(at).i32.add().set(row);
    f.get(data).get(i).i32.const(4).i32.shl().i32.add().tee(out).i32.const(bytes).i32.store();
    if (bytes <= limits.stringInlineBytes) {
      f.get(out).get(row).i64.load().i64.store(4).get(out).i32.const(0).i32.store(12);
      return;
    }
    f.get(heap).get(row).i32.const(bytes).memoryCopy();
    f.get(out).get(row).i32.load().i32.store(4);
    f.get(out).get(heap).i64.extendI32U().i64.store(8);
    f.get(heap).i32.const(bytes).i32.add().set(heap);
  });
  f.i32.const(0);
}
