import { type Expression, substituteColumns, visitExpression } from '../../plan/expressions.ts';
import { type Project, project } from '../../plan/nodes.ts';
import { schemaOf } from '../../plan/schema.ts';
import { isDeterministic } from '../determinism.ts';
import { nodeRule } from '../rule.ts';

/** A projection of a projection becomes one, where nothing is then computed twice; one that changes nothing goes. */
export const projectMerge = nodeRule('project-merge', (node, context) => {
  if (node.kind !== 'project') return node;
  const input = node.input;
  if (isIdentity(node)) return input;
  if (input.kind !== 'project') return node;
  const uses = input.expressions.map(() => 0);
  for (const expression of node.expressions)
    visitExpression(expression, inner => {
      if (inner.kind === 'column') uses[inner.index]!++;
    });
  const cheap = (expression: Expression): boolean => expression.kind === 'column' || expression.kind === 'literal';
  const mergeable = input.expressions.every(
    (expression, index) => cheap(expression) || uses[index]! === 0 || (uses[index] === 1 && isDeterministic(expression, context)),
  );
  if (!mergeable) return node;
  return project(
    input.input,
    node.expressions.map(expression => substituteColumns(expression, reference => input.expressions[reference.index]!)),
    node.names,
  );
});

function isIdentity(node: Project): boolean {
  const fields = schemaOf(node.input);
  return (
    fields.length === node.expressions.length &&
    node.expressions.every(
      (expression, index) =>
        expression.kind === 'column' && expression.index === index && fields[index]!.name === node.names[index],
    )
  );
}
