import { setImmediate } from 'node:timers';
import type { Batch } from '../columnar/batch.ts';
import type { Schema } from '../columnar/types.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import type { Result } from './bindings.ts';
import { collectChunks, releaseResult } from './collect-garbage.ts';
import type { DuckdbConnection, DuckdbDatabase } from './database.ts';
import { duckdbError } from './errors.ts';
import { ResultReader } from './result-reader.ts';

/** What a stage's reading needs of its task. */
export interface StageContext {
  readonly memory: TaskMemory;
  /** Called, from the event loop, when a call that answered `pending` is worth repeating. */
  readonly wake: () => void;
}
/** The same as a connector's ReadResult, without `idle`. */
export type StageReadResult =
  | { readonly kind: 'batch'; readonly batch: Batch }
  | { readonly kind: 'pending' }
  | { readonly kind: 'end' };

/** Chunks read between two collections: few enough to stay in the cache of the allocator, many enough to cost nothing. */
const chunksPerCollection = 48;
/** Bytes a result row may hold in DuckDB's memory, roughly; only decides when old results are collected. */
const bytesPerValue = 12;

/**
 * Statements run one after the other, the next one while the rows of the one before are read. Each is complete before its first row is
 * handed out, so that a row that fails does so before any is seen. `tryRead` never waits: DuckDB works on threads of its own.
 *
 * @example
 * const stage = DuckdbStage.start(await sharedDatabase({ threads: 1 }), ['SELECT 1::INTEGER'], schema, { memory, wake });
 * const result = stage.tryRead(8192); // pending, then a batch, then end
 */
export class DuckdbStage {
  readonly #database: DuckdbDatabase;
  readonly #statements: readonly string[];
  readonly #schema: Schema;
  readonly #context: StageContext;
  readonly #connections: ({ readonly connection: DuckdbConnection; busy: boolean } | undefined)[] = [];
  readonly #finished = new Map<number, Result>();
  #started = 0;
  #reading: number;
  #rowsRead: number;
  #reader: ResultReader | undefined;
  #rowsOfReader = 0;
  #chunksCollected = 0;
  readonly #failures = new Map<number, unknown>();
  #closed = false;

  private constructor(
    database: DuckdbDatabase,
    statements: readonly string[],
    schema: Schema,
    context: StageContext,
    position: StagePosition,
  ) {
    this.#database = database;
    this.#statements = statements;
    this.#schema = schema;
    this.#context = context;
    this.#reading = position.statement;
    this.#started = position.statement;
    this.#rowsRead = position.rows;
    this.#startAhead();
  }

  /** Starts the first statement; with a position, the one it names, passing over the rows delivered before. */
  static start(
    database: DuckdbDatabase,
    statements: readonly string[],
    schema: Schema,
    context: StageContext,
    position: StagePosition = { statement: 0, rows: 0 },
  ): DuckdbStage {
    return new DuckdbStage(database, statements, schema, context, position);
  }

  /**
   * @throws TidemillError of the statement that failed; see {@link isRowError} for those that ask for a rerun on operators.
   */
  tryRead(rowsMax: number): StageReadResult {
    for (;;) {
      if (this.#reading >= this.#statements.length || this.#closed) return { kind: 'end' };
      if (this.#failures.has(this.#reading)) throw this.#failures.get(this.#reading);
      if (this.#reader === undefined) {
        const result = this.#finished.get(this.#reading);
        if (result === undefined) return { kind: 'pending' };
        this.#finished.delete(this.#reading);
        this.#reader = new ResultReader(this.#database.bindings, result, this.#schema);
        this.#reader.skip(this.#rowsRead);
        this.#rowsOfReader = this.#rowsRead;
        this.#chunksCollected = this.#reader.chunksRead;
        this.#startAhead();
      }
      if (this.#reader.chunksRead - this.#chunksCollected >= chunksPerCollection) {
        this.#chunksCollected = this.#reader.chunksRead;
        return this.#collect();
      }
      const batch = this.#reader.read(this.#context.memory, rowsMax);
      if (batch !== undefined) {
        this.#rowsRead += batch.length;
        this.#rowsOfReader += batch.length;
        return { kind: 'batch', batch };
      }
      const chunks = this.#reader.chunksRead - this.#chunksCollected;
      releaseResult(this.#rowsOfReader * this.#schema.length * bytesPerValue);
      this.#reader = undefined;
      this.#reading++;
      this.#rowsRead = 0;
      if (chunks > 1 && this.#reading < this.#statements.length) return this.#collect();
    }
  }

  /** Statement and rows of it handed out: valid for as long as the statements give the same rows in the same order. */
  position(): StagePosition {
    return { statement: this.#reading, rows: this.#rowsRead };
  }

  /** Interrupts what is running and drops what is not read. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#reader = undefined;
    this.#finished.clear();
    for (const slot of this.#connections) {
      if (slot === undefined) continue;
      // freeing a connection under a running statement would take the process down: #run closes it when the statement has ended
      if (slot.busy) slot.connection.interrupt();
      else slot.connection.close();
    }
  }

  #collect(): StageReadResult {
    collectChunks();
    setImmediate(this.#context.wake);
    return { kind: 'pending' };
  }

  #startAhead(): void {
    while (this.#started < this.#statements.length && this.#started <= this.#reading + 1) void this.#run(this.#started++);
  }

  async #run(index: number): Promise<void> {
    const number = index & 1;
    try {
      const slot = (this.#connections[number] ??= { connection: await this.#database.connect(), busy: false });
      if (this.#closed) return slot.connection.close();
      slot.busy = true;
      try {
        this.#finished.set(index, await slot.connection.query(this.#statements[index]!));
      } finally {
        slot.busy = false;
        if (this.#closed) slot.connection.close();
      }
    } catch (cause) {
      this.#failures.set(index, duckdbError(cause));
    }
    if (this.#closed) this.#finished.clear();
    else this.#context.wake();
  }
}

export type StagePosition = {
  readonly statement: number;
  readonly rows: number;
};
