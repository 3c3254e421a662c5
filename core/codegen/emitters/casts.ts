import {
  type CharacterType,
  isCharacter,
  isInteger,
  isTimestamp,
  maximumLength,
  type SqlType,
  sameType,
  types,
} from '../../columnar/types.ts';
import { notSupported } from '../../common/errors.ts';
import { canCast } from '../../functions/type-rules.ts';
import type { Cast } from '../../plan/expressions.ts';
import { formOf, type Operand } from '../operand.ts';
import type { RowEmitter } from '../row-emitter.ts';
import { wrap } from './arithmetic.ts';
import { decimalToNumber, toDecimal } from './decimal-casts.ts';
import { decimalOf, pushWide } from './decimal-words.ts';
import { parseText, writeText } from './text-casts.ts';
import { castTime } from './time-casts.ts';

/** Casts that a loop does; the others go by their reference. */
export function canEmitCast(from: SqlType, to: SqlType): boolean {
  if (sameType(from, to)) return true;
  if (!canCast(from, to) || isOpaque(from) || isOpaque(to)) return false;
  // a TIME with digits is written with one at least
  return !((isInterval(from) || (from.kind === 'TIME' && from.precision !== undefined)) && isCharacter(to));
}

const isPlain = (type: SqlType): boolean => isInteger(type) || type.kind === 'FLOAT' || type.kind === 'DOUBLE';
const isInterval = (type: SqlType): boolean => type.kind === 'INTERVAL_DAY_TIME' || type.kind === 'INTERVAL_YEAR_MONTH';
const isOpaque = (type: SqlType): boolean =>
  type.kind === 'NULL' ||
  type.kind === 'BINARY' ||
  type.kind === 'VARBINARY' ||
  type.kind === 'BITMAP' ||
  formOf(type) === 'nested';
const isPointInTime = (type: SqlType): boolean => type.kind === 'DATE' || type.kind === 'TIME' || isTimestamp(type);

/** CAST and TRY_CAST. */
export function emitCast(e: RowEmitter, cast: Cast): Operand {
  const operand = e.emit(cast.input);
  const from = cast.input.type;
  const to = cast.type;
  if (operand.valid === 'never') return e.nullOf(to);
  if (sameType(from, to)) return e.retyped(operand, to);
  if (isCharacter(to)) return fitted(e, isCharacter(from) ? operand : writeText(e, operand), from, to);
  if (isCharacter(from)) return parseText(e, cast, operand);
  if (from.kind === 'BOOLEAN') return fromBoolean(e, operand, to);
  if (to.kind === 'BOOLEAN') return toBoolean(e, operand, to);
  if (to.kind === 'DECIMAL') return toDecimal(e, operand, to);
  if (from.kind === 'DECIMAL') return decimalToNumber(e, operand, to);
  if (isPointInTime(from) && isPointInTime(to)) return castTime(e, cast, operand);
  if (isPlain(from) && isPlain(to)) return plainNumber(e, operand, to);
  if (isInterval(from) || isInterval(to)) return integerOrInterval(e, operand, to);
  throw notSupported(`CAST from ${from.kind} to ${to.kind} in generated code`, cast.span);
}

/** CHAR(n) and VARCHAR(n) of a text. */
function fitted(e: RowEmitter, operand: Operand, from: SqlType, to: CharacterType): Operand {
  if (to.length >= maximumLength) return e.retyped(operand, to);
  if (to.kind === 'VARCHAR' && isCharacter(from) && from.length <= to.length) return e.retyped(operand, to);
  return e.strict(to, [operand], { guarded: true }, ([result]) => {
    const out = e.context.frame.reserve(16, 16);
    operand.push();
    e.f.i32.const(to.length).i32.const(to.kind === 'CHAR' ? 1 : 0);
    e.pushFrame(out);
    e.f.call(e.context.kernel('str_fit', ['i32', 'i32', 'i32', 'i32']));
    e.pushFrame(out);
    e.f.set(result!);
  });
}

function fromBoolean(e: RowEmitter, operand: Operand, to: SqlType): Operand {
  const number = e.retyped(operand, types.int(operand.type.nullable));
  return to.kind === 'DECIMAL' ? toDecimal(e, number, to) : plainNumber(e, number, to);
}

function toBoolean(e: RowEmitter, operand: Operand, to: SqlType): Operand {
  const { f } = e;
  return e.strict(to, [operand], { guarded: false }, ([result]) => {
    switch (operand.form) {
      case 'i32':
        operand.push();
        f.i32.const(0).i32.ne();
        break;
      case 'i64':
        operand.push();
        f.i64.const(0).i64.ne();
        break;
      case 'f32':
        operand.push();
        f.f32.const(0).f32.ne();
        break;
      case 'f64':
        operand.push();
        f.f64.const(0).f64.ne();
        break;
      default:
        decimalOf(operand.type);
        pushWide(e, operand);
        f.i64.or().i64.const(0).i64.ne();
    }
    f.set(result!);
  });
}

function integerOrInterval(e: RowEmitter, operand: Operand, to: SqlType): Operand {
  return e.strict(to, [operand], { guarded: false }, ([result]) => {
    operand.push();
    const target = formOf(to);
    if (operand.form === 'i32' && target === 'i64') e.f.i64.extendI32S();
    else if (operand.form === 'i64' && target === 'i32') e.f.i32.wrapI64();
    wrap(e, to);
    e.f.set(result!);
  });
}

/** Between integers and floating point as Java converts: integers wrap; fractions are cut; what is too large saturates at INT or BIGINT. */
export function plainNumber(e: RowEmitter, operand: Operand, to: SqlType): Operand {
  const { f } = e;
  return e.strict(to, [operand], { guarded: false }, ([result]) => {
    operand.push();
    const source = operand.form;
    const target = formOf(to);
    if (source === target) {
      if (source === 'i32') wrap(e, to);
    } else if (target === 'i32') {
      if (source === 'i64') f.i32.wrapI64();
      else if (source === 'f32') f.i32.truncSatF32S();
      else f.i32.truncSatF64S();
      wrap(e, to);
    } else if (target === 'i64') {
      if (source === 'i32') f.i64.extendI32S();
      else if (source === 'f32') f.i64.truncSatF32S();
      else f.i64.truncSatF64S();
    } else if (target === 'f32') {
      if (source === 'i32') f.f32.convertI32S();
      else if (source === 'i64') f.f32.convertI64S();
      else f.f32.demoteF64();
    } else if (source === 'i32') f.f64.convertI32S();
    else if (source === 'i64') f.f64.convertI64S();
    else f.f64.promoteF32();
    f.set(result!);
  });
}
