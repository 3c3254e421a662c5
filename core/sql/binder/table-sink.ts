import { type ConnectorDescriptor, checkOptions } from '../../catalog/connectors.ts';
import { type TableDescriptor, writtenFields } from '../../catalog/descriptors.ts';
import { typeToString } from '../../columnar/types.ts';
import { type Span, TidemillError } from '../../common/errors.ts';
import { canCastImplicitly } from '../../functions/type-rules.ts';
import type { TableSink } from '../../plan/nodes.ts';
import type { BindContext } from './context.ts';

/** A table as what an insert writes to. Errors: not-a-sink. */
export function sinkOf(
  table: TableDescriptor,
  hints: Readonly<Record<string, string>>,
  context: BindContext,
  span: Span | undefined,
): TableSink {
  const options = Object.freeze({ ...table.options, ...hints });
  const connector = checkOptions(options, context.connectors, table.path.name, () => span);
  if (connector.sink === undefined)
    throw new TidemillError(
      'not-a-sink',
      `table '${table.path.name}' cannot be written: connector '${connector.name}' is only a source`,
      {
        span,
      },
    );
  const metadata = writtenMetadata(table, connector, span);
  return Object.freeze({
    name: table.path.name,
    connector: connector.name,
    options,
    schema: Object.freeze(writtenFields(table.columns)),
    ...(metadata && { metadata }),
    ...(table.primaryKey && { primaryKey: table.primaryKey }),
    ...(table.partitionedBy.length > 0 && { partitionedBy: table.partitionedBy }),
    ...(table.content !== undefined && { path: table.path }),
    ...(table.baseDirectory !== undefined && { baseDirectory: table.baseDirectory }),
  });
}

/** The connector's key of each metadata column that is written. Errors: not-a-sink, type-mismatch. */
function writtenMetadata(
  table: TableDescriptor,
  connector: ConnectorDescriptor,
  span: Span | undefined,
): Readonly<Record<string, string>> | undefined {
  const found: Record<string, string> = {};
  for (const column of table.columns) {
    if (column.kind !== 'metadata' || column.virtual) continue;
    if (connector.writtenMetadata?.includes(column.key) !== true)
      throw new TidemillError('not-a-sink', `connector '${connector.name}' cannot write metadata column '${column.name}'`, {
        span,
        hint: 'Declare it VIRTUAL: it is then read but not written.',
      });
    const type = connector.metadata![column.key]!;
    if (type.kind !== column.type.kind && !canCastImplicitly(column.type, type))
      throw new TidemillError(
        'type-mismatch',
        `metadata column '${column.name}' cannot be ${typeToString(column.type)}: '${column.key}' is ${typeToString(type)}`,
        { span },
      );
    found[column.name] = column.key;
  }
  return Object.keys(found).length === 0 ? undefined : Object.freeze(found);
}

/**
 * The table that 'bad-records' = 'table:<name>' names, in the current catalog and database unless it says another. Errors: unknown-table with the
 * nearest names, wrong-kind, not-a-sink.
 */
export function deadLettersOf(
  options: Readonly<Record<string, string>>,
  context: BindContext,
  span: Span | undefined,
): TableSink | undefined {
  const name = /^table:(.+)$/.exec(options['bad-records'] ?? '')?.[1];
  if (name === undefined) return undefined;
  const table = context.catalog.lookup({ parts: name.split('.').map(part => part.trim().replace(/^`(.*)`$/, '$1')), span });
  if (table.kind === 'view')
    throw new TidemillError('wrong-kind', `'${table.path.name}' is a view, which cannot be written`, { span });
  return sinkOf(table, {}, context, span);
}
