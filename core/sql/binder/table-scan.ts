import { type ConnectorDescriptor, connectorOf } from '../../catalog/connectors.ts';
import {
  declaredFields,
  deliveredFields,
  pathToString,
  type TableDescriptor,
  type ViewDescriptor,
} from '../../catalog/descriptors.ts';
import { contentRows } from '../../columnar/table-content.ts';
import { type Field, typeToString, withNullable } from '../../columnar/types.ts';
import { type Span, TidemillError } from '../../common/errors.ts';
import { didYouMean } from '../../common/nearest-names.ts';
import { canCast } from '../../functions/type-rules.ts';
import { cast, column, type Expression, transformExpression } from '../../plan/expressions.ts';
import { type LogicalNode, project, scan, type TableSource, watermark } from '../../plan/nodes.ts';
import { schemaOf } from '../../plan/schema.ts';
import type { Hint, Path } from '../ast/node.ts';
import type * as ast from '../ast/query.ts';
import type { BindContext, QueryContext, ResolvedSource } from './context.ts';
import { refuseHints, tableOptions } from './hints.ts';
import { deadLettersOf } from './table-sink.ts';

/** A name in FROM: of WITH first, then the catalog's table or view. */
export function bindName(name: Path, hints: readonly Hint[], context: QueryContext, span: Span): LogicalNode {
  const common = name.length === 1 ? context.commonTables.get(name[0]!.name) : undefined;
  if (common !== undefined) {
    refuseHints(hints, 'a query of WITH');
    return common;
  }
  const nameSpan = { start: name[0]!.span.start, end: name[name.length - 1]!.span.end };
  const found = context.bind.catalog.lookup({ parts: name.map(part => part.name), span: nameSpan });
  if (found.kind === 'view') {
    refuseHints(hints, 'a view');
    return bindView(found, context, nameSpan);
  }
  return scanOf(found, tableOptions(found, hints, context.bind), context.bind, span);
}

/** A view is bound anew from its text, where it was made. */
function bindView(view: ViewDescriptor, context: QueryContext, span: Span): LogicalNode {
  const key = pathToString(view.path);
  if (context.views.includes(key))
    throw new TidemillError('recursive-view', `view '${view.path.name}' contains itself`, { span });
  const { catalog } = context.bind;
  const [currentCatalog, currentDatabase] = [catalog.currentCatalog, catalog.currentDatabase];
  try {
    catalog.currentCatalog = view.currentCatalog;
    catalog.currentDatabase = view.currentDatabase;
    const inner: QueryContext = {
      ...context,
      bind: { ...context.bind, text: view.text, baseDirectory: view.baseDirectory },
      commonTables: new Map(),
      outer: undefined,
      views: [...context.views, key],
    };
    const node = context.bindQuery(context.bind.parseQuery(view.text), inner);
    const schema = schemaOf(node);
    if (view.columns.length === 0) return node;
    return project(
      node,
      schema.map((field, index) => column(index, field)),
      view.columns,
    );
  } catch (error) {
    if (!(error instanceof TidemillError)) throw error;
    throw new TidemillError(error.code, `in view '${view.path.name}': ${error.message}`, {
      span,
      hint: error.hint,
      cause: error,
    });
  } finally {
    catalog.currentCatalog = currentCatalog;
    catalog.currentDatabase = currentDatabase;
  }
}

/** A table as a plan: what its connector delivers, its computed columns, its watermark. */
export function scanOf(
  table: TableDescriptor,
  hints: Readonly<Record<string, string>>,
  context: BindContext,
  span: Span | undefined,
): LogicalNode {
  const name = table.path.name;
  const options = { ...table.options, ...hints };
  const connector = connectorOf(options, context.connectors, name, span);
  if (connector.source === undefined)
    throw new TidemillError('not-a-source', `table '${name}' cannot be read: connector '${connector.name}' is only a sink`, {
      span,
    });
  if (connector.sourceMode === 'upsert' && table.primaryKey === undefined)
    throw new TidemillError(
      'missing-primary-key',
      `table '${name}' needs a PRIMARY KEY: connector '${connector.name}' has the latest row of each`,
      {
        span,
        hint: 'declare PRIMARY KEY (…) NOT ENFORCED in its CREATE TABLE',
      },
    );
  const metadata = metadataOf(table, connector, span);
  const letters = deadLettersOf(options, context, span);
  const source: TableSource = Object.freeze({
    name,
    connector: connector.name,
    options: Object.freeze(options),
    schema: Object.freeze(readFields(table, connector)),
    bounded: connector.boundedness(options) === 'bounded',
    ...(connector.sourceMode === 'upsert' && { changelog: connector.sourceMode }),
    ...(table.primaryKey && { primaryKey: table.primaryKey }),
    ...(table.partitionedBy.length > 0 && { partitionedBy: table.partitionedBy }),
    ...(metadata && { metadata }),
    ...(letters && { deadLetters: letters }),
    ...(table.content && { content: table.content, rowCount: contentRows(table.content) }),
    ...(table.baseDirectory !== undefined && { baseDirectory: table.baseDirectory }),
  });
  return withWatermark(withComputedColumns(withDeclaredTypes(scan(source, undefined, span), table), table), table);
}

/** The connector's key of each metadata column. Errors: unknown-metadata with the nearest names, type-mismatch. */
function metadataOf(
  table: TableDescriptor,
  connector: ConnectorDescriptor,
  span: Span | undefined,
): Readonly<Record<string, string>> | undefined {
  const keys: Record<string, string> = {};
  for (const declared of table.columns) {
    if (declared.kind !== 'metadata') continue;
    const type = connector.metadata?.[declared.key];
    const known = Object.keys(connector.metadata ?? {});
    if (type === undefined)
      throw new TidemillError(
        'unknown-metadata',
        `connector '${connector.name}' has no metadata '${declared.key}' for column '${declared.name}'`,
        { span, hint: didYouMean(declared.key, known) ?? (known.length === 0 ? 'It has none.' : `It has ${known.join(', ')}.`) },
      );
    if (!canCast(type, declared.type))
      throw new TidemillError(
        'type-mismatch',
        `metadata column '${declared.name}' cannot be ${typeToString(declared.type)}: '${declared.key}' is ${typeToString(type)}`,
        { span },
      );
    keys[declared.name] = declared.key;
  }
  return Object.keys(keys).length === 0 ? undefined : Object.freeze(keys);
}

/** What the connector delivers: metadata columns in the connector's types, where they are declared as others. */
function readFields(table: TableDescriptor, connector: ConnectorDescriptor): Field[] {
  const keys = new Map(table.columns.flatMap(each => (each.kind === 'metadata' ? [[each.name, each.key] as const] : [])));
  return deliveredFields(table.columns).map(field => {
    const type = connector.metadata?.[keys.get(field.name) ?? ''];
    if (type === undefined || typeToString(withNullable(type, true)) === typeToString(withNullable(field.type, true)))
      return field;
    return { name: field.name, type };
  });
}

/** Metadata columns as they are declared: a cast of what the connector delivers. Source: Flink docs, "CREATE TABLE", metadata columns. */
function withDeclaredTypes(input: LogicalNode, table: TableDescriptor): LogicalNode {
  const delivered = schemaOf(input);
  const declared = deliveredFields(table.columns);
  if (delivered.every((field, index) => field.type === declared[index]!.type)) return input;
  return project(
    input,
    delivered.map((field, index) => {
      const { type } = declared[index]!;
      return field.type === type ? column(index, field) : cast(column(index, field), type);
    }),
    delivered.map(field => field.name),
  );
}

function withComputedColumns(input: LogicalNode, table: TableDescriptor): LogicalNode {
  if (table.columns.every(candidate => candidate.kind === 'physical')) return input;
  const delivered = schemaOf(input);
  const expressions = table.columns.map((candidate): Expression => {
    if (candidate.kind === 'computed') return withoutSpans(candidate.expression);
    const index = delivered.findIndex(field => field.name === candidate.name);
    return column(index, delivered[index]!);
  });
  return project(
    input,
    expressions,
    table.columns.map(candidate => candidate.name),
  );
}

function withWatermark(input: LogicalNode, table: TableDescriptor): LogicalNode {
  if (table.watermark === undefined) return input;
  const index = declaredFields(table.columns).findIndex(field => field.name === table.watermark!.column);
  return watermark(input, index, withoutSpans(table.watermark.expression));
}

/** Places in the CREATE TABLE mean nothing in the statement that uses the table. */
function withoutSpans(expression: Expression): Expression {
  return transformExpression(expression, inner => {
    const { span: _, ...rest } = inner;
    return Object.freeze(rest);
  });
}

/** `FROM 'f.parquet'`: what the session found there. */
export function bindFile(reference: ast.FileTable, context: BindContext): LogicalNode {
  const path = reference.path.value;
  const resolved = context.resolved.get(fileKey(path));
  if (resolved === undefined)
    throw new TidemillError('unknown-file', `'${path}' cannot be read here`, { span: reference.path.span });
  return scan(fileSource(path, resolved, optionHints(reference.hints), context), undefined, reference.span);
}

/** Key of a file in {@link BindContext.resolved}. */
export const fileKey = (path: string): string => `file:${path}`;

function fileSource(
  path: string,
  resolved: ResolvedSource,
  hints: Readonly<Record<string, string>>,
  context: BindContext,
): TableSource {
  const options = Object.freeze({ ...resolved.options, ...hints });
  const connector = context.connectors.connectors.get(resolved.connector);
  const letters = deadLettersOf(options, context, undefined);
  return Object.freeze({
    name: path,
    connector: resolved.connector,
    options,
    schema: resolved.schema,
    bounded: connector === undefined || connector.boundedness(options) === 'bounded',
    ...(letters && { deadLetters: letters }),
    ...(context.baseDirectory !== undefined && { baseDirectory: context.baseDirectory }),
  });
}

/** Options of the hint `OPTIONS('k' = 'v')`. Other hints concern what is not here. */
export function optionHints(hints: readonly Hint[]): Readonly<Record<string, string>> {
  const options: Record<string, string> = {};
  for (const hint of hints)
    if (hint.name.name.toUpperCase() === 'OPTIONS')
      for (const option of hint.options) options[option.key.value] = option.value.value;
  return options;
}
