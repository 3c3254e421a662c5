import type { ErrorCodeDescription } from './error-code-description.ts';

/** Codes of Kafka's tables. */
export const kafkaErrorCodes: Readonly<Record<string, ErrorCodeDescription>> = {
  'kafka-write': {
    cause: 'A broker refuses records, or did not take them in time.',
    action: "The message has the broker's reason; 'properties.delivery.timeout.ms' says how long to try.",
    example: 'INSERT INTO topic_a SELECT * FROM t',
  },
  'kafka-record-too-large': {
    cause: 'A record has more bytes than a request may have.',
    action: "Raise 'properties.max.request.size', and the topic's max.message.bytes with it.",
    example: 'INSERT INTO topic_a SELECT * FROM t',
  },
  'kafka-transaction': {
    cause: 'The coordinator of a transaction refuses a request, or does not answer.',
    action: 'Look at the brokers and the rights of the user; the job goes on from its last checkpoint.',
    example: "CREATE TABLE t (…) WITH ('sink.delivery-guarantee' = 'exactly-once', …)",
  },
  'kafka-transaction-lost': {
    cause: 'A transaction that a checkpoint had prepared was aborted before it could be committed: its rows may be missing.',
    action:
      "Give every writer a 'sink.transactional-id-prefix' of its own, and 'properties.transaction.timeout.ms' more than the longest time a job is down.",
    example: "CREATE TABLE t (…) WITH ('sink.delivery-guarantee' = 'exactly-once', …)",
  },
  'kafka-transaction-timeout': {
    cause: 'Transactions may not stay open for as long as the table wants.',
    action: "Raise transaction.max.timeout.ms of the brokers, or lower 'properties.transaction.timeout.ms'.",
    example: "CREATE TABLE t (…) WITH ('sink.delivery-guarantee' = 'exactly-once', …)",
  },
  'wrong-topic': {
    cause: 'A row names a topic that its table does not.',
    action: "'topic' lists the topics that may be written to, with ; between them.",
    example: 'INSERT INTO topics SELECT * FROM t',
  },
};
