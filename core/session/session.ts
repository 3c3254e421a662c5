import { Catalog } from '../catalog/catalog.ts';
import type { ConnectorCatalog } from '../catalog/connectors.ts';
import type { FunctionDescriptor } from '../catalog/descriptors.ts';
import { type Span, TidemillError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import { connectors, formats, ignoredOptions } from '../connectors/index.ts';
import { duckdbStages } from '../physical/duckdb-stages.ts';
import type { Insert, LogicalNode } from '../plan/nodes.ts';
import { boundednessOf, uniqueKeysOf } from '../plan/properties.ts';
import { schemaOf } from '../plan/schema.ts';
import {
  defaultServices,
  describeProgram,
  type Job,
  type JobHost,
  MainHost,
  planRestore,
  type RestorePlan,
  startJob,
} from '../runtime/index.ts';
import type { Query } from '../sql/ast/query.ts';
import type { Statement } from '../sql/ast/statement.ts';
import {
  type BindContext,
  type BoundCreateFunction,
  type BoundStatement,
  bindStatement,
  type Command,
} from '../sql/binder/index.ts';
import { parseScript, parseStatement } from '../sql/parse.ts';
import type { HostFunction } from '../udf/host-udf.ts';
import { requireStatement } from './allowed-paths.ts';
import {
  declarationOf,
  isDeclaration,
  namesApart,
  plannedAll,
  plannedJobs,
  plansOf,
  statementSetName,
} from './bound-statements.ts';
import { type CheckReport, checkedQuery, flinkDifferences, ignoredOf, lineOf } from './check.ts';
import { checkpointsOf, folderName } from './checkpoints.ts';
import { runCommand } from './commands.ts';
import type { ResultMode, RunningJob, Script, StatementResult } from './contract.ts';
import { duckdbRelation } from './duckdb-relation.ts';
import { explainJson, explainText } from './explain.ts';
import { HostFunctions } from './host-functions.ts';
import { resolveReferences } from './inference.ts';
import { JobList } from './job-list.ts';
import { JobSet } from './job-set.ts';
import { SessionJob, SessionQuery } from './jobs.ts';
import type { SessionOptions } from './options.ts';
import { PlacedQuery, placedError } from './placed-query.ts';
import {
  changelogKindOf,
  type Planned,
  type PlannedJob,
  type PlannedSet,
  type PlanningContext,
  planned,
  plannedSet,
  runtimeModeOf,
  stateWarnings,
  usesDuckdb,
} from './planning.ts';
import { RemoteFunctions } from './remote-functions.ts';
import { aboutOperators } from './restore-text.ts';
import { withRowCounts } from './row-counts.ts';
import { planWithSecrets } from './secrets.ts';
import { jobToRefresh, SessionFunctions } from './session-functions.ts';
import { Settings } from './settings.ts';
import { startProgram } from './start-program.ts';
import { type JobFolder, openSnapshot } from './state-tables.ts';
import { SessionThreads } from './threads.ts';

/** One job of a script, and what becomes of the state in a folder of its checkpoints. */
export interface JobRestore {
  readonly job: string;
  readonly folder: JobFolder | undefined;
  readonly restorePlan: RestorePlan | undefined;
}

/** What a statement gave, or the plan of a query. */
export type PreparedResult = Exclude<StatementResult, { kind: 'query' }> | { readonly kind: 'plan'; readonly plan: LogicalNode };

/**
 * The front door to execution: owns a catalog and settings, plans statements, starts jobs.
 *
 * @example
 * const session = new Session();
 * for await (const result of session.run({ text: 'SELECT 1', source: '-c', baseDirectory: '.' }, 'final')) …
 * await session.close();
 */
export class Session {
  readonly catalog = new Catalog();
  readonly settings: Settings;
  readonly #options: SessionOptions;
  readonly #functions = new SessionFunctions(this.catalog, () => ({
    onError: this.settings.onFunctionError,
    offline: this.#options.offline === true,
    keptModules: this.#options.keptModules,
  }));
  readonly #hostFunctions = new HostFunctions();
  readonly #remoteFunctions = new RemoteFunctions(this.catalog);
  readonly #jobs = new Set<Job>();
  readonly #jobList = new JobList();
  readonly #running = new Set<SessionJob>();
  readonly #connectors: ConnectorCatalog = { connectors, formats };
  #text: string | undefined;
  readonly #jobNames = new Map<string, number>();
  readonly #threads: SessionThreads;

  constructor(options: SessionOptions = {}) {
    this.#options = options;
    this.settings = new Settings(
      {
        ...options.settings,
        ...(options.parallelism !== undefined && { 'parallelism.default': String(options.parallelism) }),
        ...(options.engine?.optimizer !== undefined && { 'tidemill.optimizer': options.engine.optimizer }),
      },
      text => this.#notice(text),
      options.allowPath,
    );
    this.#threads = new SessionThreads(options.engine, this.settings, this.#output);
  }

  /**
   * Runs a script's statements in order; each result is given before the next statement starts, and a bounded INSERT has ended by then.
   * Nothing runs when the text does not parse.
   *
   * @throws TidemillError with its place in the script.
   */
  async *run(script: Script, mode: ResultMode): AsyncGenerator<StatementResult> {
    const { statements, errors } = parseScript(script.text, script.source);
    if (errors.length > 0) throw errors[0]!;
    // threads start while statements are bound and planned
    this.#threads.start();
    for (const statement of statements) {
      const result = await this.#placed(script, () => this.#execute(statement, script, mode), statement.span);
      yield result.kind === 'query' ? { kind: 'query', query: new PlacedQuery(result.query, script) } : result;
      if (result.kind === 'insert' && (result.job.bounded || this.settings.get('table.dml-sync') === 'true')) {
        await this.#placed(script, () => result.job.done);
      }
    }
  }

  /** Like `run`, but gives a query's plan instead of starting it, for the Table API to go on from. */
  async *prepare(script: Script): AsyncGenerator<PreparedResult> {
    const { statements, errors } = parseScript(script.text, script.source);
    if (errors.length > 0) throw errors[0]!;
    for (const statement of statements) {
      const bound = await this.#placed(script, () => this.#bind(statement, script), statement.span);
      if (bound.kind === 'query') {
        yield { kind: 'plan', plan: bound.plan };
        continue;
      }
      const result = await this.#placed(script, () => this.#perform(bound, 'final'), statement.span);
      if (result.kind === 'insert' && (result.job.bounded || this.settings.get('table.dml-sync') === 'true'))
        await this.#placed(script, () => result.job.done);
      if (result.kind !== 'query') yield result;
    }
  }

  /** Plans of a script's queries and inserts as text or JSON; declarations are carried out, nothing is run. */
  async explain(script: Script, format: 'text' | 'json'): Promise<string> {
    const { statements, errors } = parseScript(script.text, script.source);
    if (errors.length > 0) throw errors[0]!;
    const plans: (Planned | PlannedSet)[] = [];
    for (const statement of statements) {
      const bound = await this.#placed(script, () => this.#bind(statement, script), statement.span);
      await this.#placed(
        script,
        async () => {
          plans.push(...plannedAll(bound, this.#planning, this.#planningOfJobs));
          if (isDeclaration(bound)) await this.#perform(declarationOf(bound), 'final');
        },
        statement.span,
      );
    }
    return this.#explained(plans, format);
  }

  /**
   * All errors of a script at once, what bounds the state of its queries, ignored options, and what Flink would not take as it is: parses, binds and
   * plans every statement; carries out declarations only.
   */
  async check(script: Script): Promise<CheckReport> {
    const { statements, errors } = parseScript(script.text, script.source);
    const found = [...errors];
    const warnings: string[] = [];
    const report = { queries: [], ignored: [], differences: [] } as {
      -readonly [P in 'queries' | 'ignored' | 'differences']: CheckReport[P][number][];
    };
    for (const statement of statements) {
      const line = lineOf(script.text, statement.span);
      try {
        const bound = await this.#placed(script, () => this.#bind(statement, script), statement.span);
        const plans = plansOf(bound);
        await this.#placed(
          script,
          async () => {
            for (const plan of plans) {
              planned(plan, 'final', this.#planning);
              const mode = runtimeModeOf(this.settings);
              if (!plans.every(each => boundednessOf(each) === 'bounded'))
                warnings.push(...stateWarnings(plan, mode, this.settings.stateTtlMs));
              report.queries.push(checkedQuery(plan, line, mode, this.settings.stateTtlMs));
            }
            const ignored = ignoredOf(bound);
            if (ignored !== undefined) report.ignored.push({ line, ...ignored });
            report.differences.push(...flinkDifferences(bound, plans, line, this.catalog));
            if (isDeclaration(bound)) await this.#perform(declarationOf(bound), 'final');
          },
          statement.span,
        );
      } catch (error) {
        if (!(error instanceof TidemillError)) throw error;
        found.push(error);
      }
    }
    return { statements: statements.length, errors: found, warnings, ...report };
  }

  /**
   * What becomes of the checkpoints of a script's jobs if it went on from them: each INSERT with the folder that `find` gives for its job's; declarations
   * are carried out, nothing is run.
   */
  async restorePlans(script: Script, find: (folder: string) => JobFolder | undefined): Promise<JobRestore[]> {
    const { statements, errors } = parseScript(script.text, script.source);
    if (errors.length > 0) throw errors[0]!;
    const services = defaultServices({ output: this.#output });
    const jobs: JobRestore[] = [];
    for (const statement of statements) {
      const bound = await this.#placed(script, () => this.#bind(statement, script), statement.span);
      const planning = { ...this.#planning, duckdb: undefined };
      const built = await this.#placed(script, async () => plannedJobs(bound, planning), statement.span);
      for (const { name, program, operators, text } of built) {
        const job = this.#nextName(name);
        const folder = find(folderName(job));
        const described = describeProgram(program.plan, services, aboutOperators(operators, text));
        jobs.push({ job, folder, restorePlan: folder && planRestore(described, await openSnapshot(folder, folder.ids[0]!)) });
      }
      if (isDeclaration(bound)) await this.#placed(script, () => this.#perform(declarationOf(bound), 'final'), statement.span);
    }
    return jobs;
  }

  /** A query over a plan that was built, not parsed: the Table API. */
  query(plan: LogicalNode, mode: ResultMode): SessionQuery {
    const built = planned(plan, mode, this.#planning);
    return this.#queryOf(built, mode);
  }

  /** Starts a job for an insert that was built, not parsed. */
  async insert(plan: Extract<LogicalNode, { kind: 'insert' }>): Promise<SessionJob> {
    if (plan.sink.connector === 'memory') {
      const { insertIntoMemory } = await import('./memory-insert.ts');
      const built = planned(plan.input, 'final', this.#planning);
      return this.#start(built, `insert into ${plan.sink.name}`, insertIntoMemory(plan, built.bounded, this.catalog));
    }
    return this.#start(planned(plan, 'changelog', this.#planningOfJobs), `insert into ${plan.sink.name}`);
  }

  explainPlan(plan: LogicalNode, format: 'text' | 'json'): string {
    return this.#explained([planned(plan, 'final', this.#planning)], format);
  }

  /** Binds one statement's text; for what is built on SQL. */
  async bind(text: string, baseDirectory: string): Promise<BoundStatement> {
    const script = { text, source: '<statement>', baseDirectory };
    return this.#bind(parseStatement(text), script);
  }

  /** What binding needs besides a statement, for what declares tables without waiting. */
  bindContext(text: string, baseDirectory: string): BindContext {
    return {
      catalog: this.catalog,
      connectors: this.#connectors,
      text,
      baseDirectory,
      localTimeZone: this.settings.localTimeZone,
      resolved: new Map(),
      parseQuery,
    };
  }

  /**
   * Reads and checks a function's module and adds it to the catalog.
   * @throws TidemillError `unreadable-file`, `udf-export`, `function-exists`, and what `loadUdf` throws.
   */
  createFunction(bound: BoundCreateFunction): FunctionDescriptor {
    return this.#functions.create(bound);
  }

  /**
   * Makes a plain function callable; returns the name for plans.
   * @throws TidemillError `not-supported` where tasks have threads of their own.
   */
  addHostFunction(host: HostFunction): string {
    return this.#hostFunctions.add(host, this.#threads.apart ? 2 : this.settings.parallelism);
  }

  /**
   * Makes a function that another process runs callable in this session.
   * @throws TidemillError `function-exists`, `not-supported` for types that are not sent.
   */
  addRemoteFunction(...given: Parameters<RemoteFunctions['add']>): FunctionDescriptor {
    return this.#remoteFunctions.add(...given);
  }

  /** Carries out a declaration that was bound before. */
  async declare(bound: BoundStatement): Promise<void> {
    await this.#perform(bound, 'final');
  }

  /** Tells that a table of so many rows has come, for what is worth preparing. */
  expectRows(rows: number): void {
    this.#threads.expect(rows);
  }

  /** Queries whose rows are being read, and inserts, that have not ended. */
  running(): readonly SessionJob[] {
    return [...this.#running];
  }

  /** Ends the sources of all that still runs, and waits until what is under way has been finished, sinks included. */
  async stop(): Promise<void> {
    await Promise.all([...this.#jobs].map(job => job.stop().catch(() => undefined)));
  }

  /** Cancels all that still runs. */
  async close(): Promise<void> {
    await Promise.all([...this.#jobs].map(job => job.cancel().catch(() => undefined)));
    this.#jobs.clear();
    await this.#threads.close();
  }

  get #output(): (text: string) => void {
    return this.#options.output ?? (text => void process.stdout.write(text));
  }

  /** With checkpoints no part runs in DuckDB, whose rows may come in another order the next time: then a restore would not know which it has had. */
  get #planningOfJobs(): PlanningContext {
    const keeps = this.#options.checkpoints !== undefined || this.settings.get('execution.checkpointing.dir') !== undefined;
    return keeps ? { ...this.#planning, duckdb: undefined, tasks: undefined } : this.#planning;
  }

  get #planning(): PlanningContext {
    return {
      catalog: this.catalog,
      connectors: this.#connectors,
      settings: this.settings,
      sinkMode: name => connectors.get(name)?.sinkMode ?? 'append',
      oneWriter: sink => connectors.get(sink.connector)?.oneWriter?.(sink) ?? false,
      duckdb: duckdbStages(duckdbRelation),
      tasks: plan => this.#threads.tasksFor(plan),
      placed: plan => this.#remoteFunctions.placed(plan),
      text: this.#text,
    };
  }

  async #execute(statement: Statement, script: Script, mode: ResultMode): Promise<StatementResult> {
    return this.#perform(await this.#bind(statement, script), mode);
  }

  async #bind(statement: Statement, script: Script): Promise<BoundStatement> {
    this.#text = script.text;
    const secret = this.#options.secret ?? (() => undefined);
    const { allowPath } = this.#options;
    const resolved = await resolveReferences(statement, this.catalog, parseQuery, script.baseDirectory, secret, allowPath);
    const bound = bindStatement(statement, { ...this.bindContext(script.text, script.baseDirectory), resolved });
    if (allowPath !== undefined) requireStatement(allowPath, bound, plansOf(bound), secret);
    return withRowCounts(bound);
  }

  async #perform(bound: BoundStatement, mode: ResultMode): Promise<StatementResult> {
    switch (bound.kind) {
      case 'query':
        return { kind: 'query', query: this.query(bound.plan, mode) };
      case 'insert':
        return this.#insertResult(bound.plan);
      case 'statement-set':
        return {
          kind: 'insert',
          sink: bound.plans.map(plan => plan.sink.name).join(', '),
          job: await this.insertAll(bound.plans),
        };
      case 'create-table': {
        const { ifNotExists, orReplace, span } = bound;
        const isNew = this.catalog.create(bound.table, { ifNotExists, orReplace, span });
        if (!isNew) return { kind: 'done', message: `table ${bound.table.path.name} exists already` };
        this.#noticeIgnored(bound.table.path.name, bound.table.options);
        if (bound.insert !== undefined) return this.#insertResult(bound.insert);
        return { kind: 'done', message: `table ${bound.table.path.name} created` };
      }
      case 'alter-table':
        if (bound.change === undefined) return { kind: 'done', message: 'there is no such table' };
        this.catalog.alter(bound.change.before, bound.change.after);
        return { kind: 'done', message: `table ${bound.change.before.path.name} altered` };
      case 'alter-view':
        this.catalog.alter(bound.before, bound.after);
        return { kind: 'done', message: `view ${bound.before.path.name} altered` };
      case 'create-view':
        this.catalog.create(bound.view, { ifNotExists: bound.ifNotExists, span: bound.span });
        return { kind: 'done', message: `view ${bound.view.path.name} created` };
      case 'create-function':
        return { kind: 'done', message: `function ${this.createFunction(bound).name} created` };
      case 'explain': {
        const format = bound.details.includes('JSON_EXECUTION_PLAN') ? 'json' : 'text';
        return { kind: 'text', text: this.#explained(plannedAll(bound.statement, this.#planning, this.#planningOfJobs), format) };
      }
      case 'command':
        return this.#command(bound.command);
    }
  }

  #command(command: Command): StatementResult | Promise<StatementResult> {
    if (command.kind === 'show' && command.object === 'JOBS') return this.#jobList.list();
    if (command.kind === 'describe' && command.object === 'JOB')
      return this.#jobList.list(command.name[0]!.name, command.name[0]!.span);
    if (command.kind === 'explain-stall') return this.#jobList.explainStall(command);
    if (command.kind === 'stop-job')
      return this.#jobList.stop(command, this.settings.get('execution.checkpointing.savepoint-dir'));
    if (command.kind === 'alter-function') return this.#functions.alter(command);
    const refreshed = command.kind === 'call-procedure' ? jobToRefresh(command) : undefined;
    if (refreshed !== undefined) return this.#jobList.refresh(refreshed, (job, { plan }) => this.#functions.refresh(job, plan));
    return runCommand(command, this.catalog, this.settings);
  }

  async #insertResult(plan: Extract<LogicalNode, { kind: 'insert' }>): Promise<StatementResult> {
    return { kind: 'insert', sink: plan.sink.name, job: await this.insert(plan) };
  }

  #queryOf(built: Planned, mode: ResultMode): SessionQuery {
    const runtimeMode = runtimeModeOf(this.settings);
    const final = built.bounded && mode === 'final';
    if (!built.bounded) this.#warn(built.logical);
    return new SessionQuery({
      name: this.#nextName('query'),
      schema: schemaOf(built.logical),
      bounded: built.bounded,
      changelog: final ? 'append' : changelogKindOf(built.logical, runtimeMode),
      keys: uniqueKeysOf(built.logical)[0],
      plan: built.program.plan,
      started: job => this.#track(job),
      start: () => this.#run(built),
      ...(usesDuckdb(built) && {
        startOnOperators: () => this.#run(planned(built.logical, mode, { ...this.#planning, duckdb: undefined })),
      }),
    });
  }

  /** `finish`: what the job's end waits for. */
  async #start(built: Planned, name: string, finish: (job: Job) => Promise<void> = job => job.done): Promise<SessionJob> {
    if (!built.bounded) this.#warn(built.logical);
    return this.#startNamed(built, name, finish);
  }

  /** The inserts of a statement set are one job; rows for tables of the session itself are gathered by jobs of their own. */
  async insertAll(plans: readonly Insert[]): Promise<RunningJob> {
    if (plans.some(plan => plan.sink.connector === 'memory')) return JobSet.start(plans.map(plan => () => this.insert(plan)));
    const built = plannedSet(plans, this.#planningOfJobs);
    for (const { logical } of built.statements) if (boundednessOf(logical) === 'unbounded') this.#warn(logical);
    return this.#startNamed(built, statementSetName);
  }

  async #startNamed(built: PlannedJob, name: string, finish: (job: Job) => Promise<void> = job => job.done): Promise<SessionJob> {
    const jobName = this.#nextName(name);
    const job = await this.#run(built, jobName);
    const listed = new SessionJob(jobName, built.bounded, job, built.program.plan, finish(job));
    this.#jobList.add(jobName, job, listed);
    this.#track(listed);
    return listed;
  }

  #track(job: SessionJob): void {
    this.#running.add(job);
    const ended = (): void => void this.#running.delete(job);
    job.done.then(ended, ended);
  }

  /** `name`: of a job that makes checkpoints, where there is a folder for them. */
  async #run(built: PlannedJob, name?: string): Promise<Job> {
    const { engine } = this.#options;
    const plan = planWithSecrets(built.program.plan, this.#options.secret ?? (() => undefined));
    // where DuckDB has a part it gets a share, and spills by itself
    const { memoryBytes } = this.settings;
    const duckdbMemoryBytes = usesDuckdb(built) ? Math.floor(memoryBytes * limits.duckdbMemoryShare) : 0;
    const services = defaultServices({
      output: this.#output,
      userFunction: (called, task) => this.#hostFunctions.bind(called, task),
      duckdbThreads: this.settings.parallelism,
      ...(this.settings.get('tidemill.memory') !== undefined && duckdbMemoryBytes > 0 && { duckdbMemoryBytes }),
    });
    const remoteFunctions = this.#remoteFunctions.usedBy(plan);
    const beside = this.#threads.of(built, remoteFunctions.length > 0, line => this.#remoteFunctions.serve(line));
    const hosts = (): JobHost[] => [new MainHost(services), ...beside.hosts()];
    const options = {
      services,
      placement: beside.placement,
      jobName: name,
      about: aboutOperators(built.operators, built.text),
      userFunctions: this.#functions.now(),
      remoteFunctions,
      localTimeZone: this.settings.localTimeZone,
      idleTimeoutMs: this.settings.sourceIdleTimeoutMs,
      memoryBytes: memoryBytes - duckdbMemoryBytes,
      spillDirectory: this.settings.spillDirectory,
      ...(engine?.taskMemoryBytes !== undefined && { taskMemoryBytes: engine.taskMemoryBytes }),
      ...(engine?.batchRows !== undefined && { batchRows: engine.batchRows }),
      ...(engine?.rebuildOperators !== undefined && { rebuildOperators: engine.rebuildOperators }),
      ...(engine?.chaining !== undefined && { chaining: engine.chaining }),
    };
    const notice = (text: string): void => this.#notice(text);
    const { settings } = this;
    const given = this.#options.checkpoints;
    const release = this.#remoteFunctions.hold(remoteFunctions);
    const starting =
      name === undefined
        ? startJob(plan, { ...options, hosts: hosts() })
        : startProgram(plan, {
            name,
            settings,
            options,
            hosts,
            checkpoints: again => checkpointsOf(given, settings, { name, plan, apart: namesApart(built, name) }, again, notice),
            notice,
          });
    const job = await starting.catch(error => {
      release();
      throw error;
    });
    this.#jobs.add(job);
    this.#functions.started(job, options.userFunctions);
    const ended = (): void => {
      this.#jobs.delete(job);
      release();
    };
    job.done.then(ended, ended);
    return job;
  }

  #explained(plans: readonly (Planned | PlannedSet)[], format: 'text' | 'json'): string {
    const mode = runtimeModeOf(this.settings);
    return format === 'json'
      ? explainJson(plans, mode, this.settings.stateTtlMs)
      : explainText(plans, mode, this.settings.stateTtlMs);
  }

  #warn(plan: LogicalNode): void {
    for (const warning of stateWarnings(plan, runtimeModeOf(this.settings), this.settings.stateTtlMs)) this.#notice(warning);
  }

  #noticeIgnored(table: string, options: Readonly<Record<string, string>>): void {
    const ignored = ignoredOptions(options);
    if (ignored.length > 0)
      this.#notice(
        `table ${table}: ${ignored.map(key => `'${key}'`).join(', ')} ${ignored.length > 1 ? 'have' : 'has'} no meaning here and ${ignored.length > 1 ? 'are' : 'is'} ignored`,
      );
  }

  #notice(text: string): void {
    this.#options.notice?.(text);
  }

  /** State is kept under a job's name, so that other statements before it must not change it. */
  #nextName(fallback: string): string {
    const name = this.settings.get('pipeline.name') ?? fallback;
    const number = (this.#jobNames.get(name) ?? 0) + 1;
    this.#jobNames.set(name, number);
    return number === 1 ? name : `${name} ${number}`;
  }

  /** Errors get the text they stand in. */
  async #placed<T>(script: Script, act: () => Promise<T>, statement?: Span): Promise<T> {
    try {
      return await act();
    } catch (error) {
      throw placedError(error, script, statement);
    }
  }
}

function parseQuery(text: string): Query {
  const statement = parseStatement(text);
  if (statement.kind !== 'query') throw new TidemillError('syntax', 'a query was expected', { span: statement.span });
  return statement;
}
