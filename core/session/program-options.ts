import type { Script } from './contract.ts';
import type { SessionOptions } from './options.ts';

/** What a command line gives to the sessions that a program opens; what the program says itself comes first. */
export interface ProgramOptions {
  readonly session: SessionOptions;
  /** Run when a session is opened. */
  readonly init: readonly Script[];
}

let given: ProgramOptions = { session: {}, init: [] };

/** Called once, by the command that runs the program, before the program starts. */
export function setProgramOptions(options: ProgramOptions): void {
  given = options;
}
export const programOptions = (): ProgramOptions => given;
