import type { Schema } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import type { StallReport } from './stall.ts';

/** Flink's row kinds, made from weights and keys at the edge. */
export type Operation = '+I' | '-U' | '+U' | '-D';

/** Some result rows, with one operation each; `operations` undefined: all are +I. */
export interface ResultChunk {
  readonly rows: readonly (readonly Value[])[];
  readonly operations?: readonly Operation[] | undefined;
}

export interface OperatorProgress {
  readonly operator: string;
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly lateRows: number;
  readonly errorRows: number;
  /** Bytes of its state in memory and on disk, and all bytes of it that ever went to disk because memory did not suffice. */
  readonly stateBytes: number;
  readonly diskBytes: number;
  readonly spilledBytes: number;
}
/** What a running job shows of itself (law 10). */
export interface JobProgress {
  readonly rowsRead: number;
  readonly rowsWritten: number;
  readonly lateRows: number;
  /** Records left out and values made NULL because they could not be read. */
  readonly badRecords: number;
  /** Rows that went without the result of a user function, because it failed and its policy says so. */
  readonly errorRows: number;
  /** Milliseconds since 1970; undefined before the first watermark or without event time. */
  readonly watermarkMs: number | undefined;
  /** Bytes of all task memories. */
  readonly memoryBytes: number;
  readonly operators: readonly OperatorProgress[];
}

export interface RunningJob {
  readonly name: string;
  readonly bounded: boolean;
  /** Milliseconds since 1970. */
  readonly startedMs: number;
  /** Settles when the job has ended; rejects with its TidemillError. */
  readonly done: Promise<void>;
  progress(): JobProgress;
  /**
   * Ends the sources and lets what is under way finish, sinks included; with `drain`, open windows fire too. With `savepoint`, a directory, the job ends
   * at a savepoint: open windows stay in it (unless `drain`), and what was written before it is committed.
   */
  stop(options?: { readonly drain?: boolean | undefined; readonly savepoint?: string | undefined }): Promise<void>;
  /** Makes a last checkpoint and ends the job there, what was written before it committed; in a job without checkpoints, `cancel`. */
  suspend(): Promise<void>;
  /** Writes a savepoint into a directory while the job goes on. Errors: no-savepoint. */
  savepoint(directory: string): Promise<void>;
  /** Ends the job at once. */
  cancel(): Promise<void>;
  /** What holds it up, asked of its tasks now. */
  explainStall(): Promise<StallReport>;
  /** Makes a checkpoint, in a job that makes any; settles when it stands. */
  checkpoint(): Promise<void>;
}

/** A query's rows. Reading starts the job; leaving the loop cancels it. */
export interface QueryResult {
  readonly schema: Schema;
  readonly bounded: boolean;
  /** 'append': all rows are +I. Otherwise rows are taken back or replaced, and final rows need a bounded input. */
  readonly changelog: 'append' | 'retract' | 'upsert';
  /** Places of output columns whose values identify a row; undefined: rows are known by all of their values. */
  readonly keys: readonly number[] | undefined;
  chunks(): AsyncIterable<ResultChunk>;
  /** The job, once `chunks()` has started it. */
  readonly job: RunningJob | undefined;
}

/** What one statement gave. */
export type StatementResult =
  | { readonly kind: 'done'; readonly message: string }
  | { readonly kind: 'listing'; readonly schema: Schema; readonly rows: readonly (readonly Value[])[] }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'query'; readonly query: QueryResult }
  | { readonly kind: 'insert'; readonly sink: string; readonly job: RunningJob };

/** `final`: a bounded program's last rows only; `changelog`: every change, as Flink's streaming mode gives them. */
export type ResultMode = 'final' | 'changelog';

/** A text of SQL and where it came from. */
export interface Script {
  readonly text: string;
  /** For error messages: a file name, `-c`, `<stdin>`. */
  readonly source: string;
  /** What relative paths in it are relative to. */
  readonly baseDirectory: string;
}
