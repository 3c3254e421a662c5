import { Session } from '../../core/session/session.ts';
import { atLeast, atMost, markdownTable, number } from './goals.ts';
import { machineFacts } from './machine.ts';
import { writeReport } from './report.ts';

interface Case {
  readonly name: string;
  readonly key: string;
  readonly query: string;
}

const grouped = 'SELECT k, COUNT(*) AS n, SUM(v) AS s, MAX(v) AS m FROM g GROUP BY k';
const keys = 2_000_000;
const cases: readonly Case[] = [
  { name: 'groups, keys by Zipf 0.99', key: `CAST(POWER(u * ${keys ** 0.01 - 1} + 1, 100) AS BIGINT)`, query: grouped },
  { name: 'groups, uniform keys', key: `CAST(u * ${keys} AS BIGINT)`, query: grouped },
  {
    name: 'TUMBLE, uniform keys',
    key: `CAST(u * ${keys} AS BIGINT)`,
    query: `SELECT k, window_end, COUNT(*) AS n, SUM(v) AS s FROM TABLE(TUMBLE(TABLE g, DESCRIPTOR(ts), INTERVAL '1' HOUR))
      GROUP BY k, window_start, window_end`,
  },
  {
    name: 'HOP, uniform keys',
    key: `CAST(u * ${keys / 4} AS BIGINT)`,
    query: `SELECT k, window_end, COUNT(*) AS n, SUM(v) AS s FROM TABLE(HOP(TABLE g, DESCRIPTOR(ts), INTERVAL '15' MINUTE, INTERVAL '1' HOUR))
      GROUP BY k, window_start, window_end`,
  },
];

interface Measured {
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly memoryBytes: number;
}

/** One run in this process; the rows are counted by a sink that forgets them. */
async function run(rows: number, key: string, query: string | undefined, taskMemoryBytes?: number): Promise<Measured> {
  const session = new Session({
    settings: { 'duckdb.stages': 'off', 'table.local-time-zone': 'UTC' },
    ...(taskMemoryBytes !== undefined && { engine: { taskMemoryBytes } }),
  });
  const source = `CREATE TABLE g (id BIGINT, u DOUBLE, v BIGINT, k AS ${key}, ts AS TO_TIMESTAMP_LTZ(id, 3), WATERMARK FOR ts AS ts)
    WITH ('connector' = 'datagen', 'number-of-rows' = '${rows}', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1',
      'fields.id.end' = '${rows}', 'fields.u.min' = '0', 'fields.u.max' = '1');`;
  const statement = query ?? 'SELECT k, v, id FROM g WHERE k < 0';
  const columns = query === undefined ? 'k BIGINT, v BIGINT, id BIGINT' : columnsOf(query);
  const text = `${source} CREATE TABLE s (${columns}) WITH ('connector' = 'blackhole'); INSERT INTO s ${statement};`;
  const cpu = process.cpuUsage();
  const started = performance.now();
  let memoryBytes = 0;
  for await (const result of session.run({ text, source: 'spill', baseDirectory: '.' }, 'changelog')) {
    if (result.kind !== 'insert') continue;
    await result.job.done;
    memoryBytes = result.job.progress().memoryBytes;
  }
  const { user, system } = process.cpuUsage(cpu);
  const wallMs = performance.now() - started;
  await session.close();
  return { cpuMs: (user + system) / 1000, wallMs, memoryBytes };
}

const columnsOf = (query: string): string =>
  query.includes('window_end')
    ? 'k BIGINT, window_end TIMESTAMP(3), n BIGINT, s BIGINT'
    : 'k BIGINT, n BIGINT, s BIGINT, m BIGINT';

/**
 * State at twice its memory: the same query with all the memory it takes, and with half of that. CPU of the process; what making the rows costs is
 * measured by itself and taken off both.
 */
export async function spill(options: {
  rounds: number;
  rows: number;
  folder?: string | undefined;
  name?: string | undefined;
}): Promise<void> {
  const results = [];
  for (const { name, key, query } of cases) {
    const times = { source: [] as Measured[], whole: [] as Measured[], half: [] as Measured[] };
    await run(Math.min(options.rows, 200_000), key, query);
    for (let round = 0; round < options.rounds; round++) {
      times.source.push(await run(options.rows, key, undefined));
      times.whole.push(await run(options.rows, key, query));
      times.half.push(await run(options.rows, key, query, Math.floor(times.whole[0]!.memoryBytes / 2)));
      process.stderr.write(
        `${name}: source ${number(times.source.at(-1)!.cpuMs)} ms, whole ${number(times.whole.at(-1)!.cpuMs)} ms, half ${number(times.half.at(-1)!.cpuMs)} ms of CPU\n`,
      );
    }
    const own = { whole: least(times.whole) - least(times.source), half: least(times.half) - least(times.source) };
    results.push({
      name,
      stateBytes: times.whole[0]!.memoryBytes,
      slower: own.half / own.whole,
      rowsPerSecond: (1000 * options.rows) / own.half,
      times,
    });
  }
  const [zipf, uniform, tumble, hop] = results;
  writeReport(
    {
      benchmark: 'spill',
      machine: machineFacts(),
      goals: [
        atMost('groups, keys by Zipf 0.99, at twice the memory', zipf!.slower, 3, 'times as slow', 'spill'),
        atLeast('groups, uniform keys, at twice the memory', uniform!.rowsPerSecond, 200_000, ' rows/s', 'spill'),
        atMost('TUMBLE at twice the memory', tumble!.slower, 3, 'times as slow', 'spill'),
        atMost('HOP at twice the memory', hop!.slower, 3, 'times as slow', 'spill'),
      ],
      sections: [
        `${options.rows} rows of datagen, the least CPU of ${options.rounds} rounds in one process, less that of making the rows. *Half*: the task may keep half of the memory that it took.`,
        markdownTable(
          ['query', 'memory MiB', 'CPU ms: source', 'whole', 'half', 'times as slow', 'rows/s with half'],
          results.map(each => [
            each.name,
            number(each.stateBytes / 2 ** 20),
            number(least(each.times.source)),
            number(least(each.times.whole)),
            number(least(each.times.half)),
            number(each.slower),
            number(each.rowsPerSecond),
          ]),
        ),
      ],
      data: results,
    },
    options,
  );
}

const least = (measured: readonly Measured[]): number => Math.min(...measured.map(each => each.cpuMs));
