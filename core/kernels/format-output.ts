/** Kernels that write rows as text. */
export interface FormatOutputKernels {
  /** Rows as JSON lines or CSV into a buffer; 1 when it is full before the last row. See {@link formatBlock}. */
  format_rows(block: number): number;
}

/**
 * Byte offsets in the parameter block of format_rows, all u32: rows [from, to) of `fieldCount` descriptors at `fields` go to [out, outEnd);
 * `from`, `out` and `rowEnds` are moved on by whole rows. Delimiters, quote and escape (0 = none) are CSV's; the text for NULL is also that of NULL keys in JSON.
 */
export const formatBlock = {
  from: 0,
  to: 4,
  fields: 8,
  fieldCount: 12,
  out: 16,
  outEnd: 20,
  flags: 24,
  delimiter: 28,
  quote: 32,
  escape: 36,
  nullText: 40,
  nullLength: 44,
  elementDelimiter: 48,
  /** Where the end of each row is put (u32), behind its line's end; 0: nowhere. */
  rowEnds: 52,
  sizeBytes: 56,
} as const;
export const formatFlags = { csv: 1, isoTimestamps: 2, ignoreNullFields: 4, strippedDecimals: 8, dropNullKeys: 16 } as const;

/** Byte offsets in a field's descriptor; `name` is the place of `"name":`. Kinds are those of decode.ts, and `verbatim`: text without quotes. */
export const formatField = {
  kind: 0,
  data: 4,
  validity: 8,
  precision: 12,
  scale: 16,
  children: 20,
  childCount: 24,
  name: 28,
  nameLength: 32,
  sizeBytes: 48,
} as const;
export const verbatimKind = 20;
