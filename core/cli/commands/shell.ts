import { createInterface } from 'node:readline/promises';
import type { RunningJob } from '../../session/contract.ts';
import { Session } from '../../session/session.ts';
import { reportError } from '../failures.ts';
import { note, OutputClosed, readFile, standardOutput } from '../io.ts';
import type { CommonOptions } from '../options.ts';
import { type OutputFormat, writeListing, writeResult } from '../output/result-writer.ts';
import { version } from '../version.ts';
import { sessionOptions } from './session-options.ts';

const help = `Statements end with ';' and may take several lines. Ctrl-C stops a running query; .quit or Ctrl-D leaves.
  .help             this text
  .output FORMAT    table, json, csv or changelog
  SHOW TABLES;      what is declared      DESCRIBE t;   its columns      EXPLAIN SELECT …;   its plan
  SELECT * FROM 'file.parquet' LIMIT 5;   files are tables`;

/** `tidemill sql`: reads statements from the terminal or a pipe, one after another, until the end. */
export async function shell(options: CommonOptions): Promise<void> {
  const session = new Session(sessionOptions(options));
  const interactive = process.stdin.isTTY === true;
  const lines = createInterface({
    input: process.stdin,
    ...(interactive && { output: process.stderr, prompt: 'tidemill> ' }),
    terminal: interactive,
  });
  const state: ShellState = {
    session,
    format: process.stdout.isTTY ? 'table' : 'json',
    endless: new Set(),
    running: undefined,
    verbose: options.verbose ?? false,
  };
  lines.on('SIGINT', () => {
    if (state.running === undefined) lines.close();
    else state.running();
  });
  if (interactive) note(`Tidemill ${version}. HELP shows what there is.`);
  let text = '';
  try {
    for (const init of options.init) for await (const _ of session.run(readFile(init), 'final'));
    lines.prompt();
    for await (const line of lines) {
      if (text === '' && (await dotCommand(line.trim(), state)) === 'quit') break;
      else if (text !== '' || !/^(\.|help;?\s*$)/i.test(line.trim())) text += `${line}\n`;
      if (/;\s*(--.*)?$/.test(text.trimEnd())) {
        const statement = text;
        text = '';
        await runText(statement, state);
      } else if (text.trim() === '') text = '';
      lines.setPrompt(text === '' ? 'tidemill> ' : '     ... ');
      lines.prompt();
    }
    if (text.trim() !== '') await runText(text, state);
    if (!interactive) await Promise.all([...state.endless].map(job => job.done));
  } finally {
    lines.close();
    await session.close();
  }
}

interface ShellState {
  readonly session: Session;
  format: OutputFormat;
  readonly endless: Set<RunningJob>;
  running: (() => void) | undefined;
  readonly verbose: boolean;
}

async function dotCommand(line: string, state: ShellState): Promise<'quit' | 'done'> {
  if (/^(\.quit|\.exit|quit;?|exit;?)$/i.test(line)) return 'quit';
  if (/^(\.help|help;?)$/i.test(line)) note(help);
  const output = /^\.output\s+(\w+)$/.exec(line);
  if (output !== null) {
    if (['table', 'json', 'csv', 'changelog'].includes(output[1]!)) state.format = output[1] as OutputFormat;
    else note(`.output takes table, json, csv or changelog, not '${output[1]}'`);
  } else if (/^\./.test(line) && !/^\.help$/i.test(line)) note(`there is no command ${line}; .help lists them`);
  return 'done';
}

/** One statement or more; an error is shown and the shell goes on. */
async function runText(text: string, state: ShellState): Promise<void> {
  const { session, format } = state;
  const started = performance.now();
  try {
    for await (const result of session.run(
      { text, source: '<shell>', baseDirectory: process.cwd() },
      format === 'changelog' ? 'changelog' : 'final',
    )) {
      if (result.kind === 'done') note(result.message);
      else if (result.kind === 'text') await standardOutput.write(`${result.text}\n`);
      else if (result.kind === 'listing') await writeListing(result.schema, result.rows, format, standardOutput);
      else if (result.kind === 'query') {
        state.running = () => void result.query.job?.cancel();
        await writeResult(result.query, format, standardOutput);
        if (format === 'table') note(`${((performance.now() - started) / 1000).toFixed(3)} s`);
      } else if (result.job.bounded) note(`writing to ${result.sink}`);
      else {
        state.endless.add(result.job);
        note(`${result.job.name} runs in the background`);
      }
    }
  } catch (error) {
    if (error instanceof OutputClosed) throw error;
    reportError(error, state.verbose);
    if (process.stdin.isTTY !== true) process.exitCode = 1;
  } finally {
    state.running = undefined;
  }
}
