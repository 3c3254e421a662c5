import { keyWords } from '../codegen/hash.ts';
import { type Batch, batchOf, type Column } from '../columnar/batch.ts';
import { type KeyLayout, keyLayoutOf } from '../columnar/key-layout.ts';
import { type Schema, withoutTimeAttribute } from '../columnar/types.ts';
import { internalError, notSupported } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import { normalizeBlock as block } from '../kernels/normalize.ts';
import { type GroupTable, type PayloadLayout, type RowCursor, type StateTable, ValueTable } from '../state/index.ts';
import { packRows, unpackField } from '../state/packed-rows.ts';
import type { Operator, OperatorContext, OperatorDefinition, OperatorTask, Progress } from './contract.ts';
import { TableTtl } from './state-ttl.ts';
import { withTouched } from './touched-layout.ts';

/**
 * Turns upserts by key into a full changelog. Input: the latest row of a key, or with weight −1 a key that is deleted (its other columns are not
 * looked at). Output: what changes, an update as −old, +new.
 */
export interface ChangelogNormalizeSpec {
  readonly kind: 'changelog-normalize';
  readonly schema: Schema;
  /** Columns of the key. */
  readonly keys: readonly number[];
  /** Of a bounded input: only the rows at its end, with no changes on the way. */
  readonly final: boolean;
  /** Rows that no input came for so long are forgotten, without a word to those who were sent them (`table.exec.state.ttl`); not where `final`. */
  readonly ttlMs?: number | undefined;
}

interface Layout {
  readonly key: KeyLayout;
  readonly rest: KeyLayout;
  /** Columns that are not in the key. */
  readonly others: readonly number[];
  readonly payload: PayloadLayout;
}

const known = new WeakMap<ChangelogNormalizeSpec, Layout>();

/** @throws TidemillError `not-supported` for rows of more than 64 columns besides the key. */
function layoutOf(spec: ChangelogNormalizeSpec): Layout {
  const found = known.get(spec);
  if (found !== undefined) return found;
  const { schema, keys } = spec;
  const others = schema.map((_, index) => index).filter(index => !keys.includes(index));
  if (others.length > 64 || keys.length > 64) throw notSupported('upserts of rows with more than 64 columns');
  const typeOf = (index: number) => withoutTimeAttribute(schema[index]!.type);
  const rest = keyLayoutOf(others.map(typeOf));
  const payload: PayloadLayout = {
    bytes: rest.strideBytes,
    viewOffsets: rest.fields.filter(field => field.form === 'view').map(field => field.offsetBytes),
  };
  const layout: Layout = {
    key: keyLayoutOf(keys.map(typeOf)),
    rest,
    others,
    payload: spec.ttlMs === undefined ? payload : withTouched(payload),
  };
  known.set(spec, layout);
  return layout;
}

/**
 * Keeps the last row of each key. Flink's ChangelogNormalize: with a time to live, an upsert that changes nothing is sent too, because those behind may
 * have forgotten the row (ProcTimeDeduplicateKeepLastRow).
 */
class ChangelogNormalize implements Operator {
  readonly #spec: ChangelogNormalizeSpec;
  readonly #task: OperatorTask;
  readonly #layout: Layout;
  readonly #groups: GroupTable;
  readonly #ttl: TableTtl | undefined;
  /** Where the final rows go on; only while onEnd returns `more`. */
  #cursor: RowCursor | undefined;

  constructor(spec: ChangelogNormalizeSpec, tables: ReadonlyMap<string, StateTable>, task: OperatorTask) {
    this.#spec = spec;
    this.#task = task;
    this.#layout = layoutOf(spec);
    const table = tables.get('rows');
    if (!(table instanceof ValueTable)) throw internalError("the value table 'rows' is missing");
    this.#groups = table.groups;
    if (spec.ttlMs !== undefined) this.#ttl = new TableTtl(() => table.groups, task, spec.ttlMs);
  }

  processBatch(batch: Batch, context: OperatorContext): Progress {
    const { memory, kernels } = this.#task;
    const { arena } = memory;
    const { key, rest, others, payload } = this.#layout;
    const { store } = this.#groups;
    const count = batch.length;
    if (count === 0) return 'done';
    store.collectGarbage();
    this.#ttl?.sweep(count, context.processingTimeMs);
    const pick = (columns: readonly number[]): Column[] => columns.map(index => batch.columns[index]!);
    const keys = packRows(memory, kernels, key, pick(this.#spec.keys), count);
    const packed = packRows(memory, kernels, rest, pick(others), count);
    const { words, views } = keyWords(key);
    const hashes = arena.allocate(4 * count);
    kernels.hash_key_rows(keys, count, words, views, hashes);
    const rows = arena.allocate(4 * count);
    this.#groups.findOrInsert(hashes, keys, rows, 0, count);
    this.#ttl?.renew(0, count, rows, context.processingTimeMs);
    // the last row of a key is the first from behind
    const reversed = arena.allocate(4 * count);
    kernels.reversed_rows(count, rows, reversed);
    const { rowBytes } = store.form;
    const [touched, last, before] = [arena.allocate(4 * count), arena.allocate(4 * count), arena.allocate(rowBytes * count)];
    const distinct = kernels.group_touch(0, count, reversed, key.strideBytes, rowBytes, touched, last, before);
    for (let index = last >> 2; index < (last >> 2) + distinct; index++) memory.u32[index] = count - 1 - memory.u32[index]!;
    const heapBytes = others.reduce((sum, column, index) => {
      const { form } = rest.fields[index]!;
      return form === 'view' ? sum + this.#heapBytes(batch.columns[column]!, packed, index, count) : sum;
    }, 0);
    if (heapBytes > 0) store.ensureHeap(heapBytes);
    const at = arena.allocate(block.sizeBytes);
    const viewOffsets = arena.allocate(4 * Math.max(payload.viewOffsets.length, 1));
    memory.u32.set(payload.viewOffsets, viewOffsets >> 2);
    const [addresses, signs, gone] = [arena.allocate(8 * count), arena.allocate(2 * count), arena.allocate(4 * count)];
    const set = (offset: number, value: number): void => {
      memory.u32[(at + offset) >> 2] = value;
    };
    set(block.count, distinct);
    set(block.touched, touched);
    set(block.before, before);
    set(block.last, last);
    set(block.weights, batch.weights);
    set(block.packed, packed);
    set(block.stride, rest.strideBytes);
    set(block.table, store.block);
    set(block.rowBytes, rowBytes);
    set(block.keyBytes, key.strideBytes);
    set(block.views, viewOffsets);
    set(block.viewCount, payload.viewOffsets.length);
    set(block.addresses, addresses);
    set(block.signs, signs);
    set(block.gone, gone);
    set(block.all, this.#ttl === undefined ? 0 : 1);
    const changed = kernels.normalize_rows(at);
    const goneCount = memory.u32[(at + block.goneCount) >> 2]!;
    if (changed > 0 && !this.#spec.final) context.emit(this.#unpack(changed, addresses, signs));
    kernels.group_untouch(distinct, touched, key.strideBytes);
    if (goneCount > 0) {
      const [goneRows, firsts, goneHashes] = [
        arena.allocate(4 * goneCount),
        arena.allocate(4 * goneCount),
        arena.allocate(4 * goneCount),
      ];
      kernels.gather_32(goneCount, gone, touched, goneRows);
      kernels.gather_32(goneCount, gone, last, firsts);
      kernels.gather_32(goneCount, firsts, hashes, goneHashes);
      this.#groups.remove(goneCount, goneRows, goneHashes);
    }
    return 'done';
  }

  onEnd(context: OperatorContext): Progress {
    if (!this.#spec.final) return 'done';
    this.#cursor ??= this.#groups.store.cursor();
    const rows = this.#task.memory.arena.allocate(4 * limits.batchRows);
    const found = this.#groups.scanRows(this.#cursor, limits.batchRows, rows);
    if (found > 0) context.emit(this.#unpack(found, rows, 0));
    if (found === limits.batchRows) return 'more';
    this.#cursor = undefined;
    return 'done';
  }

  /** Heap bytes that a column's values may take; nested values count as they are packed. */
  #heapBytes(column: Column, packed: number, index: number, count: number): number {
    const { memory, kernels } = this.#task;
    const { rest } = this.#layout;
    if (column.children === undefined) return kernels.view_heap_bytes(count, column.data) >>> 0;
    const views = memory.arena.allocate(16 * count);
    const addresses = memory.arena.allocate(4 * count);
    kernels.rows_addresses(count, packed, rest.strideBytes, addresses);
    kernels.rows_read_128(count, addresses, rest.fields[index]!.offsetBytes, views);
    return kernels.view_heap_bytes(count, views) >>> 0;
  }

  #unpack(count: number, rows: number, weights: number): Batch {
    const { memory, kernels } = this.#task;
    const { key, rest, others } = this.#layout;
    const payloadAt = key.strideBytes + 8;
    const columns = this.#spec.schema.map((field, index): Column => {
      const inKey = this.#spec.keys.indexOf(index);
      const column =
        inKey >= 0
          ? unpackField(memory, kernels, key, inKey, count, rows)
          : unpackField(memory, kernels, rest, others.indexOf(index), count, rows, payloadAt);
      return { ...column, type: field.type };
    });
    return batchOf(count, columns, weights);
  }
}

export const changelogNormalizeDefinition: OperatorDefinition<ChangelogNormalizeSpec> = {
  tables: spec => {
    const { key, payload } = layoutOf(spec);
    return [{ kind: 'value', name: 'rows', key, payload, spills: true }];
  },
  create: (spec, tables, task) => new ChangelogNormalize(spec, tables, task),
  outputSchema: spec => spec.schema,
};
