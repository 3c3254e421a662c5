/**
 * State that ends with time: rows of keyed tables that carry the time of their last change (i64, ms) at offset `at`; a time not above `until` has
 * expired. `rows` are arrays of u32 addresses, 0 for none.
 */
export interface TtlKernels {
  /** Addresses of the expired rows among rows[from..to) to `out`; returns how many. */
  ttl_expired(from: number, to: number, rows: number, at: number, until: bigint, out: number): number;
  /** Gives rows[from..to) the time `now`; expired ones begin anew. `keep` (0 or 1): those that live keep the time they have. */
  ttl_renew(table: number, from: number, to: number, rows: number, at: number, until: bigint, now: bigint, keep: number): void;
  /** Leaves the expired of `rows` and their hashes; returns how many. */
  ttl_keep_expired(count: number, rows: number, hashes: number, at: number, until: bigint): number;
  /** Values in the lists of these groups expire; the lists are empty then. */
  ttl_forget_lists(table: number, count: number, groups: number, head: number, links: number, at: number): void;
  /** flags[i] = the i64 at `countAt` of rows[i] is not above 0. */
  ttl_without_rows(count: number, rows: number, countAt: number, flags: number): void;
}
