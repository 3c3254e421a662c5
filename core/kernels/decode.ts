import type { AvroKernels } from './avro.ts';

/** Kernels of the text formats. Addresses and counts come back signed: use `>>> 0`. */
export interface DecodeKernels extends AvroKernels {
  /** Decodes JSON lines; the number of rows. See {@link decodeBlock}. */
  json_decode(block: number): number;
  /** Decodes records where they lie (block: position: of each its address and length; rows: how many); the number of the first that is no plain row. */
  json_decode_places(block: number): number;
  /** Decodes CSV records; the number of rows. */
  csv_decode(block: number): number;
  /** Place of the first byte that is not UTF-8, or `end`. */
  utf8_validate(from: number, end: number): number;
  /** Number of the first of `rows` views whose text is not UTF-8, or `rows`. */
  utf8_first_bad_view(rows: number, views: number): number;
  /** Where the 651 powers of five (128 bits, high word first) belong that doubles are made with. */
  decode_powers(): number;
  /**
   * Where cells are listed whose text has to be looked at again (doubles of many digits, nested JSON for a text): field, row, text, length;
   * {@link decodeBlock} `patches` counts them.
   */
  decode_patches(): number;
  /** Where records are listed that were left out: start, end, error, its place and field; `badCount` counts them. */
  decode_bad(): number;
}

/**
 * Byte offsets in the parameter block of json_decode and csv_decode, all u32. The text [position, end) is whole lines with 64 readable bytes behind;
 * `validUntil` is the first byte that is not UTF-8. Comes back: position, error (a {@link DecodeError}) with its place and field and the start of its
 * record, records skipped, values made NULL, patches, lines.
 */
export const decodeBlock = {
  position: 0,
  end: 4,
  rows: 8,
  root: 12,
  flags: 16,
  /** Descriptors for keys nobody asked for, and how many are left. */
  spare: 20,
  spareCount: 24,
  error: 28,
  errorAt: 32,
  errorField: 36,
  skipped: 40,
  nulled: 44,
  patches: 48,
  validUntil: 52,
  recordAt: 56,
  lines: 60,
  /** CSV: delimiter, quote, escape (0 = none), array delimiter; address of a pointer per column of the file, and their number. */
  delimiter: 64,
  quote: 68,
  escape: 72,
  arrayDelimiter: 76,
  columns: 80,
  columnCount: 84,
  nullText: 88,
  nullLength: 92,
  /** Records left out and listed. */
  badCount: 96,
  /** JSON: 1 while the elements of an array that is a line are read. */
  inArray: 100,
  sizeBytes: 104,
} as const;
export const decodeFlags = {
  skipErrors: 1,
  failOnMissing: 2,
  isoTimestamps: 4,
  comments: 8,
  lastChunk: 16,
  /** Records that cannot be read are left out and listed at decode_bad, in full: no value is made NULL instead. */
  collectBad: 64,
} as const;

/** Byte offsets in a field's descriptor; the children of a field are descriptors side by side. See sources/decode-fields.ts. */
export const fieldDescriptor = {
  kind: 0,
  data: 4,
  validity: 8,
  nulls: 12,
  precision: 16,
  scale: 20,
  children: 24,
  childCount: 28,
  used: 36,
  nullable: 44,
  literalLength: 60,
  literal: 64,
  sizeBytes: 128,
  /** Longest `"key":` that is compared as vectors; longer names are an address and a length at `literal`. */
  literalBytesMax: 48,
} as const;
export const fieldKinds = {
  skip: 0,
  boolean: 1,
  i8: 2,
  i16: 3,
  i32: 4,
  i64: 5,
  f32: 6,
  f64: 7,
  decimal64: 8,
  decimal128: 9,
  text: 10,
  bytes: 11,
  date: 12,
  time: 13,
  timestamp: 14,
  timestampLtz: 15,
  array: 16,
  map: 17,
  multiset: 18,
  row: 19,
} as const;

/** What the kernels' error codes mean. */
export const decodeErrors = {
  1: 'object',
  2: 'key',
  3: 'colon',
  4: 'object-end',
  5: 'array-end',
  6: 'value',
  7: 'range',
  8: 'null',
  9: 'missing',
  10: 'string',
  11: 'escape',
  12: 'trailing',
  13: 'too-many',
  14: 'quote',
  15: 'after-quote',
  16: 'utf8',
  17: 'syntax',
  18: 'too-few',
} as const;
export type DecodeError = (typeof decodeErrors)[keyof typeof decodeErrors];
