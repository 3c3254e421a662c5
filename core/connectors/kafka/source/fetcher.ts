import { TidemillError } from '../../../common/errors.ts';
import { limits } from '../../../common/limits.ts';
import { returnBuffer } from '../client/answer-buffers.ts';
import { apiKeys, type KafkaClient } from '../client/client.ts';
import { isRetriable, protocolError } from '../client/protocol-errors.ts';
import { type AbortedTransaction, FetchAnswer, type FetchedPartition, fetchRequest, fetchVersion } from './fetch-protocol.ts';
import { bufferedBytesMax, type FetchSettings, partitionBytesMax } from './settings.ts';

/** What a fetch brought for one partition: whole record batches. */
export interface FetchedChunk {
  readonly records: Buffer;
  /** Undefined: the chunk goes on where the one before ended, with its transactions. */
  readonly aborted: readonly AbortedTransaction[] | undefined;
  /** Called once the records have been copied. */
  readonly release?: () => void;
}

/** A partition that is read: chunks come in, the reader takes them out. */
export class PartitionFeed {
  readonly topic: string;
  readonly partition: number;
  /** Offset of the next fetch. */
  fetchOffset: number;
  /** Nothing behind it is wanted. */
  readonly stopOffset: number;
  readonly wake: () => void;
  failure: unknown;
  /** The offset to read from is not there: the reader decides. */
  outOfRange = false;
  leaderEpoch = -1;
  readonly #chunks: FetchedChunk[] = [];
  #bufferedBytes = 0;
  /** Called when there is room again. */
  drained: (() => void) | undefined;

  constructor(topic: string, partition: number, fetchOffset: number, stopOffset: number, wake: () => void) {
    this.topic = topic;
    this.partition = partition;
    this.fetchOffset = fetchOffset;
    this.stopOffset = stopOffset;
    this.wake = wake;
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }
  get wanted(): boolean {
    return this.failure === undefined && !this.outOfRange && this.fetchOffset < this.stopOffset;
  }

  push(chunk: FetchedChunk): void {
    this.#chunks.push(chunk);
    this.#bufferedBytes += chunk.records.length;
  }
  take(): FetchedChunk | undefined {
    const chunk = this.#chunks.shift();
    if (chunk === undefined) return undefined;
    this.#bufferedBytes -= chunk.records.length;
    this.drained?.();
    return chunk;
  }
  fail(error: unknown): void {
    this.failure ??= error;
    this.wake();
  }
}

interface Session {
  id: number;
  epoch: number;
  /** Offset last told to the broker, by feed. */
  readonly sent: Map<PartitionFeed, number>;
}

/**
 * Fetches for all partitions that are read with the same settings on one thread: one loop and one connection per leader, the next fetch under way
 * while what came is decoded. A partition whose reader is behind is left out until there is room. Fetch sessions (KIP-227) keep the requests short.
 */
export class Fetcher {
  readonly #client: KafkaClient;
  readonly #settings: FetchSettings;
  readonly #lane: string;
  readonly #leaders = new Map<number, LeaderLoop>();
  #feeds = 0;
  #closed = false;

  constructor(client: KafkaClient, settings: FetchSettings, lane: string) {
    this.#client = client;
    this.#settings = settings;
    this.#lane = lane;
  }

  get unused(): boolean {
    return this.#feeds === 0;
  }

  add(feed: PartitionFeed): void {
    this.#feeds++;
    this.#place(feed, false).catch((error: unknown) => feed.fail(error));
  }

  remove(feed: PartitionFeed): void {
    this.#feeds--;
    feed.drained = undefined;
    feed.failure ??= new Error('the reader was closed');
    for (const loop of this.#leaders.values()) loop.remove(feed);
    if (this.#feeds === 0) this.#closed = true;
  }

  get closed(): boolean {
    return this.#closed;
  }

  async #place(feed: PartitionFeed, fresh: boolean): Promise<void> {
    const topic = await this.#client.topic(feed.topic, fresh);
    const found = topic.partitions.find(each => each.partition === feed.partition);
    if (found === undefined)
      throw new TidemillError('unknown-topic', `topic '${feed.topic}' has no partition ${feed.partition} any more`, {
        domain: 'external',
        hint: 'It was deleted and made anew with fewer partitions: start afresh.',
      });
    feed.leaderEpoch = found.leaderEpoch;
    if (feed.failure !== undefined || this.#closed) return;
    let loop = this.#leaders.get(found.leader);
    if (loop === undefined) {
      loop = new LeaderLoop(found.leader, this.#client, this.#settings, this.#lane, (moved, error) => this.#moved(moved, error));
      this.#leaders.set(found.leader, loop);
    }
    loop.add(feed);
  }

  /** Another broker leads these partitions now, or theirs does not answer. */
  #moved(feeds: readonly PartitionFeed[], error: TidemillError): void {
    for (const feed of feeds) this.#client.forgetTopic(feed.topic);
    for (const feed of feeds) this.#placeAgain(feed, error, performance.now() + limits.kafkaOutageMsMax, 50);
  }

  #placeAgain(feed: PartitionFeed, error: TidemillError, until: number, pauseMs: number): void {
    setTimeout(() => {
      if (feed.failure !== undefined || this.#closed) return;
      this.#place(feed, false).catch((again: unknown) => {
        const passing = again instanceof TidemillError && (again.code === 'server-unreachable' || again.code === 'kafka-error');
        if (!passing || performance.now() > until) feed.fail(passing ? error : again);
        else this.#placeAgain(feed, error, until, Math.min(2 * pauseMs, 1000));
      });
    }, pauseMs);
  }
}

/** A pause while some partitions of a leader are full: their readers should not wait for those without data. */
const shortWaitMs = 20;

class LeaderLoop {
  readonly #node: number;
  readonly #client: KafkaClient;
  readonly #settings: FetchSettings;
  readonly #lane: string;
  readonly #moved: (feeds: readonly PartitionFeed[], error: TidemillError) => void;
  readonly #feeds = new Set<PartitionFeed>();
  readonly #byPartition = new Map<string, PartitionFeed>();
  #session: Session = { id: 0, epoch: 0, sent: new Map() };
  /** Whose records are arriving. */
  #goesOn: PartitionFeed | undefined;
  #running = false;
  /** When the leader stopped answering. */
  #silentSince: number | undefined;

  constructor(
    node: number,
    client: KafkaClient,
    settings: FetchSettings,
    lane: string,
    moved: (feeds: readonly PartitionFeed[], error: TidemillError) => void,
  ) {
    this.#node = node;
    this.#client = client;
    this.#settings = settings;
    this.#lane = lane;
    this.#moved = moved;
  }

  add(feed: PartitionFeed): void {
    this.#feeds.add(feed);
    this.#byPartition.set(`${feed.topic} ${feed.partition}`, feed);
    feed.drained = () => this.#start();
    this.#start();
  }

  remove(feed: PartitionFeed): void {
    if (!this.#feeds.delete(feed)) return;
    if (this.#byPartition.get(`${feed.topic} ${feed.partition}`) === feed)
      this.#byPartition.delete(`${feed.topic} ${feed.partition}`);
  }

  #start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#run().then(
      () => {
        this.#running = false;
        // Room may have come while the loop was ending.
        if (this.#fetchable().length > 0) this.#start();
      },
      (error: unknown) => {
        this.#running = false;
        for (const feed of this.#feeds) feed.fail(error);
      },
    );
  }

  #fetchable(): PartitionFeed[] {
    const bytesMax = bufferedBytesMax(this.#settings, this.#feeds.size);
    return [...this.#feeds].filter(feed => feed.wanted && feed.bufferedBytes < bytesMax);
  }

  async #run(): Promise<void> {
    for (;;) {
      const fetchable = this.#fetchable();
      if (fetchable.length === 0 || this.#client.closed) return;
      const full = fetchable.length < [...this.#feeds].filter(feed => feed.wanted).length;
      let response: FetchAnswer;
      try {
        response = await this.#fetch(
          fetchable,
          full ? Math.min(shortWaitMs, this.#settings.waitMsMax) : this.#settings.waitMsMax,
        );
      } catch (error) {
        this.#session = { id: 0, epoch: 0, sent: new Map() };
        if (this.#client.closed) return;
        if (!(error instanceof TidemillError) || error.code !== 'server-unreachable') throw error;
        this.#silentSince ??= performance.now();
        if (performance.now() - this.#silentSince > limits.kafkaOutageMsMax) throw error;
        this.#hand([...this.#feeds], error);
        return;
      }
      this.#silentSince = undefined;
      if (response.error !== 0) {
        // The broker has forgotten the session: the next fetch names all partitions again.
        this.#session = { id: 0, epoch: 0, sent: new Map() };
        if (!isRetriable(response.error)) throw protocolError(response.error, 'fetching');
        continue;
      }
      this.#session.id = response.session;
      this.#session.epoch = response.session === 0 ? 0 : this.#session.epoch >= 0x7fffffff ? 1 : this.#session.epoch + 1;
      if (response.session === 0) this.#session.sent.clear();
    }
  }

  /** Hands out what comes while it arrives; the answer, once it has come as a whole. */
  async #fetch(fetchable: readonly PartitionFeed[], waitMs: number): Promise<FetchAnswer> {
    const { sent } = this.#session;
    const changed = fetchable.filter(feed => sent.get(feed) !== feed.fetchOffset);
    const forgotten: PartitionFeed[] = [];
    for (const feed of sent.keys()) {
      if (fetchable.includes(feed)) continue;
      sent.delete(feed);
      // One that was taken up again by another reader is not to be forgotten.
      if (!fetchable.some(each => each.topic === feed.topic && each.partition === feed.partition)) forgotten.push(feed);
    }
    for (const feed of changed) sent.set(feed, feed.fetchOffset);
    const body = fetchRequest(
      this.#settings,
      waitMs,
      this.#session,
      changed.map(feed => ({
        topic: feed.topic,
        partition: feed.partition,
        leaderEpoch: feed.leaderEpoch,
        offset: feed.fetchOffset,
      })),
      forgotten,
      partitionBytesMax(this.#settings, fetchable.length),
    );
    // The last one who has copied its own gives the buffer back.
    let uses = 1;
    let buffer: Buffer | undefined;
    const release = (): void => {
      if (--uses === 0) returnBuffer(buffer!);
    };
    const retain = (): (() => void) => {
      uses++;
      return release;
    };
    const answer = new FetchAnswer(partition => this.#received(partition, retain));
    const timeoutMs = this.#client.options.requestTimeoutMs + waitMs;
    const options = { lane: this.#lane, timeoutMs, arriving: (part: Buffer) => answer.arrived(part) };
    ({ buffer } = await this.#client.request(this.#node, apiKeys.fetch, fetchVersion, body, options));
    answer.arrived(buffer);
    if (!answer.whole) throw new RangeError('the response ends too early');
    release();
    return answer;
  }

  #received(told: FetchedPartition, retain: () => () => void): void {
    const feed = this.#byPartition.get(`${told.topic} ${told.partition}`);
    if (feed === undefined || !feed.wanted) return;
    // What was asked for a reader before it lies elsewhere; what goes on lies behind what it had.
    const asked = told.aborted === undefined ? this.#goesOn === feed : this.#session.sent.get(feed) === feed.fetchOffset;
    this.#goesOn = asked ? feed : undefined;
    if (!asked) return;
    if (told.error !== 0) {
      this.#session.sent.delete(feed);
      this.#refused(feed, told.error);
      return;
    }
    if (told.nextOffset === undefined) {
      // A message set of before Kafka 0.11, or damaged: decoding says which.
      if (told.records.length <= 17 || told.records[16] === 2) return;
    } else if (told.nextOffset <= feed.fetchOffset) return;
    feed.push({ records: told.records, aborted: told.aborted, release: retain() });
    feed.fetchOffset = told.nextOffset ?? feed.fetchOffset;
    feed.wake();
  }

  #refused(feed: PartitionFeed, code: number): void {
    if (code === 1) {
      feed.outOfRange = true;
      feed.wake();
    } else if (isRetriable(code) && code !== 2) this.#hand([feed], protocolError(code, `reading topic '${feed.topic}'`));
    else feed.fail(protocolError(code, `reading topic '${feed.topic}', partition ${feed.partition}`));
  }

  #hand(feeds: readonly PartitionFeed[], error: TidemillError): void {
    for (const feed of feeds) this.remove(feed);
    this.#moved(feeds, error);
  }
}
