import { limits } from '../common/limits.ts';
import type { ShardImage } from './contract.ts';
import type { GroupTable } from './group-table.ts';
import { allKeyGroups } from './key-groups.ts';
import type { MergedParts } from './merged-parts.ts';
import { imageOfRows, imageOfSegment } from './row-image.ts';
import { partCount } from './row-parts.ts';
import type { RowRun } from './row-runs.ts';
import type { RowStore } from './row-store.ts';

/** All rows of a store, an image a segment; one of no rows when there is none. */
export function* imagesOf(store: RowStore, sliceEndMs: number | undefined): Iterable<ShardImage> {
  const place = { origin: 0, checkpointId: 0, keyGroups: allKeyGroups, sliceEndMs };
  const span = { barrier: store.epoch, since: 0 };
  let found = false;
  for (const segment of store.segments()) {
    const image = imageOfSegment(store, segment, { from: segment.start, end: segment.end }, span);
    if (image === undefined) continue;
    found = true;
    yield { ...place, rows: image.rows, bytes: image.bytes };
  }
  if (!found) yield { ...place, rows: 0, bytes: new Uint8Array(0) };
}

/** Positions of rows that wait on disk, above those of any in memory. */
const coldPosition = 0x8000_0000;

/** All rows of a group table: those in memory, then those on disk, some at a time. */
export function* imagesOfGroups(groups: GroupTable, sliceEndMs: number | undefined): Iterable<ShardImage> {
  yield* imagesOf(groups.store, sliceEndMs);
  if (!groups.hasCold) return;
  const { memory } = groups.store;
  const place = { origin: 0, checkpointId: 0, keyGroups: allKeyGroups, sliceEndMs };
  const cursor = { run: 0, block: 0, skip: 0 };
  for (let position = coldPosition; ; ) {
    const mark = memory.arena.mark();
    const [rows, hashes] = [memory.arena.allocate(4 * limits.batchRows), memory.arena.allocate(4 * limits.batchRows)];
    const count = groups.scanCold(cursor, limits.batchRows, rows, hashes);
    const image = count === 0 ? undefined : imageOfRows(groups.store, count, rows, position);
    memory.arena.release(mark);
    if (image === undefined) return;
    yield { ...place, rows: image.rows, bytes: image.bytes };
    position += count;
  }
}

/** All rows of tables on disk in parts, those of a key as one. */
export function* imagesOfParts(merged: MergedParts, sliceEndMs: number | undefined): Iterable<ShardImage> {
  const { store } = merged.groups;
  let position = 0;
  const bytes = 4 * limits.batchRows;
  const rows = store.memory.allocateSegment(bytes);
  while (merged.next()) {
    for (const cursor = store.cursor(); ; ) {
      const count = store.scan(cursor, limits.batchRows, rows);
      const image = count === 0 ? undefined : imageOfRows(store, count, rows, position);
      if (image === undefined) break;
      yield { origin: 0, checkpointId: 0, keyGroups: allKeyGroups, sliceEndMs, rows: image.rows, bytes: image.bytes };
      position += count;
    }
  }
  store.memory.freeSegment(rows, bytes);
  merged.close();
}

/** All rows of runs of a list, a chunk at a time. */
export function* imagesOfRuns(store: RowStore, runs: readonly RowRun[]): Iterable<ShardImage> {
  const { arena } = store.memory;
  let position = coldPosition;
  for (const { parts } of runs) {
    for (let chunk = 0; chunk < parts.chunkCount; chunk++) {
      const mark = arena.mark();
      const { count, rows } = parts.readChunk(chunk, 0, partCount);
      const image = imageOfRows(store, count, rows, position);
      arena.release(mark);
      if (image !== undefined)
        yield {
          origin: 0,
          checkpointId: 0,
          keyGroups: allKeyGroups,
          sliceEndMs: undefined,
          rows: image.rows,
          bytes: image.bytes,
        };
      position += count;
    }
  }
}
