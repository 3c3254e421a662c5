import { WireReader, WireWriter } from '../../../core/connectors/kafka/client/wire.ts';
import type { BrokerCall, PartitionLeader, ProducerPort, ProducerTime } from '../../../core/connectors/kafka/producer/port.ts';

/** What can go wrong with one call: nothing, an error code instead of doing it, or a connection that breaks before or after it was done. */
export type Fault = 'none' | 'broken before' | 'broken after' | { readonly error: number };

interface StoredBatch {
  readonly producerId: bigint;
  readonly epoch: number;
  readonly transactional: boolean;
  readonly sequence: number;
  readonly count: number;
  readonly values: readonly string[];
  state: 'open' | 'committed' | 'aborted';
}
interface Partition {
  leader: number;
  readonly batches: StoredBatch[];
  /** Next sequence number by producer. */
  readonly sequences: Map<string, number>;
}
interface Transaction {
  producerId: bigint;
  epoch: number;
  state: 'empty' | 'ongoing' | 'committed' | 'aborted';
  readonly partitions: Set<Partition>;
  /** Of the last end, so that the same end can be asked again. */
  ended: { readonly epoch: number; readonly commit: boolean } | undefined;
}

/** A cluster in memory: partitions with idempotent and transactional writes, as far as a producer meets them; what a test likes can go wrong. */
export class FakeCluster {
  readonly #partitions = new Map<string, Partition[]>();
  readonly #transactions = new Map<string, Transaction>();
  #nextProducerId = 1n;
  /** Transaction protocol: 2 adds partitions by itself and counts the epoch up at every end. */
  readonly transactionVersion: number;
  fault: (call: BrokerCall) => Fault = () => 'none';
  /** How long an answer takes; 0: the next turn of the event loop. */
  delay: () => Promise<void> = () => new Promise(resolve => setImmediate(resolve));
  timeoutMsMax = 3_600_000;
  readonly calls: string[] = [];

  constructor(topics: Readonly<Record<string, number>>, options: { readonly transactionVersion?: number } = {}) {
    this.transactionVersion = options.transactionVersion ?? 2;
    for (const [topic, count] of Object.entries(topics))
      this.#partitions.set(
        topic,
        Array.from({ length: count }, (_, index) => ({ leader: index % 3, batches: [], sequences: new Map() })),
      );
  }

  moveLeader(topic: string, partition: number, leader: number): void {
    this.#partitions.get(topic)![partition]!.leader = leader;
  }

  /** Values by partition that a reader of committed records sees: up to the first open transaction. */
  committed(topic: string): string[][] {
    return this.#partitions.get(topic)!.map(({ batches }) => {
      const open = batches.findIndex(batch => batch.state === 'open');
      const stable = open < 0 ? batches : batches.slice(0, open);
      return stable.filter(batch => batch.state === 'committed').flatMap(batch => batch.values);
    });
  }

  /** As a broker does that has waited for too long. */
  timeOut(transactionalId: string): void {
    const transaction = this.#transactions.get(transactionalId)!;
    if (transaction.state !== 'ongoing') return;
    transaction.epoch++;
    this.#finish(transaction, false);
  }

  openTransactions(): string[] {
    return [...this.#transactions].filter(([, { state }]) => state === 'ongoing').map(([id]) => id);
  }

  port(): ProducerPort {
    let closed = false;
    const leaders = (topic: string): PartitionLeader[] =>
      this.#partitions.get(topic)!.map(({ leader }, partition) => ({ partition, leader }));
    return {
      connect: async () => this.delay(),
      partitions: async topic => {
        await this.delay();
        return leaders(topic);
      },
      brokers: async () => [0, 1, 2],
      call: async (broker, call) => {
        this.calls.push(call.name);
        const fault = this.fault(call);
        await this.delay();
        if (closed || fault === 'broken before') throw new Error('connection lost');
        const answer = this.#answer(broker, call, typeof fault === 'object' ? fault.error : 0);
        await this.delay();
        if (closed || fault === 'broken after') throw new Error('connection lost');
        return new WireReader(answer);
      },
      coordinator: async () => 0,
      versionMax: key => ({ 0: 13, 22: 6, 24: 5, 26: this.transactionVersion === 2 ? 5 : 4, 66: 1 })[key] ?? -1,
      featureLevel: name => (name === 'transaction.version' ? this.transactionVersion : 0),
      brokerSetting: async () => String(this.timeoutMsMax),
      close: async () => {
        closed = true;
      },
    };
  }

  #answer(broker: number, call: BrokerCall, error: number): Buffer {
    const reader = new WireReader(Buffer.isBuffer(call.body) ? call.body : Buffer.concat(call.body));
    switch (call.name) {
      case 'Produce':
        return this.#produce(broker, reader, error);
      case 'InitProducerId':
        return this.#init(reader, error);
      case 'AddPartitionsToTxn':
        return this.#add(reader, error);
      case 'EndTxn':
        return this.#end(reader, error);
      case 'ListTransactions': {
        const writer = new WireWriter().int32(0).int16(0);
        writer.compactArray([], () => undefined);
        writer.compactArray(this.openTransactions(), id => writer.compactString(id).int64(0).compactString('Ongoing').tags());
        return writer.tags().bytes;
      }
      default:
        throw new Error(`unexpected ${call.name}`);
    }
  }

  #produce(broker: number, reader: WireReader, error: number): Buffer {
    const transactionalId = reader.compactString();
    reader.int16();
    reader.int32();
    const results = reader.compactArray(() => {
      const topic = reader.compactString()!;
      const partitions = reader.compactArray(() => {
        const partition = reader.int32();
        const bytes = reader.compactBytes()!;
        reader.tags();
        const found = this.#partitions.get(topic)![partition]!;
        const code = error !== 0 ? error : found.leader !== broker ? 6 : this.#append(found, transactionalId, bytes);
        return { partition, code };
      });
      reader.tags();
      return { topic, partitions };
    });
    const writer = new WireWriter();
    writer.compactArray(results, ({ topic, partitions }) => {
      writer.compactString(topic);
      writer.compactArray(partitions, ({ partition, code }) => {
        writer.int32(partition).int16(code).int64(0).int64(-1).int64(0);
        writer.compactArray([], () => undefined);
        writer.compactString(undefined).tags();
      });
      writer.tags();
    });
    return writer.int32(0).tags().bytes;
  }

  #append(partition: Partition, transactionalId: string | undefined, bytes: Buffer): number {
    const batch = readBatch(bytes);
    const key = `${batch.producerId}/${batch.epoch}`;
    if (batch.producerId >= 0n) {
      const next = partition.sequences.get(key) ?? 0;
      if (batch.sequence < next) return 46;
      if (batch.sequence > next) return 45;
    }
    if (transactionalId !== undefined) {
      const transaction = this.#transactions.get(transactionalId);
      if (transaction === undefined || transaction.producerId !== batch.producerId || transaction.epoch !== batch.epoch)
        return 47;
      if (this.transactionVersion < 2 && !transaction.partitions.has(partition)) return 48;
      if (transaction.state !== 'ongoing') {
        if (transaction.state !== 'empty' && this.transactionVersion < 2) return 48;
        transaction.state = 'ongoing';
      }
      transaction.partitions.add(partition);
    }
    partition.sequences.set(key, batch.sequence + batch.count);
    partition.batches.push({ ...batch, state: batch.transactional ? 'open' : 'committed' });
    return 0;
  }

  #init(reader: WireReader, error: number): Buffer {
    const id = reader.compactString();
    const timeoutMs = reader.int32();
    const writer = new WireWriter().int32(0);
    const answer = (code: number, producerId: bigint, epoch: number): Buffer =>
      writer.int16(code).int64(producerId).int16(epoch).tags().bytes;
    if (error !== 0) return answer(error, -1n, -1);
    if (id === undefined) return answer(0, this.#nextProducerId++, 0);
    if (timeoutMs > this.timeoutMsMax) return answer(50, -1n, -1);
    let transaction = this.#transactions.get(id);
    if (transaction === undefined) {
      transaction = { producerId: this.#nextProducerId++, epoch: 0, state: 'empty', partitions: new Set(), ended: undefined };
      this.#transactions.set(id, transaction);
    } else {
      if (transaction.state === 'ongoing') this.#finish(transaction, false);
      transaction.epoch++;
      transaction.state = 'empty';
      transaction.ended = undefined;
    }
    return answer(0, transaction.producerId, transaction.epoch);
  }

  #add(reader: WireReader, error: number): Buffer {
    const transaction = this.#transactions.get(reader.compactString()!)!;
    const producerId = reader.int64();
    const epoch = reader.int16();
    const fenced = transaction.producerId !== producerId || transaction.epoch !== epoch;
    const code = error !== 0 ? error : fenced ? 47 : 0;
    const results = reader.compactArray(() => {
      const topic = reader.compactString()!;
      const partitions = reader.compactArray(() => reader.int32());
      reader.tags();
      return { topic, partitions };
    });
    if (code === 0) {
      transaction.state = 'ongoing';
      for (const { topic, partitions } of results)
        for (const index of partitions) transaction.partitions.add(this.#partitions.get(topic)![index]!);
    }
    const writer = new WireWriter().int32(0);
    writer.compactArray(results, ({ topic, partitions }) => {
      writer.compactString(topic).compactArray(partitions, index => writer.int32(index).int16(code).tags());
      writer.tags();
    });
    return writer.tags().bytes;
  }

  #end(reader: WireReader, error: number): Buffer {
    const transaction = this.#transactions.get(reader.compactString()!);
    const producerId = reader.int64();
    const epoch = reader.int16();
    const commit = reader.boolean();
    const writer = new WireWriter().int32(0);
    const answer = (code: number): Buffer => writer.int16(code).int64(-1).int16(-1).tags().bytes;
    if (error !== 0) return answer(error);
    if (transaction === undefined || transaction.producerId !== producerId) return answer(49);
    const { ended } = transaction;
    if (ended !== undefined && ended.epoch === epoch) return answer(ended.commit === commit ? 0 : 48);
    if (transaction.epoch !== epoch) return answer(this.transactionVersion === 2 ? 90 : 47);
    if (transaction.state !== 'ongoing') return answer(48);
    this.#finish(transaction, commit);
    transaction.ended = { epoch, commit };
    if (this.transactionVersion === 2) transaction.epoch++;
    return answer(0);
  }

  #finish(transaction: Transaction, commit: boolean): void {
    for (const partition of transaction.partitions)
      for (const batch of partition.batches)
        if (batch.state === 'open' && batch.producerId === transaction.producerId) batch.state = commit ? 'committed' : 'aborted';
    transaction.partitions.clear();
    transaction.state = commit ? 'committed' : 'aborted';
  }
}

/** Head and values of a record batch that is not packed. */
function readBatch(bytes: Buffer): Omit<StoredBatch, 'state'> {
  const count = bytes.readInt32BE(57);
  const values: string[] = [];
  let at = 61;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!;
      value |= (byte & 127) << shift;
      if (byte < 128) return (value >>> 1) ^ -(value & 1);
    }
  };
  for (let record = 0; record < count; record++) {
    const length = varint();
    const end = at + length;
    at++;
    while (bytes[at++]! > 127);
    varint();
    const keyBytes = varint();
    const key = keyBytes < 0 ? '' : `${bytes.toString('utf8', at, at + keyBytes)}=`;
    at += Math.max(keyBytes, 0);
    const valueBytes = varint();
    values.push(key + (valueBytes < 0 ? 'null' : bytes.toString('utf8', at, at + valueBytes)));
    at = end;
  }
  return {
    producerId: bytes.readBigInt64BE(43),
    epoch: bytes.readInt16BE(51),
    sequence: bytes.readInt32BE(53),
    transactional: (bytes.readInt16BE(21) & 16) !== 0,
    count,
    values,
  };
}

/** Timers that fire almost at once, on a clock that they turn. */
export function fastTime(): ProducerTime & { nowMs: number } {
  const time = {
    nowMs: 1_700_000_000_000,
    epochMs: () => time.nowMs,
    after(delayMs: number, run: () => void): () => void {
      let cancelled = false;
      // long ones give others time to come first
      const turn = (left: number): void => {
        if (cancelled) return;
        if (left > 0) {
          setImmediate(() => turn(left - 1));
          return;
        }
        time.nowMs += delayMs;
        run();
      };
      setImmediate(() => turn(delayMs >= 1000 ? 100 : 0));
      return () => {
        cancelled = true;
      };
    },
  };
  return time;
}
