import type { RecordBatch } from '../../columnar/arrow.ts';
import type { IpcParts } from '../../columnar/arrow-parts.ts';
import { type ArrowContent, contentRows } from '../../columnar/table-content.ts';
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

type Reading = typeof import('../../columnar/arrow.ts') & { readonly IpcParts: new () => IpcParts };

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
  /** The next part to look at, and the number of its first row. */
  #piece = 0;
  #part = 0;
  #firstRow = 0;
  #parts: IpcParts | undefined;
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
        ([arrow, { IpcParts: Parts }]) => {
          this.#reading = { ...arrow, IpcParts: Parts };
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
    const { pieces } = contentOf(this.#request);
    for (;;) {
      const piece = pieces[this.#piece]!;
      if (this.#part >= piece.parts.length) {
        this.#piece++;
        this.#part = 0;
        this.#parts = undefined;
        continue;
      }
      if (this.#parts === undefined) {
        this.#parts = new reading.IpcParts();
        this.#parts.add(piece.schema);
      }
      const part = piece.parts[this.#part]!;
      const rows = piece.rows[this.#part]!;
      const firstRow = this.#firstRow;
      this.#part++;
      this.#firstRow += rows;
      // dictionaries have no rows, and are wanted by all that follows
      if (rows === 0) this.#parts.add(part);
      else if (this.#next < this.#firstRow) {
        const records = this.#parts.add(part)!;
        const names = this.#parts.schema!.map(field => field.name);
        const places = this.#columns.map(column => names.indexOf(column.name));
        this.#current = { records, places, firstRow };
        return this.#current;
      }
    }
  }

  position(): SplitPosition {
    return { row: this.#next };
  }

  close(): void {
    this.#current = undefined;
    this.#parts = undefined;
  }
}
