import { TidemillError } from '../../../common/errors.ts';
import { protocolErrorName } from '../client/protocol-errors.ts';
import { kafkaErrors } from './protocol.ts';

export const recordTooLarge = (topic: string, bytes: number, bytesMax: number): TidemillError =>
  new TidemillError(
    'kafka-record-too-large',
    `a record for topic '${topic}' has ${bytes} bytes, and a request at most ${bytesMax}`,
    {
      hint: "Raise 'properties.max.request.size', and the topic's max.message.bytes with it.",
    },
  );

/** A leader does not take a batch, and would not the next time either. */
export function produceRefused(topic: string, partition: number, error: number, message: string | undefined): TidemillError {
  return new TidemillError(
    'kafka-write',
    `partition ${partition} of topic '${topic}' does not take records: ${protocolErrorName(error)}${message === undefined ? '' : `: ${message}`}`,
    { domain: 'external', hint: hints[error] },
  );
}

const hints: Readonly<Record<number, string>> = {
  [kafkaErrors.tooLarge]: "Lower 'properties.batch.size', or raise the topic's max.message.bytes.",
  [kafkaErrors.topicDenied]: 'The user needs the right to WRITE to the topic.',
  [kafkaErrors.clusterDenied]: "The user needs the right of IDEMPOTENT_WRITE, or 'properties.enable.idempotence' = 'false'.",
  [kafkaErrors.transactionalIdDenied]: 'The user needs the right to WRITE to transactional ids with the prefix of the table.',
  [kafkaErrors.invalidTimestamp]:
    "The topic's message.timestamp.before.max.ms or after.max.ms does not allow the records' times.",
  [kafkaErrors.invalidRecord]: 'A compacted topic takes only records with a key.',
  [kafkaErrors.invalidProducerEpoch]: "Another writer uses the same 'sink.transactional-id-prefix'.",
  [kafkaErrors.producerFenced]: "Another writer uses the same 'sink.transactional-id-prefix'.",
  [kafkaErrors.transactionAbortable]: 'Start again from the last checkpoint.',
};

export const deliveryTimedOut = (
  topic: string,
  partition: number,
  error: number,
  timeoutMs: number,
  cause: unknown,
): TidemillError =>
  new TidemillError(
    'kafka-write',
    `records for partition ${partition} of topic '${topic}' could not be delivered for ${timeoutMs} ms: ${protocolErrorName(error)}`,
    { domain: 'external', hint: "Look at the brokers; 'properties.delivery.timeout.ms' says how long to try.", cause },
  );

export const transactionFailed = (what: string, transactionalId: string, error: number, hint?: string): TidemillError =>
  new TidemillError('kafka-transaction', `${what} of '${transactionalId}' failed: ${protocolErrorName(error)}`, {
    domain: 'external',
    hint: hint ?? hints[error],
  });

/** A prepared transaction that is gone: what it held is missing from the topic. */
export const transactionLost = (transactionalId: string, checkpointId: number | undefined, error: number): TidemillError =>
  new TidemillError(
    'kafka-transaction-lost',
    `the transaction '${transactionalId}' that ${checkpointId === undefined ? 'a checkpoint' : `checkpoint ${checkpointId}`} had prepared cannot be committed: ${protocolErrorName(error)}; its rows may be missing from the topic`,
    {
      domain: 'external',
      hint: "Of an old checkpoint or savepoint it was committed long ago: go on with /*+ OPTIONS('sink.on-lost-transaction' = 'ignore') */ behind the table's name (what was written after that checkpoint stays in the topic and comes again). Of the last one it was aborted after 'properties.transaction.timeout.ms', or another program with the same 'sink.transactional-id-prefix' took its place: its rows are missing; write them again from the source, or go on without them by the same option.",
    },
  );

export const transactionTimeoutTooLong = (timeoutMs: number, mostMs: string | undefined): TidemillError =>
  new TidemillError(
    'kafka-transaction-timeout',
    `'properties.transaction.timeout.ms' is ${timeoutMs}, and the brokers allow ${mostMs === undefined ? 'less' : `at most ${mostMs} (transaction.max.timeout.ms)`}`,
    {
      domain: 'external',
      hint: "Raise transaction.max.timeout.ms of the brokers, or set 'properties.transaction.timeout.ms' lower: a job that is down for longer than it loses what was prepared.",
    },
  );
