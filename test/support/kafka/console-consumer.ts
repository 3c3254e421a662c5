import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installKafka } from './install.ts';

const run = promisify(execFile);

/**
 * What a reader of committed records sees of a topic, by Kafka's own consumer. (kafkajs lets records of aborted transactions through where transactions
 * that overlap were aborted in another order than they were begun in.) Keys and values are texts; NULL is 'null'. It ends when nothing came for
 * `quietMs`, which a busy machine's may also be at the beginning.
 */
export async function readCommitted(
  bootstrap: string,
  topic: string,
  quietMs = 5000,
): Promise<{ readonly key: string; readonly value: string }[]> {
  const separator = '\u0001';
  const { stdout } = await run(
    'java',
    [
      '-cp',
      join(installKafka(), '*'),
      ...['-Xmx256m', '-XX:TieredStopAtLevel=1', 'org.apache.kafka.tools.consumer.ConsoleConsumer'],
      ...['--bootstrap-server', bootstrap, '--topic', topic, '--from-beginning', '--timeout-ms', String(quietMs)],
      ...['--isolation-level', 'read_committed'],
      ...['--formatter-property', 'print.key=true', '--formatter-property', `key.separator=${separator}`],
    ],
    { maxBuffer: 2 ** 30 },
  );
  return stdout
    .split('\n')
    .filter(line => line.includes(separator))
    .map(line => {
      const [key, value] = line.split(separator);
      return { key: key!, value: value! };
    });
}
