import { type LogicalNode, type Scan, withInputs } from '../../plan/nodes.ts';
import { nodeRule } from '../rule.ts';

/** A source that can stop early is told how many rows are needed; the limit itself stays. */
export const limitIntoScan = nodeRule('limit-into-scan', (node, context) => {
  if (node.kind !== 'limit' || node.count === undefined) return node;
  const most = node.count + node.offset;
  const limited = limitScan(
    node.input,
    most,
    scan => context.connectors.connectors.get(scan.source.connector)?.capabilities.limit ?? false,
  );
  return limited === node.input ? node : withInputs(node, [limited]);
});

function limitScan(node: LogicalNode, most: number, canLimit: (scan: Scan) => boolean): LogicalNode {
  if (node.kind === 'project' || node.kind === 'watermark') return withInputs(node, [limitScan(node.input, most, canLimit)]);
  if (node.kind !== 'scan' || !canLimit(node) || (node.limit !== undefined && node.limit <= most)) return node;
  return Object.freeze({ ...node, limit: most });
}
