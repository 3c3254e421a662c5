import { type Faults, noFaults } from '../common/faults.ts';
import type { TableSink } from '../plan/nodes.ts';
import type { JobGraph } from './job-graph.ts';
import { finishedTask, type JobSnapshot, type PreparedHandle, type TaskSnapshot } from './snapshot.ts';
import type { TaskMessage } from './task.ts';

/** Keeps checkpoints; what it has taken, it gives back after any crash. */
export interface SnapshotStore {
  /** Settles when the snapshot stands: from then on it is what a restore starts from. */
  take(snapshot: JobSnapshot): Promise<void>;
}

export interface CoordinatorWiring {
  readonly graph: JobGraph;
  readonly store: SnapshotStore;
  readonly firstId: number;
  readonly known: () => JobSnapshot['known'];
  readonly post: (taskIndex: number, message: TaskMessage) => void;
  readonly failed: (error: unknown) => void;
  readonly faults?: Faults | undefined;
}

interface UnderWay {
  readonly checkpointId: number;
  readonly known: JobSnapshot['known'];
  readonly snapshots: Map<number, TaskSnapshot>;
  readonly settle: () => void;
}

/**
 * One checkpoint at a time: barriers go into the sources, snapshots of all tasks come back, the store takes them, and then the sinks may commit.
 * A task that has come to its end takes part with what its sinks prepared; when all have, a last checkpoint is made at once.
 */
export class CheckpointCoordinator {
  readonly #wiring: CoordinatorWiring;
  readonly #live: Set<number>;
  readonly #finishing = new Map<number, readonly PreparedHandle[]>();
  #next: number;
  #underWay: UnderWay | undefined;
  #storing = false;

  constructor(wiring: CoordinatorWiring) {
    this.#wiring = wiring;
    this.#next = wiring.firstId;
    this.#live = new Set(wiring.graph.tasks.map(task => task.index));
  }

  /** Settles when the checkpoint stands and was made known; at once when one is under way or nothing runs. */
  checkpoint(): Promise<void> {
    if (this.#underWay !== undefined || this.#storing || this.#live.size === 0) return Promise.resolve();
    return new Promise(resolve => {
      const checkpointId = this.#next++;
      this.#underWay = { checkpointId, known: this.#wiring.known(), snapshots: new Map(), settle: resolve };
      for (const task of this.#wiring.graph.tasks) {
        if (task.splits.length > 0 && this.#live.has(task.index) && !this.#finishing.has(task.index))
          this.#wiring.post(task.index, { kind: 'barrier', barrier: { checkpointId } });
      }
      this.#check();
    });
  }

  acknowledged(taskIndex: number, checkpointId: number, snapshot: TaskSnapshot): void {
    if (this.#underWay?.checkpointId !== checkpointId) return;
    this.#underWay.snapshots.set(taskIndex, snapshot);
    this.#check();
  }

  finishing(taskIndex: number, handles: readonly PreparedHandle[]): void {
    this.#finishing.set(taskIndex, handles);
    this.#check();
    this.#finishTogether();
  }

  taskDone(taskIndex: number): void {
    this.#live.delete(taskIndex);
    this.#finishing.delete(taskIndex);
    this.#check();
    this.#finishTogether();
  }

  /** Lets go of whoever waits. */
  close(): void {
    this.#underWay?.settle();
    this.#underWay = undefined;
    this.#live.clear();
  }

  #finishTogether(): void {
    if (this.#live.size > 0 && [...this.#live].every(index => this.#finishing.has(index))) void this.checkpoint();
  }

  #check(): void {
    const underWay = this.#underWay;
    if (underWay === undefined) return;
    const { snapshots } = underWay;
    const faults = this.#wiring.faults ?? noFaults;
    const missing = [...this.#live].some(index => !snapshots.has(index) && !this.#finishing.has(index));
    if (missing) return;
    this.#underWay = undefined;
    this.#storing = true;
    // whoever reports its end from now on is in the next checkpoint
    const ending = new Map([...this.#finishing].filter(([index]) => !snapshots.has(index)));
    const tasks = this.#wiring.graph.tasks.map(({ index, stage, subtask }) => {
      const handles = ending.get(index);
      const left = handles === undefined || faults.endedTaskDropped ? finishedTask : { ...finishedTask, handles };
      const snapshot = snapshots.get(index) ?? left;
      return { stageId: stage.id, subtask, snapshot };
    });
    const { checkpointId, known } = underWay;
    const stands = (): void => {
      for (const index of this.#live) this.#wiring.post(index, { kind: 'completed', checkpointId, final: ending.has(index) });
    };
    if (faults.commitBeforeManifest) stands();
    this.#wiring.store.take({ checkpointId, tasks, known }).then(
      () => {
        this.#storing = false;
        if (!faults.commitBeforeManifest) stands();
        underWay.settle();
        if ([...this.#live].some(index => !ending.has(index))) this.#finishTogether();
      },
      (error: unknown) => {
        this.#storing = false;
        underWay.settle();
        this.#wiring.failed(error);
      },
    );
  }
}

/** The sinks whose prepared parts a snapshot holds, in no order: they are committed before anything runs. */
export function preparedSinks(
  snapshot: JobSnapshot,
  sinkOf: (stageId: string, operatorId: string) => TableSink,
): { readonly sink: TableSink; readonly handle: PreparedHandle['handle'] }[] {
  return snapshot.tasks.flatMap(({ stageId, snapshot: task }) =>
    task.handles.map(({ operatorId, handle }) => ({ sink: sinkOf(stageId, operatorId), handle })),
  );
}
