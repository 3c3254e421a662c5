import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atMost, markdownTable, number } from './goals.ts';
import { machineFacts } from './machine.ts';
import { blackholeStatement, eventStatements, nexmarkQueries, projectRoot } from './queries.ts';
import { writeReport } from './report.ts';
import { median } from './statistics.ts';
import { type NodeOutcome, runNode, runTidemill } from './tidemill.ts';

const entry = join(projectRoot, 'dist', 'cli', 'entry.js');
const sourceEntry = join(projectRoot, 'core', 'cli', 'entry.js');
const selectOne = ['run', '-c', 'SELECT 1', '--output', 'json'];

/** How soon `SELECT 1` answers from the start of the process, and how much memory q1 takes without DuckDB. */
export async function start(options: { rounds: number; folder?: string | undefined; name?: string | undefined }): Promise<void> {
  const machine = machineFacts();
  const scratch = mkdtempSync(join(tmpdir(), 'tidemill-start-'));
  try {
    const cache = (name: string): NodeJS.ProcessEnv => ({ ...process.env, NODE_COMPILE_CACHE: join(scratch, name) });
    let first = 0;
    const cases: Readonly<Record<string, () => Promise<NodeOutcome>>> = {
      'empty Node': () => runNode(['-e', "process.stdout.write('1')"]),
      'SELECT 1': () => runNode([entry, ...selectOne], cache('kept')),
      'SELECT 1, the first time ever': () => runNode([entry, ...selectOne], cache(`new-${first++}`)),
      'SELECT 1, from the sources': () => runNode([sourceEntry, ...selectOne], cache('kept-sources')),
    };
    const outcomes = new Map<string, NodeOutcome[]>(Object.keys(cases).map(name => [name, []]));
    await cases['SELECT 1']!();
    await cases['SELECT 1, from the sources']!();
    for (let round = 0; round < options.rounds; round++) {
      for (const [name, run] of Object.entries(cases)) outcomes.get(name)!.push(await run());
    }
    const starts = [...outcomes].map(([name, list]) => ({
      name,
      firstResultMs: median(list.map(outcome => outcome.firstByteMs)),
      bestMs: Math.min(...list.map(outcome => outcome.firstByteMs)),
      endMs: median(list.map(outcome => outcome.wallMs)),
      residentMiB: median(list.map(outcome => outcome.residentBytesMax ?? Number.NaN)) / 2 ** 20,
    }));
    const memory = await residentOfQ1(scratch, cache('kept'));
    writeReport(
      {
        benchmark: 'start',
        machine,
        goals: [
          atMost(
            '`node … run` of `SELECT 1`, first result',
            starts.find(each => each.name === 'SELECT 1')!.firstResultMs,
            200,
            'ms',
            'start',
          ),
          atMost(
            `resident memory of q1 without DuckDB${memory.duckdbLoaded ? ' (DuckDB was loaded!)' : ''}`,
            memory.residentMiB,
            120,
            'MiB',
            'start',
          ),
        ],
        sections: [
          `Median of ${options.rounds} rounds by turns; milliseconds from the start of the process.`,
          markdownTable(
            ['', 'first result', 'best', 'end of process', 'MiB'],
            starts.map(each => [
              each.name,
              number(each.firstResultMs),
              number(each.bestMs),
              number(each.endMs),
              number(each.residentMiB),
            ]),
          ),
          `q1 over ${memory.events} events by the command line: at most ${number(memory.residentMiB)} MiB resident, ` +
            `${number(memory.taskMiB)} MiB of it memories of tasks; DuckDB ${memory.duckdbLoaded ? 'was' : 'was not'} loaded.`,
        ],
        data: { starts, memory },
      },
      options,
    );
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function residentOfQ1(scratch: string, environment: NodeJS.ProcessEnv) {
  const events = 4_000_000;
  const [query] = nexmarkQueries(['q1']);
  const setup = [...eventStatements('nested', { 'events.num': events }), blackholeStatement(query!)];
  const statement = `INSERT INTO sink ${query!.sql}`;
  const file = join(scratch, 'q1.sql');
  writeFileSync(file, [...setup, statement, ''].join(';\n'));
  const residents: number[] = [];
  for (let round = 0; round < 3; round++)
    residents.push((await runNode([entry, 'run', file], environment)).residentBytesMax ?? Number.NaN);
  const { memoryBytes, duckdbLoaded } = await runTidemill({ setup, statement, parallelism: 1 });
  return { events, residentMiB: median(residents) / 2 ** 20, taskMiB: memoryBytes / 2 ** 20, duckdbLoaded };
}
