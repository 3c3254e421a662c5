import type { ErrorCodeDescription } from './error-code-description.ts';

/** Codes of Kafka's tables. */
export const kafkaErrorCodes: Readonly<Record<string, ErrorCodeDescription>> = {
  'server-unreachable': {
    cause: 'No connection with a server: nobody listens, the name is unknown, it closed the connection or did not answer.',
    action:
      'Check the address and port, that the server runs, and the protocol of the port (TLS, SASL); the hint names the option.',
    example: 'SELECT * FROM kafka_table',
  },
  'tls-failed': {
    cause:
      'TLS does not come about: a certificate that is not trusted, has expired or is for another name, or a port without TLS.',
    action:
      "Name the authority's certificate in 'properties.ssl.truststore.location' (PEM), and look at 'properties.security.protocol'.",
    example: 'SELECT * FROM kafka_table',
  },
  'authentication-failed': {
    cause: 'A server refuses the user, or the way of proving who it is.',
    action: "Check user, password and 'properties.sasl.mechanism'.",
    example: 'SELECT * FROM kafka_table',
  },
  'not-authorized': {
    cause: 'The server knows the user and does not allow this.',
    action: 'Grant the rights that the hint names.',
    example: 'SELECT * FROM kafka_table',
  },
  'unknown-topic': {
    cause: 'There is no topic of this name, or not any more.',
    action: 'Check the name (nearest ones are in the hint), or create the topic.',
    example: 'SELECT * FROM kafka_table',
  },
  'unknown-partition': {
    cause: 'A topic has fewer partitions than were asked for.',
    action: 'Start afresh if the topic was made anew with fewer partitions.',
    example: 'SELECT * FROM kafka_table',
  },
  'kafka-error': {
    cause: 'A Kafka broker answered with an error of its protocol, which the message names.',
    action: "Look the name up in Kafka's protocol guide, and at the broker's log.",
    example: 'SELECT * FROM kafka_table',
  },
  'kafka-offset': {
    cause: 'There is no record at the offset to read from, or a group has committed none.',
    action: "'properties.auto.offset.reset' or 'scan.startup.mode' says where to start instead.",
    example: 'SELECT * FROM kafka_table',
  },
  'kafka-damaged': {
    cause: 'A record batch is not what was written: its checksum is wrong, or it cannot be unpacked.',
    action: "Look at the broker's disk and log; 'scan.startup.mode' = 'specific-offsets' starts behind it.",
    example: 'SELECT * FROM kafka_table',
  },
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
    cause:
      'A transaction that a checkpoint had prepared is not there: it was aborted before it could be committed, so that its rows are missing; or the checkpoint is an old one, and it was committed long ago.',
    action:
      "Of an old checkpoint or savepoint: 'sink.on-lost-transaction' = 'ignore'. Of the last one: give every program a 'sink.transactional-id-prefix' of its own, and 'properties.transaction.timeout.ms' more than the longest time a job is down.",
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
