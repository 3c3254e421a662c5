import type { Identifier } from '../ast/node.ts';
import type { DropObject, FunctionLanguage, FunctionResource, Statement } from '../ast/statement.ts';
import { type CreateModifiers, parseCreateTable } from './create-table.ts';
import type { Cursor } from './cursor.ts';
import { parseCreateMaterializedTable, parseCreateModel } from './models.ts';
import { parseComment, parseOptions } from './shared.ts';

/** `CREATE …`. */
export function parseCreate(cursor: Cursor): Statement {
  const start = cursor.token.start;
  // REPLACE TABLE … AS is CREATE OR REPLACE for a table that is there
  if (cursor.accept('REPLACE')) {
    cursor.expect('TABLE');
    return parseCreateTable(cursor, { start, orReplace: true, temporary: false });
  }
  cursor.expect('CREATE');
  const orReplace = cursor.accept('OR', 'REPLACE') || cursor.accept('OR', 'ALTER');
  const temporary = cursor.accept('TEMPORARY');
  const modifiers: CreateModifiers = { start, orReplace, temporary };
  if (cursor.accept('TABLE')) return parseCreateTable(cursor, modifiers);
  if (cursor.accept('VIEW')) return parseCreateView(cursor, modifiers);
  if (temporary && cursor.accept('SYSTEM')) {
    cursor.expect('FUNCTION');
    return parseCreateFunction(cursor, modifiers, true);
  }
  if (cursor.accept('FUNCTION')) return parseCreateFunction(cursor, modifiers, false);
  if (!temporary && !orReplace) {
    if (cursor.accept('CATALOG')) return parseCreateCatalog(cursor, start);
    if (cursor.accept('DATABASE')) return parseCreateDatabase(cursor, start);
  }
  if (cursor.accept('MODEL')) return parseCreateModel(cursor, modifiers);
  if (!temporary && cursor.accept('MATERIALIZED')) {
    cursor.expect('TABLE');
    return parseCreateMaterializedTable(cursor, modifiers);
  }
  if (cursor.atQuietly('CONNECTION')) cursor.unsupported('CREATE CONNECTION');
  const { text } = cursor.token;
  if (text === 'INDEX')
    cursor.refuse('Flink SQL has no indexes', cursor.token, 'leave it out; a PRIMARY KEY is declared in CREATE TABLE');
  if (text === 'SCHEMA') cursor.refuse('Flink SQL has no CREATE SCHEMA', cursor.token, 'write CREATE DATABASE');
  if (text === 'EXTERNAL')
    cursor.refuse('every table is external in Flink SQL', cursor.token, "write CREATE TABLE … WITH ('connector' = '…')");
  return cursor.fail();
}

function parseCreateView(cursor: Cursor, { start, orReplace, temporary }: CreateModifiers): Statement {
  if (orReplace) cursor.refuse('Flink has no CREATE OR REPLACE VIEW', cursor.previous, 'ALTER VIEW … AS query replaces a view');
  const ifNotExists = cursor.accept('IF', 'NOT', 'EXISTS');
  const name = cursor.path("a view's name");
  const columns: readonly Identifier[] = cursor.atSymbol('(') ? cursor.identifierList() : [];
  const comment = parseComment(cursor);
  cursor.expect('AS');
  const query = cursor.grammar.query(cursor);
  return {
    kind: 'create-view',
    temporary,
    ifNotExists,
    name,
    columns,
    ...(comment && { comment }),
    query,
    span: cursor.spanFrom(start),
  };
}

const languages: readonly FunctionLanguage[] = ['WASM', 'JAVA', 'SCALA', 'PYTHON'];

export function parseLanguage(cursor: Cursor): FunctionLanguage | undefined {
  return cursor.accept('LANGUAGE') ? cursor.expectOneOf(languages) : undefined;
}

function parseCreateFunction(cursor: Cursor, modifiers: CreateModifiers, system: boolean): Statement {
  const ifNotExists = cursor.accept('IF', 'NOT', 'EXISTS');
  const name = cursor.path("a function's name");
  const as = cursor.accept('AS') ? cursor.string('the export or class in single quotes') : undefined;
  const language = parseLanguage(cursor);
  const resources: FunctionResource[] = [];
  if (cursor.accept('USING')) resources.push(...cursor.commaSeparated(() => parseResource(cursor)));
  const options = cursor.accept('WITH') ? parseOptions(cursor) : [];
  if (as === undefined && resources.length === 0) cursor.fail('AS');
  return {
    kind: 'create-function',
    orReplace: modifiers.orReplace,
    temporary: modifiers.temporary,
    system,
    ifNotExists,
    name,
    ...(as && { as }),
    ...(language && { language }),
    resources,
    options,
    span: cursor.spanFrom(modifiers.start),
  };
}

/** `'f.wasm'`, `WASM 'f.wasm'`, `JAR 'f.jar'` or `FILE '…'`; Flink repeats JAR before each. */
function parseResource(cursor: Cursor): FunctionResource {
  const start = cursor.token;
  if (cursor.token.type === 'string')
    return { kind: 'resource', type: 'WASM', path: cursor.string(), span: cursor.spanFrom(start) };
  const type = cursor.expectOneOf(['JAR', 'FILE', 'WASM'] as const, 'a path in single quotes');
  return { kind: 'resource', type, path: cursor.string('a path in single quotes'), span: cursor.spanFrom(start) };
}

function parseCreateCatalog(cursor: Cursor, start: number): Statement {
  const ifNotExists = cursor.accept('IF', 'NOT', 'EXISTS');
  const name = cursor.identifier("a catalog's name");
  const comment = parseComment(cursor);
  const options = cursor.accept('WITH') ? parseOptions(cursor) : [];
  return { kind: 'create-catalog', ifNotExists, name, ...(comment && { comment }), options, span: cursor.spanFrom(start) };
}

function parseCreateDatabase(cursor: Cursor, start: number): Statement {
  const ifNotExists = cursor.accept('IF', 'NOT', 'EXISTS');
  const name = cursor.path("a database's name");
  const comment = parseComment(cursor);
  const options = cursor.accept('WITH') ? parseOptions(cursor) : [];
  return { kind: 'create-database', ifNotExists, name, ...(comment && { comment }), options, span: cursor.spanFrom(start) };
}

/** `DROP …`. */
export function parseDrop(cursor: Cursor): Statement {
  const start = cursor.token.start;
  cursor.expect('DROP');
  const temporary = cursor.accept('TEMPORARY');
  const system = temporary && cursor.accept('SYSTEM');
  const objects = system
    ? (['FUNCTION'] as const)
    : temporary
      ? (['TABLE', 'VIEW', 'FUNCTION', 'MODEL'] as const)
      : (['TABLE', 'VIEW', 'FUNCTION', 'CATALOG', 'DATABASE', 'MODEL', 'MATERIALIZED TABLE'] as const);
  if (cursor.atQuietly('CONNECTION')) cursor.unsupported('DROP CONNECTION');
  if (cursor.token.text === 'SCHEMA') cursor.refuse('Flink SQL has no DROP SCHEMA', cursor.token, 'write DROP DATABASE');
  const object = cursor.expectOneOf<DropObject>(objects);
  const ifExists = cursor.accept('IF', 'EXISTS');
  const name = cursor.path();
  const behavior = object === 'DATABASE' ? cursor.acceptOneOf(['RESTRICT', 'CASCADE'] as const) : undefined;
  return {
    kind: 'drop',
    object,
    temporary,
    system,
    ifExists,
    name,
    ...(behavior && { behavior }),
    span: cursor.spanFrom(start),
  };
}
