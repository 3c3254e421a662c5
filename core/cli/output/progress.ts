import { limits } from '../../common/limits.ts';
import type { JobProgress } from '../../session/contract.ts';

export type ProgressKind = 'auto' | 'plain' | 'none';

const tickMs = 250;

/** A line on standard error while a job runs: rows so far, rows a second, watermark, late rows. On a terminal it redraws itself. */
export class Progress {
  readonly #read: () => JobProgress | undefined;
  readonly #live: boolean;
  readonly #startedMs = performance.now();
  readonly #timer: NodeJS.Timeout | undefined;
  #shown = false;

  constructor(kind: ProgressKind, read: () => JobProgress | undefined) {
    this.#read = read;
    this.#live = kind === 'auto' && process.stderr.isTTY === true;
    if (kind === 'none' || (kind === 'auto' && !this.#live)) return;
    this.#timer = setInterval(() => this.#tick(), this.#live ? tickMs : limits.silentMs);
    this.#timer.unref();
  }

  /** Clears the line and lets something else be written. */
  async around(write: () => Promise<void> | void): Promise<void> {
    this.#clear();
    await write();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#clear();
  }

  #tick(): void {
    const progress = this.#read();
    if (progress === undefined) return;
    const seconds = (performance.now() - this.#startedMs) / 1000;
    const parts = [
      `${progress.rowsRead.toLocaleString('en')} rows read`,
      `${Math.round(progress.rowsRead / seconds).toLocaleString('en')}/s`,
    ];
    if (progress.watermarkMs !== undefined && Number.isFinite(progress.watermarkMs))
      parts.push(`watermark ${new Date(progress.watermarkMs).toISOString().replace('T', ' ').replace(/Z$/, '')}`);
    if (progress.lateRows > 0) parts.push(`${progress.lateRows.toLocaleString('en')} late`);
    if (progress.badRecords > 0) parts.push(`${progress.badRecords.toLocaleString('en')} bad records`);
    if (progress.errorRows > 0) parts.push(`${progress.errorRows.toLocaleString('en')} without a function's result`);
    const line = parts.join(' · ');
    if (this.#live) {
      process.stderr.write(`\r\u001b[2K${line.slice(0, (process.stderr.columns ?? 80) - 1)}`);
      this.#shown = true;
    } else process.stderr.write(`${line}\n`);
  }

  #clear(): void {
    if (this.#shown) process.stderr.write('\r\u001b[2K');
    this.#shown = false;
  }
}
