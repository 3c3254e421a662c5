import { readFileSync } from 'node:fs';
import { internalError, TidemillError } from '../../core/common/errors.ts';
import { Session } from '../../core/session/session.ts';
import { type Token, tokenize } from '../../core/sql/parser/lexer.ts';
import { corpusFiles, readCorpus, setupStatements, statementsOf } from '../sql-corpus/corpus.ts';

/** Numbers in [0, 1) that a seed repeats (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

interface Piece {
  readonly sql: string;
  /** Tokens as they are written. */
  readonly words: readonly string[];
}

const brokenSql = readFileSync(new URL('../sql-corpus/broken.sql', import.meta.url), 'utf8');

function pieceOf(sql: string): Piece {
  const written = (token: Token): string => sql.slice(token.start, token.end);
  return { sql, words: tokenize(sql).flatMap(token => (token.type === 'end' ? [] : [written(token)])) };
}

/** What may be looked up or changed outside is left out; a word of theirs may still be spliced in. */
const harmless = (sql: string): boolean => !/^(ADD|REMOVE) JAR/.test(sql);

/**
 * Statements without end: those of the corpus changed by tokens, by characters, or crossed with one another, and queries made from a small grammar over
 * its tables.
 */
export class RandomStatements {
  readonly #random: () => number;
  readonly #pieces: readonly Piece[];
  readonly #words: readonly string[];

  constructor(seed: number) {
    this.#random = randomNumbers(seed);
    const corpus = corpusFiles.flatMap(file => readCorpus(file).flatMap(session => session.statements.map(({ sql }) => sql)));
    this.#pieces = [...corpus, ...statementsOf(brokenSql).map(({ sql }) => sql)].filter(harmless).map(pieceOf);
    this.#words = [...new Set(this.#pieces.flatMap(piece => piece.words))];
  }

  next(): string {
    const way = this.#random();
    if (way < 0.25) return this.#query(2);
    if (way < 0.5) return this.#crossed().join(' ');
    const words = [...this.#pick(this.#pieces).words];
    if (way < 0.85) {
      for (let count = 1 + this.#below(3); count > 0; count--) this.#changeWords(words);
      return words.join(' ');
    }
    return this.#changeCharacters(words.join(' '));
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }
  #pick<T>(items: readonly T[]): T {
    return items[this.#below(items.length)]!;
  }

  #changeWords(words: string[]): void {
    const at = this.#below(words.length);
    switch (this.#below(6)) {
      case 0:
        words.splice(at, 1 + this.#below(3));
        break;
      case 1:
        words.splice(at, 0, ...words.slice(at, at + 1 + this.#below(6)));
        break;
      case 2:
        words.splice(at, 1, this.#pick(this.#words));
        break;
      case 3:
        words.splice(at, 0, this.#pick(this.#words));
        break;
      case 4: {
        const other = this.#below(words.length);
        [words[at], words[other]] = [words[other]!, words[at]!];
        break;
      }
      default: {
        const { words: others } = this.#pick(this.#pieces);
        const from = this.#below(others.length);
        words.splice(at, 1 + this.#below(4), ...others.slice(from, from + 1 + this.#below(12)));
      }
    }
  }

  /** The head of one and the tail of another, from a word that both have. */
  #crossed(): string[] {
    const head = this.#pick(this.#pieces).words;
    const tail = this.#pick(this.#pieces).words;
    const shared = head.flatMap((word, index) => (tail.includes(word) ? [index] : []));
    if (shared.length === 0) return [...head];
    const at = this.#pick(shared);
    const places = tail.flatMap((word, index) => (word === head[at] ? [index] : []));
    return [...head.slice(0, at), ...tail.slice(this.#pick(places))];
  }

  #changeCharacters(text: string): string {
    let changed = text;
    for (let count = 1 + this.#below(4); count > 0; count--) {
      const at = this.#below(changed.length + 1);
      const cut = this.#below(3);
      const added = this.#random() < 0.5 ? '' : this.#pick(characters);
      changed = changed.slice(0, at) + added + changed.slice(at + cut);
    }
    return changed;
  }

  // Queries by grammar ------------------------------------------------------------------------------------------------

  #query(depth: number): string {
    const [from, columns] = this.#from(depth);
    const items = Array.from({ length: 1 + this.#below(3) }, (_, index) => `${this.#value(columns, depth)} AS c${index}`);
    const parts = [
      `SELECT ${this.#random() < 0.1 ? 'DISTINCT ' : ''}${this.#random() < 0.1 ? '*' : items.join(', ')}`,
      `FROM ${from}`,
    ];
    if (this.#random() < 0.5) parts.push(`WHERE ${this.#condition(columns, depth)}`);
    if (this.#random() < 0.3) {
      const keys = Array.from({ length: 1 + this.#below(2) }, () => this.#pick(columns));
      const aggregates = [
        'COUNT(*)',
        `SUM(${this.#pick(columns)})`,
        `MAX(${this.#pick(columns)})`,
        `COUNT(DISTINCT ${this.#pick(columns)})`,
      ];
      const grouping = this.#random() < 0.2 ? `${this.#pick(['ROLLUP', 'CUBE'])} (${keys.join(', ')})` : keys.join(', ');
      parts[0] = `SELECT ${keys.join(', ')}, ${this.#pick(aggregates)} AS n`;
      parts.push(`GROUP BY ${grouping}`);
      if (this.#random() < 0.3) parts.push(`HAVING ${this.#pick(aggregates)} > ${this.#below(9)}`);
    }
    if (this.#random() < 0.2) parts.push(`ORDER BY ${this.#pick(columns)} LIMIT ${this.#below(20)}`);
    const text = parts.join(' ');
    return depth > 1 && this.#random() < 0.1
      ? `${text} ${this.#pick(['UNION', 'UNION ALL', 'EXCEPT', 'INTERSECT'])} ${this.#query(depth - 1)}`
      : text;
  }

  #from(depth: number): [text: string, columns: readonly string[]] {
    const table = this.#pick(tables);
    const way = this.#random();
    if (depth === 0 || way < 0.5) return [table.name, table.columns];
    if (way < 0.65) {
      const other = this.#pick(tables);
      const columns = [...table.columns.map(column => `x.${column}`), ...other.columns.map(column => `y.${column}`)];
      const kind = this.#pick(['JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN']);
      return [`${table.name} AS x ${kind} ${other.name} AS y ON ${this.#condition(columns, 1)}`, columns];
    }
    if (way < 0.85) {
      const inner = this.#query(depth - 1);
      return [`(${inner}) AS q`, ['c0', 'c1', 'n']];
    }
    const { name, columns, time } = this.#pick(tables.filter(candidate => candidate.time !== undefined));
    const size = `INTERVAL '${1 + this.#below(9)}' ${this.#pick(['SECOND', 'MINUTE', 'HOUR'])}`;
    return [`TABLE(TUMBLE(TABLE ${name}, DESCRIPTOR(${time}), ${size}))`, [...columns, 'window_start', 'window_end']];
  }

  #condition(columns: readonly string[], depth: number): string {
    const [left, right] = [this.#value(columns, depth), this.#value(columns, depth)];
    switch (this.#below(8)) {
      case 0:
        return depth > 0
          ? `(${this.#condition(columns, depth - 1)} ${this.#pick(['AND', 'OR'])} ${this.#condition(columns, depth - 1)})`
          : 'TRUE';
      case 1:
        return `${left} IS ${this.#pick(['NULL', 'NOT NULL'])}`;
      case 2:
        return `${left} BETWEEN ${right} AND ${this.#value(columns, 0)}`;
      case 3:
        return `${left} IN (${right}, ${this.#value(columns, 0)})`;
      case 4:
        return depth > 1 ? `${left} IN (${this.#query(0)})` : `${left} = ${right}`;
      case 5:
        return `${left} LIKE '%${this.#pick(['a', '_', '%'])}'`;
      default:
        return `${left} ${this.#pick(['=', '<>', '<', '>=', 'IS DISTINCT FROM'])} ${right}`;
    }
  }

  #value(columns: readonly string[], depth: number): string {
    const way = this.#random();
    if (depth === 0 || way < 0.45) return this.#random() < 0.7 ? this.#pick(columns) : this.#pick(literals);
    const inner = (): string => this.#value(columns, depth - 1);
    if (way < 0.6) return `(${inner()} ${this.#pick(['+', '-', '*', '/', '%', '||'])} ${inner()})`;
    if (way < 0.85) {
      const [name, count] = this.#pick(functions);
      return `${name}(${Array.from({ length: count }, inner).join(', ')})`;
    }
    if (way < 0.93) return `CAST(${inner()} AS ${this.#pick(typeNames)})`;
    return `CASE WHEN ${this.#condition(columns, 0)} THEN ${inner()} ELSE ${inner()} END`;
  }
}

const characters = [
  "'",
  '`',
  '"',
  '(',
  ')',
  ',',
  ';',
  '.',
  '-',
  '*',
  '/',
  '\\',
  '0',
  '9',
  'x',
  '_',
  ' ',
  '\n',
  '\u0000',
  'é',
  '😀',
  '\ud800',
  '$',
  '%',
  '<',
  '>',
  '[',
  ']',
  '=',
  '|',
  '@',
  '#',
  ':',
  '/*',
  '*/',
  '--',
  "''",
];
const tables: readonly { name: string; columns: readonly string[]; time?: string }[] = [
  { name: 'bid', columns: ['auction', 'bidder', 'price', 'channel', 'ts', 'pt'], time: 'ts' },
  { name: 'auction', columns: ['id', 'item', 'seller', 'reserve', 'opened', 'expires'], time: 'opened' },
  {
    name: 'person',
    columns: ['id', 'name', 'born', 'address', 'address.zip', 'tags', 'attributes', 'tags[1]', 'ts'],
    time: 'ts',
  },
  { name: 'orders', columns: ['id', 'currency', 'amount', 'ordered'], time: 'ordered' },
  { name: 'numbers', columns: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l'] },
  { name: 'cheap', columns: ['auction', 'price', 'channel', 'ts'], time: 'ts' },
];
const literals = [
  '0',
  '1',
  '-5',
  '2147483648',
  '1.5',
  '1e3',
  "''",
  "'abc'",
  "'2026-01-01'",
  'NULL',
  'TRUE',
  "DATE '2026-01-31'",
  "TIMESTAMP '2026-01-31 12:00:00.123'",
  "INTERVAL '1' DAY",
  "INTERVAL '1' MONTH",
  "X'0aff'",
  'ARRAY[1, 2]',
  "MAP['a', 1]",
  "ROW(1, 'x')",
  'CURRENT_DATE',
  'CURRENT_TIMESTAMP',
];
const functions: readonly (readonly [string, number])[] = [
  ['UPPER', 1],
  ['ABS', 1],
  ['COALESCE', 2],
  ['SUBSTRING', 2],
  ['CONCAT', 2],
  ['IF', 3],
  ['NULLIF', 2],
  ['CHAR_LENGTH', 1],
  ['ROUND', 2],
  ['MOD', 2],
  ['YEAR', 1],
  ['DATE_FORMAT', 2],
  ['CARDINALITY', 1],
  ['GREATEST', 2],
  ['REGEXP_REPLACE', 3],
  ['TO_TIMESTAMP', 1],
  ['MD5', 1],
  ['JSON_VALUE', 2],
  ['SUM', 1],
  ['COUNT', 1],
  ['POWER', 2],
  ['LPAD', 3],
  ['POSITION', 2],
  ['TRUNCATE', 2],
];
const typeNames = [
  'INT',
  'BIGINT',
  'TINYINT',
  'DOUBLE',
  'DECIMAL(10, 2)',
  'DECIMAL(38, 18)',
  'STRING',
  'CHAR(3)',
  'DATE',
  'TIME',
  'TIMESTAMP(3)',
  'TIMESTAMP_LTZ(9)',
  'BOOLEAN',
  'BYTES',
  'ARRAY<INT>',
  'ROW<x INT>',
  'MAP<STRING, INT>',
];

/** CPU time that one statement may take to be read, bound and planned. */
const cpuMsMax = 2000;

/**
 * Reads, binds, plans and explains statements; declarations are carried out in sessions that are begun anew now and then.
 * @throws for what is not an error of the user: an internal error, an exception, or a statement that takes too long.
 */
export async function tryStatements(
  statements: () => string,
  count: number,
  tried: (counts: Counts) => void = () => undefined,
): Promise<Counts> {
  const counts = { statements: 0, planned: 0, refused: 0 };
  let session = await openedSession();
  for (let number = 0; number < count; number++) {
    if (number % 400 === 399) {
      await session.close();
      session = await openedSession();
    }
    const sql = statements();
    const before = process.cpuUsage();
    try {
      const report = await session.check({ text: sql, source: 'random.sql', baseDirectory: '/nowhere' });
      const wrong = report.errors.find(error => error.domain === 'internal');
      if (wrong !== undefined) throw wrong;
      if (report.errors.length > 0) counts.refused++;
      else counts.planned++;
    } catch (cause) {
      throw internalError(
        `statement ${number}:\n${sql}\n→ ${cause instanceof TidemillError ? cause.stack : (cause as Error).stack}`,
        cause,
      );
    }
    const { user, system } = process.cpuUsage(before);
    if (user + system > cpuMsMax * 1000)
      throw internalError(`statement ${number} took ${(user + system) / 1000} ms of CPU:\n${sql}`);
    counts.statements++;
    if (number % 10_000 === 9999) tried(counts);
  }
  await session.close();
  return counts;
}

export interface Counts {
  readonly statements: number;
  readonly planned: number;
  readonly refused: number;
}

async function openedSession(): Promise<Session> {
  const session = new Session({ settings: { 'table.local-time-zone': 'UTC' }, output: () => undefined });
  for (const text of setupStatements) await session.check({ text, source: 'setup.sql', baseDirectory: '/nowhere' });
  return session;
}
