import { type LogicalNode, type TableSource, transformNode } from '../plan/nodes.ts';
import { nodesOf } from '../plan/properties.ts';
import type { BoundStatement } from '../sql/binder/index.ts';
import { localStorage } from '../storage/local-storage.ts';
import { resolvePath } from '../storage/paths.ts';

/** About how many bytes of a file a row takes, by format. */
const rowBytes: Readonly<Record<string, number>> = { parquet: 32, avro: 60, csv: 80, arrow: 100, json: 200 };

/**
 * The statement with the sizes of files as numbers of rows, by which joins are put in order. Only plans with joins are looked at; what is wrong with a file
 * is said when it is read.
 */
export async function withRowCounts(bound: BoundStatement): Promise<BoundStatement> {
  switch (bound.kind) {
    case 'query':
      return { ...bound, plan: await counted(bound.plan) };
    case 'insert': {
      const plan = await counted(bound.plan);
      return plan.kind === 'insert' ? { ...bound, plan } : bound;
    }
    case 'explain':
      return { ...bound, statement: await withRowCounts(bound.statement) };
    default:
      return bound;
  }
}

async function counted(plan: LogicalNode): Promise<LogicalNode> {
  const nodes = [...nodesOf(plan)];
  if (!nodes.some(node => node.kind === 'join')) return plan;
  const counts = new Map<TableSource, number>();
  for (const node of nodes)
    if (node.kind === 'scan' && !counts.has(node.source)) {
      const rows = await rowsOf(node.source);
      if (rows !== undefined) counts.set(node.source, rows);
    }
  return transformNode(plan, node => {
    const rowCount = node.kind === 'scan' ? counts.get(node.source) : undefined;
    return node.kind !== 'scan' || rowCount === undefined
      ? node
      : Object.freeze({ ...node, source: Object.freeze({ ...node.source, rowCount }) });
  });
}

async function rowsOf(source: TableSource): Promise<number | undefined> {
  const { path, format } = source.options;
  // a path with a secret in it is known only when the job runs
  if (source.connector !== 'filesystem' || path === undefined || path.includes('${')) return undefined;
  try {
    const files = await localStorage.list(resolvePath(path, source.baseDirectory ?? '.'));
    const bytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
    return Math.max(Math.round(bytes / (rowBytes[format ?? ''] ?? 100)), 1);
  } catch {
    return undefined;
  }
}
