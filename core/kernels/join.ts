/**
 * Hash joins. An index has `offsets` by bucket and `entries` {u32 row, u32 hash}; rows are addresses of `[key words | …]`. `words` of a key and `views`
 * (a bit per word that starts one) as {@link HashKernels} take them; `reject`: bits of the key's mask word whose NULLs match nothing.
 */
export interface JoinKernels {
  join_entries(count: number, rows: number, words: number, views: bigint, reject: bigint, entries: number): number;
  /** `offsets`: mask + 2 zeroed words. */
  join_index(count: number, entries: number, mask: number, offsets: number, sorted: number): void;
  /** `state`: two words, the row to go on with and the entries done; returns how many pairs were written. */
  join_pairs(
    count: number,
    keys: number,
    words: number,
    views: bigint,
    reject: bigint,
    hashes: number,
    offsets: number,
    entries: number,
    mask: number,
    max: number,
    state: number,
    probes: number,
    builds: number,
  ): number;
  join_found(
    count: number,
    keys: number,
    words: number,
    views: bigint,
    reject: bigint,
    hashes: number,
    offsets: number,
    entries: number,
    mask: number,
    flags: number,
  ): void;
  join_mark(
    count: number,
    keys: number,
    words: number,
    views: bigint,
    reject: bigint,
    hashes: number,
    offsets: number,
    entries: number,
    mask: number,
    flagsAt: number,
  ): void;
  join_mark_rows(count: number, rows: number, flagsAt: number): void;
  join_flag(count: number, numbers: number, flags: number): void;
  join_flagged(count: number, flags: number, wanted: number, target: number): number;
  join_rows(count: number, rows: number, flagsAt: number, wanted: number): number;
  join_matched(count: number, rows: number, flagsAt: number, values: number): void;
  fill_32(count: number, value: number, target: number): void;
}
