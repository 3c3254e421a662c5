import { join } from 'node:path';
import { gatherColumn } from '../../codegen/gather.ts';
import { type Batch, batchOf } from '../../columnar/batch.ts';
import type { Schema } from '../../columnar/types.ts';
import { notSupported, TidemillError } from '../../common/errors.ts';
import { type Faults, noFaults } from '../../common/faults.ts';
import { limits } from '../../common/limits.ts';
import type { TableSink } from '../../plan/nodes.ts';
import { type Disk, localDisk } from '../../storage/disk.ts';
import { storageOn } from '../../storage/local-storage.ts';
import type { CommitHandle, Sink, SinkWriter, WriteContext } from '../contract.ts';
import { optionOf } from '../options.ts';
import { tablePath } from './files.ts';
import { replaceDirectory } from './overwrite.ts';
import { type Part, type PartFormat, partFormat, requireFormat } from './part-formats.ts';
import { abortPart, commitPart, PartFiles, type PartNames } from './part-writer.ts';
import { announcesPartitions, PartitionCommits } from './partition-commit.ts';
import { PartitionSplit } from './partition-split.ts';
import { RollingPolicy } from './rolling.ts';

/** Where a file sink writes, when it is not this machine's disk. */
export interface FileSinkPlace {
  readonly disk?: Disk | undefined;
  readonly faults?: Faults | undefined;
}

/**
 * Writes part files into the table's directory, or the directories of its partitions, as Flink does; each appears when the checkpoint, or the job,
 * that it belongs to is done. INSERT OVERWRITE replaces the directories that rows were written to, or the whole table when it has no partitions.
 */
export function fileSink(sink: TableSink, place: FileSinkPlace = {}): Sink {
  requireFormat(sink.options, sink.name);
  if (optionOf.boolean(sink.options, 'auto-compaction'))
    throw notSupported("'auto-compaction'", undefined, 'Larger parts come of longer intervals between checkpoints.');
  if (announcesPartitions(sink)) new PartitionCommits(sink.options, []);
  return { open: context => new FileWriter(sink, context, place) };
}

interface OpenPart {
  readonly part: Part;
  readonly openedMs: number;
  writtenMs: number;
}

class FileWriter implements SinkWriter {
  readonly #sink: TableSink;
  readonly #context: WriteContext;
  readonly #directory: string;
  readonly #disk: Disk;
  readonly #faults: Faults;
  readonly #format: PartFormat;
  readonly #files: PartFiles;
  readonly #rolling: RollingPolicy;
  /** Positions of the columns that lie in the files. */
  readonly #stored: readonly number[];
  readonly #split: PartitionSplit | undefined;
  readonly #announced: PartitionCommits | undefined;
  /** Parts by partition ('' without); the one used last is the last. */
  readonly #open = new Map<string, OpenPart>();
  /** Names of parts that wait for what their format needs. */
  readonly #named = new Map<string, PartNames>();
  #settling: Promise<PartNames | undefined>[] = [];
  /** Of rows written so far, to cut batches where a part is full. */
  #rowBytes = 256;

  constructor(sink: TableSink, context: WriteContext, { disk = localDisk, faults = noFaults }: FileSinkPlace) {
    const { schema, options } = sink;
    this.#sink = sink;
    this.#context = context;
    this.#disk = disk;
    this.#faults = faults;
    this.#directory = tablePath(options, sink.baseDirectory);
    const partitions = (sink.partitionedBy ?? []).map(name => schema.findIndex(field => field.name === name));
    this.#stored = schema.map((_, index) => index).filter(index => !partitions.includes(index));
    const stored: Schema = this.#stored.map(index => schema[index]!);
    if (stored.length === 0)
      throw new TidemillError('wrong-schema', `all columns of ${sink.name} are partition columns: nothing is left for its files`);
    this.#format = partFormat(stored, options, context, () => this.#files);
    this.#files = new PartFiles(disk, this.#directory, context.subtask, this.#format.ending, faults);
    this.#rolling = new RollingPolicy(options);
    this.#split = partitions.length === 0 ? undefined : new PartitionSplit(context.memory, schema, partitions, options);
    this.#announced = announcesPartitions(sink) ? new PartitionCommits(options, context.restored ?? []) : undefined;
  }

  tryWrite(batch: Batch): boolean {
    requireInserts(this.#context, batch);
    if (batch.length === 0) return true;
    const nowMs = this.#context.epochMs();
    if (this.#rolling.looks(nowMs))
      for (const [partition, open] of [...this.#open])
        if (this.#rolling.old({ ...open, sizeBytes: open.part.sizeBytes() }, nowMs)) this.#finishPart(partition);
    if (this.#split === undefined) {
      if (!this.#format.streams && this.#part('', nowMs) === undefined) return false;
      this.#write('', batch, undefined, nowMs);
      return true;
    }
    const { memory } = this.#context;
    const mark = memory.arena.mark();
    const pieces = this.#split.split(batch);
    // All parts are there before the first row is written: a batch is written once.
    const waiting = pieces.filter(({ path }) => !this.#format.streams && this.#part(path, nowMs) === undefined);
    if (waiting.length > 0) return false;
    for (const { path, rows } of pieces) {
      this.#announced?.wrote(path, nowMs);
      this.#write(path, batch, rows, nowMs);
    }
    memory.arena.release(mark);
    return true;
  }

  onWatermark(watermarkMs: number): void {
    if (this.#announced !== undefined) this.#announced.watermarkMs = watermarkMs;
  }

  /** Some rows of a batch (all when left out), in as many parts as their size asks for. */
  #write(partition: string, batch: Batch, rows: Uint32Array | undefined, nowMs: number): void {
    const count = rows?.length ?? batch.length;
    const { arena } = this.#context.memory;
    for (let done = 0; done < count; ) {
      const open = this.#part(partition, nowMs)!;
      const before = open.part.sizeBytes();
      // formats that keep their rows get the whole batch: the next part may not be ready
      const room = Math.max(0, Math.floor((this.#rolling.sizeBytes - before) / this.#rowBytes)) + 1;
      const length = this.#format.streams ? Math.min(count - done, room) : count - done;
      const mark = arena.mark();
      const whole = length === batch.length && this.#stored.length === batch.columns.length;
      open.part.write(whole ? batch : this.#pick(batch, rows?.subarray(done, done + length), done, length));
      arena.release(mark);
      open.writtenMs = nowMs;
      done += length;
      const added = open.part.sizeBytes() - before;
      if (added > 0) this.#rowBytes = added / length;
      if (open.part.sizeBytes() > this.#rolling.sizeBytes) this.#finishPart(partition);
    }
  }

  /** The stored columns of some rows: those of the list, or as many from `from` on. */
  #pick(batch: Batch, rows: Uint32Array | undefined, from: number, count: number): Batch {
    const columns = this.#stored.map(index => batch.columns[index]!);
    if (count === batch.length) return batchOf(batch.length, columns);
    const { memory } = this.#context;
    const selection = memory.arena.allocate(count * 4);
    if (rows !== undefined) memory.u32.set(rows, selection >>> 2);
    else for (let row = 0; row < count; row++) memory.u32[(selection >>> 2) + row] = from + row;
    return batchOf(
      count,
      columns.map(column => gatherColumn(this.#context, column, selection, count)),
    );
  }

  #part(partition: string, nowMs: number): OpenPart | undefined {
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
    const open: OpenPart = { part, openedMs: nowMs, writtenMs: nowMs };
    this.#open.set(partition, open);
    return open;
  }

  /** Finishes the part that was not written to for the longest. */
  #makeRoom(): void {
    if (!this.#format.streams)
      throw new TidemillError(
        'too-many-partitions',
        `rows of more than ${limits.openPartitionsMax} partitions of ${this.#sink.name} would have to be held in memory`,
        { hint: 'Write fewer partitions with one statement, or write CSV, JSON or Avro, whose parts need no memory.' },
      );
    this.#finishPart(this.#open.keys().next().value!);
  }

  #finishPart(partition: string): void {
    const { part } = this.#open.get(partition)!;
    this.#open.delete(partition);
    const finishing = finished(part);
    // whoever prepares hears of it
    finishing.catch(() => undefined);
    this.#settling.push(finishing);
  }

  prepare(checkpointId: number): Promise<CommitHandle | undefined> {
    // what is written from now on goes into other parts, however long these take to be finished
    for (const partition of [...this.#open.keys()]) this.#finishPart(partition);
    const finishing = this.#settling;
    this.#settling = [];
    const announced = this.#announced?.complete(this.#context.epochMs(), checkpointId === Number.MAX_SAFE_INTEGER) ?? [];
    const pending = this.#announced?.pending ?? [];
    return this.#handleOf(checkpointId, finishing, announced, pending);
  }

  async #handleOf(
    checkpointId: number,
    finishing: readonly Promise<PartNames | undefined>[],
    announced: readonly string[],
    pending: readonly (readonly [string, number])[],
  ): Promise<CommitHandle | undefined> {
    const parts = (await Promise.all(finishing)).filter(names => names !== undefined);
    if (!this.#faults.noSyncOfParts) await this.#files.settle(parts);
    const { overwrite } = this.#sink;
    if (parts.length === 0 && overwrite !== true && announced.length === 0 && pending.length === 0) return undefined;
    return {
      parts: JSON.stringify(parts),
      ...(overwrite && { overwrite: 1 }),
      ...(this.#announced !== undefined && {
        checkpoint: checkpointId,
        announced: JSON.stringify(announced),
        pending: JSON.stringify(pending),
      }),
    };
  }

  async commit(handle: CommitHandle): Promise<void> {
    const parts = partsOf(handle);
    if (handle['overwrite'] === 1) await this.#replace(parts);
    else for (const part of parts) await commitPart(this.#disk, part);
    if (this.#announced === undefined || handle['announced'] === undefined) return;
    for (const partition of JSON.parse(String(handle['announced'])) as string[])
      await storageOn(this.#disk).write(join(this.#directory, partition, this.#announced.successFile), new Uint8Array(0));
  }

  async #replace(parts: readonly PartNames[]): Promise<void> {
    const directories = new Map<string, PartNames[]>();
    if (this.#split === undefined) directories.set(this.#directory, []);
    for (const part of parts) {
      const directory = join(part.path, '..');
      directories.set(directory, [...(directories.get(directory) ?? []), part]);
    }
    for (const [directory, inside] of directories) await replaceDirectory(this.#disk, directory, inside);
  }

  async abort(handle: CommitHandle): Promise<void> {
    for (const part of partsOf(handle)) await abortPart(this.#disk, part);
  }

  async close(): Promise<void> {
    for (const { part } of this.#open.values()) part.close();
    this.#open.clear();
    for (const settled of await Promise.allSettled(this.#settling)) {
      if (settled.status === 'rejected' || settled.value === undefined) continue;
      await (this.#faults.abortedPartVisible ? commitPart : abortPart)(this.#disk, settled.value);
    }
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
