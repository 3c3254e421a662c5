import { TidemillError } from '../common/errors.ts';

const rowErrorCode = 'duckdb-row-error';

/** DuckDB's error as one of ours. Its messages start with their class: `Conversion Error: …`, `IO Error: …`. */
export function duckdbError(cause: unknown, sql?: string): TidemillError {
  if (cause instanceof TidemillError) return cause;
  const text = cause instanceof Error ? cause.message : String(cause);
  const message = text.split('\n\n')[0]!.replace(/\nLINE \d+:[\s\S]*$/, '');
  const kind = /^([A-Za-z ]+?) (?:Error|exception)/i.exec(message)?.[1]?.toLowerCase() ?? '';
  const detail = message.replace(/^[A-Za-z ]+? Error: /, '');
  if (/no files found/i.test(message)) {
    return new TidemillError('file-not-found', detail, {
      hint: 'Relative paths count from the SQL file (in the shell: from the working directory).',
      cause,
    });
  }
  switch (kind) {
    case 'io':
    case 'http':
    case 'permission':
      return new TidemillError('io', detail, { domain: 'external', cause });
    case 'out of memory':
      return new TidemillError('out-of-memory', detail, { domain: 'external', hint: 'Raise --memory.', cause });
    case 'interrupt':
      return new TidemillError('interrupted', 'the DuckDB stage was interrupted', { cause });
    case 'conversion':
    case 'out of range':
      return new TidemillError(rowErrorCode, detail, { cause });
    case 'invalid':
    case 'invalid input':
    case 'serialization':
      // what its Parquet reader says of a file whose bytes were changed
      if (/TProtocolException|Out of buffer|don't know what type/i.test(message))
        return new TidemillError('bad-file', `a Parquet file is damaged: ${detail}`, { domain: 'external', cause });
      if (/magic bytes|too small to be|parquet file/i.test(message))
        return new TidemillError('bad-file', detail, { domain: 'external', cause });
      return new TidemillError(rowErrorCode, detail, { cause });
    default:
      return new TidemillError('internal', `DuckDB refused a statement: ${message}${sql === undefined ? '' : `\n${sql}`}`, {
        domain: 'internal',
        hint: "This is a bug in Tidemill: please report it with the statement. SET 'duckdb.stages' = 'off' goes around it.",
        cause,
      });
  }
}

/** Whether a row's value failed inside DuckDB: the stage then runs again on our operators, which name the place in the text. */
export function isRowError(error: unknown): boolean {
  return error instanceof TidemillError && error.code === rowErrorCode;
}
