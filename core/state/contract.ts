import type { KeyLayout } from '../columnar/key-layout.ts';

/**
 * State as operators declare it. Rows of a keyed table are `[key words | u32 epoch, u32 flags | payload bytes]`: the key in
 * {@link KeyLayout}'s form, the epoch of the last change, and a payload the operator's generated code lays out (accumulators side by side).
 */
export type TableSpec =
  /** One row per key. */
  | { readonly kind: 'value'; readonly name: string; readonly key: KeyLayout; readonly payload: PayloadLayout }
  /** One row per slice and key; a slice (by its end, ms) is dropped as a whole. */
  | { readonly kind: 'sliced'; readonly name: string; readonly key: KeyLayout; readonly payload: PayloadLayout }
  /** Rows without a key, in order of arrival; `row` is the form of all their columns. */
  | { readonly kind: 'list'; readonly name: string; readonly row: KeyLayout }
  /** A small record of named i64/f64 fields per key group or per task: watermarks, next firing, row numbers. */
  | { readonly kind: 'record'; readonly name: string; readonly fields: readonly string[] }
  /** Ordered (time, key) entries. */
  | { readonly kind: 'timers'; readonly name: string };

export interface PayloadLayout {
  /** A multiple of 8. */
  readonly bytes: number;
  /** Offsets of 16-byte views in the payload whose long bytes live in the state heap. */
  readonly viewOffsets: readonly number[];
  /** Payload of a new row; all zero when absent. */
  readonly initial?: readonly number[] | undefined;
  /** Offsets of u32 row addresses, which snapshots leave out: whoever keeps them links the rows again after a restore. */
  readonly linkOffsets?: readonly number[] | undefined;
}

export const emptyPayload: PayloadLayout = Object.freeze({ bytes: 0, viewOffsets: [] });

/** Made by state/ from a spec, owned by the runtime. The concrete classes add the methods operators and kernels use. */
export interface StateTable {
  readonly spec: TableSpec;
  /** Bytes held, for metrics and the memory budget. */
  sizeBytes(): number;
  rowCount(): number;
  /** All rows, those of a keyed table ordered by key group; free of addresses. */
  snapshot(): Uint8Array;
  /** Fills an empty table from {@link snapshot}'s bytes. */
  restore(bytes: Uint8Array): void;
  /** Gives all memory back. */
  close(): void;
}
