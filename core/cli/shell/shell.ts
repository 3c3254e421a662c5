import { version } from '../../common/version.ts';
import { Session } from '../../session/session.ts';
import { sessionOptions } from '../commands/session-options.ts';
import { reportError } from '../failures.ts';
import { coloured, note, OutputClosed, readFile } from '../io.ts';
import type { CommonOptions } from '../options.ts';
import { noCompletion } from './candidates.ts';
import { Completer } from './completion.ts';
import { highlight } from './highlight.ts';
import { HistoryFile, historyPath } from './history-file.ts';
import { LineEditor } from './line-editor.ts';
import { commandCandidates, isCommand, runCommandLine } from './meta-commands.ts';
import { showResult, wasCancelled } from './show-result.ts';
import type { ShellState } from './state.ts';
import { endsStatement, isBlank } from './statement-end.ts';
import { Terminal } from './terminal.ts';

/** The shell at a terminal: edits, completes, runs, shows, until Ctrl-D. */
export async function interactiveShell(options: CommonOptions): Promise<void> {
  const output = process.stderr.isTTY ? process.stderr : process.stdout;
  const terminal = new Terminal({ input: process.stdin, output });
  const state: ShellState = {
    session: new Session(sessionOptions(options)),
    terminal,
    colour: coloured(output),
    verbose: options.verbose ?? false,
    format: process.stdout.isTTY ? 'table' : 'json',
    expanded: 'auto',
    timing: 'on',
    pager: 'on',
    hints: 'on',
    endless: new Set(),
    stopRunning: undefined,
    interrupted: false,
    finishedMs: undefined,
    lastText: '',
  };
  terminal.interrupted = () => {
    state.interrupted = true;
    if (state.stopRunning === undefined) note('^C  (it is being planned, and stops then)');
    else state.stopRunning();
  };
  const history = new HistoryFile(historyPath(process.env));
  const completer = new Completer(state.session, commandCandidates);
  const editor = new LineEditor(terminal, {
    prompt: 'tidemill> ',
    continuation: '     ...> ',
    colour: state.colour,
    history: history.load(),
    highlight,
    complete: (text, cursor) => {
      const completion = completer.complete(text, cursor);
      return state.hints === 'on' ? completion : completion === noCompletion ? completion : { ...completion, offer: false };
    },
    isDone: text => isCommand(text) || endsStatement(text),
  });
  completer.refresh = () => editor.refresh();
  // the window is closed, or the process is asked to go: leave the terminal as it was
  const leave = (): void => {
    terminal.close();
    process.exit(0);
  };
  process.once('SIGHUP', leave).once('SIGTERM', leave);
  process.stdin.once('end', leave);
  try {
    for (const init of options.init) for await (const _ of state.session.run(readFile(init), 'final'));
    note(`Tidemill ${version}. Statements end with ; and \\? shows what there is.`);
    while (await step(editor, state, history, completer));
  } finally {
    process.off('SIGHUP', leave).off('SIGTERM', leave);
    process.stdin.off('end', leave);
    editor.close();
    terminal.close();
    await state.session.close();
  }
}

/** Reads and runs one text; false: the shell is left. */
async function step(editor: LineEditor, state: ShellState, history: HistoryFile, completer: Completer): Promise<boolean> {
  const text = await editor.read();
  if (text === undefined) return !(await mayLeave(state));
  if (isBlank(text)) return true;
  history.append(text);
  const after = await guarded(state, async () => {
    if (!isCommand(text)) return { run: text };
    return runCommandLine(text, state);
  });
  if (after === 'quit') return !(await mayLeave(state));
  if (after !== undefined) {
    state.lastText = after.run;
    await guarded(state, () => runStatements(after.run, state));
    completer.forget();
  }
  return true;
}

let warned = false;

/** Jobs in the background end with the shell: said once before. */
async function mayLeave(state: ShellState): Promise<boolean> {
  if (state.endless.size === 0 || warned) return true;
  warned = true;
  const many = state.endless.size > 1;
  note(
    `${state.endless.size} ${many ? 'jobs still run' : 'job still runs'} and would end with the shell: leave again to do so, \\jobs lists ${many ? 'them' : 'it'}`,
  );
  return false;
}

/** How Flink's SQL client is told to show results. */
const resultMode = /^\s*SET\s+'sql-client\.execution\.result-mode'\s*=\s*'(table|tableau|changelog)'\s*;?\s*$/i;

async function runStatements(text: string, state: ShellState): Promise<void> {
  const wanted = resultMode.exec(text)?.[1]?.toLowerCase();
  if (wanted !== undefined) {
    state.format = wanted === 'changelog' ? 'changelog' : 'table';
    note(`results are shown as ${state.format}`);
    return;
  }
  const mode = state.format === 'changelog' ? 'changelog' : 'final';
  state.interrupted = false;
  let startedMs = performance.now();
  for await (const result of state.session.run({ text, source: '<shell>', baseDirectory: process.cwd() }, mode)) {
    if (state.interrupted) break;
    await showResult(result, state);
    state.stopRunning = undefined;
    if (state.timing === 'on' && (result.kind === 'query' || result.kind === 'insert'))
      note(elapsed((state.finishedMs ?? performance.now()) - startedMs));
    state.finishedMs = undefined;
    startedMs = performance.now();
    if (state.interrupted) break;
  }
}

const elapsed = (ms: number): string => (ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(2)} s`);

/** An error is shown, and the shell goes on. */
async function guarded<T>(state: ShellState, act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof OutputClosed) throw error;
    if (wasCancelled(error)) note('stopped');
    else reportError(error, state.verbose);
    return undefined;
  } finally {
    state.stopRunning = undefined;
  }
}
