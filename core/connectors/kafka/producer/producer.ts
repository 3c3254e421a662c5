import { TidemillError } from '../../../common/errors.ts';
import type { Kernels } from '../../../kernels/index.ts';
import type { TaskMemory } from '../../../wasm/memory.ts';
import { returnBuffer } from '../client/answer-buffers.ts';
import { BatchBuilder, type Compression, type RecordPlaces } from './batch-builder.ts';
import { deliveryTimedOut, produceRefused, recordTooLarge } from './errors.ts';
import type { ProducerPort, ProducerTime } from './port.ts';
import { apiKeys, kafkaErrors, type ProducedPartition, produceAnswer, produceCall, retriedByLeader } from './protocol.ts';
import { addPartitions, type Patience, type ProducerSession } from './sessions.ts';

/** Named as the properties of Kafka's own producer. */
export interface ProducerSettings {
  readonly acks: -1 | 1;
  readonly compression: Compression;
  readonly batchBytes: number;
  readonly lingerMs: number;
  /** Requests under way to one broker. */
  readonly inFlightMax: number;
  readonly requestBytesMax: number;
  /** Bytes not yet acknowledged at which a writer takes no more rows. */
  readonly bufferBytesMax: number;
  readonly requestTimeoutMs: number;
  readonly deliveryTimeoutMs: number;
  readonly retryBackoffMs: number;
  readonly retryBackoffMsMax: number;
  /** How old the list of partitions may be. */
  readonly metadataMsMax: number;
}

export interface ProducerEvents {
  /** Room again, or an error. */
  wake(): void;
  /** Nothing more will be sent. */
  failed?(error: unknown): void;
}

interface PendingBatch {
  readonly session: ProducerSession;
  readonly bytes: Buffer;
  readonly ordinal: number;
  readonly madeMs: number;
  attempts: number;
}

/** A partition that is written to. */
interface Target {
  readonly topic: string;
  readonly partition: number;
  leader: number;
  /** Records not sealed yet. */
  open: BatchBuilder | undefined;
  openedMs: number;
  readonly queue: PendingBatch[];
  inFlight: number;
  /** After a failure nothing is sent until all that was under way has come back, so that the order stays. */
  muted: boolean;
}

/**
 * Sends record batches to the leaders of their partitions: gathers records in task memory, keeps a number of requests under way to each broker,
 * sends again in the same order what can be sent again, and follows leaders that change.
 *
 * @example
 * producer.append(0, partition, rows, 0, count, places);
 * producer.send();
 * await producer.flush();
 */
export class Producer {
  readonly #port: ProducerPort;
  readonly #topics: readonly string[];
  readonly #settings: ProducerSettings;
  readonly #task: { readonly memory: TaskMemory; readonly kernels: Kernels };
  readonly #time: ProducerTime;
  readonly #events: ProducerEvents;
  /** By topic and partition. */
  #targets: Target[][] = [];
  /** Requests under way by broker. */
  readonly #inFlight = new Map<number, number>();
  #session: ProducerSession | undefined;
  #bufferedBytes = 0;
  #ordinal = 0;
  #error: unknown;
  #closed = false;
  #refreshing: Promise<void> | undefined;
  #refreshedMs = 0;
  #timers = new Set<() => void>();
  #lingering = false;

  constructor(
    port: ProducerPort,
    topics: readonly string[],
    settings: ProducerSettings,
    task: { readonly memory: TaskMemory; readonly kernels: Kernels },
    time: ProducerTime,
    events: ProducerEvents,
  ) {
    this.#port = port;
    this.#topics = topics;
    this.#settings = settings;
    this.#task = task;
    this.#time = time;
    this.#events = events;
  }

  get #patience(): Patience {
    return { time: this.#time, backoffMs: this.#settings.retryBackoffMs, timeoutMs: this.#settings.deliveryTimeoutMs };
  }

  /** Learns the topics' partitions, over a port that is connected. @throws TidemillError `unknown-topic`. */
  begin(): Promise<void> {
    return this.#learn(false);
  }

  /** Throws what has gone wrong since. */
  check(): void {
    if (this.#error !== undefined) throw this.#error;
    if (this.#time.epochMs() - this.#refreshedMs > this.#settings.metadataMsMax) void this.#refresh();
  }
  get isFull(): boolean {
    return this.#bufferedBytes >= this.#settings.bufferBytesMax;
  }
  partitionCount(topic: number): number {
    return this.#targets[topic]!.length;
  }

  /** Whose records come from now on; those before are sealed. */
  use(session: ProducerSession): void {
    this.#sealAll();
    this.#session = session;
  }

  /** Rows at `rows` (u32 each; 0: all of `count`) to a partition. @throws TidemillError `kafka-record-too-large`. */
  append(topic: number, partition: number, rows: number, count: number, places: RecordPlaces): void {
    const target = this.#targets[topic]![partition]!;
    const { batchBytes, requestBytesMax } = this.#settings;
    for (let from = 0; from < count; ) {
      target.open ??= new BatchBuilder(this.#task.memory, this.#task.kernels, batchBytes, requestBytesMax);
      if (target.open.records === 0) target.openedMs = this.#time.epochMs();
      const before = target.open.bytes;
      const { taken, tooLarge } = target.open.append(rows, from, count, places);
      this.#bufferedBytes += target.open.bytes - before;
      if (tooLarge !== undefined) throw recordTooLarge(target.topic, tooLarge, requestBytesMax);
      from = taken;
      if (from < count) this.#seal(target);
    }
  }

  /** Sends what is due and what there is room for. */
  send(): void {
    if (this.#error !== undefined || this.#closed) return;
    const nowMs = this.#time.epochMs();
    const byLeader = new Map<number, Target[]>();
    let lingers = false;
    for (const targets of this.#targets) {
      for (const target of targets) {
        const gathered = target.open !== undefined && target.open.records > 0;
        const due = gathered && nowMs - target.openedMs >= this.#settings.lingerMs;
        if (gathered && !due) lingers = true;
        if (target.muted || (target.queue.length === 0 && !due)) continue;
        if (target.leader < 0) {
          this.#backOff(target, 1);
          continue;
        }
        const list = byLeader.get(target.leader);
        if (list === undefined) byLeader.set(target.leader, [target]);
        else list.push(target);
      }
    }
    for (const [leader, targets] of byLeader) this.#sendTo(leader, targets, nowMs);
    if (lingers && !this.#lingering) {
      this.#lingering = true;
      this.#after(Math.max(this.#settings.lingerMs, 1), () => {
        this.#lingering = false;
        this.send();
      });
    }
  }

  /** Everything that was appended before the call is sealed now, and acknowledged when this settles. */
  flush(): Promise<void> {
    this.#sealAll();
    const session = this.#session;
    this.send();
    return session === undefined ? Promise.resolve() : this.settled(session);
  }

  /** When all of a session's batches are acknowledged; rejects with what fails the producer. */
  settled(session: ProducerSession): Promise<void> {
    if (this.#error !== undefined) return Promise.reject(this.#error as Error);
    if (session.unacknowledged === 0) return Promise.resolve();
    return new Promise((resolve, reject) => session.waiting.push({ resolve, reject }));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const cancel of this.#timers) cancel();
    for (const targets of this.#targets) for (const target of targets) target.open?.close();
    await this.#port.close();
  }

  /** Fails everything under way and whatever comes. */
  fail(error: unknown): void {
    if (this.#error !== undefined || this.#closed) return;
    this.#error = error;
    const sessions = new Set(this.#targets.flat().flatMap(({ queue }) => queue.map(batch => batch.session)));
    if (this.#session !== undefined) sessions.add(this.#session);
    for (const session of sessions) for (const { reject } of session.waiting.splice(0)) reject(error);
    this.#events.failed?.(error);
    this.#events.wake();
  }

  #sealAll(): void {
    for (const targets of this.#targets) for (const target of targets) this.#seal(target);
  }

  #seal(target: Target): void {
    const { open } = target;
    const session = this.#session;
    if (open === undefined || open.records === 0 || session === undefined) return;
    const { records } = open;
    const gatheredBytes = open.bytes;
    const bytes = open.seal(this.#settings.compression, session.next(target, records));
    this.#bufferedBytes += bytes.length - gatheredBytes;
    session.unacknowledged++;
    target.queue.push({ session, bytes, ordinal: this.#ordinal++, madeMs: target.openedMs, attempts: 0 });
  }

  /** One request after the other, a batch a partition each, as long as there may be more under way. */
  #sendTo(leader: number, targets: readonly Target[], nowMs: number): void {
    for (;;) {
      if ((this.#inFlight.get(leader) ?? 0) >= this.#settings.inFlightMax) return;
      const sent: { readonly target: Target; readonly batch: PendingBatch }[] = [];
      let bytes = 0;
      let session: ProducerSession | undefined;
      for (const target of targets) {
        if (target.muted) continue;
        const due = target.open !== undefined && target.open.records > 0 && nowMs - target.openedMs >= this.#settings.lingerMs;
        if (target.queue.length === 0 && due) this.#seal(target);
        const batch = target.queue[0];
        if (batch === undefined || (session !== undefined && batch.session !== session)) continue;
        if (sent.length > 0 && bytes + batch.bytes.length > this.#settings.requestBytesMax) continue;
        session = batch.session;
        bytes += batch.bytes.length;
        target.queue.shift();
        target.inFlight++;
        batch.attempts++;
        sent.push({ target, batch });
      }
      if (session === undefined) return;
      this.#inFlight.set(leader, (this.#inFlight.get(leader) ?? 0) + 1);
      void this.#request(leader, session, sent);
    }
  }

  async #request(
    leader: number,
    session: ProducerSession,
    sent: readonly { readonly target: Target; readonly batch: PendingBatch }[],
  ): Promise<void> {
    let answer: readonly ProducedPartition[] | undefined;
    let cause: unknown;
    try {
      const targets = sent.map(({ target }) => target);
      await addPartitions(this.#port, session, targets, this.#patience);
      const topics = new Map<string, { partition: number; batch: Buffer }[]>();
      for (const { target, batch } of sent) {
        const list = topics.get(target.topic) ?? [];
        topics.set(target.topic, list);
        list.push({ partition: target.partition, batch: batch.bytes });
      }
      const call = produceCall(
        [...topics].map(([topic, partitions]) => ({ topic, partitions })),
        {
          version: this.#produceVersion(session),
          transactionalId: session.transactionalId,
          acks: this.#settings.acks,
          timeoutMs: this.#settings.requestTimeoutMs,
        },
      );
      answer = produceAnswer(await this.#port.call(leader, call));
    } catch (error) {
      if (error instanceof TidemillError && error.code.startsWith('kafka-')) {
        this.fail(error);
        return;
      }
      cause = error;
    }
    if (this.#closed) return;
    this.#inFlight.set(leader, this.#inFlight.get(leader)! - 1);
    const wasFull = this.isFull;
    for (const { target, batch } of sent) {
      target.inFlight--;
      const found = answer?.find(({ topic, partition }) => topic === target.topic && partition === target.partition);
      this.#answered(target, batch, found?.error ?? kafkaErrors.network, found?.message, cause);
    }
    this.send();
    if (wasFull && !this.isFull) this.#events.wake();
  }

  /** Version 12 is the first that adds partitions to transactions by itself, 13 the first without names of topics. */
  #produceVersion(session: ProducerSession): number {
    const most = this.#port.versionMax(apiKeys.produce);
    return Math.min(most, session.transactionalId !== null && session.twoStep ? 11 : 12);
  }

  #answered(target: Target, batch: PendingBatch, error: number, message: string | undefined, cause: unknown): void {
    if (error === kafkaErrors.none || error === kafkaErrors.duplicateSequence) {
      this.#bufferedBytes -= batch.bytes.length;
      // a request that was given up may still hold it
      if (batch.attempts === 1) returnBuffer(batch.bytes);
      batch.session.acknowledged();
      if (target.muted && target.inFlight === 0) this.#backOff(target, 1);
      return;
    }
    // behind one that failed, the numbers have a gap until that has been sent again
    const behind = error === kafkaErrors.outOfOrderSequence && (target.muted || batch.attempts === 1);
    if (!retriedByLeader.has(error) && !behind) {
      this.fail(produceRefused(target.topic, target.partition, error, message));
      return;
    }
    if (this.#time.epochMs() - batch.madeMs > this.#settings.deliveryTimeoutMs) {
      this.fail(deliveryTimedOut(target.topic, target.partition, error, this.#settings.deliveryTimeoutMs, cause));
      return;
    }
    const at = target.queue.findIndex(other => other.ordinal > batch.ordinal);
    target.queue.splice(at < 0 ? target.queue.length : at, 0, batch);
    target.muted = true;
    if (target.inFlight === 0) this.#backOff(target, batch.attempts);
  }

  /** Looks for the leader and sends again, later and later. */
  #backOff(target: Target, attempts: number): void {
    target.muted = true;
    const { retryBackoffMs, retryBackoffMsMax } = this.#settings;
    const delayMs = Math.min(retryBackoffMs * 2 ** Math.min(attempts - 1, 16), retryBackoffMsMax);
    this.#after(delayMs, () => {
      void this.#refresh().then(() => {
        const oldest = target.queue[0];
        if (oldest !== undefined && this.#time.epochMs() - oldest.madeMs > this.#settings.deliveryTimeoutMs) {
          const { leaderNotAvailable } = kafkaErrors;
          const { deliveryTimeoutMs } = this.#settings;
          this.fail(deliveryTimedOut(target.topic, target.partition, leaderNotAvailable, deliveryTimeoutMs, undefined));
          return;
        }
        target.muted = false;
        this.send();
      });
    });
  }

  /** Leaders and new partitions; a cluster that does not answer is asked again by whoever needs it. */
  #refresh(): Promise<void> {
    this.#refreshing ??= this.#learn(true)
      .catch(() => undefined)
      .finally(() => {
        this.#refreshing = undefined;
      });
    return this.#refreshing;
  }

  async #learn(fresh: boolean): Promise<void> {
    this.#refreshedMs = this.#time.epochMs();
    for (const [index, topic] of this.#topics.entries()) {
      const found = await this.#port.partitions(topic, fresh);
      this.#targets[index] ??= [];
      const targets = this.#targets[index];
      for (const { partition, leader } of found) {
        const known = targets[partition];
        if (known !== undefined) known.leader = leader;
        else if (partition === targets.length)
          targets.push({ topic, partition, leader, open: undefined, openedMs: 0, queue: [], inFlight: 0, muted: false });
      }
    }
  }

  #after(delayMs: number, run: () => void): void {
    const cancel = this.#time.after(delayMs, () => {
      this.#timers.delete(cancel);
      if (!this.#closed && this.#error === undefined) run();
    });
    this.#timers.add(cancel);
  }
}
