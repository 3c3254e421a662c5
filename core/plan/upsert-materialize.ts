import { types } from '../columnar/types.ts';
import { notSupported } from '../common/errors.ts';
import { type AggregateCall, call, column, fieldAccess } from './expressions.ts';
import { aggregate, insert, type LogicalNode, project } from './nodes.ts';
import { changelogOf, type RuntimeMode } from './properties.ts';
import { schemaOf } from './schema.ts';

/** `table.exec.sink.upsert-materialize`. */
export type UpsertMaterialize = 'NONE' | 'AUTO' | 'FORCE';

/**
 * An INSERT whose rows change by another key than the table's primary key: several rows may have one primary key, and when one of them goes, the one
 * before it has to be written again. All rows of a primary key are kept, and the one that came last stands (LAST_VALUE that can take back), as
 * Flink's sink materializer has it. AUTO: where a primary key can have several rows; FORCE: of every upsert sink; NONE: never.
 *
 * Source: Flink docs, "table.exec.sink.upsert-materialize"; INSERT … ON CONFLICT DO DEDUPLICATE.
 *
 * @returns the plan itself where nothing has to be kept
 * @throws TidemillError `not-supported` for ON CONFLICT DO NOTHING and DO ERROR where it matters
 */
export function withUpsertsMaterialized(
  plan: LogicalNode,
  options: {
    readonly mode: RuntimeMode;
    readonly strategy: UpsertMaterialize;
    readonly sinkMode: (connector: string) => 'append' | 'changelog' | 'upsert' | undefined;
  },
): LogicalNode {
  if (plan.kind !== 'insert') return plan;
  const { sink, input, onConflict } = plan;
  const keys = primaryKeyOf(sink);
  const change = changelogOf(input, options.mode);
  const isTrueKey = change.kind === 'retract' && change.key?.every(index => keys.includes(index)) === true;
  if ((onConflict === 'NOTHING' || onConflict === 'ERROR') && !isTrueKey)
    throw notSupported(
      `ON CONFLICT DO ${onConflict} where a primary key can have several rows`,
      plan.span,
      'Write ON CONFLICT DO DEDUPLICATE, which lets the row that came last stand.',
    );
  if (options.mode === 'batch' || keys.length === 0 || options.sinkMode(sink.connector) !== 'upsert') return plan;
  const needed = options.strategy === 'FORCE' || (options.strategy === 'AUTO' && change.kind === 'retract' && !isTrueKey);
  if (!needed) return plan;
  const schema = schemaOf(input);
  const others = schema.map((_, index) => index).filter(index => !keys.includes(index));
  const columns = (indexes: readonly number[]) => indexes.map(index => column(index, schema[index]!));
  const rowType = types.row(
    others.map(index => schema[index]!),
    false,
  );
  const last: AggregateCall = {
    name: 'last-value',
    arguments: [call('row', columns(others), rowType)],
    distinct: false,
    type: rowType,
  };
  const grouped = aggregate(
    input,
    columns(keys),
    others.length === 0 ? [] : [last],
    [...keys.map(index => schema[index]!.name), ...(others.length === 0 ? [] : ['last'])],
    plan.span,
  );
  const groupedSchema = schemaOf(grouped);
  const rows = project(
    grouped,
    schema.map((field, index) => {
      const inKey = keys.indexOf(index);
      if (inKey >= 0) return column(inKey, groupedSchema[inKey]!);
      return fieldAccess(column(keys.length, groupedSchema[keys.length]!), others.indexOf(index), field, field.type);
    }),
    schema.map(field => field.name),
  );
  return insert(rows, sink, plan.overwrite, plan.span);
}

const primaryKeyOf = ({ schema, primaryKey }: Extract<LogicalNode, { kind: 'insert' }>['sink']): readonly number[] =>
  (primaryKey ?? []).map(name => schema.findIndex(field => field.name === name));
