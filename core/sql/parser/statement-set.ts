import { TidemillError } from '../../common/errors.ts';
import type { Insert, StatementSet } from '../ast/statement.ts';
import type { Cursor } from './cursor.ts';

/**
 * `[EXECUTE] STATEMENT SET BEGIN insert; … END` and `BEGIN STATEMENT SET; insert; … END`. A bad INSERT is kept among the cursor's errors and the rest is still
 * read, so that END is not mistaken for a statement of its own; the set itself is then refused.
 */
export function parseStatementSet(cursor: Cursor, parseInsert: (cursor: Cursor) => Insert): StatementSet {
  const start = cursor.token;
  if (cursor.accept('BEGIN')) {
    cursor.expect('STATEMENT', 'SET');
    cursor.expectSymbol(';');
  } else {
    cursor.accept('EXECUTE');
    cursor.expect('STATEMENT', 'SET', 'BEGIN');
  }
  const inserts: Insert[] = [];
  const errorsBefore = cursor.errors.length;
  while (!cursor.atQuietly('END')) {
    if (cursor.atEnd) cursor.fail('END');
    try {
      inserts.push(parseInsert(cursor));
      cursor.expectSymbol(';');
    } catch (error) {
      if (!(error instanceof TidemillError)) throw error;
      cursor.errors.push(error);
      cursor.recover();
    }
  }
  cursor.expect('END');
  if (cursor.errors.length > errorsBefore) {
    // The last is thrown like any other; the ones before it stay where they are.
    throw cursor.errors.pop()!;
  }
  if (inserts.length === 0) cursor.refuse('a statement set needs at least one INSERT', cursor.previous);
  return { kind: 'statement-set', inserts, span: cursor.spanFrom(start) };
}
