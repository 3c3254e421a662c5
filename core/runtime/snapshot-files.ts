import { createHash } from 'node:crypto';
import { TidemillError } from '../common/errors.ts';
import type { PhysicalPlan } from '../physical/plan.ts';
import type { CheckpointStore, StoredCheckpoint } from '../state/checkpoint-store.ts';
import type { ShardImage } from '../state/contract.ts';
import type { SnapshotStore } from './checkpoint-coordinator.ts';
import type { AnyOperatorSpec } from './services.ts';
import type { JobSnapshot, PreparedHandle, SplitSnapshot, TaskSnapshot } from './snapshot.ts';

/** A snapshot as a manifest has it: tables by their place in the task's file; numbers that JSON has none for as text. */
interface SnapshotContent {
  readonly plan: string;
  readonly known: JobSnapshot['known'];
  readonly tasks: readonly TaskContent[];
}
interface TaskContent {
  readonly stageId: string;
  readonly subtask: number;
  readonly finished: boolean;
  readonly file?: string | undefined;
  readonly tables: readonly {
    readonly operatorId: string;
    readonly table: string;
    readonly images: readonly ImageContent[];
  }[];
  readonly watermarksMs: readonly (readonly [seen: number | string, sent: number | string])[];
  readonly splits: readonly SplitSnapshot[];
  readonly handles: readonly PreparedHandle[];
}

interface ImageContent extends Omit<ShardImage, 'bytes' | 'sliceEndMs'> {
  readonly sliceEndMs?: number | string | undefined;
  readonly from: number;
  readonly bytes: number;
}

const written = (value: number): number | string => (Number.isFinite(value) ? value : String(value));

/** What a plan must have in common with the one a checkpoint was made of: stages, operators and what they do. */
export function planIdentity(plan: PhysicalPlan<AnyOperatorSpec>): string {
  const stages = plan.stages.map(({ id, parallelism, operators }) => ({
    id,
    parallelism,
    operators: operators.map(operator => [operator.id, operator.spec.kind]),
  }));
  return createHash('sha256').update(JSON.stringify(stages)).digest('hex').slice(0, 32);
}

export function snapshotToCheckpoint(snapshot: JobSnapshot, plan: string): StoredCheckpoint {
  const files = new Map<string, Uint8Array>();
  const tasks = snapshot.tasks.map(({ stageId, subtask, snapshot: task }): TaskContent => {
    let at = 0;
    const tables = task.tables.map(({ operatorId, table, images }) => ({
      operatorId,
      table,
      images: images.map(({ bytes, sliceEndMs, ...rest }): ImageContent => {
        const from = at;
        at += bytes.length;
        const slice = sliceEndMs === undefined ? undefined : written(sliceEndMs);
        return { ...rest, origin: subtask, checkpointId: snapshot.checkpointId, sliceEndMs: slice, from, bytes: bytes.length };
      }),
    }));
    const file = at === 0 ? undefined : `${stageId}-${subtask}.state`;
    if (file !== undefined) files.set(file, Buffer.concat(task.tables.flatMap(table => table.images.map(image => image.bytes))));
    const watermarksMs = task.watermarksMs.map(({ seen, sent }) => [written(seen), written(sent)] as const);
    const { finished, splits, handles } = task;
    return { stageId, subtask, finished, file, tables, watermarksMs, splits, handles };
  });
  const content: SnapshotContent = { plan, known: snapshot.known, tasks };
  return { id: snapshot.checkpointId, content, files };
}

/** @throws TidemillError `other-program` when the checkpoint is of a plan that is not this one. */
export function snapshotFromCheckpoint({ id, content, files }: StoredCheckpoint, plan: string): JobSnapshot {
  const stored = content as SnapshotContent;
  if (stored.plan !== plan)
    throw new TidemillError('other-program', `checkpoint ${id} is of another program, or of another parallelism`, {
      hint: 'run the program it was made by at the same --parallelism, or start anew with --fresh',
    });
  return {
    checkpointId: id,
    known: stored.known,
    tasks: stored.tasks.map(({ stageId, subtask, file, tables, watermarksMs, ...rest }) => {
      const bytes = file === undefined ? new Uint8Array(0) : files.get(file)!;
      const snapshot: TaskSnapshot = {
        ...rest,
        tables: tables.map(({ operatorId, table, images }) => ({
          operatorId,
          table,
          images: images.map(({ from, bytes: size, sliceEndMs, ...rest }) => ({
            ...rest,
            sliceEndMs: sliceEndMs === undefined ? undefined : Number(sliceEndMs),
            bytes: bytes.slice(from, from + size),
          })),
        })),
        watermarksMs: watermarksMs.map(([seen, sent]) => ({ seen: Number(seen), sent: Number(sent) })),
      };
      return { stageId, subtask, snapshot };
    }),
  };
}

/** Keeps a job's snapshots as checkpoints of a directory. */
export function snapshotStore(store: CheckpointStore, plan: string): SnapshotStore {
  return { take: snapshot => store.write(snapshotToCheckpoint(snapshot, plan)) };
}
