import {
  type Field,
  type Schema,
  sameType,
  types,
  typeToString,
  withNullable,
  withoutTimeAttribute,
} from '../../columnar/types.ts';
import { type Span, TidemillError } from '../../common/errors.ts';
import { didYouMean } from '../../common/nearest-names.ts';
import { canCastImplicitly } from '../../functions/type-rules.ts';
import { column, type Expression, literal } from '../../plan/expressions.ts';
import { type Insert, insert, type LogicalNode, project, type TableSink } from '../../plan/nodes.ts';
import { schemaOf } from '../../plan/schema.ts';
import type * as ast from '../ast/statement.ts';
import { coerce } from './coercion.ts';
import type { QueryContext } from './context.ts';
import { tableOptions } from './hints.ts';
import { bindLiteral } from './literals.ts';
import { bindQuery } from './query.ts';
import { sinkOf } from './table-sink.ts';

/** INSERT INTO: the query's columns by position, cast as Flink does by itself; columns not named get NULL. */
export function bindInsert(node: ast.Insert, context: QueryContext): Insert {
  const nameSpan = { start: node.table[0]!.span.start, end: node.table[node.table.length - 1]!.span.end };
  const table = context.bind.catalog.lookup({ parts: node.table.map(part => part.name), span: nameSpan });
  if (table.kind === 'view')
    throw new TidemillError('wrong-kind', `'${table.path.name}' is a view, which cannot be written`, { span: nameSpan });
  const sink = sinkOf(table, tableOptions(table, node.hints, context.bind), context.bind, nameSpan);
  if (node.overwrite && context.bind.connectors.connectors.get(sink.connector)?.overwrite !== true)
    throw new TidemillError('not-a-sink', `connector '${sink.connector}' cannot overwrite what is in '${sink.name}'`, {
      span: nameSpan,
      hint: 'write INSERT INTO',
    });
  for (const { column } of node.partition)
    if (!table.partitionedBy.includes(column.name))
      throw new TidemillError('unknown-column', `'${table.path.name}' is not partitioned by '${column.name}'`, {
        span: column.span,
        hint:
          didYouMean(column.name, table.partitionedBy) ??
          (table.partitionedBy.length > 0 ? `it is by ${table.partitionedBy.join(', ')}` : 'it has no partitions'),
      });
  if (table.distribution !== undefined)
    throw new TidemillError('not-a-sink', `connector '${sink.connector}' cannot write '${table.path.name}' in buckets`, {
      span: nameSpan,
      hint: 'leave DISTRIBUTED BY out of its CREATE TABLE',
    });
  const input = bindQuery(node.query, context);
  return insertInto(input, sink, {
    columns: node.columns,
    fixed: new Map(
      node.partition.flatMap(part => (part.value === undefined ? [] : [[part.column.name, bindLiteral(part.value)] as const])),
    ),
    overwrite: node.overwrite,
    onConflict: node.onConflict,
    span: nameSpan,
    querySpan: node.query.span,
  });
}

export interface InsertOptions {
  readonly columns?: readonly { readonly name: string; readonly span?: Span }[];
  /** Partition columns with a fixed value. */
  readonly fixed?: ReadonlyMap<string, Expression>;
  readonly overwrite?: boolean;
  readonly onConflict?: Insert['onConflict'];
  readonly span?: Span;
  readonly querySpan?: Span;
}

/** An insert of any plan: where SQL and the Table API meet. Errors: unknown-column, wrong-column-count, type-mismatch. */
export function insertInto(input: LogicalNode, sink: TableSink, options: InsertOptions = {}): Insert {
  const schema = schemaOf(input);
  const fixed = options.fixed ?? new Map<string, Expression>();
  const targets = targetColumns(sink, options, fixed);
  const where = options.querySpan ?? options.span;
  if (targets.length !== schema.length)
    throw new TidemillError(
      'wrong-column-count',
      `${sink.name} takes ${targets.length} columns, the query gives ${schema.length}`,
      {
        span: where,
        hint: `query: (${described(schema)}), table: (${described(targets)})`,
      },
    );
  const expressions = sink.schema.map((field): Expression => {
    const constant = fixed.get(field.name);
    if (constant !== undefined) return coerce(constant, field.type);
    const position = targets.findIndex(target => target.name === field.name);
    if (position < 0) {
      if (field.type.nullable) return literal(null, field.type);
      throw new TidemillError('type-mismatch', `column '${field.name}' of ${sink.name} is NOT NULL and gets no value`, {
        span: options.span,
      });
    }
    const source = schema[position]!;
    const value = column(position, source);
    if (source.type.kind === 'NULL') return coerce(literal(null, types.null), field.type);
    if (!sameType(source.type, field.type) && !canCastImplicitly(source.type, field.type))
      throw new TidemillError(
        'type-mismatch',
        `column ${position + 1} of the query ('${source.name}', ${typeText(source)}) does not fit column '${field.name}' of ${sink.name}, which is ${typeText(field)}`,
        { span: where, hint: `write CAST(${source.name} AS ${typeText(field)}) in the query` },
      );
    return coerce(value, withNullable(field.type, source.type.nullable));
  });
  const inPlace = expressions.every((expression, index) => expression.kind === 'column' && expression.index === index);
  const rows =
    inPlace && schema.length === sink.schema.length
      ? input
      : project(
          input,
          expressions,
          sink.schema.map(field => field.name),
        );
  const overwrite = options.overwrite ?? false;
  const target = Object.freeze({
    ...sink,
    ...(overwrite && { overwrite }),
    ...(fixed.size > 0 && { fixedPartition: (sink.partitionedBy ?? []).filter(name => fixed.has(name)) }),
  });
  return insert(rows, target, overwrite, options.span, options.onConflict);
}

const typeText = (field: Field): string => typeToString(withoutTimeAttribute(field.type), false);
const described = (schema: Schema): string => schema.map(field => `${field.name} ${typeText(field)}`).join(', ');

function targetColumns(sink: TableSink, options: InsertOptions, fixed: ReadonlyMap<string, Expression>): Schema {
  if (options.columns === undefined || options.columns.length === 0) return sink.schema.filter(field => !fixed.has(field.name));
  const seen = new Set<string>();
  return options.columns.map(({ name, span }) => {
    const field = sink.schema.find(candidate => candidate.name === name);
    if (field === undefined)
      throw new TidemillError('unknown-column', `${sink.name} has no column '${name}'`, {
        span,
        hint: didYouMean(
          name,
          sink.schema.map(candidate => candidate.name),
        ),
      });
    if (seen.has(name)) throw new TidemillError('duplicate-column', `column '${name}' is named twice`, { span });
    seen.add(name);
    return field;
  });
}
