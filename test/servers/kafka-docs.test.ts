import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTopics } from '../../core/connectors/kafka/client/admin.ts';
import { KafkaClient } from '../../core/connectors/kafka/client/client.ts';
import { clientOptions } from '../../core/connectors/kafka/client/client-options.ts';
import { outputsOf } from '../support/docs-output.ts';
import { pages } from '../support/docs-pages.ts';
import { type KafkaCluster, startKafka } from '../support/kafka/broker.ts';

let kafka: KafkaCluster;
beforeAll(async () => {
  kafka = await startKafka();
  const client = new KafkaClient(clientOptions({ 'properties.bootstrap.servers': kafka.bootstrap }));
  await createTopics(client, [
    { name: 'orders', partitions: 2 },
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
