import { type Schema, types } from '../../columnar/types.ts';
import type { Value } from '../../columnar/values.ts';
import { type Span, TidemillError } from '../../common/errors.ts';
import type { LogicalNode } from '../../plan/nodes.ts';
import { boundednessOf, changelogOf } from '../../plan/properties.ts';
import { schemaOf } from '../../plan/schema.ts';
import type { RunningJob, Script } from '../../session/contract.ts';
import { runtimeModeOf } from '../../session/planning.ts';
import type { Session } from '../../session/session.ts';
import type { BoundStatement } from '../../sql/binder/index.ts';
import { operationField, queryStream, type ResultStream, rowStream } from './result-stream.ts';

/** What the last statement of a text gave. */
export type Outcome =
  | { readonly kind: 'query'; readonly plan: LogicalNode; readonly changes: boolean; readonly script: ClientScript }
  | { readonly kind: 'rows'; readonly schema: Schema; readonly rows: readonly (readonly Value[])[] }
  | { readonly kind: 'insert'; readonly job: RunningJob };

const resultColumn: Schema = [{ name: 'result', type: types.string(false) }];
const insertColumns: Schema = [
  { name: 'job', type: types.string(false) },
  { name: 'rows', type: types.bigint(true) },
];

/** A text of SQL from a client. */
export interface ClientScript extends Script {
  /** The client waits for the end of the rows. */
  readonly ends?: boolean;
  /** What the client sent, where `text` has values in place of its parameters. */
  readonly sent?: { readonly text: string; readonly original: (span: Span) => Span } | undefined;
}

export const scriptOf = (text: string, baseDirectory: string, sent?: ClientScript['sent']): ClientScript => ({
  text,
  source: '<sql>',
  baseDirectory,
  sent,
});

/**
 * Runs a text's statements in order; a bounded INSERT has ended then. Of queries only the last counts, and it is not started.
 *
 * @throws TidemillError with its place in the text; `endless` for a query without an end whose end is waited for; `changes-wanted` for a query whose rows are taken back again and which never ends, unless
 * 'sql-client.execution.result-mode' is 'changelog'.
 */
export function runStatements(session: Session, script: ClientScript): Promise<Outcome> {
  return placed(script, () => run(session, script));
}

async function run(session: Session, script: ClientScript): Promise<Outcome> {
  let outcome: Outcome | undefined;
  for await (const result of session.prepare(script)) {
    switch (result.kind) {
      case 'plan':
        if (script.ends === true && boundednessOf(result.plan) !== 'bounded') throw endless();
        outcome = { kind: 'query', plan: result.plan, changes: wantsChanges(session, result.plan), script };
        break;
      case 'listing':
        outcome = { kind: 'rows', schema: result.schema, rows: result.rows };
        break;
      case 'text':
        outcome = { kind: 'rows', schema: resultColumn, rows: [[result.text]] };
        break;
      case 'done':
        outcome = { kind: 'rows', schema: resultColumn, rows: [['OK']] };
        break;
      case 'insert':
        outcome = { kind: 'insert', job: result.job };
    }
  }
  if (outcome === undefined) throw new TidemillError('usage', 'the text has no statement');
  return outcome;
}

const endless = (): TidemillError =>
  new TidemillError('endless', 'the query never ends', {
    hint: 'read its rows or changes as they come, or take LIMIT n of a query that only adds rows',
  });

function wantsChanges(session: Session, plan: LogicalNode): boolean {
  if (session.settings.get('sql-client.execution.result-mode') === 'changelog') return true;
  if (boundednessOf(plan) === 'bounded' || changelogOf(plan, runtimeModeOf(session.settings)).kind === 'append') return false;
  throw new TidemillError('changes-wanted', 'the query never ends, and takes rows back that it gave before', {
    hint: "SET 'sql-client.execution.result-mode' = 'changelog' puts a column op before the others: +I, -U, +U, -D",
  });
}

export function outcomeSchema(outcome: Outcome): Schema {
  switch (outcome.kind) {
    case 'rows':
      return outcome.schema;
    case 'insert':
      return insertColumns;
    case 'query':
      return querySchema(outcome.plan, outcome.changes);
  }
}

const querySchema = (plan: LogicalNode, changes: boolean): Schema =>
  changes ? [operationField, ...schemaOf(plan)] : schemaOf(plan);

/** The rows of an outcome; a query is planned and run each time they are read. */
export function outcomeStream(session: Session, outcome: Outcome): ResultStream {
  switch (outcome.kind) {
    case 'rows':
      return rowStream(outcome.schema, outcome.rows);
    case 'insert':
      return rowStream(insertColumns, [[outcome.job.name, outcome.job.bounded ? BigInt(rowsWritten(outcome.job)) : null]]);
    case 'query': {
      const query = placed(outcome.script, () => session.query(outcome.plan, outcome.changes ? 'changelog' : 'final'));
      const stream = queryStream(query, outcome.changes);
      return {
        schema: stream.schema,
        cancel: () => query.cancel(),
        async *messages() {
          try {
            yield* stream.messages();
          } catch (error) {
            throw placedError(error, outcome.script);
          }
        },
      };
    }
  }
}

export const rowsWritten = (job: RunningJob): number => job.progress().rowsWritten;

/**
 * The columns of what a bound statement would give, without running it; statements that only show something are run. undefined: it has no rows.
 */
export async function describeBound(session: Session, bound: BoundStatement, script: ClientScript): Promise<Schema | undefined> {
  if (bound.kind === 'query')
    return querySchema(
      bound.plan,
      placed(script, () => wantsChanges(session, bound.plan)),
    );
  return onlyShows(bound) ? outcomeSchema(await runStatements(session, script)) : undefined;
}

function onlyShows(bound: BoundStatement): boolean {
  if (bound.kind === 'explain') return true;
  if (bound.kind !== 'command') return false;
  const { command } = bound;
  if (command.kind === 'set') return command.option === undefined;
  return command.kind === 'show' || command.kind === 'describe' || command.kind === 'explain-stall';
}

/** Errors get the text they stand in, as the client sent it. */
export function placed<T>(script: ClientScript, act: () => T): T {
  try {
    const value = act();
    if (value instanceof Promise) return value.catch((error: unknown) => Promise.reject(placedError(error, script))) as T;
    return value;
  } catch (error) {
    throw placedError(error, script);
  }
}

function placedError(error: unknown, { source, text, sent }: ClientScript): unknown {
  if (!(error instanceof TidemillError)) return error;
  if (error.place !== undefined && (sent === undefined || error.place.text !== text)) return error;
  const span = error.place?.span ?? error.span;
  if (span === undefined) return error;
  const place = sent === undefined ? { source, text, span } : { source, text: sent.text, span: sent.original(span) };
  const { domain, hint, cause } = error;
  return new TidemillError(error.code, error.message, { domain, hint, cause, place });
}
