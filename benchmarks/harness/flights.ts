import { fileURLToPath } from 'node:url';
import { atMost, markdownTable, number } from './goals.ts';
import { machineFacts } from './machine.ts';
import { flightsQuery } from './queries.ts';
import { writeReport } from './report.ts';
import { median } from './statistics.ts';
import { runNode, runTidemill, type TidemillOutcome } from './tidemill.ts';

export interface DuckdbRequest {
  /** Not timed. */
  readonly setup?: readonly string[] | undefined;
  readonly statement: string;
  readonly threads: number;
  readonly repeat: number;
}
export type DuckdbOutcome = Pick<TidemillOutcome, 'times' | 'processMs' | 'resultRows' | 'residentBytesMax'>;

const duckdbChild = fileURLToPath(new URL('./duckdb-child.ts', import.meta.url));
/** Runs in each process: the first pays for loading DuckDB and reading the file's footer, the others do not. */
const repeat = 6;

/** A bounded GROUP BY over 3 million flights in Parquet: ours (a DuckDB stage) against DuckDB alone with as many threads. */
export async function flights(options: {
  rounds: number;
  folder?: string | undefined;
  name?: string | undefined;
}): Promise<void> {
  const machine = machineFacts();
  const rows = [];
  for (const name of ['by-origin', 'by-route']) {
    const statement = flightsQuery(name);
    for (const parallelism of [1, 2]) {
      const ours: DuckdbOutcome[] = [];
      const native: DuckdbOutcome[] = [];
      for (let round = 0; round < options.rounds; round++) {
        const settings = { 'execution.runtime-mode': 'batch' };
        ours.push(await runTidemill({ setup: [], statement, parallelism, settings, repeat }));
        const request: DuckdbRequest = { statement, threads: parallelism, repeat };
        native.push(JSON.parse((await runNode([duckdbChild, JSON.stringify(request)])).output) as DuckdbOutcome);
      }
      if (ours[0]!.resultRows !== native[0]!.resultRows)
        throw new Error(`${name}: ${ours[0]!.resultRows} rows against DuckDB's ${native[0]!.resultRows}`);
      rows.push({ name, parallelism, resultRows: ours[0]!.resultRows, ours: summary(ours), native: summary(native) });
      process.stderr.write(`${JSON.stringify(rows.at(-1))}\n`);
    }
  }
  const table = markdownTable(
    [
      'query',
      'rows',
      'threads',
      'DuckDB warm ms',
      'ours warm ms',
      'ratio',
      'DuckDB first ms',
      'ours first ms',
      'MiB: DuckDB',
      'ours',
    ],
    rows.map(({ name, parallelism, resultRows, ours, native }) => [
      name,
      String(resultRows),
      String(parallelism),
      number(native.warmMs),
      number(ours.warmMs),
      number(ours.warmMs / native.warmMs),
      number(native.firstMs),
      number(ours.firstMs),
      number(native.residentMiB),
      number(ours.residentMiB),
    ]),
  );
  writeReport(
    {
      benchmark: 'flights',
      machine,
      peers: { DuckDB: (await import('@duckdb/node-api')).version() },
      goals: rows
        .filter(({ parallelism }) => parallelism === 1)
        .map(({ name, ours, native }) =>
          atMost(
            `GROUP BY over 3M flights (${name}), time over native DuckDB's`,
            ours.warmMs / native.warmMs,
            1.3,
            '×',
            'flights',
          ),
        ),
      sections: [
        `${options.rounds} rounds by turns, a fresh process each, ${repeat} runs in it: the median of the first runs, and of the others (warm). Rows are read into JavaScript on both sides.`,
        table,
      ],
      data: rows,
    },
    options,
  );
}

function summary(outcomes: readonly DuckdbOutcome[]) {
  return {
    firstMs: median(outcomes.map(outcome => outcome.times[0]!.wallMs)),
    warmMs: median(outcomes.flatMap(outcome => outcome.times.slice(1).map(time => time.wallMs))),
    warmCpuMs: median(outcomes.flatMap(outcome => outcome.times.slice(1).map(time => time.cpuMs))),
    residentMiB: median(outcomes.map(outcome => outcome.residentBytesMax)) / 2 ** 20,
  };
}
