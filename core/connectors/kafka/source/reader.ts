import type { ReadContext, ReadResult, ScanRequest, SplitPosition, SplitReader } from '../../contract.ts';
import { type BadRecords, deadLetters } from '../../decoding/bad-records.ts';
import type { ClientLease } from '../client/shared.ts';
import type { RecordPart } from '../sink/settings.ts';
import { RecordBatchReader, type RecordRuns } from './batch-reader.ts';
import type { Fetcher } from './fetcher.ts';
import { PartitionFeed } from './fetcher.ts';
import { nameOf, resetOffsets } from './offsets.ts';
import { type BadKafkaRecord, RecordColumns } from './record-columns.ts';
import type { SourceSettings } from './settings.ts';

export interface KafkaSplit {
  readonly topic: string;
  readonly partition: number;
  readonly start: number;
  /** Behind the last offset to read; +∞: without an end. */
  readonly stop: number;
}

/** What readers of one table share on a thread. */
export interface FetchLease {
  readonly lease: ClientLease;
  readonly fetcher: Fetcher;
  release(): void;
}

/** Reads one partition: fetched record batches through the kernel and the table's formats. */
export class PartitionReader implements SplitReader {
  readonly #split: KafkaSplit;
  readonly #settings: SourceSettings;
  readonly #context: ReadContext;
  readonly #fetches: FetchLease;
  readonly #batches: RecordBatchReader;
  readonly #columns: RecordColumns;
  readonly #badRecords: BadRecords | undefined;
  readonly #limit: number;
  #feed: PartitionFeed;
  #rows: number;
  #bad: number;
  #resetting = false;
  #closed = false;

  constructor(
    split: KafkaSplit,
    position: SplitPosition | undefined,
    request: ScanRequest,
    parts: { readonly key: RecordPart | undefined; readonly value: RecordPart },
    settings: SourceSettings,
    fetches: FetchLease,
    context: ReadContext,
    upsert = false,
  ) {
    this.#split = split;
    this.#settings = settings;
    this.#context = context;
    this.#fetches = fetches;
    this.#limit = request.limit ?? Number.POSITIVE_INFINITY;
    this.#rows = Number(position?.['rows'] ?? 0);
    this.#bad = Number(position?.['bad'] ?? 0);
    const from = position === undefined ? split.start : Number(position['offset']);
    this.#columns = new RecordColumns(request, parts, split.topic, split.partition, context, upsert);
    this.#badRecords = deadLetters(request.source, context);
    this.#batches = new RecordBatchReader(context.memory, context.kernels, this.#place, {
      from,
      stop: split.stop,
      checksums: settings.checksums,
    });
    this.#feed = this.#feedFrom(from);
  }

  tryRead(rowsMax: number): ReadResult {
    if (this.#badRecords?.pending() === true) return { kind: 'pending' };
    const wanted = Math.min(rowsMax, this.#limit - this.#rows);
    for (;;) {
      if (wanted <= 0 || this.#batches.stopped || this.#batches.nextOffset >= this.#split.stop) return this.#end();
      if (this.#batches.empty && !this.#next()) return { kind: 'pending' };
      const runs = this.#batches.read(wanted);
      if (runs.rows === 0) continue;
      const { batch, bad } = this.#columns.read(runs);
      this.#bad += bad.length;
      const waits = bad.length > 0 && this.#tell(bad, runs);
      if (batch.length === 0) {
        if (waits) return { kind: 'pending' };
        continue;
      }
      this.#rows += batch.length;
      return { kind: 'batch', batch };
    }
  }

  position(): SplitPosition {
    return { offset: this.#batches.nextOffset, rows: this.#rows, bad: this.#bad };
  }

  badRecords(): number {
    return this.#bad;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#fetches.fetcher.remove(this.#feed);
    this.#fetches.release();
    this.#badRecords?.close();
    this.#columns.close();
    this.#batches.close();
  }

  get #place(): string {
    return `topic '${this.#split.topic}', partition ${this.#split.partition}`;
  }

  #feedFrom(offset: number): PartitionFeed {
    const feed = new PartitionFeed(this.#split.topic, this.#split.partition, offset, this.#split.stop, this.#context.wake);
    this.#fetches.fetcher.add(feed);
    return feed;
  }

  /** Takes the next chunk. False: there is none yet. */
  #next(): boolean {
    const chunk = this.#feed.take();
    if (chunk !== undefined) {
      this.#batches.feed(chunk);
      return true;
    }
    if (this.#feed.failure !== undefined) throw this.#feed.failure;
    if (this.#feed.outOfRange && !this.#resetting) this.#reset();
    return false;
  }

  /** The broker does not have the offset any more, or not yet. */
  #reset(): void {
    this.#resetting = true;
    const { client } = this.#fetches.lease;
    const { reset, fetch } = this.#settings;
    const wanted = this.#batches.nextOffset;
    resetOffsets(client, [this.#split], reset, fetch.committedOnly, undefined, wanted).then(
      offsets => {
        if (this.#closed) return;
        const offset = offsets.get(nameOf(this.#split))!;
        const before = this.#feed;
        this.#batches.seek(offset);
        // The new one first: a fetcher without feeds closes.
        this.#feed = this.#feedFrom(offset);
        this.#fetches.fetcher.remove(before);
        this.#resetting = false;
        this.#context.wake();
      },
      (error: unknown) => this.#feed.fail(error),
    );
  }

  /** The end, once all records that were left out are where they belong. */
  #end(): ReadResult {
    return this.#badRecords?.finished() === false ? { kind: 'pending' } : { kind: 'end' };
  }

  /** Puts records that were left out where the table says. True: they wait. */
  #tell(bad: readonly BadKafkaRecord[], runs: RecordRuns): boolean {
    if (this.#badRecords === undefined) return false;
    const { u8, u32, i64 } = this.#context.memory;
    return !this.#badRecords.add(
      bad.map(({ record, error, column }) => {
        const at = u32[(runs.values >> 2) + record * 2]!;
        const bytes = u32[(runs.values >> 2) + record * 2 + 1]!;
        return {
          source: `${this.#split.topic}-${this.#split.partition}`,
          position: Number(i64[(runs.offsets >> 3) + record]!),
          column,
          error,
          record: bytes === 0xffffffff ? new Uint8Array() : u8.slice(at, at + bytes),
        };
      }),
    );
  }
}

export function splitOf(data: Readonly<Record<string, string | number>>): KafkaSplit {
  const stop = data['stop'];
  return {
    topic: String(data['topic']),
    partition: Number(data['partition']),
    start: Number(data['start']),
    stop: stop === undefined ? Number.POSITIVE_INFINITY : Number(stop),
  };
}
