import { join } from 'node:path';
import { gatherColumn } from '../../codegen/gather.ts';
import { type Batch, batchOf } from '../../columnar/batch.ts';
import type { Schema } from '../../columnar/types.ts';
import { TidemillError } from '../../common/errors.ts';
import { limits } from '../../common/limits.ts';
import type { TableSink } from '../../plan/nodes.ts';
import type { CommitHandle, Sink, SinkWriter, WriteContext } from '../contract.ts';
import { tablePath } from './files.ts';
import { replaceDirectory } from './overwrite.ts';
import { type Part, type PartFormat, partFormat, requireFormat } from './part-formats.ts';
import { abortPart, commitPart, PartFiles, type PartNames } from './part-writer.ts';
import { PartitionSplit } from './partition-split.ts';

/**
 * Writes part files into the table's directory, or the directories of its partitions, as Flink does; each appears when the checkpoint, or the job,
 * that it belongs to is done. INSERT OVERWRITE replaces the directories that rows were written to, or the whole table when it has no partitions.
 */
export function fileSink(sink: TableSink): Sink {
  requireFormat(sink.options, sink.name);
  return { open: context => new FileWriter(sink, context) };
}

class FileWriter implements SinkWriter {
  readonly #sink: TableSink;
  readonly #context: WriteContext;
  readonly #directory: string;
  readonly #format: PartFormat;
  readonly #files: PartFiles;
  /** Positions of the columns that lie in the files. */
  readonly #stored: readonly number[];
  readonly #split: PartitionSplit | undefined;
  /** Parts by partition ('' without); the one used last is the last. */
  readonly #open = new Map<string, Part>();
  /** Names of parts that wait for what their format needs. */
  readonly #named = new Map<string, PartNames>();
  #settling: Promise<PartNames | undefined>[] = [];

  constructor(sink: TableSink, context: WriteContext) {
    const { schema, options } = sink;
    this.#sink = sink;
    this.#context = context;
    this.#directory = tablePath(options, sink.baseDirectory);
    const partitions = (sink.partitionedBy ?? []).map(name => schema.findIndex(field => field.name === name));
    this.#stored = schema.map((_, index) => index).filter(index => !partitions.includes(index));
    const stored: Schema = this.#stored.map(index => schema[index]!);
    if (stored.length === 0)
      throw new TidemillError('wrong-schema', `all columns of ${sink.name} are partition columns: nothing is left for its files`);
    this.#format = partFormat(stored, options, context);
    this.#files = new PartFiles(this.#directory, context.subtask, this.#format.ending);
    this.#split = partitions.length === 0 ? undefined : new PartitionSplit(context.memory, schema, partitions, options);
  }

  tryWrite(batch: Batch): boolean {
    requireInserts(this.#context, batch);
    if (batch.length === 0) return true;
    if (this.#split === undefined) {
      const part = this.#part('');
      part?.write(batch);
      return part !== undefined;
    }
    const { memory } = this.#context;
    const mark = memory.arena.mark();
    const pieces = this.#split.split(batch);
    // All parts are there before the first row is written: a batch is written once.
    const waiting = pieces.filter(({ path }) => !this.#format.streams && this.#part(path) === undefined);
    if (waiting.length > 0) return false;
    for (const { path, rows } of pieces) this.#part(path)!.write(this.#pick(batch, rows));
    memory.arena.release(mark);
    return true;
  }

  /** The stored columns of some rows. */
  #pick(batch: Batch, rows: Uint32Array): Batch {
    const columns = this.#stored.map(index => batch.columns[index]!);
    if (rows.length === batch.length) return batchOf(batch.length, columns);
    const { memory } = this.#context;
    const selection = memory.arena.allocate(rows.length * 4);
    memory.u32.set(rows, selection >> 2);
    return batchOf(
      rows.length,
      columns.map(column => gatherColumn(this.#context, column, selection, rows.length)),
    );
  }

  #part(partition: string): Part | undefined {
    const known = this.#open.get(partition);
    if (known !== undefined) {
      this.#open.delete(partition);
      this.#open.set(partition, known);
      return known;
    }
    if (this.#open.size >= limits.openPartitionsMax) this.#makeRoom();
    const names = this.#named.get(partition) ?? this.#files.next(partition);
    this.#named.set(partition, names);
    const part = this.#format.open(names);
    if (part === undefined) return undefined;
    this.#named.delete(partition);
    this.#open.set(partition, part);
    return part;
  }

  /** Finishes the part that was not written to for the longest. */
  #makeRoom(): void {
    if (!this.#format.streams)
      throw new TidemillError(
        'too-many-partitions',
        `rows of more than ${limits.openPartitionsMax} partitions of ${this.#sink.name} would have to be held in memory`,
        { hint: 'Write fewer partitions with one statement, or write CSV, JSON or Avro, whose parts need no memory.' },
      );
    const [partition, part] = this.#open.entries().next().value!;
    this.#open.delete(partition);
    // Parts of formats that stream are finished at once; the promise is for the others.
    this.#settling.push(finished(part));
  }

  prepare(): Promise<CommitHandle | undefined> {
    // what is written from now on goes into other parts, however long these take to be finished
    const finishing = [...this.#settling, ...[...this.#open.values()].map(finished)];
    this.#settling = [];
    this.#open.clear();
    return this.#handleOf(finishing);
  }

  async #handleOf(finishing: readonly Promise<PartNames | undefined>[]): Promise<CommitHandle | undefined> {
    const parts = (await Promise.all(finishing)).filter(names => names !== undefined);
    const { overwrite } = this.#sink;
    if (parts.length === 0 && overwrite !== true) return undefined;
    return { parts: JSON.stringify(parts), ...(overwrite && { overwrite: 1 }) };
  }

  async commit(handle: CommitHandle): Promise<void> {
    const parts = partsOf(handle);
    if (handle['overwrite'] !== 1) {
      for (const part of parts) await commitPart(part);
      return;
    }
    const directories = new Map<string, PartNames[]>();
    if (this.#split === undefined) directories.set(this.#directory, []);
    for (const part of parts) {
      const directory = join(part.path, '..');
      directories.set(directory, [...(directories.get(directory) ?? []), part]);
    }
    for (const [directory, inside] of directories) await replaceDirectory(directory, inside);
  }

  async abort(handle: CommitHandle): Promise<void> {
    for (const part of partsOf(handle)) await abortPart(part);
  }

  async close(): Promise<void> {
    for (const part of this.#open.values()) part.close();
    this.#open.clear();
    for (const settled of await Promise.allSettled(this.#settling))
      if (settled.status === 'fulfilled' && settled.value !== undefined) await abortPart(settled.value);
    this.#settling = [];
    this.#format.close();
  }
}

async function finished(part: Part): Promise<PartNames | undefined> {
  try {
    return await part.finish();
  } finally {
    part.close();
  }
}

const partsOf = (handle: CommitHandle): PartNames[] => JSON.parse(String(handle['parts'])) as PartNames[];

function requireInserts(context: WriteContext, batch: Batch): void {
  if (batch.weights === 0) return;
  const { i8 } = context.memory;
  for (let row = 0; row < batch.length; row++) {
    if (i8[batch.weights + row]! < 0)
      throw new TidemillError('not-append-only', "connector 'filesystem' takes new rows only, and this query takes rows back");
  }
}
