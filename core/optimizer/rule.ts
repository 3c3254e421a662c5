import type { ConnectorCatalog } from '../catalog/connectors.ts';
import type { EvaluationContext } from '../functions/contract.ts';
import { type Expression, operands, withOperands } from '../plan/expressions.ts';
import { inputsOf, type LogicalNode, withInputs } from '../plan/nodes.ts';

/** What rules may ask about the world. */
export interface OptimizerContext {
  readonly connectors: ConnectorCatalog;
  readonly evaluation: EvaluationContext;
  /** Whether a user function gives the same result for the same arguments. */
  readonly isDeterministicUserFunction: (name: string) => boolean;
  /** The plan is only a part: who waits for its watermarks is not in it. */
  readonly keepsWatermarks?: boolean | undefined;
}

/** A rewrite that keeps a plan's rows and schema. Gives the very same plan when it has nothing to do. */
export interface Rule {
  readonly name: string;
  readonly apply: (plan: LogicalNode, context: OptimizerContext) => LogicalNode;
}

/**
 * Parts of plans that a rule has left as they are under a context. Rules are tried again and again until none finds anything: what is here need not
 * be looked at again.
 */
class Settled<T extends object> {
  readonly #byContext = new WeakMap<OptimizerContext, WeakSet<T>>();

  of(context: OptimizerContext): WeakSet<T> {
    let settled = this.#byContext.get(context);
    if (settled === undefined) this.#byContext.set(context, (settled = new WeakSet()));
    return settled;
  }
}

/** A rule that looks at one node at a time, inputs first; `rewrite` gives the node itself when it does not match. */
export function nodeRule(name: string, rewrite: (node: LogicalNode, context: OptimizerContext) => LogicalNode): Rule {
  const known = new Settled<LogicalNode>();
  const visit = (node: LogicalNode, context: OptimizerContext, settled: WeakSet<LogicalNode>): LogicalNode => {
    if (settled.has(node)) return node;
    const inputs = inputsOf(node);
    const below =
      inputs.length === 0
        ? node
        : withInputs(
            node,
            inputs.map(input => visit(input, context, settled)),
          );
    const next = rewrite(below, context);
    if (next === node) settled.add(node);
    return next;
  };
  return { name, apply: (plan, context) => visit(plan, context, known.of(context)) };
}

/** A rule that looks at one expression of a plan at a time, operands first; `rewrite` gives the expression itself when it does not match. */
export function expressionRule(name: string, rewrite: (expression: Expression, context: OptimizerContext) => Expression): Rule {
  const known = new Settled<Expression>();
  const visit = (expression: Expression, context: OptimizerContext, settled: WeakSet<Expression>): Expression => {
    if (expression.kind === 'column' || expression.kind === 'literal' || settled.has(expression)) return expression;
    const next = rewrite(
      withOperands(
        expression,
        operands(expression).map(operand => visit(operand, context, settled)),
      ),
      context,
    );
    if (next === expression) settled.add(expression);
    return next;
  };
  return nodeRule(name, (node, context) => {
    const settled = known.of(context);
    return mapExpressions(node, expression => visit(expression, context, settled));
  });
}

/** The node with its own expressions rewritten; itself when none changed. */
export function mapExpressions(node: LogicalNode, rewrite: (expression: Expression) => Expression): LogicalNode {
  let changed = false;
  const map = (expression: Expression): Expression => {
    const next = rewrite(expression);
    if (next !== expression) changed = true;
    return next;
  };
  let next: LogicalNode;
  switch (node.kind) {
    case 'scan':
      next = node.filter === undefined ? node : { ...node, filter: map(node.filter) };
      break;
    case 'filter':
      next = { ...node, condition: map(node.condition) };
      break;
    case 'project':
      next = { ...node, expressions: node.expressions.map(map) };
      break;
    case 'watermark':
      next = { ...node, watermark: map(node.watermark) };
      break;
    case 'aggregate':
      next = {
        ...node,
        keys: node.keys.map(map),
        aggregates: node.aggregates.map(call => ({
          ...call,
          arguments: call.arguments.map(map),
          ...(call.filter && { filter: map(call.filter) }),
        })),
      };
      break;
    case 'sort':
      next = { ...node, keys: node.keys.map(key => ({ ...key, expression: map(key.expression) })) };
      break;
    case 'join':
      next = node.condition === undefined ? node : { ...node, condition: map(node.condition) };
      break;
    case 'expand':
      next = { ...node, projections: node.projections.map(projection => projection.map(map)) };
      break;
    case 'unnest':
      next = { ...node, collection: map(node.collection), ...(node.condition && { condition: map(node.condition) }) };
      break;
    case 'table-call':
      next = {
        ...node,
        arguments: node.arguments.map(map),
        ...(node.condition && { condition: map(node.condition) }),
      };
      break;
    case 'over':
      next = {
        ...node,
        partitionBy: node.partitionBy.map(map),
        orderBy: node.orderBy.map(key => ({ ...key, expression: map(key.expression) })),
        calls: node.calls.map(call => ({
          ...call,
          arguments: call.arguments.map(map),
          ...(call.filter && { filter: map(call.filter) }),
        })),
      };
      break;
    // a pattern's expressions are over rows that only its operator knows
    case 'match-recognize':
    // its arguments are constants
    case 'process-table':
    case 'set-operation':
    case 'values':
    case 'window-table':
    case 'limit':
    case 'union':
    case 'insert':
      return node;
  }
  return changed ? Object.freeze(next) : node;
}
