import { internalError } from '../common/errors.ts';
import type { CheckpointStore, NewCheckpoint, OpenCheckpoint } from '../state/checkpoint-store.ts';
import type { ShardImage } from '../state/contract.ts';
import type { SnapshotStore, TaskWrite } from './checkpoint-coordinator.ts';
import type { ProgramDescription } from './program-description.ts';
import type { JobSnapshot, PreparedHandle, SnapshotTiming, SplitSnapshot, StoredImage, TaskSnapshot } from './snapshot.ts';

/** A snapshot as a manifest has it: tables by their place in the task's file; numbers that JSON has none for as text. */
interface SnapshotContent {
  readonly program: ProgramDescription;
  readonly known: JobSnapshot['known'];
  readonly tasks: readonly TaskContent[];
}
interface TaskContent {
  readonly stageId: string;
  readonly subtask: number;
  readonly finished: boolean;
  readonly timing?: SnapshotTiming | undefined;
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
  readonly file: string;
  readonly from: number;
  readonly bytes: number;
  /** The checkpoint whose file it is. */
  readonly writtenBy: number;
}

const fileOf = (stageId: string, subtask: number): string => `${stageId}-${subtask}.state`;
const noBytes = new Uint8Array(0);
const written = (value: number): number | string => (Number.isFinite(value) ? value : String(value));

/** Where the images of tables stand, by table and slice: what increments go on from. */
type Chains = Map<string, readonly ImageContent[]>;

const chainKey = (task: { stageId: string; subtask: number }, operatorId: string, table: string, slice: unknown): string =>
  JSON.stringify([task.stageId, task.subtask, operatorId, table, slice ?? null]);

/** A snapshot as a checkpoint; `chains`: of the last one that stands, in the same directory. */
function toCheckpoint(snapshot: JobSnapshot, chains: Chains): { readonly checkpoint: NewCheckpoint; readonly chains: Chains } {
  const { checkpointId } = snapshot;
  const files = new Map<string, readonly Uint8Array[]>();
  const next: Chains = new Map();
  const references = new Set<string>();
  const tasks = snapshot.tasks.map((place): TaskContent => {
    const { stageId, subtask, snapshot: task } = place;
    const file = fileOf(stageId, subtask);
    const parts: Uint8Array[] = [];
    let at = 0;
    const tables = task.tables.map(({ operatorId, table, images, continues = [] }) => {
      const fresh = images.map(({ bytes, sliceEndMs, ...rest }): ImageContent => {
        const from = at;
        at += bytes.length;
        if (bytes.length > 0) parts.push(bytes);
        return { ...rest, sliceEndMs: sliceOf(sliceEndMs), file, from, bytes: bytes.length, writtenBy: checkpointId };
      });
      const earlier = continues.flatMap(slice => {
        const chain = chains.get(chainKey(place, operatorId, table, sliceOf(slice)));
        if (chain === undefined)
          throw internalError(`table '${table}' of ${operatorId} goes on from a checkpoint that is not there`);
        return chain;
      });
      const all = [...earlier, ...fresh];
      for (const [, chain] of Map.groupBy(all, image => image.sliceEndMs))
        next.set(chainKey(place, operatorId, table, chain[0]!.sliceEndMs), chain);
      return { operatorId, table, images: all.map(image => relativeTo(checkpointId, image)) };
    });
    for (const image of tables.flatMap(each => each.images))
      if (image.writtenBy !== checkpointId && image.bytes > 0) references.add(image.file);
    if (at > 0) files.set(file, parts);
    const watermarksMs = task.watermarksMs.map(({ seen, sent }) => [written(seen), written(sent)] as const);
    const { finished, splits, handles, timing } = task;
    return { stageId, subtask, finished, tables, watermarksMs, splits, handles, timing };
  });
  const content: SnapshotContent = { program: snapshot.program, known: snapshot.known, tasks };
  return { checkpoint: { id: checkpointId, content, files, references }, chains: next };
}

const numberOf = (written: number | string | undefined): number | undefined =>
  written === undefined ? undefined : Number(written);

const sliceOf = (sliceEndMs: number | undefined): number | string | undefined =>
  sliceEndMs === undefined ? undefined : written(sliceEndMs);

/** A chain names files as their own checkpoint does; other checkpoints name them by their folder. */
const relativeTo = (checkpointId: number, image: ImageContent): ImageContent =>
  image.writtenBy === checkpointId ? image : { ...image, file: `chk-${image.writtenBy}/${image.file}` };

/** What a checkpoint holds, as a job was when it made it; the rows of its tables are not read yet. */
export async function snapshotToLoad(checkpoint: OpenCheckpoint): Promise<JobSnapshot<StoredImage>> {
  const content = checkpoint.content as SnapshotContent;
  const small = new Map<ImageContent, Uint8Array>();
  const isSmall = smallTables(content.program);
  const wanted = content.tasks
    .flatMap(task => task.tables)
    .filter(isSmall)
    .flatMap(table => table.images);
  for (const [name, images] of Map.groupBy(wanted, image => image.file)) {
    await using file = await checkpoint.openFile(name);
    for (const image of images) {
      const bytes = new Uint8Array(image.bytes);
      await file.read(image.from, bytes);
      small.set(image, bytes);
    }
  }
  return snapshotOf(checkpoint.id, content, (image): StoredImage => {
    const { file, writtenBy: _, from, bytes: length, sliceEndMs, ...rest } = image;
    const bytes = small.get(image) ?? { checkpoint, file, from, length };
    return { ...rest, sliceEndMs: numberOf(sliceEndMs), bytes: length === 0 ? noBytes : bytes };
  });
}

/** Whether a table is a record or timers: those are looked at before any task has its memory. */
function smallTables(program: ProgramDescription): (table: { readonly operatorId: string; readonly table: string }) => boolean {
  const small = program.stages
    .flatMap(stage => stage.operators)
    .flatMap(({ id, tables }) =>
      tables.filter(({ kind }) => kind === 'record' || kind === 'timers').map(({ name }) => JSON.stringify([id, name])),
    );
  const names = new Set(small);
  return ({ operatorId, table }) => names.has(JSON.stringify([operatorId, table]));
}

function snapshotOf<Image>(
  checkpointId: number,
  { program, known, tasks }: SnapshotContent,
  toImage: (image: ImageContent) => Image,
): JobSnapshot<Image> {
  return {
    checkpointId,
    program,
    known,
    tasks: tasks.map(({ stageId, subtask, tables, watermarksMs, ...rest }) => {
      const snapshot: TaskSnapshot<Image> = {
        ...rest,
        tables: tables.map(({ images, ...name }) => ({ ...name, images: images.map(toImage) })),
        watermarksMs: watermarksMs.map(([seen, sent]) => ({ seen: Number(seen), sent: Number(sent) })),
      };
      return { stageId, subtask, snapshot };
    }),
  };
}

/** Keeps a job's snapshots as checkpoints of a directory; what has not changed since the one before is not written again. */
export class SnapshotFiles implements SnapshotStore {
  readonly #store: CheckpointStore;
  readonly #base: SnapshotFiles | undefined;
  #chains: Chains = new Map();

  constructor(store: CheckpointStore, base: SnapshotFiles | undefined) {
    this.#store = store;
    this.#base = base;
  }

  async take(snapshot: JobSnapshot): Promise<TaskWrite[]> {
    const whole = this.#base === undefined ? snapshot : await this.#base.completed(snapshot);
    const { checkpoint, chains } = toCheckpoint(whole, this.#chains);
    const wrote = await this.#store.write(checkpoint);
    this.#chains = chains;
    return snapshot.tasks.flatMap(({ stageId, subtask }) => {
      const writeMs = wrote.get(fileOf(stageId, subtask));
      return writeMs === undefined ? [] : [{ stageId, subtask, writeMs }];
    });
  }

  /** A snapshot with all images that it goes on from, so that it needs no other checkpoint. */
  async completed(snapshot: JobSnapshot): Promise<JobSnapshot> {
    const files = new Map<string, Promise<Uint8Array>>();
    const read = (path: string): Promise<Uint8Array> => {
      let file = files.get(path);
      if (file === undefined) files.set(path, (file = this.#store.readFile(path)));
      return file;
    };
    const tasks = snapshot.tasks.map(async task => {
      const tables = task.snapshot.tables.map(async ({ continues = [], images, ...name }) => {
        const chain = continues.flatMap(
          slice => this.#chains.get(chainKey(task, name.operatorId, name.table, sliceOf(slice))) ?? [],
        );
        const earlier = chain.map(async image =>
          imageOf(image, image.bytes === 0 ? noBytes : await read(`chk-${image.writtenBy}/${image.file}`)),
        );
        return { ...name, images: [...(await Promise.all(earlier)), ...images] };
      });
      return { ...task, snapshot: { ...task.snapshot, tables: await Promise.all(tables) } };
    });
    return { ...snapshot, tasks: await Promise.all(tasks) };
  }
}

/**
 * Keeps a job's snapshots as checkpoints of a directory. `base`: what keeps the job's checkpoints, for a directory of savepoints: those are whole, whatever
 * they go on from.
 */
export function snapshotStore(store: CheckpointStore, base?: SnapshotStore): SnapshotStore {
  return new SnapshotFiles(store, base instanceof SnapshotFiles ? base : undefined);
}

function imageOf({ file: _, writtenBy: __, from, bytes, sliceEndMs, ...rest }: ImageContent, file: Uint8Array): ShardImage {
  return {
    ...rest,
    sliceEndMs: numberOf(sliceEndMs),
    bytes: file.subarray(from, from + bytes),
  };
}
