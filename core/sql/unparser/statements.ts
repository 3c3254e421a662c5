import type { CreateFunction, Insert, Show, Statement, StatementKind } from '../ast/statement.ts';
import { analyzeToSql, callToSql, deleteToSql, materializedTableToSql, modelToSql, partitionToSql, updateToSql } from './rare.ts';
import { alterTableToSql, createTableToSql } from './tables.ts';
import {
  hintsToSql,
  identifierToSql,
  namesToSql,
  optionsToSql,
  optionToSql,
  type Printer,
  pathToSql,
  stringToSql,
  words,
} from './text.ts';

type Rules = { readonly [Kind in StatementKind]: (statement: Extract<Statement, { kind: Kind }>, print: Printer) => string };

/** Flink SQL of a statement, without ';'. */
export function statementToSql(statement: Statement, print: Printer): string {
  return (rules[statement.kind] as (statement: Statement, print: Printer) => string)(statement, print);
}

const commentToSql = (comment: Parameters<typeof stringToSql>[0] | undefined) => comment && `COMMENT ${stringToSql(comment)}`;

const rules: Rules = {
  query: (s, print) => print.query(s),
  insert: insertToSql,
  'statement-set': (s, print) =>
    `EXECUTE STATEMENT SET\nBEGIN\n${s.inserts.map(insert => `  ${insertToSql(insert, print)};\n`).join('')}END`,
  'create-table': createTableToSql,
  'alter-table': alterTableToSql,
  'create-view': (s, print) =>
    words(
      'CREATE',
      s.temporary && 'TEMPORARY',
      'VIEW',
      s.ifNotExists && 'IF NOT EXISTS',
      pathToSql(s.name) + (s.columns.length > 0 ? namesToSql(s.columns) : ''),
      commentToSql(s.comment),
      'AS',
      print.query(s.query),
    ),
  'alter-view': (s, print) =>
    words(
      `ALTER VIEW ${pathToSql(s.name)}`,
      s.renameTo && `RENAME TO ${pathToSql(s.renameTo)}`,
      s.query && `AS ${print.query(s.query)}`,
    ),
  'create-function': createFunctionToSql,
  'alter-function': s =>
    words(
      'ALTER',
      s.temporary && 'TEMPORARY',
      s.system && 'SYSTEM',
      'FUNCTION',
      s.ifExists && 'IF EXISTS',
      `${pathToSql(s.name)} AS ${stringToSql(s.as)}`,
      s.language && `LANGUAGE ${s.language}`,
    ),
  'create-catalog': s =>
    words(
      'CREATE CATALOG',
      s.ifNotExists && 'IF NOT EXISTS',
      identifierToSql(s.name),
      commentToSql(s.comment),
      s.options.length > 0 && `WITH ${optionsToSql(s.options)}`,
    ),
  'alter-catalog': s =>
    words(
      `ALTER CATALOG ${identifierToSql(s.name)}`,
      commentToSql(s.comment) ??
        (s.reset.length > 0 ? `RESET (${s.reset.map(stringToSql).join(', ')})` : `SET ${optionsToSql(s.set)}`),
    ),
  'create-database': s =>
    words(
      'CREATE DATABASE',
      s.ifNotExists && 'IF NOT EXISTS',
      pathToSql(s.name),
      commentToSql(s.comment),
      s.options.length > 0 && `WITH ${optionsToSql(s.options)}`,
    ),
  'alter-database': s => `ALTER DATABASE ${pathToSql(s.name)} SET ${optionsToSql(s.set)}`,
  drop: s =>
    words(
      'DROP',
      s.temporary && 'TEMPORARY',
      s.system && 'SYSTEM',
      s.object,
      s.ifExists && 'IF EXISTS',
      pathToSql(s.name),
      s.behavior,
    ),
  use: s => `USE ${s.object === 'CATALOG' ? 'CATALOG ' : ''}${pathToSql(s.name)}`,
  'use-modules': s => `USE MODULES ${s.names.map(identifierToSql).join(', ')}`,
  set: s => (s.option === undefined ? 'SET' : `SET ${optionToSql(s.option)}`),
  reset: s => (s.key === undefined ? 'RESET' : `RESET ${stringToSql(s.key)}`),
  show: showToSql,
  describe: s =>
    words(
      'DESCRIBE',
      s.object !== 'TABLE' && s.object,
      s.extended && 'EXTENDED',
      s.object === 'JOB' ? `'${s.name[0]!.name.replaceAll("'", "''")}'` : pathToSql(s.name),
    ),
  explain: (s, print) => words('EXPLAIN', s.details.join(', '), statementToSql(s.statement, print)),
  'explain-stall': s => words('EXPLAIN STALL', s.job && stringToSql(s.job)),
  'stop-job': s => words('STOP JOB', stringToSql(s.job), s.withSavepoint && 'WITH SAVEPOINT', s.withDrain && 'WITH DRAIN'),
  analyze: analyzeToSql,
  update: updateToSql,
  delete: deleteToSql,
  truncate: s => `TRUNCATE TABLE ${pathToSql(s.table)}`,
  'call-procedure': callToSql,
  'load-module': s => words('LOAD MODULE', identifierToSql(s.name), s.options.length > 0 && `WITH ${optionsToSql(s.options)}`),
  'unload-module': s => `UNLOAD MODULE ${identifierToSql(s.name)}`,
  jar: s => `${s.action} JAR ${stringToSql(s.path)}`,
  'compile-plan': (s, print) =>
    words(
      'COMPILE',
      s.execute && 'AND EXECUTE',
      'PLAN',
      stringToSql(s.path),
      s.ifNotExists && 'IF NOT EXISTS',
      'FOR',
      statementToSql(s.statement, print).replace(/^EXECUTE STATEMENT SET/, 'STATEMENT SET'),
    ),
  'execute-plan': s => `EXECUTE PLAN ${stringToSql(s.path)}`,
  'create-model': modelToSql,
  'alter-model': s =>
    words(
      'ALTER MODEL',
      s.ifExists && 'IF EXISTS',
      pathToSql(s.name),
      s.renameTo
        ? `RENAME TO ${pathToSql(s.renameTo)}`
        : s.reset.length > 0
          ? `RESET (${s.reset.map(stringToSql).join(', ')})`
          : `SET ${optionsToSql(s.set)}`,
    ),
  'create-materialized-table': materializedTableToSql,
  'alter-materialized-table': (s, print) =>
    words(
      'ALTER MATERIALIZED TABLE',
      pathToSql(s.name),
      s.action,
      s.partition.length > 0 && partitionToSql(s.partition, print),
      s.options.length > 0 && `WITH ${optionsToSql(s.options)}`,
      s.query && print.query(s.query),
    ),
};

function insertToSql(insert: Insert, print: Printer): string {
  return words(
    `INSERT ${insert.overwrite ? 'OVERWRITE' : 'INTO'}`,
    pathToSql(insert.table) + hintsToSql(insert.hints),
    insert.partition.length > 0 && partitionToSql(insert.partition, print),
    insert.columns.length > 0 && namesToSql(insert.columns),
    print.query(insert.query),
    insert.onConflict !== undefined && `ON CONFLICT DO ${insert.onConflict}`,
  );
}

function createFunctionToSql(s: CreateFunction): string {
  const resources = s.resources.map(({ type, path }) => (type === 'WASM' ? stringToSql(path) : `${type} ${stringToSql(path)}`));
  return words(
    'CREATE',
    s.orReplace && 'OR REPLACE',
    s.temporary && 'TEMPORARY',
    s.system && 'SYSTEM',
    'FUNCTION',
    s.ifNotExists && 'IF NOT EXISTS',
    pathToSql(s.name),
    s.as && `AS ${stringToSql(s.as)}`,
    s.language && `LANGUAGE ${s.language}`,
    resources.length > 0 && `USING ${resources.join(', ')}`,
    s.options.length > 0 && `WITH ${optionsToSql(s.options)}`,
  );
}

function showToSql(s: Show, print: Printer): string {
  const isCreate = s.object.startsWith('CREATE ') || s.object === 'PARTITIONS';
  const like = s.like && words(s.like.negated && 'NOT', s.like.caseInsensitive ? 'ILIKE' : 'LIKE', stringToSql(s.like.pattern));
  return words(
    'SHOW',
    s.object,
    s.of && (isCreate ? pathToSql(s.of) : `FROM ${pathToSql(s.of)}`),
    s.partition && partitionToSql(s.partition, print),
    like,
  );
}
