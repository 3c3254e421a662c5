import { resolve } from 'node:path';
import type { TableDescriptor } from '../catalog/descriptors.ts';
import { type Schema, types, typeToString, withoutTimeAttribute } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import { internalError, TidemillError } from '../common/errors.ts';
import { type LogicalNode, values } from '../plan/nodes.ts';
import { schemaOf } from '../plan/schema.ts';
import { bindStatement, scanOf, sinkOf } from '../sql/binder/index.ts';
import { parseStatement } from '../sql/parse.ts';
import type { Columns, ColumnTypeText, Parse } from '../table-api/expression-types.ts';
import { type InsertionPlan, TableBuilder } from '../table-api/table.ts';
import type { Insertion, Job, Table, TableDefinition, TableOf, TimeColumn } from '../table-api/table-types.ts';
import { parseTypeText } from '../table-api/type-text.ts';
import { keptModulesFolder } from '../udf/kept-modules.ts';
import type { CheckpointOptions } from './checkpoints.ts';
import type { RunningJob, Script } from './contract.ts';
import { createTableText } from './create-table-text.ts';
import type { SessionJob } from './jobs.ts';
import type { EngineOptions, SessionOptions } from './options.ts';
import { programOptions } from './program-options.ts';
import { Session } from './session.ts';
import { publicJob, SessionExecutor } from './table-executor.ts';

/** How a program opens a session. */
export interface OpenOptions {
  /** Tasks per stage, each on a core of its own. */
  readonly parallelism?: number;
  /**
   * Where jobs that write to tables keep their checkpoints: a directory, relative to `directory`. One that holds some of the job is refused unless
   * `restore` says what to do with them. `tidemill run --checkpoints` comes before it.
   */
  readonly checkpoints?: string;
  /** `latest`, or the path of a checkpoint or savepoint: jobs go on from it. `fresh`: they delete what is there and start anew. */
  readonly restore?: string;
  /** Settings as SQL's SET makes them. */
  readonly settings?: Readonly<Record<string, string>>;
  /** What relative paths of tables and functions are relative to; default: the working directory. */
  readonly directory?: string;
  /** Values for `'${env:NAME}'` in options of tables; default: the process's environment. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Told about options that mean nothing here, and about state that nothing bounds; default: a warning of the process. */
  readonly notice?: (text: string) => void;
  /** Where the print connector writes; default: standard output. */
  readonly output?: (text: string) => void;
  /** Test configurations of the engine. */
  readonly engine?: EngineOptions;
}

/**
 * What the last statement of a text gave: its rows as a table, or the job of an INSERT. The compiler cannot read the text: values are of any kind.
 */
export interface SqlResult extends Table<Columns> {
  /** Of INSERT: the job, which has ended already when its sources end. */
  readonly job: Job | undefined;
}

/** A session of the Table API. */
export interface TableSession extends AsyncDisposable {
  /**
   * Declares a temporary table; SQL of the same session sees it too. Types are SQL's: nullable unless NOT NULL.
   *
   * @throws TidemillError for an unknown connector, option or type, with what there is.
   * @example
   * const bid = tm.table('bid', {
   *   columns: { auction: 'BIGINT NOT NULL', price: 'DOUBLE NOT NULL', channel: 'STRING', at: 'TIMESTAMP(3)' },
   *   watermark: { at: '4 seconds' },
   *   with: { connector: 'filesystem', path: 'bids.csv', format: 'csv' },
   * });
   */
  table<const S extends Record<string, ColumnTypeText>, const W extends TimeColumn<S> = never>(
    name: string,
    definition: TableDefinition<S, W>,
  ): TableOf<S, W>;
  /**
   * Runs statements in order; a bounded INSERT has ended before the next starts. The last one's rows are a table: nothing of it runs until they
   * are asked for. Queries before the last are only checked. With `columns` the table is typed, and the query must have exactly these columns.
   *
   * @throws TidemillError with its place in the text; `type-mismatch` when the columns are others.
   * @example
   * const top = await tm.sql('SELECT auction, COUNT(*) AS bids FROM bid GROUP BY auction', { auction: 'BIGINT NOT NULL', bids: 'BIGINT NOT NULL' });
   * const many = top.where(t => t.bids.gt(10));
   */
  sql(text: string): Promise<SqlResult>;
  sql<const S extends Record<string, ColumnTypeText>>(
    text: string,
    columns: S,
  ): Promise<Table<{ -readonly [P in keyof S]: Parse<S[P]> }>>;
  /**
   * Starts several insertions as one job, as EXECUTE STATEMENT SET does: what they read in common is read once, and one checkpoint holds the state of all.
   *
   * @throws TidemillError as `insertInto`.
   * @example
   * const all = hot.insertion(sink, h => ({ auction: h.auction, bids: h.bids }));
   * const many = hot.where(h => h.bids.gt(10)).insertion(sink, h => ({ auction: h.auction, bids: h.bids }));
   * const job = await tm.statementSet(all, many);
   * await job.done;
   */
  statementSet(...insertions: readonly Insertion[]): Promise<Job>;
  /** Cancels all jobs that still run. `await using` calls it at the end of the block. */
  close(): Promise<void>;
}

/**
 * Opens a session: the start of every program.
 *
 * @throws TidemillError for wrong settings.
 * @example
 * await using tm = await open({ parallelism: 2 });
 * const rows = await (await tm.sql('SELECT 1 AS answer')).toArray();
 */
export async function open(options: OpenOptions = {}): Promise<TableSession> {
  const given = programOptions();
  const opened = new OpenedSession(options, given.session);
  given.opened(opened);
  for (const script of given.init) await opened.run(script);
  return opened as unknown as TableSession;
}

/** What a program says; the command line's word comes before it. */
function checkpointOptions({ checkpoints, restore }: OpenOptions, directory: string): CheckpointOptions | undefined {
  if (checkpoints === undefined && restore !== undefined)
    throw new TidemillError('usage', 'open({ restore }) wants checkpoints: the directory they are in');
  if (checkpoints === undefined) return undefined;
  const isPath = restore !== undefined && restore !== 'latest' && restore !== 'fresh';
  return { directory: resolve(directory, checkpoints), restore: isPath ? resolve(directory, restore) : restore };
}

class OpenedSession {
  readonly #session: Session;
  readonly #directory: string;
  readonly #executor: SessionExecutor;

  constructor(options: OpenOptions, given: SessionOptions) {
    const environment = options.environment ?? process.env;
    this.#directory = options.directory ?? process.cwd();
    const checkpoints = given.checkpoints ?? checkpointOptions(options, this.#directory);
    this.#session = new Session({
      notice: text => process.emitWarning(text, 'TidemillWarning'),
      keptModules: keptModulesFolder(),
      ...given,
      settings: { ...given.settings, ...options.settings },
      ...(options.parallelism !== undefined && { parallelism: options.parallelism }),
      secret: (options.environment === undefined && given.secret) || (name => environment[name]),
      ...(options.notice !== undefined && { notice: options.notice }),
      ...(options.output !== undefined && { output: options.output }),
      ...(options.engine !== undefined && { engine: options.engine }),
      ...(checkpoints !== undefined && { checkpoints }),
    });
    this.#executor = new SessionExecutor(this.#session, this.#directory);
  }

  table(name: string, definition: TableDefinition<Record<string, ColumnTypeText>, string>): TableBuilder {
    const script = this.#script(createTableText(name, definition), `table '${name}'`);
    const table = placed(script, () => this.#declare(script));
    const context = this.#session.bindContext(script.text, this.#directory);
    return new TableBuilder(this.#executor, {
      scan: () => scanOf(table, {}, context, undefined),
      sink: () => sinkOf(table, {}, context, undefined),
    });
  }

  async sql(text: string, columns?: Readonly<Record<string, ColumnTypeText>>): Promise<TableBuilder> {
    const script = this.#script(text, '<sql>');
    const executor = new SessionExecutor(this.#session, this.#directory, script);
    let plan: LogicalNode = textRows([]);
    let job: RunningJob | undefined;
    for await (const result of this.#session.prepare(script)) {
      job = result.kind === 'insert' ? result.job : undefined;
      if (result.kind === 'plan') plan = result.plan;
      else if (result.kind === 'listing') plan = values(result.schema, result.rows);
      else plan = textRows(result.kind === 'text' ? [result.text] : result.kind === 'done' ? ['OK'] : []);
    }
    if (columns !== undefined) requireColumns(schemaOf(plan), columns);
    const table = new TableBuilder(executor, plan);
    return Object.assign(table, { job: job === undefined ? undefined : publicJob(job as SessionJob) });
  }

  async statementSet(...insertions: readonly InsertionPlan[]): Promise<Job> {
    if (insertions.length === 0) throw new TidemillError('usage', 'statementSet() wants an insertion or more');
    return publicJob(await this.#session.insertAll(insertions.map(({ plan }) => plan)));
  }

  /** Runs a script for what it declares and sets. */
  async run(script: Script): Promise<void> {
    for await (const _ of this.#session.prepare(script));
  }

  running(): readonly SessionJob[] {
    return this.#session.running();
  }

  stop(): Promise<void> {
    return this.#session.stop();
  }

  close(): Promise<void> {
    return this.#session.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #declare(script: Script): TableDescriptor {
    const bound = bindStatement(parseStatement(script.text), this.#session.bindContext(script.text, this.#directory));
    if (bound.kind !== 'create-table') throw internalError('a table was declared by another statement');
    this.#session.catalog.create(bound.table, { span: bound.span });
    return bound.table;
  }

  #script(text: string, source: string): Script {
    return { text, source, baseDirectory: this.#directory };
  }
}

/** Errors point into the text that the definition became. */
function placed<T>(script: Script, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof TidemillError) || error.span === undefined) throw error;
    throw error.at({ source: script.source, text: script.text, span: error.span });
  }
}

const textRows = (texts: readonly Value[]): LogicalNode =>
  values(
    [{ name: 'result', type: types.string(false) }],
    texts.map(text => [text]),
  );

function requireColumns(schema: Schema, columns: Readonly<Record<string, ColumnTypeText>>): void {
  const wanted = Object.entries(columns).map(([name, type]) => `${name} ${typeToString(parseTypeText(type))}`);
  const given = schema.map(field => `${field.name} ${typeToString(withoutTimeAttribute(field.type))}`);
  if (wanted.length === given.length && wanted.every((column, index) => column === given[index])) return;
  throw new TidemillError('type-mismatch', `the query has other columns than were declared: (${given.join(', ')})`, {
    hint: `declared are (${wanted.join(', ')})`,
  });
}
