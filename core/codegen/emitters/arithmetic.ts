import type { SqlType } from '../../columnar/types.ts';
import { notSupported } from '../../common/errors.ts';
import type { Call } from '../../plan/expressions.ts';
import type { Local } from '../../wasm/encoder/index.ts';
import { formOf, type Operand } from '../operand.ts';
import type { Emitter, RowEmitter } from '../row-emitter.ts';
import { addWide, decimalOf, load128, multiplyWide, powerOfTen, pushWide, scaleUp, slot128, widen } from './decimal-words.ts';

type Operation = 'plus' | 'minus' | 'times';
const integerOperations = { plus: 'add', minus: 'sub', times: 'mul' } as const;

/** Wraps an i32 on the stack to a narrower integer type, as Java's casts do. */
export function wrap(e: RowEmitter, type: SqlType): void {
  if (type.kind === 'TINYINT') e.f.i32.extend8S();
  else if (type.kind === 'SMALLINT') e.f.i32.extend16S();
}

function basic(operation: Operation): Emitter {
  return (e, call) => {
    const args = call.arguments.map(argument => e.emit(argument));
    const [left, right] = args as [Operand, Operand];
    const { f } = e;
    if (call.type.kind === 'DECIMAL') return decimal(e, call, operation, left, right);
    return e.strict(call.type, args, { guarded: false }, ([result]) => {
      left.push();
      right.push();
      switch (formOf(call.type)) {
        case 'i32':
          f.i32[integerOperations[operation]]();
          wrap(e, call.type);
          break;
        case 'i64':
          f.i64[integerOperations[operation]]();
          break;
        case 'f32':
          f.f32[integerOperations[operation]]();
          break;
        case 'f64':
          f.f64[integerOperations[operation]]();
          break;
        default:
          throw notSupported(`${operation} over ${call.type.kind}`, call.span);
      }
      f.set(result!);
    });
  };
}

/** Exact, then rounded half up to the result's scale; NULL when it has more digits than the result's precision. */
function decimal(e: RowEmitter, call: Call, operation: Operation, left: Operand, right: Operand): Operand {
  const { f } = e;
  const result = decimalOf(call.type);
  const [leftType, rightType] = [decimalOf(left.type), decimalOf(right.type)];
  const exactScale = operation === 'times' ? leftType.scale + rightType.scale : Math.max(leftType.scale, rightType.scale);
  const exactPrecision =
    operation === 'times'
      ? leftType.precision + rightType.precision
      : Math.max(leftType.precision - leftType.scale, rightType.precision - rightType.scale) + exactScale + 1;
  const exact = exactScale === result.scale && exactPrecision <= result.precision;
  const narrow = (operand: Operand): boolean => operand.form === 'i64' || operand.fits64 === true || smallConstant(operand);
  if (exact && operation === 'times' && narrow(left) && narrow(right)) {
    return e.strict(call.type, [left, right], { guarded: false }, words => {
      if (words.length === 2) multiplyWide(e, left, right, words);
      else {
        left.push();
        right.push();
        f.i64.mul().set(words[0]!);
      }
    });
  }
  if (exact && operation !== 'times' && e.allValid([left, right]) !== 'never') {
    const [a, b] = [scaleUp(e, left, result.scale), scaleUp(e, right, result.scale)];
    return e.strict(call.type, [a, b], { guarded: false }, words => {
      if (words.length === 2) addWide(e, widen(e, a, call.type), widen(e, b, call.type), operation === 'minus', words);
      else {
        a.push();
        b.push();
        f.i64[integerOperations[operation]]().set(words[0]!);
      }
    });
  }
  return e.strictOrNull(call.type, [left, right], (words, valid) => {
    const out = slot128(e);
    pushWide(e, left);
    f.i32.const(leftType.scale);
    pushWide(e, right);
    f.i32.const(rightType.scale).i32.const(result.scale).i32.const(result.precision);
    e.pushFrame(out);
    const name = { plus: 'decimal_add', minus: 'decimal_subtract', times: 'decimal_multiply' }[operation];
    f.call(decimalKernel(e, name)).set(valid);
    load128(e, out, words);
  });
}

const decimalKernel = (e: RowEmitter, name: string) =>
  e.context.kernel(name, ['i64', 'i64', 'i32', 'i64', 'i64', 'i32', 'i32', 'i32', 'i32'], ['i32']);

const smallConstant = (operand: Operand): boolean =>
  typeof operand.constant === 'bigint' && operand.constant === BigInt.asIntN(64, operand.constant);

/** Division and remainder of integers: truncating; zero fails the row; the smallest number by −1 wraps. */
function division(remainder: boolean): Emitter {
  return (e, call) => {
    const args = call.arguments.map(argument => e.emit(argument));
    const [left, right] = args as [Operand, Operand];
    const { f } = e;
    if (call.type.kind === 'DECIMAL' && left.type.kind === 'DECIMAL' && right.type.kind === 'DECIMAL') {
      return decimalDivision(e, call, remainder, left, right);
    }
    const form = formOf(call.type);
    if (form === 'f32' || form === 'f64') {
      return e.strict(call.type, args, { guarded: false }, ([result]) => {
        if (remainder) floatRemainder(e, left, right, form);
        else {
          left.push();
          right.push();
          f[form].div();
        }
        f.set(result!);
      });
    }
    if (form !== 'i32' && form !== 'i64') throw notSupported(`division of ${call.type.kind}`, call.span);
    // a remainder has the divisor's type, but is computed in the wider one
    const wide = form === 'i64' || left.form === 'i64';
    const group = wide ? f.i64 : f.i32;
    const push = (operand: Operand): void => {
      operand.push();
      if (wide && operand.form === 'i32') f.i64.extendI32S();
    };
    const keep = (result: Local): void => {
      if (wide && form === 'i32') f.i32.wrapI64();
      f.set(result);
    };
    const compute = (result: Local): void => {
      push(left);
      push(right);
      if (remainder) group.remS();
      else group.divS();
      keep(result);
    };
    const divisor = right.constant;
    const safe = divisor !== undefined && Number(divisor) !== 0 && Number(divisor) !== -1;
    return e.strict(call.type, args, { guarded: !safe }, ([result]) => {
      if (safe) {
        compute(result!);
        return;
      }
      push(right);
      group.eqz();
      f.if(() => e.fail(call, 'division-by-zero'));
      push(right);
      if (wide) f.i64.const(-1).i64.eq();
      else f.i32.const(-1).i32.eq();
      f.if(
        () => {
          // MIN / −1 traps in wasm
          zero(e, wide);
          if (!remainder) {
            push(left);
            group.sub();
            if (!wide) wrap(e, call.type);
          }
          keep(result!);
        },
        () => compute(result!),
      );
    });
  };
}

function zero(e: RowEmitter, wide: boolean): void {
  if (wide) e.f.i64.const(0);
  else e.f.i32.const(0);
}

/** Java's % on doubles is C's fmod: exact, with the dividend's sign. */
function floatRemainder(e: RowEmitter, left: Operand, right: Operand, form: 'f32' | 'f64'): void {
  const { f } = e;
  for (const operand of [left, right]) {
    operand.push();
    if (form === 'f32') f.f64.promoteF32();
  }
  f.call(e.context.kernel('f64_remainder', ['f64', 'f64'], ['f64']));
  if (form === 'f32') f.f32.demoteF64();
}

function decimalDivision(e: RowEmitter, call: Call, remainder: boolean, left: Operand, right: Operand): Operand {
  const { f } = e;
  const result = decimalOf(call.type);
  return e.strictOrNull(call.type, [left, right], (words, valid) => {
    pushWide(e, right);
    f.i64.or().i64.eqz();
    f.if(() => e.fail(call, 'division-by-zero'));
    const out = slot128(e);
    pushWide(e, left);
    f.i32.const(decimalOf(left.type).scale);
    pushWide(e, right);
    f.i32.const(decimalOf(right.type).scale).i32.const(result.scale).i32.const(result.precision);
    e.pushFrame(out);
    f.call(decimalKernel(e, remainder ? 'decimal_remainder' : 'decimal_divide')).set(valid);
    load128(e, out, words);
  });
}

const negate: Emitter = (e, call) => {
  const operand = e.emit(call.arguments[0]!);
  return e.strict(call.type, [operand], { guarded: false }, words => pushNegated(e, operand, words, call.type));
};

function pushNegated(e: RowEmitter, operand: Operand, words: readonly Local[], type: SqlType): void {
  const { f } = e;
  switch (operand.form) {
    case 'i32':
      f.i32.const(0);
      operand.push();
      f.i32.sub();
      wrap(e, type);
      break;
    case 'i64':
      f.i64.const(0);
      operand.push();
      f.i64.sub();
      break;
    case 'f32':
    case 'f64':
      operand.push();
      f[operand.form].neg();
      break;
    case 'i128':
      f.i64.const(0);
      operand.push();
      f.i64.sub().set(words[0]!);
      f.i64.const(0);
      operand.pushHigh();
      f.i64.sub();
      operand.push();
      f.i64.const(0).i64.ne().i64.extendI32U().i64.sub().set(words[1]!);
      return;
    default:
      throw notSupported(`minus over ${type.kind}`);
  }
  f.set(words[0]!);
}

/** Leaves 1 when the number is below zero. */
export function pushIsNegative(e: RowEmitter, operand: Operand): void {
  const { f } = e;
  if (operand.form === 'i128') operand.pushHigh();
  else operand.push();
  switch (operand.form) {
    case 'i32':
      f.i32.const(0).i32.ltS();
      break;
    case 'f32':
      f.f32.const(0).f32.lt();
      break;
    case 'f64':
      f.f64.const(0).f64.lt();
      break;
    default:
      f.i64.const(0).i64.ltS();
  }
}

const abs: Emitter = (e, call) => {
  const operand = e.emit(call.arguments[0]!);
  const { f } = e;
  return e.strict(call.type, [operand], { guarded: false }, words => {
    if (operand.form === 'f32' || operand.form === 'f64') {
      operand.push();
      f[operand.form].abs().set(words[0]!);
      return;
    }
    e.assign(words, operand);
    pushIsNegative(e, operand);
    f.if(() => pushNegated(e, operand, words, call.type));
  });
};

/** −1, 0 or 1 in the argument's type. */
const sign: Emitter = (e, call) => {
  const operand = e.emit(call.arguments[0]!);
  const { f } = e;
  return e.strict(call.type, [operand], { guarded: false }, words => {
    const [low, high] = words as [Local, Local | undefined];
    switch (operand.form) {
      case 'i32':
        operand.push();
        f.i32.const(31).i32.shrS();
        operand.push();
        f.i32.const(0).i32.ne().i32.or().set(low);
        break;
      case 'i64':
      case 'i128': {
        const unit = powerOfTen(call.type.kind === 'DECIMAL' ? call.type.scale : 0);
        const from = (value: bigint): void => e.assign(words, e.constant(value, call.type));
        pushIsNegative(e, operand);
        f.if(
          () => from(-unit),
          () => {
            operand.push();
            if (high !== undefined) {
              operand.pushHigh();
              f.i64.or();
            }
            f.i64.eqz();
            f.if(
              () => from(0n),
              () => from(unit),
            );
          },
        );
        break;
      }
      case 'f32':
      case 'f64': {
        const group = f[operand.form];
        // NaN and zeros stay as they are
        group.const(1);
        operand.push();
        group.copysign();
        operand.push();
        operand.push();
        group.abs();
        group.const(0);
        group.gt().select().set(low);
        break;
      }
      default:
        throw notSupported(`SIGN over ${call.type.kind}`, call.span);
    }
  });
};

export const arithmeticEmitters: Readonly<Record<string, Emitter>> = {
  plus: basic('plus'),
  minus: basic('minus'),
  times: basic('times'),
  divide: division(false),
  mod: division(true),
  negate,
  abs,
  sign,
};
