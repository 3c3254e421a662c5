import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bindings, type Connection, type Database, loadBindings, type Result } from './bindings.ts';
import { duckdbError } from './errors.ts';
import { statementsSettled, whileRunning } from './running.ts';

export interface DuckdbOptions {
  /** Threads DuckDB may use: the statement's parallelism. */
  readonly threads: number;
  /** Bytes DuckDB may hold before it spills to the temporary directory; without it, DuckDB's default. */
  readonly memoryBytesMax?: number | undefined;
}

/** An in-memory DuckDB with settings that never reach out: no extension is fetched, times are UTC. */
export class DuckdbDatabase {
  readonly bindings: Bindings;
  readonly #database: Database;
  #closed = false;

  private constructor(bindings: Bindings, database: Database) {
    this.bindings = bindings;
    this.#database = database;
  }

  static async open(options: DuckdbOptions): Promise<DuckdbDatabase> {
    const bindings = await loadBindings();
    const config = bindings.create_config();
    bindings.set_config(config, 'threads', String(options.threads));
    bindings.set_config(config, 'autoinstall_known_extensions', 'false');
    bindings.set_config(config, 'autoload_known_extensions', 'false');
    bindings.set_config(config, 'temp_directory', join(tmpdir(), `tidemill-duckdb-${process.pid}`));
    if (options.memoryBytesMax !== undefined) bindings.set_config(config, 'memory_limit', `${options.memoryBytesMax}B`);
    try {
      return new DuckdbDatabase(bindings, await whileRunning(bindings.open(':memory:', config)));
    } catch (cause) {
      throw duckdbError(cause);
    }
  }

  /** A connection of its own: statements of one connection run one after the other. */
  async connect(): Promise<DuckdbConnection> {
    const connection = await whileRunning(this.bindings.connect(this.#database));
    const opened = new DuckdbConnection(this.bindings, connection);
    await opened.query("SET TimeZone = 'UTC'; SET parquet_metadata_cache = true");
    return opened;
  }

  /** Waits for running statements: closing under them would take the process down. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await statementsSettled();
    this.bindings.close_sync(this.#database);
  }
}

const interruptEveryMs = 10;

export class DuckdbConnection {
  readonly bindings: Bindings;
  readonly handle: Connection;
  #closed = false;
  #running = 0;
  #interrupting: NodeJS.Timeout | undefined;

  constructor(bindings: Bindings, handle: Connection) {
    this.bindings = bindings;
    this.handle = handle;
  }

  /**
   * Runs one statement on DuckDB's threads; the result is complete and in DuckDB's memory.
   * @throws TidemillError as {@link duckdbError} maps it.
   */
  async query(sql: string): Promise<Result> {
    this.#running++;
    try {
      return await whileRunning(this.bindings.query(this.handle, sql));
    } catch (cause) {
      throw duckdbError(cause, sql);
    } finally {
      this.#running--;
    }
  }

  /** Ends the running statement: its promise is rejected with `interrupted`. Said again until then, because DuckDB forgets it where the statement has not begun. */
  interrupt(): void {
    clearTimeout(this.#interrupting);
    if (this.#closed || this.#running === 0) return;
    this.bindings.interrupt(this.handle);
    this.#interrupting = setTimeout(() => this.interrupt(), interruptEveryMs);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.bindings.disconnect_sync(this.handle);
  }
}

const shared = new Map<string, Promise<DuckdbDatabase>>();

/** One database per thread of ours and set of options, opened on first use and kept. */
export function sharedDatabase(options: DuckdbOptions): Promise<DuckdbDatabase> {
  const key = `${options.threads} ${options.memoryBytesMax ?? ''}`;
  let database = shared.get(key);
  if (database === undefined) {
    database = DuckdbDatabase.open(options);
    shared.set(key, database);
    database.catch(() => shared.delete(key));
  }
  return database;
}
