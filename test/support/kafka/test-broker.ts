import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type KafkaCluster, type KafkaOptions, startKafka } from './broker.ts';

/** A broker and a folder for the tests of a file: started before them, ended and removed behind them. */
export function brokerForTests(
  name: string,
  options: KafkaOptions = {},
): { readonly kafka: KafkaCluster; readonly folder: string } {
  const folder = mkdtempSync(join(tmpdir(), `tidemill-${name}-`));
  let started: KafkaCluster | undefined;
  beforeAll(async () => {
    started = await startKafka(options);
  });
  afterAll(async () => {
    await started?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    folder,
    get kafka() {
      return started!;
    },
  };
}
