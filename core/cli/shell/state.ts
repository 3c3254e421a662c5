import type { RunningJob } from '../../session/contract.ts';
import type { Session } from '../../session/session.ts';
import type { OutputFormat } from '../output/result-writer.ts';
import type { Terminal } from './terminal.ts';

export type Switch = 'on' | 'off';

/** What a shell knows and can be told to do otherwise. */
export interface ShellState {
  readonly session: Session;
  /** Undefined without a terminal. */
  readonly terminal: Terminal | undefined;
  readonly colour: boolean;
  readonly verbose: boolean;
  format: OutputFormat;
  /** Rows one below the other: always, never, or when they are too wide. */
  expanded: Switch | 'auto';
  timing: Switch;
  pager: Switch;
  hints: Switch;
  /** Jobs without an end that were started here. */
  readonly endless: Set<RunningJob>;
  /** What Ctrl-C stops. */
  stopRunning: (() => void) | undefined;
  /** Ctrl-C was pressed since the statement began. */
  interrupted: boolean;
  /** When the last row of the running statement was there. */
  finishedMs: number | undefined;
  /** The last statement, for \e. */
  lastText: string;
}
