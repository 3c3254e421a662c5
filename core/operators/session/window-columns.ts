import type { Column } from '../../columnar/batch.ts';
import { isTimestamp, type Schema, type SqlType, timestampUnitsPerSecond } from '../../columnar/types.ts';
import { notSupported } from '../../common/errors.ts';
import { offsetSeconds, type ZoneOffsets, zoneOffsets } from '../../functions/time-zone.ts';
import type { OperatorTask } from '../contract.ts';

/** How the bounds of sessions are shown: those over TIMESTAMP_LTZ begin and end in the session's time zone. */
export class SessionBounds {
  readonly #zone: ZoneOffsets | undefined;
  readonly #task: OperatorTask;

  /** @throws TidemillError `not-supported` for times of more than 6 digits. */
  constructor(schema: Schema, timeColumn: number, task: OperatorTask) {
    const { type } = schema[timeColumn]!;
    if (!isTimestamp(type) || timestampUnitsPerSecond(type.precision) !== 1_000_000)
      throw notSupported('windows over timestamps of more than 6 digits');
    this.#zone = type.kind === 'TIMESTAMP_LTZ' ? zoneOffsets(task.localTimeZone) : undefined;
    this.#task = task;
  }

  /** A bound as it is shown. */
  localMs(epochMs: number): number {
    return this.#zone === undefined ? epochMs : epochMs + 1000 * offsetSeconds(this.#zone, Math.floor(epochMs / 1000));
  }

  /** window_start or window_end of rows, from the bounds by row. */
  bounds(count: number, type: SqlType, boundMs: (row: number) => number): Column {
    return this.#column(count, type, row => this.localMs(boundMs(row)));
  }

  /** window_time, which is an instant: the last millisecond before the end. */
  times(count: number, type: SqlType, endMs: (row: number) => number): Column {
    return this.#column(count, type, row => endMs(row) - 1);
  }

  #column(count: number, type: SqlType, milliseconds: (row: number) => number): Column {
    const { memory } = this.#task;
    const data = memory.arena.allocate(8 * count);
    const { u32, i32 } = memory;
    for (let row = 0; row < count; row++) {
      const micros = milliseconds(row) * 1000;
      const high = Math.floor(micros / 4294967296);
      u32[(data >>> 2) + 2 * row] = micros - high * 4294967296;
      i32[(data >>> 2) + 2 * row + 1] = high;
    }
    return { type, validity: 0, data };
  }
}
