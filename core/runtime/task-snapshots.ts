import type { Faults } from '../common/faults.ts';
import type { StateTable } from '../state/contract.ts';
import { ImageBuffers } from '../state/image-buffers.ts';
import { keyGroupsOf } from '../state/key-groups.ts';
import type { AllocateBytes } from '../state/row-image.ts';
import { type CopiedTable, SnapshotCopy } from '../state/snapshot-copy.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import type { OperatorTiming, PreparedHandle, SnapshotTiming, TableSnapshot, TaskSnapshot } from './snapshot.ts';

/** Where a task stands when a barrier has left its chain. */
export interface AtBarrier extends Pick<TaskSnapshot, 'splits' | 'watermarksMs'> {
  /** How long its inputs waited for the last one's barrier. */
  readonly alignMs: number;
}

/** What a task still has to do for a checkpoint: `work`: call {@link TaskSnapshots.step}; `waiting`: for what its sinks prepare. */
export type SnapshotState = 'none' | 'work' | 'waiting';

export interface SnapshotWiring {
  readonly memory: TaskMemory;
  readonly subtask: number;
  readonly parallelism: number;
  /** The tables as they are when a barrier has come. */
  readonly tables: () => readonly { readonly operatorId: string; readonly table: string; readonly state: StateTable }[];
  /** Bytes copied at a time; default: as many as a few milliseconds allow. */
  readonly sliceBytes: number | undefined;
  readonly handles: () => Promise<readonly PreparedHandle[]>;
  readonly acknowledge: (checkpointId: number, snapshot: TaskSnapshot) => void;
  readonly failed: (error: unknown) => void;
  readonly wake: () => void;
  readonly nowMs: () => number;
  readonly faults: Faults;
}

interface UnderWay {
  readonly copy: SnapshotCopy;
  readonly at: AtBarrier;
  readonly names: readonly { readonly operatorId: string; readonly table: string }[];
  readonly handles: Promise<readonly PreparedHandle[]>;
  readonly startedMs: number;
  readonly pausesMs: number[];
}

/**
 * A task's part in checkpoints: its tables are copied in pieces between two steps of other work, and what its sinks prepared is waited for; then the
 * snapshot goes to the coordinator.
 */
export class TaskSnapshots {
  readonly #wiring: SnapshotWiring;
  #copying: UnderWay | undefined;
  /** Copied, and not known to stand. */
  #copied: SnapshotCopy | undefined;
  #waiting = 0;
  readonly #buffers = new ImageBuffers();

  constructor(wiring: SnapshotWiring) {
    this.#wiring = wiring;
  }

  get state(): SnapshotState {
    if (this.#copying !== undefined) return 'work';
    return this.#waiting > 0 ? 'waiting' : 'none';
  }

  /** The barrier has left the chain, which holds nothing else now: the tables are to be kept as they are. */
  begin(checkpointId: number, at: AtBarrier): void {
    // a checkpoint that was given up
    this.abort();
    // what it heard nothing of by now cannot be gone on from
    this.#copied = undefined;
    this.#buffers.forget();
    const { memory, subtask: origin, parallelism, nowMs } = this.#wiring;
    const allocate: AllocateBytes = bytes => this.#buffers.take(bytes);
    const startedMs = nowMs();
    const tables = this.#wiring.tables();
    const copy = new SnapshotCopy(
      memory,
      tables.map(({ state }) => state),
      { origin, checkpointId, keyGroups: keyGroupsOf(origin, parallelism), allocate },
    );
    const handles = this.#wiring.handles();
    handles.catch(() => undefined);
    const names = tables.map(({ operatorId, table }) => ({ operatorId, table }));
    this.#copying = { copy, at, names, handles, startedMs, pausesMs: [] };
    this.step();
  }

  /** Copies a piece. */
  step(): void {
    const underWay = this.#copying;
    if (underWay === undefined) return;
    const { nowMs, sliceBytes } = this.#wiring;
    const startedMs = nowMs();
    const done = sliceBytes === undefined ? underWay.copy.stepFor(nowMs) : underWay.copy.step(sliceBytes);
    underWay.pausesMs.push(nowMs() - startedMs);
    if (done) this.#finish(underWay);
  }

  /** A checkpoint stands: later ones need only what has changed since. */
  completed(checkpointId: number): void {
    if (this.#copied?.checkpointId === checkpointId) {
      this.#copied.stands();
      // it is written: nobody reads them any more
      this.#buffers.recycle();
    } else this.#buffers.forget();
    this.#copied = undefined;
  }

  abort(): void {
    this.#copying?.copy.abort();
    this.#copying = undefined;
  }

  #finish(underWay: UnderWay): void {
    const { copy, names, at, handles, startedMs } = underWay;
    this.#copying = undefined;
    this.#copied = copy;
    this.#waiting++;
    const copied = copy.tables();
    const tables = copied.map(({ images, continues }, index): TableSnapshot => ({ ...names[index]!, images, continues }));
    const { splits, watermarksMs } = at;
    handles.then(
      prepared => {
        this.#waiting--;
        const snapshot = { finished: false, splits, watermarksMs, handles: prepared };
        if (this.#wiring.faults.rowsAfterBarrierInSnapshot) {
          const late = this.#wiring.tables().map(({ state, ...name }) => ({ ...name, images: state.snapshot() }));
          this.#wiring.acknowledge(copy.checkpointId, { ...snapshot, tables: late });
          return;
        }
        const timing = timingOf(underWay, copied, prepared, this.#wiring.nowMs() - startedMs);
        this.#wiring.acknowledge(copy.checkpointId, { ...snapshot, tables, timing });
        this.#wiring.wake();
      },
      (error: unknown) => {
        this.#waiting--;
        this.#wiring.failed(error);
      },
    );
  }
}

function timingOf(
  { at, names, pausesMs }: UnderWay,
  copied: readonly CopiedTable[],
  prepared: readonly PreparedHandle[],
  tookMs: number,
): SnapshotTiming {
  const operators = new Map<string, OperatorTiming>();
  for (const [index, { operatorId }] of names.entries()) {
    const { copyMs, bytes } = operators.get(operatorId) ?? { copyMs: 0, bytes: 0 };
    const table = copied[index]!;
    const tableBytes = table.images.reduce((sum, image) => sum + image.bytes.length, 0);
    operators.set(operatorId, { operatorId, copyMs: copyMs + table.copyMs, bytes: bytes + tableBytes });
  }
  for (const { operatorId } of prepared)
    operators.set(operatorId, { ...(operators.get(operatorId) ?? { operatorId, copyMs: 0, bytes: 0 }), prepareMs: tookMs });
  return {
    alignMs: at.alignMs,
    tookMs,
    copyMs: pausesMs.reduce((sum, ms) => sum + ms, 0),
    pausesMs: pausesMs.toSorted((left, right) => left - right),
    operators: [...operators.values()],
  };
}
