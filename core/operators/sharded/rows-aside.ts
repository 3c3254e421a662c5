import { type Batch, batchOf, type Column } from '../../columnar/batch.ts';
import { keyLayoutOf } from '../../columnar/key-layout.ts';
import { type Schema, types } from '../../columnar/types.ts';
import { emptyPayload, type KeyGroupRange, keyGroupCount, keyViewOffsets } from '../../state/index.ts';
import { partCount, RowParts } from '../../state/row-parts.ts';
import { RowStore, rowForm } from '../../state/row-store.ts';
import type { SpillFiles } from '../../storage/spill-files.ts';
import type { OperatorTask } from '../contract.ts';
import { JoinRows } from '../join-rows.ts';

/** Behind the columns of a batch: its weights, and its rows' watermarks as they came. */
const hidden: Schema = [
  { name: '$weight', type: types.tinyint(false) },
  { name: '$before', type: types.bigint(false) },
];

/** Rows of one input that wait on disk for the shards they belong to, in the order they came. */
export class RowsAside {
  readonly #schema: Schema;
  readonly #rows: JoinRows;
  readonly #store: RowStore;
  readonly #task: OperatorTask;
  readonly #files: SpillFiles;
  #parts: RowParts | undefined;
  /** By chunk: which of the hidden columns the batch had. */
  readonly #had: { readonly weights: boolean; readonly before: boolean }[] = [];

  constructor(schema: Schema, task: OperatorTask, files: SpillFiles) {
    this.#schema = schema;
    this.#rows = new JoinRows([...schema, ...hidden], keyLayoutOf([]), []);
    this.#task = task;
    this.#files = files;
    const { row } = this.#rows;
    this.#store = new RowStore(task.memory, task.kernels, rowForm(row.strideBytes, keyViewOffsets(row), emptyPayload));
  }

  get diskBytes(): number {
    return this.#parts?.diskBytes ?? 0;
  }

  rowsOf(range: KeyGroupRange): number {
    return this.#parts?.rowsIn(...partsOf(range)) ?? 0;
  }

  /** Puts the rows of a batch aside, with the hashes (u32) of their keys and the watermark they came behind. */
  add(batch: Batch, hashes: number, watermarkMs: number): void {
    const { memory, kernels } = this.#task;
    const count = batch.length;
    const [weight, before] = [hidden[0]!.type, hidden[1]!.type];
    const columns: Column[] = [
      ...batch.columns.slice(0, this.#schema.length),
      { type: weight, validity: 0, data: batch.weights === 0 ? memory.arena.allocateZeroed(count) : batch.weights },
      {
        type: before,
        validity: 0,
        data: batch.watermarkBefore === 0 ? memory.arena.allocateZeroed(8 * count) : batch.watermarkBefore,
      },
    ];
    const packed = this.#rows.pack(this.#task, columns, count, 0);
    const rows = memory.arena.allocate(4 * count);
    kernels.rows_addresses(count, packed, this.#rows.row.strideBytes, rows);
    this.#parts ??= new RowParts(this.#store, undefined, this.#files);
    this.#parts.append(count, rows, hashes, watermarkMs);
    this.#had.push({ weights: batch.weights !== 0, before: batch.watermarkBefore !== 0 });
  }

  get chunkCount(): number {
    return this.#parts?.chunkCount ?? 0;
  }

  /** Those rows of a chunk that belong to some key groups, in the arena. */
  read(chunk: number, range: KeyGroupRange): { readonly batch: Batch; readonly watermarkMs: number } | undefined {
    const { count, rows, note } = this.#parts!.readChunk(chunk, ...partsOf(range));
    if (count === 0) return undefined;
    const width = this.#schema.length;
    const had = this.#had[chunk]!;
    const columns = this.#schema.map((_, index) => this.#rows.unpack(this.#task, index, count, rows));
    const weights = had.weights ? this.#rows.unpack(this.#task, width, count, rows).data : 0;
    const before = had.before ? this.#rows.unpack(this.#task, width + 1, count, rows).data : 0;
    return { batch: batchOf(count, columns, weights, before), watermarkMs: note };
  }

  /** Forgets all rows. */
  clear(): void {
    this.#parts?.close();
    this.#parts = undefined;
    this.#had.length = 0;
  }

  close(): void {
    this.clear();
    this.#store.close();
  }
}

/** Top bytes of hashes of key groups. */
const partsOf = ({ first, end }: KeyGroupRange): [number, number] => {
  const width = partCount / keyGroupCount;
  return [first * width, end * width];
};
