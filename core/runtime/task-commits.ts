import { internalError } from '../common/errors.ts';
import { type Faults, noFaults } from '../common/faults.ts';
import type { CommitHandle, SinkWriter } from '../connectors/contract.ts';
import type { SinkCommits } from '../operators/contract.ts';
import { finalCheckpointId } from '../operators/sink.ts';
import type { PreparedHandle } from './snapshot.ts';

interface Prepared {
  readonly operatorId: string;
  readonly checkpointId: number;
  readonly writer: SinkWriter;
  readonly handle: Promise<CommitHandle | undefined>;
}

export interface CommitEvents {
  /** Every sink of the task has prepared its last part and waits for the checkpoint that has it. */
  finishing(handles: readonly PreparedHandle[]): void;
  failed(error: unknown): void;
  wake(): void;
}

/**
 * The second phase of a task's sinks, in a job that makes checkpoints: what was prepared at a barrier is committed, in order, once the checkpoint
 * stands, and the last part with the checkpoint that has the task's end.
 */
export class TaskCommits {
  readonly #events: CommitEvents;
  readonly #faults: Faults;
  readonly #prepared: Prepared[] = [];
  #committing: Promise<void> = Promise.resolve();
  #finish: 'no' | 'preparing' | 'done' = 'no';

  constructor(events: CommitEvents, faults: Faults = noFaults) {
    this.#events = events;
    this.#faults = faults;
  }

  /** What an operator sees of it. */
  of(operatorId: string): SinkCommits {
    return {
      prepare: (writer, checkpointId) => {
        const handle = writer.prepare(checkpointId);
        // who waits for it sees the error
        handle.catch(() => undefined);
        this.#prepared.push({ operatorId, checkpointId, writer, handle });
      },
      finish: writer => {
        if (this.#finish === 'done') return 'done';
        if (this.#finish === 'no') {
          this.#finish = 'preparing';
          this.of(operatorId).prepare(writer, finalCheckpointId);
          this.handles().then(
            handles => this.#events.finishing(handles),
            (error: unknown) => this.#events.failed(error),
          );
        }
        return 'blocked';
      },
    };
  }

  /** Of all that is prepared and not committed. */
  async handles(): Promise<PreparedHandle[]> {
    const found: PreparedHandle[] = [];
    for (const { operatorId, handle } of [...this.#prepared]) {
      const value = await handle;
      if (value !== undefined) found.push({ operatorId, handle: value });
    }
    return found;
  }

  /** A checkpoint stands. `final`: it has the task's end. A part is in every checkpoint until its commit is done, for it may fail half way. */
  completed(checkpointId: number, final: boolean): void {
    this.#committing = this.#committing.then(async () => {
      const due = this.#prepared.filter(each => final || each.checkpointId <= checkpointId);
      for (const each of due) {
        const forget = (): void => void this.#prepared.splice(this.#prepared.indexOf(each), 1);
        if (this.#faults.handleForgottenBeforeCommit) forget();
        const value = await each.handle;
        if (value !== undefined) await each.writer.commit(value);
        if (!this.#faults.handleForgottenBeforeCommit) forget();
      }
      if (!final || this.#finish === 'done') return;
      if (this.#finish === 'no') throw internalError('the end of a task was committed before it had come');
      await Promise.all([...new Set(due.map(each => each.writer))].map(writer => writer.close()));
      this.#finish = 'done';
      this.#events.wake();
    });
    this.#committing.catch((error: unknown) => this.#events.failed(error));
  }
}
