import { Session } from '../../core/session/session.ts';
import { atLeast, atMost, markdownTable, number } from './goals.ts';
import { machineFacts } from './machine.ts';
import { writeReport } from './report.ts';

interface Case {
  readonly name: string;
  readonly key: string;
  readonly query: string;
  readonly columns: string;
  /** Of a bounded program. */
  readonly batch?: boolean;
  /** Share of the rows: those that keep all of them need fewer. */
  readonly share?: number;
}

const grouped = 'SELECT k, COUNT(*) AS n, SUM(v) AS s, MAX(v) AS m FROM g GROUP BY k';
const groupColumns = 'k BIGINT, n BIGINT, s BIGINT, m BIGINT';
const windowColumns = 'k BIGINT, window_end TIMESTAMP(3), n BIGINT, s BIGINT';
const keys = 2_000_000;
const cases: readonly Case[] = [
  {
    name: 'groups, keys by Zipf 0.99',
    key: `CAST(POWER(u * ${keys ** 0.01 - 1} + 1, 100) AS BIGINT)`,
    query: grouped,
    columns: groupColumns,
  },
  { name: 'groups, uniform keys', key: `CAST(u * ${keys} AS BIGINT)`, query: grouped, columns: groupColumns },
  {
    name: 'TUMBLE, uniform keys',
    key: `CAST(u * ${keys} AS BIGINT)`,
    query: `SELECT k, window_end, COUNT(*) AS n, SUM(v) AS s FROM TABLE(TUMBLE(TABLE g, DESCRIPTOR(ts), INTERVAL '1' HOUR))
      GROUP BY k, window_start, window_end`,
    columns: windowColumns,
  },
  {
    name: 'HOP, uniform keys',
    key: `CAST(u * ${keys / 4} AS BIGINT)`,
    query: `SELECT k, window_end, COUNT(*) AS n, SUM(v) AS s FROM TABLE(HOP(TABLE g, DESCRIPTOR(ts), INTERVAL '15' MINUTE, INTERVAL '1' HOUR))
      GROUP BY k, window_start, window_end`,
    columns: windowColumns,
  },
  {
    name: 'ORDER BY',
    key: `CAST(u * ${keys} AS BIGINT)`,
    query: 'SELECT k, v, id FROM g ORDER BY k, v DESC',
    columns: 'k BIGINT, v BIGINT, id BIGINT',
    batch: true,
    share: 0.25,
  },
  {
    name: 'JOIN',
    key: `CAST(u * ${keys} AS BIGINT)`,
    query: 'SELECT a.k, a.v, b.id FROM g AS a JOIN g AS b ON a.id = b.id + 1',
    columns: 'k BIGINT, v BIGINT, id BIGINT',
    batch: true,
    share: 0.25,
  },
  {
    name: 'OVER',
    key: `CAST(u * ${keys / 8} AS BIGINT)`,
    query: 'SELECT k, SUM(v) OVER (PARTITION BY k ORDER BY v), id FROM g',
    columns: 'k BIGINT, v BIGINT, id BIGINT',
    batch: true,
    share: 0.125,
  },
  {
    name: 'first 2 of each key, as a changelog',
    key: `CAST(u * ${keys / 8} AS BIGINT)`,
    query: 'SELECT k, v, id FROM (SELECT k, v, id, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v DESC) AS n FROM g) WHERE n <= 2',
    columns: 'k BIGINT, v BIGINT, id BIGINT',
    share: 0.125,
  },
];

interface Measured {
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly memoryBytes: number;
}

/** One run in this process; the rows are counted by a sink that forgets them. */
async function run(
  rows: number,
  { key, query, columns: own, batch }: Case,
  source: boolean,
  taskMemoryBytes?: number,
): Promise<Measured> {
  const session = new Session({
    settings: {
      'duckdb.stages': 'off',
      'table.local-time-zone': 'UTC',
      ...(batch && { 'execution.runtime-mode': 'batch' }),
    },
    ...(taskMemoryBytes !== undefined && { engine: { taskMemoryBytes } }),
  });
  const table = `CREATE TABLE g (id BIGINT, u DOUBLE, v BIGINT, k AS ${key}, ts AS TO_TIMESTAMP_LTZ(id, 3), WATERMARK FOR ts AS ts)
    WITH ('connector' = 'datagen', 'number-of-rows' = '${rows}', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1',
      'fields.id.end' = '${rows}', 'fields.u.min' = '0', 'fields.u.max' = '1');`;
  const statement = source ? 'SELECT k, v, id FROM g WHERE k < 0' : query;
  const columns = source ? 'k BIGINT, v BIGINT, id BIGINT' : own;
  const text = `${table} CREATE TABLE s (${columns}) WITH ('connector' = 'blackhole'); INSERT INTO s ${statement};`;
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

/**
 * State at twice its memory: the same query with all the memory it takes, and with half of that. CPU of the process; what making the rows costs is
 * measured by itself and taken off both.
 */
export async function spill(options: {
  rounds: number;
  rows: number;
  folder?: string | undefined;
  name?: string | undefined;
  only?: string | undefined;
}): Promise<void> {
  const results: {
    readonly name: string;
    readonly stateBytes: number;
    readonly slower: number;
    readonly rowsPerSecond: number;
    readonly times: Readonly<Record<'source' | 'whole' | 'half', readonly Measured[]>>;
  }[] = [];
  for (const each of cases.filter(({ name }) => options.only === undefined || name.includes(options.only))) {
    const { name } = each;
    const rows = Math.round(options.rows * (each.share ?? 1));
    const times = { source: [] as Measured[], whole: [] as Measured[], half: [] as Measured[] };
    await run(Math.min(rows, 200_000), each, false);
    for (let round = 0; round < options.rounds; round++) {
      times.source.push(await run(rows, each, true));
      times.whole.push(await run(rows, each, false));
      times.half.push(await run(rows, each, false, Math.floor(times.whole[0]!.memoryBytes / 2)));
      process.stderr.write(
        `${name}: source ${number(times.source.at(-1)!.cpuMs)} ms, whole ${number(times.whole.at(-1)!.cpuMs)} ms, half ${number(times.half.at(-1)!.cpuMs)} ms of CPU\n`,
      );
    }
    const own = { whole: least(times.whole) - least(times.source), half: least(times.half) - least(times.source) };
    results.push({
      name,
      stateBytes: times.whole[0]!.memoryBytes,
      slower: own.half / own.whole,
      rowsPerSecond: (1000 * rows) / own.half,
      times,
    });
  }
  const found = (name: string) => results.filter(each => each.name.startsWith(name));
  const slower = (name: string, what: string) =>
    found(name).map(each => atMost(`${what} at twice the memory`, each.slower, 3, 'times as slow', 'spill'));
  writeReport(
    {
      benchmark: 'spill',
      machine: machineFacts(),
      goals: [
        ...slower('groups, keys by Zipf', 'groups, keys by Zipf 0.99,'),
        ...found('groups, uniform').map(each =>
          atLeast('groups, uniform keys, at twice the memory', each.rowsPerSecond, 200_000, ' rows/s', 'spill'),
        ),
        ...['TUMBLE', 'HOP', 'ORDER BY', 'JOIN', 'OVER', 'first 2'].flatMap(name => slower(name, name)),
      ],
      sections: [
        `${options.rows} rows of datagen (ORDER BY and JOIN a quarter, OVER and the first 2 an eighth), the least CPU of ${options.rounds} rounds in one process, less that of making the rows. *Half*: the task may keep half of the memory that it took.`,
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
