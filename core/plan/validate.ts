import { isTimestamp, type SqlType, typeToString, withoutTimeAttribute } from '../columnar/types.ts';
import { TidemillError } from '../common/errors.ts';
import { type Insert, inputsOf, type LogicalNode, type Sort, type WindowTable } from './nodes.ts';
import { boundednessOf, changelogOf, hasTimeAttribute, nodesOf, type RuntimeMode, sortsByTime } from './properties.ts';
import { schemaOf } from './schema.ts';
import { windowKeysOf } from './window-properties.ts';

export interface ValidationOptions {
  readonly mode: RuntimeMode;
  /** What a connector's sink takes; undefined for one that takes only appended rows. */
  readonly sinkMode: (connector: string) => 'append' | 'changelog' | 'upsert' | undefined;
}

/**
 * Refuses a plan that cannot run, with the place, the reason and what to write instead.
 * Errors: no-time-attribute, unbounded-sort, unbounded-batch, updates-into-window, updates-into-sink, no-columns.
 */
export function validatePlan(plan: LogicalNode, options: ValidationOptions): void {
  for (const node of nodesOf(plan)) {
    if (node.kind === 'window-table') checkWindow(node, options.mode);
    if (node.kind === 'aggregate') checkWindowAggregate(node, options.mode);
    if (node.kind === 'scan' && options.mode === 'batch' && !node.source.bounded)
      throw new TidemillError('unbounded-batch', `table '${node.source.name}' never ends, and a batch must`, {
        span: node.span,
        hint: "SET 'execution.runtime-mode' = 'streaming', or bound the source",
      });
    if (node.kind === 'insert') checkInsert(node, options);
  }
  checkSorts(plan, false);
}

function checkWindow(node: WindowTable, mode: RuntimeMode): void {
  const field = schemaOf(node.input)[node.timeColumn]!;
  if (!isTimestamp(field.type)) throw notATime(node, field.name, field.type);
  if (mode === 'streaming' && !hasTimeAttribute(node)) throw notATime(node, field.name, field.type);
  if (changelogOf(node.input, mode).kind !== 'append')
    throw new TidemillError('updates-into-window', 'a window function needs rows that are never taken back, and these are', {
      span: node.span,
      hint: 'assign windows before the aggregation whose results change',
    });
}

function notATime(node: WindowTable, name: string, type: SqlType): TidemillError {
  const attributes = schemaOf(node.input).flatMap(field =>
    isTimestamp(field.type) && field.type.attribute !== undefined ? [`'${field.name}'`] : [],
  );
  const plain = typeToString(withoutTimeAttribute(type), false);
  return new TidemillError('no-time-attribute', `a window needs a time attribute, and '${name}' is a plain ${plain}`, {
    span: node.span,
    hint:
      attributes.length > 0
        ? `use ${attributes.join(' or ')}`
        : `declare WATERMARK FOR ${name} AS ${name} - INTERVAL '5' SECOND in the table, and pass the column on unchanged`,
  });
}

/** Only one of the two bounds: rows would be kept for ever, which is hardly what was meant. */
function checkWindowAggregate(node: Extract<LogicalNode, { kind: 'aggregate' }>, mode: RuntimeMode): void {
  const window = windowKeysOf(node);
  if (window === undefined || mode === 'batch') return;
  if (changelogOf(node.input, mode).kind !== 'append')
    throw new TidemillError(
      'updates-into-window',
      'an aggregation by window needs rows that are never taken back, and these are',
      {
        span: node.span,
        hint: 'aggregate by window first, then again over its results',
      },
    );
}

function checkInsert(node: Insert, options: ValidationOptions): void {
  const takes = options.sinkMode(node.sink.connector) ?? 'append';
  const change = changelogOf(node.input, options.mode);
  if (change.kind === 'append' || takes === 'changelog') return;
  if (takes === 'upsert') {
    if (node.sink.primaryKey === undefined)
      throw new TidemillError('updates-into-sink', `'${node.sink.name}' needs a PRIMARY KEY to be given rows that change`, {
        span: node.span,
        hint: 'declare PRIMARY KEY (…) NOT ENFORCED in its CREATE TABLE',
      });
    return;
  }
  if (boundednessOf(node.input) === 'bounded') return;
  throw new TidemillError(
    'updates-into-sink',
    `'${node.sink.name}' (${node.sink.connector}) takes rows once and for all, and these change`,
    {
      span: node.span,
      hint: 'group by window_start and window_end for final rows, or write to a sink that takes changes',
    },
  );
}

/** An endless input has no order but that of time, unless only the first rows are wanted. */
function checkSorts(node: LogicalNode, limited: boolean): void {
  if (node.kind === 'sort' && !limited && boundednessOf(node.input) === 'unbounded' && !sortsByTime(node))
    throw unboundedSort(node);
  const below = node.kind === 'limit' && node.count !== undefined;
  for (const input of inputsOf(node)) checkSorts(input, below || (limited && node.kind === 'project'));
}

function unboundedSort(node: Sort): TidemillError {
  return new TidemillError('unbounded-sort', 'an endless input never comes to an end, so that its rows cannot be put in order', {
    span: node.span,
    hint: 'add LIMIT n to keep the first n rows up to date, or order by a time attribute',
  });
}
