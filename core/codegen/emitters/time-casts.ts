import { isTimestamp, type SqlType } from '../../columnar/types.ts';
import type { Operand } from '../operand.ts';
import type { RowEmitter } from '../row-emitter.ts';
import { dayAndMs, floorDivide, fromDayAndMs, pushDay, shiftZone, unitsPerMs, wallUnits } from './clock.ts';
import { cutToPrecision } from './text-casts.ts';

/** Between DATE, TIME, TIMESTAMP and TIMESTAMP_LTZ; wall clocks are those of the local time zone. */
export function castTime(e: RowEmitter, operand: Operand, to: SqlType): Operand {
  const { f } = e;
  const from = operand.type;
  return e.strict(to, [operand], { guarded: false }, ([result]) => {
    if (isTimestamp(from) && isTimestamp(to)) {
      // through the wall clock only where the kind changes
      if (from.kind === to.kind) {
        operand.push();
        f.set(result!);
      } else f.get(wallUnits(e, operand)).set(result!);
      const [a, b] = [unitsPerMs(from), unitsPerMs(to)];
      if (a !== b) {
        f.get(result!);
        if (a < b) f.i64.const(1000).i64.mul();
        else floorDivide(e, 1000n);
        f.set(result!);
      }
      if (to.precision < from.precision) cutToPrecision(e, result!, to);
      if (from.kind !== to.kind && to.kind === 'TIMESTAMP_LTZ') shiftZone(e, result!, to, false);
      return;
    }
    if (to.kind === 'DATE') {
      pushDay(e, operand);
      f.set(result!);
      return;
    }
    const { days, ms } = dayAndMs(e, operand);
    if (to.kind === 'TIME') f.get(ms).set(result!);
    else
      fromDayAndMs(
        e,
        result!,
        to,
        () => void f.get(days),
        () => void f.get(ms),
      );
  });
}
