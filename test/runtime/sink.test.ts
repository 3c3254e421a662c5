import { describe, expect, test } from 'vitest';
import { readRows } from '../../core/columnar/read-values.ts';
import { type Schema, types } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { TidemillError } from '../../core/common/errors.ts';
import type { Sink } from '../../core/connectors/contract.ts';
import { MainHost } from '../../core/runtime/hosts/main.ts';
import { startJob } from '../../core/runtime/job.ts';
import { type Row, sourceInput, testPlan, testServices } from '../support/runtime.ts';

const schema: Schema = [{ name: 'n', type: types.int(false) }];
const rows: Row[] = Array.from({ length: 100 }, (_, i) => [i]);

describe('sinks', () => {
  const run = async (options: { failCommit?: boolean; rebuild?: boolean }) => {
    const written: Value[][] = [];
    const calls: string[] = [];
    const sink: Sink = {
      open(context) {
        calls.push('open');
        let full = false;
        return {
          tryWrite(batch) {
            if (full) return false;
            full = true;
            setTimeout(() => {
              full = false;
              context.wake();
            }, 1);
            written.push(...readRows(context.memory, batch));
            return true;
          },
          prepare: async () => {
            calls.push('prepare');
            return { file: 'x' };
          },
          commit: async handle => {
            if (options.failCommit) throw new TidemillError('disk-full', 'no room', { domain: 'external' });
            calls.push(`commit ${handle.file}`);
          },
          abort: async () => undefined,
          close: async () => void calls.push('close'),
        };
      },
    };
    const services = testServices({ input: [[{ rows }]] }, { services: { sink: () => sink } });
    const table = { name: 'out', connector: 'test', options: {}, schema };
    const plan = testPlan({
      id: 'a',
      inputs: [sourceInput('input', schema)],
      operators: [{ kind: 'sink', sink: table, schema }],
      schema,
    });
    const job = await startJob(plan, {
      services,
      hosts: [new MainHost(services)],
      batchRows: 7,
      rebuildOperators: options.rebuild ?? false,
    });
    return { job, written, calls };
  };

  test('write again when they were full, and commit at the end', async () => {
    for (const rebuild of [false, true]) {
      const { job, written, calls } = await run({ rebuild });
      await job.done;
      expect(written).toEqual(rows);
      expect(calls).toEqual(['open', 'prepare', 'commit x', 'close']);
      expect(job.metrics().tasks[0]!.rowsRead).toBe(100);
    }
  });

  test('a failing commit fails the job', async () => {
    const { job } = await run({ failCommit: true });
    await expect(job.done).rejects.toMatchObject({ code: 'disk-full' });
    expect(job.failure?.operatorId).toBe('a/0:sink');
  });

  test('a cancelled job closes them without a commit', async () => {
    const { job, calls } = await run({});
    await new Promise(resolve => setTimeout(resolve, 3));
    await job.cancel();
    await job.done;
    expect(calls).toEqual(['open', 'close']);
  });
});
