import { createHash } from 'node:crypto';
import type { Span } from '../common/errors.ts';
import { canonicalCondition, canonicalExpression, canonicalSortKey, lineageOf } from './lineage.ts';
import { type Aggregate, inputsOf, type LogicalNode, type Scan, type WindowKind, withInputs } from './nodes.ts';
import { patternToString } from './patterns.ts';
import { schemaOf } from './schema.ts';
import { windowKeysOf } from './window-properties.ts';

/** An operator that keeps state or a position, for people: what it does and where it stands in the text. */
export interface OperatorNote {
  readonly id: string;
  readonly text: string;
  readonly span?: Span | undefined;
}

export interface OperatorIdOptions {
  /** Ids given by hand, by the id an operator would have. */
  readonly given?: Readonly<Record<string, string>> | undefined;
  /** Of a plan beside others in one program: what tells its operators from theirs; not the sources (and their watermarks) that `isShared` names. */
  readonly scope?:
    | {
        readonly name: string;
        /** Which of the inserts into its table it is. */
        readonly ordinal: number;
        readonly isShared: (scan: Scan) => boolean;
      }
    | undefined;
  /** Told of every operator that gets an id. */
  readonly note?: ((note: OperatorNote) => void) | undefined;
}

/**
 * Gives every node that keeps state or a position its stable id: a hash of kind, keys, window, the ids below it and, among equals, its ordinal.
 * Keys are texts over the columns of tables (lineage.ts), so that aliases, other columns and steps without state do not change an id; what an
 * aggregation computes does not either, because its state is kept by aggregate. A sink is known by its table alone: what was prepared for
 * it has to be settled whatever is written to it from now on. Called once per plan before optimisation.
 *
 * @example
 * const named = withOperatorIds(plan, { note: ({ id, text }) => console.log(id, text) });
 */
export function withOperatorIds(plan: LogicalNode, options: OperatorIdOptions = {}): LogicalNode {
  const seen = new Map<string, number>();
  const ids = new Map<LogicalNode, string>();
  const visit = (node: LogicalNode): LogicalNode => {
    const inputs = inputsOf(node).map(visit);
    const next = withInputs(node, inputs);
    const below = inputs.map(input => ids.get(input)!).join(',');
    const own = describe(next);
    if (own === undefined) {
      ids.set(next, below);
      return next;
    }
    const text = node.kind === 'insert' ? insertText(own, options) : `${scopeOf(next, options)}${own}|${below}`;
    const ordinal = seen.get(text) ?? 0;
    seen.set(text, ordinal + 1);
    const computed = `${node.kind}-${createHash('sha256').update(`${text}|${ordinal}`).digest('hex').slice(0, 12)}`;
    const id = options.given?.[computed] ?? computed;
    const named = Object.freeze({
      ...next,
      id,
      ...(next.kind === 'aggregate' && { aggregates: withLineage(next) }),
    }) as LogicalNode;
    ids.set(named, id);
    options.note?.({ id, text: own, ...('span' in node && node.span && { span: node.span }) });
    return named;
  };
  return visit(plan);
}

const insertText = (own: string, { scope }: OperatorIdOptions): string =>
  scope === undefined || scope.ordinal === 1 ? own : `${own} ${scope.ordinal}`;

const scopeOf = (node: LogicalNode, { scope }: OperatorIdOptions): string =>
  scope === undefined || isSharedStep(node, scope.isShared) ? '' : `${scope.name}|`;

/** Whether a node is a shared source, or a step over one that others can take as it is too. */
function isSharedStep(node: LogicalNode, isShared: (scan: Scan) => boolean): boolean {
  if (node.kind === 'scan') return isShared(node);
  return (node.kind === 'watermark' || node.kind === 'project' || node.kind === 'filter') && isSharedStep(node.input, isShared);
}

/** Accumulators are found again by what they are over, whatever stands beside them. */
const withLineage = ({ aggregates, input }: Aggregate): Aggregate['aggregates'] =>
  aggregates.map(call =>
    Object.freeze({
      ...call,
      lineage: {
        arguments: call.arguments.map(argument => canonicalExpression(argument, input)),
        ...(call.filter && { filter: canonicalExpression(call.filter, input) }),
      },
    }),
  );

function windowText(window: WindowKind): string {
  switch (window.kind) {
    case 'tumble':
      return `tumble ${window.sizeMs} ms${offsetText(window.offsetMs)}`;
    case 'hop':
      return `hop ${window.sizeMs} ms every ${window.slideMs} ms${offsetText(window.offsetMs)}`;
    case 'cumulate':
      return `cumulate ${window.sizeMs} ms by ${window.stepMs} ms${offsetText(window.offsetMs)}`;
    case 'session':
      return `session ${window.gapMs} ms`;
  }
}

const offsetText = (offsetMs: number): string => (offsetMs === 0 ? '' : ` from ${offsetMs} ms`);

/** What a node's state depends on; undefined for nodes without state. */
function describe(node: LogicalNode): string | undefined {
  switch (node.kind) {
    case 'scan':
      return `scan ${node.source.name} ${node.source.connector}`;
    case 'watermark':
      return `watermark ${canonicalExpression(node.watermark, node.input)}`;
    case 'window-table': {
      if (node.window.kind !== 'session') return undefined;
      const partition = (node.partitionBy ?? []).map(index => lineageOf(node.input, index)).join(', ');
      return `${windowText(node.window)} of ${lineageOf(node.input, node.timeColumn)} by ${partition}`;
    }
    case 'aggregate': {
      const window = windowKeysOf(node);
      const keys = node.keys.map(key => canonicalExpression(key, node.input)).join(', ');
      return `group by ${keys}${window === undefined ? '' : `, ${windowText(window.table.window)}`}`;
    }
    case 'sort':
      return `sort ${node.keys.map(key => canonicalSortKey(key, node.input)).join(', ')}`;
    case 'limit':
      return `limit ${node.offset} ${node.count ?? 'all'}`;
    case 'join':
      return `${node.join} join on ${node.condition === undefined ? 'all' : canonicalCondition(node.condition, node.left, node.right)}`;
    case 'set-operation':
      return `${node.operator} ${node.all ? 'all' : 'distinct'}`;
    case 'over': {
      const keys = node.partitionBy.map(key => canonicalExpression(key, node.input)).join(', ');
      return `over ${keys} ordered by ${node.orderBy.map(key => canonicalSortKey(key, node.input)).join(', ')}`;
    }
    case 'match-recognize': {
      const keys = node.partitionBy.map(index => lineageOf(node.input, index)).join(', ');
      return `match ${patternToString(node.pattern)} by ${keys}`;
    }
    case 'process-table': {
      const keys = (node.partitionBy ?? []).map(index => lineageOf(node.input, index)).join(', ');
      return node.partitionBy === undefined ? undefined : `process ${node.uid} by ${keys}`;
    }
    case 'insert':
      return `insert ${node.sink.name}`;
    case 'values':
      return `values ${schemaOf(node).length} columns`;
    case 'filter':
    case 'project':
    case 'expand':
    case 'unnest':
    case 'table-call':
    case 'union':
      return undefined;
  }
}
