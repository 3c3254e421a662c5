import { createHash } from 'node:crypto';
import { isTimestamp, type Schema } from '../columnar/types.ts';
import type { LogicalNode, Scan } from '../plan/nodes.ts';
import { nodesOf, type RuntimeMode } from '../plan/properties.ts';
import { schemaOf } from '../plan/schema.ts';
import { duckdbTextOf } from '../sql/unparse-plan/index.ts';
import type { StageInput } from './plan.ts';

export type DuckdbStage =
  | { readonly kind: 'stage'; readonly sql: string; readonly schema: Schema; readonly ordered: boolean; readonly reason: string }
  | { readonly kind: 'no'; readonly node: LogicalNode; readonly reason: string };

/** Decides which bounded subtrees DuckDB runs. */
export interface DuckdbStages {
  /** undefined: nothing there that is worth DuckDB. */
  readonly tryStage: (
    node: LogicalNode,
    wanted: { readonly final: boolean; readonly runtimeMode: RuntimeMode },
  ) => DuckdbStage | undefined;
}

/** How DuckDB reads a table: a relation of its SQL, or why it does not. */
export type DuckdbRelation = (scan: Scan) => { readonly relation: string } | { readonly reason: string };

/**
 * The rule of design §5: a maximal bounded subtree without an exposed time attribute, all of whose functions are proven the same. It must read
 * a file and do more than hand the rows on.
 */
export function duckdbStages(relation: DuckdbRelation): DuckdbStages {
  return {
    tryStage(node, { final, runtimeMode }) {
      const below = [...nodesOf(node)];
      const works = below.some(isWork);
      if (!works || !below.some(inner => inner.kind === 'scan')) return undefined;
      const batch = runtimeMode === 'batch';
      if (!batch && !final && below.some(isWork))
        return { kind: 'no', node, reason: 'every change is wanted, not only final rows' };
      if (!batch && exposesTime(node)) return { kind: 'no', node, reason: 'it gives a time attribute' };
      const text = duckdbTextOf(node, { relation, batch });
      if (text.kind === 'no') return text;
      return {
        kind: 'stage',
        sql: text.sql,
        schema: text.schema,
        ordered: text.ordered,
        reason: 'bounded, and all its functions are the same in DuckDB',
      };
    },
  };
}

/** Nodes that are worth leaving the operators for. */
const isWork = ({ kind }: LogicalNode): boolean =>
  kind === 'aggregate' || kind === 'sort' || kind === 'over' || kind === 'set-operation';

const exposesTime = (node: LogicalNode): boolean =>
  schemaOf(node).some(field => isTimestamp(field.type) && field.type.attribute !== undefined);

/** What DuckDB is asked says what its rows are. */
export function duckdbInput(found: Extract<DuckdbStage, { kind: 'stage' }>): StageInput {
  const id = `duckdb-${createHash('sha256').update(found.sql).digest('hex').slice(0, 12)}`;
  return { kind: 'duckdb', id, sql: found.sql, schema: found.schema, ordered: found.ordered };
}
