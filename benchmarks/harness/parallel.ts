import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { atLeast, markdownTable, number } from './goals.ts';
import { machineFacts } from './machine.ts';
import { blackholeStatement, eventStatements, eventsOf, nexmarkQueries, projectRoot } from './queries.ts';
import { writeReport } from './report.ts';
import { median } from './statistics.ts';
import { runTidemill, type TidemillRequest } from './tidemill.ts';

type Case = Omit<TidemillRequest, 'parallelism'> & { readonly name: string };

/** Parallelism 2 against 1, by turns: Nexmark q17 (all columns made, 5 million events) and the demo's HOP over 3 million flights. */
export async function parallel(options: {
  rounds: number;
  folder?: string | undefined;
  name?: string | undefined;
}): Promise<void> {
  const machine = machineFacts();
  const rows = [];
  for (const { name, ...request } of [q17(), demoHop()]) {
    const times: Record<1 | 2, { wallMs: number; cpuMs: number }[]> = { 1: [], 2: [] };
    for (let round = 0; round < options.rounds; round++) {
      for (const parallelism of [1, 2] as const) {
        const { times: runs } = await runTidemill({ ...request, parallelism });
        times[parallelism].push(runs[0]!);
        process.stderr.write(`${name} p=${parallelism}: ${number(runs[0]!.wallMs)} ms, ${number(runs[0]!.cpuMs)} ms of CPU\n`);
      }
    }
    const one = median(times[1].map(time => time.wallMs));
    const two = median(times[2].map(time => time.wallMs));
    const cpu = ([1, 2] as const).map(parallelism => median(times[parallelism].map(time => time.cpuMs)));
    rows.push({ name, oneMs: one, twoMs: two, faster: one / two, cpuOneMs: cpu[0]!, cpuTwoMs: cpu[1]!, times });
  }
  writeReport(
    {
      benchmark: 'parallel',
      machine,
      goals: rows.map(({ name, faster }) => atLeast(`parallelism 2 against 1, ${name}`, faster, 1.7, '×', 'parallel')),
      sections: [
        `Median of ${options.rounds} rounds, a fresh process each; start of worker threads and warm-up of the JIT are counted.`,
        markdownTable(
          ['query', '1 task ms', '2 tasks ms', 'faster', 'CPU ms: 1', '2'],
          rows.map(row => [
            row.name,
            number(row.oneMs),
            number(row.twoMs),
            `${number(row.faster)}×`,
            number(row.cpuOneMs),
            number(row.cpuTwoMs),
          ]),
        ),
      ],
      data: rows,
    },
    options,
  );
}

function q17(): Case {
  const [query] = nexmarkQueries(['q17']);
  const events = { 'events.num': eventsOf(query!, 1, 1), materialize: 'all' };
  return {
    name: 'q17',
    setup: [...eventStatements('nested', events), blackholeStatement(query!)],
    statement: `INSERT INTO sink ${query!.sql}`,
  };
}

/** The second statement of `tidemill demo`, from its own file. */
function demoHop(): Case {
  const baseDirectory = join(projectRoot, 'core', 'cli', 'demo');
  const statements = readFileSync(join(baseDirectory, 'flights.sql'), 'utf8')
    .replace(/^--.*$/gm, '')
    .split(';')
    .map(statement => statement.trim());
  const declaration = statements.find(statement => statement.startsWith('CREATE TEMPORARY TABLE'));
  const statement = statements.find(each => each.includes('TABLE(HOP('));
  if (declaration === undefined || statement === undefined) throw new Error('flights.sql of the demo has no HOP');
  return { name: 'HOP of the demo', setup: [declaration], statement, baseDirectory };
}
