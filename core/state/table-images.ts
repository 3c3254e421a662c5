import { limits } from '../common/limits.ts';
import type { ShardImage } from './contract.ts';
import type { GroupTable } from './group-table.ts';
import type { MergedParts } from './merged-parts.ts';
import { allKeyGroups } from './key-groups.ts';
import { imageOfRows, imageOfSegment } from './row-image.ts';
import type { RowStore } from './row-store.ts';

/** All rows of a store at once, an image a segment; one of no rows when there is none. */
export function imagesOf(store: RowStore, sliceEndMs: number | undefined): ShardImage[] {
  const place = { origin: 0, checkpointId: 0, keyGroups: allKeyGroups, sliceEndMs };
  const span = { barrier: store.epoch, since: 0 };
  const images = store.segments().flatMap((segment): ShardImage[] => {
    const image = imageOfSegment(store, segment, { from: segment.start, end: segment.end }, span);
    return image === undefined ? [] : [{ ...place, rows: image.rows, bytes: image.bytes }];
  });
  return images.length > 0 ? images : [{ ...place, rows: 0, bytes: new Uint8Array(0) }];
}

/** Positions of rows that wait on disk, above those of any in memory. */
const coldPosition = 0x8000_0000;

/** All rows of a group table at once: those in memory, then those on disk, some at a time. */
export function imagesOfGroups(groups: GroupTable, sliceEndMs: number | undefined): ShardImage[] {
  const images = imagesOf(groups.store, sliceEndMs);
  if (!groups.hasCold) return images;
  const { memory } = groups.store;
  const place = { origin: 0, checkpointId: 0, keyGroups: allKeyGroups, sliceEndMs };
  const cursor = { run: 0, block: 0, skip: 0 };
  for (let position = coldPosition; ; ) {
    const mark = memory.arena.mark();
    const [rows, hashes] = [memory.arena.allocate(4 * limits.batchRows), memory.arena.allocate(4 * limits.batchRows)];
    const count = groups.scanCold(cursor, limits.batchRows, rows, hashes);
    const image = count === 0 ? undefined : imageOfRows(groups.store, count, rows, position);
    memory.arena.release(mark);
    if (image === undefined) return images;
    images.push({ ...place, rows: image.rows, bytes: image.bytes });
    position += count;
  }
}

/** All rows of tables on disk in parts, at once. */
export function imagesOfParts(merged: MergedParts, sliceEndMs: number | undefined): ShardImage[] {
  const { store } = merged.groups;
  const images: ShardImage[] = [];
  let position = 0;
  const rows = store.memory.allocateSegment(4 * limits.batchRows);
  while (merged.next()) {
    for (const cursor = store.cursor(); ; ) {
      const count = store.scan(cursor, limits.batchRows, rows);
      const image = count === 0 ? undefined : imageOfRows(store, count, rows, position);
      if (image === undefined) break;
      images.push({ origin: 0, checkpointId: 0, keyGroups: allKeyGroups, sliceEndMs, rows: image.rows, bytes: image.bytes });
      position += count;
    }
  }
  store.memory.freeSegment(rows, 4 * limits.batchRows);
  merged.close();
  return images;
}
