import { type FlinkOutcome, FlinkPeer, flinkVersion } from './flink.ts';
import { atLeast, type Goal, markdownTable, number } from './goals.ts';
import { machineFacts } from './machine.ts';
import { blackholeStatement, type EventSchema, eventStatements, eventsOf, type NexmarkQuery, nexmarkQueries } from './queries.ts';
import { writeReport } from './report.ts';
import { groupBy, median, round } from './statistics.ts';
import { runTidemill } from './tidemill.ts';

export const variants = ['lazy', 'all', 'flat', 'flat-all'] as const;
export type Variant = (typeof variants)[number];
export type Engine = 'tidemill' | 'flink';

export interface NexmarkOptions {
  readonly queries: readonly string[] | undefined;
  /** For every query alike; default: by query, so that Flink runs for five seconds. */
  readonly events: number | undefined;
  /** Multiplies the number of events. */
  readonly scale: number;
  readonly parallelism: readonly number[];
  readonly engines: readonly Engine[];
  readonly variants: readonly Variant[];
  readonly miniBatch: readonly boolean[];
  readonly rounds: number;
  readonly folder: string | undefined;
  readonly name: string | undefined;
}

interface Run {
  readonly query: string;
  readonly parallelism: number;
  readonly schema: EventSchema;
  readonly engine: Engine;
  /** Of ours: lazy or all columns made; of Flink: mini-batch on or off. */
  readonly configuration: 'lazy' | 'all' | 'mini-batch' | 'plain';
  readonly round: number;
  readonly events: number;
  readonly wallMs: number;
  readonly cpuMs: number | undefined;
  readonly residentBytes: number | undefined;
}
type Configuration = Pick<Run, 'schema' | 'engine' | 'configuration'>;

/** Nexmark on both engines in one run, configurations by turns in every round. */
export async function nexmark(options: NexmarkOptions): Promise<void> {
  const queries = nexmarkQueries(options.queries);
  const machine = machineFacts();
  const runs: Run[] = [];
  const failures = new Set<string>();
  const flink = options.engines.includes('flink') ? await FlinkPeer.start(Math.max(...options.parallelism)) : undefined;
  try {
    if (flink !== undefined) await warmUp(flink, options);
    for (const query of queries) {
      for (const parallelism of options.parallelism) {
        const events = options.events ?? eventsOf(query, parallelism, options.scale);
        for (let turn = 0; turn < options.rounds; turn++) {
          for (const configuration of configurations(options)) {
            const measured = await measure(configuration, query, parallelism, events, flink).catch((error: Error) => error);
            if (measured instanceof Error) {
              const what = `${query.name} p=${parallelism} ${configuration.schema} ${configuration.engine} ${configuration.configuration}`;
              process.stderr.write(`${what} failed: ${measured.message}\n`);
              failures.add(`${what}: ${measured.message.split('\n').find(line => line.includes('rror')) ?? measured.message}`);
              continue;
            }
            const run: Run = { query: query.name, parallelism, ...configuration, round: turn, events, ...measured };
            runs.push(run);
            process.stderr.write(
              `${run.query} p=${parallelism} ${run.schema} ${run.engine} ${run.configuration} ${number(run.wallMs / 1000)} s, ` +
                `${number(events / run.wallMs)} thousand events/s\n`,
            );
          }
        }
      }
    }
  } finally {
    await flink?.stop();
  }
  const summaries = summarize(runs);
  writeReport(
    {
      benchmark: 'nexmark',
      machine,
      peers: { Flink: flinkVersion },
      goals: goalsOf(summaries),
      sections: [...sectionsOf(summaries, options), ...(failures.size === 0 ? [] : [`## Failed\n\n${[...failures].join('\n')}`])],
      data: { options, summaries, runs },
    },
    options,
  );
}

function configurations(options: NexmarkOptions): Configuration[] {
  const ours = options.variants.map(
    (variant): Configuration => ({
      schema: variant.startsWith('flat') ? 'flat' : 'nested',
      engine: 'tidemill',
      configuration: variant.endsWith('all') ? 'all' : 'lazy',
    }),
  );
  const schemas = [...new Set(ours.map(configuration => configuration.schema))];
  const theirs = schemas.flatMap(schema =>
    options.miniBatch.map((on): Configuration => ({ schema, engine: 'flink', configuration: on ? 'mini-batch' : 'plain' })),
  );
  const wanted = [...ours, ...theirs].filter(({ engine }) => options.engines.includes(engine));
  // One of ours, one of theirs, and so on: what disturbs the machine for a while disturbs both.
  const byEngine = [wanted.filter(each => each.engine === 'tidemill'), wanted.filter(each => each.engine === 'flink')];
  return wanted.flatMap((_, index) => byEngine.flatMap(list => list[index] ?? []));
}

/** A JVM that has run nothing yet is slow; ours starts afresh every time and gets none of this. */
async function warmUp(flink: FlinkPeer, options: NexmarkOptions): Promise<void> {
  const [query] = nexmarkQueries(['q0']);
  for (const schema of ['nested', 'flat'] as const) {
    const setup = [...eventStatements(schema, { 'events.num': 1_000_000 }), blackholeStatement(query!)];
    const parallelism = Math.max(...options.parallelism);
    await flink.run({ setup, statement: `INSERT INTO sink ${query!.sql}`, parallelism, miniBatch: false });
  }
}

async function measure(
  { engine, schema, configuration }: Configuration,
  query: NexmarkQuery,
  parallelism: number,
  events: number,
  flink: FlinkPeer | undefined,
): Promise<Pick<Run, 'wallMs' | 'cpuMs' | 'residentBytes'>> {
  const options = { 'events.num': events, ...(configuration === 'all' && { materialize: 'all' }) };
  const setup = [...eventStatements(schema, engine === 'flink' ? { 'events.num': events } : options), blackholeStatement(query)];
  const statement = `INSERT INTO sink ${query.sql}`;
  if (engine === 'flink') {
    const outcome: FlinkOutcome = await flink!.run({ setup, statement, parallelism, miniBatch: configuration === 'mini-batch' });
    return outcome;
  }
  const outcome = await runTidemill({ setup, statement, parallelism });
  const [{ wallMs, cpuMs }] = outcome.times as [{ wallMs: number; cpuMs: number }];
  return { wallMs, cpuMs, residentBytes: outcome.residentBytesMax };
}

export interface Summary extends Configuration {
  readonly query: string;
  readonly parallelism: number;
  readonly events: number;
  /** Median and best of the rounds, events a second. */
  readonly eventsPerSecond: number;
  readonly eventsPerSecondMax: number;
  /** Median, events for each second of CPU time of all threads. */
  readonly eventsPerCpuSecond: number | undefined;
  readonly residentMiB: number | undefined;
}

function summarize(runs: readonly Run[]): Summary[] {
  const groups = groupBy(runs, run => [run.query, run.parallelism, run.schema, run.engine, run.configuration].join());
  return [...groups.values()].map(group => {
    const { query, parallelism, schema, engine, configuration, events } = group[0]!;
    const walls = group.map(run => run.wallMs);
    const cpus = group.flatMap(run => run.cpuMs ?? []);
    const residents = group.flatMap(run => run.residentBytes ?? []);
    return {
      query,
      parallelism,
      schema,
      engine,
      configuration,
      events,
      eventsPerSecond: round((events / median(walls)) * 1000),
      eventsPerSecondMax: round((events / Math.min(...walls)) * 1000),
      eventsPerCpuSecond: cpus.length === 0 ? undefined : round((events / median(cpus)) * 1000),
      residentMiB: residents.length === 0 ? undefined : round(median(residents) / 2 ** 20),
    };
  });
}

interface Comparison {
  readonly query: string;
  readonly parallelism: number;
  readonly schema: EventSchema;
  readonly lazy: Summary | undefined;
  readonly all: Summary | undefined;
  /** Of mini-batch on and off, the one with the better median. */
  readonly flink: Summary | undefined;
  readonly flinkMax: number | undefined;
}

function compare(summaries: readonly Summary[]): Comparison[] {
  return [...groupBy(summaries, each => [each.query, each.parallelism, each.schema].join()).values()].map(group => {
    const theirs = group.filter(each => each.engine === 'flink');
    const best = Math.max(...theirs.map(each => each.eventsPerSecond));
    const ours = (configuration: string) =>
      group.find(each => each.engine === 'tidemill' && each.configuration === configuration);
    return {
      query: group[0]!.query,
      parallelism: group[0]!.parallelism,
      schema: group[0]!.schema,
      lazy: ours('lazy'),
      all: ours('all'),
      flink: theirs.find(each => each.eventsPerSecond === best),
      flinkMax: theirs.length === 0 ? undefined : Math.max(...theirs.map(each => each.eventsPerSecondMax)),
    };
  });
}

const thousands = (value: number | undefined): string => (value === undefined ? '–' : String(Math.round(value / 1000)));
const ratio = (ours: number | undefined, theirs: number | undefined): string =>
  ours === undefined || theirs === undefined ? '–' : `${number(ours / theirs)}×`;

function sectionsOf(summaries: readonly Summary[], options: NexmarkOptions): string[] {
  const rounds = `Median of ${options.rounds} round${options.rounds === 1 ? '' : 's'}, thousand events a second; results go to blackhole on both engines.`;
  const tables = options.parallelism.flatMap(parallelism =>
    (['nested', 'flat'] as const).map(schema => {
      const rows = compare(summaries).filter(each => each.parallelism === parallelism && each.schema === schema);
      if (rows.length === 0) return '';
      const title = `## ${schema === 'nested' ? 'Nested events' : 'Flat bids'}, parallelism ${parallelism}`;
      const head = ['query', 'Flink best', 'its max', 'ours, lazy', 'ours, all', 'lazy/best', 'all/best', 'all/max'];
      const cpuHead = ['per CPU second: Flink', 'ours, all', 'ratio', 'MiB: Flink', 'ours'];
      return `${title}\n\n${markdownTable(
        [...head, ...cpuHead],
        rows.map(({ query, flink, flinkMax, lazy, all }) => [
          query,
          `${thousands(flink?.eventsPerSecond)}${flink?.configuration === 'mini-batch' ? ' (mb)' : ''}`,
          thousands(flinkMax),
          thousands(lazy?.eventsPerSecond),
          thousands(all?.eventsPerSecond),
          ratio(lazy?.eventsPerSecond, flink?.eventsPerSecond),
          ratio(all?.eventsPerSecond, flink?.eventsPerSecond),
          ratio(all?.eventsPerSecond, flinkMax),
          thousands(flink?.eventsPerCpuSecond),
          thousands((all ?? lazy)?.eventsPerCpuSecond),
          ratio((all ?? lazy)?.eventsPerCpuSecond, flink?.eventsPerCpuSecond),
          number(flink?.residentMiB),
          number((all ?? lazy)?.residentMiB),
        ]),
      )}`;
    }),
  );
  return [rounds, ...tables.filter(table => table !== '')];
}

const wantedRatio: Readonly<Record<string, number>> = { q0: 6, q1: 6, q2: 6, q14: 6, q22: 6, q15: 5, q16: 5, q17: 5 };

/** The goals are about all columns made, against Flink's best, on one core. */
function goalsOf(summaries: readonly Summary[]): Goal[] {
  return compare(summaries).flatMap(({ query, parallelism, schema, all, flink }) => {
    const wanted = wantedRatio[query];
    if (parallelism !== 1 || schema !== 'nested' || wanted === undefined || all === undefined || flink === undefined) return [];
    const times = all.eventsPerSecond / flink.eventsPerSecond;
    return [
      atLeast(`${query} per core, all columns made, against Flink's best`, times, wanted, '×', `nexmark --queries ${query}`),
    ];
  });
}
