import type { StringLiteral } from '../ast/node.ts';
import type { Argument } from '../ast/query.ts';
import type { Assignment, Insert, Statement } from '../ast/statement.ts';
import type { Cursor } from './cursor.ts';
import { parseArgument } from './functions.ts';
import { parsePartition } from './partition.ts';
import { anyWord, parseOptions } from './shared.ts';
import { parseStatementSet } from './statement-set.ts';

/** `ANALYZE TABLE t [PARTITION (…)] COMPUTE STATISTICS [FOR …]`. */
export function parseAnalyze(cursor: Cursor): Statement {
  const start = cursor.advance();
  cursor.expect('TABLE');
  const table = cursor.path('a table');
  const partition = cursor.accept('PARTITION') ? parsePartition(cursor) : [];
  cursor.expect('COMPUTE', 'STATISTICS');
  if (!cursor.accept('FOR')) return { kind: 'analyze', table, partition, span: cursor.spanFrom(start) };
  if (cursor.accept('ALL')) {
    cursor.expect('COLUMNS');
    return { kind: 'analyze', table, partition, columns: 'ALL', span: cursor.spanFrom(start) };
  }
  cursor.expect('COLUMNS');
  const columns = cursor.commaSeparated(() => cursor.identifier('a column name'));
  return { kind: 'analyze', table, partition, columns, span: cursor.spanFrom(start) };
}

/** `UPDATE t [[AS] a] SET c = x, … [WHERE …]`. */
export function parseUpdate(cursor: Cursor): Statement {
  const start = cursor.advance();
  const table = cursor.path('a table');
  const alias = cursor.accept('AS') ? cursor.identifier('an alias') : cursor.implicitAlias();
  cursor.expect('SET');
  const assignments = cursor.commaSeparated((): Assignment => {
    const column = cursor.path('a column name');
    cursor.expectSymbol('=');
    const value = cursor.grammar.expression(cursor);
    return { kind: 'assignment', column, value, span: cursor.spanFrom(column[0]!) };
  });
  const where = cursor.accept('WHERE') ? cursor.grammar.expression(cursor) : undefined;
  return {
    kind: 'update',
    table,
    ...(alias && { alias }),
    assignments,
    ...(where && { where }),
    span: cursor.spanFrom(start),
  };
}

export function parseDelete(cursor: Cursor): Statement {
  const start = cursor.advance();
  cursor.expect('FROM');
  const table = cursor.path('a table');
  const alias = cursor.accept('AS') ? cursor.identifier('an alias') : cursor.implicitAlias();
  const where = cursor.accept('WHERE') ? cursor.grammar.expression(cursor) : undefined;
  return { kind: 'delete', table, ...(alias && { alias }), ...(where && { where }), span: cursor.spanFrom(start) };
}

export function parseTruncate(cursor: Cursor): Statement {
  const start = cursor.advance();
  cursor.expect('TABLE');
  return { kind: 'truncate', table: cursor.path('a table'), span: cursor.spanFrom(start) };
}

export function parseCall(cursor: Cursor): Statement {
  const start = cursor.advance();
  const name = cursor.path("a procedure's name");
  cursor.expectSymbol('(');
  const args: readonly Argument[] = cursor.atSymbol(')') ? [] : cursor.commaSeparated(() => parseArgument(cursor));
  cursor.expectSymbol(')');
  return { kind: 'call-procedure', name, arguments: args, span: cursor.spanFrom(start) };
}

/** `LOAD MODULE m [WITH (…)]`, `UNLOAD MODULE m`. */
export function parseModule(cursor: Cursor): Statement {
  const start = cursor.advance();
  cursor.expect('MODULE');
  const name = anyWord(cursor, "a module's name");
  if (start.text === 'UNLOAD') return { kind: 'unload-module', name, span: cursor.spanFrom(start) };
  const options = cursor.accept('WITH') ? parseOptions(cursor) : [];
  return { kind: 'load-module', name, options, span: cursor.spanFrom(start) };
}

export function parseJar(cursor: Cursor): Statement {
  const start = cursor.advance();
  cursor.expect('JAR');
  const path = cursor.string('a path in single quotes');
  return { kind: 'jar', action: start.text === 'ADD' ? 'ADD' : 'REMOVE', path, span: cursor.spanFrom(start) };
}

export const planPath = (cursor: Cursor): StringLiteral => cursor.string("the plan's file in single quotes");

/** `COMPILE [AND EXECUTE] PLAN 'f.json' [IF NOT EXISTS] FOR insert | STATEMENT SET BEGIN … END`. */
export function parseCompilePlan(cursor: Cursor, parseInsert: (cursor: Cursor) => Insert): Statement {
  const start = cursor.advance();
  const execute = cursor.accept('AND');
  if (execute) cursor.expect('EXECUTE');
  cursor.expect('PLAN');
  const path = planPath(cursor);
  const ifNotExists = cursor.accept('IF', 'NOT', 'EXISTS');
  cursor.expect('FOR');
  const statement = cursor.at('STATEMENT') ? parseStatementSet(cursor, parseInsert) : parseInsert(cursor);
  return { kind: 'compile-plan', path, ifNotExists, execute, statement, span: cursor.spanFrom(start) };
}
