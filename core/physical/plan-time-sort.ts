import { isProctime } from '../columnar/types.ts';
import { internalError, notSupported } from '../common/errors.ts';
import type { OperatorSpec } from '../operators/index.ts';
import type { Sort } from '../plan/nodes.ts';
import { sortsByTime } from '../plan/properties.ts';
import { schemaOf } from '../plan/schema.ts';
import { type OpenStage, withOperator, withProjection } from './open-stage.ts';
import { behindInput } from './plan-over.ts';
import type { PlanSteps } from './plan-steps.ts';
import { unboundedSort } from './unbounded-sort.ts';

/**
 * ORDER BY a time attribute, ascending, of an endless input: rows wait until the watermark passes them; those behind it are left out. In order of
 * processing time they come already. Errors: unbounded-sort for any other order. Source: Flink docs, "ORDER BY clause".
 */
export function planTimeSort(node: Sort, steps: PlanSteps): OpenStage {
  if (!sortsByTime(node)) throw unboundedSort(node);
  const first = node.keys[0]!.expression;
  if (first.kind !== 'column') throw internalError('a time attribute that is no column');
  const below = steps.visit(node.input, false);
  if (isProctime(first.type)) {
    if (node.keys.length > 1)
      throw notSupported('ORDER BY more than the processing time', node.span, 'rows of one moment have no other order');
    return Object.freeze({ ...steps.gathered(steps.flush(below), 'one order'), ordered: true });
  }
  const inputFields = schemaOf(node.input);
  const { fields, expressions, place } = behindInput(
    inputFields,
    node.keys.map(key => key.expression),
  );
  const rows = steps.gathered(steps.flush(withProjection(below, expressions, fields)), 'one order');
  const schema = schemaOf(node);
  const spec: OperatorSpec = Object.freeze({
    kind: 'over',
    input: rows.rows,
    width: inputFields.length,
    partition: [],
    order: node.keys.map(key => ({ ...key, expression: place(key.expression) })),
    calls: [],
    release: { column: first.index, exclusive: false },
    schema,
  });
  return Object.freeze({ ...withOperator(rows, { id: node.id ?? steps.id('sort'), spec }, schema), ordered: true });
}
