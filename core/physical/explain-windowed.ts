import type { SessionAggregateSpec, SessionSpec, WindowedSpec } from '../operators/index.ts';
import { durationToString } from '../plan/explain.ts';
import { overToString } from '../plan/explain-windows.ts';
import { column } from '../plan/expressions.ts';
import { patternToString } from '../plan/patterns.ts';
import { aggregateToString, expressionToString, sortKeyToString } from '../plan/print-expression.ts';

/** Operators over rows in order, one line each. */
export function windowedToString(spec: WindowedSpec): string {
  switch (spec.kind) {
    case 'expand':
      return `expand ${spec.projections.map(row => `(${row.map(item => expressionToString(item)).join(', ')})`).join(', ')}`;
    case 'replicate':
      return 'replicate by count';
    case 'session':
      return sessionToString(spec);
    case 'session-aggregate': {
      const calls = spec.aggregates.map(call => aggregateToString(call)).join(', ');
      return `${sessionToString(spec)}: ${calls === '' ? 'bounds' : calls}`;
    }
    case 'closing-aggregate': {
      const keys = spec.keys.map(key => expressionToString(key)).join(', ');
      const calls = spec.aggregates.map(call => aggregateToString(call)).join(', ');
      return `closing-aggregate by (${keys}) ${calls}`;
    }
    case 'match-recognize': {
      const partition = spec.partition.map(index => spec.input[index]!.name).join(', ');
      return `match-recognize (${patternToString(spec.pattern)})${partition === '' ? '' : ` by (${partition})`}`;
    }
    case 'running': {
      const partition = spec.partition.map(index => spec.input[index]!.name).join(', ');
      const calls = spec.aggregates.map(call => aggregateToString(call)).join(', ');
      const order = spec.release === undefined ? 'arrival' : spec.input[spec.release.column]!.name;
      return `running ${calls}${partition === '' ? '' : ` by (${partition})`} order ${order}`;
    }
    case 'rank': {
      const partition = spec.partition.map(index => spec.input[index]!.name).join(', ');
      const order = spec.order.map(key => sortKeyToString(key)).join(', ');
      return `rank ${spec.from} to ${spec.to} by (${partition}) order ${order}${spec.retracting ? ', takes rows back' : ''}`;
    }
    case 'over': {
      const partitionBy = spec.partition.map(index => column(index, spec.input[index]!));
      const when = spec.release === undefined ? 'at the end' : `by ${spec.input[spec.release.column]!.name}`;
      if (spec.calls.length === 0) return `sort ${spec.order.map(key => sortKeyToString(key)).join(', ')}, ${when}`;
      const keep = spec.keep === undefined ? '' : `, rows ${spec.keep.from} to ${spec.keep.to}`;
      return `over ${overToString({ partitionBy, orderBy: spec.order, calls: spec.calls })}, ${when}${keep}`;
    }
  }
}

function sessionToString(spec: SessionSpec | SessionAggregateSpec): string {
  const partition = spec.partition.map(index => spec.input[index]!.name).join(', ');
  const by = partition === '' ? '' : ` by (${partition})`;
  return `${spec.kind} ${durationToString(spec.gapMs)}${by} over ${spec.input[spec.timeColumn]!.name}`;
}
