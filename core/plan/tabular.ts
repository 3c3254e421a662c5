import { type Field, type Schema, type SqlType, withNullable } from '../columnar/types.ts';
import type { ProcessTable, TableCall } from './nodes.ts';

/** The columns of a table function's rows; `outer`: a row without any has NULLs. */
export const calledFields = ({ fields, outer }: Pick<TableCall, 'fields' | 'outer'>): Schema =>
  outer ? fields.map(field => ({ name: field.name, type: withNullable(field.type, true) })) : fields;

/** Columns of the input that stand in front of a process function's own. */
export function carriedColumns(node: Pick<ProcessTable, 'shape' | 'partitionBy'>, width: number): readonly number[] {
  if (node.shape.table.passThrough) return Array.from({ length: width }, (_, index) => index);
  return node.partitionBy ?? [];
}

/** Columns of a process function's rows, under the names of the node. */
export function processFields(node: ProcessTable, input: Schema): Schema {
  const types: SqlType[] = [
    ...carriedColumns(node, input.length).map(index => input[index]!.type),
    ...node.shape.columns.map(field => field.type),
    ...(node.onTime === undefined ? [] : [input[node.onTime]!.type]),
  ];
  return types.map((type, index): Field => ({ name: node.names[index]!, type }));
}
