import type { ReadContext, Source, SplitReader } from '../connectors/contract.ts';
import type { DuckdbOptions } from '../duckdb/database.ts';
import type { DuckdbInput } from './services.ts';

/** A DuckDB stage as a source of one split. DuckDB is loaded when the split is opened, not before. */
export function duckdbSource(input: DuckdbInput, options: DuckdbOptions): Source {
  return {
    discover: async () => [{ id: 'duckdb', data: {} }],
    open: (_split, position, context) =>
      new DuckdbReader(input, options, position as { statement: number; rows: number }, context),
  };
}

class DuckdbReader implements SplitReader {
  #stage: import('../duckdb/stage.ts').DuckdbStage | undefined;
  #failure: { readonly error: unknown } | undefined;
  #closed = false;
  readonly #start: { readonly statement: number; readonly rows: number };

  constructor(
    input: DuckdbInput,
    options: DuckdbOptions,
    position: { readonly statement: number; readonly rows: number } | undefined,
    context: ReadContext,
  ) {
    this.#start = position ?? { statement: 0, rows: 0 };
    this.#open(input, options, context).catch((error: unknown) => {
      this.#failure = { error };
      context.wake();
    });
  }

  async #open(input: DuckdbInput, options: DuckdbOptions, context: ReadContext): Promise<void> {
    const [{ sharedDatabase }, { DuckdbStage }] = await Promise.all([
      import('../duckdb/database.ts'),
      import('../duckdb/stage.ts'),
    ]);
    const database = await sharedDatabase(options);
    if (this.#closed) return;
    this.#stage = DuckdbStage.start(database, [input.sql], input.schema, context, this.#start);
    context.wake();
  }

  tryRead(rowsMax: number) {
    if (this.#failure !== undefined) throw this.#failure.error;
    return this.#stage?.tryRead(rowsMax) ?? ({ kind: 'pending' } as const);
  }

  position() {
    return this.#stage?.position() ?? this.#start;
  }

  close(): void {
    this.#closed = true;
    this.#stage?.close();
  }
}
