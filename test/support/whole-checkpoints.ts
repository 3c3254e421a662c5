import { TidemillError } from '../../core/common/errors.ts';
import type { CheckpointStore, OpenCheckpoint } from '../../core/state/checkpoint-store.ts';

/** A checkpoint with all of its bytes, each checked. */
export interface WholeCheckpoint {
  readonly id: number;
  readonly content: unknown;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** All files of a checkpoint. @throws TidemillError `bad-checkpoint` when one is damaged. */
export async function wholeCheckpoint(checkpoint: OpenCheckpoint): Promise<WholeCheckpoint> {
  const files = new Map<string, Uint8Array>();
  for (const name of checkpoint.files) {
    await using file = await checkpoint.openFile(name);
    const bytes = new Uint8Array(file.sizeBytes);
    await file.read(0, bytes);
    files.set(name, bytes);
  }
  return { id: checkpoint.id, content: checkpoint.content, files };
}

/** The latest checkpoint of which every byte is as written; `refused` hears of each later one that is not, as a job's restore says it. */
export async function latestWhole(
  store: CheckpointStore,
  refused: (reason: string) => void = () => undefined,
  before?: number,
): Promise<WholeCheckpoint | undefined> {
  const latest = await store.latestOpen(refused, before);
  if (latest === undefined) return undefined;
  try {
    return await wholeCheckpoint(latest);
  } catch (error) {
    if (!(error instanceof TidemillError) || error.code !== 'bad-checkpoint') throw error;
    refused(error.message);
    return latestWhole(store, refused, latest.id);
  }
}
