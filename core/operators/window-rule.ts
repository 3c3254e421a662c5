import { isTimestamp, type SqlType, timestampUnitsPerSecond } from '../columnar/types.ts';
import { TidemillError } from '../common/errors.ts';
import { offsetSeconds, offsetSecondsOfLocal, type ZoneOffsets, zoneOffsets } from '../functions/time-zone.ts';
import type { AlignedWindow } from '../plan/nodes.ts';

/** Panes of rows that came late for some windows but not for all are told apart by this fraction of a millisecond in their slice's name. */
const paneFractions = 2048;

/**
 * Arithmetic of windows over slices, in milliseconds of local time (UTC, but for TIMESTAMP_LTZ). A slice is named by its end; every window is a
 * run of slices. Source: Flink's SliceAssigners.
 */
export class WindowRule {
  readonly kind: AlignedWindow['kind'];
  /** Length of a slice: size, slide or step. */
  readonly intervalMs: number;
  readonly sizeMs: number;
  readonly offsetMs: number;
  /** Windows a slice belongs to at most. */
  readonly ratio: number;
  /** Rows carry their window: every window is a slice of its own. */
  readonly attached: boolean;
  readonly #zone: ZoneOffsets | undefined;

  constructor(window: AlignedWindow, options: { readonly attached: boolean; readonly localTimeZone: string | undefined }) {
    this.kind = window.kind;
    this.sizeMs = window.sizeMs;
    this.offsetMs = window.offsetMs;
    this.attached = options.attached;
    this.intervalMs = window.kind === 'tumble' ? window.sizeMs : window.kind === 'hop' ? window.slideMs : window.stepMs;
    if (this.intervalMs <= 0 || this.sizeMs % this.intervalMs !== 0) {
      throw new TidemillError('wrong-window', `the size of a ${window.kind.toUpperCase()} window is no multiple of its step`, {
        hint: 'Choose a size that is a whole number of slides or steps.',
      });
    }
    this.ratio = options.attached ? 1 : this.sizeMs / this.intervalMs;
    const zone = options.localTimeZone === undefined ? undefined : zoneOffsets(options.localTimeZone);
    this.#zone = zone?.offsets.some(offset => offset !== 0) ? zone : undefined;
  }

  /** Panes are merged when a window fires: HOP, but not over rows that carry their window. */
  get sharesPanes(): boolean {
    return this.kind === 'hop' && !this.attached && this.ratio > 1;
  }
  /** Slices are added to one growing table per largest window: CUMULATE, but not over rows that carry their window. */
  get accumulates(): boolean {
    return this.kind === 'cumulate' && !this.attached && this.ratio > 1;
  }

  /** End of the slice a local time lies in. */
  sliceEnd(localMs: number): number {
    return floorTo(localMs, this.intervalMs, this.offsetMs) + this.intervalMs;
  }

  /** End of the last window that a slice, or pane, belongs to. */
  lastWindowEnd(pane: number): number {
    if (this.sharesPanes) return Math.floor(pane) + this.sizeMs - this.intervalMs;
    if (this.accumulates) return this.largestEnd(pane);
    return pane;
  }

  /** End of the largest CUMULATE window around a slice. */
  largestEnd(sliceEnd: number): number {
    return floorTo(sliceEnd - 1, this.sizeMs, this.offsetMs) + this.sizeMs;
  }

  windowStart(windowEnd: number): number {
    return this.kind === 'cumulate' ? floorTo(windowEnd - 1, this.sizeMs, this.offsetMs) : windowEnd - this.sizeMs;
  }

  /** The name of a slice's rows that only take part in windows from `skipped` windows on. */
  pane(sliceEnd: number, skipped: number): number {
    return this.ratio > paneFractions ? sliceEnd : sliceEnd + skipped / paneFractions;
  }

  /** The first window end a pane takes part in. */
  firstWindowEnd(pane: number): number {
    const slice = Math.floor(pane);
    return slice + (pane - slice) * paneFractions * this.intervalMs;
  }

  /** A watermark that the first windows of a pane are behind and its others are not; undefined when it takes part in all. */
  missedWatermarkMs(pane: number): number | undefined {
    return pane === Math.floor(pane) ? undefined : this.toUtcMs(this.firstWindowEnd(pane) - this.intervalMs) - 1;
  }

  toLocalMs(utcMs: number): number {
    return this.#zone === undefined ? utcMs : utcMs + offsetSeconds(this.#zone, utcMs / 1000) * 1000;
  }
  toUtcMs(localMs: number): number {
    if (this.#zone === undefined || !Number.isFinite(localMs)) return localMs;
    return localMs - offsetSecondsOfLocal(this.#zone, localMs / 1000) * 1000;
  }

  /** What is to be added to all times of a span to make them local; undefined when that changes within it. */
  constantShiftMs(fromUtcMs: number, toUtcMs: number): number | undefined {
    if (this.#zone === undefined) return 0;
    const [from, to] = [fromUtcMs / 1000, toUtcMs / 1000];
    if (this.#zone.starts.some(start => start > from && start <= to)) return undefined;
    return offsetSeconds(this.#zone, from) * 1000;
  }

  /** All windows that end up to this local time have fired at a watermark. */
  firedUntil(watermarkMs: number): number {
    if (!Number.isFinite(watermarkMs)) return watermarkMs;
    let end = floorTo(this.toLocalMs(watermarkMs + 1), this.intervalMs, this.offsetMs);
    while (this.toUtcMs(end) - 1 > watermarkMs) end -= this.intervalMs;
    return end;
  }

  isFired(windowEnd: number, watermarkMs: number): boolean {
    return this.toUtcMs(windowEnd) - 1 <= watermarkMs;
  }
}

function floorTo(value: number, step: number, offset: number): number {
  return Math.floor((value - offset) / step) * step + offset;
}

/** i64 units per millisecond of a timestamp column. */
export function unitsPerMs(type: SqlType): number {
  return isTimestamp(type) ? timestampUnitsPerSecond(type.precision) / 1000 : 1000;
}
