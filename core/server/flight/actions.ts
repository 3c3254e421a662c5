import { notSupported } from '../../common/errors.ts';
import type { CallContext, Write } from './calls.ts';
import { Action } from './messages.ts';
import type { FlightSessions } from './sessions.ts';

export class Actions {
  readonly #sessions: FlightSessions;
  readonly #baseDirectory: string;

  constructor(sessions: FlightSessions, baseDirectory: string) {
    this.#sessions = sessions;
    this.#baseDirectory = baseDirectory;
  }

  async perform(request: Uint8Array, _write: Write, _context: CallContext): Promise<void> {
    throw notSupported(`the action ${Action.decode(request).type}`);
  }

  async list(_write: Write): Promise<void> {}
}
