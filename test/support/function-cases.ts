import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './source-files.ts';

export const functionCasesFolder = join(projectRoot, 'test', 'oracle', 'functions');
export const functionGoldenFolder = join(projectRoot, 'test', 'functions', 'golden');

/** Expressions that stand over the same rows and settings. */
export interface CaseBlock {
  /** Columns with their types, `s STRING, n INT`; '' for expressions over nothing. */
  readonly columns: string;
  readonly rows: readonly string[];
  readonly settings: Readonly<Record<string, string>>;
  readonly aggregate: boolean;
  /** Those that probably fail are asked alone. */
  readonly expressions: readonly { readonly text: string; readonly alone: boolean }[];
}

/** What Flink said: type and a text per row, or where it failed. */
export type CaseAnswer =
  | { readonly type: string; readonly values: readonly (string | null)[] }
  | { readonly error: 'refused' | 'failed'; readonly message: string };

export interface GoldenBlock extends Omit<CaseBlock, 'expressions'> {
  readonly answers: Readonly<Record<string, CaseAnswer>>;
}

/**
 * Reads a file of cases, a line each: `columns s STRING, n INT` starts a block, `row 'a', 1` gives it rows, `set key = value` a setting,
 * `aggregate` says that the expressions are aggregates over all rows, `reset` ends the block; `! ` stands before an expression that
 * probably fails, `#` before a comment. All else is an expression.
 */
export function parseFunctionCases(text: string): readonly CaseBlock[] {
  const blocks: CaseBlock[] = [];
  type Draft = {
    columns: string;
    rows: string[];
    settings: Record<string, string>;
    aggregate: boolean;
    expressions: { text: string; alone: boolean }[];
  };
  const fresh = (): Draft => ({ columns: '', rows: [], settings: {}, aggregate: false, expressions: [] });
  let draft = fresh();
  const flush = (): void => {
    if (draft.expressions.length > 0) blocks.push(draft);
  };
  for (const line of text.split('\n')) {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const [word, rest] = /^(columns|row|set|aggregate|reset)\b\s*(.*)$/.exec(trimmed)?.slice(1) ?? [];
    switch (word) {
      case 'columns':
        flush();
        draft = { ...fresh(), columns: rest! };
        break;
      case 'row':
        draft.rows.push(rest!);
        break;
      case 'set': {
        const [key, value] = rest!.split(/\s*=\s*/);
        const { columns, rows, aggregate, settings, expressions } = draft;
        if (expressions.length > 0) {
          flush();
          draft = { ...fresh(), columns, rows, aggregate, settings: { ...settings } };
        }
        draft.settings[key!] = value!;
        break;
      }
      case 'aggregate':
        draft.aggregate = true;
        break;
      case 'reset':
        flush();
        draft = fresh();
        break;
      default: {
        const alone = trimmed.startsWith('! ');
        draft.expressions.push({ text: alone ? trimmed.slice(2) : trimmed, alone });
      }
    }
  }
  flush();
  return blocks;
}

/** Names of the files of cases. */
export function functionCaseNames(): readonly string[] {
  return readdirSync(functionCasesFolder)
    .filter(name => name.endsWith('.sql'))
    .map(name => name.slice(0, -'.sql'.length))
    .sort();
}

export const readFunctionCases = (name: string): readonly CaseBlock[] =>
  parseFunctionCases(readFileSync(join(functionCasesFolder, `${name}.sql`), 'utf8'));

export const readFunctionGolden = (name: string): readonly GoldenBlock[] =>
  JSON.parse(readFileSync(join(functionGoldenFolder, `${name}.json`), 'utf8')) as readonly GoldenBlock[];

/** Columns that a block declares. */
export function caseColumns(columns: string): readonly { readonly name: string; readonly type: string }[] {
  return splitList(columns).map(part => {
    const space = part.indexOf(' ');
    return { name: part.slice(0, space), type: part.slice(space + 1).trim() };
  });
}

/** Parts between commas, except in brackets and texts. */
function splitList(list: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let from = 0;
  for (let at = 0; at <= list.length; at++) {
    const character = list[at];
    if (character === "'") quoted = !quoted;
    if (quoted && character !== undefined) continue;
    if (character !== undefined && '(<['.includes(character)) depth++;
    if (character !== undefined && ')>]'.includes(character)) depth--;
    if (character !== undefined && (character !== ',' || depth > 0)) continue;
    const part = list.slice(from, at).trim();
    from = at + 1;
    if (part !== '') parts.push(part);
  }
  return parts;
}

/** One statement for some expressions of a block, an expression a line from the second line on; rows are numbered by a first column. */
export function caseStatement(block: Omit<CaseBlock, 'expressions'>, expressions: readonly string[]): string {
  const list = expressions.map((expression, index) => `${expression} AS z${index}`).join(',\n');
  if (block.columns === '') return `SELECT\n${list}`;
  const columns = caseColumns(block.columns);
  const values = block.rows.map(row => splitList(row));
  // NULL is put in afterwards: with it, Flink makes a union of the rows, and a job of many tasks
  const casts = columns.map(({ name, type }, index) => {
    const nulls = values.flatMap((row, at) => (row[index] === 'NULL' ? [at] : []));
    if (nulls.length === 0) return `CAST(${name} AS ${type}) AS ${name}`;
    return `CASE WHEN i IN (${nulls.join(', ')}) THEN CAST(NULL AS ${type}) ELSE CAST(${name} AS ${type}) END AS ${name}`;
  });
  const stand = (value: string, index: number): string =>
    value === 'NULL' ? (values.find(row => row[index] !== 'NULL')?.[index] ?? "''") : value;
  const rows = values.map((row, index) => `(${index}, ${row.map(stand).join(', ')})`).join(', ');
  const from = `(SELECT i, ${casts.join(', ')} FROM (VALUES ${rows}) AS v(i, ${columns.map(column => column.name).join(', ')})) AS t`;
  return `SELECT${block.aggregate ? '' : ' i,'}\n${list}\nFROM ${from}`;
}

/** Whether the statement's first column numbers the rows. */
export const isNumbered = (block: Omit<CaseBlock, 'expressions'>): boolean => block.columns !== '' && !block.aggregate;
