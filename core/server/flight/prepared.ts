import { schemaMessage } from '../../columnar/arrow-schema-message.ts';
import type { Schema } from '../../columnar/types.ts';
import type { Value } from '../../columnar/values.ts';
import { TidemillError } from '../../common/errors.ts';
import type { Session } from '../../session/session.ts';
import { parseScript } from '../../sql/parse.ts';
import { CreatedPreparedStatement } from './messages.ts';
import { bindWithoutValues, filledWith, parametersOf, withoutValues } from './parameters.ts';
import { flightSchemaOf } from './schemas.ts';
import { type FlightSession, newHandle, type PreparedStatement, unknownHandle } from './sessions.ts';
import { describeBound, type Outcome, placed, runStatements, scriptOf } from './statements.ts';

/** @throws TidemillError `unknown-handle`. */
export function preparedOf(flightSession: FlightSession, handle: Uint8Array): PreparedStatement {
  const prepared = flightSession.prepared.get(Buffer.from(handle).toString());
  if (prepared === undefined) throw unknownHandle();
  return prepared;
}

/**
 * Keeps a statement, and tells what columns it gives and what parameters it takes; a statement without rows has no columns, and is an update.
 *
 * @throws TidemillError with its place; `usage` for more than one statement.
 */
export async function prepareStatement(flightSession: FlightSession, text: string, baseDirectory: string): Promise<Buffer> {
  const { session } = flightSession;
  const spans = parametersOf(text);
  const filled = withoutValues(text, spans);
  const script = scriptOf(filled.text, baseDirectory, { text, original: filled.original });
  const { statements, errors } = parseScript(filled.text);
  if (errors.length > 0) await placed(script, () => Promise.reject(errors[0]!));
  if (statements.length !== 1)
    throw new TidemillError('usage', `a prepared statement is one statement, not ${statements.length}`, {
      hint: 'send them one after the other, or execute them without preparing',
    });
  const { filled: typed, bound, parameters } = await bindWithoutValues(session, text, spans, baseDirectory);
  const schema = await describeBound(session, bound, scriptOf(typed.text, baseDirectory, { text, original: typed.original }));
  const handle = newHandle(flightSession);
  flightSession.prepared.set(handle, { text, bound: undefined });
  return CreatedPreparedStatement.encode({
    handle: Buffer.from(handle),
    datasetSchema: schema === undefined ? new Uint8Array(0) : schemaMessage(flightSchemaOf(schema)),
    parameterSchema: parameters.length === 0 ? new Uint8Array(0) : schemaMessage(flightSchemaOf(parameters)),
    isUpdate: schema === undefined,
  });
}

/** Runs a prepared statement with a row of values. */
export function runWith(
  session: Session,
  text: string,
  schema: Schema,
  values: readonly Value[],
  baseDirectory: string,
): Promise<Outcome> {
  const filled = filledWith(text, values, schema);
  return runStatements(session, scriptOf(filled.text, baseDirectory, { text, original: filled.original }));
}

/** Runs a prepared query with the row bound to it. @throws TidemillError `wrong-parameter` for several rows. */
export function runPrepared(session: Session, { text, bound }: PreparedStatement, baseDirectory: string): Promise<Outcome> {
  if (bound !== undefined && bound.rows.length > 1)
    throw new TidemillError('wrong-parameter', `a query takes one row of parameters, not ${bound.rows.length}`, {
      hint: 'execute it once for each',
    });
  return runWith(session, text, bound?.schema ?? [], bound?.rows[0] ?? [], baseDirectory);
}
