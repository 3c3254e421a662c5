import { basename, dirname, join, resolve } from 'node:path';
import { TidemillError } from '../common/errors.ts';
import type { PhysicalPlan } from '../physical/plan.ts';
import type { OperatorNote } from '../plan/operator-ids.ts';
import { type JobSnapshot, planIdentity, type SnapshotStore, snapshotFromCheckpoint, snapshotStore } from '../runtime/index.ts';
import type { AnyOperatorSpec } from '../runtime/services.ts';
import { CheckpointStore, type StoredCheckpoint } from '../state/checkpoint-store.ts';
import { localStorage } from '../storage/local-storage.ts';

/** Where a session's jobs keep their checkpoints, and what they do with those they find there. */
export interface CheckpointOptions {
  readonly directory: string;
  /** `latest`, or the path of one checkpoint: go on from it. `fresh`: delete them and start anew. Absent: a job that finds any is refused. */
  readonly restore?: string | undefined;
  /** State that has no place in the program any more may be left behind. */
  readonly allowNonRestored?: boolean | undefined;
}

/**
 * The checkpoints of one job as options and settings want them; undefined: it makes none. `again`: it has failed and goes on from the last one that
 * stands, or else from where it started.
 */
export async function checkpointsOf(
  given: CheckpointOptions | undefined,
  settings: { get(key: string): string | undefined },
  job: CheckpointedProgram,
  again: boolean,
  notice: (text: string) => void,
): Promise<JobCheckpoints | undefined> {
  const directory = given?.directory ?? settings.get('execution.checkpointing.dir');
  if (directory === undefined) return undefined;
  const restore = given?.restore ?? settings.get('execution.state-recovery.path');
  const allowDropped =
    given?.allowNonRestored === true || settings.get('execution.state-recovery.ignore-unclaimed-state') === 'true';
  const retained = Number(settings.get('execution.checkpointing.num-retained'));
  return openCheckpoints({ directory, restore, allowNonRestored: allowDropped }, { ...job, retained, again }, notice);
}

export interface CheckpointedProgram {
  readonly name: string;
  readonly plan: PhysicalPlan<AnyOperatorSpec>;
  /** What keeps state, for saying what becomes of it. */
  readonly notes: readonly OperatorNote[];
}

export interface JobCheckpoints {
  readonly store: SnapshotStore;
  readonly restored: JobSnapshot | undefined;
  /** The number of its first checkpoint: after all that are there. */
  readonly firstId: number;
  /** Where a savepoint in a directory goes. */
  readonly savepoints: (directory: string) => SnapshotStore;
}

/**
 * The checkpoints of one job, in a folder of its name.
 *
 * @throws TidemillError `state-exists` rather than start anew in silence, `other-program`, `bad-checkpoint`, `file-not-found`.
 */
export async function openCheckpoints(
  options: CheckpointOptions,
  job: CheckpointedProgram & { readonly retained: number; readonly again: boolean },
  notice: (text: string) => void,
): Promise<JobCheckpoints> {
  const folder = resolve(options.directory, folderName(job.name));
  const store = new CheckpointStore(localStorage, folder, { retained: job.retained });
  const identity = planIdentity(job.plan);
  const keeps = snapshotStore(store, identity);
  const savepoints = (directory: string): SnapshotStore =>
    snapshotStore(new CheckpointStore(localStorage, resolve(directory), { retained: Number.MAX_SAFE_INTEGER }), identity);
  const from = (checkpoint: StoredCheckpoint | undefined): JobCheckpoints => ({
    store: keeps,
    savepoints,
    restored: checkpoint && snapshotFromCheckpoint(checkpoint, identity),
    firstId: Math.max(latestId, checkpoint?.id ?? 0) + 1,
  });
  const restore = job.again && options.restore === 'fresh' ? 'latest' : options.restore;
  if (restore === 'fresh') await localStorage.delete(folder);
  const latestId = (await store.ids())[0] ?? 0;
  const isNamed = restore !== undefined && restore !== 'latest' && restore !== 'fresh';
  if (isNamed && !job.again) return from(await namedCheckpoint(restore, job.name, notice));
  if (latestId === 0) return from(job.again && isNamed ? await namedCheckpoint(restore, job.name, notice) : undefined);
  if (restore === undefined && !job.again)
    throw new TidemillError('state-exists', `${folder} holds checkpoints of '${job.name}'`, {
      hint: 'go on from them with --restore latest, or delete them and start anew with --fresh',
    });
  const latest = await store.latest(reason => notice(`${reason}; the one before is used`));
  if (latest === undefined)
    throw new TidemillError('bad-checkpoint', `none of the checkpoints in ${folder} can be used`, {
      domain: 'external',
      hint: 'start anew with --fresh',
    });
  notice(`'${job.name}' goes on from ${join(folder, `chk-${latest.id}`)}`);
  return from(latest);
}

/** A folder `chk-N`, or the latest in a folder that holds some, or holds those of the job in a folder of its name. */
async function namedCheckpoint(given: string, job: string, notice: (text: string) => void): Promise<StoredCheckpoint> {
  const path = resolve(given);
  const id = /^chk-(\d+)$/.exec(basename(path))?.[1];
  const stores = id === undefined ? [path, join(path, folderName(job))] : [dirname(path)];
  for (const directory of stores) {
    const store = new CheckpointStore(localStorage, directory, { retained: Number.MAX_SAFE_INTEGER });
    if (id !== undefined) return store.read(Number(id));
    const found = await store.latest(reason => notice(`${reason}; the one before is used`));
    if (found !== undefined) return found;
  }
  throw new TidemillError('usage', `${given} is no checkpoint and holds none`, {
    hint: "name a folder chk-N, the directory of a savepoint, or 'latest'",
  });
}

const folderName = (job: string): string => job.replaceAll(/[^\p{L}\p{N}_.-]+/gu, '-').replace(/^[-._]+/, '') || 'job';
