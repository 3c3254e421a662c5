import { keyWords } from '../codegen/hash.ts';
import { type KeyLayout, keyLayoutOf } from '../columnar/key-layout.ts';
import type { Kernels } from '../kernels/index.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import type { RowOwner, TableSpec } from './contract.ts';
import { packRows, unpackField } from './packed-rows.ts';

type RowSpec = Extract<TableSpec, { kind: 'value' | 'sliced' | 'list' }>;

/** Packed form of a table's rows: the key, or all of a list's row. */
export const rowLayoutOf = (spec: RowSpec): KeyLayout => (spec.kind === 'list' ? spec.row : spec.key);

/**
 * Hashes of a table's rows by their own words: what slots are found by (not for lists), and whose top bits are the key group. All arrays are addresses:
 * `rows` of u32 row addresses, `packed` of the rows' packed form side by side.
 */
export class RowRules {
  readonly owner: RowOwner;
  readonly #spec: RowSpec;
  readonly #memory: TaskMemory;
  readonly #kernels: Kernels;

  constructor(spec: RowSpec, memory: TaskMemory, kernels: Kernels) {
    this.#spec = spec;
    this.#memory = memory;
    this.#kernels = kernels;
    this.owner = spec.owner ?? { kind: 'key-group', fields: rowLayoutOf(spec).fields.map((_, index) => index) };
  }

  /** {@link slotHashes} looks at the packed rows too. */
  get hashesPacked(): boolean {
    return this.#spec.kind !== 'list' && this.#spec.groupKey !== undefined;
  }

  /** Of a keyed table: what its slots are found by. */
  slotHashes(count: number, rows: number, packed: number): number {
    const spec = this.#spec;
    const layout = rowLayoutOf(spec);
    const groupKey = spec.kind === 'list' ? undefined : spec.groupKey;
    if (groupKey === undefined) return this.#hashPrefix(layout, count, rows);
    const groups = this.#hashPrefix(groupKey, count, rows);
    const from = groupKey.types.length === 0 ? 0 : groupKey.strideBytes;
    const { words, views } = keyWords(layout);
    const hashes = this.#memory.arena.allocate(4 * count);
    const stride = layout.strideBytes;
    this.#kernels.combine_hashes(count, groups, packed, words - from / 8, views >> BigInt(from / 8), from, stride, hashes);
    return hashes;
  }

  /** Hashes whose top bits are the rows' key groups; undefined where rows have none. `slots`: {@link slotHashes}, when they are known. */
  groupHashes(count: number, rows: number, slots: number | undefined): number | undefined {
    const spec = this.#spec;
    if (this.owner.kind !== 'key-group') return undefined;
    if (spec.kind !== 'list' && spec.owner === undefined && slots !== undefined) return slots;
    const layout = rowLayoutOf(spec);
    const { fields } = this.owner;
    const groupKey = spec.kind === 'list' ? undefined : spec.groupKey;
    if (groupKey !== undefined && fields.length === groupKey.fields.length) return this.#hashPrefix(groupKey, count, rows);
    if (fields.length === 0) return this.#memory.arena.allocateZeroed(4 * count);
    const parts = keyLayoutOf(fields.map(index => layout.fields[index]!.type));
    if (isPrefix(parts, layout, fields)) return this.#hashPrefix(parts, count, rows);
    const columns = fields.map(index => unpackField(this.#memory, this.#kernels, layout, index, count, rows));
    const packed = packRows(this.#memory, this.#kernels, parts, columns, count);
    const { words, views } = keyWords(parts);
    const hashes = this.#memory.arena.allocate(4 * count);
    this.#kernels.hash_key_rows(packed, count, words, views, hashes);
    return hashes;
  }

  #hashPrefix(layout: KeyLayout, count: number, rows: number): number {
    if (layout.fields.length === 0) return this.#memory.arena.allocateZeroed(4 * count);
    const { words, views } = keyWords(layout);
    const hashes = this.#memory.arena.allocate(4 * count);
    this.#kernels.image_hashes(count, rows, words, views, hashes);
    return hashes;
  }
}

/** Whether the fields are the first ones and lie in the row just as they would alone: a mask word has no bits of others. */
function isPrefix(parts: KeyLayout, layout: KeyLayout, fields: readonly number[]): boolean {
  if (fields.some((field, index) => field !== index)) return false;
  if (parts.nullable !== layout.nullable || (parts.nullable && fields.length < layout.fields.length)) return false;
  return fields.every(index => parts.fields[index]!.offsetBytes === layout.fields[index]!.offsetBytes);
}
