import { TidemillError } from '../common/errors.ts';
import { renderError } from '../sql/render-error.ts';
import { coloured, note } from './io.ts';

/** 1 the user's mistake, 2 an outside system, 3 our bug. */
export function exitCodeOf(error: unknown): 1 | 2 | 3 {
  if (!(error instanceof TidemillError)) return 3;
  return { user: 1, external: 2, internal: 3 }[error.domain] as 1 | 2 | 3;
}

/** Says what went wrong on standard error; never a stack trace of ours, the chain of causes with `verbose`. */
export function reportError(error: unknown, verbose: boolean): void {
  const known = error instanceof TidemillError ? error : asInternal(error);
  note(
    renderError(known, { color: coloured(process.stderr), columns: process.stderr.isTTY ? process.stderr.columns : undefined }),
  );
  if (!verbose) return;
  let cause: unknown = error instanceof TidemillError ? error.cause : error;
  while (cause !== undefined) {
    note(`  caused by: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`);
    cause = cause instanceof Error ? cause.cause : undefined;
  }
}

function asInternal(error: unknown): TidemillError {
  const message = error instanceof Error ? error.message : String(error);
  return new TidemillError('internal', message, {
    domain: 'internal',
    hint: 'This is a bug in Tidemill: please report it with the statement and what --verbose prints.',
    cause: error,
  });
}
