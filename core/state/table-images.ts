import type { ShardImage } from './contract.ts';
import { allKeyGroups } from './key-groups.ts';
import { imageOfSegment } from './row-image.ts';
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
