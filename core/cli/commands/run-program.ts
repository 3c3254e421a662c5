import { existsSync, readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { basename, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { TidemillError } from '../../common/errors.ts';
import { setProgramOptions } from '../../session/program-options.ts';
import type { Session } from '../../session/session.ts';
import { ControlServer } from '../control/control-server.ts';
import { note, readFile } from '../io.ts';
import type { CommonOptions } from '../options.ts';
import { Interruption } from './interruption.ts';
import { sessionOptions } from './session-options.ts';

/** This very installation, so that a program and the command line share one engine, wherever the program lies. */
const ownApi = new URL(import.meta.url.endsWith('.ts') ? '../../index.ts' : '../../index.js', import.meta.url).href;

/**
 * `tidemill run FILE.ts`: imports the file; `import … from 'tidemill'` in it is this installation. Its own errors are given the line of the
 * program they come from. Settings, parallelism, environment and -i scripts hold for the sessions it opens; Ctrl-C ends their
 * jobs in order, so that the program's loops come to their ends.
 */
export async function runProgram(file: string, options: CommonOptions): Promise<void> {
  if (!existsSync(file))
    throw new TidemillError('unreadable-file', `cannot read ${file}: there is no such file`, {
      hint: 'Check the path; it is relative to the working directory.',
    });
  const interruption = new Interruption();
  const sessions: Pick<Session, 'running'>[] = [];
  const running = () => sessions.flatMap(session => session.running());
  const control = new ControlServer({ running, checkpoints: options.checkpoints }, note);
  setProgramOptions({
    session: sessionOptions(options),
    init: options.init.map(readFile),
    opened: session => {
      sessions.push(session);
      interruption.onRequest(() => session.stop());
    },
  });
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'tidemill' ? { url: ownApi, shortCircuit: true } : next(specifier, context),
  });
  try {
    await import(pathToFileURL(resolve(file)).href);
  } catch (error) {
    throw withLine(error, resolve(file));
  } finally {
    await control.close();
    interruption.close();
  }
}

/** The error with the user's line that led to it: the first frame of its stack in the program or a file beside it. */
function withLine(error: unknown, program: string): unknown {
  if (!(error instanceof TidemillError)) return asUserError(error, program);
  if (error.place !== undefined) return error;
  const place = placeOf(error, program);
  return place === undefined ? error : error.at(place);
}

/** What the program itself threw, such as a TypeError, is its author's to mend. */
function asUserError(error: unknown, program: string): TidemillError {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new TidemillError('program', message, {
    place: error instanceof Error ? placeOf(error, program) : undefined,
    cause: error,
  });
}

function placeOf(error: Error, program: string): TidemillError['place'] {
  const engine = fileURLToPath(new URL('../../', import.meta.url));
  for (const match of (error.stack ?? '').matchAll(/file:\/\/\S+?:(\d+):(\d+)/g)) {
    const [frame, line = '1', column = '1'] = match;
    const path = fileURLToPath(frame.slice(0, frame.length - line.length - column.length - 2));
    if (path !== program && (path.startsWith(engine) || path.includes('node_modules'))) continue;
    if (!existsSync(path)) continue;
    const text = readFileSync(path, 'utf8');
    const before = text.split('\n').slice(0, Number(line) - 1);
    const start = before.reduce((sum, each) => sum + each.length + 1, 0) + Number(column) - 1;
    return { source: basename(path), text, span: { start, end: endOfName(text, start) } };
  }
  return undefined;
}

/** To the end of the word at `start`, so that the underline shows what was called. */
function endOfName(text: string, start: number): number {
  const word = /^\w+/.exec(text.slice(start));
  return start + (word?.[0].length ?? 1);
}
