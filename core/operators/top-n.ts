import { keyWords } from '../codegen/hash.ts';
import type { Batch } from '../columnar/batch.ts';
import { internalError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import { type GroupTable, type PayloadLayout, type StateTable, ValueTable } from '../state/index.ts';
import type { Operator, OperatorContext, OperatorDefinition, OperatorTask, Progress } from './contract.ts';
import { RowSorter, rowOrder } from './row-order.ts';
import type { TopNSpec } from './stateful-specs.ts';
import { TopRows } from './top-rows.ts';

/** Three i64: see BagPlaces. */
const payload: PayloadLayout = { bytes: 24, viewOffsets: [] };

/**
 * ORDER BY … LIMIT. Rows are kept as a bag (whole row → how often). Of appended rows only the best are kept; of rows that may be retracted all,
 * with the best of them and some more at hand.
 */
class TopN implements Operator {
  readonly #spec: TopNSpec;
  readonly #task: OperatorTask;
  readonly #sorter: RowSorter;
  readonly #bag: GroupTable;
  readonly #top: TopRows;
  /** Sorted at the end; onEnd goes on sending. */
  #ended = false;

  constructor(spec: TopNSpec, tables: ReadonlyMap<string, StateTable>, task: OperatorTask) {
    this.#spec = spec;
    this.#task = task;
    this.#sorter = new RowSorter(rowOrder(spec), task);
    const bag = tables.get('rows');
    if (!(bag instanceof ValueTable)) throw internalError("the value table 'rows' is missing");
    this.#bag = bag.groups;
    this.#top = new TopRows(this.#bag, this.#sorter, task, { wanted: spec.offset + spec.count, keepsAll: spec.retracting });
  }

  processBatch(batch: Batch, context: OperatorContext): Progress {
    const { memory, kernels } = this.#task;
    const { arena } = memory;
    this.#bag.store.collectGarbage();
    this.#top.prepare();
    const { strideBytes } = this.#sorter.order.row;
    const { packed } = this.#sorter.pack(batch);
    const order = arena.allocate(4 * batch.length);
    const addresses = arena.allocate(4 * batch.length);
    kernels.rows_addresses(batch.length, packed, strideBytes, addresses);
    if (this.#spec.retracting) {
      const zeros = arena.allocate(batch.length);
      memory.u8.fill(1, zeros, zeros + batch.length);
      kernels.flagged_rows(batch.length, zeros, order);
    }
    const count = this.#spec.retracting ? batch.length : this.#top.within(batch.length, addresses, order);
    if (count === 0) return 'done';
    const { words, views } = keyWords(this.#sorter.order.row);
    const hashes = arena.allocate(4 * batch.length);
    kernels.hash_key_rows(packed, batch.length, words, views, hashes);
    const rows = arena.allocateZeroed(4 * batch.length);
    this.#bag.findOrInsert(hashes, packed, rows, 0, count, order);
    const taken = arena.allocate(4 * count);
    kernels.gather_32(count, order, rows, taken);
    kernels.bag_add(count, taken, this.#spec.retracting ? batch.weights : 0, this.#top.places.count);
    const touched = arena.allocate(4 * count);
    const indexes = arena.allocate(4 * count);
    const distinct = kernels.group_touch(0, batch.length, rows, strideBytes, 0, touched, indexes, 0);
    kernels.group_untouch(distinct, touched, strideBytes);
    this.#top.changed(distinct, touched);
    const full = this.#top.count > this.#spec.offset + this.#spec.count + limits.batchRows;
    if (!this.#spec.final || full) {
      this.#top.sort();
      if (!this.#spec.final) this.#send(context);
    }
    if (this.#spec.retracting) this.#dropAbsent(distinct, touched, indexes, hashes);
    if (!this.#spec.final || full) this.#dropRest();
    return 'done';
  }

  onEnd(context: OperatorContext): Progress {
    if (!this.#spec.final) return 'done';
    if (!this.#ended) {
      this.#top.prepare();
      this.#top.sort();
      this.#ended = true;
    }
    const { rows, found } = this.#changes(limits.batchRows);
    if (found > 0) context.emit(this.#sorter.unpack(found, rows));
    if (found === limits.batchRows) return 'more';
    this.#ended = false;
    return 'done';
  }

  close(): void {
    this.#top.close();
  }

  /** Rows that come into or leave the places that are shown, since they were sent. */
  #changes(room: number): { readonly rows: number; readonly weights: number; readonly found: number } {
    const { memory, kernels } = this.#task;
    const { places, count } = this.#top;
    const rows = memory.arena.allocate(4 * room);
    const weights = memory.arena.allocate(room);
    this.#bag.store.touchRows(count, this.#top.rows);
    const from = BigInt(this.#spec.offset);
    const to = from + BigInt(this.#spec.count);
    const found = kernels.top_changes(count, this.#top.rows, places.count, places.sent, from, to, rows, weights, room);
    return { rows, weights, found };
  }

  #send(context: OperatorContext): void {
    const { memory, kernels } = this.#task;
    const { places } = this.#top;
    const most = kernels.top_places(this.#top.count, this.#top.rows, places.count, places.sent);
    const { rows, weights, found } = this.#changes(Math.min(most, 2 * this.#spec.count));
    if (found === 0) return;
    // retractions first, so that a sink never holds more rows than the limit
    const order = memory.arena.allocate(4 * found);
    kernels.retractions_first(found, weights, order);
    const orderedRows = memory.arena.allocate(4 * found);
    const orderedWeights = memory.arena.allocate(found);
    kernels.gather_32(found, order, rows, orderedRows);
    kernels.gather_8(found, order, weights, orderedWeights);
    context.emit(this.#sorter.unpack(found, orderedRows, orderedWeights));
  }

  /** Rows of which none is left; `indexes` and `hashes` by row of the batch. */
  #dropAbsent(distinct: number, touched: number, indexes: number, hashes: number): void {
    const { memory, kernels } = this.#task;
    const { arena } = memory;
    const flags = arena.allocate(distinct);
    kernels.zero_rows(distinct, touched, this.#top.places.count, flags);
    const gone = arena.allocate(4 * distinct);
    const count = kernels.flagged_rows(distinct, flags, gone);
    if (count === 0) return;
    const [rows, firsts, goneHashes] = [arena.allocate(4 * count), arena.allocate(4 * count), arena.allocate(4 * count)] as const;
    kernels.gather_32(count, gone, touched, rows);
    kernels.gather_32(count, gone, indexes, firsts);
    kernels.gather_32(count, firsts, hashes, goneHashes);
    this.#top.forget(count, rows);
    this.#bag.remove(count, rows, goneHashes);
  }

  /** Appended rows that can never be among the first again go for good. */
  #dropRest(): void {
    const { memory, kernels } = this.#task;
    const gone = this.#top.trim();
    if (gone === 0 || this.#spec.retracting) return;
    const rows = this.#top.rows + 4 * this.#top.count;
    const { strideBytes } = this.#sorter.order.row;
    const { words, views } = keyWords(this.#sorter.order.row);
    const packed = memory.arena.allocate(strideBytes * gone);
    const hashes = memory.arena.allocate(4 * gone);
    kernels.rows_copy(gone, rows, strideBytes, packed);
    kernels.hash_key_rows(packed, gone, words, views, hashes);
    this.#bag.remove(gone, rows, hashes);
  }
}

export const topNDefinition: OperatorDefinition<TopNSpec> = {
  tables: spec => [{ kind: 'value', name: 'rows', key: rowOrder(spec).row, payload, owner: { kind: 'key-group', fields: [] } }],
  create: (spec, tables, task) => new TopN(spec, tables, task),
  outputSchema: spec => spec.schema,
};
