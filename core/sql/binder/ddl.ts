import { checkOptions } from '../../catalog/connectors.ts';
import {
  declaredFields,
  deliveredFields,
  type PhysicalColumn,
  type TableColumn,
  type TableDescriptor,
  type TableDistribution,
  type WatermarkDeclaration,
} from '../../catalog/descriptors.ts';
import { isTimestamp, type Schema, typeToString, withNullable, withoutTimeAttribute } from '../../columnar/types.ts';
import { notSupported, type Span, TidemillError } from '../../common/errors.ts';
import { didYouMean } from '../../common/nearest-names.ts';
import type { OptionNode } from '../ast/node.ts';
import type * as ast from '../ast/table.ts';
import { unparseQuoted } from '../unparse.ts';
import type { BindContext } from './context.ts';
import { bindExpression } from './expressions.ts';
import { type LikeParts, likeParts } from './like.ts';
import { scopeOf } from './scope.ts';
import { columnName, type UnboundColumn, type UnboundKey, type UnboundTable } from './unbound-table.ts';

/** Key of a table without declared columns in {@link BindContext.resolved}. */
export const tableKey = (name: string): string => `table:${name}`;

/** Whether a CREATE TABLE leaves its physical columns to the data. */
export function infersColumns(node: ast.CreateTable): boolean {
  const physical = node.columns?.some(column => column.kind === 'physical-column' || column.kind === 'named-column') ?? false;
  return !physical && node.query === undefined && node.like === undefined;
}

/** CREATE TABLE as a descriptor: columns, computed expressions, watermark, key and options, all checked. */
export function bindCreateTable(node: ast.CreateTable, context: BindContext, querySchema?: Schema): TableDescriptor {
  const span = nameSpanOf(node.name);
  const path = context.catalog.resolve({ parts: node.name.map(part => part.name), span });
  const base = node.like && likeParts(node, node.like, context);
  const inferred = infersColumns(node);
  const declared = declaredColumns(node, querySchema);
  const columns = mergedColumns(node, base, declared, inferred ? inferredColumns(node, context) : [], querySchema);
  const found = inferred ? context.resolved.get(tableKey(node.name.map(part => part.name).join('.')))?.options : undefined;
  if (node.watermarks.length > 1)
    throw new TidemillError('wrong-argument', 'a table has at most one WATERMARK', { span: node.watermarks[1]!.span });
  const key = node.primaryKey === undefined ? base?.primaryKey : primaryKeyOf(node.primaryKey);
  return makeTable(
    {
      path,
      temporary: node.temporary,
      inferred,
      columns,
      ownColumns: new Map(declared.map(column => [column.name.name, column.name.span])),
      watermark: node.watermarks[0] ?? base?.watermark,
      key,
      partitionedBy: node.partitionedBy.length > 0 ? node.partitionedBy : (base?.partitionedBy ?? []),
      distribution: node.distribution === undefined ? base?.distribution : distributionOf(node.distribution),
      options: { ...found, ...base?.options, ...optionsOf(node.options) },
      optionSpans: new Map(node.options.map(option => [option.key.value, option.span])),
      comment: node.comment?.value,
      baseDirectory: context.baseDirectory,
      span,
    },
    context,
  );
}

/** Binds the expressions of a table and checks that all fits together. */
export function makeTable(table: UnboundTable, context: BindContext): TableDescriptor {
  checkNames(table);
  const columns = bindColumns(table, context);
  checkPrimaryKey(table, columns);
  for (const { name, span } of table.partitionedBy) requireColumn(name, span, columns);
  for (const name of table.distribution?.columns ?? []) requireColumn(name, table.span, columns);
  const watermark = bindWatermark(table, columns, context);
  // a table without a connector may serve LIKE; using it says what is missing
  if (table.options['connector'] !== undefined)
    checkOptions(table.options, context.connectors, table.path.name, option => table.optionSpans.get(option) ?? table.span);
  return Object.freeze({
    kind: 'table',
    path: table.path,
    temporary: table.temporary,
    columns: Object.freeze(columns),
    inferred: table.inferred,
    ...(watermark && { watermark }),
    ...(table.key && {
      primaryKey: table.key.columns.map(column => column.name),
      primaryKeyName: table.key.name ?? `PK_${table.key.columns.map(column => column.name).join('_')}`,
    }),
    partitionedBy: table.partitionedBy.map(name => name.name),
    ...(table.distribution && { distribution: table.distribution }),
    options: Object.freeze(table.options),
    ...(table.comment !== undefined && { comment: table.comment }),
    ...(table.baseDirectory !== undefined && { baseDirectory: table.baseDirectory }),
  });
}

const nameSpanOf = (name: ast.CreateTable['name']): Span => ({
  start: name[0]!.span.start,
  end: name[name.length - 1]!.span.end,
});

export function optionsOf(nodes: readonly OptionNode[]): Record<string, string> {
  const options: Record<string, string> = {};
  for (const option of nodes) options[option.key.value] = option.value.value;
  return options;
}

export const distributionOf = ({ method, columns, buckets }: ast.Distribution): TableDistribution => ({
  ...(method && { method }),
  columns: columns.map(column => column.name),
  ...(buckets && { buckets: Number(buckets.text) }),
});

/** The columns that CREATE TABLE writes down itself; with AS query, those that change a column of the query's are left to it. */
function declaredColumns(
  node: ast.CreateTable,
  querySchema: Schema | undefined,
): Exclude<ast.ColumnDefinition, ast.NamedColumn>[] {
  return (node.columns ?? []).flatMap(column => {
    if (column.kind === 'named-column') return [];
    const fromQuery = column.kind === 'physical-column' && querySchema?.some(field => field.name === column.name.name);
    return fromQuery ? [] : [column];
  });
}

/** Of LIKE first, then what is declared, then the query's or the data's; an overwritten column keeps its place. */
function mergedColumns(
  node: ast.CreateTable,
  base: LikeParts | undefined,
  declared: readonly Exclude<ast.ColumnDefinition, ast.NamedColumn>[],
  inferred: readonly PhysicalColumn[],
  querySchema: Schema | undefined,
): UnboundColumn[] {
  const merged: UnboundColumn[] = [...(base?.columns ?? []), ...inferred];
  for (const column of declared) {
    const index = (base?.columns ?? []).findIndex(candidate => columnName(candidate) === column.name.name);
    const before = index < 0 ? undefined : merged[index]!;
    const unbound = unboundColumn(column);
    if (before === undefined) merged.push(unbound);
    else if (base!.overwrites(before, unbound)) merged[index] = unbound;
    else
      throw new TidemillError('duplicate-column', `the table it is like has a column '${column.name.name}' already`, {
        span: column.name.span,
        hint: unbound.kind === 'computed-column' ? 'LIKE … (OVERWRITING GENERATED) replaces it' : undefined,
      });
  }
  if (querySchema !== undefined) merged.push(...queryColumns(node, querySchema));
  return merged;
}

/** A declared column as a table keeps it. Errors: type-mismatch for the type NULL. */
export function unboundColumn(column: Exclude<ast.ColumnDefinition, ast.NamedColumn>): UnboundColumn {
  switch (column.kind) {
    case 'physical-column':
      if (column.type.type.kind === 'NULL')
        throw new TidemillError('type-mismatch', 'a column cannot have the type NULL', { span: column.type.span });
      return { kind: 'physical', name: column.name.name, type: column.type.type, ...comment(column) };
    case 'metadata-column':
      return {
        kind: 'metadata',
        name: column.name.name,
        type: column.type.type,
        key: column.key?.value ?? column.name.name,
        virtual: column.virtual,
        ...comment(column),
      };
    case 'computed-column':
      return column;
  }
}

function bindColumns(table: UnboundTable, context: BindContext): TableColumn[] {
  const key = new Set(table.key?.columns.map(column => column.name));
  const stored = table.columns.map(
    (column): UnboundColumn =>
      column.kind === 'physical' && key.has(column.name) && table.ownColumns.has(column.name)
        ? { ...column, type: withNullable(column.type, false) }
        : column,
  );
  const delivered = deliveredFields(stored.filter(column => column.kind === 'physical' || column.kind === 'metadata'));
  const scope = scopeOf(delivered, table.path.name);
  return stored.map((column): TableColumn => {
    if (column.kind !== 'computed-column') return column;
    const expression = bindExpression(column.expression, { bind: context, scope, clause: 'a computed column' });
    if (expression.type.kind === 'NULL')
      throw new TidemillError('type-mismatch', 'the type of NULL is not known', {
        span: column.expression.span,
        hint: 'write CAST(NULL AS …)',
      });
    return {
      kind: 'computed',
      name: column.name.name,
      expression,
      text: unparseQuoted(column.expression),
      ...comment(column),
    };
  });
}

const comment = (column: { readonly comment?: { readonly value: string } }): { comment?: string } =>
  column.comment === undefined ? {} : { comment: column.comment.value };

function inferredColumns(node: ast.CreateTable, context: BindContext): PhysicalColumn[] {
  const resolved = context.resolved.get(tableKey(node.name.map(part => part.name).join('.')));
  if (resolved === undefined)
    throw new TidemillError('no-columns', `table '${node.name[node.name.length - 1]!.name}' declares no columns`, {
      span: node.span,
      hint: "only tables over files ('connector' = 'filesystem') can take their columns from the data",
    });
  return resolved.schema.map(field => ({ kind: 'physical', name: field.name, type: field.type }));
}

/** CREATE TABLE … AS: the query's columns, reordered when a list of names says so, with another type when one is declared. */
function queryColumns(node: ast.CreateTable, schema: Schema): PhysicalColumn[] {
  const named = (node.columns ?? []).filter(column => column.kind === 'named-column');
  const own = new Map(
    (node.columns ?? []).flatMap(column => (column.kind === 'physical-column' ? [[column.name.name, column]] : [])),
  );
  if (named.length > 0 && named.length !== schema.length)
    throw new TidemillError('wrong-column-count', `${named.length} columns are named, and the query gives ${schema.length}`, {
      span: { start: named[0]!.span.start, end: named[named.length - 1]!.span.end },
    });
  const ordered =
    named.length === 0
      ? schema
      : named.map(({ name }) => {
          const field = schema.find(candidate => candidate.name === name.name);
          if (field !== undefined) return field;
          throw new TidemillError('unknown-column', `the query has no column '${name.name}'`, {
            span: name.span,
            hint: didYouMean(
              name.name,
              schema.map(candidate => candidate.name),
            ),
          });
        });
  return ordered.map(field => {
    const declared = own.get(field.name);
    const type = declared?.type.type ?? withoutTimeAttribute(field.type);
    return { kind: 'physical', name: field.name, type, ...(declared && comment(declared)) };
  });
}

function checkNames(table: UnboundTable): void {
  const seen = new Set<string>();
  for (const column of table.columns) {
    const name = columnName(column);
    if (seen.has(name))
      throw new TidemillError('duplicate-column', `there are two columns '${name}'`, {
        span: table.ownColumns.get(name) ?? table.span,
      });
    seen.add(name);
  }
}

export function primaryKeyOf(node: ast.PrimaryKey): UnboundKey {
  if (node.enforced)
    throw new TidemillError('wrong-argument', 'a PRIMARY KEY is never enforced here, as the data is not ours', {
      span: node.span,
      hint: 'write PRIMARY KEY (…) NOT ENFORCED',
    });
  return { name: node.name?.name, columns: node.columns, span: node.span };
}

function checkPrimaryKey(table: UnboundTable, columns: readonly TableColumn[]): void {
  for (const { name, span } of table.key?.columns ?? []) {
    const column = requireColumn(name, span, columns);
    if (column.kind !== 'physical')
      throw new TidemillError('wrong-argument', `'${name}' is a ${column.kind} column, and a key has physical columns only`, {
        span,
      });
    if (column.type.nullable)
      throw new TidemillError('wrong-argument', `'${name}' may be NULL, and a key's columns may not`, {
        span,
        hint: `declare ${name} as ${typeToString(withNullable(column.type, false))}`,
      });
  }
}

function requireColumn(name: string, span: Span, columns: readonly TableColumn[]): TableColumn {
  const column = columns.find(candidate => candidate.name === name);
  if (column !== undefined) return column;
  throw new TidemillError('unknown-column', `the table has no column '${name}'`, {
    span,
    hint: didYouMean(
      name,
      columns.map(candidate => candidate.name),
    ),
  });
}

function bindWatermark(
  table: UnboundTable,
  columns: readonly TableColumn[],
  context: BindContext,
): WatermarkDeclaration | undefined {
  const declared = table.watermark;
  if (declared === undefined) return undefined;
  if (declared.column.length > 1)
    throw notSupported('a watermark on a field of a ROW', declared.span, 'make it a computed column first');
  const { name, span } = declared.column[0]!;
  requireColumn(name, span, columns);
  const schema = declaredFields(columns);
  const type = schema.find(field => field.name === name)!.type;
  if (!isTimestamp(type) || type.precision > 3 || type.attribute !== undefined)
    throw new TidemillError(
      'type-mismatch',
      `a watermark needs a TIMESTAMP(3) or TIMESTAMP_LTZ(3) column, and '${name}' is ${typeToString(type, false)}`,
      {
        span,
        hint: isTimestamp(type)
          ? `declare a column event_time AS CAST(${name} AS ${type.kind}(3)) and put the watermark on it`
          : `declare a column event_time AS TO_TIMESTAMP(…), or AS TO_TIMESTAMP_LTZ(…, 3) for milliseconds, and put the watermark on it`,
      },
    );
  const expression = bindExpression(declared.expression, { bind: context, scope: scopeOf(schema), clause: 'WATERMARK' });
  if (expression.type.kind !== type.kind)
    throw new TidemillError(
      'type-mismatch',
      `the watermark is ${typeToString(withoutTimeAttribute(expression.type), false)}, its column is ${typeToString(type, false)}`,
      {
        span: declared.expression.span,
        hint: `write ${name} - INTERVAL '5' SECOND`,
      },
    );
  return { column: name, expression, text: unparseQuoted(declared.expression) };
}
