/** Kernels of Avro's binary encoding. Counts come back signed: use `>>> 0`. */
export interface AvroKernels {
  /**
   * Records to columns; the number of rows. The block is {@link file://./decode.ts}'s decodeBlock, whose `columns` is the address of the top
   * {@link avroNode}; without what is about lines.
   */
  avro_decode(block: number): number;
  /** Unpacks a Snappy block behind its length to `length` bytes at `target`, with 16 more of room; 0: it is damaged. */
  snappy_decompress(from: number, end: number, target: number, length: number): number;
  /** Rows into a buffer; 1 when it is full before the last row. See {@link avroEncodeBlock}. */
  avro_encode(block: number): number;
}

/**
 * Byte offsets in a node of the writer's schema: what to do (`avroOps`), the descriptor of the field it goes into (0: passed over), the bytes of a
 * FIXED plus 1 (0: a length comes first), the addresses of the nodes below (u32 each; of an ENUM the address and length of each symbol) and their
 * number, and what an integer is multiplied with or divided by (i64).
 */
export const avroNode = {
  op: 0,
  field: 4,
  size: 8,
  branches: 12,
  branchCount: 16,
  multiply: 24,
  divide: 32,
  sizeBytes: 40,
} as const;
export const avroOps = {
  null: 0,
  boolean: 1,
  integer: 2,
  float: 3,
  double: 4,
  string: 5,
  fixed: 6,
  decimal: 7,
  enum: 8,
  list: 9,
  map: 10,
  record: 11,
  union: 12,
  absent: 13,
} as const;

/** Byte offsets in the block of avro_encode, all u32; `envelope`: every row is the second of a union with null; `rowEnds` as in formatBlock. */
export const avroEncodeBlock = {
  from: 0,
  to: 4,
  root: 8,
  out: 12,
  outEnd: 16,
  rowEnds: 20,
  envelope: 24,
  sizeBytes: 32,
} as const;
/** Byte offsets in a column's descriptor; kinds are those of decode.ts; times are multiplied or divided (i64). */
export const avroColumn = {
  kind: 0,
  data: 4,
  validity: 8,
  nullable: 12,
  children: 16,
  childCount: 20,
  multiply: 24,
  divide: 32,
  sizeBytes: 48,
} as const;
