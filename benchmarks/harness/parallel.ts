import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atLeast, markdownTable, number } from './goals.ts';
import { machineFacts } from './machine.ts';
import { blackholeStatement, eventStatements, eventsOf, nexmarkQueries, projectRoot } from './queries.ts';
import { writeReport } from './report.ts';
import { median } from './statistics.ts';
import { runTidemill, type TidemillRequest } from './tidemill.ts';

type Case = Omit<TidemillRequest, 'parallelism'> & { readonly name: string };

/**
 * Parallelism 2 against 1, by turns: Nexmark q17 (all columns made; 5 million events, and 40 million), the demo's HOP over 3 million flights, and
 * over the same file eight times. Beside it what the machine can give: two processes of one task each at the same time, each doing the whole.
 */
export async function parallel(options: {
  rounds: number;
  folder?: string | undefined;
  name?: string | undefined;
}): Promise<void> {
  const machine = machineFacts();
  const many = mkdtempSync(join(tmpdir(), 'tidemill-flights-'));
  const rows = [];
  try {
    for (const { name, ...request } of [q17(1), q17(8), demoHop(), demoHop(many)]) {
      const times: Record<Way, number[]> = { one: [], two: [], both: [] };
      const cpu: Record<Way, number[]> = { one: [], two: [], both: [] };
      for (let round = 0; round < options.rounds; round++) {
        for (const way of ways) {
          const parallelism = way === 'two' ? 2 : 1;
          const runs = await Promise.all(
            Array.from(
              { length: way === 'both' ? 2 : 1 },
              async () => (await runTidemill({ ...request, parallelism })).times[0]!,
            ),
          );
          times[way].push(Math.max(...runs.map(run => run.wallMs)));
          cpu[way].push(runs.reduce((sum, run) => sum + run.cpuMs, 0));
          process.stderr.write(
            `${name}, ${titles[way]}: ${number(times[way].at(-1)!)} ms, ${number(cpu[way].at(-1)!)} ms of CPU\n`,
          );
        }
      }
      const wall = { one: median(times.one), two: median(times.two), both: median(times.both) };
      rows.push({
        name,
        wallMs: wall,
        cpuMs: { one: median(cpu.one), two: median(cpu.two), both: median(cpu.both) },
        faster: wall.one / wall.two,
        machineGives: (2 * wall.one) / wall.both,
        times,
      });
    }
  } finally {
    rmSync(many, { recursive: true, force: true });
  }
  writeReport(
    {
      benchmark: 'parallel',
      machine,
      goals: rows.map(({ name, faster, machineGives }) =>
        atLeast(`parallelism 2 against 1, ${name} (two processes: ${number(machineGives)}×)`, faster, 1.7, '×', 'parallel'),
      ),
      sections: [
        `Median of ${options.rounds} rounds, a fresh process each; start of worker threads and warm-up of the JIT are counted. *Two processes*: the work of two processes of one task at the same time, against that of one: what the machine's second core adds when nothing is shared.`,
        markdownTable(
          ['query', '1 task ms', '2 tasks ms', 'faster', 'two processes', 'CPU ms: 1', '2 tasks', '2 processes'],
          rows.map(row => [
            row.name,
            number(row.wallMs.one),
            number(row.wallMs.two),
            `${number(row.faster)}×`,
            `${number(row.machineGives)}×`,
            number(row.cpuMs.one),
            number(row.cpuMs.two),
            number(row.cpuMs.both),
          ]),
        ),
      ],
      data: rows,
    },
    options,
  );
}

type Way = 'one' | 'two' | 'both';
const ways: readonly Way[] = ['one', 'two', 'both'];
const titles: Readonly<Record<Way, string>> = { one: '1 task', two: '2 tasks', both: 'two processes of 1 task' };

function q17(scale: number): Case {
  const [query] = nexmarkQueries(['q17']);
  const events = { 'events.num': eventsOf(query!, 1, 1) * scale, materialize: 'all' };
  return {
    name: scale === 1 ? 'q17' : `q17, ${scale} times the events`,
    setup: [...eventStatements('nested', events), blackholeStatement(query!)],
    statement: `INSERT INTO sink ${query!.sql}`,
  };
}

/** The second statement of `tidemill demo`, from its own file; with a folder, over the same flights eight times. */
function demoHop(folder?: string): Case {
  const baseDirectory = join(projectRoot, 'core', 'cli', 'demo');
  const statements = readFileSync(join(baseDirectory, 'flights.sql'), 'utf8')
    .replace(/^--.*$/gm, '')
    .split(';')
    .map(statement => statement.trim());
  const declaration = statements.find(statement => statement.startsWith('CREATE TEMPORARY TABLE'));
  const statement = statements.find(each => each.includes('TABLE(HOP('));
  if (declaration === undefined || statement === undefined) throw new Error('flights.sql of the demo has no HOP');
  if (folder === undefined) return { name: 'HOP of the demo', setup: [declaration], statement, baseDirectory };
  const [, path] = /'path' = '([^']*)'/.exec(declaration) ?? [];
  if (path === undefined) throw new Error('flights.sql of the demo names no file');
  for (let copy = 1; copy <= 8; copy++) symlinkSync(join(baseDirectory, path), join(folder, `flights-${copy}.parquet`));
  return { name: 'HOP of the demo, 8 files', setup: [declaration.replace(path, folder)], statement, baseDirectory };
}
