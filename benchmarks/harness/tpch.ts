import { existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateTpch } from '../queries/tpch/generate.ts';
import type { DuckdbOutcome, DuckdbRequest } from './flights.ts';
import { atMost, markdownTable, number } from './goals.ts';
import { machineFacts } from './machine.ts';
import { projectRoot } from './queries.ts';
import { writeReport } from './report.ts';
import { median } from './statistics.ts';
import { runNode, runTidemill } from './tidemill.ts';

const folder = fileURLToPath(new URL('../queries/tpch', import.meta.url));
const duckdbChild = fileURLToPath(new URL('./duckdb-child.ts', import.meta.url));
const tables = ['part', 'supplier', 'partsupp', 'customer', 'orders', 'lineitem', 'nation', 'region'];
const allQueries = Array.from({ length: 22 }, (_, index) => `q${String(index + 1).padStart(2, '0')}`);
const textOf = (file: string): string => readFileSync(join(folder, file), 'utf8').trim();
/** Runs in each process: the first pays for loading and compiling, the others do not. */
const repeat = 4;

interface Times {
  readonly wallMs: number;
  readonly cpuMs: number;
}
interface QueryTimes {
  readonly query: string;
  readonly native: Times;
  readonly stages: Times;
  readonly operators: Times;
}

/** TPC-H's 22 queries over Parquet files, on one thread: through DuckDB stages and through our operators, against DuckDB alone. */
export async function tpch(options: {
  scale: number;
  queries?: readonly string[] | undefined;
  rounds: number;
  folder?: string | undefined;
  name?: string | undefined;
}): Promise<void> {
  const directory = await tablesOf(options.scale);
  const setup = textOf('tables.sql')
    .split(/;\n?/)
    .filter(statement => statement.trim() !== '');
  const rows: QueryTimes[] = [];
  for (const query of options.queries ?? allQueries) {
    const statement = textOf(`${query}.sql`).replace(/;$/, '');
    const native: DuckdbOutcome[] = [];
    const stages: DuckdbOutcome[] = [];
    const operators: DuckdbOutcome[] = [];
    for (let round = 0; round < options.rounds; round++) {
      const views = tables.map(table => `CREATE VIEW ${table} AS SELECT * FROM '${join(directory, table)}.parquet'`);
      const request: DuckdbRequest = { setup: views, statement, threads: 1, repeat };
      native.push(JSON.parse((await runNode([duckdbChild, JSON.stringify(request)])).output) as DuckdbOutcome);
      const ours = { setup, statement, parallelism: 1, baseDirectory: directory, repeat };
      const settings = { 'execution.runtime-mode': 'batch' };
      stages.push(await runTidemill({ ...ours, settings }));
      operators.push(await runTidemill({ ...ours, settings: { ...settings, 'duckdb.stages': 'off' } }));
    }
    for (const [how, outcomes] of Object.entries({ stages, operators }))
      if (outcomes[0]!.resultRows !== native[0]!.resultRows)
        throw new Error(`${query}, ${how}: ${outcomes[0]!.resultRows} rows against DuckDB's ${native[0]!.resultRows}`);
    const row = { query, native: warm(native), stages: warm(stages), operators: warm(operators) };
    rows.push(row);
    process.stderr.write(`${JSON.stringify(row)}\n`);
  }
  const total = (of: 'native' | 'stages' | 'operators', what: 'wallMs' | 'cpuMs'): number =>
    rows.reduce((sum, row) => sum + row[of][what], 0);
  const line = (name: string, values: (of: 'native' | 'stages' | 'operators', what: 'wallMs' | 'cpuMs') => number) => [
    name,
    number(values('native', 'wallMs')),
    number(values('stages', 'wallMs')),
    number(values('stages', 'wallMs') / values('native', 'wallMs')),
    number(values('operators', 'wallMs')),
    number(values('operators', 'wallMs') / values('native', 'wallMs')),
    number(values('native', 'cpuMs')),
    number(values('stages', 'cpuMs')),
    number(values('operators', 'cpuMs')),
  ];
  writeReport(
    {
      benchmark: 'tpch',
      machine: machineFacts(),
      peers: { DuckDB: (await import('@duckdb/node-api')).version() },
      goals: [
        atMost(
          'TPC-H through DuckDB stages, total over native DuckDB’s',
          total('stages', 'wallMs') / total('native', 'wallMs'),
          1.3,
          '×',
          'tpch',
        ),
        atMost(
          'TPC-H through our operators, total over DuckDB’s on one thread',
          total('operators', 'wallMs') / total('native', 'wallMs'),
          6,
          '×',
          'tpch',
        ),
      ],
      sections: [
        `Scale ${options.scale}, our own rows; one thread each; ${options.rounds} rounds by turns, a fresh process each, ${repeat} runs in it: the median of all but the first.`,
        markdownTable(
          ['query', 'DuckDB ms', 'stages ms', '×', 'operators ms', '×', 'CPU ms: DuckDB', 'stages', 'operators'],
          [...rows.map(row => line(row.query, (of, what) => row[of][what])), line('total', total)],
        ),
      ],
      data: rows,
    },
    options,
  );
}

function warm(outcomes: readonly DuckdbOutcome[]): Times {
  const times = outcomes.flatMap(outcome => outcome.times.slice(1));
  return { wallMs: median(times.map(time => time.wallMs)), cpuMs: median(times.map(time => time.cpuMs)) };
}

/** The tables in `.cache`, made when they are not there. */
async function tablesOf(scale: number): Promise<string> {
  const directory = join(projectRoot, '.cache', `tpch-${scale}`);
  if (existsSync(directory)) return directory;
  process.stderr.write(`makes the tables at scale ${scale} in ${directory}\n`);
  await generateTpch(`${directory}.part`, scale);
  renameSync(`${directory}.part`, directory);
  return directory;
}
