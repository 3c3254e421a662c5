import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { installFlink } from './install.ts';

export interface FlinkCluster {
  readonly restPort: number;
  readonly gatewayPort: number;
  readonly taskManagerPid: number;
  stop(): Promise<void>;
}

export interface FlinkClusterOptions {
  /** Added to Flink's usual ports, so that two clusters fit on one machine. */
  readonly portOffset?: number;
  readonly slots?: number;
  readonly taskHeapMb?: number;
}

const packagesOpened = [
  'lang',
  'net',
  'io',
  'nio',
  'lang.reflect',
  'text',
  'time',
  'util',
  'util.concurrent',
  'util.concurrent.atomic',
  'util.concurrent.locks',
];
const exports = [
  'java.rmi/sun.rmi.registry',
  'java.base/sun.net.util',
  'jdk.compiler/com.sun.tools.javac.api',
  'jdk.compiler/com.sun.tools.javac.file',
  'jdk.compiler/com.sun.tools.javac.parser',
  'jdk.compiler/com.sun.tools.javac.tree',
  'jdk.compiler/com.sun.tools.javac.util',
];
const javaFlags = [
  ...packagesOpened.map(name => `--add-opens=java.base/java.${name}=ALL-UNNAMED`),
  '--add-opens=java.base/sun.nio.ch=ALL-UNNAMED',
  ...exports.map(name => `--add-exports=${name}=ALL-UNNAMED`),
];

/**
 * A real Flink on loopback: JobManager, one TaskManager and the SQL gateway, started as plain JVMs; installs what is missing.
 * `FLINK_PORTS=rest,gateway` names one that runs already, for someone who asks it many times.
 */
export async function startFlink(options: FlinkClusterOptions = {}): Promise<FlinkCluster> {
  const running = process.env['FLINK_PORTS']?.split(',').map(Number);
  if (running !== undefined) return { restPort: running[0]!, gatewayPort: running[1]!, taskManagerPid: 0, stop: async () => {} };
  const { home, jars, gatewayJar } = installFlink();
  const offset = options.portOffset ?? 0;
  const slots = options.slots ?? 2;
  const heapMb = options.taskHeapMb ?? 1024;
  const restPort = 8081 + offset;
  const gatewayPort = 8083 + offset;
  const run = join(home, `run-${offset}`);
  const configuration = join(run, 'conf');
  mkdirSync(configuration, { recursive: true });
  writeFileSync(join(configuration, 'config.yaml'), configurationText(offset, slots, heapMb));
  writeFileSync(join(configuration, 'log4j.properties'), loggingText);
  const classPath = jars.join(':');
  const processes: ChildProcess[] = [];
  const start = (name: string, heap: readonly string[], path: string, main: string, args: readonly string[]): ChildProcess => {
    const log = openSync(join(run, `${name}.out`), 'w');
    const child = spawn(
      'java',
      [
        ...heap,
        ...javaFlags,
        `-Dlog.file=${join(run, `${name}.log`)}`,
        `-Dlog4j.configurationFile=file:${join(configuration, 'log4j.properties')}`,
        '-cp',
        path,
        main,
        ...args,
      ],
      {
        stdio: ['ignore', log, log],
        env: {
          ...process.env,
          FLINK_CONF_DIR: configuration,
          FLINK_LIB_DIR: join(home, 'lib'),
          FLINK_OPT_DIR: join(home, 'opt'),
          FLINK_PLUGINS_DIR: join(home, 'plugins'),
        },
      },
    );
    processes.push(child);
    return child;
  };
  const stop = async (): Promise<void> => {
    for (const child of processes) child.kill('SIGKILL');
    await Promise.all(
      processes.map(child =>
        child.exitCode === null && child.signalCode === null ? new Promise(resolve => child.once('exit', resolve)) : undefined,
      ),
    );
  };
  const onExit = (): void => {
    for (const child of processes) child.kill('SIGKILL');
  };
  const onSignal = (): void => {
    onExit();
    process.exit(130);
  };
  process.once('exit', onExit);
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  start('jobmanager', ['-Xmx768m'], classPath, 'org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint', [
    '--configDir',
    configuration,
    '--executionMode',
    'cluster',
  ]);
  const taskManager = start(
    'taskmanager',
    [`-Xmx${heapMb + 128}m`, `-Xms${heapMb + 128}m`, '-XX:MaxDirectMemorySize=700m', '-XX:MaxMetaspaceSize=512m', '-XX:+UseG1GC'],
    classPath,
    'org.apache.flink.runtime.taskexecutor.TaskManagerRunner',
    ['--configDir', configuration],
  );
  start('gateway', ['-Xmx1g'], `${classPath}:${gatewayJar}`, 'org.apache.flink.table.gateway.SqlGateway', []);
  try {
    await waitFor(`http://127.0.0.1:${restPort}/overview`, `"slots-total":${slots}`);
    await waitFor(`http://127.0.0.1:${gatewayPort}/info`, 'productName');
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    restPort,
    gatewayPort,
    taskManagerPid: taskManager.pid!,
    async stop() {
      process.off('exit', onExit);
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
      await stop();
    },
  };
}

async function waitFor(url: string, text: string): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    const answer = await fetch(url).then(
      response => response.text(),
      () => '',
    );
    if (answer.includes(text)) return;
    await sleep(100);
  }
  throw new Error(`Flink did not come up at ${url} within a minute`);
}

function configurationText(offset: number, slots: number, heapMb: number): string {
  const entries: Record<string, string | number> = {
    'jobmanager.rpc.address': '127.0.0.1',
    'jobmanager.rpc.port': 6123 + offset,
    'jobmanager.bind-host': '127.0.0.1',
    'rest.address': '127.0.0.1',
    'rest.bind-address': '127.0.0.1',
    'rest.port': 8081 + offset,
    'taskmanager.bind-host': '127.0.0.1',
    'taskmanager.host': '127.0.0.1',
    'taskmanager.numberOfTaskSlots': slots,
    'taskmanager.cpu.cores': '2.0',
    'taskmanager.memory.framework.heap.size': '128mb',
    'taskmanager.memory.framework.off-heap.size': '128mb',
    'taskmanager.memory.task.heap.size': `${heapMb}mb`,
    'taskmanager.memory.task.off-heap.size': '256mb',
    'taskmanager.memory.network.min': '256mb',
    'taskmanager.memory.network.max': '256mb',
    'taskmanager.memory.managed.size': heapMb >= 4096 ? '1g' : '256mb',
    'taskmanager.memory.jvm-metaspace.size': '512mb',
    'taskmanager.memory.jvm-overhead.min': '256mb',
    'taskmanager.memory.jvm-overhead.max': '256mb',
    'parallelism.default': 1,
    'state.backend.type': 'hashmap',
    'sql-gateway.endpoint.rest.address': '127.0.0.1',
    'sql-gateway.endpoint.rest.bind-address': '127.0.0.1',
    'sql-gateway.endpoint.rest.port': 8083 + offset,
    'classloader.resolve-order': 'parent-first',
    'web.submit.enable': 'false',
  };
  return Object.entries(entries)
    .map(([key, value]) => `${key}: ${value}\n`)
    .join('');
}

const loggingText = `rootLogger.level = WARN
rootLogger.appenderRef.file.ref = F
appender.file.name = F
appender.file.type = FILE
appender.file.fileName = \${sys:log.file}
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{yyyy-MM-dd HH:mm:ss,SSS} %-5p %-60c %x - %m%n
`;
