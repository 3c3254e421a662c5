import type { Identifier, OptionNode, Path } from '../ast/node.ts';
import type {
  ColumnDefinition,
  CreateTable,
  Distribution,
  LikeFeature,
  LikeOption,
  LikeTable,
  PrimaryKey,
  Watermark,
} from '../ast/table.ts';
import type { Cursor } from './cursor.ts';
import { parseComment, parseOptions } from './shared.ts';
import { parseType } from './types.ts';

/** The parts of a column list, before or inside parentheses. */
export interface SchemaParts {
  readonly columns: ColumnDefinition[];
  readonly watermarks: Watermark[];
  primaryKey: PrimaryKey | undefined;
}

export interface CreateModifiers {
  readonly start: number;
  readonly orReplace: boolean;
  readonly temporary: boolean;
}

/** Behind `CREATE [OR REPLACE] [TEMPORARY] TABLE`. */
export function parseCreateTable(cursor: Cursor, modifiers: CreateModifiers): CreateTable {
  const ifNotExists = cursor.accept('IF', 'NOT', 'EXISTS');
  const name = cursor.path("a table's name");
  const parts: SchemaParts = { columns: [], watermarks: [], primaryKey: undefined };
  const hasColumns = cursor.atSymbol('(');
  if (hasColumns) {
    cursor.expectSymbol('(');
    if (!cursor.atSymbol(')')) cursor.commaSeparated(() => parseSchemaPart(cursor, parts));
    cursor.expectSymbol(')');
  }
  const comment = parseComment(cursor);
  let distribution: Distribution | undefined = parseDistribution(cursor);
  let partitionedBy: readonly Identifier[] = [];
  if (cursor.accept('PARTITIONED')) {
    cursor.expect('BY');
    partitionedBy = cursor.identifierList();
  }
  distribution ??= parseDistribution(cursor);
  if (cursor.atQuietly('USING') || cursor.atQuietly('STORED') || cursor.atQuietly('LOCATION'))
    cursor.refuse(
      `Flink SQL has no ${cursor.token.text} in CREATE TABLE`,
      cursor.token,
      "write WITH ('connector' = 'filesystem', 'path' = '…', 'format' = '…')",
    );
  const options: readonly OptionNode[] = cursor.accept('WITH') ? parseOptions(cursor) : [];
  const like = cursor.accept('LIKE') ? parseLike(cursor) : undefined;
  const query = like === undefined && cursor.accept('AS') ? cursor.grammar.query(cursor) : undefined;
  const bare = parts.columns.find(column => column.kind === 'named-column');
  if (bare !== undefined && query === undefined)
    cursor.refuse(`the column '${bare.name.name}' has no type`, bare, 'columns without types are for CREATE TABLE … AS query');
  return {
    kind: 'create-table',
    orReplace: modifiers.orReplace,
    temporary: modifiers.temporary,
    ifNotExists,
    name,
    ...(hasColumns && { columns: parts.columns }),
    watermarks: parts.watermarks,
    ...(parts.primaryKey && { primaryKey: parts.primaryKey }),
    ...(comment && { comment }),
    ...(distribution && { distribution }),
    partitionedBy,
    options,
    ...(like && { like }),
    ...(query && { query }),
    span: cursor.spanFrom(modifiers.start),
  };
}

/** A column, WATERMARK or PRIMARY KEY, added to the parts. Gives the column, if it was one. */
export function parseSchemaPart(cursor: Cursor, parts: SchemaParts): ColumnDefinition | undefined {
  if (cursor.at('WATERMARK')) {
    parts.watermarks.push(parseWatermark(cursor));
    return undefined;
  }
  if (cursor.at('CONSTRAINT') || (cursor.at('PRIMARY') && cursor.follows('KEY')) || cursor.at('UNIQUE')) {
    const start = cursor.token;
    const name = cursor.accept('CONSTRAINT') ? cursor.identifier("a constraint's name") : undefined;
    if (cursor.at('UNIQUE')) cursor.unsupported('UNIQUE', cursor.token, 'Flink has PRIMARY KEY (…) NOT ENFORCED only.');
    cursor.expect('PRIMARY', 'KEY');
    addPrimaryKey(cursor, parts, start.start, name, cursor.identifierList());
    return undefined;
  }
  const column = parseColumn(cursor, parts);
  parts.columns.push(column);
  return column;
}

function addPrimaryKey(
  cursor: Cursor,
  parts: SchemaParts,
  start: number,
  name: Identifier | undefined,
  columns: readonly Identifier[],
): void {
  let enforced = true;
  if (cursor.accept('NOT')) {
    cursor.expect('ENFORCED');
    enforced = false;
  } else cursor.accept('ENFORCED');
  const key: PrimaryKey = { kind: 'primary-key', ...(name && { name }), columns, enforced, span: cursor.spanFrom(start) };
  if (parts.primaryKey !== undefined) cursor.refuse('a table has one primary key', key);
  parts.primaryKey = key;
}

function parseWatermark(cursor: Cursor): Watermark {
  const start = cursor.token;
  cursor.expect('WATERMARK', 'FOR');
  const column: Path = cursor.path('a column name');
  cursor.expect('AS');
  const expression = cursor.grammar.expression(cursor);
  return { kind: 'watermark', column, expression, span: cursor.spanFrom(start) };
}

function parseColumn(cursor: Cursor, parts: SchemaParts): ColumnDefinition {
  const name = cursor.identifier('a column name');
  if (cursor.accept('AS')) {
    const expression = cursor.grammar.expression(cursor);
    const comment = parseComment(cursor);
    return { kind: 'computed-column', name, expression, ...(comment && { comment }), span: cursor.spanFrom(name) };
  }
  if (cursor.atSymbol(',') || cursor.atSymbol(')')) return { kind: 'named-column', name, span: name.span };
  const type = parseType(cursor);
  if (cursor.accept('METADATA')) {
    const key = cursor.accept('FROM') ? cursor.string("the metadata's key in single quotes") : undefined;
    const virtual = cursor.accept('VIRTUAL');
    const comment = parseComment(cursor);
    return {
      kind: 'metadata-column',
      name,
      type,
      ...(key && { key }),
      virtual,
      ...(comment && { comment }),
      span: cursor.spanFrom(name),
    };
  }
  refuseForeignColumnPart(cursor);
  const constraint = cursor.accept('CONSTRAINT') ? cursor.identifier("a constraint's name") : undefined;
  if (cursor.at('UNIQUE')) cursor.unsupported('UNIQUE', cursor.token, 'Flink has PRIMARY KEY (…) NOT ENFORCED only.');
  if (cursor.accept('PRIMARY')) {
    cursor.expect('KEY');
    addPrimaryKey(cursor, parts, name.span.start, constraint, [name]);
  }
  const comment = parseComment(cursor);
  return { kind: 'physical-column', name, type, ...(comment && { comment }), span: cursor.spanFrom(name) };
}

/** What other systems write behind a column's type. */
const foreignColumnParts: Readonly<Record<string, string>> = {
  DEFAULT: 'COALESCE in the INSERT gives a value for NULL',
  CHECK: 'conditions go into the WHERE of queries',
  REFERENCES: 'there are no foreign keys; leave it out',
  AUTO_INCREMENT: 'numbers come from the data, or from ROW_NUMBER()',
  IDENTITY: 'numbers come from the data, or from ROW_NUMBER()',
  GENERATED: 'a computed column is written name AS expression',
  UNSIGNED: 'numbers have a sign; take the next larger type',
  COLLATE: 'texts are compared by their code points; leave it out',
};

function refuseForeignColumnPart(cursor: Cursor): void {
  const { text } = cursor.token;
  const advice = Object.hasOwn(foreignColumnParts, text) ? foreignColumnParts[text] : undefined;
  if (advice !== undefined) cursor.refuse(`Flink SQL has no ${text} of columns`, cursor.token, advice);
  if (cursor.atSymbolQuietly('[')) cursor.refuse('arrays are not declared by brackets', cursor.token, 'write ARRAY<INT>');
}

/** `DISTRIBUTED [BY [HASH | RANGE] (…)] [INTO n BUCKETS]`. */
export function parseDistribution(cursor: Cursor): Distribution | undefined {
  if (!cursor.accept('DISTRIBUTED')) return undefined;
  return finishDistribution(cursor, cursor.previous.start);
}

/** `DISTRIBUTION …` in ALTER TABLE, behind its word. */
export function finishDistribution(cursor: Cursor, start: number): Distribution {
  let method: 'HASH' | 'RANGE' | undefined;
  let columns: readonly Identifier[] = [];
  if (cursor.accept('BY')) {
    method = cursor.acceptOneOf(['HASH', 'RANGE'] as const);
    columns = cursor.identifierList();
  } else if (!cursor.at('INTO')) cursor.fail();
  const buckets = cursor.accept('INTO') ? cursor.integer('the number of buckets') : undefined;
  if (buckets !== undefined) cursor.expect('BUCKETS');
  return {
    kind: 'distribution',
    ...(method && { method }),
    columns,
    ...(buckets && { buckets }),
    span: cursor.spanFrom(start),
  };
}

const likeFeatures: readonly LikeFeature[] = [
  'ALL',
  'CONSTRAINTS',
  'DISTRIBUTION',
  'GENERATED',
  'METADATA',
  'OPTIONS',
  'PARTITIONS',
  'WATERMARKS',
];

function parseLike(cursor: Cursor): LikeTable {
  const start = cursor.previous;
  const table = cursor.path('a table');
  const options: LikeOption[] = [];
  if (cursor.acceptSymbol('(')) {
    while (!cursor.atSymbol(')')) {
      const from = cursor.token;
      const strategy = cursor.expectOneOf(['INCLUDING', 'EXCLUDING', 'OVERWRITING'] as const);
      const feature = cursor.expectOneOf(likeFeatures);
      options.push({ kind: 'like-option', strategy, feature, span: cursor.spanFrom(from) });
    }
    cursor.expectSymbol(')');
  }
  return { kind: 'like-table', table, options, span: cursor.spanFrom(start) };
}
