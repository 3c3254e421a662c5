import { type Limit, limit, unionAll, withInputs } from '../../plan/nodes.ts';
import { changelogOf } from '../../plan/properties.ts';
import { nodeRule } from '../rule.ts';

/** A limit moves below projections, so that it meets its sort (TopN) or the scan; two become one; a union's branches need no more rows than it. */
export const limitPushDown = nodeRule('limit-push-down', node => {
  if (node.kind !== 'limit') return node;
  const input = node.input;
  if (input.kind === 'project') return withInputs(input, [withInputs(node, [input.input])]);
  if (input.kind === 'limit') return merge(node, input);
  if (input.kind === 'union' && node.count !== undefined && changelogOf(input, 'streaming').kind === 'append') {
    const most = node.count + node.offset;
    const branches = input.inputs.map(branch =>
      branch.kind === 'limit' && branch.count !== undefined && branch.count <= most ? branch : limit(branch, most),
    );
    return branches.every((branch, index) => branch === input.inputs[index]) ? node : withInputs(node, [unionAll(branches)]);
  }
  return node;
});

function merge(outer: Limit, inner: Limit): Limit {
  const left = inner.count === undefined ? undefined : Math.max(0, inner.count - outer.offset);
  const count = left === undefined ? outer.count : outer.count === undefined ? left : Math.min(left, outer.count);
  return Object.freeze({ ...inner, count, offset: inner.offset + outer.offset });
}
