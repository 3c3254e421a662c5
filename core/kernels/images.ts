/** Offsets of the block `found`: what image_collect finds. sources/images.ts has the same. */
export const foundBlock = { rows: 0, positions: 4, gone: 8, count: 12, goneCount: 16, bytes: 20 } as const;

/** Images of state rows: see sources/images.ts. `table` is the address of a table block, `rows` of u32 row addresses unless it says otherwise. */
export interface ImageKernels {
  image_collect(
    table: number,
    start: number,
    position: number,
    from: number,
    end: number,
    barrier: number,
    since: number,
    found: number,
  ): void;
  image_collect_log(
    table: number,
    segments: number,
    segmentCount: number,
    from: number,
    end: number,
    barrier: number,
    since: number,
    found: number,
  ): void;
  image_write(table: number, count: number, rows: number, image: number, out: number, heap: number): number;
  /** `rows`: rows side by side. */
  image_clear(count: number, rows: number, rowBytes: number, offset: number): void;
  /** `rows`: rows side by side. */
  image_relocate(count: number, rows: number, rowBytes: number, kinds: number, image: number): void;
  /** `rows`: u32 addresses of new rows, written from `from` on. Returns the position it stopped at. */
  image_place(table: number, from: number, count: number, images: number, rows: number): number;
  image_fill(table: number, count: number, rows: number, images: number): void;
  image_heap_bytes(table: number, count: number, images: number): number;
  image_move(count: number, rows: number, offset: number, targets: number, targetOffset: number, words: number): void;
  image_move_view(table: number, count: number, rows: number, offset: number, targets: number, targetOffset: number): void;
  image_view_bytes(count: number, rows: number, offset: number): number;
  image_most(count: number, positions: number, least: number): number;
  image_claim(count: number, positions: number, bits: number, keep: number): number;
  image_own(count: number, hashes: number, bits: number, first: number, end: number, keep: number): void;
  image_hashes(count: number, rows: number, words: number, views: bigint, out: number): void;
}
