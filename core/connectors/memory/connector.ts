import type { RecordBatch } from '../../columnar/arrow.ts';
import type { IpcBatches } from '../../columnar/arrow-parts.ts';
import { type ArrowContent, type ContentPiece, contentRows } from '../../columnar/table-content.ts';
import type { Schema } from '../../columnar/types.ts';
import { internalError, TidemillError } from '../../common/errors.ts';
import { limits } from '../../common/limits.ts';
import type { Connector, ReadContext, ReadResult, ScanRequest, Split, SplitPosition, SplitReader } from '../contract.ts';

/**
 * Arrow data that a client put into a table of its session: it travels in the plan, as rows of VALUES do. No table can be declared with it. An INSERT is a
 * query whose rows the session puts behind those that are there.
 */
export const memory: Connector = {
  name: 'memory',
  options: {},
  formats: [],
  boundedness: () => 'bounded',
  sinkMode: 'changelog',
  overwrite: true,
  sink: sink => {
    throw internalError(`the session itself puts rows into '${sink.name}'`);
  },
  capabilities: { projection: true, limit: true, filter: () => false },
  source: request => ({
    async discover(parallelism) {
      const rows = contentRows(contentOf(request));
      const count = Math.max(1, Math.min(parallelism, Math.floor(rows / limits.batchRows)));
      return Array.from({ length: count }, (_, index): Split => {
        const start = Math.floor((rows * index) / count);
        return { id: `memory#${start}`, data: { start, end: Math.floor((rows * (index + 1)) / count) } };
      });
    },
    open: (split, position, context) => new MemoryReader(split, position, request, context),
  }),
};

function contentOf({ source }: ScanRequest): Pick<ArrowContent, 'pieces'> {
  if (source.content !== undefined) return source.content;
  throw new TidemillError(
    'not-a-source',
    `table '${source.name}' has no rows in memory: connector 'memory' is for tables that clients put`,
    {
      hint: 'CREATE TABLE with a connector for data that is elsewhere',
    },
  );
}

type Reading = typeof import('../../columnar/arrow.ts') & {
  readonly IpcBatches: new (...of: ConstructorParameters<typeof IpcBatches>) => IpcBatches;
};

interface OpenBatch {
  readonly records: RecordBatch;
  readonly places: readonly number[];
  readonly firstRow: number;
}

/** Reads rows `start` to `end` of all pieces together; record batches outside are not looked at. */
class MemoryReader implements SplitReader {
  readonly #request: ScanRequest;
  readonly #columns: Schema;
  readonly #context: ReadContext;
  readonly #end: number;
  /** Of all rows, the next to be given. */
  #next: number;
  /** The next piece to look at, and the number of the first row behind what was looked at. */
  #piece = 0;
  #firstRow = 0;
  /** What is still to be read of the piece before, and where its columns are. */
  #batches: IpcBatches | undefined;
  #places: readonly number[] = [];
  #current: OpenBatch | undefined;
  #reading: Reading | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(split: Split, position: SplitPosition | undefined, request: ScanRequest, context: ReadContext) {
    this.#request = request;
    this.#columns = request.columns.map(index => request.source.schema[index]!);
    this.#context = context;
    const start = Number(split.data['start']);
    this.#next = Number(position?.['row'] ?? start);
    this.#end = Math.min(Number(split.data['end']), start + (request.limit ?? Number.POSITIVE_INFINITY));
    Promise.all([import('../../columnar/arrow.ts'), import('../../columnar/arrow-parts.ts')])
      .then(
        ([arrow, { IpcBatches }]) => {
          this.#reading = { ...arrow, IpcBatches };
        },
        (error: unknown) => {
          this.#failure = { error };
        },
      )
      .finally(context.wake);
  }

  tryRead(rowsMax: number): ReadResult {
    if (this.#failure !== undefined) throw this.#failure.error;
    const reading = this.#reading;
    if (reading === undefined) return { kind: 'pending' };
    if (this.#next >= this.#end) return { kind: 'end' };
    const { records, places, firstRow } = this.#at(reading);
    const from = this.#next - firstRow;
    const rows = Math.min(rowsMax, records.numRows - from, this.#end - this.#next);
    this.#next += rows;
    return { kind: 'batch', batch: reading.batchOfArrow(this.#context, records, this.#columns, from, rows, places) };
  }

  /** The record batch that the next row is in. */
  #at(reading: Reading): OpenBatch {
    if (this.#current !== undefined && this.#next < this.#current.firstRow + this.#current.records.numRows) return this.#current;
    for (;;) {
      this.#batches ??= this.#open(reading, contentOf(this.#request).pieces[this.#piece]!);
      const records = this.#batches.next();
      if (records === undefined) {
        this.#batches = undefined;
        this.#piece++;
        continue;
      }
      const firstRow = this.#firstRow;
      this.#firstRow += records.numRows;
      if (this.#next >= this.#firstRow) continue;
      this.#current = { records, places: this.#places, firstRow };
      return this.#current;
    }
  }

  /** What a piece has of the rows that are to come. */
  #open(reading: Reading, { schema, parts, rows }: ContentPiece): IpcBatches {
    let behind = this.#firstRow;
    const wanted = parts.filter((_, index) => {
      const before = behind;
      behind += rows[index]!;
      // dictionaries have no rows, and are wanted by all that follows
      if (rows[index] === 0) return true;
      if (behind > this.#next) return before < this.#end;
      this.#firstRow = behind;
      return false;
    });
    const batches = new reading.IpcBatches(schema, wanted);
    const names = batches.schema.map(field => field.name);
    this.#places = this.#columns.map(column => names.indexOf(column.name));
    return batches;
  }

  position(): SplitPosition {
    return { row: this.#next };
  }

  close(): void {
    this.#current = undefined;
    this.#batches = undefined;
  }
}
