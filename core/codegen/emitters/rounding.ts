import type { SqlType } from '../../columnar/types.ts';
import type { Call } from '../../plan/expressions.ts';
import type { Operand } from '../operand.ts';
import type { Emitter } from '../row-emitter.ts';
import { decimalOf, load128, pushWide, slot128 } from './decimal-words.ts';

/** CEIL and FLOOR of a number. */
function toWhole(up: boolean): Emitter {
  return (e, call) => {
    const operand = e.emit(call.arguments[0]!);
    const { f } = e;
    if (operand.form === 'f32' || operand.form === 'f64') {
      const { form } = operand;
      return e.strict(call.type, [operand], { guarded: false }, ([result]) => {
        operand.push();
        if (up) f[form].ceil();
        else f[form].floor();
        f.set(result!);
      });
    }
    if (operand.type.kind !== 'DECIMAL') return e.retyped(operand, call.type);
    return e.strictOrNull(call.type, [operand], (words, valid) => {
      const out = slot128(e);
      pushWide(e, operand);
      f.i32
        .const(decimalOf(operand.type).scale)
        .i32.const(up ? 1 : 2)
        .i32.const(decimalOf(call.type).precision);
      e.pushFrame(out);
      f.call(e.context.kernel('decimal_whole', ['i64', 'i64', 'i32', 'i32', 'i32', 'i32'], ['i32'])).set(valid);
      load128(e, out, words);
    });
  };
}

/** ROUND (0) and TRUNCATE (1) of doubles and decimals. */
function rounding(mode: 0 | 1): Emitter {
  return (e, call) => {
    const args = call.arguments.map(argument => e.emit(argument));
    const [operand, digits] = args as [Operand, Operand | undefined];
    const { f } = e;
    const pushDigits = (): void => {
      if (digits === undefined) f.i32.const(0);
      else digits.push();
    };
    if (operand.type.kind === 'DECIMAL') {
      const result = decimalOf(call.type);
      return e.strictOrNull(call.type, args, (words, valid) => {
        const out = slot128(e);
        pushWide(e, operand);
        f.i32.const(decimalOf(operand.type).scale);
        pushDigits();
        f.i32.const(mode).i32.const(result.scale).i32.const(result.precision);
        e.pushFrame(out);
        f.call(e.context.kernel('decimal_round', ['i64', 'i64', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32'], ['i32'])).set(valid);
        load128(e, out, words);
      });
    }
    return e.strict(call.type, args, { guarded: true }, ([result]) => {
      const single = operand.form === 'f32';
      operand.push();
      if (single) f.f64.promoteF32();
      pushDigits();
      f.i32.const(mode);
      f.call(e.context.kernel('f64_round', ['f64', 'i32', 'i32'], ['f64']));
      if (single) f.f32.demoteF64();
      f.set(result!);
    });
  };
}

const sqrt: Emitter = (e, call) => {
  const operand = e.emit(call.arguments[0]!);
  return e.strict(call.type, [operand], { guarded: false }, ([result]) => {
    // POWER(x, 0.5), as Flink has it: no negative zero, and the root of -Infinity is Infinity
    e.f.f64.const(Number.POSITIVE_INFINITY);
    operand.push();
    e.f.f64.const(0).f64.add().f64.sqrt();
    operand.push();
    e.f.f64.const(Number.NEGATIVE_INFINITY).f64.eq().select().set(result!);
  });
};

export const roundingEmitters: Readonly<Record<string, Emitter>> = {
  ceil: toWhole(true),
  floor: toWhole(false),
  round: rounding(0),
  truncate: rounding(1),
  sqrt,
};

/** Rounding integers to digits before the point is left to the reference. */
export function roundingIsKnown(call: Call): boolean {
  if (call.name !== 'round' && call.name !== 'truncate') return true;
  const type: SqlType = call.arguments[0]!.type;
  return type.kind === 'DECIMAL' || type.kind === 'DOUBLE' || type.kind === 'FLOAT';
}
