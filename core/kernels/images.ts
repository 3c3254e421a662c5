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
    rows: number,
    positions: number,
    gone: number,
    counts: number,
  ): void;
  image_collect_log(
    table: number,
    segments: number,
    segmentCount: number,
    from: number,
    end: number,
    barrier: number,
    since: number,
    rows: number,
    positions: number,
    gone: number,
    counts: number,
  ): void;
  image_write(table: number, count: number, rows: number, image: number, out: number, heap: number): number;
  /** `rows`: rows side by side. */
  image_clear(count: number, rows: number, rowBytes: number, offset: number): void;
  /** `rows`: rows side by side. */
  image_relocate(count: number, rows: number, rowBytes: number, kinds: number, image: number): void;
  image_fill(table: number, count: number, rows: number, images: number): void;
  image_heap_bytes(table: number, count: number, images: number): number;
  image_claim(count: number, positions: number, bits: number, keep: number): void;
  image_own(count: number, hashes: number, bits: number, first: number, end: number, keep: number): void;
  image_hashes(count: number, rows: number, words: number, views: bigint, out: number): void;
}
