import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { createTopics } from '../../core/connectors/kafka/client/admin.ts';
import { KafkaClient } from '../../core/connectors/kafka/client/client.ts';
import { clientOptions } from '../../core/connectors/kafka/client/client-options.ts';
import { brokerForTests } from '../support/kafka/test-broker.ts';
import { installTidemillPython, pythonBridge, withoutNode } from '../support/tidemill-python.ts';

const broker = brokerForTests('kafka-notebook');

it('the notebook of Kafka runs from its first cell to the last, with a real broker', { timeout: 300_000 }, async () => {
  const { bootstrap } = broker.kafka;
  const client = new KafkaClient(clientOptions({ 'properties.bootstrap.servers': bootstrap }));
  await createTopics(
    client,
    ['bid', 'busy'].map(name => ({ name, partitions: 2 })),
  );
  await client.close();
  const python = installTidemillPython();
  const { status, stdout, stderr } = spawnSync(
    python,
    ['-m', 'pytest', '-q', '-o', 'pythonpath=.', 'tests/test_notebooks.py', '-k', 'kafka'],
    { cwd: pythonBridge, encoding: 'utf8', env: { ...withoutNode, KAFKA_BOOTSTRAP: bootstrap } },
  );
  expect(status, stdout + stderr).toBe(0);
  expect(stdout).toContain('1 passed');
});
