import type { Batch } from '../columnar/batch.ts';
import type { Schema, SqlType } from '../columnar/types.ts';
import type { Kernels } from '../kernels/index.ts';
import type { Expression } from '../plan/expressions.ts';
import type { Scan, TableSink, TableSource } from '../plan/nodes.ts';
import type { TaskMemory } from '../wasm/memory.ts';

/** A part of a source that one reader reads in order. Plain data: it crosses threads and goes into checkpoints. */
export interface Split {
  readonly id: string;
  readonly data: Readonly<Record<string, string | number>>;
}
/** Where a split is to be read on; plain data, of the connector's own shape. */
export type SplitPosition = Readonly<Record<string, string | number>>;

export interface ReadContext {
  readonly memory: TaskMemory;
  readonly kernels: Kernels;
  /** Ends the task's wait when data or a completion has arrived. */
  readonly wake: () => void;
  readonly epochMs: () => number;
  /** Opens a table for the records that cannot be read. */
  readonly openSink?: ((sink: TableSink) => SinkWriter) | undefined;
}

/** `pending`: `wake` will be called. `idle`: nothing now, and no promise when. */
export type ReadResult =
  | { readonly kind: 'batch'; readonly batch: Batch }
  | { readonly kind: 'pending' }
  | { readonly kind: 'idle' }
  | { readonly kind: 'end' };

/**
 * Reads one split. Never waits or blocks in tryRead; a batch lies in the arena and has at most `rowsMax` rows. It and all that its views point
 * to stay readable until the next tryRead or close.
 */
export interface SplitReader {
  tryRead(rowsMax: number): ReadResult;
  /** Position after the last batch handed out. */
  position(): SplitPosition;
  /** Records left out and values made NULL so far, by the table's policy for bad records. */
  badRecords?(): number;
  close(): void;
}

export interface ScanRequest {
  readonly source: TableSource;
  /** Columns to deliver, by index of source.schema. */
  readonly columns: readonly number[];
  /** Over the delivered columns; only what `capabilities.filter` accepted. */
  readonly filter?: Expression | undefined;
  readonly limit?: number | undefined;
  /**
   * By delivered column: the children of a ROW column that are read, or undefined for all. A connector may deliver the others as NULL
   * (nested projection).
   */
  readonly usedFields?: readonly (readonly number[] | undefined)[] | undefined;
}
export interface Source {
  /**
   * Splits there are now; unbounded sources are asked again from time to time. `parallelism` is how many readers there will be; `known`: ids of splits
   * that a checkpoint has, which this run goes on from.
   */
  discover(parallelism: number, known?: ReadonlySet<string>): Promise<readonly Split[]>;
  open(split: Split, position: SplitPosition | undefined, context: ReadContext): SplitReader;
  /** Splits that a task may read at the same time; otherwise {@link file://./../common/limits.ts}'s `openSplitsMax`. */
  readonly openSplitsMax?: number | undefined;
  /** A checkpoint stands that has these positions: told to outside systems for people who watch; nothing depends on it. */
  checkpointed?(positions: readonly { readonly split: Split; readonly position: SplitPosition }[]): Promise<void>;
}

export interface WriteContext {
  readonly memory: TaskMemory;
  readonly kernels: Kernels;
  readonly wake: () => void;
  /** What went wrong behind a writer's back fails the job, though nothing more may be written. */
  readonly failed?: ((error: unknown) => void) | undefined;
  readonly subtask: number;
  /**
   * Stable name of who writes: job and operator, so that two INSERTs into one table have two. Absent outside of jobs, and where only what was
   * prepared is settled.
   */
  readonly writer?: string | undefined;
  /** How many writers the sink has; absent: this one alone. */
  readonly parallelism?: number | undefined;
  readonly epochMs: () => number;
  /** Where print and results go. */
  readonly output: (text: string) => void;
  /**
   * What this sink had prepared for the checkpoint that the job goes on from; all of it is committed already. A writer that has to remember something
   * puts it into every handle.
   */
  readonly restored?: readonly CommitHandle[] | undefined;
}
export type CommitHandle = Readonly<Record<string, string | number>>;
/** Two phases (design §7): what `prepare` returned is committed once the checkpoint stands; both may be asked again after a failure. */
export interface SinkWriter {
  /** false: try again after `wake`. The batch is read during the call only. */
  tryWrite(batch: Batch): boolean;
  /** Takes all that was written before the call, and nothing of what is written after it, though the promise is still pending. */
  prepare(checkpointId: number): Promise<CommitHandle | undefined>;
  commit(handle: CommitHandle): Promise<void>;
  abort(handle: CommitHandle): Promise<void>;
  /** No row written from now on is behind it, but late ones. */
  onWatermark?(watermarkMs: number): void;
  close(): Promise<void>;
}
export interface Sink {
  open(context: WriteContext): SinkWriter;
}

export interface OptionSpec {
  readonly type: 'string' | 'int' | 'long' | 'double' | 'boolean' | 'duration' | 'memory' | 'enum';
  readonly required?: boolean | undefined;
  readonly default?: string | undefined;
  readonly values?: readonly string[] | undefined;
  /** Means something to Flink and nothing here: accepted, and named once as ignored. */
  readonly ignored?: boolean | undefined;
  readonly doc: string;
}
/** Bytes to columns and back. */
export interface FormatDescriptor {
  readonly name: string;
  readonly options: Readonly<Record<string, OptionSpec>>;
}

/** Records that lie anywhere in a task's memory: `count` pairs of u32, address and length (2³² − 1: NULL), at `places`; 64 bytes behind are readable. */
export interface RecordRun {
  readonly places: number;
  readonly count: number;
  /** Where a record is from, for errors. */
  readonly placeOf?: ((record: number) => string) | undefined;
}
export interface RecordsRead {
  readonly batch: Batch;
  /** By row, the record it is from; undefined: each record is the row of its number. */
  readonly records: Uint32Array | undefined;
  /** Records that gave no row because they could not be read, when the table wants to hear of them. */
  readonly bad: readonly { readonly record: number; readonly error: string; readonly column: string }[];
}
/**
 * A format that reads independent records (messages) as columns. The batch and what its views point to stay as they are until the next read or
 * close. @throws TidemillError `bad-record` unless the options say otherwise.
 */
export interface RecordReader {
  read(run: RecordRun): RecordsRead;
  close(): void;
}
/** A format that writes rows as independent records; the bytes are valid during the call of `write`, which comes once a row, in order. */
export interface RecordWriter {
  write(batch: Batch, write: (record: Uint8Array) => void): void;
  close(): void;
}

/** A connector as the static table knows it: options by schema, what it can do, and how to make it. */
export interface Connector {
  readonly name: string;
  /** Keys may end in `.*`, and `fields.#.kind`-like keys match one name per `#`. */
  readonly options: Readonly<Record<string, OptionSpec>>;
  readonly formats: readonly string[];
  readonly boundedness: (options: Readonly<Record<string, string>>) => 'bounded' | 'unbounded';
  readonly capabilities: {
    readonly projection: boolean;
    readonly limit: boolean;
    /** Whether the source applies a condition over the scan's columns itself. */
    readonly filter: (expression: Expression, scan: Pick<Scan, 'source' | 'columns'>) => boolean;
  };
  /** Columns the connector can make besides those in the data: type by key. */
  readonly metadata?: Readonly<Record<string, SqlType>> | undefined;
  /** Those of them that can also be written. */
  readonly writtenMetadata?: readonly string[] | undefined;
  /** Columns of a table declared without any, from the data itself. */
  readonly inferSchema?:
    | ((options: Readonly<Record<string, string>>, baseDirectory: string | undefined) => Promise<Schema>)
    | undefined;
  /** Options that the data itself answers (whether a CSV file has a header); they go beside the table's own when its columns are inferred. */
  readonly inferOptions?:
    | ((
        options: Readonly<Record<string, string>>,
        baseDirectory: string | undefined,
      ) => Promise<Readonly<Record<string, string>>>)
    | undefined;
  readonly source?: ((request: ScanRequest) => Source) | undefined;
  readonly sink?: ((sink: TableSink) => Sink) | undefined;
  /** What a source gives: facts (the default), or the latest row of a primary key, with weight −1 for a deleted key. */
  readonly sourceMode?: 'append' | 'upsert' | undefined;
  /** What a sink takes: appended rows, rows with op, or upserts by key. */
  readonly sinkMode?: 'append' | 'changelog' | 'upsert' | undefined;
  /** Whether all rows must go through one writer, which decides something for the whole table. */
  readonly oneWriter?: ((sink: Pick<TableSink, 'options' | 'partitionedBy'>) => boolean) | undefined;
  /** Whether INSERT OVERWRITE can replace what is there. */
  readonly overwrite?: boolean | undefined;
}
