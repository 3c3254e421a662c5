import type { CommitHandle, Split, SplitPosition } from '../connectors/contract.ts';
import type { OpenCheckpoint } from '../state/checkpoint-store.ts';
import type { ShardImage, TableSpec } from '../state/contract.ts';
import type { ProgramDescription } from './program-description.ts';

/** Bytes that are still in a file of a checkpoint. */
export interface UnreadBytes {
  readonly checkpoint: OpenCheckpoint;
  readonly file: string;
  readonly from: number;
  readonly length: number;
}

/** An image as a checkpoint has it: in memory, or in its files. */
export interface StoredImage extends Omit<ShardImage, 'bytes'> {
  readonly bytes: Uint8Array | UnreadBytes;
}

/** What one task is at a barrier, or at its end; plain data that crosses threads. */
export interface TaskSnapshot<Image = ShardImage> {
  /** All input was used up: of such a task only the handles are left. */
  readonly finished: boolean;
  readonly tables: readonly TableSnapshot<Image>[];
  /** Of each operator of the chain: the watermark it has seen, and the one it has sent. */
  readonly watermarksMs: readonly { readonly seen: number; readonly sent: number }[];
  readonly splits: readonly SplitSnapshot[];
  /** What sinks have prepared and still have to commit once the checkpoint stands. */
  readonly handles: readonly PreparedHandle[];
  /** What it took the task. */
  readonly timing?: SnapshotTiming | undefined;
}

/** Where a task's time for a checkpoint went, in milliseconds. */
export interface SnapshotTiming {
  /** From the first input's barrier to the last one's: rows of those that had it waited. */
  readonly alignMs: number;
  /** From the barrier in all inputs to the snapshot. */
  readonly tookMs: number;
  /** Of copying in all, which writes rows in the form that goes into files. */
  readonly copyMs: number;
  /** Of each piece of copying, the shortest first: for so long the task did nothing else. */
  readonly pausesMs: readonly number[];
  readonly operators: readonly OperatorTiming[];
}

export interface OperatorTiming {
  readonly operatorId: string;
  readonly copyMs: number;
  readonly bytes: number;
  /** Of a sink: until what it had written so far was prepared. */
  readonly prepareMs?: number | undefined;
}

/** What one table is. */
export interface TableSnapshot<Image = ShardImage> {
  readonly operatorId: string;
  readonly table: string;
  readonly images: readonly Image[];
  /** The form that the images have, when the table has another one by now: of a restore. */
  readonly written?: TableSpec | undefined;
  /**
   * The slices (by their end; undefined: the table itself) whose images hold only what changed since the images of the last checkpoint that stands: those
   * belong to it too.
   */
  readonly continues?: readonly (number | undefined)[] | undefined;
}

/** A split that is not read to its end. */
export interface SplitSnapshot {
  readonly port: number;
  readonly split: Split;
  /** Where it was being read; absent when it had not been opened. */
  readonly open?: { readonly position: SplitPosition; readonly ordinal: number; readonly idle: boolean } | undefined;
}

export interface PreparedHandle {
  readonly operatorId: string;
  readonly handle: CommitHandle;
}

/** A whole job at a checkpoint: every task, and for sources without an end the splits that were known. */
export interface JobSnapshot<Image = ShardImage> {
  readonly checkpointId: number;
  /** What it is a snapshot of: state is found again by the ids in it. */
  readonly program: ProgramDescription;
  readonly tasks: readonly { readonly stageId: string; readonly subtask: number; readonly snapshot: TaskSnapshot<Image> }[];
  readonly known: readonly { readonly stageId: string; readonly port: number; readonly splits: readonly string[] }[];
}

/**
 * A snapshot with the images it goes on from, out of the one that stood before it: then it needs no other. Its images are copies, because a task uses the
 * memory of those it gave away again.
 */
export function completeSnapshot(before: JobSnapshot | undefined, snapshot: JobSnapshot): JobSnapshot {
  const tasks = snapshot.tasks.map(task => {
    const earlier = before?.tasks.find(other => other.stageId === task.stageId && other.subtask === task.subtask)?.snapshot;
    const tables = task.snapshot.tables.map(({ continues = [], images, ...name }): TableSnapshot => {
      const known = earlier?.tables.find(other => other.operatorId === name.operatorId && other.table === name.table);
      const chain = known?.images.filter(image => continues.some(slice => slice === image.sliceEndMs)) ?? [];
      return { ...name, images: [...chain, ...images.map(image => ({ ...image, bytes: new Uint8Array(image.bytes) }))] };
    });
    return { ...task, snapshot: { ...task.snapshot, tables } };
  });
  return { ...snapshot, tasks };
}

export const finishedTask: TaskSnapshot = Object.freeze({
  finished: true,
  tables: [],
  watermarksMs: [],
  splits: [],
  handles: [],
});
