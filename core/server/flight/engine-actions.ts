import type { CallContext } from './calls.ts';
import type { FlightSessions } from './sessions.ts';

export interface EngineActionPlace {
  readonly context: CallContext;
  readonly sessions: FlightSessions;
  readonly baseDirectory: string;
}

/** An action of our own: JSON in, JSON out. */
export interface EngineAction {
  readonly description: string;
  perform(body: Uint8Array, place: EngineActionPlace): Promise<unknown>;
}

export const engineActions: Readonly<Record<string, EngineAction>> = {};
