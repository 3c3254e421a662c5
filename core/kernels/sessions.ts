/**
 * Sessions as rows of a group table whose key's last word numbers those of one key that are open at a time (operators/session/session-index.ts). `at`: offset in a row
 * of `{i64 start, i64 end (ms), u32 greatest number}`, and of `{u32 first, u32 last}` node where rows hang on sessions. `map`, `shards`: as of group_adopt;
 * `table`: a table's block; `words`, `views`: of the key.
 */
export interface SessionKernels {
  /**
   * rows[from..to), first rows of their keys, become the rows of their sessions, 0 for what comes too late. `out`: u32 counts of `begun` (u32 rows), `pairs`
   * (u32 target, u32 source) and `late` (u32 first rows), which are added to. Returns the position it stopped at.
   */
  session_assign(
    map: number,
    shards: number,
    from: number,
    to: number,
    hashes: number,
    keys: number,
    words: number,
    views: bigint,
    rows: number,
    times: number,
    validity: number,
    before: number,
    watermark: bigint,
    gap: bigint,
    at: number,
    out: number,
    begun: number,
    pairs: number,
    late: number,
  ): number;
  /** Leaves of rows[0..count) those without any session; returns how many. */
  session_unused(table: number, count: number, rows: number, at: number): number;
  /** Ends sessions; rows to take out go to `gone`, of them those with a number to `further`; `out`: u32 counts of both. */
  session_end(table: number, count: number, rows: number, at: number, gone: number, further: number, out: number): void;
  /** First rows of keys that have lost further sessions; those that are not needed any more to `gone`. `keys` are changed. Returns how many. */
  session_renumber(
    map: number,
    shards: number,
    count: number,
    heads: number,
    keys: number,
    words: number,
    views: bigint,
    at: number,
    scratch: number,
    gone: number,
  ): number;
  /** A heap of {i64 ms, u32 row}, 16 bytes each: adds the ends of rows[0..added); returns its count. */
  session_timers_add(heap: number, count: number, added: number, rows: number, at: number): number;
  /** Sessions that have ended, up to `most`, to `rows`, how many to `out`; returns the heap's count. */
  session_timers_due(
    heap: number,
    count: number,
    watermark: bigint,
    most: number,
    at: number,
    keyBytes: number,
    rows: number,
    out: number,
  ): number;
  /** Makes the first entry the session that ends first; returns the heap's count. */
  session_timers_next(heap: number, count: number, at: number, keyBytes: number): number;
  /** Hangs nodes `{u32 row, u32 next}` on sessions. */
  session_hang(count: number, sessions: number, nodes: number, at: number): void;
  session_rehang(count: number, pairs: number, at: number): void;
  /** Rows and nodes that hang on sessions to `out` and `nodes` (0: only counts); returns how many. */
  session_hanging(count: number, sessions: number, at: number, out: number, nodes: number): number;
}
