import { isTimestamp, type SqlType } from '../../columnar/types.ts';
import type { Cast } from '../../plan/expressions.ts';
import type { Local } from '../../wasm/encoder/index.ts';
import type { Operand } from '../operand.ts';
import type { RowEmitter } from '../row-emitter.ts';
import { dayAndMs, floorDivide, fromDayAndMs, pushDay, shiftZone, unitsPerMs, wallUnits } from './clock.ts';
import { cutTime, cutToPrecision, cutUnits, pushBeyondNanos } from './text-casts.ts';

/** Microseconds that fit a timestamp of nanoseconds. */
const microsMost = 9_223_372_036_000_000n;

const inNanos = (type: SqlType): boolean => isTimestamp(type) && unitsPerMs(type) > 1000n;

/**
 * Between DATE, TIME, TIMESTAMP and TIMESTAMP_LTZ; wall clocks are those of the local time zone. Nanoseconds do not hold all: such a row fails,
 * or is NULL with TRY_CAST. Source: Flink's cast rules, to the last second before 1970.
 */
export function castTime(e: RowEmitter, cast: Cast, operand: Operand): Operand {
  const to = cast.type;
  const from = operand.type;
  if (!inNanos(to) || inNanos(from)) {
    return e.strict(to, [operand], { guarded: false }, ([result]) => castInto(e, operand, to, result!, () => {}));
  }
  const refuse = (setNull: () => void) => (): void => {
    if (cast.safe) setNull();
    else e.fail(cast, 'out-of-range');
  };
  if (!cast.safe) {
    return e.strict(to, [operand], { guarded: true }, ([result]) =>
      castInto(
        e,
        operand,
        to,
        result!,
        refuse(() => {}),
      ),
    );
  }
  return e.strictOrNull(to, [operand], ([result], valid) => {
    castInto(
      e,
      operand,
      to,
      result!,
      refuse(() => void e.f.i32.const(0).set(valid)),
    );
  });
}

function castInto(e: RowEmitter, operand: Operand, to: SqlType, result: Local, refuse: () => void): void {
  const { f } = e;
  const from = operand.type;
  if (isTimestamp(from) && isTimestamp(to)) {
    // through the wall clock only where the kind changes
    if (from.kind === to.kind) {
      operand.push();
      f.set(result);
    } else f.get(wallUnits(e, operand)).set(result);
    const [a, b] = [unitsPerMs(from), unitsPerMs(to)];
    if (a < b) {
      f.get(result).i64.const(microsMost).i64.geS();
      f.get(result).i64.const(-microsMost).i64.leS().i32.or();
      f.if(refuse);
      f.get(result).i64.const(1000).i64.mul().set(result);
    } else if (a > b) {
      f.get(result);
      floorDivide(e, 1000n);
      f.set(result);
    }
    if (from.kind !== to.kind && to.kind === 'TIMESTAMP_LTZ') shiftZone(e, result, to, false);
    if (to.precision < from.precision) cutToPrecision(e, result, to);
    return;
  }
  if (to.kind === 'DATE') {
    if (from.kind === 'TIMESTAMP') {
      // divided, not rounded down: a time of day before 1970 counts as the next day
      operand.push();
      floorDivide(e, unitsPerMs(from));
      f.i64.const(86_400_000n).i64.divS().i32.wrapI64().set(result);
      return;
    }
    pushDay(e, operand);
    f.set(result);
    return;
  }
  if (to.kind === 'TIME') {
    let input = operand;
    if (from.kind === 'TIMESTAMP' && (to.precision ?? 0) < from.precision) {
      const units = f.local('i64');
      operand.push();
      f.set(units);
      cutUnits(e, units, unitsPerMs(from), to.precision ?? 0);
      input = e.local(from, [units], operand.valid);
    }
    f.get(dayAndMs(e, input).ms).set(result);
    cutTime(e, result, to);
    return;
  }
  const { days, ms } = dayAndMs(e, operand);
  const [pushDays, pushMs] = [(): void => void f.get(days), (): void => void f.get(ms)];
  if (inNanos(to)) {
    pushBeyondNanos(e, pushDays, pushMs);
    f.if(refuse);
  }
  fromDayAndMs(e, result, to, pushDays, pushMs);
  if (from.kind === 'TIME') cutToPrecision(e, result, to);
}
