import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './source-files.ts';

/** Events both engines make alike: the nexmark connector is exact by event number. */
export const oracleEvents = { connector: 'nexmark', 'events.num': '20000', seed: '42', 'us-per-event': '1000' } as const;

/** The statements that declare `events` and the views `person`, `auction` and `bid`. */
export function eventStatements(options: Readonly<Record<string, string>> = oracleEvents, file = 'events.ddl.sql'): string[] {
  const text = readFileSync(join(projectRoot, 'benchmarks', 'queries', 'nexmark', file), 'utf8');
  const entries = Object.entries(options).map(([key, value]) => `'${key}' = '${value}'`);
  return text
    .replace(/^--.*$/gm, '')
    .replace('{with}', entries.join(', '))
    .split(';')
    .map(statement => statement.trim())
    .filter(Boolean);
}

export interface StreamQuery {
  readonly name: string;
  readonly setup: readonly string[];
  readonly sql: string;
}

/** The queries of test/streams/queries; a line `-- setup: …` holds a statement that goes first. */
export function streamQueries(): StreamQuery[] {
  const folder = join(projectRoot, 'test', 'streams', 'queries');
  return readdirSync(folder)
    .sort()
    .map(file => {
      const text = readFileSync(join(folder, file), 'utf8');
      const setup = [...text.matchAll(/^-- setup: (.*)$/gm)].map(match => match[1]!);
      return { name: file.replace(/\.sql$/, ''), setup, sql: text.replace(/^--.*$/gm, '').trim() };
    });
}
