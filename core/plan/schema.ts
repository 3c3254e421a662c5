import {
  type Field,
  isRowtime,
  isTimestamp,
  type Schema,
  type SqlType,
  types,
  withNullable,
  withoutTimeAttribute,
} from '../columnar/types.ts';
import type { Join, LogicalNode, WindowTable } from './nodes.ts';
import { calledFields, processFields } from './tabular.ts';
import { unnestedFields } from './unnest.ts';
import { windowKeysOf } from './window-properties.ts';

const schemas = new WeakMap<LogicalNode, Schema>();

/**
 * Names and types of a node's rows, derived once per node. Time attributes are part of the types: plain columns keep them through projections,
 * expressions do not, and an aggregation keeps only window_time of its own window.
 */
export function schemaOf(node: LogicalNode): Schema {
  let schema = schemas.get(node);
  if (schema === undefined) {
    schema = Object.freeze(derive(node));
    schemas.set(node, schema);
  }
  return schema;
}

/** The three columns a window table function adds. `window_time` has the type of the time column. Source: Flink docs, "Windowing TVF". */
export function windowFieldsOf(node: WindowTable): readonly Field[] {
  const time = schemaOf(node.input)[node.timeColumn]!.type;
  return [
    { name: 'window_start', type: types.timestamp(3, false) },
    { name: 'window_end', type: types.timestamp(3, false) },
    { name: 'window_time', type: isTimestamp(time) ? Object.freeze({ ...time, precision: 3 }) : time },
  ];
}

function derive(node: LogicalNode): Schema {
  switch (node.kind) {
    case 'scan':
      return node.columns.map(index => node.source.schema[index]!);
    case 'values':
      return node.schema;
    case 'filter':
    case 'sort':
    case 'limit':
      return schemaOf(node.input);
    case 'insert':
      return [{ name: 'affected rows', type: types.bigint(false) }];
    case 'project':
      return node.names.map((name, index) => ({ name, type: node.expressions[index]!.type }));
    case 'watermark':
      return schemaOf(node.input).map((field, index) => (index === node.column ? withRowtime(field) : field));
    case 'window-table':
      return [...schemaOf(node.input), ...windowFieldsOf(node)];
    case 'expand':
      return node.names.map((name, index) => {
        const columnTypes = node.projections.map(projection => projection[index]!.type);
        return { name, type: columnTypes.slice(1).reduce(unionType, columnTypes[0]!) };
      });
    case 'unnest': {
      const fields = schemaOf(node.input);
      const added = unnestedFields(node.collection.type, node);
      return [...node.kept.map(index => fields[index]!), ...added.map(({ type }, index) => ({ name: node.names[index]!, type }))];
    }
    case 'table-call': {
      const fields = schemaOf(node.input);
      const added = calledFields(node).map(({ type }, index) => ({ name: node.names[index]!, type }));
      return [...node.kept.map(index => fields[index]!), ...added];
    }
    case 'process-table':
      return processFields(node, schemaOf(node.input));
    case 'over':
      return [...schemaOf(node.input), ...node.calls.map((call, index) => ({ name: node.names[index]!, type: call.type }))];
    case 'match-recognize': {
      const fields = schemaOf(node.input);
      return [
        ...node.partitionBy.map(index => fields[index]!),
        ...node.measures.map((measure, index) => ({ name: node.names[index]!, type: measure.type })),
      ];
    }
    case 'aggregate': {
      const windowTimes = windowKeysOf(node)?.time ?? [];
      return node.names.map((name, index) => {
        if (index >= node.keys.length) return { name, type: node.aggregates[index - node.keys.length]!.type };
        const type = node.keys[index]!.type;
        return { name, type: windowTimes.includes(index) ? type : withoutTimeAttribute(type) };
      });
    }
    case 'join':
      return joinedFields(node);
    case 'union':
    case 'set-operation':
      return schemaOf(node.inputs[0]!).map((field, index) => ({
        name: field.name,
        type: node.inputs.slice(1).reduce((type, input) => unionType(type, schemaOf(input)[index]!.type), field.type),
      }));
  }
}

/** Columns of the side that may have no row are nullable; time attributes end here, as in Flink's regular joins. */
function joinedFields(node: Join): Schema {
  const side = (input: LogicalNode, nullable: boolean): Field[] =>
    schemaOf(input).map(({ name, type }) => ({
      name,
      type: withoutTimeAttribute(nullable ? withNullable(type, true) : type),
    }));
  switch (node.join) {
    case 'semi':
    case 'anti':
      return schemaOf(node.left);
    case 'mark':
      return [...schemaOf(node.left), { name: 'matched', type: types.boolean(false) }];
    case 'inner':
    case 'left':
    case 'right':
    case 'full':
      return [
        ...side(node.left, node.join === 'right' || node.join === 'full'),
        ...side(node.right, node.join === 'left' || node.join === 'full'),
      ];
  }
}

function withRowtime(field: Field): Field {
  if (!isTimestamp(field.type) || isRowtime(field.type)) return field;
  return { name: field.name, type: Object.freeze({ ...field.type, attribute: 'rowtime' as const }) };
}

/** Types of a union's inputs are equal but for nullability and time attributes, which is the binder's duty. */
function unionType(left: SqlType, right: SqlType): SqlType {
  const type = withNullable(left, left.nullable || right.nullable);
  const sameAttribute = isTimestamp(left) && isTimestamp(right) && left.attribute === right.attribute;
  return sameAttribute ? type : withoutTimeAttribute(type);
}
