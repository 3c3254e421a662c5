import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { CatalogObject } from '../../catalog/descriptors.ts';
import { declaredFields } from '../../catalog/descriptors.ts';
import { type Field, typeToString, withoutTimeAttribute } from '../../columnar/types.ts';
import { connectors, formats } from '../../connectors/index.ts';
import { commonOptions } from '../../connectors/options.ts';
import { aggregateFunctions, scalarFunctions } from '../../functions/index.ts';
import { schemaOf } from '../../plan/schema.ts';
import type { Session } from '../../session/session.ts';
import { settingSpecs } from '../../session/settings.ts';
import { needsQuotes } from '../../sql/parser/keywords.ts';
import { type Token, tokenize } from '../../sql/parser/lexer.ts';
import { type Candidate, type Completion, noCompletion } from './candidates.ts';
import { clauseStarts, followers, statementStarts, typeNames } from './words.ts';

/** A column's name and type, for people. */
interface KnownColumn {
  readonly name: string;
  readonly type: string;
}

/** What a table's or file's columns are, once they have been looked up. */
type Columns = readonly KnownColumn[] | 'asked';

/**
 * What could stand at a place of a statement: tables after FROM, columns of the tables named, functions, options and their values, settings,
 * files. It reads the catalog and local files only.
 */
export class Completer {
  readonly #session: Session;
  readonly #commands: readonly Candidate[];
  readonly #found = new Map<string, Columns>();
  /** Called when columns that had to be looked up are there. */
  refresh: () => void = () => undefined;

  constructor(session: Session, commands: readonly Candidate[]) {
    this.#session = session;
    this.#commands = commands;
  }

  /** Tables may have changed: looks up columns anew. */
  forget(): void {
    this.#found.clear();
  }

  complete(text: string, cursor: number): Completion {
    const before = text.slice(0, cursor);
    if (/^\s*[\\.]/.test(before)) return this.#command(before);
    const all = tokensOf(before);
    const start = all.findLastIndex(token => token.text === ';' && token.type === 'symbol') + 1;
    const tokens = all.slice(start);
    const last = tokens.at(-1);
    if (last?.type === 'invalid' && last.text.startsWith("'")) return this.#inText(before, tokens.slice(0, -1), last);
    const typing = last !== undefined && last.end === cursor && ['word', 'quoted', 'invalid'].includes(last.type);
    const typed = typing ? before.slice(last.start) : '';
    if (typing && last.type === 'invalid' && !typed.startsWith('`')) return noCompletion;
    const rest = typing ? tokens.slice(0, -1) : tokens;
    const end = text.indexOf(';', cursor);
    const statement = text.slice(tokens[0]?.start ?? cursor, end < 0 ? text.length : end);
    const from = cursor - typed.length;
    const { candidates, names } = this.#candidates(rest, tokensOf(statement), typed);
    return { from, candidates: matching(candidates, typed), offer: typed.length > 0 || names };
  }

  /** `names`: few enough to be shown before anything is typed. */
  #candidates(tokens: readonly Word[], statement: readonly Word[], typed: string): { candidates: Candidate[]; names: boolean } {
    const last = tokens.at(-1);
    const word = last?.type === 'word' ? last.text : undefined;
    const words = (list: readonly string[]): Candidate[] => list.map(text => ({ text: asTyped(text, typed) }));
    if (last === undefined) return { candidates: words(statementStarts), names: false };
    if (last.text === '.' && last.type === 'symbol') return { candidates: this.#qualified(tokens, statement), names: true };
    if (word === 'CATALOG' && tokens.at(-2)?.text === 'USE')
      return { candidates: names(this.#session.catalog.listCatalogs()), names: true };
    if (word === 'USE')
      return { candidates: [...names(this.#session.catalog.listDatabases()), ...words(['CATALOG'])], names: true };
    if (word === 'FUNCTION' && /DROP|DESCRIBE|DESC/.test(tokens.at(-2)?.text ?? ''))
      return { candidates: names(this.#session.catalog.listFunctions().map(entry => entry.name)), names: true };
    if (expectsTable(tokens)) {
      const also = word === 'FROM' || word === 'JOIN' ? ['TABLE', 'LATERAL', 'VALUES'] : [];
      return { candidates: [...this.#tables(), ...words(also)], names: true };
    }
    if (inColumnList(tokens)) return { candidates: words(typeNames), names: false };
    const following = word === undefined ? undefined : followers[word];
    if (following !== undefined) return { candidates: words(following), names: true };
    const general = [
      ...this.#columnsIn(statement).flatMap(({ columns }) => columns.map(columnCandidate)),
      ...this.#aliases(statement),
      ...words(clauseStarts),
      ...functionCandidates(typed),
      ...this.#session.catalog.listFunctions().map(entry => ({ text: `${entry.name}(`, label: entry.name, detail: entry.file })),
    ];
    return { candidates: unique(general), names: false };
  }

  /** `alias.` and `table.`: columns; `catalog.`: databases; `database.`: tables. */
  #qualified(tokens: readonly Word[], statement: readonly Word[]): Candidate[] {
    const owner = nameOf(tokens.at(-2));
    if (owner === undefined) return [];
    const inStatement = this.#columnsIn(statement).filter(source => source.alias.toLowerCase() === owner.toLowerCase());
    if (inStatement.length > 0) return unique(inStatement.flatMap(source => source.columns.map(columnCandidate)));
    const { catalog } = this.#session;
    if (catalog.listCatalogs().includes(owner)) return names(catalog.listDatabases(owner));
    if (catalog.listDatabases().includes(owner)) return catalog.listObjects(undefined, owner).map(tableCandidate);
    return [];
  }

  #tables(): Candidate[] {
    return this.#session.catalog.listObjects().map(tableCandidate);
  }

  #aliases(statement: readonly Word[]): Candidate[] {
    return tablesNamed(statement).map(({ alias }) => ({ text: quoted(alias), label: alias }));
  }

  #columnsIn(statement: readonly Word[]): { alias: string; columns: readonly KnownColumn[] }[] {
    return tablesNamed(statement).flatMap(({ name, alias, file }) => {
      const object = file ? undefined : this.#session.catalog.find(this.#session.catalog.resolve({ parts: name.slice(-3) }));
      const columns =
        object === undefined || (object.kind === 'table' && object.inferred) ? this.#lookedUp(name, file) : columnsOf(object);
      return columns === undefined ? [] : [{ alias, columns }];
    });
  }

  /** Columns that only the data tells: asked for once, there the next time. */
  #lookedUp(name: readonly string[], file: boolean): readonly KnownColumn[] | undefined {
    const written = file
      ? `'${name[0]!.replaceAll("'", "''")}'`
      : name.map(part => `\`${part.replaceAll('`', '``')}\``).join('.');
    const known = this.#found.get(written);
    if (known !== undefined) return known === 'asked' ? undefined : known;
    this.#found.set(written, 'asked');
    this.#session.bind(`SELECT * FROM ${written}`, process.cwd()).then(
      bound => {
        if (bound.kind !== 'query') return;
        this.#found.set(written, schemaOf(bound.plan).map(knownColumn));
        this.refresh();
      },
      () => undefined,
    );
    return undefined;
  }

  /** Inside of a text in quotes: files, options, settings and their values. */
  #inText(before: string, tokens: readonly Word[], open: Word): Completion {
    const from = open.start + 1;
    const typed = before.slice(from);
    const last = tokens.at(-1);
    const give = (list: readonly Candidate[]): Completion => ({ from, candidates: matching(list, typed), offer: true });
    const closed = (text: string, detail?: string): Candidate => ({ text: `${text}'`, label: text, detail });
    if (last === undefined) return noCompletion;
    if (tokens[0]?.text === 'SET' || tokens[0]?.text === 'RESET') {
      if (tokens.length === 1) return give(settings(tokens[0].text === 'SET'));
      const spec = settingSpecs[tokens[1]?.text ?? ''];
      return last.text === '=' ? give((spec?.values ?? []).map(value => closed(value))) : noCompletion;
    }
    if (last.text === 'FROM' || last.text === 'JOIN' || last.text === 'USING') return give(files(typed));
    const list = optionList(tokens);
    if (list === undefined) return noCompletion;
    const specs = optionSpecs(list.options);
    if (last.text === '=' && list.key !== undefined) {
      if (list.key === 'path') return give(files(typed));
      if (list.key === 'connector') return give([...connectors.values()].map(connector => closed(connector.name)));
      const spec = specs.get(list.key);
      const known =
        list.key === 'format' ? formatsOf(list.options) : (spec?.values ?? (spec?.type === 'boolean' ? ['true', 'false'] : []));
      return give(known.map(value => closed(value)));
    }
    if (last.text !== '(' && last.text !== ',') return noCompletion;
    const names = [...specs].filter(([key]) => !(key in list.options) && !/[#*]/.test(key)).sort(bySpecificity);
    return give(names.map(([key, spec]) => ({ text: `${key}' = '`, label: key, detail: spec.doc })));
  }

  #command(before: string): Completion {
    const match = /^(\s*)([\\.]\S*)(\s+)?(.*)$/s.exec(before)!;
    const [, space = '', command = '', gap, argument = ''] = match;
    if (gap === undefined) return { from: space.length, candidates: matching(this.#commands, command), offer: true };
    const from = before.length - argument.length;
    const give = (list: readonly Candidate[]): Completion => ({ from, candidates: matching(list, argument), offer: true });
    switch (command.slice(1)) {
      case 'd':
        if (argument.startsWith("'")) return { from: from + 1, candidates: files(argument.slice(1)), offer: true };
        return give(this.#tables());
      case 'dt':
      case 'dv':
        return give(this.#tables());
      case 'df':
        return give(functionCandidates(argument).map(entry => ({ ...entry, text: entry.text.replace(/\(\)?$/, '') })));
      case 'output':
      case 'o':
        return give(['table', 'json', 'csv', 'changelog'].map(text => ({ text })));
      case 'x':
      case 'pager':
      case 'timing':
      case 'hints':
        return give(['on', 'off', ...(command === '\\x' ? ['auto'] : [])].map(text => ({ text })));
      case 'i':
        return give(files(argument).map(entry => ({ ...entry, text: entry.text.replace(/'$/, '') })));
      case 'c':
        return give(names(this.#session.catalog.listDatabases()));
      default:
        return noCompletion;
    }
  }
}

/** A token with its text as it was typed: a word's own is in capital letters. */
interface Word extends Token {
  readonly source: string;
}

function tokensOf(text: string): Word[] {
  try {
    return tokenize(text)
      .filter(token => token.type !== 'end')
      .map(token => ({ ...token, source: text.slice(token.start, token.end) }));
  } catch {
    return [];
  }
}

/** Lower-case words for those who type them so. */
function asTyped(word: string, typed: string): string {
  return typed !== '' && typed === typed.toLowerCase() && /[a-z]/.test(typed) ? word.toLowerCase() : word;
}

/** Those that begin as typed; first those with the same case. */
function matching(candidates: readonly Candidate[], typed: string): Candidate[] {
  const wanted = typed.replace(/^`/, '').toLowerCase();
  const fits = candidates.filter(({ text }) => {
    const plain = text.replace(/^`/, '').toLowerCase();
    return plain.startsWith(wanted) && text !== typed;
  });
  return fits;
}

const unique = (candidates: readonly Candidate[]): Candidate[] => [
  ...new Map(candidates.map(candidate => [candidate.text, candidate])).values(),
];

const quoted = (name: string): string => (needsQuotes(name) ? `\`${name.replaceAll('`', '``')}\`` : name);
const names = (list: readonly string[]): Candidate[] => list.map(name => ({ text: quoted(name), label: name }));
const columnCandidate = ({ name, type }: KnownColumn): Candidate => ({
  text: quoted(name),
  label: name,
  detail: `${name} ${type}`,
});
const tableCandidate = (object: CatalogObject): Candidate => ({
  text: quoted(object.path.name),
  label: object.path.name,
  detail: object.kind === 'view' ? 'a view' : `connector ${object.options['connector'] ?? '?'}`,
});

const knownColumn = (field: Field): KnownColumn => ({
  name: field.name,
  type: typeToString(withoutTimeAttribute(field.type), false),
});
const columnsOf = (object: CatalogObject): KnownColumn[] =>
  (object.kind === 'view' ? object.schema : declaredFields(object.columns)).map(knownColumn);

function functionCandidates(typed: string): Candidate[] {
  const lower = typed !== '' && typed === typed.toLowerCase();
  return [...scalarFunctions.values(), ...aggregateFunctions.values()].flatMap(entry =>
    entry.spellings
      .filter(spelling => /^[A-Z]/.test(spelling))
      .map((spelling): Candidate => {
        const name = lower ? spelling.toLowerCase() : spelling;
        const call = /^CURRENT_|^LOCALTIME/.test(spelling) ? name : `${name}(`;
        return { text: call, label: name, detail: `${entry.doc.usage}: ${entry.doc.text}` };
      }),
  );
}

const nameOf = (token: Word | undefined): string | undefined =>
  token?.type === 'quoted' ? token.text : token?.type === 'word' ? token.source : undefined;

/** Whether a table's name comes next. */
function expectsTable(tokens: readonly Word[]): boolean {
  const last = tokens.at(-1)!;
  const before = tokens.at(-2)?.text ?? '';
  if (last.type === 'word') {
    if (/^(FROM|JOIN|INTO|OVERWRITE|DESCRIBE|DESC)$/.test(last.text)) return true;
    return (
      /^(TABLE|VIEW)$/.test(last.text) &&
      /^(DROP|ALTER|CREATE|\(|INTO|ANALYZE|TRUNCATE)$/.test(before) &&
      !(before === 'CREATE' && tokens[0]?.text === 'CREATE')
    );
  }
  if (last.text !== ',' || last.type !== 'symbol') return false;
  // a comma inside of FROM, outside of its parentheses
  for (let at = tokens.length - 2, depth = 0; at >= 0; at--) {
    const { text, type } = tokens[at]!;
    if (type === 'symbol' && text === ')') depth++;
    else if (type === 'symbol' && text === '(' && --depth < 0) return false;
    else if (depth === 0 && type === 'word' && text === 'FROM') return true;
    else if (depth === 0 && type === 'word' && /^(SELECT|WHERE|BY|HAVING|ON|VALUES|SET|WITH)$/.test(text)) return false;
  }
  return false;
}

/** Behind a column's name in CREATE TABLE t (…, or behind AS in CAST(…. */
function inColumnList(tokens: readonly Word[]): boolean {
  if (tokens.at(-1)?.text === 'AS') {
    let depth = 0;
    for (let at = tokens.length - 2; at >= 0; at--) {
      if (tokens[at]!.text === ')') depth++;
      else if (tokens[at]!.text === '(' && --depth < 0) return /^(TRY_)?CAST$/.test(tokens[at - 1]?.text ?? '');
    }
    return false;
  }
  if (tokens[0]?.text !== 'CREATE' || !tokens.some(token => token.text === 'TABLE')) return false;
  const last = tokens.at(-1)!;
  const before = tokens.at(-2);
  const depth = tokens.reduce(
    (sum, token) => sum + (token.type === 'symbol' ? (token.text === '(' ? 1 : token.text === ')' ? -1 : 0) : 0),
    0,
  );
  return (
    depth === 1 &&
    (last.type === 'word' || last.type === 'quoted') &&
    (before?.text === '(' || before?.text === ',') &&
    !/^(WATERMARK|PRIMARY|CONSTRAINT)$/.test(last.text)
  );
}

interface NamedTable {
  readonly name: readonly string[];
  readonly alias: string;
  readonly file: boolean;
}

/** Tables that a statement names after FROM, JOIN, INTO, a comma or `TABLE`, and what they are called in it. */
function tablesNamed(statement: readonly Word[]): NamedTable[] {
  const found: NamedTable[] = [];
  for (let at = 0; at < statement.length; at++) {
    if (!expectsTable(statement.slice(0, at + 1)) && !(statement[at]!.text === 'TABLE' && statement[at]!.type === 'word'))
      continue;
    let next = at + 1;
    const first = statement[next];
    if (first === undefined) continue;
    const name: string[] = [];
    if (first.type === 'string') name.push(first.text);
    else
      while (statement[next] !== undefined && (statement[next]!.type === 'quoted' || statement[next]!.type === 'word')) {
        name.push(nameOf(statement[next])!);
        if (statement[next + 1]?.text !== '.') break;
        next += 2;
      }
    if (name.length === 0 || (first.type === 'word' && /^(TABLE|LATERAL|VALUES|SELECT)$/.test(first.text))) continue;
    const follows = statement[next + 1]?.text === 'AS' ? statement[next + 2] : statement[next + 1];
    const alias =
      follows?.type === 'quoted' || (follows?.type === 'word' && !needsQuotes(follows.text)) ? nameOf(follows) : undefined;
    found.push({ name, alias: alias ?? name.at(-1)!, file: first.type === 'string' });
  }
  return found;
}

/** The list of options the cursor is in: those that are complete, and the key whose value comes next. */
function optionList(tokens: readonly Word[]): { options: Record<string, string>; key: string | undefined } | undefined {
  const open = tokens.findLastIndex(token => token.type === 'symbol' && token.text === '(');
  if (open < 1 || !/^(WITH|OPTIONS|SET)$/.test(tokens[open - 1]!.text)) return undefined;
  const inside = tokens.slice(open + 1);
  if (inside.some(token => token.type === 'symbol' && token.text === ')')) return undefined;
  const options: Record<string, string> = {};
  for (const [index, token] of inside.entries())
    if (token.type === 'string' && inside[index + 1]?.text === '=' && inside[index + 2]?.type === 'string')
      options[token.text] = inside[index + 2]!.text;
  const key = inside.at(-1)?.text === '=' ? inside.at(-2)?.text : undefined;
  return { options, key };
}

interface KnownOption {
  readonly type: string;
  readonly values?: readonly string[] | undefined;
  readonly doc?: string | undefined;
  readonly ignored?: boolean | undefined;
  readonly required?: boolean | undefined;
}

function optionSpecs(options: Readonly<Record<string, string>>): Map<string, KnownOption> {
  const connector = connectors.get(options['connector'] ?? '');
  const specs = new Map<string, KnownOption>([
    ['connector', { type: 'string', doc: 'Which connector reads or writes the table.' }],
  ]);
  if (connector === undefined) return specs;
  const add = (from: Readonly<Record<string, KnownOption>>): void => {
    for (const [key, spec] of Object.entries(from)) if (!spec.ignored) specs.set(key, spec);
  };
  add(connector.options);
  if (connector.formats.length > 0)
    specs.set('format', { type: 'enum', values: connector.formats, doc: 'How the bytes are read or written.' });
  add(formats.get(options['format'] ?? '')?.options ?? {});
  return specs;
}

/** What is needed, then the connector's own, then what every table may have. */
function bySpecificity([leftKey, left]: [string, KnownOption], [rightKey, right]: [string, KnownOption]): number {
  const rank = (key: string, option: KnownOption): number => (option.required ? 0 : key in commonOptions ? 2 : 1);
  return rank(leftKey, left) - rank(rightKey, right);
}

const formatsOf = (options: Readonly<Record<string, string>>): readonly string[] =>
  connectors.get(options['connector'] ?? '')?.formats ?? [...formats.keys()];

function settings(withValue: boolean): Candidate[] {
  return Object.entries(settingSpecs).map(([key, spec]) => ({
    text: withValue ? `${key}' = '` : `${key}'`,
    label: key,
    detail: `${spec.doc}${spec.default === undefined ? '' : ` (default ${spec.default})`}`,
  }));
}

/** Files and folders a path could go on to; what is no data or SQL is left out. */
function files(typed: string): Candidate[] {
  const folder = typed.endsWith('/') ? typed : `${dirname(typed)}/`;
  const shownFolder = typed.includes('/') ? folder : '';
  const beginning = typed.endsWith('/') ? '' : basename(typed);
  try {
    return readdirSync(join(process.cwd(), folder).replace(/^.*\/\//, '/'), { withFileTypes: true })
      .filter(entry => entry.name.startsWith(beginning) && (beginning.startsWith('.') || !entry.name.startsWith('.')))
      .filter(
        entry =>
          entry.isDirectory() || /\.(parquet|csv|tsv|jsonl?|ndjson|arrows?|feather|avro|wasm|sql|gz|zst)$/i.test(entry.name),
      )
      .map(entry => ({
        text: `${shownFolder}${entry.name}${entry.isDirectory() ? '/' : "'"}`,
        label: `${entry.name}${entry.isDirectory() ? '/' : ''}`,
      }));
  } catch {
    return [];
  }
}
