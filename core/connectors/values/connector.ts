import { batchOf } from '../../columnar/batch.ts';
import type { Value } from '../../columnar/values.ts';
import { columnOf } from '../../columnar/write-values.ts';
import type { Connector, ReadContext, ScanRequest, SplitPosition, SplitReader } from '../contract.ts';

/** Rows of a VALUES list, which travel in the plan; no table can be declared with it. */
export const values: Connector = {
  name: 'values',
  options: {},
  formats: [],
  boundedness: () => 'bounded',
  capabilities: { projection: true, limit: true, filter: () => false },
  source: request => ({
    discover: () => Promise.resolve([{ id: 'values', data: {} }]),
    open: (_split, position, context) => new ValuesReader(request, position, context),
  }),
};

class ValuesReader implements SplitReader {
  readonly #request: ScanRequest;
  readonly #rows: readonly (readonly Value[])[];
  readonly #context: ReadContext;
  #next: number;

  constructor(request: ScanRequest, position: SplitPosition | undefined, context: ReadContext) {
    this.#request = request;
    this.#rows = (request.source.rows ?? []).slice(0, request.limit);
    this.#context = context;
    this.#next = Number(position?.row ?? 0);
  }

  tryRead(rowsMax: number): ReturnType<SplitReader['tryRead']> {
    const rows = this.#rows.slice(this.#next, this.#next + rowsMax);
    if (rows.length === 0) return { kind: 'end' };
    this.#next += rows.length;
    const { columns, source } = this.#request;
    const made = columns.map(index =>
      columnOf(
        this.#context.memory,
        source.schema[index]!.type,
        rows.map(row => row[index]!),
      ),
    );
    return { kind: 'batch', batch: batchOf(rows.length, made) };
  }

  position(): SplitPosition {
    return { row: this.#next };
  }

  close(): void {}
}
