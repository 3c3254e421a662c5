import type { RecordBatch } from '../../columnar/arrow.ts';
import type { Schema } from '../../columnar/types.ts';
import { TidemillError } from '../../common/errors.ts';
import { didYouMean } from '../../common/nearest-names.ts';
import { localStorage } from '../../storage/local-storage.ts';
import type { ReadContext, ReadResult, ScanRequest, Source, SplitPosition, SplitReader } from '../contract.ts';
import type { FileTable } from './file-table.ts';

/** The columns of an Arrow IPC file or stream. */
export async function arrowFileSchema(path: string): Promise<Schema> {
  const { readIpc } = await import('../../columnar/arrow.ts');
  return readIpc(await localStorage.read(path)).schema;
}

/** Arrow IPC files and streams; a file is a split and is held in memory while it is read. */
export function arrowSource({ request, files }: FileTable): Source {
  return {
    async discover() {
      return (await files()).map(file => ({ id: file.path, data: { path: file.path } }));
    },
    open: (split, position, context) => new ArrowReader(String(split.data['path']), request, position, context),
  };
}

type BatchOfArrow = typeof import('../../columnar/arrow.ts').batchOfArrow;

class ArrowReader implements SplitReader {
  readonly #columns: Schema;
  readonly #limit: number;
  readonly #context: ReadContext;
  #opened:
    | { readonly batches: readonly RecordBatch[]; readonly places: readonly number[]; readonly convert: BatchOfArrow }
    | undefined;
  #failure: { readonly error: unknown } | undefined;
  #batch: number;
  #row: number;
  #total: number;

  constructor(path: string, request: ScanRequest, position: SplitPosition | undefined, context: ReadContext) {
    this.#columns = request.columns.map(index => request.source.schema[index]!);
    this.#limit = request.limit ?? Number.POSITIVE_INFINITY;
    this.#context = context;
    this.#batch = Number(position?.['batch'] ?? 0);
    this.#row = Number(position?.['row'] ?? 0);
    this.#total = Number(position?.['total'] ?? 0);
    this.#open(path)
      .catch((error: unknown) => {
        this.#failure = { error };
      })
      .finally(context.wake);
  }

  tryRead(rowsMax: number): ReadResult {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#opened === undefined) return { kind: 'pending' };
    const { batches, places, convert } = this.#opened;
    while (this.#batch < batches.length && this.#row >= batches[this.#batch]!.numRows) {
      this.#batch++;
      this.#row = 0;
    }
    const records = batches[this.#batch];
    if (records === undefined) return { kind: 'end' };
    const rows = Math.min(rowsMax, records.numRows - this.#row, this.#limit - this.#total);
    if (rows <= 0) return { kind: 'end' };
    const batch = convert(this.#context, records, this.#columns, this.#row, rows, places);
    this.#row += rows;
    this.#total += rows;
    return { kind: 'batch', batch };
  }

  position(): SplitPosition {
    return { batch: this.#batch, row: this.#row, total: this.#total };
  }

  close(): void {
    this.#opened = undefined;
    this.#batch = Number.POSITIVE_INFINITY;
  }

  async #open(path: string): Promise<void> {
    const { batchOfArrow, readIpc } = await import('../../columnar/arrow.ts');
    const { schema, batches } = readIpc(await localStorage.read(path));
    const places = this.#columns.map(column => {
      const place = schema.findIndex(field => field.name === column.name);
      if (place >= 0) return place;
      const names = schema.map(field => field.name);
      throw new TidemillError('unknown-column', `${path} has no column '${column.name}'`, {
        hint: didYouMean(column.name, names) ?? `it has ${names.join(', ')}`,
      });
    });
    this.#opened = { batches, places, convert: batchOfArrow };
  }
}
