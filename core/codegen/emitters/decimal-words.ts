import { type DecimalType, type SqlType, types } from '../../columnar/types.ts';
import { internalError } from '../../common/errors.ts';
import { limits } from '../../common/limits.ts';
import type { Local } from '../../wasm/encoder/index.ts';
import type { Operand } from '../operand.ts';
import type { RowEmitter } from '../row-emitter.ts';

export function decimalOf(type: SqlType): DecimalType {
  if (type.kind !== 'DECIMAL') throw internalError(`${type.kind} where a DECIMAL is due`);
  return type;
}
export const scaleOf = (type: SqlType): number => decimalOf(type).scale;
export const powerOfTen = (digits: number): bigint => 10n ** BigInt(digits);

/** Leaves low and high word of a decimal of either form. */
export function pushWide(e: RowEmitter, operand: Operand): void {
  operand.push();
  if (operand.form === 'i128' && operand.fits64 !== true) operand.pushHigh();
  else {
    operand.push();
    e.f.i64.const(63).i64.shrS();
  }
}

/** The value as two words. */
export function widen(e: RowEmitter, operand: Operand, type: SqlType): Operand {
  if (operand.form === 'i128') return { ...operand, type };
  if (operand.constant !== undefined) return e.constant(operand.constant, type);
  return {
    type,
    form: 'i128',
    valid: operand.valid,
    fits64: true,
    push: operand.push,
    pushHigh: () => {
      operand.push();
      e.f.i64.const(63).i64.shrS();
    },
  };
}

/** The value at a scale that is not smaller, where all values of its precision are known to fit. */
export function scaleUp(e: RowEmitter, operand: Operand, scale: number): Operand {
  const from = decimalOf(operand.type);
  const digits = scale - from.scale;
  if (digits === 0) return operand;
  const precision = from.precision + digits;
  if (precision > limits.decimalPrecisionMax) throw internalError('a decimal outgrows 38 digits unchecked');
  const type = types.decimal(precision, scale, from.nullable);
  if (operand.constant !== undefined) return e.constant((operand.constant as bigint) * powerOfTen(digits), type);
  const { f } = e;
  if (precision <= limits.decimalCompactPrecisionMax) {
    const result = f.local('i64');
    operand.push();
    f.i64.const(powerOfTen(digits)).i64.mul().set(result);
    return e.local(type, [result], operand.valid);
  }
  if (digits <= 9 && (operand.form === 'i64' || operand.fits64 === true)) {
    const words = e.localsFor(type);
    multiplyByConstant(e, operand, powerOfTen(digits), words);
    return e.local(type, words, operand.valid);
  }
  const out = slot128(e);
  pushWide(e, operand);
  f.i32.const(from.scale).i32.const(scale).i32.const(limits.decimalPrecisionMax);
  e.pushFrame(out);
  f.call(e.context.kernel('decimal_rescale', ['i64', 'i64', 'i32', 'i32', 'i32', 'i32'], ['i32'])).drop();
  return loaded128(e, type, out, operand);
}

/** words = a 64-bit value × a constant below 2³¹, exactly. */
export function multiplyByConstant(e: RowEmitter, value: Operand, factor: bigint, words: readonly Local[]): void {
  const { f } = e;
  const [low, high] = words as [Local, Local];
  const mask = 0xffffffffn;
  const part = f.local('i64');
  value.push();
  f.i64.const(mask).i64.and().i64.const(factor).i64.mul().set(part);
  value.push();
  f.i64.const(32).i64.shrS().i64.const(factor).i64.mul().get(part).i64.const(32).i64.shrU().i64.add().set(high);
  f.get(high).i64.const(32).i64.shl().get(part).i64.const(mask).i64.and().i64.or().set(low);
  f.get(high).i64.const(32).i64.shrS().set(high);
  f.release(part);
}

/** words = the 128-bit product of two 64-bit values. Source: Warren, "Hacker's Delight", 8-2. */
export function multiplyWide(e: RowEmitter, left: Operand, right: Operand, words: readonly Local[]): void {
  for (const [constant, other] of [
    [left.constant, right],
    [right.constant, left],
  ] as const) {
    if (typeof constant === 'bigint' && constant >= 0n && constant < 1n << 31n) {
      multiplyByConstant(e, other, constant, words);
      return;
    }
  }
  const { f } = e;
  const [low, high] = words as [Local, Local];
  const mask = 0xffffffffn;
  const [u0, u1, v0, v1, t] = [f.local('i64'), f.local('i64'), f.local('i64'), f.local('i64'), f.local('i64')];
  left.push();
  f.i64.const(mask).i64.and().set(u0);
  left.push();
  f.i64.const(32).i64.shrS().set(u1);
  right.push();
  f.i64.const(mask).i64.and().set(v0);
  right.push();
  f.i64.const(32).i64.shrS().set(v1);
  // t = u1·v0 + (u0·v0 >>> 32); low part of t joins u0·v1
  f.get(u1).get(v0).i64.mul().get(u0).get(v0).i64.mul().i64.const(32).i64.shrU().i64.add().set(t);
  f.get(u1).get(v1).i64.mul().get(t).i64.const(32).i64.shrS().i64.add();
  f.get(u0).get(v1).i64.mul().get(t).i64.const(mask).i64.and().i64.add().i64.const(32).i64.shrS().i64.add().set(high);
  left.push();
  right.push();
  f.i64.mul().set(low);
  f.release(u0, u1, v0, v1, t);
}

/** words = left + right or left − right in 128 bits, wrapping. */
export function addWide(e: RowEmitter, left: Operand, right: Operand, subtract: boolean, words: readonly Local[]): void {
  const { f } = e;
  const [low, high] = words as [Local, Local];
  if (subtract) {
    left.push();
    right.push();
    f.i64.sub().set(low);
    left.pushHigh();
    right.pushHigh();
    f.i64.sub();
    left.push();
    right.push();
    f.i64.ltU().i64.extendI32U().i64.sub().set(high);
  } else {
    left.push();
    right.push();
    f.i64.add().set(low);
    left.pushHigh();
    right.pushHigh();
    f.i64.add().get(low);
    left.push();
    f.i64.ltU().i64.extendI32U().i64.add().set(high);
  }
}

/** 16 bytes of the frame for a kernel's 128-bit result; read at once, so that all calls share it. */
export function slot128(e: RowEmitter): number {
  return e.context.sharedSlot();
}

/** Loads a kernel's result into locals. */
export function load128(e: RowEmitter, out: number, words: readonly Local[]): void {
  const [low, high] = words;
  e.f.get(e.frame).i64.load(out).set(low!);
  if (high !== undefined)
    e.f
      .get(e.frame)
      .i64.load(out + 8)
      .set(high);
}

function loaded128(e: RowEmitter, type: SqlType, out: number, like: Operand): Operand {
  const words = e.localsFor(type);
  load128(e, out, words);
  return e.local(type, words, like.valid);
}

/** Two decimals at their larger scale in one form; undefined when that could need more than 38 digits. */
export function aligned(e: RowEmitter, left: Operand, right: Operand): [Operand, Operand] | undefined {
  const [leftType, rightType] = [decimalOf(left.type), decimalOf(right.type)];
  const scale = Math.max(leftType.scale, rightType.scale);
  for (const type of [leftType, rightType]) {
    if (type.precision - type.scale + scale > limits.decimalPrecisionMax) return undefined;
  }
  const scaled = [scaleUp(e, left, scale), scaleUp(e, right, scale)] as [Operand, Operand];
  if (scaled[0].form === scaled[1].form) return scaled;
  return [widen(e, scaled[0], wideType(scaled[0])), widen(e, scaled[1], wideType(scaled[1]))];
}

const wideType = (operand: Operand): SqlType => {
  const type = decimalOf(operand.type);
  return types.decimal(Math.max(type.precision, limits.decimalCompactPrecisionMax + 1), type.scale, type.nullable);
};
