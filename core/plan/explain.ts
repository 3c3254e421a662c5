import { type Field, typeToString } from '../columnar/types.ts';
import { matchToString, overToString } from './explain-windows.ts';
import { inputsOf, type LogicalNode, type WindowKind } from './nodes.ts';
import { aggregateToString, expressionToString, sortKeyToString } from './print-expression.ts';
import { boundednessOf, changelogOf, isWindowAggregate, type RuntimeMode, stateBoundOf } from './properties.ts';
import { schemaOf } from './schema.ts';

export interface ExplainOptions {
  /** Adds boundedness, changelog mode and state bound to each node. */
  readonly properties?: { readonly mode: RuntimeMode; readonly ttlMs: number } | undefined;
}

/** A node for `--format json`. */
export interface ExplainedNode {
  readonly kind: string;
  readonly text: string;
  readonly schema: readonly { readonly name: string; readonly type: string }[];
  readonly boundedness?: string;
  readonly changelog?: string;
  readonly state?: { readonly bound: string; readonly reason: string };
  readonly inputs: readonly ExplainedNode[];
}

/** A plan as an indented tree, one node a line, outermost first. */
export function planToString(plan: LogicalNode, options: ExplainOptions = {}): string {
  const lines: string[] = [];
  const visit = (node: LogicalNode, indent: string): void => {
    const notes = options.properties === undefined ? [] : notesOf(node, options.properties);
    lines.push(`${indent}${nodeToString(node)}${notes.length === 0 ? '' : `  [${notes.join(', ')}]`}`);
    for (const input of inputsOf(node)) visit(input, `${indent}  `);
  };
  visit(plan, '');
  return lines.join('\n');
}

export function planToJson(plan: LogicalNode, mode: RuntimeMode, ttlMs = 0): ExplainedNode {
  const state = stateBoundOf(plan, mode, ttlMs);
  return {
    kind: plan.kind,
    text: nodeToString(plan),
    schema: schemaOf(plan).map(field => ({ name: field.name, type: typeToString(field.type) })),
    boundedness: boundednessOf(plan),
    changelog: changelogText(plan, mode),
    ...(state.bound !== 'stateless' && { state }),
    inputs: inputsOf(plan).map(input => planToJson(input, mode, ttlMs)),
  };
}

function notesOf(node: LogicalNode, { mode, ttlMs }: { mode: RuntimeMode; ttlMs: number }): string[] {
  const state = stateBoundOf(node, mode, ttlMs);
  return [
    boundednessOf(node),
    changelogText(node, mode),
    ...(state.bound === 'stateless'
      ? []
      : [`state ${state.bound === 'none' ? 'without bound' : `bounded by ${state.bound}`}: ${state.reason}`]),
  ];
}

function changelogText(node: LogicalNode, mode: RuntimeMode): string {
  const change = changelogOf(node, mode);
  if (change.kind === 'append') return 'append';
  const rows = node.kind === 'insert' ? node.input : node;
  const names = change.key?.map(index => schemaOf(rows)[index]!.name);
  return names === undefined ? 'retract' : names.length === 0 ? 'retract, one row' : `retract by key (${names.join(', ')})`;
}

/** One line for one node. */
export function nodeToString(node: LogicalNode): string {
  switch (node.kind) {
    case 'scan': {
      const columns = node.columns
        .map((index, place) => scannedColumn(node.source.schema[index]!, node.usedFields?.[place]))
        .join(', ');
      const filter = node.filter === undefined ? '' : ` where ${expressionToString(node.filter)}`;
      const limit = node.limit === undefined ? '' : ` limit ${node.limit}`;
      const upserts = node.source.changelog === 'upsert' ? `, upserts by ${node.source.primaryKey?.join(', ')}` : '';
      return `Scan ${node.source.name} (${columns})${filter}${limit}${upserts}`;
    }
    case 'values':
      return `Values ${node.rows.length} ${node.rows.length === 1 ? 'row' : 'rows'} (${node.schema.map(field => field.name).join(', ')})`;
    case 'filter':
      return `Filter ${expressionToString(node.condition)}`;
    case 'project': {
      const items = node.expressions.map((expression, index) => {
        const text = expressionToString(expression);
        return text === node.names[index] ? text : `${text} AS ${node.names[index]}`;
      });
      return `Project ${items.join(', ')}`;
    }
    case 'watermark':
      return `Watermark ${schemaOf(node)[node.column]!.name} AS ${expressionToString(node.watermark)}`;
    case 'window-table': {
      const fields = schemaOf(node.input);
      const by = node.partitionBy === undefined ? '' : ` by (${node.partitionBy.map(index => fields[index]!.name).join(', ')})`;
      return `Window ${windowToString(node.window)}${by} over ${fields[node.timeColumn]!.name}`;
    }
    case 'aggregate': {
      const keys = node.keys.map(key => expressionToString(key)).join(', ');
      const calls = node.aggregates.map(call => aggregateToString(call)).join(', ');
      const kind = isWindowAggregate(node) ? 'WindowAggregate' : node.aggregates.length === 0 ? 'Distinct' : 'Aggregate';
      return `${kind}${keys === '' ? '' : ` by (${keys})`}${calls === '' ? '' : ` ${calls}`}`;
    }
    case 'sort':
      return `Sort ${node.keys.map(key => sortKeyToString(key)).join(', ')}`;
    case 'limit':
      return `Limit ${node.count ?? 'all'}${node.offset === 0 ? '' : ` offset ${node.offset}`}`;
    case 'union':
      return 'UnionAll';
    case 'set-operation':
      return `${node.operator === 'except' ? 'Except' : 'Intersect'}${node.all ? 'All' : ''}`;
    case 'expand':
      return `Expand ${node.projections.map(projection => `(${projection.map(item => expressionToString(item)).join(', ')})`).join(', ')}`;
    case 'unnest': {
      const condition = node.condition === undefined ? '' : ` on ${expressionToString(node.condition)}`;
      const names = node.names.join(', ');
      return `${node.outer ? 'Left' : ''}Unnest ${expressionToString(node.collection)} AS (${names})${node.ordinality ? ' with ordinality' : ''}${condition}`;
    }
    case 'table-call': {
      const condition = node.condition === undefined ? '' : ` on ${expressionToString(node.condition)}`;
      const given = node.arguments.map(argument => expressionToString(argument)).join(', ');
      return `${node.outer ? 'Left' : ''}TableFunction ${node.function}(${given}) AS (${node.names.join(', ')})${condition}`;
    }
    case 'process-table': {
      const fields = schemaOf(node.input);
      const by = node.partitionBy === undefined ? '' : ` by (${node.partitionBy.map(index => fields[index]!.name).join(', ')})`;
      const given = node.arguments.map(argument => expressionToString(argument)).join(', ');
      const time = node.onTime === undefined ? '' : ` on time ${fields[node.onTime]!.name}`;
      return `ProcessTable ${node.function}(${given})${by}${time} AS (${node.names.join(', ')})${node.uid === node.function ? '' : ` uid ${node.uid}`}`;
    }
    case 'over':
      return `Over ${overToString(node)}`;
    case 'match-recognize':
      return `MatchRecognize ${matchToString(node)}`;
    case 'join': {
      const kind = node.join === 'inner' && node.condition === undefined ? 'Cross' : titled(node.join);
      return `${kind}Join${node.condition === undefined ? '' : ` on ${expressionToString(node.condition)}`}`;
    }
    case 'insert':
      return `Insert into ${node.sink.name} (${node.sink.connector})`;
  }
}

const titled = (text: string): string => text[0]!.toUpperCase() + text.slice(1);

/** A column, with the fields of a ROW that are read of it: `bid{price, auction}`. */
function scannedColumn(field: Field, used: readonly number[] | undefined): string {
  if (used === undefined || field.type.kind !== 'ROW') return field.name;
  const { fields } = field.type;
  return `${field.name}{${used.map(index => fields[index]!.name).join(', ')}}`;
}

export function windowToString(window: WindowKind): string {
  if (window.kind === 'session') return `SESSION(${durationToString(window.gapMs)})`;
  const offset = window.offsetMs === 0 ? '' : `, offset ${durationToString(window.offsetMs)}`;
  switch (window.kind) {
    case 'tumble':
      return `TUMBLE(${durationToString(window.sizeMs)}${offset})`;
    case 'hop':
      return `HOP(${durationToString(window.slideMs)}, ${durationToString(window.sizeMs)}${offset})`;
    case 'cumulate':
      return `CUMULATE(${durationToString(window.stepMs)}, ${durationToString(window.sizeMs)}${offset})`;
  }
}

const durations: readonly (readonly [number, string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
];
/** `10 min`, `1500 ms`. */
export function durationToString(milliseconds: number): string {
  for (const [size, unit] of durations)
    if (milliseconds !== 0 && milliseconds % size === 0) return `${milliseconds / size} ${unit}`;
  return `${milliseconds} ms`;
}
