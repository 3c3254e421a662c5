import { createInterface } from 'node:readline/promises';
import { Session } from '../../session/session.ts';
import { reportError } from '../failures.ts';
import { OutputClosed, readFile } from '../io.ts';
import type { CommonOptions } from '../options.ts';
import { sessionOptions } from './session-options.ts';

/** `tidemill sql`: at a terminal a shell, else statements from standard input, one after another, until its end. */
export async function shell(options: CommonOptions): Promise<void> {
  if (process.stdin.isTTY === true && (process.stdout.isTTY === true || process.stderr.isTTY === true)) {
    const { interactiveShell } = await import('../shell/shell.ts');
    return interactiveShell(options);
  }
  const { isCommand, runCommandLine } = await import('../shell/meta-commands.ts');
  const { endsStatement, isBlank } = await import('../shell/statement-end.ts');
  const { showResult } = await import('../shell/show-result.ts');
  const state: import('../shell/state.ts').ShellState = {
    session: new Session(sessionOptions(options)),
    terminal: undefined,
    colour: false,
    verbose: options.verbose ?? false,
    format: process.stdout.isTTY ? 'table' : 'json',
    expanded: 'off',
    timing: 'off',
    pager: 'off',
    hints: 'off',
    endless: new Set(),
    stopRunning: undefined,
    interrupted: false,
    finishedMs: undefined,
    lastText: '',
  };
  const { session } = state;
  const runText = async (text: string): Promise<void> => {
    try {
      const mode = state.format === 'changelog' ? 'changelog' : 'final';
      for await (const result of session.run({ text, source: '<stdin>', baseDirectory: process.cwd() }, mode))
        await showResult(result, state);
    } catch (error) {
      if (error instanceof OutputClosed) throw error;
      reportError(error, state.verbose);
      process.exitCode = 1;
    }
  };
  const lines = createInterface({ input: process.stdin, terminal: false });
  let text = '';
  try {
    for (const init of options.init) for await (const _ of session.run(readFile(init), 'final'));
    for await (const line of lines) {
      if (text === '' && isCommand(line)) {
        const after = await runCommandLine(line, state);
        if (after === 'quit') break;
        if (after !== undefined) await runText(after.run);
        continue;
      }
      text += `${line}\n`;
      if (endsStatement(text)) {
        const statement = text;
        text = '';
        await runText(statement);
      } else if (isBlank(text)) text = '';
    }
    if (!isBlank(text)) await runText(text);
    await Promise.all([...state.endless].map(job => job.done));
  } finally {
    lines.close();
    await session.close();
  }
}
