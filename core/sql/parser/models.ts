import type { Identifier, IntervalLiteral, OptionNode, StringLiteral } from '../ast/node.ts';
import type { Statement } from '../ast/statement.ts';
import type { ColumnDefinition, Distribution } from '../ast/table.ts';
import { type CreateModifiers, parseDistribution, parseSchemaPart, type SchemaParts } from './create-table.ts';
import type { Cursor } from './cursor.ts';
import { parsePartition } from './partition.ts';
import { parsePrimary } from './primary.ts';
import { parseComment, parseKeys, parseOptions } from './shared.ts';

/** Behind `CREATE [OR REPLACE] [TEMPORARY] MODEL`. */
export function parseCreateModel(cursor: Cursor, { start, orReplace, temporary }: CreateModifiers): Statement {
  const ifNotExists = cursor.accept('IF', 'NOT', 'EXISTS');
  const name = cursor.path("a model's name");
  const input = cursor.accept('INPUT') ? parseColumns(cursor).columns : [];
  const output = cursor.accept('OUTPUT') ? parseColumns(cursor).columns : [];
  const comment = parseComment(cursor);
  const options = cursor.accept('WITH') ? parseOptions(cursor) : [];
  const query = cursor.accept('AS') ? cursor.grammar.query(cursor) : undefined;
  return {
    kind: 'create-model',
    orReplace,
    temporary,
    ifNotExists,
    name,
    input,
    output,
    ...(comment && { comment }),
    options,
    ...(query && { query }),
    span: cursor.spanFrom(start),
  };
}

function parseColumns(cursor: Cursor): SchemaParts {
  const parts: SchemaParts = { columns: [], watermarks: [], primaryKey: undefined };
  cursor.expectSymbol('(');
  cursor.commaSeparated(() => parseSchemaPart(cursor, parts));
  cursor.expectSymbol(')');
  return parts;
}

/** Behind `ALTER MODEL`. */
export function parseAlterModel(cursor: Cursor, start: number): Statement {
  const ifExists = cursor.accept('IF', 'EXISTS');
  const name = cursor.path('a model');
  let set: readonly OptionNode[] = [];
  let reset: readonly StringLiteral[] = [];
  if (cursor.accept('RENAME')) {
    cursor.expect('TO');
    const renameTo = cursor.path("the model's new name");
    return { kind: 'alter-model', ifExists, name, renameTo, set, reset, span: cursor.spanFrom(start) };
  }
  if (cursor.accept('SET')) set = parseOptions(cursor);
  else {
    cursor.expect('RESET');
    reset = parseKeys(cursor);
  }
  return { kind: 'alter-model', ifExists, name, set, reset, span: cursor.spanFrom(start) };
}

/** Behind `CREATE [OR ALTER] MATERIALIZED TABLE`. */
export function parseCreateMaterializedTable(cursor: Cursor, { start, orReplace }: CreateModifiers): Statement {
  const ifNotExists = cursor.accept('IF', 'NOT', 'EXISTS');
  const name = cursor.path("a table's name");
  const parts = cursor.atSymbol('(') ? parseColumns(cursor) : undefined;
  const columns: readonly ColumnDefinition[] = parts?.columns ?? [];
  const comment = parseComment(cursor);
  const distribution: Distribution | undefined = parseDistribution(cursor);
  let partitionedBy: readonly Identifier[] = [];
  if (cursor.accept('PARTITIONED')) {
    cursor.expect('BY');
    partitionedBy = cursor.identifierList();
  }
  const options = cursor.accept('WITH') ? parseOptions(cursor) : [];
  let freshness: IntervalLiteral | undefined;
  if (cursor.accept('FRESHNESS')) {
    cursor.expectSymbol('=');
    const interval = parsePrimary(cursor);
    if (interval.kind !== 'interval') cursor.refuse("the freshness is an interval: INTERVAL '3' MINUTE", interval);
    freshness = interval;
  }
  let refreshMode: 'FULL' | 'CONTINUOUS' | undefined;
  if (cursor.accept('REFRESH_MODE')) {
    cursor.expectSymbol('=');
    refreshMode = cursor.expectOneOf(['FULL', 'CONTINUOUS'] as const);
  }
  cursor.expect('AS');
  const query = cursor.grammar.query(cursor);
  return {
    kind: 'create-materialized-table',
    orReplace,
    ifNotExists,
    name,
    columns,
    ...(parts?.primaryKey && { primaryKey: parts.primaryKey }),
    ...(comment && { comment }),
    ...(distribution && { distribution }),
    partitionedBy,
    options,
    ...(freshness && { freshness }),
    ...(refreshMode && { refreshMode }),
    query,
    span: cursor.spanFrom(start),
  };
}

/** Behind `ALTER MATERIALIZED TABLE`. */
export function parseAlterMaterializedTable(cursor: Cursor, start: number): Statement {
  const name = cursor.path('a table');
  const action = cursor.expectOneOf(['SUSPEND', 'RESUME', 'REFRESH', 'AS'] as const);
  const partition = action === 'REFRESH' && cursor.accept('PARTITION') ? parsePartition(cursor) : [];
  const options = action === 'RESUME' && cursor.accept('WITH') ? parseOptions(cursor) : [];
  const query = action === 'AS' ? cursor.grammar.query(cursor) : undefined;
  return {
    kind: 'alter-materialized-table',
    name,
    action,
    partition,
    options,
    ...(query && { query }),
    span: cursor.spanFrom(start),
  };
}
