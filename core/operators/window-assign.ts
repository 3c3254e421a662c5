import type { Column } from '../columnar/batch.ts';
import { limits } from '../common/limits.ts';
import type { OperatorTask } from './contract.ts';
import { unitsPerMs, type WindowRule } from './window-rule.ts';

/** A batch's rows by pane: `order` (0: all rows, one pane) holds row numbers, `panes[i]` those from `offsets[i]` to `offsets[i + 1]`. */
export interface PaneAssignment {
  readonly order: number;
  readonly panes: readonly { readonly name: number; readonly from: number; readonly to: number }[];
  readonly lateRows: number;
}

interface AssignInput {
  readonly count: number;
  /** Times, or window ends of rows that carry their window. */
  readonly times: Column;
  /** Watermark before each row in the column's units, or 0. */
  readonly watermarkBefore: number;
  readonly watermarkMs: number;
}

/** Assigns rows to slices by their time; rows of fired slices to panes, or to none when they are late. Rows without a time are left out. */
export function assignPanes(task: OperatorTask, rule: WindowRule, input: AssignInput): PaneAssignment {
  const { memory, kernels } = task;
  const { count, times } = input;
  const bounds = memory.arena.allocate(16);
  const present = kernels.time_bounds(count, times.data, times.validity, bounds);
  if (present === 0) return { order: 0, panes: [], lateRows: 0 };
  const units = unitsPerMs(times.type);
  const intervalUnits = rule.intervalMs * units;
  const [leastMs, greatestMs] = [0, 1].map(index => floorMs(memory.i64[(bounds >> 3) + index]!, units)) as [number, number];
  const shift = rule.attached ? 0 : rule.constantShiftMs(leastMs - 2 * rule.sizeMs, greatestMs + 2 * rule.sizeMs);
  // an attached window's end stands for the last moment before it
  const localMs = (utcMs: number): number => utcMs + shift! - (rule.attached ? 1 : 0);
  const firstEnd = shift === undefined ? 0 : rule.sliceEnd(localMs(leastMs));
  const lastEnd = shift === undefined ? 0 : rule.sliceEnd(localMs(greatestMs));
  const slices = (lastEnd - firstEnd) / rule.intervalMs + 1;
  if (shift === undefined || slices > limits.slicesPerBatchMax) return assignRowByRow(task, rule, input, units);

  const mayBeLate = input.watermarkBefore !== 0 || rule.isFired(firstEnd, input.watermarkMs);
  if (slices === 1 && present === count && !mayBeLate)
    return { order: 0, panes: [{ name: firstEnd, from: 0, to: count }], lateRows: 0 };
  const ordinals = memory.arena.allocate(4 * count);
  const startUnits = BigInt((firstEnd - rule.intervalMs - shift) * 1000) * BigInt(units / 1000) + (rule.attached ? 1n : 0n);
  kernels.slice_ordinals(count, times.data, startUnits, BigInt(intervalUnits), ordinals);
  if (times.validity !== 0) kernels.skip_nulls(count, times.validity, ordinals);
  const ratio = rule.ratio;
  const cumulate = rule.accumulates;
  let lateRows = 0;
  if (mayBeLate) {
    const phase = cumulate ? (firstEnd - rule.windowStart(firstEnd)) / rule.intervalMs - 1 : 0;
    lateRows = kernels.place_late(
      count,
      ordinals,
      slices,
      startUnits - (rule.attached ? 1n : 0n) + BigInt(intervalUnits),
      BigInt(intervalUnits),
      ratio,
      cumulate ? 1 : 0,
      phase,
      BigInt(units),
      input.watermarkBefore,
      watermarkUnits(input.watermarkMs, units),
    );
  }
  const parts = mayBeLate ? (cumulate ? slices + ratio : slices * ratio) : slices;
  const offsets = memory.arena.allocate(4 * (parts + 1));
  const order = memory.arena.allocate(4 * count);
  kernels.partition_by_ordinal(0, count, 0, ordinals, parts, offsets, order);
  const panes: { name: number; from: number; to: number }[] = [];
  const words = memory.u32;
  for (let part = 0; part < parts; part++) {
    const from = words[(offsets >> 2) + part]!;
    const to = words[(offsets >> 2) + part + 1]!;
    if (from === to) continue;
    const name = cumulate
      ? firstEnd + part * rule.intervalMs
      : rule.pane(firstEnd + (part % slices) * rule.intervalMs, Math.floor(part / slices));
    panes.push({ name, from, to });
  }
  return { order, panes, lateRows };
}

/** Milliseconds of an i64 time, exactly. */
function floorMs(time: bigint, units: number): number {
  const whole = time / BigInt(units);
  return Number(time < 0n && whole * BigInt(units) !== time ? whole - 1n : whole);
}

function watermarkUnits(watermarkMs: number, units: number): bigint {
  if (watermarkMs === Number.NEGATIVE_INFINITY) return -(1n << 62n);
  if (watermarkMs === Number.POSITIVE_INFINITY) return 1n << 62n;
  return BigInt(Math.floor(watermarkMs)) * BigInt(units);
}

/** The slow way, for times far apart or around a change of the local time's offset. */
function assignRowByRow(task: OperatorTask, rule: WindowRule, input: AssignInput, units: number): PaneAssignment {
  const { memory } = task;
  const { count, times } = input;
  const ordinals = memory.arena.allocate(4 * count);
  const names: number[] = [];
  const known = new Map<number, number>();
  const none = 0xffff_ffff;
  let lateRows = 0;
  for (let row = 0; row < count; row++) {
    let name: number | undefined;
    if (times.validity === 0 || (memory.u8[times.validity + (row >> 3)]! >> (row & 7)) & 1) {
      const ms = floorMs(memory.i64[(times.data >> 3) + row]!, units);
      const before =
        input.watermarkBefore === 0
          ? input.watermarkMs
          : Math.max(input.watermarkMs, floorMs(memory.i64[(input.watermarkBefore >> 3) + row]!, units));
      name = paneOf(rule, rule.attached ? ms : rule.sliceEnd(rule.toLocalMs(ms)), before);
      if (name === undefined) lateRows++;
    }
    let ordinal = name === undefined ? none : known.get(name);
    if (ordinal === undefined) known.set(name!, (ordinal = names.push(name!) - 1));
    memory.u32[(ordinals >> 2) + row] = ordinal;
  }
  const offsets = memory.arena.allocate(4 * (names.length + 1));
  const order = memory.arena.allocate(4 * count);
  task.kernels.partition_by_ordinal(0, count, 0, ordinals, names.length, offsets, order);
  const words = memory.u32;
  const panes = names.map((name, index) => ({
    name,
    from: words[(offsets >> 2) + index]!,
    to: words[(offsets >> 2) + index + 1]!,
  }));
  return { order, panes, lateRows };
}

function paneOf(rule: WindowRule, sliceEnd: number, watermarkMs: number): number | undefined {
  let end = sliceEnd;
  let skipped = 0;
  for (const last = rule.lastWindowEnd(sliceEnd); rule.isFired(end, watermarkMs); end += rule.intervalMs, skipped++)
    if (end >= last) return undefined;
  return rule.accumulates ? end : rule.pane(sliceEnd, skipped);
}
