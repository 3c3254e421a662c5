import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTopics } from '../../core/connectors/kafka/client/admin.ts';
import { KafkaClient } from '../../core/connectors/kafka/client/client.ts';
import { clientOptions } from '../../core/connectors/kafka/client/client-options.ts';
import { tidemill } from '../support/command-line.ts';
import { outputsOf } from '../support/docs-output.ts';
import { pages } from '../support/docs-pages.ts';
import { type KafkaCluster, startKafka } from '../support/kafka/broker.ts';
import { readCommitted } from '../support/kafka/console-consumer.ts';
import { projectRoot } from '../support/source-files.ts';

let kafka: KafkaCluster;
beforeAll(async () => {
  kafka = await startKafka();
  const client = new KafkaClient(clientOptions({ 'properties.bootstrap.servers': kafka.bootstrap }));
  await createTopics(client, [
    { name: 'orders', partitions: 2 },
    ...['payments', 'minutes', 'customers'].map(name => ({ name, partitions: 1 })),
    { name: 'totals', partitions: 2, configuration: { 'cleanup.policy': 'compact' } },
  ]);
  client.close();
});
afterAll(() => kafka?.stop());

/** `UPDATE_EXPECTED=1` writes what was printed. */
it('the page about Kafka shows what happens', async () => {
  const page = pages().find(each => each.name === 'kafka.md')!;
  const outputs = await outputsOf(page, kafka.bootstrap);
  const shown = [...outputs].filter(([block]) => block.marks.includes('kafka'));
  expect(shown.length).toBeGreaterThan(1);
  if (process.env['UPDATE_EXPECTED']) {
    let { text } = page;
    for (const [block, printed] of shown.toReversed())
      text = text.slice(0, block.output!.start) + printed + text.slice(block.output!.end);
    writeFileSync(page.path, text);
  } else for (const [block, printed] of shown) expect(printed, `line ${block.line}`).toBe(block.output!.text);
});

it('the example runs from topic to topic', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidemill-kafka-example-'));
  try {
    const payments = `CREATE TABLE payments (customer STRING, amount DECIMAL(10, 2), paid TIMESTAMP(3)) WITH ('connector' = 'kafka', 'topic' = 'payments', 'properties.bootstrap.servers' = '${kafka.bootstrap}', 'format' = 'json');
INSERT INTO payments VALUES ('ann', 1.50, TIMESTAMP '2026-01-01 10:00:01'), ('bob', 2.00, TIMESTAMP '2026-01-01 10:00:59'), ('ann', 4.00, TIMESTAMP '2026-01-01 10:01:30'), ('eve', 9.00, TIMESTAMP '2026-01-01 10:02:30');`;
    expect((await tidemill(['run', '-c', payments])).code).toBe(0);
    const { code, stderr } = await tidemill(
      ['run', join(projectRoot, 'core', 'examples', 'kafka.sql'), '--checkpoints', join(folder, 'state')],
      {
        env: { KAFKA: kafka.bootstrap },
        started: async kill => {
          // a checkpoint or two, so that readers see the windows that have closed
          let seen = 0;
          for (let tries = 0; seen < 2 && tries < 10; tries++) seen = (await readCommitted(kafka.bootstrap, 'minutes')).length;
          kill('SIGINT');
        },
      },
    );
    expect(code, stderr).toBe(0);
    expect((await readCommitted(kafka.bootstrap, 'minutes')).map(each => each.value)).toEqual([
      '{"minute_from":"2026-01-01 10:00:00","payments":2,"total":3.5}',
      '{"minute_from":"2026-01-01 10:01:00","payments":1,"total":4}',
    ]);
    const last = new Map((await readCommitted(kafka.bootstrap, 'customers')).map(({ key, value }) => [key, value]));
    expect([...last.values()].sort()).toEqual([
      '{"customer":"ann","total":5.5}',
      '{"customer":"bob","total":2}',
      '{"customer":"eve","total":9}',
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
