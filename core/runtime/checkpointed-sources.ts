import type { Split, SplitPosition } from '../connectors/contract.ts';
import type { SnapshotStore } from './checkpoint-coordinator.ts';
import type { WatchedSource } from './hosts/split-discovery.ts';
import type { JobSnapshot } from './snapshot.ts';

/**
 * A store that tells sources without an end when a checkpoint stands which positions it has (offsets of a consumer group, for people who watch).
 * Nothing waits for that, and nothing depends on it: a source that cannot pass it on does not make the job fail.
 */
export function tellingSources(store: SnapshotStore, watched: readonly WatchedSource[]): SnapshotStore {
  const interested = watched.filter(({ source }) => source.checkpointed !== undefined);
  if (interested.length === 0) return store;
  return {
    async take(snapshot) {
      const writes = await store.take(snapshot);
      for (const { stageId, port, source } of interested)
        source.checkpointed!(positionsOf(snapshot, stageId, port)).catch(() => undefined);
      return writes;
    },
  };
}

function positionsOf(
  snapshot: JobSnapshot,
  stageId: string,
  port: number,
): readonly { readonly split: Split; readonly position: SplitPosition }[] {
  return snapshot.tasks
    .filter(task => task.stageId === stageId)
    .flatMap(task => task.snapshot.splits)
    .flatMap(({ port: of, split, open }) => (of === port && open !== undefined ? [{ split, position: open.position }] : []));
}
