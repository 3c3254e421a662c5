import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { installKafka } from './install.ts';

/** Users that a broker with `security` knows, by PLAIN and by SCRAM. */
export const kafkaUsers = { admin: 'admin-secret', alice: 'alice-secret' } as const;
/** Password of the key stores of a broker with `security`. */
export const storePassword = 'store-password';

export interface KafkaOptions {
  /** Adds listeners for TLS and SASL, and users. */
  readonly security?: boolean;
  /** Lines added to each server's properties. */
  readonly properties?: readonly string[];
  /** Brokers of the cluster; the first is also the controller. Three or more keep three copies of everything. */
  readonly brokers?: number;
  /** Full compilation by the JVM: for throughput; the first compiler alone starts faster. */
  readonly compiled?: boolean;
  readonly heapMb?: number;
  /** The collector and its goal that Kafka's own scripts start it with, instead of the one that needs least. */
  readonly shortPauses?: boolean;
}

/** A real Apache Kafka (KRaft) on loopback. */
export interface KafkaCluster {
  /** host:port of all brokers' PLAINTEXT listeners, comma-separated. */
  readonly bootstrap: string;
  /** host:port of the first broker's other listeners (with `security`). */
  readonly listeners: Readonly<Record<'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL', string>>;
  /** With `security`: certificate of the authority (PEM), trust store and a client's key store (PKCS12), a client's key and certificates (PEM). */
  readonly files: Readonly<Record<'authority' | 'trustStore' | 'trustStoreJks' | 'clientStore' | 'clientPem', string>>;
  readonly pids: readonly number[];
  /** Folder of the data and logs. */
  readonly folder: string;
  /** Class path for the Java tools that come with the broker. */
  readonly classPath: string;
  /** Ends a broker (0: the first): SIGTERM, or SIGKILL as a crash. */
  stopBroker(index?: number, signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Starts a stopped broker on the same data and ports. */
  startBroker(index?: number): Promise<void>;
  /** Ends all and removes the data. */
  stop(): Promise<void>;
}

const listenerNames = ['SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const;

/** Starts a cluster on free ports; installs what is missing. Some 2.5 s when nothing has to be fetched. */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaCluster> {
  const classPath = join(installKafka(), '*');
  const folder = mkdtempSync(join(tmpdir(), 'tidemill-kafka-'));
  const count = options.brokers ?? 1;
  const ports = await freePorts(count * 4 + 1);
  const controller = ports.pop()!;
  const files = {
    authority: join(folder, 'authority.pem'),
    trustStore: join(folder, 'trust.p12'),
    trustStoreJks: join(folder, 'trust.jks'),
    clientStore: join(folder, 'client.p12'),
    clientPem: join(folder, 'client.pem'),
  };
  if (options.security === true) makeStores(folder, files);
  writeFileSync(join(folder, 'log4j2.properties'), loggingText);
  const running: (ChildProcess | undefined)[] = [];
  const portsOf = (index: number): readonly number[] => ports.slice(index * 4, index * 4 + 4);
  const java = (index: number, flags: readonly string[], main: string, args: readonly string[]): readonly string[] => [
    ...flags,
    ...(options.shortPauses === true
      ? ['-XX:+UseG1GC', '-XX:MaxGCPauseMillis=20', '-XX:InitiatingHeapOccupancyPercent=35']
      : ['-XX:+UseSerialGC']),
    `-Dlog4j2.configurationFile=${join(folder, 'log4j2.properties')}`,
    `-Dtidemill.broker=${index}`,
    '-cp',
    classPath,
    main,
    ...args,
  ];

  const start = async (index: number): Promise<void> => {
    const properties = join(folder, `server-${index}.properties`);
    const data = join(folder, `data-${index}`);
    if (!existsSync(join(data, 'meta.properties'))) {
      writeFileSync(properties, propertiesText(index, data, portsOf(index), controller, options, folder));
      const users = options.security === true ? Object.entries(kafkaUsers) : [];
      execFileSync(
        'java',
        java(index, ['-Xmx128m', '-XX:TieredStopAtLevel=1'], 'kafka.tools.StorageTool', [
          'format',
          '-t',
          'MkU3OEVBNTcwNTJENDM2Qg',
          '-c',
          properties,
          ...users.flatMap(([name, password]) =>
            ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap(kind => ['--add-scram', `${kind}=[name=${name},password=${password}]`]),
          ),
        ]),
        { stdio: ['ignore', 'ignore', 'inherit'] },
      );
    }
    const log = openSync(join(folder, `broker-${index}.log`), 'a');
    const flags = [
      `-Xms256m`,
      `-Xmx${options.heapMb ?? 512}m`,
      ...(options.compiled === true ? [] : ['-XX:TieredStopAtLevel=1']),
    ];
    const child = spawn('java', java(index, flags, 'kafka.Kafka', [properties]), { stdio: ['ignore', log, log] });
    running[index] = child;
    for (let attempt = 0; !(await listens(portsOf(index)[0]!)); attempt++) {
      if (child.exitCode !== null || child.signalCode !== null || attempt > 2400)
        throw new Error(`Kafka did not start:\n${readFileSync(join(folder, `broker-${index}.log`), 'utf8').slice(-4000)}`);
      await sleep(50);
    }
  };
  const end = async (index: number, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    const child = running[index];
    running[index] = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise(resolve => child.once('exit', resolve));
    child.kill(signal);
    await gone;
  };
  const onExit = (): void => {
    for (const child of running) child?.kill('SIGKILL');
  };
  const onSignal = (): void => {
    onExit();
    process.exit(130);
  };
  process.once('exit', onExit);
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  const stop = async (): Promise<void> => {
    process.off('exit', onExit);
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
    await Promise.all(running.map((_, index) => end(index, 'SIGKILL')));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    // The first is the controller: the others find it.
    for (let index = 0; index < count; index++) await start(index);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    bootstrap: Array.from({ length: count }, (_, index) => `127.0.0.1:${portsOf(index)[0]}`).join(),
    listeners: Object.fromEntries(
      listenerNames.map((name, index) => [name, `localhost:${ports[index + 1]}`]),
    ) as KafkaCluster['listeners'],
    files,
    get pids() {
      return running.flatMap(child => (child === undefined ? [] : [child.pid!]));
    },
    folder,
    classPath,
    stopBroker: (index = 0, signal = 'SIGTERM') => end(index, signal),
    startBroker: (index = 0) => start(index),
    stop,
  };
}

function propertiesText(
  index: number,
  data: string,
  ports: readonly number[],
  controller: number,
  options: KafkaOptions,
  folder: string,
): string {
  const secure = options.security === true;
  const names = ['PLAINTEXT', ...(secure ? listenerNames : [])];
  const listeners = names.map((name, place) => `${name}://${name === 'PLAINTEXT' ? '127.0.0.1' : 'localhost'}:${ports[place]}`);
  const plainUsers = Object.entries(kafkaUsers).map(([name, password]) => `user_${name}="${password}"`);
  const plain = `org.apache.kafka.common.security.plain.PlainLoginModule required ${plainUsers.join(' ')};`;
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
  const copies = Math.min(options.brokers ?? 1, 3);
  return [
    `process.roles=${index === 0 ? 'broker,controller' : 'broker'}`,
    `node.id=${index + 1}`,
    `controller.quorum.voters=1@127.0.0.1:${controller}`,
    `listeners=${[...listeners, ...(index === 0 ? [`CONTROLLER://127.0.0.1:${controller}`] : [])].join()}`,
    `advertised.listeners=${listeners.join()}`,
    'controller.listener.names=CONTROLLER',
    'inter.broker.listener.name=PLAINTEXT',
    `listener.security.protocol.map=CONTROLLER:PLAINTEXT,${names.map(name => `${name}:${name}`).join()}`,
    `log.dirs=${data}`,
    'num.partitions=1',
    `default.replication.factor=${copies}`,
    // with three copies nothing is lost with a broker, and one may be away
    `min.insync.replicas=${copies > 2 ? 2 : 1}`,
    'auto.create.topics.enable=false',
    `offsets.topic.num.partitions=${copies}`,
    `offsets.topic.replication.factor=${copies}`,
    `transaction.state.log.num.partitions=${copies}`,
    `transaction.state.log.replication.factor=${copies}`,
    `transaction.state.log.min.isr=${copies > 2 ? 2 : 1}`,
    'transaction.max.timeout.ms=3600000',
    'share.coordinator.state.topic.num.partitions=1',
    `share.coordinator.state.topic.replication.factor=${copies}`,
    'share.coordinator.state.topic.min.isr=1',
    'group.initial.rebalance.delay.ms=0',
    'num.network.threads=2',
    'num.io.threads=2',
    'log.segment.bytes=268435456',
    // A killed broker is registered again sooner than after the usual 9 s; among several on a busy machine none is to be taken for dead.
    `broker.session.timeout.ms=${copies > 1 ? 6000 : 1000}`,
    `broker.heartbeat.interval.ms=${copies > 1 ? 1000 : 200}`,
    'transaction.abort.timed.out.transaction.cleanup.interval.ms=500',
    ...(secure
      ? [
          'sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
          ...['sasl_plaintext', 'sasl_ssl'].flatMap(listener => [
            `listener.name.${listener}.plain.sasl.jaas.config=${plain}`,
            `listener.name.${listener}.scram-sha-256.sasl.jaas.config=${scram}`,
            `listener.name.${listener}.scram-sha-512.sasl.jaas.config=${scram}`,
          ]),
          `ssl.keystore.location=${join(folder, 'server.p12')}`,
          'ssl.keystore.type=PKCS12',
          `ssl.keystore.password=${storePassword}`,
          `ssl.key.password=${storePassword}`,
          `ssl.truststore.location=${join(folder, 'trust.p12')}`,
          'ssl.truststore.type=PKCS12',
          `ssl.truststore.password=${storePassword}`,
          'ssl.client.auth=requested',
        ]
      : []),
    ...(options.properties ?? []),
    '',
  ].join('\n');
}

/** An authority, a server's key that it signed (for localhost), and a client's. */
function makeStores(folder: string, files: KafkaCluster['files']): void {
  const run = (command: string, ...args: string[]): void => {
    execFileSync(command, args, { cwd: folder, stdio: 'pipe' });
  };
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  run(
    'openssl',
    'req',
    '-x509',
    ...key,
    '-keyout',
    'authority.key',
    '-out',
    files.authority,
    '-subj',
    '/CN=tidemill-test',
    '-days',
    '3650',
  );
  writeFileSync(join(folder, 'names.txt'), 'subjectAltName=DNS:localhost');
  const signing = [
    '-CA',
    files.authority,
    '-CAkey',
    'authority.key',
    '-CAcreateserial',
    '-days',
    '3650',
    '-extfile',
    'names.txt',
  ];
  for (const name of ['server', 'client']) {
    run('openssl', 'req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    run('openssl', 'x509', '-req', '-in', `${name}.csr`, ...signing, '-out', `${name}.crt`);
    run(
      'openssl',
      'pkcs12',
      '-export',
      '-inkey',
      `${name}.key`,
      '-in',
      `${name}.crt`,
      '-certfile',
      files.authority,
      '-name',
      name,
      '-passout',
      `pass:${storePassword}`,
      '-out',
      `${name}.p12`,
    );
  }
  writeFileSync(files.clientPem, ['client.key', 'client.crt'].map(name => readFileSync(join(folder, name), 'utf8')).join(''));
  for (const [store, type] of [
    [files.trustStore, 'PKCS12'],
    [files.trustStoreJks, 'JKS'],
  ] as const)
    run(
      'keytool',
      '-noprompt',
      '-storepass',
      storePassword,
      '-importcert',
      '-alias',
      'authority',
      '-keystore',
      store,
      '-storetype',
      type,
      '-file',
      files.authority,
    );
}

async function listens(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ port, host: '127.0.0.1' }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>(resolve => {
          const server = createServer();
          server.listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const ports = servers.map(server => (server.address() as { port: number }).port);
  await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))));
  return ports;
}

const loggingText = `rootLogger.level=WARN
rootLogger.appenderRef.c.ref=C
appender.c.type=Console
appender.c.name=C
appender.c.layout.type=PatternLayout
appender.c.layout.pattern=%d %p %c{1} %m%n
`;
