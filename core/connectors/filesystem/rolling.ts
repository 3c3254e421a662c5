import { type Options, optionOf } from '../options.ts';

/** What a policy looks at. */
export interface RolledPart {
  readonly sizeBytes: number;
  readonly openedMs: number;
  readonly writtenMs: number;
}

/**
 * When a part is finished and the next one begun, besides at checkpoints: Flink's `sink.rolling-policy.*`, whose defaults are 128 MB and 30
 * minutes. Time is looked at when rows come, and not more often than `check-interval` says: a part nobody writes to is finished by the next
 * checkpoint. Source: Flink docs, "FileSystem SQL Connector", Rolling Policy.
 */
export class RollingPolicy {
  readonly sizeBytes: number;
  readonly #rolloverMs: number;
  readonly #inactivityMs: number;
  readonly #checkMs: number;
  #checkedMs = Number.NEGATIVE_INFINITY;

  constructor(options: Options) {
    this.sizeBytes = Math.max(1, optionOf.memoryBytes(options, 'sink.rolling-policy.file-size', 128 << 20));
    this.#rolloverMs = optionOf.durationMs(options, 'sink.rolling-policy.rollover-interval', 30 * 60_000);
    this.#inactivityMs = optionOf.durationMs(options, 'sink.rolling-policy.inactivity-interval', 30 * 60_000);
    this.#checkMs = optionOf.durationMs(options, 'sink.rolling-policy.check-interval', 60_000);
  }

  /** Whether it is time to ask {@link old} of all parts. */
  looks(nowMs: number): boolean {
    if (nowMs - this.#checkedMs < this.#checkMs) return false;
    this.#checkedMs = nowMs;
    return true;
  }

  old(part: RolledPart, nowMs: number): boolean {
    return nowMs - part.openedMs >= this.#rolloverMs || nowMs - part.writtenMs >= this.#inactivityMs;
  }
}
