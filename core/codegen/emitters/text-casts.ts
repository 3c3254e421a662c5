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
    const readTimestamp = (): void => {
      const days = (): void => void f.get(e.frame).i32.load(out);
      // a text's fraction is cut where it stands
      const unit = 10 ** Math.max(0, 3 - (isTimestamp(to) ? to.precision : 3));
      const ms = (): void => {
        f.get(e.frame).i32.load(out + 4);
        if (unit > 1) f.i32.const(unit).i32.divU().i32.const(unit).i32.mul();
      };
      if (unitsPerMs(to) > 1000n) {
        pushBeyondNanos(e, days, ms);
        f.if(refuse);
      }
      fromDayAndMs(e, words[0]!, to, days, ms);
      addNanos(e, words[0]!, to, out + 8);
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
        if (to.kind === 'TIME') cutTime(e, words[0]!, to);
        break;
      case 'TIMESTAMP':
      case 'TIMESTAMP_LTZ':
        read('text_to_timestamp');
        refused();
        readTimestamp();
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

/** Adds the nanoseconds (u32 in the frame) that the type's precision holds. */
function addNanos(e: RowEmitter, units: Local, type: SqlType, offset: number): void {
  if (!isTimestamp(type) || type.precision <= 3) return;
  const { f } = e;
  // nanoseconds in a digit that is kept, and in a unit
  const kept = 10n ** BigInt(9 - type.precision);
  const perUnit = unitsPerMs(type) === 1000n ? 1000n : 1n;
  f.get(units).get(e.frame).i64.load32U(offset).i64.const(kept).i64.divU();
  if (kept !== perUnit) f.i64.const(kept / perUnit).i64.mul();
  f.i64.add().set(units);
}

/** Cuts the ms of a TIME to its precision. */
export function cutTime(e: RowEmitter, ms: Local, type: SqlType): void {
  const unit = 10 ** Math.max(0, 3 - ((type.kind === 'TIME' ? type.precision : 3) ?? 0));
  if (unit > 1) e.f.get(ms).get(ms).i32.const(unit).i32.remU().i32.sub().set(ms);
}

/** Cuts digits that a timestamp's precision does not hold: below the ms towards the past, and whole ms towards 1970, as Flink does. */
export function cutToPrecision(e: RowEmitter, units: Local, type: SqlType): void {
  if (isTimestamp(type)) cutUnits(e, units, unitsPerMs(type), type.precision);
}

/** As {@link cutToPrecision}, of units of which `perMs` are a ms. */
export function cutUnits(e: RowEmitter, units: Local, perMs: bigint, precision: number): void {
  const { f } = e;
  const unit = (perMs * 1000n) / 10n ** BigInt(precision);
  if (unit <= 1n) return;
  const rest = f.local('i64');
  const floored = precision < 3 ? perMs : unit;
  // a negative remainder is brought into 0 … unit − 1
  f.get(units).i64.const(floored).i64.remS().set(rest);
  f.get(units);
  f.get(rest).i64.const(floored).i64.add().get(rest).get(rest).i64.const(0).i64.ltS().select().i64.sub().set(units);
  if (precision < 3) f.get(units).get(units).i64.const(unit).i64.remS().i64.sub().set(units);
  f.release(rest);
}

/** Whether nanoseconds cannot hold a day and ms of it (i32s); leaves an i32. */
export function pushBeyondNanos(e: RowEmitter, days: () => void, ms: () => void): void {
  const { f } = e;
  const sum = f.local('i64');
  days();
  f.i64.extendI32S().i64.const(86_400_000n).i64.mul();
  ms();
  f.i64.extendI32S().i64.add().set(sum);
  f.get(sum).i64.const(9_223_372_036_000n).i64.geS();
  f.get(sum).i64.const(-9_223_372_036_000n).i64.leS().i32.or();
  f.release(sum);
}
