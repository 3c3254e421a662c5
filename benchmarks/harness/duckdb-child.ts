// Native DuckDB in a process of its own, the peer of `flights`: takes {statement, threads, repeat} as JSON, prints the rounds' times.
import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckdbOutcome, DuckdbRequest } from './flights.ts';

const request = JSON.parse(process.argv[2]!) as DuckdbRequest;
const instance = await DuckDBInstance.create(':memory:', { threads: String(request.threads) });
const connection = await instance.connect();
for (const statement of request.setup ?? []) await connection.run(statement);
const times: { wallMs: number; cpuMs: number }[] = [];
let resultRows = 0;
for (let run = 0; run < request.repeat; run++) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const rows = (await connection.runAndReadAll(request.statement)).getRows();
  const wallMs = performance.now() - start;
  const used = process.cpuUsage(cpu);
  times.push({ wallMs, cpuMs: (used.user + used.system) / 1000 });
  resultRows = rows.length;
}
const outcome: DuckdbOutcome = {
  times,
  processMs: performance.now(),
  resultRows,
  residentBytesMax: process.resourceUsage().maxRSS * 1024,
};
process.stdout.write(`${JSON.stringify(outcome)}\n`);
