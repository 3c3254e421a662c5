import type { JobProgress } from '../../session/contract.ts';

/** One line of JSON each way, then the connection ends. `job`: its name. */
export type ControlRequest =
  | { readonly command: 'jobs' }
  | { readonly command: 'why'; readonly job: string }
  | { readonly command: 'stop'; readonly job: string; readonly savepoint?: string | undefined; readonly drain: boolean }
  | { readonly command: 'savepoint'; readonly job: string; readonly directory: string };

/** A job of another process, as it tells of it. */
export interface RemoteJob {
  readonly name: string;
  readonly bounded: boolean;
  readonly startedMs: number;
  readonly progress: JobProgress;
}

export type ControlAnswer =
  | { readonly ok: true; readonly jobs?: readonly RemoteJob[]; readonly lines?: readonly string[] }
  | { readonly ok: false; readonly code: string; readonly message: string; readonly hint?: string | undefined };
