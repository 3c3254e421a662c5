import { TidemillError } from '../common/errors.ts';
import type { AggregateCall } from '../plan/expressions.ts';
import type { Aggregate } from '../plan/nodes.ts';
import type { RuntimeMode } from '../plan/properties.ts';
import { closesSessions } from './plan-session.ts';
import type { WindowShape } from './window-shape.ts';

/**
 * Refuses users' aggregates that lack what their place needs, as Flink does: `retract` where rows are taken back, `merge` where parts of a window are put
 * together.
 * @throws TidemillError `udf-export`, at the call.
 */
export function checkUserAggregates(
  node: Aggregate,
  retracting: boolean,
  shape: WindowShape | undefined,
  mode: RuntimeMode,
): void {
  const window = shape?.window.kind ?? (closesSessions(node, mode) ? 'session' : undefined);
  for (const call of node.aggregates) {
    const { user } = call;
    if (user === undefined) continue;
    if (retracting && !user.canRetract) throw lacking(call, 'retract', 'over an updating input', 'which takes rows out again');
    if (window !== undefined && window !== 'tumble' && !user.canMerge)
      throw lacking(call, 'merge', `in ${window.toUpperCase()} windows`, 'which puts two accumulators together');
  }
}

const lacking = (call: AggregateCall, part: string, where: string, does: string): TidemillError =>
  new TidemillError('udf-export', `the aggregate ${call.name} has no function for ${part}, which it needs ${where}`, {
    span: call.span,
    hint: `its module exports NAME_${part}, ${does}; see udf-sdk/abi: Aggregate functions`,
  });
