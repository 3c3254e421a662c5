import { isInteger, type SqlType, sameType } from '../../columnar/types.ts';
import { notSupported } from '../../common/errors.ts';
import type { Cast } from '../../plan/expressions.ts';
import { formOf, type Operand } from '../operand.ts';
import type { RowEmitter } from '../row-emitter.ts';
import { wrap } from './arithmetic.ts';

/** CAST and TRY_CAST. */
export function emitCast(e: RowEmitter, cast: Cast): Operand {
  const operand = e.emit(cast.input);
  const from = cast.input.type;
  const to = cast.type;
  if (operand.valid === 'never') return e.nullOf(to);
  if (sameType(from, to)) return e.retyped(operand, to);
  if (isPlain(from) && isPlain(to)) return plainNumber(e, operand, from, to);
  throw notSupported(`CAST from ${from.kind} to ${to.kind} in generated code`, cast.span);
}

/** Casts that a loop does; the others go by their reference. */
export function canEmitCast(from: SqlType, to: SqlType): boolean {
  return sameType(from, to) || (isPlain(from) && isPlain(to));
}

const isPlain = (type: SqlType): boolean => isInteger(type) || type.kind === 'FLOAT' || type.kind === 'DOUBLE';

/** Between integers and floating point as Java converts: integers wrap; fractions are cut; what is too large saturates at INT or BIGINT. */
function plainNumber(e: RowEmitter, operand: Operand, from: SqlType, to: SqlType): Operand {
  const { f } = e;
  return e.strict(to, [operand], { guarded: false }, ([result]) => {
    operand.push();
    const [source, target] = [formOf(from), formOf(to)];
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
