import type { KeyLayout } from '../columnar/key-layout.ts';
import type { SqlType } from '../columnar/types.ts';
import type { GroupTable } from './group-table.ts';
import type { KeyGroupRange } from './key-groups.ts';
import type { RowStore } from './row-store.ts';

/**
 * State as operators declare it. Rows of a keyed table are `[key words | u32 epoch, u32 flags | payload bytes]`: the key in
 * {@link KeyLayout}'s form, the epoch of the last change, and a payload the operator's generated code lays out (accumulators side by side).
 */
export type TableSpec =
  /** One row per key. */
  | (KeyedTable & { readonly kind: 'value' })
  /** One row per slice and key; a slice (by its end, ms) is dropped as a whole. */
  | (KeyedTable & { readonly kind: 'sliced' })
  /** Rows without a key, in order of arrival; `row` is the form of all their columns. */
  | {
      readonly kind: 'list';
      readonly name: string;
      readonly row: KeyLayout;
      readonly owner: RowOwner;
      /** Its rows may go to disk as a whole: nobody keeps addresses of them between two inputs, and whoever reads them reads the runs too. */
      readonly spills?: boolean | undefined;
      /** Names of `row`'s fields, for whoever queries a checkpoint; default `column 0` … */
      readonly names?: readonly string[] | undefined;
    }
  /** A small record of named numbers of one task: watermarks, next firing, row numbers. */
  | {
      readonly kind: 'record';
      readonly name: string;
      readonly fields: readonly string[];
      /** What becomes of a field when the records of several tasks become one; default `greatest`. */
      readonly merge?: Readonly<Record<string, RecordMerge>> | undefined;
    }
  /** Ordered (time, key) entries. Records of several tasks become one by putting all together. */
  | { readonly kind: 'timers'; readonly name: string };

interface KeyedTable {
  readonly name: string;
  readonly key: KeyLayout;
  readonly payload: PayloadLayout;
  /** Names of the key's fields; default `key 0` … */
  readonly names?: readonly string[] | undefined;
  /** Default: who has the key group of the whole key. */
  readonly owner?: RowOwner | undefined;
  /** Nobody keeps addresses of its rows between two inputs: those that are not used may go to disk. */
  readonly spills?: boolean | undefined;
  /**
   * Of a sliced table that spills: what comes to a key whose row went to disk begins a row anew, and whoever reads the slice merges those of a key
   * ({@link MergedParts}); nothing is read back before.
   */
  readonly apart?: boolean | undefined;
  /**
   * The key begins with another table's whole key, of this layout, and its hash keeps that one's top byte (combine_hashes): values of a group. Default: the
   * hash is that of the whole key.
   */
  readonly groupKey?: KeyLayout | undefined;
}

/** Which task a row belongs to, when a job goes on at another parallelism. */
export type RowOwner =
  /** The one that has the key group of these fields (positions in the key or row); of no fields, hash 0: the first task. */
  | { readonly kind: 'key-group'; readonly fields: readonly number[] }
  /** All: every task holds the same rows. */
  | { readonly kind: 'all' }
  /** Any, but one only: what a task has reduced on its way to where it belongs. */
  | { readonly kind: 'any' };

export type RecordMerge = 'greatest' | 'least' | 'sum';

export interface PayloadLayout {
  /** A multiple of 8. */
  readonly bytes: number;
  /** Offsets of 16-byte views in the payload whose long bytes live in the state heap. */
  readonly viewOffsets: readonly number[];
  /** Payload of a new row; all zero when absent. */
  readonly initial?: readonly number[] | undefined;
  /** Offsets of u32 row addresses, which snapshots leave out: whoever keeps them links the rows again after a restore. */
  readonly linkOffsets?: readonly number[] | undefined;
  /** What the payload's bytes are, for whoever queries a checkpoint; words that nobody names are BIGINT columns `word 0`, `word 8` … */
  readonly columns?: readonly PayloadColumn[] | undefined;
}

/** A part of a payload in {@link KeyLayout}'s form: integers, times and booleans a 64-bit word, FLOAT and DOUBLE a double, 16 bytes for the rest. */
export interface PayloadColumn {
  readonly name: string;
  readonly type: SqlType;
  readonly offsetBytes: number;
}

export const emptyPayload: PayloadLayout = Object.freeze({ bytes: 0, viewOffsets: [] });

/**
 * Rows of one table or slice as bytes without addresses: all of them, or those that changed since an earlier image. Images of one origin and slice
 * are a chain: where two have a row at the same position, the later one's counts.
 */
export interface ShardImage {
  /** The subtask that wrote it: positions are its own. */
  readonly origin: number;
  /** Of a sliced table: the slice. */
  readonly sliceEndMs?: number | undefined;
  /** The checkpoint it was written for: images of a chain count in this order, those of one checkpoint have no row in common. */
  readonly checkpointId: number;
  /** Key groups its rows may be of: what its writer owned. */
  readonly keyGroups: KeyGroupRange;
  readonly rows: number;
  /** In the form of rows (row-image.ts); of small tables, numbers. */
  readonly bytes: Uint8Array;
  /** Where the bytes are in the memory of the task that restores them, if there: they are changed then. */
  readonly address?: number | undefined;
  /** Told when the bytes are not needed any more. */
  readonly used?: (() => void) | undefined;
}

/** The rows of a table, or of one slice. */
export interface StoredRows {
  readonly sliceEndMs?: number | undefined;
  readonly store: RowStore;
}

/** Made by state/ from a spec, owned by the runtime. The concrete classes add the methods operators and kernels use. */
export interface StateTable {
  readonly spec: TableSpec;
  /** Bytes held, for metrics and the memory budget. */
  sizeBytes(): number;
  rowCount(): number;
  /** Where its rows lie, for copying them in pieces; undefined for a table that is small and is copied at once. */
  stores(): readonly StoredRows[] | undefined;
  /** All rows, at once. Slices without rows have an image too. */
  snapshot(): readonly ShardImage[];
  /** The same, made one at a time. */
  images?(): Iterable<ShardImage>;
  /**
   * Adds the rows of images, of any origins, whose key group is in `own` (default: all); what has no key group is taken by policy ({@link RowOwner},
   * {@link RecordMerge}). Chains must be whole, in any order.
   */
  restore(images: readonly ShardImage[], own?: KeyGroupRange): void;
  /** Its parts that may go to disk between two inputs, those first that are wanted again last. */
  spillable?(): readonly GroupTable[];
  /** Between two inputs, of a table that goes to disk by itself: keeps the task within its budget. */
  relieve?(): void;
  /** Bytes of its rows on disk. */
  diskBytes?(): number;
  /** Gives all memory back. */
  close(): void;
}
