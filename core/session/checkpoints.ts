import { TidemillError } from '../common/errors.ts';
import type { PhysicalPlan } from '../physical/plan.ts';
import {
  type JobSnapshot,
  type RestorePlan,
  type SnapshotStore,
  type StoredImage,
  snapshotStore,
  snapshotToLoad,
} from '../runtime/index.ts';
import type { AnyOperatorSpec } from '../runtime/services.ts';
import { CheckpointStore, type OpenCheckpoint } from '../state/checkpoint-store.ts';
import { type CheckpointPlace, checkpointPlace, placeAbove, placeBelow } from './checkpoint-places.ts';
import { partText } from './restore-text.ts';

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
  const place = (path: string): CheckpointPlace => checkpointPlace(path, settings);
  return openCheckpoints({ directory, restore, allowNonRestored: allowDropped }, { ...job, retained, again }, notice, place);
}

export interface CheckpointedProgram {
  readonly name: string;
  readonly plan: PhysicalPlan<AnyOperatorSpec>;
  /** Of a statement set: what its inserts are called as jobs of their own. */
  readonly apart?: readonly string[] | undefined;
}

export interface JobCheckpoints {
  readonly store: SnapshotStore;
  readonly restored: JobSnapshot<StoredImage> | undefined;
  /** When `restored` turns out to be damaged while it is read: the one before it. Undefined: that one was asked for by name. */
  readonly earlier?: ((damage: TidemillError) => Promise<JobCheckpoints>) | undefined;
  /** Says what becomes of the checkpoint's state, and refuses to lose any unless told. */
  readonly restoring: (plan: RestorePlan) => void;
  /** The number of its first checkpoint: after all that are there. */
  readonly firstId: number;
  /** Where a savepoint in a directory goes. */
  readonly savepoints: (directory: string) => SnapshotStore;
}

/**
 * The checkpoints of one job, in a folder of its name.
 *
 * @throws TidemillError `state-exists` rather than start anew in silence, `bad-checkpoint`, `file-not-found`.
 */
export async function openCheckpoints(
  options: CheckpointOptions,
  job: CheckpointedProgram & { readonly retained: number; readonly again: boolean },
  notice: (text: string) => void,
  placeOf: (path: string) => CheckpointPlace = path => checkpointPlace(path, noSettings),
): Promise<JobCheckpoints> {
  const place = placeBelow(placeOf(options.directory), folderName(job.name));
  const { storage, path: folder } = place;
  const store = new CheckpointStore(storage, folder, { retained: job.retained });
  const keeps = snapshotStore(store);
  const savepoints = (directory: string): SnapshotStore => snapshotStore(storeOfAll(placeOf(directory)), keeps);
  const from = async (checkpoint: OpenCheckpoint | undefined): Promise<JobCheckpoints> => ({
    store: keeps,
    savepoints,
    restored: checkpoint && (await snapshotToLoad(checkpoint)),
    restoring: plan => sayWhatBecomes(plan, job.name, options.allowNonRestored === true, notice),
    firstId: Math.max(latestId, checkpoint?.id ?? 0) + 1,
  });
  const refused = (reason: string): void => notice(`${reason}; the one before is used`);
  const fromLatest = async (before?: number): Promise<JobCheckpoints> => {
    const latest = await store.latestOpen(refused, before);
    if (latest === undefined)
      throw new TidemillError('bad-checkpoint', `none of the checkpoints in ${folder} can be used`, {
        domain: 'external',
        hint: 'start anew with --fresh',
      });
    notice(`'${job.name}' goes on from ${placeBelow(place, `chk-${latest.id}`).path}`);
    const earlier = (damage: TidemillError): Promise<JobCheckpoints> => {
      refused(damage.message);
      return fromLatest(latest.id);
    };
    return from(latest).then(
      found => ({ ...found, earlier }),
      (error: unknown) => (isBadCheckpoint(error) ? earlier(error) : Promise.reject(error)),
    );
  };
  const restore = job.again && options.restore === 'fresh' ? 'latest' : options.restore;
  if (restore === 'fresh') await storage.delete(folder);
  const latestId = (await store.ids())[0] ?? 0;
  const isNamed = restore !== undefined && restore !== 'latest' && restore !== 'fresh';
  if (!isNamed && !job.again && restore !== 'fresh' && job.apart !== undefined)
    await refuseApart(
      job,
      store,
      job.apart.map(name => placeBelow(placeOf(options.directory), folderName(name))),
    );
  if (isNamed && !job.again) return from(await namedCheckpoint(restore, placeOf(restore), job.name, notice));
  if (latestId === 0)
    return from(job.again && isNamed ? await namedCheckpoint(restore, placeOf(restore), job.name, notice) : undefined);
  if (restore === undefined && !job.again)
    throw new TidemillError('state-exists', `${folder} holds checkpoints of '${job.name}'`, {
      hint: 'go on from them with --restore latest, or delete them and start anew with --fresh',
    });
  return fromLatest();
}

/**
 * Inserts that ran as jobs of their own have each read to another place: their checkpoints do not make one.
 * @throws TidemillError `state-exists`
 */
async function refuseApart(job: CheckpointedProgram, own: CheckpointStore, places: readonly CheckpointPlace[]): Promise<void> {
  const known = await sinksOf(own);
  if (known.size > 1) return;
  const sinks = new Set(
    job.plan.stages.flatMap(stage =>
      stage.operators.flatMap(({ id, spec }) => (spec.kind === 'sink' && !known.has(id) ? [id] : [])),
    ),
  );
  for (const place of places) {
    const found = await sinksOf(storeOfAll(place));
    if ([...found].some(id => sinks.has(id)))
      throw new TidemillError(
        'state-exists',
        `${place.path} holds checkpoints of an insert of '${job.name}' that was a job of its own`,
        {
          hint: 'go on from them with the INSERTs as statements of their own, or delete them and start anew',
        },
      );
  }
}

/** Ids of the sinks that the latest checkpoint knows. */
async function sinksOf(store: CheckpointStore): Promise<Set<string>> {
  const latest = await store.latestOpen(() => undefined);
  if (latest === undefined) return new Set();
  const { program } = await snapshotToLoad(latest);
  return new Set(program.stages.flatMap(stage => stage.operators.flatMap(({ id, sink }) => (sink === undefined ? [] : [id]))));
}

/** A checkpoint that is torn, damaged or of another version. */
export const isBadCheckpoint = (error: unknown): error is TidemillError =>
  error instanceof TidemillError && error.code === 'bad-checkpoint';

/** @throws TidemillError `state-dropped`. */
function sayWhatBecomes(plan: RestorePlan, job: string, mayDrop: boolean, notice: (text: string) => void): void {
  if (plan.isSame) return;
  const { parts } = plan;
  for (const part of parts.filter(each => each.outcome !== 'kept' || each.reason !== undefined)) notice(partText(part));
  const kept = parts.filter(part => part.outcome === 'kept').length;
  notice(`${job}: all else is kept (${kept} ${kept === 1 ? 'operator' : 'operators'})`);
  const dropped = parts.filter(part => part.outcome === 'dropped');
  if (dropped.length === 0 || mayDrop) return;
  const names = dropped.map(part => `${part.text ?? part.kind} (${part.operatorId})`).join(', ');
  throw new TidemillError('state-dropped', `the program has no place for what the checkpoint holds of ${names}`, {
    hint: "leave it behind with --allow-non-restored-state, or give an operator its id with SET 'tidemill.operator-ids'",
  });
}

/** A folder `chk-N`, or the latest in a folder that holds some, or holds those of the job in a folder of its name. */
async function namedCheckpoint(
  given: string,
  place: CheckpointPlace,
  job: string,
  notice: (text: string) => void,
): Promise<OpenCheckpoint> {
  const above = placeAbove(place);
  const id = /^chk-(\d+)$/.exec(above.name)?.[1];
  const places = id === undefined ? [place, placeBelow(place, folderName(job))] : [above.place];
  for (const each of places) {
    const store = storeOfAll(each);
    if (id !== undefined) return store.open(Number(id));
    const found = await store.latestOpen(reason => notice(`${reason}; the one before is used`));
    if (found !== undefined) return found;
  }
  throw new TidemillError('usage', `${given} is no checkpoint and holds none`, {
    hint: "name a folder chk-N, the directory of a savepoint, or 'latest'",
  });
}

const storeOfAll = ({ storage, path }: CheckpointPlace): CheckpointStore =>
  new CheckpointStore(storage, path, { retained: Number.MAX_SAFE_INTEGER });
const noSettings = { get: () => undefined };

/** The folder of a job's checkpoints. */
export const folderName = (job: string): string => job.replaceAll(/[^\p{L}\p{N}_.-]+/gu, '-').replace(/^[-._]+/, '') || 'job';
