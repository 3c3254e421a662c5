import { createHash } from 'node:crypto';
import { type Batch, batchOf } from '../../../columnar/batch.ts';
import { readColumn } from '../../../columnar/read-values.ts';
import { TidemillError } from '../../../common/errors.ts';
import type { CommitHandle, SinkWriter, WriteContext } from '../../contract.ts';
import { type RecordPlacer, recordPlacer } from '../../encoding/record-places.ts';
import type { RecordPlaces } from '../producer/batch-builder.ts';
import type { ProducerPort, ProducerTime } from '../producer/port.ts';
import { Producer } from '../producer/producer.ts';
import { openIdempotent, type Patience, ProducerSession } from '../producer/sessions.ts';
import { type OpenSlot, TransactionSlots } from '../producer/slots.ts';
import { placeHeaders } from './headers.ts';
import type { RecordPart, SinkSettings } from './settings.ts';

/** The last part of a sink is prepared for this checkpoint: after all others. */
const finalCheckpoint = Number.MAX_SAFE_INTEGER;
/** Length of a NULL. */
const noBytes = 0xffffffff;

/**
 * Writes rows to Kafka's topics: keys and values by their formats, to partitions by the partitioner; with the guarantee that the table asks for.
 *
 * - `none`: nothing is waited for but at the end. `at-least-once`: a checkpoint waits for all acknowledgements.
 * - `exactly-once`: rows between two checkpoints are one transaction, which is committed once the checkpoint that holds its handle stands.
 */
export class KafkaWriter implements SinkWriter {
  readonly #settings: SinkSettings;
  readonly #context: WriteContext;
  readonly #port: ProducerPort;
  readonly #time: ProducerTime;
  readonly #producer: Producer;
  readonly #key: RecordPlacer | undefined;
  readonly #value: RecordPlacer;
  readonly #slots: TransactionSlots;
  #connecting: Promise<void> | undefined;
  #state: 'new' | 'opening' | 'ready' = 'new';
  #failure: { readonly error: unknown } | undefined;
  /** The transaction that is written to. */
  #current: OpenSlot | undefined;
  #next: Promise<OpenSlot> | undefined;
  /** Where rows without key go, by topic, and the bytes that went there. */
  readonly #sticky: { partition: number; bytes: number }[] = [];
  #closed = false;

  constructor(settings: SinkSettings, context: WriteContext, port: ProducerPort, time: ProducerTime) {
    this.#settings = settings;
    this.#context = context;
    this.#port = port;
    this.#time = time;
    const placer = (part: RecordPart): RecordPlacer => recordPlacer(part.format, part.schema, part.options, context);
    this.#key = settings.key && placer(settings.key);
    this.#value = placer(settings.value);
    this.#producer = new Producer(port, settings.topics, settings.producer, context, time, {
      wake: () => context.wake(),
      failed: error => context.failed?.(error),
    });
    const { transactionalIdPrefix, transactionTimeoutMs } = settings;
    const prefix = transactionalIdPrefix + (context.writer === undefined ? '' : `-${shortHash(context.writer)}`);
    const names = { prefix, subtask: context.subtask, parallelism: context.parallelism ?? 1 };
    this.#slots = new TransactionSlots(port, names, transactionTimeoutMs, this.#patience, context.restored);
    for (const topic of settings.topics.keys()) this.#sticky[topic] = { partition: context.subtask, bytes: 0 };
    // a writer of a task begins before its first row: what one before it left open must not wait for that
    if (context.parallelism !== undefined) this.#open();
  }

  tryWrite(batch: Batch): boolean {
    this.#check();
    if (this.#state === 'new') this.#open();
    if (this.#state !== 'ready') return false;
    this.#producer.check();
    if (this.#producer.isFull) return false;
    if (!this.#settings.upsert) requireInserts(this.#context, batch);
    if (batch.length > 0) this.#write(batch);
    this.#producer.send();
    return true;
  }

  prepare(checkpointId: number): Promise<CommitHandle | undefined> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure.error as Error);
    const { guarantee } = this.#settings;
    if (guarantee === 'none' && checkpointId !== finalCheckpoint) return Promise.resolve(undefined);
    const written = this.#producer.flush();
    if (guarantee !== 'exactly-once') return written.then(() => undefined);
    const slot = this.#current;
    if (slot === undefined || !slot.session.used) {
      this.#slots.begun(checkpointId);
      return written.then(() => undefined);
    }
    const handle = this.#slots.prepare(slot, checkpointId);
    this.#current = undefined;
    if (checkpointId === finalCheckpoint) this.#state = 'opening';
    else this.#begin();
    return written.then(() => handle);
  }

  async commit(handle: CommitHandle): Promise<void> {
    // what a checkpoint holds is worth waiting for
    await this.#connect(true);
    try {
      await this.#slots.commit(handle);
    } catch (error) {
      // of a writer at work it would be a loss, whatever the table says
      const restores = this.#context.writer === undefined;
      const lost = error instanceof TidemillError && error.code === 'kafka-transaction-lost';
      if (!restores || !lost || !this.#settings.ignoresLost) throw error;
    }
  }

  async abort(handle: CommitHandle): Promise<void> {
    await this.#connect(true);
    await this.#slots.abort(handle);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const left = this.#current;
    // what is left open would hold back readers until it times out
    if (left !== undefined)
      await this.#within(
        closingMs,
        this.#slots.discard(left).catch(() => undefined),
      );
    await this.#producer.close();
    this.#key?.close();
    this.#value.close();
  }

  get #patience(): Patience {
    const { retryBackoffMs, deliveryTimeoutMs } = this.#settings.producer;
    return { time: this.#time, backoffMs: Math.min(retryBackoffMs, 20), timeoutMs: deliveryTimeoutMs };
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #connect(patient: boolean): Promise<void> {
    this.#connecting ??= this.#port.connect(patient);
    return this.#connecting;
  }

  #open(): void {
    this.#state = 'opening';
    this.#start().then(
      () => this.#context.wake(),
      (error: unknown) => this.#failed(error),
    );
  }

  async #start(): Promise<void> {
    const { guarantee, idempotent } = this.#settings;
    await this.#connect(false);
    await this.#producer.begin();
    if (guarantee === 'exactly-once') {
      await this.#slots.abortLeftOver();
      this.#begin();
      return;
    }
    const session = idempotent ? await openIdempotent(this.#port, this.#patience) : new ProducerSession(null, undefined, true);
    this.#producer.use(session);
    this.#state = 'ready';
  }

  /** The next transaction, opened ahead so that nobody waits for it. */
  #begin(): void {
    this.#state = 'opening';
    const next = this.#next ?? this.#slots.open();
    next.then(
      slot => {
        if (this.#closed) return;
        this.#current = slot;
        this.#producer.use(slot.session);
        this.#state = 'ready';
        this.#next = this.#slots.open();
        this.#next.catch((error: unknown) => this.#failed(error));
        this.#context.wake();
      },
      (error: unknown) => this.#failed(error),
    );
  }

  #failed(error: unknown): void {
    if (this.#closed) return;
    this.#failure ??= { error };
    this.#producer.fail(error);
    this.#context.wake();
  }

  async #within(timeoutMs: number, work: Promise<unknown>): Promise<void> {
    let cancel: (() => void) | undefined;
    const late = new Promise<void>(resolve => {
      cancel = this.#time.after(timeoutMs, resolve);
    });
    await Promise.race([work, late]);
    cancel?.();
  }

  #write(batch: Batch): void {
    const { memory, kernels } = this.#context;
    const { arena } = memory;
    const { key, value, metadata, upsert } = this.#settings;
    const mark = arena.mark();
    const nowMs = this.#time.epochMs();
    const part = ({ columns }: RecordPart): Batch =>
      batchOf(
        batch.length,
        columns.map(index => batch.columns[index]!),
        batch.weights,
      );
    const places: { keys: number; values: number; headers: number; times: number; nowMs: number } = {
      keys: key === undefined ? 0 : this.#key!.place(part(key), true),
      values: this.#value.place(part(value), true),
      headers: metadata.headers === undefined ? 0 : placeHeaders(memory, batch.columns[metadata.headers]!, batch.length),
      times: metadata.timestamp === undefined ? 0 : this.#times(batch, metadata.timestamp, nowMs),
      nowMs,
    };
    let count = batch.length;
    if (upsert) {
      const rows = arena.allocate(count * 4);
      const slotCount = 2 ** Math.ceil(Math.log2(count * 2));
      const slots = arena.allocateZeroed(slotCount * 4);
      const links = arena.allocate(count * 8);
      const all = count;
      count = kernels.kafka_upserts(all, places.keys, places.values, batch.weights, slots, slotCount - 1, links, rows);
      for (const name of ['keys', 'values', 'headers', 'times'] as const) {
        if (places[name] === 0 || count === all) continue;
        const kept = arena.allocate(count * 8);
        kernels.gather_64(count, rows, places[name], kept);
        places[name] = kept;
      }
    }
    if (count > 0) this.#route(batch, places, count);
    arena.release(mark);
  }

  /** Rows to their topics and partitions. */
  #route(batch: Batch, places: RecordPlaces, count: number): void {
    const { memory, kernels } = this.#context;
    const { topics, metadata } = this.#settings;
    if (metadata.topic === undefined || topics.length === 1) {
      this.#routeIn(0, 0, count, places);
      return;
    }
    const names = readColumn(memory, batch.columns[metadata.topic]!, batch.length);
    const topicOf = memory.arena.allocate(count * 4);
    for (const [row, name] of names.entries()) {
      const topic = topics.indexOf(String(name));
      if (topic < 0)
        throw new TidemillError('wrong-topic', `a row goes to topic '${String(name)}', which the table does not name`, {
          hint: `'topic' names ${topics.join(', ')}.`,
        });
      memory.u32[(topicOf >> 2) + row] = topic;
    }
    const ends = memory.arena.allocate(topics.length * 4);
    const rows = memory.arena.allocate(count * 4);
    kernels.kafka_group(count, topicOf, topics.length, ends, rows);
    for (let topic = 0, from = 0; topic < topics.length; topic++) {
      const end = memory.u32[(ends >> 2) + topic]!;
      if (end > from) this.#routeIn(topic, rows + from * 4, end - from, places);
      from = end;
    }
  }

  #routeIn(topic: number, rows: number, count: number, places: RecordPlaces): void {
    const { memory, kernels, subtask } = this.#context;
    const partitions = this.#producer.partitionCount(topic);
    const { partitioner, producer } = this.#settings;
    if (partitioner === 'fixed' || partitions === 1) {
      this.#producer.append(topic, subtask % partitions, rows, count, places);
      return;
    }
    if (places.keys === 0) {
      // a partition until it has got a batch, then the next, as Kafka's clients do for records without key
      const sticky = this.#sticky[topic]!;
      if (sticky.bytes >= producer.batchBytes) {
        sticky.partition++;
        sticky.bytes = 0;
      }
      this.#producer.append(topic, sticky.partition % partitions, rows, count, places);
      sticky.bytes += bytesOf(memory.u32, places.values, count);
      return;
    }
    const keys = rows === 0 ? places.keys : memory.arena.allocate(count * 8);
    if (rows !== 0) kernels.gather_64(count, rows, places.keys, keys);
    const partitionOf = memory.arena.allocate(count * 4);
    const { arena } = memory;
    kernels.kafka_partitions(count, keys, partitions, this.#sticky[topic]!.partition++ % partitions, partitionOf);
    const ends = arena.allocate(partitions * 4);
    const grouped = arena.allocate(count * 4);
    kernels.kafka_group(count, partitionOf, partitions, ends, grouped);
    if (rows !== 0) {
      const own = arena.allocate(count * 4);
      kernels.gather_32(count, grouped, rows, own);
      this.#appendGroups(topic, own, ends, partitions, places);
    } else this.#appendGroups(topic, grouped, ends, partitions, places);
  }

  #appendGroups(topic: number, rows: number, ends: number, partitions: number, places: RecordPlaces): void {
    for (let partition = 0, from = 0; partition < partitions; partition++) {
      const end = this.#context.memory.u32[(ends >> 2) + partition]!;
      if (end > from) this.#producer.append(topic, partition, rows + from * 4, end - from, places);
      from = end;
    }
  }

  #times(batch: Batch, index: number, nowMs: number): number {
    const { memory, kernels } = this.#context;
    const column = batch.columns[index]!;
    const target = memory.arena.allocate(batch.length * 8);
    const precision = 'precision' in column.type ? (column.type.precision ?? 6) : 6;
    const perMs = precision <= 6 ? 1000n : 1_000_000n;
    kernels.kafka_times(batch.length, column.data, column.validity, perMs, BigInt(nowMs), target);
    return target;
  }
}

const shortHash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8);

/** How long a writer that ends waits for the abort of what nobody will commit. */
const closingMs = 2000;

function bytesOf(u32: Uint32Array<ArrayBufferLike>, places: number, count: number): number {
  if (count === 0) return 0;
  // records of a batch lie one behind the other, more or less
  let bytes = 0;
  for (let at = (places >> 2) + 1; at < (places >> 2) + count * 2; at += 2) if (u32[at] !== noBytes) bytes += u32[at]!;
  return bytes;
}

function requireInserts({ memory }: WriteContext, batch: Batch): void {
  if (batch.weights === 0) return;
  for (let row = 0; row < batch.length; row++) {
    if (memory.i8[batch.weights + row]! < 0)
      throw new TidemillError('updates-into-sink', 'a topic takes rows once and for all, and one of these is taken back', {
        hint: "Use the connector 'upsert-kafka' with a PRIMARY KEY.",
      });
  }
}
