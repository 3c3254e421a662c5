import { type Aggregate, type Join, type LogicalNode, project, type WindowTable } from '../../plan/nodes.ts';
import { schemaOf } from '../../plan/schema.ts';
import { flinkAggregate, flinkExpression, flinkLiteral, flinkName, flinkType } from './flink-expressions.ts';
import { matchText } from './flink-match.ts';
import { overText } from './flink-over.ts';
import { processText, tableCallText } from './flink-tabular.ts';
import { unnestText } from './flink-unnest.ts';
import { durationMsToInterval } from './intervals.ts';

export interface FlinkTextOptions {
  /** The name a table has where the text will run; default its own. */
  readonly tableName?: ((name: string) => string) | undefined;
}

/**
 * A plan as one Flink SQL query or INSERT with the same meaning and column names. Tables, with their computed columns and watermarks, are expected
 * to be declared under their names, so that a scan reads all of its table's columns by name.
 */
export function flinkTextOf(plan: LogicalNode, options: FlinkTextOptions = {}): string {
  const tableName = options.tableName ?? flinkName;
  if (plan.kind === 'insert')
    return `INSERT ${plan.overwrite ? 'OVERWRITE' : 'INTO'} ${tableName(plan.sink.name)} ${queryOf(plan.input, tableName)}${plan.onConflict === undefined ? '' : ` ON CONFLICT DO ${plan.onConflict}`}`;
  return queryOf(plan, tableName);
}

const columnNames = (node: LogicalNode): string[] => textNames(node).map(flinkName);

/** Names of a node's columns in the text, where each must have one of its own: a second `id` is `id0`. */
function textNames(node: LogicalNode): readonly string[] {
  switch (node.kind) {
    case 'filter':
    case 'sort':
    case 'limit':
    case 'watermark':
      return textNames(node.input);
    case 'union':
    case 'set-operation':
      return textNames(node.inputs[0]!);
    case 'window-table':
      return [
        ...textNames(node.input),
        ...schemaOf(node)
          .slice(-3)
          .map(field => field.name),
      ];
    default: {
      const used = new Set<string>();
      return schemaOf(node).map(({ name: wanted }) => {
        let name = wanted;
        for (let number = 0; used.has(name); number++) name = `${wanted}${number}`;
        used.add(name);
        return name;
      });
    }
  }
}

function queryOf(node: LogicalNode, tableName: (name: string) => string): string {
  const inner = (input: LogicalNode): string => `(${queryOf(input, tableName)})`;
  const nameIn = (input: LogicalNode) => {
    const names = columnNames(input);
    return (index: number): string => names[index]!;
  };
  switch (node.kind) {
    case 'scan': {
      const filter = node.filter === undefined ? '' : ` WHERE ${flinkExpression(node.filter, nameIn(node))}`;
      return `SELECT ${columnNames(node).join(', ')} FROM ${tableName(node.source.name)}${filter}`;
    }
    case 'values': {
      const rows = node.rows.map(
        row => `(${row.map((value, index) => flinkLiteral(value, node.schema[index]!.type)).join(', ')})`,
      );
      if (rows.length > 0) return `SELECT * FROM (VALUES ${rows.join(', ')}) AS v(${columnNames(node).join(', ')})`;
      const nulls = node.schema.map(field => `CAST(NULL AS ${flinkType(field.type)}) AS ${flinkName(field.name)}`);
      return `SELECT * FROM (SELECT ${nulls.join(', ')}) WHERE FALSE`;
    }
    case 'filter':
      return `SELECT * FROM ${inner(node.input)} WHERE ${flinkExpression(node.condition, nameIn(node.input))}`;
    case 'project': {
      const items = node.expressions.map(
        (expression, index) => `${flinkExpression(expression, nameIn(node.input))} AS ${columnNames(node)[index]!}`,
      );
      return `SELECT ${items.join(', ')} FROM ${inner(node.input)}`;
    }
    case 'watermark':
      // declared with the table
      return queryOf(node.input, tableName);
    case 'window-table':
      return windowText(node, inner(node.input));
    case 'aggregate':
      return aggregateText(node, inner(node.input), nameIn(node.input));
    case 'sort': {
      const keys = node.keys.map(
        key =>
          `${flinkExpression(key.expression, nameIn(node.input))}${key.descending ? ' DESC' : ' ASC'} NULLS ${key.nullsFirst ? 'FIRST' : 'LAST'}`,
      );
      return `SELECT * FROM ${inner(node.input)} ORDER BY ${keys.join(', ')}`;
    }
    case 'limit': {
      const input = node.input.kind === 'sort' ? queryOf(node.input, tableName) : `SELECT * FROM ${inner(node.input)}`;
      return `${input}${node.count === undefined ? '' : ` LIMIT ${node.count}`}${node.offset === 0 ? '' : ` OFFSET ${node.offset}`}`;
    }
    case 'join':
      return joinText(node, tableName);
    case 'union':
      return node.inputs.map(inner).join(' UNION ALL ');
    case 'set-operation':
      return node.inputs.map(inner).join(` ${node.operator.toUpperCase()}${node.all ? ' ALL' : ''} `);
    case 'expand':
      return node.projections
        .map(projection => `(${queryOf(project(node.input, projection, node.names), tableName)})`)
        .join(' UNION ALL ');
    case 'unnest':
      return unnestText(node, inner(node.input));
    case 'table-call':
      return tableCallText(node, inner(node.input));
    case 'process-table':
      return processText(node, inner(node.input));
    case 'over':
      return overText(node, inner(node.input), nameIn(node.input));
    case 'match-recognize':
      return matchText(node, inner(node.input));
    case 'insert':
      return flinkTextOf(node, { tableName });
  }
}

function windowText(node: WindowTable, input: string): string {
  const time = flinkName(schemaOf(node.input)[node.timeColumn]!.name);
  const { window } = node;
  if (window.kind === 'session') {
    const by = node.partitionBy?.map(index => flinkName(schemaOf(node.input)[index]!.name)) ?? [];
    const partition = by.length === 0 ? '' : ` PARTITION BY (${by.join(', ')})`;
    return `SELECT * FROM TABLE(SESSION(${input}${partition}, DESCRIPTOR(${time}), ${durationMsToInterval(window.gapMs)}))`;
  }
  const sizes =
    window.kind === 'tumble'
      ? [window.sizeMs]
      : window.kind === 'hop'
        ? [window.slideMs, window.sizeMs]
        : [window.stepMs, window.sizeMs];
  if (window.offsetMs !== 0) sizes.push(window.offsetMs);
  // a window function takes its table as a query in parentheses
  return `SELECT * FROM TABLE(${window.kind.toUpperCase()}(${input}, DESCRIPTOR(${time}), ${sizes.map(durationMsToInterval).join(', ')}))`;
}

/** Both sides get column names of their own, because names of the two may be the same. */
function joinText(node: Join, tableName: (name: string) => string): string {
  const width = schemaOf(node.left).length;
  const place = (index: number): string => (index < width ? `l.l${index}` : `r.r${index - width}`);
  const side = (input: LogicalNode, alias: string): string =>
    `(${queryOf(input, tableName)}) AS ${alias}(${schemaOf(input)
      .map((_, index) => `${alias}${index}`)
      .join(', ')})`;
  const left = side(node.left, 'l');
  const right = side(node.right, 'r');
  const output = schemaOf(node);
  const names = columnNames(node);
  const items = (count: number): string =>
    output
      .slice(0, count)
      .map((_, index) => `${place(index)} AS ${names[index]!}`)
      .join(', ');
  const condition = node.condition === undefined ? undefined : flinkExpression(node.condition, place);
  const exists = `EXISTS (SELECT 1 FROM ${right}${condition === undefined ? '' : ` WHERE ${condition}`})`;
  switch (node.join) {
    case 'semi':
      return `SELECT ${items(width)} FROM ${left} WHERE ${exists}`;
    case 'anti':
      return `SELECT ${items(width)} FROM ${left} WHERE NOT ${exists}`;
    case 'mark':
      return `SELECT ${items(width)}, ${exists} AS ${names[width]!} FROM ${left}`;
    case 'inner':
      return condition === undefined
        ? `SELECT ${items(output.length)} FROM ${left} CROSS JOIN ${right}`
        : `SELECT ${items(output.length)} FROM ${left} JOIN ${right} ON ${condition}`;
    case 'left':
    case 'right':
    case 'full':
      return `SELECT ${items(output.length)} FROM ${left} ${node.join.toUpperCase()} JOIN ${right} ON ${condition ?? 'TRUE'}`;
  }
}

function aggregateText(node: Aggregate, input: string, columnText: (index: number) => string): string {
  const keys = node.keys.map(key => flinkExpression(key, columnText));
  const items = [...keys, ...node.aggregates.map(call => flinkAggregate(call, columnText))].map(
    (text, index) => `${text} AS ${columnNames(node)[index]!}`,
  );
  return `SELECT ${items.join(', ')} FROM ${input}${keys.length === 0 ? '' : ` GROUP BY ${keys.join(', ')}`}`;
}
