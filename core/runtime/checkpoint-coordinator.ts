import { TidemillError } from '../common/errors.ts';
import { type Faults, noFaults } from '../common/faults.ts';
import { limits } from '../common/limits.ts';
import type { TableSink } from '../plan/nodes.ts';
import type { JobGraph } from './job-graph.ts';
import type { ProgramDescription } from './program-description.ts';
import {
  finishedTask,
  type JobSnapshot,
  type PreparedHandle,
  type SnapshotTiming,
  type StoredImage,
  type TaskSnapshot,
} from './snapshot.ts';
import type { TaskMessage } from './task.ts';

/** Milliseconds that writing a task's file took. */
export interface TaskWrite {
  readonly stageId: string;
  readonly subtask: number;
  readonly writeMs: number;
}

/** Keeps checkpoints; what it has taken, it gives back after any crash. */
export interface SnapshotStore {
  /**
   * Settles when the snapshot stands: from then on it is what a restore starts from. Until then the bytes of its images are the store's to read; after it
   * their memory is used again. A store of files says how long each task's took.
   */
  take(snapshot: JobSnapshot): Promise<readonly TaskWrite[] | undefined>;
}

export interface CoordinatorWiring {
  readonly graph: JobGraph;
  readonly store: SnapshotStore;
  readonly firstId: number;
  readonly program: ProgramDescription;
  readonly known: () => JobSnapshot['known'];
  readonly post: (taskIndex: number, message: TaskMessage) => void;
  /** The job cannot go on without this checkpoint. */
  readonly failed: (error: unknown) => void;
  /** How many checkpoints in a row may fail before the job does; default 0, as Flink. */
  readonly tolerableFailures?: number | undefined;
  /** Tasks that read one side of a join first: until then a barrier could not pass the rows of the other that wait for them. */
  readonly building?: readonly number[] | undefined;
  readonly nowMs?: (() => number) | undefined;
  readonly faults?: Faults | undefined;
}

/** What came of a request for a checkpoint. */
export type CheckpointOutcome =
  | { readonly state: 'stands'; readonly checkpointId: number; readonly tookMs: number; readonly report: CheckpointReport }
  /** `because`: what is in its way. */
  | { readonly state: 'skipped'; readonly because: 'under way' | 'reading a join' | 'ended' }
  | { readonly state: 'failed'; readonly checkpointId: number; readonly error: unknown };

/** Where the time of a checkpoint went, in milliseconds. */
export interface CheckpointReport {
  /** Tasks that took part, the slowest first. */
  readonly tasks: readonly TaskReport[];
  /** After the last answer: writing files, then the manifest, and deleting what is not needed any more. */
  readonly storedMs: number;
}

export interface TaskReport {
  readonly stageId: string;
  readonly subtask: number;
  readonly operators: readonly string[];
  /** From the begin until the task had answered. */
  readonly answeredMs: number;
  readonly timing: SnapshotTiming | undefined;
  /** Of its file. */
  readonly writeMs: number | undefined;
}

/** `keep`: nothing is read after it. `drain`: the last watermark is sent before it too, so that windows fire. */
export type SuspendMode = 'keep' | 'drain';

interface Savepoint {
  readonly store: SnapshotStore;
  readonly suspend: SuspendMode | undefined;
  readonly resolve: (snapshot: JobSnapshot) => void;
  readonly reject: (error: unknown) => void;
}

interface UnderWay {
  readonly checkpointId: number;
  readonly startedMs: number;
  readonly known: JobSnapshot['known'];
  readonly snapshots: Map<number, TaskSnapshot>;
  readonly settle: (outcome: CheckpointOutcome) => void;
  readonly savepoint: Savepoint | undefined;
  /** When each task had answered, ms after the start. */
  readonly answeredMs: Map<number, number>;
  /** Nobody waits for it any more; the next one starts when its barriers are through. */
  expired: boolean;
}

/**
 * One checkpoint at a time: barriers go into the sources, snapshots of all tasks come back, the store takes them, and then the sinks may commit.
 * A task that has come to its end takes part with what its sinks prepared; when all have, a last checkpoint is made at once. Savepoints wait their
 * turn; they commit nothing, because a restore starts from checkpoints, and are no reason for a job to fail.
 */
export class CheckpointCoordinator {
  readonly #wiring: CoordinatorWiring;
  readonly #live: Set<number>;
  readonly #building: Set<number>;
  readonly #finishing = new Map<number, readonly PreparedHandle[]>();
  readonly #savepoints: Savepoint[] = [];
  #next: number;
  #underWay: UnderWay | undefined;
  #storing: Promise<void> | undefined;
  #suspended = false;
  #failures = 0;

  constructor(wiring: CoordinatorWiring) {
    this.#wiring = wiring;
    this.#next = wiring.firstId;
    this.#live = new Set(wiring.graph.tasks.map(task => task.index));
    this.#building = new Set(wiring.building);
  }

  /** Settles when the checkpoint stands and was made known; at once when one is under way or none can be made now. */
  checkpoint(): Promise<CheckpointOutcome> {
    const because = this.#hindrance();
    if (because !== undefined) return Promise.resolve({ state: 'skipped', because });
    return new Promise(resolve => this.#start(resolve, undefined));
  }

  /** Like a checkpoint into another store, as soon as one can be made. Rejects when it could not be kept, or the job ends before. */
  savepoint(store: SnapshotStore, suspend?: SuspendMode): Promise<JobSnapshot> {
    return new Promise((resolve, reject) => {
      this.#savepoints.push({ store, suspend, resolve, reject });
      this.#nextSavepoint();
    });
  }

  /** Gives up on the checkpoint under way, unless it is being stored or a savepoint; true when there was one. */
  expire(error: TidemillError): boolean {
    const underWay = this.#underWay;
    if (underWay === undefined || underWay.expired || underWay.savepoint !== undefined) return false;
    underWay.expired = true;
    const waits = this.missing().map(index => taskText(this.#wiring.graph.tasks[index]!));
    this.#notKept(underWay, waits.length === 0 ? error : withWaits(error, waits));
    return true;
  }

  /** Which tasks have not answered yet, for saying where the time goes. */
  missing(): readonly number[] {
    const underWay = this.#underWay;
    if (underWay === undefined) return [];
    return [...this.#live].filter(index => !underWay.snapshots.has(index) && !this.#finishing.has(index));
  }

  acknowledged(taskIndex: number, checkpointId: number, snapshot: TaskSnapshot): void {
    const underWay = this.#underWay;
    if (underWay?.checkpointId !== checkpointId) return;
    underWay.snapshots.set(taskIndex, snapshot);
    underWay.answeredMs.set(taskIndex, this.#nowMs() - underWay.startedMs);
    this.#check();
  }

  finishing(taskIndex: number, handles: readonly PreparedHandle[]): void {
    this.#finishing.set(taskIndex, handles);
    this.#check();
    this.#finishTogether();
  }

  /** A task has read what a join keeps: barriers can pass it. */
  built(taskIndex: number): void {
    this.#building.delete(taskIndex);
    this.#nextSavepoint();
    this.#finishTogether();
  }

  taskDone(taskIndex: number): void {
    this.#live.delete(taskIndex);
    this.#finishing.delete(taskIndex);
    this.#building.delete(taskIndex);
    this.#check();
    this.#nextSavepoint();
    this.#finishTogether();
  }

  /** Lets go of whoever waits. Resolves when nothing is being stored any more: whoever goes on from there finds files that stay as they are. */
  async close(): Promise<void> {
    const underWay = this.#underWay;
    this.#underWay = undefined;
    this.#live.clear();
    if (underWay?.savepoint !== undefined) this.#savepoints.unshift(underWay.savepoint);
    underWay?.settle({ state: 'skipped', because: 'ended' });
    for (const { reject } of this.#savepoints.splice(0)) reject(jobEnded());
    await this.#storing;
  }

  #hindrance(): Extract<CheckpointOutcome, { state: 'skipped' }>['because'] | undefined {
    if (this.#live.size === 0 || this.#suspended) return 'ended';
    if (this.#underWay !== undefined || this.#storing !== undefined) return 'under way';
    return this.#building.size > 0 ? 'reading a join' : undefined;
  }

  #nextSavepoint(): void {
    const [savepoint] = this.#savepoints;
    if (savepoint === undefined) return;
    const because = this.#hindrance();
    if (because === 'ended') for (const { reject } of this.#savepoints.splice(0)) reject(jobEnded());
    if (because !== undefined) return;
    this.#savepoints.shift();
    this.#suspended = savepoint.suspend !== undefined;
    this.#start(() => undefined, savepoint);
  }

  #start(settle: UnderWay['settle'], savepoint: Savepoint | undefined): void {
    const checkpointId = this.#next++;
    this.#underWay = {
      checkpointId,
      startedMs: this.#nowMs(),
      known: this.#wiring.known(),
      snapshots: new Map(),
      settle,
      savepoint,
      answeredMs: new Map(),
      expired: false,
    };
    for (const task of this.#wiring.graph.tasks) {
      if (task.splits.length > 0 && this.#live.has(task.index) && !this.#finishing.has(task.index))
        this.#wiring.post(task.index, { kind: 'barrier', barrier: { checkpointId }, suspend: savepoint?.suspend });
    }
    this.#check();
  }

  #finishTogether(): void {
    if (this.#live.size === 0 || this.#suspended || ![...this.#live].every(index => this.#finishing.has(index))) return;
    // the end cannot do without it
    void this.checkpoint().then(outcome => {
      if (outcome.state === 'failed') this.#wiring.failed(outcome.error);
    });
  }

  #check(): void {
    const underWay = this.#underWay;
    if (underWay === undefined || this.missing().length > 0) return;
    this.#underWay = undefined;
    if (underWay.expired) {
      this.#free();
      return;
    }
    const { snapshots, checkpointId, known, savepoint } = underWay;
    const faults = this.#wiring.faults ?? noFaults;
    // whoever reports its end from now on is in the next checkpoint
    const ending = new Map([...this.#finishing].filter(([index]) => !snapshots.has(index)));
    const tasks = this.#wiring.graph.tasks.map(({ index, stage, subtask }) => {
      const handles = ending.get(index);
      const left = handles === undefined || faults.endedTaskDropped ? finishedTask : { ...finishedTask, handles };
      const snapshot = snapshots.get(index) ?? left;
      return { stageId: stage.id, subtask, snapshot };
    });
    const snapshot: JobSnapshot = { checkpointId, program: this.#wiring.program, tasks, known };
    const stands = (): void => {
      for (const index of this.#live) this.#wiring.post(index, { kind: 'completed', checkpointId, final: ending.has(index) });
    };
    if (savepoint !== undefined) {
      this.#storing = savepoint.store.take(snapshot).then(
        () => {
          this.#storing = undefined;
          savepoint.resolve(snapshot);
          this.#free();
        },
        (error: unknown) => {
          this.#storing = undefined;
          savepoint.reject(error);
          // its sources stand still: there is no way back but a restart
          if (savepoint.suspend !== undefined) this.#wiring.failed(error);
          else this.#free();
        },
      );
      return;
    }
    if (faults.commitBeforeManifest) stands();
    this.#storing = this.#wiring.store.take(snapshot).then(
      writes => {
        this.#storing = undefined;
        this.#failures = 0;
        if (!faults.commitBeforeManifest) stands();
        const tookMs = this.#nowMs() - underWay.startedMs;
        underWay.settle({ state: 'stands', checkpointId, tookMs, report: this.#report(underWay, tookMs, writes ?? []) });
        this.#nextSavepoint();
        if ([...this.#live].some(index => !ending.has(index))) this.#finishTogether();
      },
      (error: unknown) => {
        this.#storing = undefined;
        this.#notKept(underWay, error);
        this.#free();
      },
    );
  }

  #report({ answeredMs, snapshots }: UnderWay, tookMs: number, writes: readonly TaskWrite[]): CheckpointReport {
    const tasks = [...answeredMs].map(([index, answered]): TaskReport => {
      const { stage, subtask } = this.#wiring.graph.tasks[index]!;
      const written = writes.find(each => each.stageId === stage.id && each.subtask === subtask);
      return {
        stageId: stage.id,
        subtask,
        operators: stage.operators.map(operator => operator.id),
        answeredMs: answered,
        timing: snapshots.get(index)?.timing,
        writeMs: written?.writeMs,
      };
    });
    tasks.sort((a, b) => b.answeredMs - a.answeredMs);
    return { tasks, storedMs: tookMs - (tasks[0]?.answeredMs ?? 0) };
  }

  #notKept(underWay: UnderWay, error: unknown): void {
    this.#failures++;
    const last = this.#failures > (this.#wiring.tolerableFailures ?? 0);
    underWay.settle({ state: 'failed', checkpointId: underWay.checkpointId, error });
    if (last) this.#wiring.failed(error);
  }

  /** The next may start. */
  #free(): void {
    this.#nextSavepoint();
    this.#finishTogether();
  }

  #nowMs(): number {
    return this.#wiring.nowMs?.() ?? 0;
  }
}

const taskText = ({ stage, subtask }: JobGraph['tasks'][number]): string =>
  `${stage.id} task ${subtask + 1} (${stage.operators.map(operator => operator.id).join(', ') || 'no operators'})`;

function withWaits(error: TidemillError, waits: readonly string[]): TidemillError {
  const shown = waits.slice(0, limits.errorsShownMax).join('; ');
  return new TidemillError(error.code, `${error.message}: no answer from ${shown}`, { domain: error.domain, hint: error.hint });
}

const jobEnded = (): TidemillError =>
  new TidemillError('no-savepoint', 'the job has ended before a savepoint could be made', { domain: 'external' });

/** The sinks whose prepared parts a snapshot holds, in no order: they are committed before anything runs. */
export function preparedSinks(
  snapshot: JobSnapshot<StoredImage>,
  sinkOf: (operatorId: string) => TableSink | undefined,
): { readonly sink: TableSink; readonly handle: PreparedHandle['handle'] }[] {
  return snapshot.tasks.flatMap(({ snapshot: task }) =>
    task.handles.flatMap(({ operatorId, handle }) => {
      const sink = sinkOf(operatorId);
      return sink === undefined ? [] : [{ sink, handle }];
    }),
  );
}
