import { isTimestamp, type SqlType, timestampUnitsPerSecond } from '../../columnar/types.ts';
import { internalError } from '../../common/errors.ts';
import { zoneOffsets } from '../../functions/time-zone.ts';
import type { Local } from '../../wasm/encoder/index.ts';
import type { Operand } from '../operand.ts';
import type { RowEmitter } from '../row-emitter.ts';

export const msPerDay = 86_400_000n;

/** Units of a timestamp's i64 in a ms. */
export const unitsPerMs = (type: SqlType): bigint => {
  if (!isTimestamp(type)) throw internalError(`${type.kind} has no units`);
  return BigInt(timestampUnitsPerSecond(type.precision) / 1000);
};

/** Leaves floor(value / divisor) of the i64 on the stack. */
export function floorDivide(e: RowEmitter, divisor: bigint): void {
  const { f } = e;
  const value = f.local('i64');
  const quotient = f.local('i64');
  f.tee(value).i64.const(divisor).i64.divS().tee(quotient);
  f.get(value).get(quotient).i64.const(divisor).i64.mul().i64.ltS().i64.extendI32U().i64.sub();
  f.release(value, quotient);
}

/** Is local time UTC? */
export function localIsUtc(e: RowEmitter): boolean {
  const { offsets } = zoneOffsets(e.context.localTimeZone);
  return offsets.length === 1 && offsets[0] === 0;
}

/** Offset in the frame of the local zone's table, as kernels/sources/temporal.ts reads it. */
function zoneTable(e: RowEmitter): number {
  const { starts, offsets } = zoneOffsets(e.context.localTimeZone);
  const view = new DataView(new ArrayBuffer(8 + starts.length * 12));
  view.setUint32(0, starts.length, true);
  starts.forEach(
    (start, index) => void view.setBigInt64(8 + index * 8, Number.isFinite(start) ? BigInt(start) : -(1n << 63n), true),
  );
  offsets.forEach((offset, index) => void view.setInt32(8 + starts.length * 8 + index * 4, offset, true));
  return e.context.frame.bytes(new Uint8Array(view.buffer));
}

/** Moves the units in a local from UTC to the local wall clock, or back. */
export function shiftZone(e: RowEmitter, units: Local, type: SqlType, toLocal: boolean): void {
  if (localIsUtc(e)) return;
  const { f } = e;
  const perSecond = unitsPerMs(type) * 1000n;
  f.get(units);
  e.pushFrame(zoneTable(e));
  f.get(units);
  floorDivide(e, perSecond);
  f.call(e.context.kernel(toLocal ? 'zone_offset' : 'zone_offset_local', ['i32', 'i64'], ['i32']));
  f.i64.extendI32S().i64.const(perSecond).i64.mul();
  if (toLocal) f.i64.add();
  else f.i64.sub();
  f.set(units);
}

/** The units of a timestamp's wall clock: of TIMESTAMP_LTZ, in the local zone. */
export function wallUnits(e: RowEmitter, operand: Operand): Local {
  const units = e.f.local('i64');
  operand.push();
  e.f.set(units);
  if (operand.type.kind === 'TIMESTAMP_LTZ') shiftZone(e, units, operand.type, true);
  return units;
}

/** The wall clock's day and ms of the day, as i32. */
export function dayAndMs(e: RowEmitter, operand: Operand): { readonly days: Local; readonly ms: Local } {
  const { f } = e;
  const [days, ms] = [f.local('i32'), f.local('i32')];
  if (operand.type.kind === 'DATE') {
    operand.push();
    f.set(days).i32.const(0).set(ms);
  } else if (operand.type.kind === 'TIME') {
    f.i32.const(0).set(days);
    operand.push();
    f.set(ms);
  } else {
    const units = wallUnits(e, operand);
    const perMs = unitsPerMs(operand.type);
    f.get(units);
    floorDivide(e, perMs * msPerDay);
    f.i32.wrapI64().set(days);
    f.get(units)
      .get(days)
      .i64.extendI32S()
      .i64.const(perMs * msPerDay)
      .i64.mul()
      .i64.sub();
    f.i64.const(perMs).i64.divU().i32.wrapI64().set(ms);
    f.release(units);
  }
  return { days, ms };
}

/** Leaves the day, as i32. */
export function pushDay(e: RowEmitter, operand: Operand): void {
  const { f } = e;
  if (operand.type.kind === 'DATE') operand.push();
  else if (operand.type.kind === 'TIME') f.i32.const(0);
  else {
    const units = wallUnits(e, operand);
    f.get(units);
    floorDivide(e, unitsPerMs(operand.type) * msPerDay);
    f.i32.wrapI64();
    f.release(units);
  }
}

/** Leaves the nanoseconds below the ms, as i32. */
export function pushNanos(e: RowEmitter, operand: Operand): void {
  const { f } = e;
  if (!isTimestamp(operand.type)) {
    f.i32.const(0);
    return;
  }
  const perMs = unitsPerMs(operand.type);
  operand.push();
  operand.push();
  floorDivide(e, perMs);
  f.i64.const(perMs).i64.mul().i64.sub().i32.wrapI64();
  if (perMs === 1000n) f.i32.const(1000).i32.mul();
}

/** Sets a timestamp's units from a day (i32), and ms of the day (i32). */
export function fromDayAndMs(e: RowEmitter, units: Local, type: SqlType, days: () => void, ms: (() => void) | undefined): void {
  const { f } = e;
  const perMs = unitsPerMs(type);
  days();
  f.i64
    .extendI32S()
    .i64.const(perMs * msPerDay)
    .i64.mul();
  if (ms !== undefined) {
    ms();
    f.i64.extendI32S().i64.const(perMs).i64.mul().i64.add();
  }
  f.set(units);
  if (type.kind === 'TIMESTAMP_LTZ') shiftZone(e, units, type, false);
}
