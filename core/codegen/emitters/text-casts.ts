import { isTimestamp, type SqlType, types } from '../../columnar/types.ts';
import { internalError } from '../../common/errors.ts';
import { limits } from '../../common/limits.ts';
import type { Cast } from '../../plan/expressions.ts';
import type { Local } from '../../wasm/encoder/index.ts';
import { formOf, type Operand } from '../operand.ts';
import type { RowEmitter } from '../row-emitter.ts';
import { fromDayAndMs, unitsPerMs, wallUnits } from './clock.ts';
import { decimalOf, load128, pushWide, slot128 } from './decimal-words.ts';

/** A value as text, in full. */
export function writeText(e: RowEmitter, operand: Operand): Operand {
  const { f } = e;
  const { type } = operand;
  return e.strict(types.string(type.nullable), [operand], { guarded: true }, ([result]) => {
    if (type.kind === 'BOOLEAN') {
      e.constant('TRUE', types.string(false)).push();
      e.constant('FALSE', types.string(false)).push();
      operand.push();
      f.select().set(result!);
      return;
    }
    const out = e.context.frame.reserve(16, 16);
    switch (type.kind) {
      case 'TINYINT':
      case 'SMALLINT':
      case 'INT':
      case 'BIGINT':
        operand.push();
        if (operand.form === 'i32') f.i64.extendI32S();
        e.pushFrame(out);
        f.call(e.context.kernel('i64_to_text', ['i64', 'i32']));
        break;
      case 'FLOAT':
      case 'DOUBLE':
        operand.push();
        if (type.kind === 'FLOAT') f.f64.promoteF32();
        f.i32.const(type.kind === 'FLOAT' ? 1 : 0);
        e.pushFrame(out);
        f.call(e.context.kernel('f64_to_text', ['f64', 'i32', 'i32']));
        break;
      case 'DECIMAL':
        pushWide(e, operand);
        f.i32.const(type.scale);
        e.pushFrame(out);
        f.call(e.context.kernel('decimal_to_text', ['i64', 'i64', 'i32', 'i32']));
        break;
      case 'DATE':
      case 'TIME':
        operand.push();
        e.pushFrame(out);
        f.call(e.context.kernel(type.kind === 'DATE' ? 'date_to_text' : 'time_to_text', ['i32', 'i32']));
        break;
      case 'TIMESTAMP':
      case 'TIMESTAMP_LTZ': {
        const units = wallUnits(e, operand);
        f.get(units)
          .i32.const(type.precision <= limits.timestampMicrosPrecisionMax ? 6 : 9)
          .i32.const(type.precision);
        e.pushFrame(out);
        f.call(e.context.kernel('timestamp_to_text', ['i64', 'i32', 'i32', 'i32']));
        break;
      }
      default:
        throw internalError(`no text of ${type.kind}`);
    }
    e.pushFrame(out);
    f.set(result!);
  });
}

/** A text as a value: refused, or NULL with TRY_CAST, when it is none. */
export function parseText(e: RowEmitter, cast: Cast, operand: Operand): Operand {
  const to = cast.type;
  const { f } = e;
  const mayBeNull = cast.safe || to.kind === 'DECIMAL';
  const body = (words: readonly Local[], setNull: () => void): void => {
    const out = slot128(e);
    const refuse = (): void => {
      if (cast.safe) setNull();
      else e.fail(cast, 'bad-cast', operand.push);
    };
    const read = (kernel: string, ...numbers: number[]): void => {
      operand.push();
      for (const number of numbers) f.i32.const(number);
      e.pushFrame(out);
      f.call(e.context.kernel(kernel, new Array(numbers.length + 2).fill('i32'), ['i32']));
    };
    /** Of status 0. */
    const refused = (): void => {
      f.i32.eqz();
      f.if(refuse);
    };
    switch (to.kind) {
      case 'BOOLEAN':
        operand.push();
        f.call(e.context.kernel('text_to_boolean', ['i32'], ['i32']))
          .tee(words[0]!)
          .i32.const(2)
          .i32.eq();
        f.if(refuse);
        break;
      case 'TINYINT':
      case 'SMALLINT':
      case 'INT':
      case 'BIGINT':
        read('text_to_i64', { TINYINT: 8, SMALLINT: 16, INT: 32, BIGINT: 64 }[to.kind]);
        refused();
        f.get(e.frame).i64.load(out);
        if (formOf(to) === 'i32') f.i32.wrapI64();
        f.set(words[0]!);
        break;
      case 'FLOAT':
      case 'DOUBLE':
        read('text_to_f64');
        refused();
        f.get(e.frame).f64.load(out);
        if (to.kind === 'FLOAT') f.f32.demoteF64();
        f.set(words[0]!);
        break;
      case 'DECIMAL': {
        const status = f.local('i32');
        read('text_to_decimal', to.scale, decimalOf(to).precision);
        f.tee(status);
        refused();
        f.get(status).i32.const(2).i32.eq();
        f.if(setNull);
        f.release(status);
        load128(e, out, words);
        break;
      }
      case 'DATE':
      case 'TIME':
        read(to.kind === 'DATE' ? 'text_to_date' : 'text_to_time');
        refused();
        f.get(e.frame).i32.load(out).set(words[0]!);
        break;
      case 'TIMESTAMP':
      case 'TIMESTAMP_LTZ':
        read('text_to_timestamp');
        refused();
        fromDayAndMs(
          e,
          words[0]!,
          to,
          () => void f.get(e.frame).i32.load(out),
          () => void f.get(e.frame).i32.load(out + 4),
        );
        addNanos(e, words[0]!, to, out + 8);
        break;
      default:
        throw internalError(`no ${to.kind} from text`);
    }
  };
  if (!mayBeNull) return e.strict(to, [operand], { guarded: true }, words => body(words, () => {}));
  return e.strictOrNull(to, [operand], (words, valid) => {
    body(words, () => void f.i32.const(0).set(valid));
  });
}

/** Adds the nanoseconds that the type's precision holds. */
function addNanos(e: RowEmitter, units: Local, type: SqlType, offset: number): void {
  if (!isTimestamp(type)) return;
  const { f } = e;
  const perMs = unitsPerMs(type);
  if (type.precision > 3) {
    f.get(units).get(e.frame).i64.load32U(offset);
    if (perMs === 1000n) f.i64.const(1000).i64.divU();
    f.i64.add().set(units);
  }
  cutToPrecision(e, units, type);
}

/** Cuts digits that a timestamp's precision does not hold, towards the past. */
export function cutToPrecision(e: RowEmitter, units: Local, type: SqlType): void {
  if (!isTimestamp(type)) return;
  const unit = 10n ** BigInt((type.precision <= limits.timestampMicrosPrecisionMax ? 6 : 9) - type.precision);
  if (unit === 1n) return;
  const { f } = e;
  const rest = f.local('i64');
  // a negative remainder is brought into 0 … unit − 1
  f.get(units).i64.const(unit).i64.remS().set(rest);
  f.get(units);
  f.get(rest).i64.const(unit).i64.add().get(rest).get(rest).i64.const(0).i64.ltS().select().i64.sub().set(units);
  f.release(rest);
}
