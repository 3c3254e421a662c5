import { checkOptions } from '../../catalog/connectors.ts';
import { type TableDescriptor, writtenFields } from '../../catalog/descriptors.ts';
import { type Span, TidemillError } from '../../common/errors.ts';
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
  const stored = table.columns.find(column => column.kind === 'metadata' && !column.virtual);
  if (stored !== undefined)
    throw new TidemillError('not-a-sink', `connector '${connector.name}' cannot write metadata column '${stored.name}'`, {
      span,
      hint: 'Declare it VIRTUAL: it is then read but not written.',
    });
  return Object.freeze({
    name: table.path.name,
    connector: connector.name,
    options,
    schema: Object.freeze(writtenFields(table.columns)),
    ...(table.primaryKey && { primaryKey: table.primaryKey }),
    ...(table.partitionedBy.length > 0 && { partitionedBy: table.partitionedBy }),
    ...(table.baseDirectory !== undefined && { baseDirectory: table.baseDirectory }),
  });
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
