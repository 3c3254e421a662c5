import { type WireReader, WireWriter } from '../client/wire.ts';
import type { BrokerCall } from './port.ts';

export const apiKeys = { produce: 0, initProducerId: 22, addPartitions: 24, endTransaction: 26, listTransactions: 66 } as const;

/** The error codes that writing meets. Source: Apache Kafka protocol guide, "Error Codes". */
export const kafkaErrors = {
  none: 0,
  corruptMessage: 2,
  unknownPartition: 3,
  leaderNotAvailable: 5,
  notLeader: 6,
  timedOut: 7,
  replicaNotAvailable: 9,
  tooLarge: 10,
  network: 13,
  coordinatorLoading: 14,
  coordinatorNotAvailable: 15,
  notCoordinator: 16,
  notEnoughReplicas: 19,
  notEnoughReplicasAfterAppend: 20,
  topicDenied: 29,
  clusterDenied: 31,
  invalidTimestamp: 32,
  outOfOrderSequence: 45,
  duplicateSequence: 46,
  invalidProducerEpoch: 47,
  invalidTransactionState: 48,
  invalidProducerIdMapping: 49,
  invalidTransactionTimeout: 50,
  concurrentTransactions: 51,
  transactionalIdDenied: 53,
  storage: 56,
  unknownProducerId: 59,
  fencedLeaderEpoch: 74,
  unknownLeaderEpoch: 75,
  invalidRecord: 87,
  producerFenced: 90,
  transactionAbortable: 120,
} as const;

const { timedOut, network, coordinatorLoading, coordinatorNotAvailable, notCoordinator, concurrentTransactions } = kafkaErrors;
/** A coordinator's answers after which the same request may be sent again. */
export const retriedByCoordinator: ReadonlySet<number> = new Set([
  timedOut,
  network,
  coordinatorLoading,
  coordinatorNotAvailable,
  notCoordinator,
  concurrentTransactions,
]);
/** A leader's, likewise. */
export const retriedByLeader: ReadonlySet<number> = new Set([
  kafkaErrors.corruptMessage,
  kafkaErrors.unknownPartition,
  kafkaErrors.leaderNotAvailable,
  kafkaErrors.notLeader,
  timedOut,
  kafkaErrors.replicaNotAvailable,
  network,
  coordinatorLoading,
  coordinatorNotAvailable,
  notCoordinator,
  kafkaErrors.notEnoughReplicas,
  kafkaErrors.notEnoughReplicasAfterAppend,
  concurrentTransactions,
  kafkaErrors.storage,
  kafkaErrors.fencedLeaderEpoch,
  kafkaErrors.unknownLeaderEpoch,
]);

export interface ProduceTopic {
  readonly topic: string;
  readonly partitions: readonly { readonly partition: number; readonly batch: Buffer }[];
}
export interface ProducedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly error: number;
  readonly message: string | undefined;
}

export function produceCall(
  topics: readonly ProduceTopic[],
  options: {
    readonly version: number;
    readonly transactionalId: string | null;
    readonly acks: number;
    readonly timeoutMs: number;
  },
): BrokerCall {
  const writer = new WireWriter();
  writer
    .compactString(options.transactionalId ?? undefined)
    .int16(options.acks)
    .int32(options.timeoutMs);
  writer.compactArray(topics, ({ topic, partitions }) =>
    writer
      .compactString(topic)
      .compactArray(partitions, ({ partition, batch }) => writer.int32(partition).compactPart(batch).tags())
      .tags(),
  );
  return { apiKey: apiKeys.produce, version: options.version, name: 'Produce', body: writer.tags().parts };
}
export function produceAnswer(reader: WireReader): readonly ProducedPartition[] {
  return reader
    .compactArray(() => {
      const topic = reader.compactString()!;
      const partitions = reader.compactArray(() => {
        const partition = reader.int32();
        const error = reader.int16();
        for (let i = 0; i < 3; i++) reader.int64();
        const messages = reader.compactArray(() => {
          reader.int32();
          const message = reader.compactString();
          reader.tags();
          return message;
        });
        const message = reader.compactString() ?? messages.find(text => text !== undefined);
        reader.tags();
        return { topic, partition, error, message };
      });
      reader.tags();
      return partitions;
    })
    .flat();
}

export interface ProducerIdentity {
  readonly producerId: bigint;
  readonly epoch: number;
}
/** A producer id of one's own (`transactionalId` null), or that of a transactional id, whose open transaction it aborts. */
export function initProducerIdCall(transactionalId: string | null, timeoutMs: number, twoStep: boolean): BrokerCall {
  const writer = new WireWriter()
    .compactString(transactionalId ?? undefined)
    .int32(timeoutMs)
    .int64(-1n)
    .int16(-1)
    .tags();
  return { apiKey: apiKeys.initProducerId, version: twoStep ? 3 : 5, name: 'InitProducerId', body: writer.bytes };
}
export function initProducerIdAnswer(reader: WireReader): ProducerIdentity & { readonly error: number } {
  reader.int32();
  return { error: reader.int16(), producerId: reader.int64(), epoch: reader.int16() };
}

export function addPartitionsCall(
  transactionalId: string,
  { producerId, epoch }: ProducerIdentity,
  topics: ReadonlyMap<string, readonly number[]>,
): BrokerCall {
  const writer = new WireWriter().compactString(transactionalId).int64(producerId).int16(epoch);
  writer.compactArray([...topics], ([topic, partitions]) =>
    writer
      .compactString(topic)
      .compactArray(partitions, partition => writer.int32(partition))
      .tags(),
  );
  return { apiKey: apiKeys.addPartitions, version: 3, name: 'AddPartitionsToTxn', body: writer.tags().bytes };
}
/** The first error, or 0. */
export function addPartitionsAnswer(reader: WireReader): number {
  reader.int32();
  const errors = reader.compactArray(() => {
    reader.compactString();
    const found = reader.compactArray(() => {
      reader.int32();
      const error = reader.int16();
      reader.tags();
      return error;
    });
    reader.tags();
    return found;
  });
  return errors.flat().find(error => error !== 0) ?? 0;
}

export function endTransactionCall(
  transactionalId: string,
  { producerId, epoch }: ProducerIdentity,
  commit: boolean,
  twoStep: boolean,
): BrokerCall {
  const writer = new WireWriter()
    .compactString(transactionalId)
    .int64(producerId)
    .int16(epoch)
    .int8(commit ? 1 : 0)
    .tags();
  return { apiKey: apiKeys.endTransaction, version: twoStep ? 3 : 5, name: 'EndTxn', body: writer.bytes };
}
export function endTransactionAnswer(reader: WireReader): number {
  reader.int32();
  return reader.int16();
}

/** Transactions that a broker coordinates and that are not over. */
export function listTransactionsCall(): BrokerCall {
  const writer = new WireWriter();
  writer.compactArray(['Ongoing'], state => writer.compactString(state)).compactArray([], () => undefined);
  return { apiKey: apiKeys.listTransactions, version: 0, name: 'ListTransactions', body: writer.tags().bytes };
}
export function listTransactionsAnswer(reader: WireReader): {
  readonly error: number;
  readonly transactionalIds: readonly string[];
} {
  reader.int32();
  const error = reader.int16();
  reader.compactArray(() => reader.compactString());
  const transactionalIds = reader.compactArray(() => {
    const id = reader.compactString()!;
    reader.int64();
    reader.compactString();
    reader.tags();
    return id;
  });
  return { error, transactionalIds };
}
