import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectRoot = fileURLToPath(new URL('../../', import.meta.url));
const queryFolder = join(projectRoot, 'benchmarks', 'queries');

export type EventSchema = 'nested' | 'flat';

export interface NexmarkQuery {
  readonly name: string;
  /** Columns of the table the result goes to. */
  readonly sinkColumns: string;
  readonly sql: string;
  /** Keeps no state: its speed does not depend on how many events there were. */
  readonly stateless: boolean;
  /** Rows depend on the clock, so that results cannot be compared. */
  readonly processingTime: boolean;
}

const stateless = new Set(['q0', 'q1', 'q2', 'q14', 'q22']);

/** Events per query so that Flink runs for five seconds and more after the job's start, on two cores of 2025. */
const eventsByQuery: Readonly<Record<string, number>> = {
  q0: 14e6,
  q1: 12e6,
  q2: 14e6,
  q11: 4e6,
  q12: 8e6,
  q14: 12e6,
  q15: 3e6,
  q16: 2e6,
  q17: 5e6,
  q22: 8e6,
};

/** A stateless query gets as many more events as it has tasks. */
export function eventsOf(query: NexmarkQuery, parallelism: number, scale: number): number {
  return Math.round((eventsByQuery[query.name] ?? 2e6) * scale * (query.stateless ? parallelism : 1));
}

export function nexmarkQueries(names?: readonly string[]): NexmarkQuery[] {
  const folder = join(queryFolder, 'nexmark');
  const all = readdirSync(folder)
    .filter(file => /^q\d+\.sql$/.test(file))
    .map(file => file.replace('.sql', ''))
    .sort((left, right) => Number(left.slice(1)) - Number(right.slice(1)));
  const unknown = names?.filter(name => !all.includes(name)) ?? [];
  if (unknown.length > 0) throw new Error(`no query ${unknown.join(', ')}; there are ${all.join(', ')}`);
  return (names ?? all).map(name => {
    const text = readFileSync(join(folder, `${name}.sql`), 'utf8');
    const sinkColumns = /^-- sink: (.*)$/m.exec(text)?.[1];
    if (sinkColumns === undefined) throw new Error(`${name}.sql does not say '-- sink: COLUMNS'`);
    return {
      name,
      sinkColumns,
      sql: withoutComments(text),
      stateless: stateless.has(name),
      processingTime: text.includes('bid_processing_time'),
    };
  });
}

/** The statements that declare the events with these connector options. */
export function eventStatements(schema: EventSchema, options: Readonly<Record<string, string | number>>): string[] {
  const file = schema === 'nested' ? 'events.ddl.sql' : 'flat.ddl.sql';
  const entries = Object.entries({ connector: 'nexmark', ...options }).map(([key, value]) => `'${key}' = '${value}'`);
  return withoutComments(readFileSync(join(queryFolder, 'nexmark', file), 'utf8'))
    .replace('{with}', entries.join(', '))
    .split(';')
    .map(statement => statement.trim())
    .filter(statement => statement !== '');
}

export function blackholeStatement(query: NexmarkQuery): string {
  return `CREATE TABLE sink (${query.sinkColumns}) WITH ('connector' = 'blackhole')`;
}

/** A query over the flights file; `{flights}` in it stands for the file's path. */
export function flightsQuery(name: string): string {
  return withoutComments(readFileSync(join(queryFolder, 'flights', `${name}.sql`), 'utf8')).replaceAll('{flights}', flightsFile);
}

export const flightsFile = join(projectRoot, 'node_modules', 'vega-datasets', 'data', 'flights-3m.parquet');

function withoutComments(text: string): string {
  return text.replace(/^--.*$/gm, '').trim();
}
