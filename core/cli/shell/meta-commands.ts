import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CatalogObject } from '../../catalog/descriptors.ts';
import { types, typeToString, withoutTimeAttribute } from '../../columnar/types.ts';
import { didYouMean } from '../../common/nearest-names.ts';
import { aggregateFunctions, scalarFunctions } from '../../functions/index.ts';
import { schemaOf } from '../../plan/schema.ts';
import { quoteText } from '../../session/create-table-text.ts';
import { maskedOptions } from '../../session/secrets.ts';
import { note, readFile, standardOutput } from '../io.ts';
import type { Candidate } from './candidates.ts';
import { showResult, showText } from './show-result.ts';
import type { ShellState, Switch } from './state.ts';

/** What a command asks of the shell besides what it has done. */
export type After = 'quit' | { readonly run: string } | undefined;

interface MetaCommand {
  readonly names: readonly string[];
  readonly argument: string;
  readonly text: string;
  readonly run: (argument: string, state: ShellState) => Promise<After> | After;
}

const listing = (names: readonly string[], rows: readonly (readonly string[])[], state: ShellState): Promise<void> =>
  showResult({ kind: 'listing', schema: names.map(name => ({ name, type: types.string(false) })), rows }, state);

/** The commands: those of psql and of Flink's SQL client, under both spellings. */
const commands: readonly MetaCommand[] = [
  { names: ['?', 'help', 'h'], argument: '', text: 'this text', run: () => note(helpText()) as undefined },
  { names: ['q', 'quit', 'exit'], argument: '', text: 'leave (Ctrl-D)', run: () => 'quit' },
  { names: ['d'], argument: "[NAME|'FILE']", text: 'tables and views, or the columns and options of one', run: describe },
  { names: ['dt'], argument: '', text: 'tables', run: (_, state) => objects(state, 'table') },
  { names: ['dv'], argument: '', text: 'views', run: (_, state) => objects(state, 'view') },
  { names: ['df'], argument: '[PATTERN]', text: 'functions: what they take and give', run: functions },
  { names: ['l'], argument: '', text: 'catalogs and databases', run: (_, state) => databases(state) },
  { names: ['c'], argument: 'DATABASE', text: 'use another database', run: name => ({ run: `USE \`${name}\`;` }) },
  { names: ['set'], argument: '', text: 'settings', run: () => ({ run: 'SET;' }) },
  { names: ['x'], argument: '[on|off|auto]', text: 'rows one below the other', run: expand },
  { names: ['timing'], argument: '[on|off]', text: 'how long statements take', run: toggle('timing') },
  { names: ['pager'], argument: '[on|off]', text: 'long results in a pager ($PAGER, else its own)', run: toggle('pager') },
  { names: ['hints'], argument: '[on|off]', text: 'show what could follow as one types', run: toggle('hints') },
  { names: ['o', 'output'], argument: 'FORMAT', text: 'table, json, csv or changelog', run: output },
  { names: ['i'], argument: 'FILE', text: 'run a file', run: file => ({ run: readFile(file.replace(/^'(.*)'?$/, '$1')).text }) },
  { names: ['e'], argument: '', text: 'the last statement in $EDITOR', run: edit },
  { names: ['jobs'], argument: '', text: 'what runs in the background', run: jobs },
  { names: ['stop'], argument: 'JOB', text: 'end a job', run: stop },
  {
    names: ['clear'],
    argument: '',
    text: 'an empty screen',
    run: (_, state) => state.terminal?.write('\u001b[H\u001b[2J') as undefined,
  },
];

/** For completion. */
export const commandCandidates: readonly Candidate[] = commands.flatMap(({ names, text }) =>
  names.flatMap(name => [
    { text: `\\${name}`, detail: text },
    { text: `.${name}`, detail: text },
  ]),
);

/** Whether a first line is for the shell, not for the engine. */
export const isCommand = (line: string): boolean => /^\s*([\\.]|(help|quit|exit|clear)\s*;?\s*$)/i.test(line);

/** Runs a command of the shell. */
export async function runCommandLine(line: string, state: ShellState): Promise<After> {
  const [, name = '', argument = ''] = /^\s*[\\.]?(\S*?)(?:\s+(.*?))?\s*;?\s*$/s.exec(line) ?? [];
  const found = commands.find(command => command.names.includes(name) || command.names.includes(name.toLowerCase()));
  if (found !== undefined) return found.run(argument, state);
  const near = didYouMean(
    name,
    commands.flatMap(command => command.names.filter(each => each.length > 1)),
  );
  note(`there is no command \\${name}; ${near ?? '\\? lists them'}`);
  return undefined;
}

function helpText(): string {
  const rows = commands.map(({ names, argument, text }) => {
    const left = `${names.map(name => `\\${name}`).join(' ')}${argument === '' ? '' : ` ${argument}`}`;
    return `  ${left.padEnd(24)}${text}`;
  });
  return `Statements end with ; and may take several lines. Tab completes, Ctrl-R searches what was typed before.
Ctrl-C stops a statement or drops what is typed; q leaves a live table; Ctrl-D ends the shell.

${rows.join('\n')}

  SELECT * FROM 'file.parquet';   files are tables      EXPLAIN SELECT …;   how it would run
  SHOW TABLES;  DESCRIBE t;  SET;                       SQL's own ways to look around`;
}

async function describe(name: string, state: ShellState): Promise<undefined> {
  if (name === '') return objects(state, undefined);
  const file = /^'(.*?)'?;?$/.exec(name)?.[1];
  if (file !== undefined) return describeFile(file, state);
  const parts = name
    .replace(/;$/, '')
    .split('.')
    .map(part => part.replace(/^`(.*)`$/, '$1'));
  const object = state.session.catalog.lookup({ parts });
  const path = parts.map(part => `\`${part}\``).join('.');
  for await (const result of state.session.run(
    { text: `DESCRIBE ${path}`, source: '\\d', baseDirectory: process.cwd() },
    'final',
  ))
    await showResult(result, state);
  await standardOutput.write(`${aboutObject(object)}\n`);
  return undefined;
}

async function describeFile(file: string, state: ShellState): Promise<undefined> {
  const bound = await state.session.bind(`SELECT * FROM ${quoteText(file)}`, process.cwd());
  if (bound.kind !== 'query') return undefined;
  const rows = schemaOf(bound.plan).map(field => [field.name, typeToString(withoutTimeAttribute(field.type))]);
  await listing(['name', 'type'], rows, state);
  note('tidemill schema prints this as CREATE TABLE');
  return undefined;
}

function aboutObject(object: CatalogObject): string {
  if (object.kind === 'view') return `view: ${object.text}`;
  const options = Object.entries(maskedOptions(object.options)).map(([key, value]) => `  '${key}' = '${value}'`);
  return `${object.temporary ? 'temporary ' : ''}table, WITH (\n${options.join(',\n')}\n)`;
}

async function objects(state: ShellState, kind: 'table' | 'view' | undefined): Promise<undefined> {
  const found = state.session.catalog.listObjects().filter(object => kind === undefined || object.kind === kind);
  if (found.length === 0) {
    note(
      `no ${kind ?? 'table'}s yet: CREATE ${kind === 'view' ? 'VIEW' : 'TABLE'} makes one; files need none: SELECT * FROM 'file.parquet';`,
    );
    return undefined;
  }
  const rows = found.map(object => [
    object.path.name,
    `${object.temporary ? 'temporary ' : ''}${object.kind}`,
    object.kind === 'view' ? '' : (object.options['connector'] ?? ''),
    String(object.kind === 'view' ? object.schema.length : object.columns.length),
  ]);
  await listing(['name', 'kind', 'connector', 'columns'], rows, state);
  return undefined;
}

async function databases(state: ShellState): Promise<undefined> {
  const { catalog } = state.session;
  const rows = catalog
    .listCatalogs()
    .flatMap(name =>
      catalog
        .listDatabases(name)
        .map(database => [
          name,
          database,
          name === catalog.currentCatalog && database === catalog.currentDatabase ? 'in use' : '',
        ]),
    );
  await listing(['catalog', 'database', ''], rows, state);
  return undefined;
}

async function functions(pattern: string, state: ShellState): Promise<undefined> {
  const wanted = pattern.replace(/[;()]/g, '').toUpperCase();
  const builtins = [...scalarFunctions.values(), ...aggregateFunctions.values()].filter(entry => entry.spellings.length > 0);
  const exact = builtins.filter(entry => entry.spellings.includes(wanted));
  if (exact.length > 0) {
    const texts = exact.map(
      ({ doc }) => `${doc.usage}\n  ${doc.text}${doc.example === '' ? '' : `\n  for example ${doc.example}`}`,
    );
    await showText(texts.join('\n'), state);
    return undefined;
  }
  const rows = builtins
    .filter(entry => wanted === '' || entry.spellings.some(spelling => spelling.includes(wanted)))
    .map(entry => [entry.spellings[0]!, entry.doc.usage, entry.doc.text]);
  const own = state.session.catalog.listFunctions().map(entry => [entry.name, entry.name, entry.file ?? '']);
  await listing(
    ['name', 'usage', 'what it gives'],
    [...own, ...rows].sort((a, b) => (a[0]! < b[0]! ? -1 : 1)),
    state,
  );
  return undefined;
}

function expand(argument: string, state: ShellState): undefined {
  state.expanded =
    argument === 'on' || argument === 'off' || argument === 'auto' ? argument : state.expanded === 'on' ? 'auto' : 'on';
  note(`rows one below the other: ${state.expanded}`);
}

function toggle(what: 'timing' | 'pager' | 'hints') {
  return (argument: string, state: ShellState): undefined => {
    const next: Switch = argument === 'on' || argument === 'off' ? argument : state[what] === 'on' ? 'off' : 'on';
    state[what] = next;
    note(`${what}: ${next}`);
  };
}

function output(argument: string, state: ShellState): undefined {
  if (argument === 'table' || argument === 'json' || argument === 'csv' || argument === 'changelog') state.format = argument;
  else note(`.output takes table, json, csv or changelog, not '${argument}'`);
}

async function jobs(_: string, state: ShellState): Promise<undefined> {
  if (state.endless.size === 0) {
    note('nothing runs in the background');
    return undefined;
  }
  const rows = [...state.endless].map(job => {
    const progress = job.progress();
    return [job.name, progress.rowsRead.toLocaleString('en'), progress.rowsWritten.toLocaleString('en')];
  });
  await listing(['job', 'rows read', 'rows written'], rows, state);
  return undefined;
}

async function stop(name: string, state: ShellState): Promise<undefined> {
  const found = [...state.endless].filter(job => job.name === name || (name === '' && state.endless.size === 1));
  if (found.length === 0)
    note(name === '' ? '\\stop wants the name of a job: \\jobs lists them' : `there is no job '${name}': \\jobs lists them`);
  for (const job of found) {
    state.endless.delete(job);
    await job.cancel();
    note(`${job.name} stopped`);
  }
  return undefined;
}

function edit(_: string, state: ShellState): After {
  const folder = mkdtempSync(join(tmpdir(), 'tidemill-'));
  const file = join(folder, 'statement.sql');
  try {
    writeFileSync(file, state.lastText);
    const program = process.env['VISUAL'] || process.env['EDITOR'] || (process.platform === 'win32' ? 'notepad' : 'vi');
    state.terminal?.suspend();
    const { status } = spawnSync(`${program} "${file}"`, { shell: true, stdio: 'inherit' });
    state.terminal?.resume();
    const text = readFileSync(file, 'utf8');
    if (status !== 0 || text.trim() === '') return undefined;
    note(text.trimEnd());
    return { run: text };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
