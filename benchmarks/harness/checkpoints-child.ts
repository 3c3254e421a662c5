// A job whose state changes everywhere, as it is published (dist/), in a process of its own: see checkpoints.ts. Takes a CheckpointsRequest as JSON in
// its argument, prints one JSON object.
import { readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CheckpointsOutcome, CheckpointsRequest, Phase, Timing } from './checkpoints.ts';

const builtSession = new URL('../../dist/session/session.js', import.meta.url).href;
const { Session } = (await import(builtSession)) as typeof import('../../core/session/session.ts');

const request = JSON.parse(process.argv[2]!) as CheckpointsRequest;
const { keys, secondsPerPhase, rounds, directory, restores } = request;
let firstOutputMs: number | undefined;
const session = new Session({
  settings: {
    'table.local-time-zone': 'UTC',
    'execution.checkpointing.interval': '10 h',
    'execution.checkpointing.timeout': '10 h',
  },
  parallelism: request.parallelism,
  checkpoints: { directory, restore: restores ? 'latest' : 'fresh' },
  output: () => {
    firstOutputMs ??= performance.now();
  },
});
const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

for await (const result of session.run({ text: request.program, source: 'checkpoints', baseDirectory: '.' }, 'changelog')) {
  if (result.kind !== 'insert') continue;
  const { job } = result;
  job.done.catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  });
  if (restores) {
    firstOutputMs = undefined;
    while (firstOutputMs === undefined) await sleep(2);
    // since the process began
    end({ firstOutputMs, cpuMs: cpuMs(), phases: [], checkpoints: [] });
  }
  while (job.progress().rowsRead < 1.05 * keys) await sleep(100);
  const phases: Phase[] = [];
  const checkpoints: CheckpointsOutcome['checkpoints'][number][] = [];
  const checkpoint = async (): Promise<void> => {
    const [started, cpu] = [performance.now(), cpuMs()];
    await job.checkpoint();
    checkpoints.push({ tookMs: performance.now() - started, cpuMs: cpuMs() - cpu, ...latest() });
  };
  const phase = async (every: Phase['every'], count: number): Promise<void> => {
    const [wall, cpu, rows] = [performance.now(), cpuMs(), job.progress().rowsRead];
    for (let index = 0; index < Math.max(count, 1); index++) {
      if (count > 0) await checkpoint();
      await sleep(Math.max(0, wall + ((index + 1) * secondsPerPhase * 1000) / Math.max(count, 1) - performance.now()));
    }
    phases.push({
      every,
      wallMs: performance.now() - wall,
      cpuMs: cpuMs() - cpu,
      rows: job.progress().rowsRead - rows,
    });
  };
  // one that nobody counts: its memory is new
  await job.checkpoint();
  for (let round = 0; round < rounds; round++) {
    await phase('never', 0);
    await phase('30 s', Math.max(1, Math.round(secondsPerPhase / 30)));
    await phase('never', 0);
    await phase('5 s', Math.round(secondsPerPhase / 5));
  }
  end({ firstOutputMs: Number.NaN, cpuMs: cpuMs(), phases, checkpoints });
}

/** Of the newest checkpoint: what its tasks said, and the bytes of its files. */
function latest(): { readonly timings: readonly Timing[]; readonly bytes: number } {
  const folder = join(directory, readdirSync(directory)[0]!);
  const id = Math.max(...readdirSync(folder).map(name => Number(name.slice(4))));
  const [manifest] = readFileSync(join(folder, `chk-${id}`, 'manifest.json'), 'utf8').split('\n');
  const { files, content } = JSON.parse(manifest!) as {
    files: Record<string, { sizeBytes: number }>;
    content: { tasks: readonly { timing?: Timing }[] };
  };
  return {
    timings: content.tasks.flatMap(({ timing }) => (timing === undefined ? [] : [timing])),
    bytes: Object.values(files).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}

/** As if it were killed. */
function end(outcome: CheckpointsOutcome): never {
  writeSync(1, `${JSON.stringify(outcome)}\n`);
  process.exit(0);
}
