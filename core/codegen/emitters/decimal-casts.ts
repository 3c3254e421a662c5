import { type DecimalType, isInteger, type SqlType, types, withNullable } from '../../columnar/types.ts';
import { limits } from '../../common/limits.ts';
import { asDecimal } from '../../functions/type-rules.ts';
import { formOf, type Operand } from '../operand.ts';
import type { RowEmitter } from '../row-emitter.ts';
import { wrap } from './arithmetic.ts';
import { decimalOf, load128, powerOfTen, pushWide, scaleUp, slot128, widen } from './decimal-words.ts';

/** An exact or floating number as DECIMAL: rounded half up; NULL when it does not fit. */
export function toDecimal(e: RowEmitter, operand: Operand, to: DecimalType): Operand {
  const { f } = e;
  if (operand.form === 'f32' || operand.form === 'f64') {
    return e.strictOrNull(to, [operand], (words, valid) => {
      const out = slot128(e);
      operand.push();
      if (operand.form === 'f32') f.f64.promoteF32();
      f.i32.const(to.scale).i32.const(to.precision);
      e.pushFrame(out);
      f.call(e.context.kernel('decimal_from_f64', ['f64', 'i32', 'i32', 'i32'], ['i32'])).set(valid);
      load128(e, out, words);
    });
  }
  const source = operand.type.kind === 'DECIMAL' ? operand : integerAsDecimal(e, operand);
  const from = decimalOf(source.type);
  const whole = from.precision - from.scale;
  if (to.scale >= from.scale && to.precision - to.scale >= whole) {
    // all values fit
    const scaled = scaleUp(e, source, to.scale);
    if (formOf(to) === 'i64') return e.retyped(scaled, to);
    return widen(e, scaled, to);
  }
  return e.strictOrNull(to, [source], (words, valid) => {
    const out = slot128(e);
    pushWide(e, source);
    f.i32.const(from.scale).i32.const(to.scale).i32.const(to.precision);
    e.pushFrame(out);
    f.call(e.context.kernel('decimal_rescale', ['i64', 'i64', 'i32', 'i32', 'i32', 'i32'], ['i32'])).set(valid);
    load128(e, out, words);
  });
}

/** The integer in a local i64 as a decimal of its digits; BIGINT has 19, but its high word is only its sign. */
function integerAsDecimal(e: RowEmitter, operand: Operand): Operand {
  const type = withNullable(isInteger(operand.type) ? asDecimal(operand.type) : types.decimal(10, 0), operand.type.nullable);
  if (operand.constant !== undefined) return e.constant(BigInt(operand.constant as bigint), type);
  if (operand.form === 'i64') return widen(e, { ...operand, type }, type);
  const wide = e.f.local('i64');
  operand.push();
  e.f.i64.extendI32S().set(wide);
  return e.local(type, [wide], operand.valid);
}

/** A decimal as an integer (cut, then wrapped) or a floating number. */
export function decimalToNumber(e: RowEmitter, operand: Operand, to: SqlType): Operand {
  const { f } = e;
  const { precision, scale } = decimalOf(operand.type);
  const compact = operand.form === 'i64';
  return e.strict(to, [operand], { guarded: !compact }, ([result]) => {
    if (to.kind === 'DOUBLE' || to.kind === 'FLOAT') {
      if (precision <= limits.decimalCompactPrecisionMax) {
        operand.push();
        f.f64.convertI64S();
        if (scale > 0) f.f64.const(10 ** scale).f64.div();
      } else {
        pushWide(e, operand);
        f.i32.const(scale).call(e.context.kernel('decimal_to_f64', ['i64', 'i64', 'i32'], ['f64']));
      }
      if (to.kind === 'FLOAT') f.f32.demoteF64();
    } else {
      if (compact) {
        operand.push();
        if (scale > 0) f.i64.const(powerOfTen(scale)).i64.divS();
      } else {
        const out = slot128(e);
        pushWide(e, operand);
        f.i32.const(scale).i32.const(0).i32.const(limits.decimalPrecisionMax);
        e.pushFrame(out);
        f.call(e.context.kernel('decimal_whole', ['i64', 'i64', 'i32', 'i32', 'i32', 'i32'], ['i32'])).drop();
        f.get(e.frame).i64.load(out);
      }
      if (formOf(to) === 'i32') f.i32.wrapI64();
      wrap(e, to);
    }
    f.set(result!);
  });
}
