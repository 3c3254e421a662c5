import type { Session } from '../../session/session.ts';
import { type FlightSession, type PreparedStatement, unknownHandle } from './sessions.ts';
import { type Outcome, runStatements, scriptOf } from './statements.ts';

/** @throws TidemillError `unknown-handle`. */
export function preparedOf(flightSession: FlightSession, handle: Uint8Array): PreparedStatement {
  const prepared = flightSession.prepared.get(Buffer.from(handle).toString());
  if (prepared === undefined) throw unknownHandle();
  return prepared;
}

/** Runs a prepared statement with the row bound to it. */
export function runPrepared(session: Session, prepared: PreparedStatement, baseDirectory: string): Promise<Outcome> {
  return runStatements(session, scriptOf(prepared.text, baseDirectory));
}
