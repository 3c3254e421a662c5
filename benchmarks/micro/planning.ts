// Milliseconds of reading, binding and planning a query of 100 lines, warm and first in a fresh process: `node benchmarks/micro/planning.ts` prints JSON.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const table = `CREATE TABLE bid (
  auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, ts TIMESTAMP(3), extra STRING,
  WATERMARK FOR ts AS ts - INTERVAL '4' SECOND
) WITH ('connector' = 'datagen')`;
const text = readFileSync(new URL('planning.sql', import.meta.url), 'utf8');
const warmRounds = 300;

const cpuMs = (from: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1000;
};

/** Times of the first plan and of later ones, in this process. Modules are loaded before. */
async function measure(rounds: number): Promise<{ firstMs: number; firstCpuMs: number; warmMs: number[] }> {
  const { Session } = await import('../../core/session/session.ts');
  const session = new Session({ settings: { 'table.local-time-zone': 'UTC' } });
  const plan = async (): Promise<void> => {
    const bound = await session.bind(text, '.');
    if (bound.kind !== 'query') throw new Error('planning.sql has no query');
    session.query(bound.plan, 'changelog');
  };
  await session.declare(await session.bind(table, '.'));
  const cpu = process.cpuUsage();
  const start = performance.now();
  await plan();
  const firstMs = performance.now() - start;
  const firstCpuMs = cpuMs(cpu);
  const warmMs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const from = performance.now();
    await plan();
    warmMs.push(performance.now() - from);
  }
  await session.close();
  return { firstMs, firstCpuMs, warmMs };
}

if (process.argv.includes('--cold')) {
  const { firstMs, firstCpuMs } = await measure(0);
  process.stdout.write(JSON.stringify({ firstMs, firstCpuMs }));
} else {
  const cold = Array.from({ length: 9 }, () => {
    const printed = execFileSync(process.execPath, [fileURLToPath(import.meta.url), '--cold'], { encoding: 'utf8' });
    return JSON.parse(printed) as { firstMs: number; firstCpuMs: number };
  });
  const { warmMs } = await measure(warmRounds);
  const sorted = warmMs.slice(warmRounds / 3).sort((a, b) => a - b);
  const lines = text.trimEnd().split('\n').length;
  const coldCpuMs = Math.min(...cold.map(each => each.firstCpuMs));
  process.stdout.write(
    `${JSON.stringify({
      lines,
      warmMs: { best: sorted[0], median: sorted[sorted.length >> 1] },
      coldMs: { best: Math.min(...cold.map(each => each.firstMs)), bestCpu: coldCpuMs },
      goals: [
        { what: `reading, binding and planning ${lines} lines, warm (best)`, value: sorted[0], limit: 3, unit: 'ms' },
        { what: `the same, the first time in a fresh process (CPU, best)`, value: coldCpuMs, limit: 60, unit: 'ms' },
      ],
    })}\n`,
  );
}
