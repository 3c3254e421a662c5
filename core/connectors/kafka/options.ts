import type { OptionSpec } from '../contract.ts';

type Specs = Readonly<Record<string, OptionSpec>>;

/** Properties of Kafka's clients that are used, and what they do. */
const usedProperties: Readonly<Record<string, string>> = {
  'bootstrap.servers': 'Brokers to begin with: host:port, several with commas.',
  'client.id': 'The name that the broker has for this client in its logs and quotas (default tidemill).',
  'security.protocol': 'PLAINTEXT (default), SSL, SASL_PLAINTEXT or SASL_SSL.',
  'sasl.mechanism': 'PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512.',
  'sasl.jaas.config':
    'User and password: \'… required username="u" password="${env:KAFKA_PASSWORD}";\'; the class before it does not matter.',
  'ssl.truststore.location':
    'Certificates that are trusted: a PEM file, or a Java trust store in the JKS form. Without it: those that Node trusts.',
  'ssl.truststore.type': 'Told from the file itself.',
  'ssl.truststore.password': 'Certificates are not encrypted in these forms: it is not needed.',
  'ssl.truststore.certificates': 'Certificates that are trusted, as PEM text.',
  'ssl.keystore.location': 'Key and certificates of this client: PKCS12 or PEM.',
  'ssl.keystore.type': 'Told from the file itself.',
  'ssl.keystore.password': 'Password of the key store.',
  'ssl.keystore.key': 'Key of this client, as PEM text.',
  'ssl.keystore.certificate.chain': 'Certificates of this client, as PEM text.',
  'ssl.key.password': 'Password of the key, if it is not that of the store.',
  'ssl.enabled.protocols': 'TLSv1.2, TLSv1.3 or both.',
  'ssl.endpoint.identification.algorithm':
    "https (default): the broker's certificate has to be for its name; '' switches that off.",
  'socket.connection.setup.timeout.ms': 'Until a connection stands (default 10000).',
  'request.timeout.ms': 'Until a broker has answered (default 30000).',
  'default.api.timeout.ms': 'How long something is tried again (default 60000).',
  'group.id': 'The consumer group: where to start with group-offsets, and whose offsets are committed with each checkpoint.',
  'auto.offset.reset':
    "earliest, latest or none (default): where to start when the group has no offset; with 'group-offsets' also when an offset is not there any more.",
  'isolation.level': 'read_uncommitted (default) or read_committed: whether rows of open and aborted transactions are left out.',
  'check.crcs': 'Whether checksums of record batches are compared (default true).',
  'client.rack': 'Where this client stands.',
  'fetch.min.bytes': 'A broker waits until it has so much to send (default 1).',
  'fetch.max.wait.ms': 'It waits so long at most (default 500).',
  'fetch.max.bytes': 'Bytes of an answer (default 52428800).',
  'max.partition.fetch.bytes':
    'Bytes of a partition in an answer (default 1048576; up to four times as many where few partitions are read).',
  'commit.offsets.on.checkpoint': 'Whether offsets are committed to the group with each checkpoint (default true).',
  acks: 'all (default) or 1: which replicas have to have a written record.',
  'batch.size': 'Bytes of a written record batch, at most about so many.',
  'buffer.memory': 'Bytes of written records that wait (default 33554432).',
  'compression.type': 'none (default), gzip, snappy, lz4 or zstd.',
  'delivery.timeout.ms': 'Until a written record has to be acknowledged (default 120000).',
  'enable.idempotence': 'Whether records are written once although a request is repeated (default true).',
  'linger.ms': 'How long written records wait for others (default 0).',
  'max.in.flight.requests.per.connection': 'Requests under way to a broker, 1 to 5 (default 5).',
  'max.request.size': 'Bytes of a request (default 1048576).',
  'metadata.max.age.ms': 'How long it is remembered who leads a partition that is written to (default 300000).',
  'retry.backoff.ms': 'Before a request is repeated (default 100).',
  'retry.backoff.max.ms': 'At most, before it is repeated again (default 1000).',
  'transaction.timeout.ms': 'After which the broker gives up a transaction that was not committed.',
};

/** Properties of Kafka's clients that mean nothing here: named once as ignored. */
const ignoredProperties = [
  'allow.auto.create.topics',
  'auto.commit.interval.ms',
  'auto.include.jmx.reporter',
  'client.dns.lookup',
  'client.id.prefix',
  'connections.max.idle.ms',
  'enable.auto.commit',
  'enable.metrics.push',
  'exclude.internal.topics',
  'group.instance.id',
  'group.protocol',
  'group.remote.assignor',
  'heartbeat.interval.ms',
  'interceptor.classes',
  'key.deserializer',
  'key.serializer',
  'max.block.ms',
  'max.poll.interval.ms',
  'max.poll.records',
  'metadata.max.idle.ms',
  'metadata.recovery.strategy',
  'metric.reporters',
  'metrics.num.samples',
  'metrics.recording.level',
  'metrics.sample.window.ms',
  'partition.assignment.strategy',
  'partition.discovery.interval.ms',
  'partitioner.adaptive.partitioning.enable',
  'partitioner.availability.timeout.ms',
  'partitioner.class',
  'partitioner.ignore.keys',
  'receive.buffer.bytes',
  'reconnect.backoff.max.ms',
  'reconnect.backoff.ms',
  'register.consumer.metrics',
  'retries',
  'sasl.login.refresh.*',
  'security.providers',
  'send.buffer.bytes',
  'session.timeout.ms',
  'socket.connection.setup.timeout.max.ms',
  'ssl.cipher.suites',
  'ssl.engine.factory.class',
  'ssl.keymanager.algorithm',
  'ssl.protocol',
  'ssl.provider',
  'ssl.secure.random.implementation',
  'ssl.trustmanager.algorithm',
  'value.deserializer',
  'value.serializer',
] as const;

const ignoredDoc = "Of Kafka's Java client.";

/** `properties.*`. Others are errors, with the nearest names. */
export const propertyOptions: Specs = Object.fromEntries([
  ...Object.entries(usedProperties).map(([name, doc]) => [
    `properties.${name}`,
    { type: 'string', doc, ...(name === 'bootstrap.servers' && { required: true }) } satisfies OptionSpec,
  ]),
  ...ignoredProperties.map(name => [
    `properties.${name}`,
    { type: 'string', ignored: true, doc: ignoredDoc } satisfies OptionSpec,
  ]),
]) as Specs;

/** Formats of keys and values. Source: Flink docs, "Apache Kafka SQL Connector". */
export const recordOptions: Specs = {
  format: { type: 'string', doc: "How a record's value is written: json, csv, avro or raw." },
  'value.format': { type: 'string', doc: "The same as 'format'; its options then begin with 'value.'." },
  'key.format': { type: 'string', doc: "How a record's key is written; its options begin with 'key.'." },
  'key.fields': { type: 'string', doc: "Columns that are in the key: 'a;b'." },
  'key.fields-prefix': { type: 'string', doc: 'What names of key columns begin with in the table, and not in the key.' },
  'value.fields-include': {
    type: 'enum',
    values: ['ALL', 'EXCEPT_KEY'],
    default: 'ALL',
    doc: 'Whether key columns are in the value, too.',
  },
};

const bounds = ['latest-offset', 'group-offsets', 'timestamp', 'specific-offsets'];

export const boundedOptions: Specs = {
  'scan.bounded.mode': {
    type: 'enum',
    values: ['unbounded', ...bounds],
    default: 'unbounded',
    doc: "Where reading ends: never; where the partitions end now; at the group's offsets; at the first record of a time; or at offsets.",
  },
  'scan.bounded.specific-offsets': {
    type: 'string',
    doc: "For 'specific-offsets': 'partition:0,offset:42;partition:1,offset:300'.",
  },
  'scan.bounded.timestamp-millis': { type: 'long', doc: "For 'timestamp': milliseconds since 1970." },
};

export const sourceOptions: Specs = {
  topic: { type: 'string', doc: "The topic; to read several: 'a;b'." },
  'topic-pattern': { type: 'string', doc: 'Topics to read, by a regular expression of Java that their whole name matches.' },
  'scan.startup.mode': {
    type: 'enum',
    values: ['earliest-offset', ...bounds],
    doc: "Where reading starts, unless a checkpoint says it (default group-offsets): with the first record; with what comes from now on; at the group's offsets; with the first record of a time; or at offsets.",
  },
  'scan.startup.specific-offsets': {
    type: 'string',
    doc: "For 'specific-offsets': 'partition:0,offset:42;partition:1,offset:300'.",
  },
  'scan.startup.timestamp-millis': { type: 'long', doc: "For 'timestamp': milliseconds since 1970." },
  ...boundedOptions,
  'scan.topic-partition-discovery.interval': {
    type: 'duration',
    default: '5 min',
    doc: "How often topics are looked at for new partitions, which are read from their beginning; '0' is never.",
  },
};
