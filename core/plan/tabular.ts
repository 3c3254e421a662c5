import { type Field, type Schema, type SqlType, withNullable } from '../columnar/types.ts';
import type { LogicalNode, ProcessTable, TableCall } from './nodes.ts';

/** What a table function's rows are. */
export interface TableShape {
  readonly kind: 'table';
  readonly columns: Schema;
}

/** A record that the engine keeps for each partition of a process table function. */
export interface ProcessState {
  readonly name: string;
  readonly columns: Schema;
  /** Forgotten when not written to for so long; 0: never; absent: as the session's setting says. */
  readonly ttlMs?: number | undefined;
}

/** What a process table function takes and makes; its scalar arguments stand behind the table. Source: Flink docs, "Process Table Functions". */
export interface ProcessShape {
  readonly kind: 'process';
  readonly table: {
    /** The argument's name. */
    readonly name: string;
    readonly semantics: 'set' | 'row';
    /** The columns it gets, by name. */
    readonly columns: Schema;
    readonly optionalPartitionBy: boolean;
    /** Rows out have all columns of the row in front of them; else those of PARTITION BY. */
    readonly passThrough: boolean;
    /** Rows that are taken back come too. */
    readonly updates: boolean;
  };
  readonly requireOnTime: boolean;
  readonly arguments: readonly SqlType[];
  readonly argumentNames: readonly string[];
  readonly states: readonly ProcessState[];
  readonly columns: Schema;
  /** It is called when a timer is due. */
  readonly hasTimer: boolean;
}

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

/** Whether a node makes rows by a user's function. */
export const isTabular = (node: LogicalNode): node is TableCall | ProcessTable =>
  node.kind === 'table-call' || node.kind === 'process-table';
