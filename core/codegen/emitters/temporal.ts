import { isTimestamp, type SqlType, types } from '../../columnar/types.ts';
import { parsePattern } from '../../functions/datetime-format.ts';
import type { Call, Expression } from '../../plan/expressions.ts';
import type { Local } from '../../wasm/encoder/index.ts';
import { frameHead } from '../frame.ts';
import type { Operand } from '../operand.ts';
import type { Emitter, RowEmitter } from '../row-emitter.ts';
import { dayAndMs, floorDivide, fromDayAndMs, msPerDay, pushNanos, shiftZone, unitsPerMs, wallUnits } from './clock.ts';
import { literalText, viewSlot } from './strings.ts';

/** As kernels/sources/temporal.ts numbers them. */
const dateParts: Readonly<Record<string, number>> = {
  YEAR: 0,
  QUARTER: 1,
  MONTH: 2,
  WEEK: 3,
  DAY: 4,
  DOY: 5,
  DOW: 6,
  ISODOW: 7,
  ISOYEAR: 8,
  DECADE: 9,
  CENTURY: 10,
  MILLENNIUM: 11,
};
const clockUnits: Readonly<Record<string, bigint>> = { HOUR: 3_600_000n, MINUTE: 60_000n, SECOND: 1000n, MILLISECOND: 1n };
const unitMs: Readonly<Record<string, bigint>> = { ...clockUnits, DAY: msPerDay, WEEK: 7n * msPerDay };
const unitMonths: Readonly<Record<string, number>> = {
  MONTH: 1,
  QUARTER: 3,
  YEAR: 12,
  DECADE: 120,
  CENTURY: 1200,
  MILLENNIUM: 12_000,
};

const unitOf = (call: Call, index: number): string => (literalText(call.arguments[index]) ?? '').toUpperCase();

/** Day and ms of it as Flink divides them here: towards 1970. Of a DATE's time of day, the day number is the ms. */
function dividedDayAndMs(
  e: RowEmitter,
  operand: Operand,
  clockUnit: string | undefined,
): { readonly days: Local; readonly ms: Local } {
  const { f } = e;
  if (operand.type.kind === 'DATE' && clockUnit !== undefined && clockUnit !== 'EPOCH') {
    const [days, ms] = [f.local('i32'), f.local('i32')];
    operand.push();
    f.set(ms).i32.const(0).set(days);
    return { days, ms };
  }
  const clock = dayAndMs(e, operand);
  if (isTimestamp(operand.type)) {
    f.get(clock.days).i32.const(0).i32.ltS().get(clock.ms).i32.const(0).i32.gtS().i32.and();
    f.if(() => {
      f.get(clock.days).i32.const(1).i32.add().set(clock.days);
      f.get(clock.ms).i32.const(Number(msPerDay)).i32.sub().set(clock.ms);
    });
  }
  return clock;
}

const extract: Emitter = (e, call) => {
  const { f } = e;
  const operand = e.emit(call.arguments[1]!);
  const unit = unitOf(call, 0);
  return e.strict(call.type, [operand], { guarded: false }, ([result]) => {
    const part = dateParts[unit];
    const { days, ms } = dividedDayAndMs(e, operand, part === undefined ? unit : undefined);
    if (unit === 'EPOCH') {
      f.get(days).i64.extendI32S().i64.const(86_400).i64.mul();
      f.get(ms).i32.const(1000).i32.divS().i64.extendI32S().i64.add();
    } else if (part !== undefined) {
      f.get(days)
        .i32.const(part)
        .call(e.context.kernel('date_part', ['i32', 'i32'], ['i32']))
        .i64.extendI32S();
    } else {
      f.get(ms);
      switch (unit) {
        case 'HOUR':
          f.i32.const(3_600_000).i32.divS();
          break;
        case 'MINUTE':
          f.i32.const(60_000).i32.divS().i32.const(60).i32.remS();
          break;
        case 'SECOND':
          f.i32.const(1000).i32.divS().i32.const(60).i32.remS();
          break;
        default:
          f.i32.const(1000).i32.remS();
      }
      f.i64.extendI32S();
      if (unit === 'MICROSECOND' || unit === 'NANOSECOND') {
        const nanos = unit === 'NANOSECOND';
        f.i64.const(nanos ? 1_000_000 : 1000).i64.mul();
        pushNanos(e, operand);
        if (!nanos) f.i32.const(1000).i32.divU();
        f.i64.extendI32S().i64.add();
      }
    }
    f.set(result!);
  });
};

const isLiteral = (expression: Expression, values: readonly number[]): boolean =>
  expression.kind === 'literal' && typeof expression.value === 'number' && values.includes(expression.value);

/** FLOOR and CEIL TO a unit. */
function roundTo(up: boolean): Emitter {
  return (e, call) => {
    const { f } = e;
    const operand = e.emit(call.arguments[0]!);
    const unit = unitOf(call, 1);
    const { type } = operand;
    return e.strict(call.type, [operand], { guarded: false }, ([result]) => {
      const size = clockUnits[unit];
      if (type.kind === 'DATE') {
        operand.push();
        if (size === undefined) {
          f.i32
            .const(dateParts[unit]!)
            .i32.const(up ? 1 : 0)
            .i32.const(0);
          f.call(e.context.kernel('date_round', ['i32', 'i32', 'i32', 'i32'], ['i32']));
        }
        f.set(result!);
        return;
      }
      const units = wallUnits(e, operand);
      if (size !== undefined) {
        const step = size * unitsPerMs(type);
        if (up) f.i64.const(0);
        if (up) f.i64.const(0);
        f.get(units);
        if (up) f.i64.sub();
        floorDivide(e, step);
        f.i64.const(step).i64.mul();
        if (up) f.i64.sub();
        f.set(result!);
        if (type.kind === 'TIMESTAMP_LTZ') shiftZone(e, result!, type, false);
        return;
      }
      const perDay = unitsPerMs(type) * msPerDay;
      const days = f.local('i32');
      f.get(units);
      floorDivide(e, perDay);
      f.i32.wrapI64().set(days);
      // as Flink, which cuts milliseconds off towards 1970
      if (unit !== 'DAY') {
        f.get(days).i32.const(0).i32.ltS();
        f.get(units).get(days).i64.extendI32S().i64.const(perDay).i64.mul().i64.sub().i64.const(unitsPerMs(type)).i64.geS();
        f.i32.and().get(days).i32.add().set(days);
      }
      fromDayAndMs(
        e,
        result!,
        type,
        () => {
          f.get(days)
            .i32.const(dateParts[unit]!)
            .i32.const(up ? 1 : 0);
          // as Flink, which looks at the date alone for units longer than a day
          if (unit === 'DAY') f.get(units).get(days).i64.extendI32S().i64.const(perDay).i64.mul().i64.ne();
          else f.i32.const(0);
          f.call(e.context.kernel('date_round', ['i32', 'i32', 'i32', 'i32'], ['i32']));
        },
        undefined,
      );
    });
  };
}

/** A point in time plus or minus an interval; numbers and intervals go to `other`. */
export function movedTime(other: Emitter, subtract: boolean): Emitter {
  return (e, call) => {
    const [left, right] = call.arguments.map(argument => argument.type) as [SqlType, SqlType];
    if (!isTime(left) && !isTime(right)) return other(e, call);
    const operands = call.arguments.map(argument => e.emit(argument)) as [Operand, Operand];
    const [time, interval] = isTime(left) ? operands : [operands[1], operands[0]];
    return e.strict(call.type, operands, { guarded: false }, ([result]) => moveTime(e, time, interval, subtract, result!));
  };
}

const isTime = (type: SqlType): boolean => type.kind === 'DATE' || type.kind === 'TIME' || isTimestamp(type);

function moveTime(e: RowEmitter, time: Operand, interval: Operand, subtract: boolean, result: Local): void {
  const { f } = e;
  const { type } = time;
  if (interval.type.kind === 'INTERVAL_YEAR_MONTH') {
    const addMonths = e.context.kernel('date_add_months', ['i32', 'i32'], ['i32']);
    const pushMonths = (): void => {
      if (subtract) f.i32.const(0);
      interval.push();
      if (subtract) f.i32.sub();
    };
    if (type.kind === 'TIME') time.push();
    else if (type.kind === 'DATE') {
      time.push();
      pushMonths();
      f.call(addMonths);
    } else {
      const perDay = unitsPerMs(type) * msPerDay;
      const days = f.local('i64');
      time.push();
      floorDivide(e, perDay);
      f.tee(days).i32.wrapI64();
      pushMonths();
      f.call(addMonths).i64.extendI32S().get(days).i64.sub().i64.const(perDay).i64.mul();
      time.push();
      f.i64.add();
      f.release(days);
    }
    f.set(result);
    return;
  }
  switch (type.kind) {
    case 'DATE':
      time.push();
      interval.push();
      f.i64.const(msPerDay).i64.divS().i32.wrapI64();
      if (subtract) f.i32.sub();
      else f.i32.add();
      break;
    case 'TIME':
      time.push();
      f.i64.extendI32S().i64.const(msPerDay).i64.add();
      interval.push();
      f.i64.const(msPerDay).i64.remS();
      if (subtract) f.i64.sub();
      else f.i64.add();
      f.i64.const(msPerDay).i64.remS().i32.wrapI64();
      break;
    default:
      time.push();
      interval.push();
      f.i64.const(unitsPerMs(type)).i64.mul();
      if (subtract) f.i64.sub();
      else f.i64.add();
  }
  f.set(result);
}

const timestampDiff: Emitter = (e, call) => {
  const { f } = e;
  const [from, to] = call.arguments.slice(1).map(argument => e.emit(argument)) as [Operand, Operand];
  const unit = unitOf(call, 0);
  return e.strict(call.type, [from, to], { guarded: false }, ([result]) => {
    const [a, b] = [dayAndMs(e, from), dayAndMs(e, to)];
    const size = unitMs[unit];
    if (size === undefined) {
      f.get(a.days).get(a.ms).get(b.days).get(b.ms);
      f.call(e.context.kernel('months_between', ['i32', 'i32', 'i32', 'i32'], ['i32']))
        .i32.const(unitMonths[unit]!)
        .i32.divS();
    } else {
      f.get(b.days).i64.extendI32S().get(a.days).i64.extendI32S().i64.sub().i64.const(msPerDay).i64.mul();
      f.get(b.ms).get(a.ms).i32.sub().i64.extendI32S().i64.add().i64.const(size).i64.divS().i32.wrapI64();
    }
    f.set(result!);
  });
};

const names = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
].concat(['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']);

/** DATE_FORMAT with a pattern that is known. */
const dateFormat: Emitter = (e, call) => {
  const { f } = e;
  const operand = e.emit(call.arguments[0]!);
  const pattern = literalText(call.arguments[1])!;
  const program = e.context.frame.bytes(patternProgram(pattern));
  return e.strict(call.type, [operand], { guarded: true }, ([result]) => {
    const out = viewSlot(e);
    const { days, ms } = dayAndMs(e, operand);
    const format = (): void => {
      f.get(days).get(ms);
      pushNanos(e, operand);
      e.pushFrame(program);
      e.pushFrame(e.context.frame.bytes(nameViews()));
      e.pushFrame(out);
      f.call(e.context.kernel('date_format', ['i32', 'i32', 'i32', 'i32', 'i32', 'i32']));
    };
    const step = finestMs(pattern);
    if (step === undefined) format();
    else {
      // rows next to each other are mostly in one day, hour, …: then the text is the one before; never a day of −2³¹
      const last = f.newLocal('i64');
      const key = f.local('i64');
      f.get(days)
        .i64.extendI32S()
        .i64.const(msPerDay / step)
        .i64.mul();
      f.get(ms).i64.extendI32S().i64.const(step).i64.divS().i64.add().i64.const(lastKeyOffset).i64.add().tee(key);
      f.get(last).i64.ne();
      f.if(() => {
        format();
        f.get(key).set(last);
      });
      f.release(key);
    }
    e.pushFrame(out);
    f.set(result!);
  });
};

/** No key is 0, which the local is at first. */
const lastKeyOffset = 1n << 50n;

/** The longest time over which a pattern's text stays the same; undefined when that is too short to matter. */
function finestMs(pattern: string): bigint | undefined {
  const letters = new Set(parsePattern(pattern).map(item => (item.kind === 'field' ? item.letter : '')));
  const has = (some: string): boolean => [...some].some(letter => letters.has(letter));
  if (has('SnA')) return undefined;
  if (has('s')) return 1000n;
  if (has('m')) return 60_000n;
  if (has('HhKka')) return 3_600_000n;
  return msPerDay;
}

/** Names as inline views, months first. */
function nameViews(): Uint8Array {
  const bytes = new Uint8Array(names.length * 16);
  for (const [index, name] of names.entries()) {
    bytes[index * 16] = name.length;
    bytes.set(new TextEncoder().encode(name), index * 16 + 4);
  }
  return bytes;
}

const letterOf: Readonly<Record<string, string>> = { u: 'y', L: 'M', q: 'Q', e: 'E' };

/** The operations of kernels/sources/temporal.ts, date_format. */
function patternProgram(pattern: string): Uint8Array {
  const bytes: number[] = [];
  const word = (value: number): void =>
    void bytes.push(value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >> 24) & 255);
  for (const item of parsePattern(pattern)) {
    if (item.kind === 'text') {
      const text = new TextEncoder().encode(item.text);
      word(1);
      word(text.length);
      bytes.push(...text, ...new Array<number>(-text.length & 3).fill(0));
    } else {
      word((letterOf[item.letter] ?? item.letter).charCodeAt(0));
      word(item.width);
    }
  }
  word(0);
  word(0);
  return Uint8Array.from(bytes);
}

const toTimestampLtz: Emitter = (e, call) => {
  const operand = e.emit(call.arguments[0]!);
  const precision = call.arguments[1];
  const seconds = precision?.kind === 'literal' && precision.value === 0;
  return e.strict(call.type, [operand], { guarded: false }, ([result]) => {
    operand.push();
    e.f.i64
      .const(seconds ? 1_000_000 : 1000)
      .i64.mul()
      .set(result!);
  });
};

/** TO_TIMESTAMP without a pattern: NULL for what is no timestamp. */
const toTimestamp: Emitter = (e, call) => {
  const { f } = e;
  const operand = e.emit(call.arguments[0]!);
  return e.strictOrNull(call.type, [operand], ([result], valid) => {
    const out = e.context.sharedSlot();
    operand.push();
    e.pushFrame(out);
    f.call(e.context.kernel('text_to_timestamp', ['i32', 'i32'], ['i32'])).set(valid);
    fromDayAndMs(
      e,
      result!,
      call.type,
      () => void f.get(e.frame).i32.load(out),
      () => void f.get(e.frame).i32.load(out + 4),
    );
  });
};

/** CURRENT_TIMESTAMP and PROCTIME(): what the run was told. */
const now: Emitter = (e, call) => {
  const result = e.f.local('i64');
  e.f.get(e.frame).f64.load(frameHead.epochMs).i64.truncSatF64S().i64.const(unitsPerMs(call.type)).i64.mul().set(result);
  return e.local(call.type, [result]);
};

export const temporalEmitters: Readonly<Record<string, Emitter>> = {
  extract,
  'floor-to': roundTo(false),
  'ceil-to': roundTo(true),
  'timestamp-diff': timestampDiff,
  'date-format': dateFormat,
  'to-timestamp-ltz': toTimestampLtz,
  'to-timestamp': toTimestamp,
  'current-timestamp': now,
  proctime: now,
};

/** Bytes a pattern can give at most. */
function formattedBytesMax(pattern: string | undefined): number {
  if (pattern === undefined) return Number.POSITIVE_INFINITY;
  const sizes = parsePattern(pattern).map(item => (item.kind === 'text' ? 4 * item.text.length : Math.max(11, item.width)));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Is everything literal that has to be, over types that are generated? The others go by their reference. */
export function temporalCallIsKnown(call: Call): boolean {
  const type = call.arguments[0]?.type ?? types.null;
  switch (call.name) {
    case 'extract': {
      const from = call.arguments[1]!.type;
      return literalText(call.arguments[0]) !== undefined && isTime(from);
    }
    case 'floor-to':
    case 'ceil-to':
      return literalText(call.arguments[1]) !== undefined && (type.kind === 'DATE' || isTimestamp(type));
    case 'timestamp-diff':
      return literalText(call.arguments[0]) !== undefined;
    case 'date-format':
      // the kernel's room for one text is small
      return formattedBytesMax(literalText(call.arguments[1])) <= 200 && isTime(type);
    case 'to-timestamp':
      return call.arguments.length === 1;
    case 'to-timestamp-ltz':
      // milliseconds and seconds; the rest goes by the reference
      return type.kind === 'BIGINT' && (call.arguments.length === 1 || isLiteral(call.arguments[1]!, [0, 3]));
    default:
      return true;
  }
}
