import { TidemillError } from '../../../common/errors.ts';
import { didYouMean } from '../../../common/nearest-names.ts';
import type { ClientOptions } from './client-options.ts';
import { isRetriable, protocolError } from './protocol-errors.ts';
import { Transport } from './transport.ts';
import { type WireReader, WireWriter } from './wire.ts';

/** Keys of the APIs of Kafka's protocol. */
export const apiKeys = {
  produce: 0,
  fetch: 1,
  listOffsets: 2,
  metadata: 3,
  offsetCommit: 8,
  offsetFetch: 9,
  findCoordinator: 10,
  apiVersions: 18,
  createTopics: 19,
  deleteTopics: 20,
  deleteRecords: 21,
  initProducerId: 22,
  addPartitionsToTxn: 24,
  endTxn: 26,
  createPartitions: 37,
} as const;

export interface Broker {
  readonly node: number;
  readonly host: string;
  readonly port: number;
}
export interface PartitionMetadata {
  readonly partition: number;
  /** Node of the leader, or −1 while there is none. */
  readonly leader: number;
  readonly leaderEpoch: number;
}
export interface TopicMetadata {
  readonly name: string;
  /** Of the protocol; 0 is none. */
  readonly error: number;
  readonly internal: boolean;
  /** In order of their numbers. */
  readonly partitions: readonly PartitionMetadata[];
}
export interface ClusterMetadata {
  readonly brokers: readonly Broker[];
  readonly controller: number;
  readonly topics: readonly TopicMetadata[];
}
/** What came of an attempt: a value, or an error code of the protocol. */
export type Attempt<T> =
  | { readonly value: T; readonly error?: undefined }
  | { readonly error: number; readonly message?: string | undefined };
/** How a request is sent: `flexible`: the version has tagged fields; `lane`: requests of one lane wait for each other (default 'control'). */
export interface RequestOptions {
  readonly flexible?: boolean;
  readonly lane?: string;
  readonly timeoutMs?: number;
  /** Given what is there of a long answer each time there is more of it; for lanes with one request at a time. */
  readonly arriving?: (part: Buffer) => void;
}

const retryPauseMsFirst = 50;
const retryPauseMsMax = 1000;

/**
 * The narrow port to a Kafka cluster: connections to its brokers (one a lane), who leads what, and raw requests. Bodies are written and read with
 * {@link WireWriter} and `WireReader`, by versions of the protocol that Kafka 2.3 to 4.3 speak.
 *
 * @example
 * const client = new KafkaClient(clientOptions({ 'properties.bootstrap.servers': 'localhost:9092' }));
 * const leader = await client.leaderOf('bids', 0);
 * const answer = await client.request(leader, apiKeys.fetch, 11, body, { lane: 'fetch' });
 */
export class KafkaClient {
  readonly options: ClientOptions;
  readonly #transports = new Map<string, Transport>();
  /** Brokers by node, as the last metadata said. */
  #brokers: ReadonlyMap<number, Broker> = new Map();
  readonly #topics = new Map<string, TopicMetadata>();
  readonly #coordinators = new Map<string, number>();
  #controller = -1;
  #closed = false;
  #known: Transport | undefined;

  constructor(options: ClientOptions) {
    this.options = options;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Who is there and who leads the partitions of `topics` (undefined: of all), asked of any broker that answers.
   * Topics that are not there come with their error code.
   * @throws TidemillError of the first broker when none answers.
   */
  async metadata(topics: readonly string[] | undefined): Promise<ClusterMetadata> {
    const body = new WireWriter();
    body
      .array(topics, topic => body.string(topic))
      // no topic is made by asking for it, and nobody needs the operations that are allowed
      .boolean(false)
      .boolean(false)
      .boolean(false);
    const reader = await this.#ask(apiKeys.metadata, 8, body.bytes);
    reader.int32();
    const brokers = reader.array(() => {
      const broker = { node: reader.int32(), host: reader.string()!, port: reader.int32() };
      reader.string();
      return broker;
    });
    reader.string();
    const controller = reader.int32();
    const found = reader.array((): TopicMetadata => {
      const error = reader.int16();
      const name = reader.string()!;
      const internal = reader.boolean();
      const partitions = reader.array(() => {
        reader.int16();
        const partition = { partition: reader.int32(), leader: reader.int32(), leaderEpoch: reader.int32() };
        for (let list = 0; list < 3; list++) reader.array(() => reader.int32());
        return partition;
      });
      reader.int32();
      partitions.sort((left, right) => left.partition - right.partition);
      return { name, error, internal, partitions };
    });
    this.#brokers = new Map(brokers.map(broker => [broker.node, broker]));
    this.#controller = controller;
    for (const topic of found) {
      if (topic.error === 0) this.#topics.set(topic.name, topic);
      else this.#topics.delete(topic.name);
    }
    return { brokers, controller, topics: found };
  }

  /**
   * Partitions of a topic with their leaders; from memory unless `fresh`. Waits while a new topic or leader is being made, up to the request
   * timeout.
   * @throws TidemillError `unknown-topic` with the nearest names, `not-authorized`, `kafka-error`, and those of {@link metadata}.
   */
  async topic(name: string, fresh = false): Promise<TopicMetadata> {
    const known = this.#topics.get(name);
    if (known !== undefined && !fresh && known.partitions.every(partition => partition.leader >= 0)) return known;
    return this.retry<TopicMetadata>(`topic '${name}'`, async () => {
      const topic = (await this.metadata([name])).topics[0];
      if (topic === undefined || topic.error === 3) throw await this.#unknownTopic(name);
      if (topic.error !== 0 || topic.partitions.some(partition => partition.leader < 0))
        return { error: topic.error === 0 ? 5 : topic.error };
      return { value: topic };
    });
  }

  /** The node that leads a partition. Errors as {@link topic}, and `kafka-error` for a partition that is not there. */
  async leaderOf(topic: string, partition: number, fresh = false): Promise<number> {
    const { partitions } = await this.topic(topic, fresh);
    const leader = partitions.find(each => each.partition === partition)?.leader;
    // It may be new.
    if (leader === undefined && !fresh) return this.leaderOf(topic, partition, true);
    if (leader === undefined)
      throw new TidemillError(
        'unknown-partition',
        `topic '${topic}' has no partition ${partition}: it has ${partitions.length}`,
        {
          domain: 'external',
        },
      );
    return leader;
  }

  /** Forgets who leads a topic's partitions: the broker said it is another, or does not answer. */
  forgetTopic(topic: string): void {
    this.#topics.delete(topic);
  }

  /** The node that coordinates a consumer group or a transactional id; from memory unless `fresh`. */
  async coordinatorOf(kind: 'group' | 'transaction', key: string, fresh = false): Promise<number> {
    const memory = `${kind} ${key}`;
    const known = this.#coordinators.get(memory);
    if (known !== undefined && !fresh) return known;
    return this.retry<number>(`the coordinator of ${kind} '${key}'`, async () => {
      const reader = await this.#ask(
        apiKeys.findCoordinator,
        2,
        new WireWriter().string(key).int8(kind === 'group' ? 0 : 1).bytes,
      );
      reader.int32();
      const error = reader.int16();
      reader.string();
      if (error !== 0) return { error };
      const broker = { node: reader.int32(), host: reader.string()!, port: reader.int32() };
      this.#brokers = new Map([...this.#brokers, [broker.node, broker]]);
      this.#coordinators.set(memory, broker.node);
      return { value: broker.node };
    });
  }

  forgetCoordinator(kind: 'group' | 'transaction', key: string): void {
    this.#coordinators.delete(`${kind} ${key}`);
  }

  /** The node of the controller, which makes topics. */
  async controller(): Promise<number> {
    await this.metadata([]);
    return this.#controller;
  }

  /**
   * Sends a request to a node (a leader, a coordinator) and gives its answer behind the header; no retry.
   * @throws TidemillError `server-unreachable`, `tls-failed`, `authentication-failed`.
   */
  async request(
    node: number,
    apiKey: number,
    version: number,
    body: Uint8Array | readonly Uint8Array[],
    options: RequestOptions = {},
  ): Promise<WireReader> {
    const { flexible, timeoutMs, arriving } = options;
    return (await this.transport(node, options.lane)).request(apiKey, version, body, flexible, timeoutMs, arriving);
  }

  /** The connection to a node for one lane; for `versions`, `features` and requests without an answer. */
  async transport(node: number, lane = 'control'): Promise<Transport> {
    if (!this.#brokers.has(node)) await this.metadata([]);
    const broker = this.#brokers.get(node);
    if (broker === undefined)
      throw new TidemillError('server-unreachable', `broker ${node} of the Kafka cluster is not there`, {
        domain: 'external',
        hint: 'It may be starting or have left the cluster.',
      });
    return this.#transport(broker.host, broker.port, lane);
  }

  /** Finalised features of the cluster, such as `transaction.version`. */
  async features(): Promise<ReadonlyMap<string, number>> {
    const node = await this.controller();
    const transport = await this.transport(node);
    await transport.connect();
    return transport.features;
  }

  /**
   * Does something until it gives a value: again after an error of the protocol that may pass, with longer and longer pauses, and after a broken
   * connection, up to `default.api.timeout.ms`.
   * @throws TidemillError of the last attempt.
   */
  async retry<T>(what: string, attempt: () => Promise<Attempt<T>>): Promise<T> {
    const until = performance.now() + this.options.apiTimeoutMs;
    for (let pauseMs = retryPauseMsFirst; ; pauseMs = Math.min(pauseMs * 2, retryPauseMsMax)) {
      const last = performance.now() + pauseMs > until || this.#closed;
      try {
        const result = await attempt();
        if (result.error === undefined) return result.value;
        if (last || !isRetriable(result.error)) throw protocolError(result.error, what, result.message);
      } catch (error) {
        if (last || !(error instanceof TidemillError) || error.code !== 'server-unreachable') throw error;
        // A cluster that never answered is most likely not there: nobody should wait a minute to hear that.
        if (this.#known === undefined) throw error;
      }
      await new Promise(resolve => setTimeout(resolve, pauseMs));
    }
  }

  close(): void {
    this.#closed = true;
    for (const transport of this.#transports.values()) transport.close();
    this.#transports.clear();
  }

  #transport(host: string, port: number, lane: string): Transport {
    const key = `${lane} ${host}:${port}`;
    const known = this.#transports.get(key);
    if (known !== undefined) return known;
    const transport = new Transport(host, port, this.options);
    this.#transports.set(key, transport);
    if (this.#closed) transport.close();
    return transport;
  }

  /** Asks the broker that answered last, then those of the metadata, then the bootstrap servers. */
  async #ask(apiKey: number, version: number, body: Uint8Array): Promise<WireReader> {
    const candidates = new Set<Transport>();
    if (this.#known !== undefined) candidates.add(this.#known);
    for (const { host, port } of this.#brokers.values()) candidates.add(this.#transport(host, port, 'control'));
    for (const { host, port } of this.options.servers) candidates.add(this.#transport(host, port, 'control'));
    let first: unknown;
    for (const transport of candidates) {
      try {
        const reader = await transport.request(apiKey, version, body);
        this.#known = transport;
        return reader;
      } catch (error) {
        first ??= error;
        // Another broker would refuse the user as well.
        if (error instanceof TidemillError && error.code === 'authentication-failed') break;
      }
    }
    throw first;
  }

  async #unknownTopic(name: string): Promise<TidemillError> {
    const all = (await this.metadata(undefined)).topics.filter(topic => !topic.internal).map(topic => topic.name);
    const some = `There are ${all.slice(0, 10).join(', ')}${all.length > 10 ? ', …' : ''}.`;
    return new TidemillError('unknown-topic', `there is no topic '${name}' at ${this.options.serversText}`, {
      domain: 'external',
      hint: didYouMean(name, all) ?? (all.length === 0 ? 'There are no topics yet.' : some),
    });
  }
}
