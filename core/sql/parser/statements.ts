import type { Path, StringLiteral } from '../ast/node.ts';
import type { ConflictAction, ExplainDetail, Insert, ShowObject, Statement } from '../ast/statement.ts';
import { parseAlter } from './alter.ts';
import { parseCreate, parseDrop } from './create.ts';
import type { Cursor } from './cursor.ts';
import { parsePartition } from './partition.ts';
import { parseQuery } from './queries.ts';
import {
  parseAnalyze,
  parseCall,
  parseCompilePlan,
  parseDelete,
  parseJar,
  parseModule,
  parseTruncate,
  parseUpdate,
  planPath,
} from './rare.ts';
import { parseReset, parseSet } from './settings.ts';
import { atQuery } from './shared.ts';
import { parseStatementSet } from './statement-set.ts';
import { parseHints } from './tables.ts';

const statementRules: Readonly<Record<string, (cursor: Cursor) => Statement>> = {
  INSERT: parseInsert,
  CREATE: parseCreate,
  ALTER: parseAlter,
  DROP: parseDrop,
  USE: parseUse,
  SET: parseSet,
  RESET: parseReset,
  SHOW: parseShow,
  DESCRIBE: parseDescribe,
  DESC: parseDescribe,
  EXPLAIN: parseExplain,
  EXECUTE: parseExecute,
  BEGIN: cursor => parseStatementSet(cursor, parseInsert),
  STOP: parseStop,
  ANALYZE: parseAnalyze,
  UPDATE: parseUpdate,
  DELETE: parseDelete,
  TRUNCATE: parseTruncate,
  CALL: parseCall,
  LOAD: parseModule,
  UNLOAD: parseModule,
  ADD: parseJar,
  REMOVE: parseJar,
  COMPILE: cursor => parseCompilePlan(cursor, parseInsert),
  REPLACE: parseCreate,
};

/** Statements of other systems, and what takes their place. */
const foreignStatements: Readonly<Record<string, string>> = {
  MERGE: 'INSERT INTO a table with a PRIMARY KEY updates the rows of equal keys',
  UPSERT: 'INSERT INTO a table with a PRIMARY KEY updates the rows of equal keys',
  GRANT: 'rights are a matter of the outside systems',
  REVOKE: 'rights are a matter of the outside systems',
  COMMIT: 'there are no transactions; a statement set writes several tables by one job',
  ROLLBACK: 'there are no transactions; a statement set writes several tables by one job',
  START: 'there are no transactions; a statement set writes several tables by one job',
  KILL: "STOP JOB 'id' ends a job",
  QUIT: 'it is a command of the shell',
  EXIT: 'it is a command of the shell',
  CLEAR: 'it is a command of the shell',
  HELP: 'it is a command of the shell',
};

/** One statement, up to but not including its ';'. */
export function parseStatementRule(cursor: Cursor): Statement {
  if (atQuery(cursor) || cursor.atSymbolQuietly('(')) return parseQuery(cursor);
  const { type, text } = cursor.token;
  const rule = type === 'word' && Object.hasOwn(statementRules, text) ? statementRules[text] : undefined;
  if (rule !== undefined) return rule(cursor);
  const advice = type === 'word' && Object.hasOwn(foreignStatements, text) ? foreignStatements[text] : undefined;
  if (advice !== undefined) cursor.refuse(`Flink SQL has no ${text} statement`, cursor.token, advice);
  for (const word of ['SELECT', 'WITH', 'VALUES', ...Object.keys(statementRules)]) cursor.at(word);
  return cursor.fail('a statement');
}

// INSERT --------------------------------------------------------------------------------------------------------------

export function parseInsert(cursor: Cursor): Insert {
  const start = cursor.token;
  cursor.expect('INSERT');
  const mode = cursor.expectOneOf(['INTO', 'OVERWRITE'] as const);
  cursor.acceptQuietly('TABLE');
  const table = cursor.path('a table');
  const hints = parseHints(cursor);
  const partition = cursor.accept('PARTITION') ? parsePartition(cursor) : [];
  const columns = atColumnList(cursor) ? cursor.identifierList() : [];
  const query = parseQuery(cursor);
  const onConflict = parseOnConflict(cursor);
  return {
    kind: 'insert',
    overwrite: mode === 'OVERWRITE',
    table,
    hints,
    partition,
    columns,
    query,
    ...(onConflict && { onConflict }),
    span: cursor.spanFrom(start),
  };
}

function parseOnConflict(cursor: Cursor): ConflictAction | undefined {
  if (!cursor.accept('ON')) return undefined;
  cursor.expect('CONFLICT');
  cursor.expect('DO');
  return cursor.expectOneOf(['DEDUPLICATE', 'NOTHING', 'ERROR'] as const);
}

/** `(a, b) SELECT …` against `(SELECT …)`. */
function atColumnList(cursor: Cursor): boolean {
  if (!cursor.atSymbol('(')) return false;
  const { type, text } = cursor.ahead();
  return type === 'quoted' || (type === 'word' && !['SELECT', 'WITH', 'VALUES', 'TABLE'].includes(text));
}

/** EXECUTE STATEMENT SET, or EXECUTE before a query or INSERT, which says nothing more. */
function parseExecute(cursor: Cursor): Statement {
  const start = cursor.token;
  if (cursor.follows('STATEMENT')) return parseStatementSet(cursor, parseInsert);
  cursor.expect('EXECUTE');
  if (cursor.accept('PLAN')) return { kind: 'execute-plan', path: planPath(cursor), span: cursor.spanFrom(start) };
  if (cursor.at('INSERT')) return parseInsert(cursor);
  cursor.at('STATEMENT');
  return parseQuery(cursor);
}

// USE, SHOW, DESCRIBE -------------------------------------------------------------------------------------------------

function parseUse(cursor: Cursor): Statement {
  const start = cursor.token;
  cursor.expect('USE');
  if (cursor.accept('MODULES')) {
    const names = cursor.commaSeparated(() => cursor.identifier("a module's name"));
    return { kind: 'use-modules', names, span: cursor.spanFrom(start) };
  }
  if (cursor.atQuietly('CATALOG') && !cursor.atEnd && !cursor.follows(';') && cursor.ahead().type !== 'end') {
    cursor.advance();
    const name = [cursor.identifier("a catalog's name")];
    return { kind: 'use', object: 'CATALOG', name, span: cursor.spanFrom(start) };
  }
  const name = cursor.path("a database's name");
  return { kind: 'use', object: 'DATABASE', name, span: cursor.spanFrom(start) };
}

const showObjects: readonly ShowObject[] = [
  'TABLES',
  'VIEWS',
  'FUNCTIONS',
  'USER FUNCTIONS',
  'DATABASES',
  'CATALOGS',
  'CURRENT CATALOG',
  'CURRENT DATABASE',
  'COLUMNS',
  'PARTITIONS',
  'CREATE TABLE',
  'CREATE VIEW',
  'CREATE CATALOG',
  'CREATE MODEL',
  'CREATE MATERIALIZED TABLE',
  'MATERIALIZED TABLES',
  'MODELS',
  'FULL MODULES',
  'MODULES',
  'PROCEDURES',
  'JARS',
  'JOBS',
];

function parseShow(cursor: Cursor): Statement {
  const start = cursor.token;
  cursor.expect('SHOW');
  if (cursor.atQuietly('CONNECTIONS')) cursor.unsupported('SHOW CONNECTIONS');
  const object = cursor.expectOneOf(showObjects);
  let of: Path | undefined;
  if (object.startsWith('CREATE ') || object === 'PARTITIONS') of = cursor.path();
  else if (object === 'COLUMNS') {
    cursor.expectOneOf(['FROM', 'IN'] as const);
    of = cursor.path('a table');
  } else if (takesFrom.includes(object) && cursor.acceptOneOf(['FROM', 'IN'] as const)) of = cursor.path();
  const partition = object === 'PARTITIONS' && cursor.accept('PARTITION') ? parsePartition(cursor) : undefined;
  let like: { negated: boolean; caseInsensitive: boolean; pattern: StringLiteral } | undefined;
  const likeStart = cursor.token;
  if (takesFrom.includes(object) || object === 'COLUMNS' || object === 'CATALOGS' || object === 'DATABASES') {
    const negated = cursor.accept('NOT');
    const word = cursor.acceptOneOf(['LIKE', 'ILIKE'] as const) ?? (negated ? cursor.fail() : undefined);
    if (word !== undefined)
      like = { negated, caseInsensitive: word === 'ILIKE', pattern: cursor.string('a pattern in single quotes') };
  }
  return {
    kind: 'show',
    object,
    ...(of && { of }),
    ...(partition && { partition }),
    ...(like && { like: { kind: 'show-like', ...like, span: cursor.spanFrom(likeStart) } }),
    span: cursor.spanFrom(start),
  };
}

const takesFrom: readonly ShowObject[] = [
  'TABLES',
  'VIEWS',
  'FUNCTIONS',
  'USER FUNCTIONS',
  'PROCEDURES',
  'DATABASES',
  'MODELS',
  'MATERIALIZED TABLES',
];

function parseDescribe(cursor: Cursor): Statement {
  const start = cursor.advance();
  const isNameOnly = cursor.ahead().type === 'end' || cursor.ahead().type === 'symbol';
  if (!isNameOnly && cursor.accept('JOB')) {
    const job = cursor.string("a job's id in single quotes");
    const name = [{ kind: 'identifier', name: job.value, span: job.span } as const];
    return { kind: 'describe', object: 'JOB', extended: false, name, span: cursor.spanFrom(start) };
  }
  const object = isNameOnly
    ? 'TABLE'
    : (cursor.acceptOneOf(['DATABASE', 'CATALOG', 'FUNCTION', 'MODEL', 'TABLE'] as const) ?? 'TABLE');
  const extended = cursor.accept('EXTENDED');
  const name = cursor.path();
  return { kind: 'describe', object, extended, name, span: cursor.spanFrom(start) };
}

// EXPLAIN -------------------------------------------------------------------------------------------------------------

const explainDetails: readonly ExplainDetail[] = ['ESTIMATED_COST', 'CHANGELOG_MODE', 'JSON_EXECUTION_PLAN', 'PLAN_ADVICE'];

function parseExplain(cursor: Cursor): Statement {
  const start = cursor.token;
  cursor.expect('EXPLAIN');
  if (cursor.accept('STALL')) {
    const job = cursor.token.type === 'string' ? cursor.string() : undefined;
    return { kind: 'explain-stall', ...(job && { job }), span: cursor.spanFrom(start) };
  }
  let details: ExplainDetail[] = [];
  if (cursor.accept('PLAN')) cursor.expect('FOR');
  else if (explainDetails.some(detail => cursor.at(detail)))
    details = cursor.commaSeparated(() => cursor.expectOneOf(explainDetails));
  const statement = parseExplained(cursor);
  return { kind: 'explain', details, statement, span: cursor.spanFrom(start) };
}

function parseExplained(cursor: Cursor) {
  const start = cursor.token;
  if (cursor.at('INSERT')) return parseInsert(cursor);
  if (cursor.at('STATEMENT') || cursor.at('EXECUTE', 'STATEMENT')) return parseStatementSet(cursor, parseInsert);
  if (cursor.at('CREATE') || cursor.at('REPLACE')) {
    const created = parseCreate(cursor);
    if (created.kind === 'create-table' && created.query !== undefined) return created;
    cursor.refuse('EXPLAIN takes a query, INSERT, STATEMENT SET or CREATE TABLE … AS', start);
  }
  return parseQuery(cursor);
}

function parseStop(cursor: Cursor): Statement {
  const start = cursor.token;
  cursor.expect('STOP', 'JOB');
  const job = cursor.string("a job's id in single quotes");
  let withSavepoint = false;
  let withDrain = false;
  while (cursor.accept('WITH')) {
    const word = cursor.expectOneOf(['SAVEPOINT', 'DRAIN'] as const);
    if (word === 'SAVEPOINT') withSavepoint = true;
    else if (withSavepoint) withDrain = true;
    else cursor.refuse('WITH DRAIN stands behind WITH SAVEPOINT', cursor.previous, 'write STOP JOB … WITH SAVEPOINT WITH DRAIN');
  }
  return { kind: 'stop-job', job, withSavepoint, withDrain, span: cursor.spanFrom(start) };
}
