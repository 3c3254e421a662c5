import { type Schema, storageBytes, storageOf } from '../../columnar/types.ts';
import { column, type Expression, referencedColumns, substituteColumns } from '../../plan/expressions.ts';
import {
  expand,
  inputsOf,
  type Join,
  type LogicalNode,
  type Over,
  project,
  type Scan,
  type TableCall,
  type Unnest,
  unionAll,
  values,
  withInputs,
} from '../../plan/nodes.ts';
import { schemaOf } from '../../plan/schema.ts';
import { sharedConnector } from '../../plan/shared-sources.ts';
import type { OptimizerContext, Rule } from '../rule.ts';

/** A rewritten node and where its input's columns went; columns nobody asked for may be gone. */
interface Pruned {
  readonly node: LogicalNode;
  readonly places: ReadonlyMap<number, number>;
}

/** Only columns that are needed are read and carried. */
export const columnPruning: Rule = {
  name: 'column-pruning',
  apply(plan, context) {
    const all = schemaOf(plan).map((_, index) => index);
    return exactly(prune(plan, new Set(all), context), all, schemaOf(plan));
  },
};

function prune(node: LogicalNode, needed: ReadonlySet<number>, context: OptimizerContext): Pruned {
  switch (node.kind) {
    case 'scan':
      return pruneScan(node, needed, context);
    case 'values': {
      const kept = sorted(needed);
      if (kept.length === node.schema.length || kept.length === 0) return whole(node);
      const rows = node.rows.map(row => kept.map(index => row[index]!));
      return {
        node: values(
          kept.map(index => node.schema[index]!),
          rows,
        ),
        places: placesOf(kept),
      };
    }
    case 'filter': {
      const input = prune(node.input, union(needed, referencedColumns([node.condition])), context);
      return { node: rebuilt(node, input.node, () => ({ condition: moved(node.condition, input) })), places: input.places };
    }
    case 'project': {
      const kept = sorted(needed);
      if (kept.length === 0) return prune(node.input, needed, context);
      const expressions = kept.map(index => node.expressions[index]!);
      const input = prune(node.input, referencedColumns(expressions), context);
      if (kept.length === node.expressions.length && input.node === node.input) return whole(node);
      const names = kept.map(index => node.names[index]!);
      return {
        node: project(
          input.node,
          expressions.map(expression => moved(expression, input)),
          names,
        ),
        places: placesOf(kept),
      };
    }
    case 'watermark': {
      const input = prune(node.input, union(needed, referencedColumns([node.watermark]), [node.column]), context);
      const change = () => ({ column: input.places.get(node.column)!, watermark: moved(node.watermark, input) });
      return { node: rebuilt(node, input.node, change), places: input.places };
    }
    case 'window-table': {
      const width = schemaOf(node.input).length;
      const input = prune(
        node.input,
        union(
          [...needed].filter(index => index < width),
          [node.timeColumn, ...(node.partitionBy ?? [])],
        ),
        context,
      );
      const next = rebuilt(node, input.node, () => ({
        timeColumn: input.places.get(node.timeColumn)!,
        ...(node.partitionBy && { partitionBy: node.partitionBy.map(index => input.places.get(index)!) }),
      }));
      const places = new Map(input.places);
      const nextWidth = schemaOf(input.node).length;
      for (let added = 0; added < 3; added++) places.set(width + added, nextWidth + added);
      return { node: next, places };
    }
    case 'aggregate': {
      const keyCount = node.keys.length;
      const used = node.aggregates.map((_, index) => index).filter(index => needed.has(keyCount + index));
      const calls = used.length === 0 && keyCount === 0 ? [0] : used;
      const aggregates = calls.map(index => node.aggregates[index]!);
      const read = [...node.keys, ...aggregates.flatMap(call => [...call.arguments, ...(call.filter ? [call.filter] : [])])];
      const input = prune(node.input, referencedColumns(read), context);
      const kept = [...node.keys.map((_, index) => index), ...calls.map(index => keyCount + index)];
      if (kept.length === node.names.length && input.node === node.input) return whole(node);
      const next: LogicalNode = Object.freeze({
        ...node,
        input: input.node,
        keys: node.keys.map(key => moved(key, input)),
        aggregates: aggregates.map(call => ({
          ...call,
          arguments: call.arguments.map(argument => moved(argument, input)),
          ...(call.filter && { filter: moved(call.filter, input) }),
        })),
        names: kept.map(index => node.names[index]!),
      });
      return { node: next, places: placesOf(kept) };
    }
    case 'sort': {
      const input = prune(node.input, union(needed, referencedColumns(node.keys.map(key => key.expression))), context);
      const change = () => ({ keys: node.keys.map(key => ({ ...key, expression: moved(key.expression, input) })) });
      return { node: rebuilt(node, input.node, change), places: input.places };
    }
    case 'limit': {
      const input = prune(node.input, needed, context);
      return { node: withInputs(node, [input.node]), places: input.places };
    }
    case 'expand': {
      const kept = needed.size === 0 ? [0] : sorted(needed);
      const projections = node.projections.map(projection => kept.map(index => projection[index]!));
      const input = prune(node.input, referencedColumns(projections.flat()), context);
      if (kept.length === node.names.length && input.node === node.input) return whole(node);
      const rows = projections.map(projection => projection.map(expression => moved(expression, input)));
      return {
        node: expand(
          input.node,
          rows,
          kept.map(index => node.names[index]!),
        ),
        places: placesOf(kept),
      };
    }
    case 'over':
      return pruneOver(node, needed, context);
    case 'unnest':
      return pruneUnnest(node, needed, context);
    case 'table-call':
      return pruneTableCall(node, needed, context);
    case 'match-recognize':
    case 'process-table':
    case 'set-operation': {
      // whole rows are compared, or kept for a pattern
      const inputs = inputsOf(node).map(input => {
        const fields = schemaOf(input);
        const all = fields.map((_, index) => index);
        return exactly(prune(input, new Set(all), context), all, fields);
      });
      return whole(withInputs(node, inputs));
    }
    case 'union': {
      const kept = sorted(needed);
      if (kept.length === 0) return whole(node);
      const inputs = node.inputs.map(input => {
        const fields = schemaOf(input);
        return exactly(
          prune(input, needed, context),
          kept,
          kept.map(index => fields[index]!),
        );
      });
      if (inputs.every((input, index) => input === node.inputs[index])) return whole(node);
      return { node: unionAll(inputs), places: placesOf(kept) };
    }
    case 'join':
      return pruneJoin(node, needed, context);
    case 'insert': {
      const fields = schemaOf(node.input);
      const all = fields.map((_, index) => index);
      const input = exactly(prune(node.input, new Set(all), context), all, fields);
      return whole(withInputs(node, [input]));
    }
  }
}

/** Calls that nobody reads go, and with the last one the whole node. */
function pruneOver(node: Over, needed: ReadonlySet<number>, context: OptimizerContext): Pruned {
  const width = schemaOf(node.input).length;
  const kept = node.calls.map((_, index) => index).filter(index => needed.has(width + index));
  const below = [...needed].filter(index => index < width);
  if (kept.length === 0) return prune(node.input, new Set(below), context);
  const calls = kept.map(index => node.calls[index]!);
  const read = [
    ...node.partitionBy,
    ...node.orderBy.map(key => key.expression),
    ...calls.flatMap(call => [...call.arguments, ...(call.filter ? [call.filter] : [])]),
  ];
  const input = prune(node.input, union(below, referencedColumns(read)), context);
  if (input.node === node.input && kept.length === node.calls.length) return whole(node);
  const places = new Map(input.places);
  const nextWidth = schemaOf(input.node).length;
  for (const [place, index] of kept.entries()) places.set(width + index, nextWidth + place);
  const next: Over = Object.freeze({
    ...node,
    input: input.node,
    partitionBy: node.partitionBy.map(key => moved(key, input)),
    orderBy: node.orderBy.map(key => ({ ...key, expression: moved(key.expression, input) })),
    calls: calls.map(call => ({
      ...call,
      arguments: call.arguments.map(argument => moved(argument, input)),
      ...(call.filter && { filter: moved(call.filter, input) }),
    })),
    names: kept.map(index => node.names[index]!),
  });
  return { node: next, places };
}

/** An element's columns come together; of the input's, those that are needed are repeated. */
function pruneUnnest(node: Unnest, needed: ReadonlySet<number>, context: OptimizerContext): Pruned {
  const used = union(needed, node.condition === undefined ? [] : referencedColumns([node.condition]));
  const kept = node.kept.filter((_, place) => used.has(place));
  const input = prune(node.input, union(kept, referencedColumns([node.collection])), context);
  if (input.node === node.input && kept.length === node.kept.length) return whole(node);
  const places = new Map<number, number>();
  for (const place of node.kept.keys()) if (used.has(place)) places.set(place, places.size);
  for (const added of node.names.keys()) places.set(node.kept.length + added, kept.length + added);
  const next: Unnest = Object.freeze({
    ...node,
    input: input.node,
    kept: kept.map(index => input.places.get(index)!),
    collection: moved(node.collection, input),
    ...(node.condition && { condition: moved(node.condition, { node, places }) }),
  });
  return { node: next, places };
}

/** A function's columns come together; of the input's, those that are needed are repeated. */
function pruneTableCall(node: TableCall, needed: ReadonlySet<number>, context: OptimizerContext): Pruned {
  const used = union(needed, node.condition === undefined ? [] : referencedColumns([node.condition]));
  const kept = node.kept.filter((_, place) => used.has(place));
  const input = prune(node.input, union(kept, referencedColumns(node.arguments)), context);
  if (input.node === node.input && kept.length === node.kept.length) return whole(node);
  const places = new Map<number, number>();
  for (const place of node.kept.keys()) if (used.has(place)) places.set(place, places.size);
  for (const added of node.names.keys()) places.set(node.kept.length + added, kept.length + added);
  const next: TableCall = Object.freeze({
    ...node,
    input: input.node,
    kept: kept.map(index => input.places.get(index)!),
    arguments: node.arguments.map(argument => moved(argument, input)),
    ...(node.condition && { condition: moved(node.condition, { node, places }) }),
  });
  return { node: next, places };
}

/** Each side keeps what is needed above and by the condition. */
function pruneJoin(node: Join, needed: ReadonlySet<number>, context: OptimizerContext): Pruned {
  const width = schemaOf(node.left).length;
  const onlyLeft = node.join === 'semi' || node.join === 'anti' || node.join === 'mark';
  const above = onlyLeft ? [...needed].filter(index => index < width) : needed;
  const used = union(above, node.condition === undefined ? [] : referencedColumns([node.condition]));
  const left = prune(node.left, new Set([...used].filter(index => index < width)), context);
  const right = prune(node.right, new Set([...used].flatMap(index => (index < width ? [] : [index - width]))), context);
  if (left.node === node.left && right.node === node.right) return whole(node);
  const leftWidth = schemaOf(left.node).length;
  const places = new Map(left.places);
  const both = new Map(left.places);
  for (const [index, place] of right.places) both.set(width + index, leftWidth + place);
  if (!onlyLeft) for (const [index, place] of both) places.set(index, place);
  else if (node.join === 'mark') places.set(width, leftWidth);
  const condition = node.condition && moved(node.condition, { node, places: both });
  return { node: Object.freeze({ ...node, left: left.node, right: right.node, ...(condition && { condition }) }), places };
}

/** Somebody may only count rows: the narrowest column is read then, because rows without columns have no length in files. */
function pruneScan(node: Scan, needed: ReadonlySet<number>, context: OptimizerContext): Pruned {
  const fields = schemaOf(node);
  const used = union(needed, node.filter === undefined ? [] : referencedColumns([node.filter]));
  const { connector } = node.source;
  const projects = connector === sharedConnector || context.connectors.connectors.get(connector)?.capabilities.projection;
  if (used.size === fields.length || !projects) return whole(node);
  const width = (index: number): number => storageBytes(storageOf(fields[index]!.type)) || 64;
  const narrowest = fields.map((_, index) => index).sort((left, right) => width(left) - width(right) || left - right)[0]!;
  const kept = used.size === 0 ? [narrowest] : sorted(used);
  if (kept.length === fields.length) return whole(node);
  const places = placesOf(kept);
  const filter = node.filter && moved(node.filter, { node, places });
  const next = Object.freeze({ ...node, columns: kept.map(index => node.columns[index]!), ...(filter && { filter }) });
  return { node: next, places };
}

/** The node without change when its input did not change, else with the moved parts. */
function rebuilt<T extends Extract<LogicalNode, { input: LogicalNode }>>(
  node: T,
  input: LogicalNode,
  change: () => Partial<T>,
): T {
  return input === node.input ? node : (Object.freeze(Object.assign({ ...node }, { input }, change())) as T);
}

const moved = (expression: Expression, input: Pruned): Expression =>
  substituteColumns(expression, reference => {
    const place = input.places.get(reference.index)!;
    return place === reference.index ? reference : { ...reference, index: place };
  });

/** The columns `kept`, in order, under the names they had: a projection on top where the node has others too. */
function exactly(pruned: Pruned, kept: readonly number[], fields: Schema): LogicalNode {
  const actual = schemaOf(pruned.node);
  const inPlace = actual.length === kept.length && kept.every((index, place) => pruned.places.get(index) === place);
  if (inPlace) return pruned.node;
  return project(
    pruned.node,
    kept.map(index => column(pruned.places.get(index)!, actual[pruned.places.get(index)!]!)),
    fields.map(field => field.name),
  );
}

function whole(node: LogicalNode): Pruned {
  return { node, places: placesOf(schemaOf(node).map((_, index) => index)) };
}
const placesOf = (kept: readonly number[]): ReadonlyMap<number, number> => new Map(kept.map((index, place) => [index, place]));
const sorted = (columns: Iterable<number>): number[] => [...columns].sort((left, right) => left - right);
function union(...sets: readonly Iterable<number>[]): Set<number> {
  return new Set(sets.flatMap(set => [...set]));
}
