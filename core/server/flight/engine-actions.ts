import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { typeToString } from '../../columnar/types.ts';
import { TidemillError } from '../../common/errors.ts';
import { version } from '../../common/version.ts';
import { boundednessOf, changelogOf } from '../../plan/properties.ts';
import { schemaOf } from '../../plan/schema.ts';
import type { RunningJob } from '../../session/contract.ts';
import { quoteIdentifier, quoteText } from '../../session/create-table-text.ts';
import { runtimeModeOf } from '../../session/planning.ts';
import { bindStatement } from '../../sql/binder/index.ts';
import { parseStatement } from '../../sql/parse.ts';
import type { CallContext } from './calls.ts';
import { statusOf } from './errors.ts';
import { Ingest, type IngestMode, tableOfPath } from './ingest.ts';
import { readSocket } from './local-socket.ts';
import { columnsOf } from './metadata-commands.ts';
import { placed, scriptOf } from './statements.ts';

export interface EngineActionPlace {
  readonly context: CallContext;
  readonly baseDirectory: string;
}

/** An action of our own: JSON in, JSON out. */
export interface EngineAction {
  readonly description: string;
  perform(body: Uint8Array, place: EngineActionPlace): Promise<unknown>;
}

/** What core/server/README.md says of each. */
export const engineActions: Readonly<Record<string, EngineAction>> = {
  'tidemill.version': {
    description: 'the version of the server',
    perform: async () => ({ version }),
  },
  'tidemill.describe': {
    description: 'the columns of a query, whether it ends, and whether rows are taken back: {"sql"}',
    async perform(body, { context, baseDirectory }) {
      const { session } = context.flightSession;
      const script = scriptOf(text(body, 'sql'), baseDirectory);
      const bound = await placed(script, () => session.bind(script.text, baseDirectory));
      if (bound.kind !== 'query') return { kind: bound.kind };
      return {
        kind: 'query',
        bounded: boundednessOf(bound.plan) === 'bounded',
        changelog: changelogOf(bound.plan, runtimeModeOf(session.settings)).kind,
        columns: schemaOf(bound.plan).map(({ name, type }) => ({
          name,
          type: typeToString(type, false),
          nullable: type.nullable,
        })),
      };
    },
  },
  'tidemill.explain': {
    description: 'the plan of a text’s queries: {"sql", "format": "text" or "json"}',
    async perform(body, { context, baseDirectory }) {
      const format = text(body, 'format', 'text');
      if (format !== 'text' && format !== 'json') throw wrongBody(`'format' is text or json, not '${format}'`);
      const script = scriptOf(text(body, 'sql'), baseDirectory);
      const plan = await placed(script, () => context.flightSession.session.explain(script, format));
      return { plan: format === 'json' ? JSON.parse(plan) : plan };
    },
  },
  'tidemill.check': {
    description: 'all errors of a text, and what bounds the state of its queries: {"sql"}; declarations are carried out',
    async perform(body, { context, baseDirectory }) {
      const script = scriptOf(text(body, 'sql'), baseDirectory);
      const { errors, warnings, statements, queries } = await context.flightSession.session.check(script);
      return {
        statements,
        errors: errors.map(({ code, message, hint, place }) => ({
          code,
          message,
          hint,
          start: place?.span.start,
          end: place?.span.end,
        })),
        warnings,
        queries,
      };
    },
  },
  'tidemill.jobs': {
    description: 'inserts of the session, and queries being read, that run',
    perform: async (_body, { context }) => ({ jobs: context.flightSession.session.running().map(shownJob) }),
  },
  'tidemill.job': {
    description: 'one job, also when it has ended: {"job"}; {"wait": true} waits until then',
    async perform(body, { context }) {
      const job = jobOf(body, context);
      if (json(body)['wait'] === true) await job.done;
      const running = context.flightSession.session.running().some(each => each === job);
      const failed = running ? undefined : await failureOf(job);
      return { ...shownJob(job), running, ...(failed !== undefined && { error: statusOf(failed).details }) };
    },
  },
  'tidemill.why': {
    description: 'what a job waits for: {"job"}',
    async perform(body, { context }) {
      const { reason, details } = await jobOf(body, context).explainStall();
      return { reason, details };
    },
  },
  'tidemill.stop': {
    description: 'ends a job in order: {"job", "drain", "savepoint": a folder}; or at once: {"job", "cancel": true}',
    async perform(body, { context, baseDirectory }) {
      const job = jobOf(body, context);
      const { cancel, drain } = json(body);
      if (cancel === true) await job.cancel();
      else {
        const savepoint = text(body, 'savepoint', '');
        if (savepoint !== '') context.flightSession.allowPath(savepoint, baseDirectory);
        await job.stop({ drain: drain === true, ...(savepoint !== '' && { savepoint }) });
      }
      await job.done.catch((error: unknown) => {
        if (!(error instanceof TidemillError && error.code === 'cancelled')) throw error;
      });
      return shownJob(job);
    },
  },
  'tidemill.savepoint': {
    description: 'writes a savepoint of a job, which goes on: {"job", "savepoint": a folder}',
    async perform(body, { context, baseDirectory }) {
      const savepoint = text(body, 'savepoint');
      context.flightSession.allowPath(savepoint, baseDirectory);
      await jobOf(body, context).savepoint(savepoint);
      return { savepoint };
    },
  },
  'tidemill.create-function': {
    description: 'a function from the bytes of a .wasm file: {"name", "module": base64, "export", "replace"}',
    async perform(body, { context }) {
      const { session } = context.flightSession;
      const { replace } = json(body);
      const name = text(body, 'name');
      const exported = text(body, 'export', '');
      const folder = mkdtempSync(join(tmpdir(), 'tidemill-function-'));
      const file = join(folder, `${randomUUID()}.wasm`);
      try {
        writeFileSync(file, Buffer.from(text(body, 'module'), 'base64'));
        const as = exported === '' ? '' : ` AS ${quoteText(exported)}`;
        const create = `CREATE ${replace === true ? 'OR REPLACE ' : ''}TEMPORARY FUNCTION ${quoteIdentifier(name)}${as} LANGUAGE WASM USING ${quoteText(file)}`;
        // the client's own bytes: no file of the server's is meant
        const bound = bindStatement(parseStatement(create), session.bindContext(create, folder));
        if (bound.kind !== 'create-function') throw wrongBody(`'${name}' cannot be the name of a function`);
        const { argumentTypes, resultType } = session.createFunction(bound);
        const types = [...argumentTypes, resultType].map(type => typeToString(type, false));
        return { name, arguments: types.slice(0, -1), result: types.at(-1) };
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  },
  'tidemill.put': {
    description:
      'takes rows as a stream of Arrow from a local socket that the client listens on: {"table", "mode": "replace", "append" or "create", "socket"}',
    async perform(body, { context, baseDirectory }) {
      const socket = text(body, 'socket');
      context.flightSession.allowPath(socket, baseDirectory);
      const mode = ingestModes[text(body, 'mode', 'replace')];
      if (mode === undefined) throw wrongBody("'mode' is replace, append or create");
      const into = new Ingest(context.flightSession.session, tableOfPath(text(body, 'table').split('.')), mode);
      await readSocket(socket, part => into.add(part), context.onCancel);
      return { rows: into.finish() };
    },
  },
  'tidemill.drop': {
    description: 'drops a table or view of the session, if it is there: {"name"}',
    async perform(body, { context }) {
      const { catalog } = context.flightSession.session;
      const path = catalog.resolve({ parts: [text(body, 'name')] });
      const found = catalog.find(path);
      if (found !== undefined)
        catalog.drop(found.kind, { parts: [path.catalog, path.database, path.name] }, { temporary: found.temporary });
      return { dropped: found !== undefined };
    },
  },
  'tidemill.names': {
    description: 'catalogs, databases, tables with their columns, and functions of the session, for completion',
    async perform(_body, { context }) {
      const { session } = context.flightSession;
      const { catalog } = session;
      const tables = await Promise.all(
        catalog.listObjects().map(async object => ({
          name: object.path.name,
          kind: object.kind,
          columns: (await columnsOf(object, session)).map(({ name, type }) => ({ name, type: typeToString(type, false) })),
        })),
      );
      return {
        catalogs: catalog.listCatalogs(),
        databases: catalog.listDatabases(),
        tables,
        functions: catalog.listFunctions().map(({ name }) => name),
        settings: Object.fromEntries(session.settings.entries()),
      };
    },
  },
};

const ingestModes: Readonly<Record<string, IngestMode>> = {
  replace: { ifExists: 'replace', ifMissing: 'create' },
  append: { ifExists: 'append', ifMissing: 'create' },
  create: { ifExists: 'fail', ifMissing: 'create' },
};

const wrongBody = (message: string): TidemillError =>
  new TidemillError('flight-protocol', `the action's body is wrong: ${message}`, { hint: 'ListActions tells what each takes' });

function json(body: Uint8Array): Readonly<Record<string, unknown>> {
  if (body.length === 0) return {};
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch {
    // said below
  }
  throw wrongBody('it is not a JSON object');
}

function text(body: Uint8Array, name: string, fallback?: string): string {
  const value = json(body)[name] ?? fallback;
  if (typeof value === 'string') return value;
  throw wrongBody(`it wants '${name}', a text`);
}

/** A job by its name; the newest, where several had it. */
function jobOf(body: Uint8Array, { flightSession }: CallContext): RunningJob {
  const name = text(body, 'job');
  const { jobs, session } = flightSession;
  const found = session.running().find(job => job.name === name) ?? jobs.findLast(job => job.name === name);
  if (found !== undefined) return found;
  throw new TidemillError('unknown-job', `the session has no job '${name}'`, {
    hint: `there are ${[...new Set([...session.running(), ...jobs].map(job => job.name))].join(', ') || 'none'}`,
  });
}

/** What an ended job failed with; being cancelled is none. */
const failureOf = (job: RunningJob): Promise<unknown> =>
  job.done.then(
    () => undefined,
    (error: unknown) => (error instanceof TidemillError && error.code === 'cancelled' ? undefined : error),
  );

const shownJob = (job: RunningJob) => ({
  name: job.name,
  bounded: job.bounded,
  startedMs: job.startedMs,
  progress: job.progress(),
});
