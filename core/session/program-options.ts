import type { Script } from './contract.ts';
import type { SessionOptions } from './options.ts';
import type { Session } from './session.ts';

/** What a command line gives to the sessions that a program opens; what the program says itself comes first. */
export interface ProgramOptions {
  readonly session: SessionOptions;
  /** Run when a session is opened. */
  readonly init: readonly Script[];
  /** Told about each session. */
  readonly opened: (session: Pick<Session, 'stop' | 'running'>) => void;
}

let given: ProgramOptions = { session: {}, init: [], opened: () => undefined };

/** Called once, by the command that runs the program, before the program starts. */
export function setProgramOptions(options: ProgramOptions): void {
  given = options;
}
export const programOptions = (): ProgramOptions => given;
