/** Kernels that write Kafka's records. A place is two u32: address, and length, which is 2³² − 1 for NULL. */
export interface KafkaEncodeKernels {
  /** Appends records to a batch; see {@link kafkaAppendBlock}. */
  kafka_append(block: number): void;
  /** By row, the partition (u32) of its key, as Kafka's own clients choose it; `otherwise` where there is no key. */
  kafka_partitions(count: number, keys: number, partitions: number, otherwise: number, target: number): void;
  /** Row numbers in order of their partitions, to `rows`; `ends`: where each partition's end there. */
  kafka_group(count: number, partitionOf: number, partitions: number, ends: number, rows: number): void;
  /** Places of records that lie one behind the other; those with a negative weight (0: there are none) are NULL. */
  kafka_places(count: number, start: number, ends: number, gap: number, weights: number, places: number): void;
  /** Times in ms (i64) of a timestamp column with `perMs` units a millisecond; `nowMs` where it is NULL. */
  kafka_times(count: number, data: number, validity: number, perMs: bigint, nowMs: bigint, target: number): void;
  /**
   * A batch of changes as upserts by key: numbers of the rows to write, to `rows`; values of deleted keys become NULL. `slots`: zeroed u32, a power of
   * two of them and twice as many as rows at least; `links`: two u32 a row.
   */
  kafka_upserts(
    count: number,
    keys: number,
    values: number,
    weights: number,
    slots: number,
    slotsMask: number,
    links: number,
    rows: number,
  ): number;
  /** Packs [from, from + bytes) as one snappy block to `target`, which has room for bytes + bytes / 6 + 40; the packed length. */
  snappy_compress(from: number, bytes: number, target: number): number;
  /** Packs [from, from + bytes) as an LZ4 frame to `target`, which has room for bytes + bytes / 250 + 64; the packed length. */
  lz4_compress(from: number, bytes: number, target: number): number;
}

/**
 * Byte offsets in the parameter block of kafka_append: u32 but for the times, which are i64 in ms since 1970. Of `count` rows (row numbers at `rows`, or
 * 0 for all in order) those from `taken` on are appended at `out`, up to `outEnd`; `needed` is the size of the first that does not fit, or 0. `keys`,
 * `headers` and `times` may be 0: no keys, no headers, all of the time `now`. A record's headers lie there as in the record, with their number.
 */
export const kafkaAppendBlock = {
  count: 0,
  rows: 4,
  keys: 8,
  values: 12,
  headers: 16,
  times: 20,
  out: 24,
  outEnd: 28,
  taken: 32,
  records: 36,
  needed: 40,
  now: 48,
  baseTime: 56,
  maxTime: 64,
  sizeBytes: 72,
} as const;
