import type { Path } from '../ast/node.ts';
import type { Statement } from '../ast/statement.ts';
import type {
  AlterTableAction,
  ChangePartitions,
  ChangeSchema,
  Distribution,
  PartitionSpecification,
  PositionedColumn,
} from '../ast/table.ts';
import { parseLanguage } from './create.ts';
import { finishDistribution, parseSchemaPart, type SchemaParts } from './create-table.ts';
import type { Cursor } from './cursor.ts';
import { parseAlterMaterializedTable, parseAlterModel } from './models.ts';
import { parsePartitionPairs } from './partition.ts';
import { parseKeys, parseOptions } from './shared.ts';

/** `ALTER …`. */
export function parseAlter(cursor: Cursor): Statement {
  const start = cursor.token.start;
  cursor.expect('ALTER');
  if (cursor.accept('TABLE')) {
    const ifExists = cursor.accept('IF', 'EXISTS');
    const name = cursor.path('a table');
    const action = parseTableAction(cursor);
    return { kind: 'alter-table', ifExists, name, action, span: cursor.spanFrom(start) };
  }
  if (cursor.accept('VIEW')) {
    const name = cursor.path('a view');
    if (cursor.accept('RENAME')) {
      cursor.expect('TO');
      return { kind: 'alter-view', name, renameTo: cursor.path(), span: cursor.spanFrom(start) };
    }
    cursor.expect('AS');
    return { kind: 'alter-view', name, query: cursor.grammar.query(cursor), span: cursor.spanFrom(start) };
  }
  if (cursor.accept('DATABASE')) {
    const name = cursor.path('a database');
    cursor.expect('SET');
    return { kind: 'alter-database', name, set: parseOptions(cursor), span: cursor.spanFrom(start) };
  }
  if (cursor.accept('CATALOG')) return parseAlterCatalog(cursor, start);
  const temporary = cursor.accept('TEMPORARY');
  const system = temporary && cursor.accept('SYSTEM');
  if (cursor.accept('FUNCTION')) {
    const ifExists = cursor.accept('IF', 'EXISTS');
    const name = cursor.path('a function');
    cursor.expect('AS');
    const as = cursor.string('the export or class in single quotes');
    const language = parseLanguage(cursor);
    return {
      kind: 'alter-function',
      temporary,
      system,
      ifExists,
      name,
      as,
      ...(language && { language }),
      span: cursor.spanFrom(start),
    };
  }
  if (!temporary && cursor.accept('MATERIALIZED')) {
    cursor.expect('TABLE');
    return parseAlterMaterializedTable(cursor, start);
  }
  if (!temporary && cursor.accept('MODEL')) return parseAlterModel(cursor, start);
  if (cursor.atQuietly('CONNECTION')) cursor.unsupported('ALTER CONNECTION');
  return cursor.fail();
}

function parseAlterCatalog(cursor: Cursor, start: number): Statement {
  const name = cursor.identifier('a catalog');
  if (cursor.accept('COMMENT'))
    return { kind: 'alter-catalog', name, set: [], reset: [], comment: cursor.string(), span: cursor.spanFrom(start) };
  if (cursor.accept('SET'))
    return { kind: 'alter-catalog', name, set: parseOptions(cursor), reset: [], span: cursor.spanFrom(start) };
  cursor.expect('RESET');
  return { kind: 'alter-catalog', name, set: [], reset: parseKeys(cursor), span: cursor.spanFrom(start) };
}

function parseTableAction(cursor: Cursor): AlterTableAction {
  const start = cursor.token;
  if (cursor.accept('RENAME')) {
    if (cursor.accept('TO'))
      return { kind: 'rename-table', to: cursor.path("the table's new name"), span: cursor.spanFrom(start) };
    const from = cursor.path('a column name');
    cursor.expect('TO');
    const to = cursor.identifier("the column's new name");
    return { kind: 'rename-column', from, to, span: cursor.spanFrom(start) };
  }
  if (cursor.accept('SET')) return { kind: 'set-options', options: parseOptions(cursor), span: cursor.spanFrom(start) };
  if (cursor.accept('RESET')) return { kind: 'reset-options', keys: parseKeys(cursor), span: cursor.spanFrom(start) };
  if (cursor.accept('ADD')) return parseChange(cursor, 'add', start.start);
  if (cursor.accept('MODIFY')) return parseChange(cursor, 'modify', start.start);
  cursor.expect('DROP');
  if (cursor.at('PARTITION') || cursor.atQuietly('IF', 'EXISTS', 'PARTITION'))
    return parsePartitions(cursor, 'drop', start.start);
  if (cursor.accept('PRIMARY')) {
    cursor.expect('KEY');
    return { kind: 'drop-part', part: 'PRIMARY KEY', span: cursor.spanFrom(start) };
  }
  if (cursor.accept('WATERMARK')) return { kind: 'drop-part', part: 'WATERMARK', span: cursor.spanFrom(start) };
  if (cursor.accept('DISTRIBUTION')) return { kind: 'drop-part', part: 'DISTRIBUTION', span: cursor.spanFrom(start) };
  if (cursor.accept('CONSTRAINT'))
    return { kind: 'drop-constraint', name: cursor.identifier("a constraint's name"), span: cursor.spanFrom(start) };
  let columns: Path[];
  if (cursor.acceptSymbol('(')) {
    columns = cursor.commaSeparated(() => cursor.path('a column name'));
    cursor.expectSymbol(')');
  } else columns = [cursor.path('a column name')];
  return { kind: 'drop-columns', columns, span: cursor.spanFrom(start) };
}

/** ADD or MODIFY: one column, watermark, key or distribution, or several of the first three in parentheses. */
function parseChange(cursor: Cursor, kind: 'add' | 'modify', start: number): ChangeSchema | ChangePartitions {
  if (kind === 'add' && (cursor.at('PARTITION') || cursor.atQuietly('IF', 'NOT', 'EXISTS', 'PARTITION')))
    return parsePartitions(cursor, 'add', start);
  const parts: SchemaParts = { columns: [], watermarks: [], primaryKey: undefined };
  const columns: PositionedColumn[] = [];
  let distribution: Distribution | undefined;
  if (cursor.accept('DISTRIBUTION')) distribution = finishDistribution(cursor, cursor.previous.start);
  else if (cursor.acceptSymbol('(')) {
    cursor.commaSeparated(() => parsePositioned(cursor, parts, columns));
    cursor.expectSymbol(')');
  } else parsePositioned(cursor, parts, columns);
  return {
    kind,
    columns,
    watermarks: parts.watermarks,
    ...(parts.primaryKey && { primaryKey: parts.primaryKey }),
    ...(distribution && { distribution }),
    span: cursor.spanFrom(start),
  };
}

function parsePositioned(cursor: Cursor, parts: SchemaParts, columns: PositionedColumn[]): void {
  const column = parseSchemaPart(cursor, parts);
  if (column === undefined) return;
  if (column.kind === 'named-column') cursor.refuse(`the column '${column.name.name}' has no type`, column);
  const position = cursor.accept('FIRST') ? 'FIRST' : cursor.accept('AFTER') ? cursor.identifier('a column name') : undefined;
  columns.push({ kind: 'positioned-column', column, ...(position && { position }), span: cursor.spanFrom(column) });
}

/** `[IF …] PARTITION (…) [WITH (…)] …`; DROP puts commas between. */
function parsePartitions(cursor: Cursor, verb: 'add' | 'drop', start: number): ChangePartitions {
  const ifNeeded = verb === 'add' ? cursor.accept('IF', 'NOT', 'EXISTS') : cursor.accept('IF', 'EXISTS');
  const partitions: PartitionSpecification[] = [];
  do {
    const from = cursor.token;
    cursor.expect('PARTITION');
    const values = parsePartitionPairs(cursor);
    const options = verb === 'add' && cursor.accept('WITH') ? parseOptions(cursor) : [];
    partitions.push({ kind: 'partition', values, options, span: cursor.spanFrom(from) });
  } while (verb === 'add' ? cursor.at('PARTITION') : cursor.acceptSymbol(','));
  return {
    kind: verb === 'add' ? 'add-partitions' : 'drop-partitions',
    ifNeeded,
    partitions,
    span: cursor.spanFrom(start),
  };
}
