// One run of our engine, as it is published (dist/), in a process of its own: takes a request as JSON in its argument, prints one JSON
// object. See tidemill.ts.
import { formatValue } from '../../core/columnar/format-value.ts';
import type { StatementResult } from '../../core/session/contract.ts';
import type { TidemillOutcome, TidemillRequest } from './tidemill.ts';

const builtSession = new URL('../../dist/session/session.js', import.meta.url).href;
const { Session } = (await import(builtSession)) as typeof import('../../core/session/session.ts');

const request = JSON.parse(process.argv[2]!) as TidemillRequest;
const session = new Session({
  settings: { 'table.local-time-zone': 'UTC', ...request.settings },
  parallelism: request.parallelism,
});

async function* execute(text: string): AsyncGenerator<StatementResult> {
  yield* session.run(
    { text, source: 'benchmark', baseDirectory: request.baseDirectory ?? process.cwd() },
    request.mode === 'changelog' ? 'changelog' : 'final',
  );
}

for (const statement of request.setup) for await (const _ of execute(statement));

const times: { wallMs: number; cpuMs: number; jobMs?: number }[] = [];
const counts = new Map<string, number>();
let resultRows = 0;
let rowsRead = 0;
let memoryBytes = 0;
for (let run = 0; run < (request.repeat ?? 1); run++) {
  resultRows = 0;
  counts.clear();
  const cpu = process.cpuUsage();
  const start = performance.now();
  let jobMs: number | undefined;
  for await (const result of execute(request.statement)) {
    if (result.kind === 'insert') {
      const jobStart = performance.now();
      await result.job.done;
      jobMs = performance.now() - jobStart;
      const progress = result.job.progress();
      rowsRead = progress.rowsRead;
      memoryBytes = progress.memoryBytes;
    } else if (result.kind === 'query') {
      const { schema } = result.query;
      for await (const chunk of result.query.chunks()) {
        const progress = result.query.job?.progress();
        rowsRead = progress?.rowsRead ?? rowsRead;
        memoryBytes = progress?.memoryBytes ?? memoryBytes;
        resultRows += chunk.rows.length;
        if (request.mode === undefined) continue;
        chunk.rows.forEach((row, index) => {
          const key = row.map((value, column) => (value === '' ? '(empty)' : formatValue(value, schema[column]!.type))).join('|');
          const operation = chunk.operations?.[index] ?? '+I';
          counts.set(key, (counts.get(key) ?? 0) + (operation === '-U' || operation === '-D' ? -1 : 1));
        });
      }
    }
  }
  const wallMs = performance.now() - start;
  const used = process.cpuUsage(cpu);
  times.push({ wallMs, cpuMs: (used.user + used.system) / 1000, ...(jobMs !== undefined && { jobMs }) });
}
await session.close();

const whole = process.cpuUsage();
const outcome: TidemillOutcome = {
  times,
  processMs: performance.now(),
  processCpuMs: (whole.user + whole.system) / 1000,
  residentBytesMax: process.resourceUsage().maxRSS * 1024,
  rowsRead,
  memoryBytes,
  resultRows,
  duckdbLoaded: process.report.getReport !== undefined && sharedObjects().some(file => file.includes('duckdb')),
  rows:
    request.mode === undefined
      ? undefined
      : [...counts].flatMap(([row, count]) => Array.from({ length: count }, () => row)).sort(),
};
process.stdout.write(`${JSON.stringify(outcome)}\n`);

function sharedObjects(): string[] {
  return (process.report.getReport() as { sharedObjects: string[] }).sharedObjects;
}
