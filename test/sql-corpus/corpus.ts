import { existsSync, readdirSync, readFileSync } from 'node:fs';

const directory = new URL('./', import.meta.url);

/** A statement of the corpus, and its place in its file. */
export interface CorpusStatement {
  readonly sql: string;
  readonly line: number;
}
/** Statements that build upon one another, from the tables of setup.sql. */
export interface CorpusSession {
  readonly name: string;
  /** SET 'execution.runtime-mode' = 'batch' first. */
  readonly batch: boolean;
  readonly statements: readonly CorpusStatement[];
}
/** What Flink said. `rows` only where it lists something. */
export interface FlinkAnswer {
  readonly sql: string;
  readonly accepted: boolean;
  readonly message?: string;
  readonly columns?: readonly string[];
  readonly rows?: readonly (readonly unknown[])[];
}

export const corpusFiles = readdirSync(new URL('statements/', directory))
  .filter(name => name.endsWith('.sql'))
  .map(name => name.replace('.sql', ''))
  .sort();

/** Statements stand apart by an empty line; `-- session NAME [batch]` begins anew. */
export function readCorpus(file: string): CorpusSession[] {
  const sessions: { name: string; batch: boolean; statements: CorpusStatement[] }[] = [];
  for (const { sql, line } of statementsOf(readFileSync(new URL(`statements/${file}.sql`, directory), 'utf8'))) {
    const header = /^-- session (\S+)( batch)?\n/.exec(sql);
    if (header !== null) sessions.push({ name: header[1]!, batch: header[2] !== undefined, statements: [] });
    const text = header === null ? sql : sql.slice(header[0].length);
    sessions.at(-1)!.statements.push({ sql: text, line: header === null ? line : line + 1 });
  }
  return sessions;
}

export const setupStatements = statementsOf(readFileSync(new URL('setup.sql', directory), 'utf8')).map(({ sql }) => sql);

export const goldenUrl = (file: string): URL => new URL(`golden/${file}.json`, directory);

/** By session, then in the statements' order. */
export function readGolden(file: string): Record<string, FlinkAnswer[]> {
  return existsSync(goldenUrl(file)) ? JSON.parse(readFileSync(goldenUrl(file), 'utf8')) : {};
}

/** Statements stand apart by an empty line. */
export function statementsOf(text: string): CorpusStatement[] {
  const blocks: CorpusStatement[] = [];
  let start = 0;
  const lines = text.split('\n');
  for (let index = 0; index <= lines.length; index++) {
    if (index < lines.length && lines[index]!.trim() !== '') continue;
    const sql = lines.slice(start, index).join('\n').trim();
    if (sql !== '') blocks.push({ sql, line: start + 1 });
    start = index + 1;
  }
  return blocks;
}
