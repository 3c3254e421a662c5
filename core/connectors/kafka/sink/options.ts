import type { OptionSpec } from '../../contract.ts';

/** Options of a table that is written to; those of records (formats, keys, properties) it shares with reading. */
export const kafkaSinkOptions: Readonly<Record<string, OptionSpec>> = {
  'sink.partitioner': {
    type: 'string',
    default: 'default',
    doc: "Which partition a row goes to. default: by its key as Kafka's clients do (murmur2), or without key one batch after the other to the next; fixed: each writer to one; round-robin: as default, for rows without key.",
  },
  'sink.delivery-guarantee': {
    type: 'enum',
    values: ['none', 'at-least-once', 'exactly-once'],
    default: 'at-least-once',
    doc: 'none: a checkpoint does not wait for what was sent; at-least-once: it does; exactly-once: rows between two checkpoints are a transaction, seen by readers with read_committed once the checkpoint stands.',
  },
  'sink.transactional-id-prefix': {
    type: 'string',
    doc: 'What the ids of transactions begin with; needed for exactly-once, and no other program of the cluster may use it.',
  },
  'sink.on-lost-transaction': {
    type: 'enum',
    values: ['fail', 'ignore'],
    default: 'fail',
    doc: 'What happens when a transaction of the checkpoint that a job goes on from is not there any more. ignore: for an old checkpoint or savepoint, whose transactions were committed long ago.',
  },
  'sink.transaction-naming-strategy': {
    type: 'string',
    ignored: true,
    doc: 'How Flink names transactions; here a writer has a few names and uses them in turn.',
  },
};

const { 'sink.partitioner': _, ...guaranteeOptions } = kafkaSinkOptions;

export const upsertSinkOptions: Readonly<Record<string, OptionSpec>> = {
  ...guaranteeOptions,
  'sink.buffer-flush.max-rows': {
    type: 'int',
    ignored: true,
    doc: 'How many rows are held back so that several changes of a key become one; here those of a batch always do.',
  },
  'sink.buffer-flush.interval': { type: 'duration', ignored: true, doc: 'How long rows are held back.' },
};

/** Metadata columns that are written. */
export const writtenMetadata = ['headers', 'timestamp', 'topic'] as const;
