/** Kernels that read Kafka's record batches. Counts and states come back signed: use `>>> 0`. */
export interface KafkaDecodeKernels {
  /** Reads record batches to runs of places and numbers; a {@link kafkaReadStatus}. See {@link kafkaReadBlock}. */
  kafka_read(block: number): number;
  /**
   * Copies records as lines; `starts` (u32, one more than records): where each begins. Bits of what was met: 1 a record without bytes, 2 one with
   * a line's end within, 4 one that does not begin with a brace. `target` needs room for all, a byte each, and 64 more.
   */
  records_lay(places: number, count: number, target: number, starts: number, json: number): number;
  /** Unpacks an LZ4 frame to at most `room` bytes at `target`, with 16 more behind them; the length, or 2³² − 1: damaged, 2³² − 2: too little room. */
  lz4_decompress(from: number, end: number, target: number, room: number): number;
}

/**
 * Byte offsets in the block of kafka_read. u32: the batches between `position` and `end`; at most `rowsMax` rows, `rows` so far; the batch under
 * way: its records between `recordAt` and `recordEnd`, how many are left, its attributes and leader epoch; `check`: compare checksums; addresses of
 * what is written by row: places (u32 address and length, 2³² − 1 for NULL) of values, keys and headers, offsets (i64), times (i64, µs), leader
 * epochs (i32), kinds of time (u8, 1: of the broker). i64: offsets of the batch, its times (ms) and producer; records before `from` are passed over,
 * those at or behind `stop` are not read; `next` is behind what was read.
 */
export const kafkaReadBlock = {
  position: 0,
  end: 4,
  rowsMax: 8,
  rows: 12,
  recordAt: 16,
  recordEnd: 20,
  remaining: 24,
  attributes: 28,
  leaderEpoch: 32,
  check: 36,
  damagedAt: 40,
  values: 44,
  keys: 48,
  headers: 52,
  offsets: 56,
  times: 60,
  epochs: 64,
  kinds: 68,
  baseOffset: 72,
  lastOffset: 80,
  baseTime: 88,
  maxTime: 96,
  producer: 104,
  from: 112,
  stop: 120,
  next: 128,
  sizeBytes: 136,
} as const;

/** Why kafka_read came back: `attention`: the batch under way is packed, of a transaction or a control batch, and has to be made ready or left out. */
export const kafkaReadStatus = {
  more: 0,
  full: 1,
  attention: 2,
  stopped: 3,
  checksum: 4,
  damaged: 5,
  old: 6,
} as const;

/** Bits of a record batch's attributes. */
export const batchAttributes = { codec: 7, transactional: 16, control: 32 } as const;
