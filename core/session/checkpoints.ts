import { basename, dirname, join, resolve } from 'node:path';
import { TidemillError } from '../common/errors.ts';
import type { PhysicalPlan } from '../physical/plan.ts';
import { type JobSnapshot, planIdentity, type SnapshotStore, snapshotFromCheckpoint, snapshotStore } from '../runtime/index.ts';
import type { AnyOperatorSpec } from '../runtime/services.ts';
import { CheckpointStore } from '../state/checkpoint-store.ts';
import { localStorage } from '../storage/local-storage.ts';

/** Where a session's jobs keep their checkpoints, and what they do with those they find there. */
export interface CheckpointOptions {
  readonly directory: string;
  /** `latest`, or the path of one checkpoint: go on from it. `fresh`: delete them and start anew. Absent: a job that finds any is refused. */
  readonly restore?: string | undefined;
}

export interface JobCheckpoints {
  readonly store: SnapshotStore;
  readonly restored: JobSnapshot | undefined;
}

/**
 * The checkpoints of one job, in a folder of its name.
 *
 * @throws TidemillError `state-exists` rather than start anew in silence, `other-program`, `bad-checkpoint`, `file-not-found`.
 */
export async function openCheckpoints(
  options: CheckpointOptions,
  job: { readonly name: string; readonly plan: PhysicalPlan<AnyOperatorSpec>; readonly retained: number },
  notice: (text: string) => void,
): Promise<JobCheckpoints> {
  const folder = resolve(options.directory, folderName(job.name));
  const store = new CheckpointStore(localStorage, folder, { retained: job.retained });
  const identity = planIdentity(job.plan);
  const keeps = snapshotStore(store, identity);
  const { restore } = options;
  if (restore === 'fresh') {
    await localStorage.delete(folder);
    return { store: keeps, restored: undefined };
  }
  if (restore !== undefined && restore !== 'latest') {
    const path = resolve(restore);
    const id = Number(/^chk-(\d+)$/.exec(basename(path))?.[1] ?? Number.NaN);
    if (Number.isNaN(id))
      throw new TidemillError('usage', `${restore} is no checkpoint`, { hint: `name a folder chk-N, or 'latest'` });
    const from = new CheckpointStore(localStorage, dirname(path), { retained: job.retained });
    return { store: keeps, restored: snapshotFromCheckpoint(await from.read(id), identity) };
  }
  if ((await store.ids()).length === 0) return { store: keeps, restored: undefined };
  if (restore === undefined)
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
  return { store: keeps, restored: snapshotFromCheckpoint(latest, identity) };
}

const folderName = (job: string): string => job.replaceAll(/[^\p{L}\p{N}_.-]+/gu, '-').replace(/^[-._]+/, '') || 'job';
