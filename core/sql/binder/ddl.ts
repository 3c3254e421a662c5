import { checkOptions } from '../../catalog/connectors.ts';
import {
  declaredFields,
  deliveredFields,
  type TableColumn,
  type TableDescriptor,
  type WatermarkDeclaration,
} from '../../catalog/descriptors.ts';
import { isTimestamp, type Schema, typeToString, withNullable, withoutTimeAttribute } from '../../columnar/types.ts';
import { notSupported, type Span, TidemillError } from '../../common/errors.ts';
import { didYouMean } from '../../common/nearest-names.ts';
import type { OptionNode } from '../ast/node.ts';
import type * as ast from '../ast/table.ts';
import type { BindContext } from './context.ts';
import { bindExpression } from './expressions.ts';
import { scopeOf } from './scope.ts';

/** Key of a table without declared columns in {@link BindContext.resolved}. */
export const tableKey = (name: string): string => `table:${name}`;

export interface BoundTable {
  readonly table: TableDescriptor;
  /** For CREATE TABLE … AS: its columns come from here. */
  readonly querySchema?: Schema | undefined;
}

/** Whether a CREATE TABLE leaves its physical columns to the data. */
export function infersColumns(node: ast.CreateTable): boolean {
  const physical = node.columns?.some(column => column.kind === 'physical-column' || column.kind === 'named-column') ?? false;
  return !physical && node.query === undefined && node.like === undefined;
}

/** CREATE TABLE as a descriptor: columns, computed expressions, watermark, key and options, all checked. */
export function bindCreateTable(node: ast.CreateTable, context: BindContext, querySchema?: Schema): TableDescriptor {
  const nameSpan = { start: node.name[0]!.span.start, end: node.name[node.name.length - 1]!.span.end };
  const path = context.catalog.resolve({ parts: node.name.map(part => part.name), span: nameSpan });
  if (node.distribution !== undefined) throw notSupported('DISTRIBUTED BY', node.distribution.span);
  const base = node.like && likeParts(node.like, context);
  const inferred = infersColumns(node);
  const key = node.primaryKey === undefined ? base?.primaryKey : primaryKeyOf(node.primaryKey);
  const columns = bindColumns(node, context, base?.columns ?? [], inferred, querySchema, key ?? []);
  checkNames(columns, node);
  checkPrimaryKey(node, columns);
  checkPartition(node, columns);
  const found = inferred ? context.resolved.get(tableKey(node.name.map(part => part.name).join('.')))?.options : undefined;
  const options = { ...found, ...base?.options, ...optionsOf(node.options) };
  const watermark = bindWatermark(node, columns, context) ?? base?.watermark;
  const spans = new Map(node.options.map(option => [option.key.value, option.span]));
  checkOptions(options, context.connectors, path.name, option => spans.get(option) ?? nameSpan);
  return Object.freeze({
    kind: 'table',
    path,
    temporary: node.temporary,
    columns: Object.freeze(columns),
    inferred,
    ...(watermark && { watermark }),
    ...(key && key.length > 0 && { primaryKey: key }),
    partitionedBy: node.partitionedBy.length > 0 ? node.partitionedBy.map(name => name.name) : (base?.partitionedBy ?? []),
    options: Object.freeze(options),
    ...(node.comment && { comment: node.comment.value }),
    ...(context.baseDirectory !== undefined && { baseDirectory: context.baseDirectory }),
  });
}

export function optionsOf(nodes: readonly OptionNode[]): Record<string, string> {
  const options: Record<string, string> = {};
  for (const option of nodes) options[option.key.value] = option.value.value;
  return options;
}

function bindColumns(
  node: ast.CreateTable,
  context: BindContext,
  base: readonly TableColumn[],
  inferred: boolean,
  querySchema: Schema | undefined,
  key: readonly string[],
): TableColumn[] {
  const declared = node.columns ?? [];
  const stored: (TableColumn | ast.ComputedColumn)[] = [...base];
  if (inferred) stored.push(...inferredColumns(node, context));
  if (querySchema !== undefined) stored.push(...queryColumns(node, querySchema));
  for (const column of declared) {
    switch (column.kind) {
      case 'physical-column': {
        const type = column.type.type;
        if (type.kind === 'NULL')
          throw new TidemillError('type-mismatch', 'a column cannot have the type NULL', { span: column.type.span });
        stored.push({
          kind: 'physical',
          name: column.name.name,
          type: key.includes(column.name.name) ? withNullable(type, false) : type,
          ...comment(column),
        });
        break;
      }
      case 'metadata-column':
        stored.push({
          kind: 'metadata',
          name: column.name.name,
          type: column.type.type,
          key: column.key?.value ?? column.name.name,
          virtual: column.virtual,
          ...comment(column),
        });
        break;
      case 'computed-column':
        stored.push(column);
        break;
      case 'named-column':
        break;
    }
  }
  const delivered = deliveredFields(stored.filter(column => column.kind === 'physical' || column.kind === 'metadata'));
  const scope = scopeOf(delivered, node.name[node.name.length - 1]!.name);
  return stored.map((column): TableColumn => {
    if (column.kind !== 'computed-column') return column;
    const expression = bindExpression(column.expression, { bind: context, scope, clause: 'a computed column' });
    if (expression.type.kind === 'NULL')
      throw new TidemillError('type-mismatch', 'the type of NULL is not known', {
        span: column.expression.span,
        hint: 'write CAST(NULL AS …)',
      });
    const text = context.text.slice(column.expression.span.start, column.expression.span.end);
    return { kind: 'computed', name: column.name.name, expression, text, ...comment(column) };
  });
}

const comment = (column: { readonly comment?: { readonly value: string } }): { comment?: string } =>
  column.comment === undefined ? {} : { comment: column.comment.value };

function inferredColumns(node: ast.CreateTable, context: BindContext): TableColumn[] {
  const resolved = context.resolved.get(tableKey(node.name.map(part => part.name).join('.')));
  if (resolved === undefined)
    throw new TidemillError('no-columns', `table '${node.name[node.name.length - 1]!.name}' declares no columns`, {
      span: node.span,
      hint: "only tables over files ('connector' = 'filesystem') can take their columns from the data",
    });
  return resolved.schema.map(field => ({ kind: 'physical', name: field.name, type: field.type }));
}

/** CREATE TABLE … AS: the query's columns, reordered when a list of names says so. */
function queryColumns(node: ast.CreateTable, schema: Schema): TableColumn[] {
  const named = (node.columns ?? []).filter(column => column.kind === 'named-column');
  const own = new Set((node.columns ?? []).flatMap(column => (column.kind === 'physical-column' ? [column.name.name] : [])));
  const fields = schema.filter(field => !own.has(field.name));
  const ordered =
    named.length === 0
      ? fields
      : named.map(({ name }) => {
          const field = fields.find(candidate => candidate.name === name.name);
          if (field !== undefined) return field;
          throw new TidemillError('unknown-column', `the query has no column '${name.name}'`, {
            span: name.span,
            hint: didYouMean(
              name.name,
              fields.map(candidate => candidate.name),
            ),
          });
        });
  return ordered.map(field => ({ kind: 'physical', name: field.name, type: withoutTimeAttribute(field.type) }));
}

function checkNames(columns: readonly TableColumn[], node: ast.CreateTable): void {
  const seen = new Set<string>();
  for (const column of columns) {
    if (seen.has(column.name)) {
      const again = node.columns?.findLast(candidate => candidate.name.name === column.name);
      throw new TidemillError('duplicate-column', `there are two columns '${column.name}'`, {
        span: again?.name.span ?? node.span,
      });
    }
    seen.add(column.name);
  }
}

function primaryKeyOf(node: ast.PrimaryKey): string[] {
  if (node.enforced)
    throw new TidemillError('wrong-argument', 'a PRIMARY KEY is never enforced here, as the data is not ours', {
      span: node.span,
      hint: 'write PRIMARY KEY (…) NOT ENFORCED',
    });
  return node.columns.map(column => column.name);
}

function checkPrimaryKey(node: ast.CreateTable, columns: readonly TableColumn[]): void {
  for (const { name, span } of node.primaryKey?.columns ?? []) {
    const column = requireColumn(name, span, columns);
    if (column.kind !== 'physical')
      throw new TidemillError('wrong-argument', `'${name}' is a ${column.kind} column, and a key has physical columns only`, {
        span,
      });
  }
}

function checkPartition(node: ast.CreateTable, columns: readonly TableColumn[]): void {
  for (const { name, span } of node.partitionedBy) requireColumn(name, span, columns);
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
  node: ast.CreateTable,
  columns: readonly TableColumn[],
  context: BindContext,
): WatermarkDeclaration | undefined {
  const declared = node.watermarks[0];
  if (declared === undefined) return undefined;
  if (node.watermarks.length > 1)
    throw new TidemillError('wrong-argument', 'a table has at most one WATERMARK', { span: node.watermarks[1]!.span });
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
  return { column: name, expression, text: context.text.slice(declared.expression.span.start, declared.expression.span.end) };
}

interface LikeParts {
  readonly columns: readonly TableColumn[];
  readonly options: Readonly<Record<string, string>>;
  readonly primaryKey: readonly string[] | undefined;
  readonly watermark: WatermarkDeclaration | undefined;
  readonly partitionedBy: readonly string[];
}

/** LIKE takes everything over unless EXCLUDING says otherwise. Source: Flink docs, CREATE TABLE, LIKE. */
function likeParts(node: ast.LikeTable, context: BindContext): LikeParts {
  const span = { start: node.table[0]!.span.start, end: node.table[node.table.length - 1]!.span.end };
  const table = context.catalog.lookup({ parts: node.table.map(part => part.name), span });
  if (table.kind === 'view')
    throw new TidemillError('wrong-kind', `'${table.path.name}' is a view; LIKE takes a table`, { span });
  const strategies = new Map(node.options.map(option => [option.feature, option.strategy]));
  const includes = (feature: ast.LikeFeature): boolean =>
    (strategies.get(feature) ?? strategies.get('ALL') ?? 'INCLUDING') !== 'EXCLUDING';
  return {
    columns: table.columns.filter(
      column => column.kind === 'physical' || (column.kind === 'metadata' ? includes('METADATA') : includes('GENERATED')),
    ),
    options: includes('OPTIONS') ? table.options : {},
    primaryKey: includes('CONSTRAINTS') ? table.primaryKey : undefined,
    watermark: includes('WATERMARKS') ? table.watermark : undefined,
    partitionedBy: includes('PARTITIONS') ? table.partitionedBy : [],
  };
}
