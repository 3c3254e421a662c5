import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './source-files.ts';

/**
 * A case of test/sql/cases, in the manner of sqllogictest. Records are separated by empty lines:
 *
 *     statement                     query [nosort]           error CODE [text of the message]
 *     CREATE TABLE …                SELECT …                 SELECT …
 *                                   ----
 *                                   1|a
 *
 * Rows are compared sorted unless `nosort` is said; columns are joined with `|`. `needs: ROOM` on a line of its own leaves the rest of the
 * file out until the engine has it: counted, never silent. `only: tidemill` marks a file that Flink cannot run.
 */
export interface SqlCase {
  readonly file: string;
  readonly records: readonly SqlRecord[];
  readonly onlyTidemill: boolean;
}
export type SqlRecord =
  | { readonly kind: 'statement'; readonly line: number; readonly sql: string }
  | {
      readonly kind: 'query';
      readonly line: number;
      readonly sql: string;
      readonly sorted: boolean;
      readonly rows: readonly string[];
    }
  | { readonly kind: 'error'; readonly line: number; readonly sql: string; readonly code: string; readonly message: string }
  | { readonly kind: 'needs'; readonly line: number; readonly what: string };

export const caseFolder = join(projectRoot, 'test', 'sql', 'cases');

export function sqlCases(): SqlCase[] {
  return readdirSync(caseFolder)
    .filter(name => name.endsWith('.sqltest'))
    .sort()
    .map(name => parseSqlCase(name, readFileSync(join(caseFolder, name), 'utf8')));
}

export function parseSqlCase(file: string, text: string): SqlCase {
  const records: SqlRecord[] = [];
  let line = 1;
  let onlyTidemill = false;
  for (const block of text.split(/\n[ \t]*\n/)) {
    const lines = block.split('\n');
    const at = line;
    line += lines.length + 1;
    const body = lines.filter(each => !each.startsWith('#'));
    while (body.length > 0 && body[0]!.trim() === '') body.shift();
    const head = body.shift()?.trim();
    if (head === undefined || head === '') continue;
    const [word, ...rest] = head.split(/\s+/);
    const divider = body.indexOf('----');
    const sql = (divider < 0 ? body : body.slice(0, divider)).join('\n').trim();
    if (word === 'only:') onlyTidemill = true;
    else if (word === 'needs:') records.push({ kind: 'needs', line: at, what: rest.join(' ') });
    else if (word === 'statement') records.push({ kind: 'statement', line: at, sql });
    else if (word === 'error')
      records.push({ kind: 'error', line: at, sql, code: rest[0] ?? '', message: rest.slice(1).join(' ') });
    else if (word === 'query') {
      const rows = divider < 0 ? [] : body.slice(divider + 1).filter(row => row !== '');
      records.push({ kind: 'query', line: at, sql, sorted: rest[0] !== 'nosort', rows });
    } else throw new Error(`${file}:${at}: '${word}' is no kind of record`);
  }
  return { file, records, onlyTidemill };
}
