/** A sort key as kernels take it: four u32 words each. */
export const sortKeyWords = 4;
export const sortForms = { integer: 0, float: 1, wide: 2, view: 3 } as const;
export const sortFlags = { descending: 1, nullsFirst: 2 } as const;
/** Bytes of an entry: u64 prefix, u32 row address, 4 unused. */
export const sortEntryBytes = 16;

/** Sorting of packed rows; `keys` is the address of key descriptions (sources/sort.ts). */
export interface SortKernels {
  compare_rows(left: number, right: number, keys: number, keyCount: number): number;
  sort_entries(count: number, rows: number, keys: number, keyCount: number, entries: number): void;
  /** Stable; returns `entries` or `scratch`, whichever holds the result. */
  sort_merge(count: number, entries: number, scratch: number, keys: number, keyCount: number, exact: number): number;
  /** Merges `count` sorted lists ({next, end} each) until one is used up; how many rows went to `out`. */
  merge_sorted(count: number, lists: number, keys: number, keyCount: number, out: number, most: number): number;
  sort_rows(count: number, entries: number, rows: number): void;
  sort_within(count: number, entries: number, limit: number, numbers: number): number;
  bag_add(count: number, rows: number, weights: number, at: number): void;
  top_changes(
    count: number,
    sorted: number,
    countAt: number,
    visibleAt: number,
    from: bigint,
    to: bigint,
    rows: number,
    weights: number,
    room: number,
  ): number;
  top_needed(count: number, sorted: number, countAt: number, wanted: bigint): number;
  top_places(count: number, rows: number, countAt: number, visibleAt: number): number;
  top_copies(count: number, rows: number, countAt: number): number;
  marked_add(count: number, rows: number, markAt: number, target: number): number;
  mark_rows(count: number, rows: number, markAt: number, mark: bigint): void;
  marked_keep(count: number, rows: number, markAt: number): number;
  zero_rows(count: number, rows: number, at: number, flags: number): void;
  retractions_first(count: number, weights: number, target: number): void;
}
