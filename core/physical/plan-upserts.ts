import { internalError } from '../common/errors.ts';
import { column } from '../plan/expressions.ts';
import { type Scan, scan } from '../plan/nodes.ts';
import { boundednessOf } from '../plan/properties.ts';
import { schemaOf } from '../plan/schema.ts';
import { type OpenStage, withOperator, withProjection } from './open-stage.ts';
import type { OperatorSpec } from './operator-spec.ts';
import type { PlanSteps } from './plan-steps.ts';

/**
 * A table whose rows are upserts: read with its primary key, whether that is asked for or not, brought together by key and made a full changelog.
 */
export function planUpserts(node: Scan, final: boolean, steps: PlanSteps, read: (node: Scan) => OpenStage): OpenStage {
  const { source } = node;
  const keyColumns = (source.primaryKey ?? []).map(name => source.schema.findIndex(field => field.name === name));
  if (keyColumns.length === 0) throw internalError(`'${source.name}' has upserts without a primary key`);
  const columns = [...node.columns, ...keyColumns.filter(index => !node.columns.includes(index))];
  const id = node.id ?? steps.id('scan');
  const wide: Scan = Object.freeze({ ...scan(source, columns, node.span), id });
  const schema = schemaOf(wide);
  const keys = keyColumns.map(index => columns.indexOf(index));
  const rows = steps.byKeys(
    read(wide),
    keys.map(index => column(index, schema[index]!)),
    'upserts by key',
  );
  const ends = final && boundednessOf(node) === 'bounded';
  const ttlMs = ends ? undefined : steps.stateTtlMs;
  const spec: OperatorSpec = Object.freeze({
    kind: 'changelog-normalize',
    schema,
    keys,
    final: ends,
    ...(ttlMs !== undefined && { ttlMs }),
  });
  const normalized = withOperator(rows, { id: `${id}-normalize`, spec }, schema);
  if (columns.length === node.columns.length) return normalized;
  const asked = schema.slice(0, node.columns.length);
  return withProjection(
    normalized,
    asked.map((field, index) => column(index, field)),
    asked,
  );
}
