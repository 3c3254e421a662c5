import type { ComputeSpec } from '../codegen/contract.ts';
import { type KeyLayout, keyLayoutOf } from '../columnar/key-layout.ts';
import { type Schema, withoutTimeAttribute } from '../columnar/types.ts';
import type { ProcessState } from '../plan/tabular-shapes.ts';
import { statePayload } from '../udf/index.ts';

/**
 * f(TABLE t PARTITION BY …): a process table function. Outputs of `compute`: the columns that rows carry in front, the function's arguments (the table's
 * columns, then scalars), and the time. Output rows: carried columns, the function's, the time.
 */
export interface ProcessTableSpec {
  readonly kind: 'process-table';
  readonly compute: ComputeSpec;
  /** Key of the user function. */
  readonly function: string;
  readonly carriedCount: number;
  readonly argumentCount: number;
  /** The last output is the time of rows. */
  readonly hasTime: boolean;
  /** Outputs that tell partitions apart; none with `keyed`: all rows are one partition. Without `keyed` rows have nothing in common. */
  readonly partition: readonly number[];
  readonly keyed: boolean;
  /** With a time to live for each that is not kept for ever. */
  readonly states: readonly ProcessState[];
  readonly hasTimer: boolean;
  readonly ttl: boolean;
  readonly schema: Schema;
}

/** Layout of partitions' keys. */
export const keyOf = ({ compute, partition }: ProcessTableSpec): KeyLayout =>
  keyLayoutOf(partition.map(index => withoutTimeAttribute(compute.outputs[index]!.type)));

/** Payload of a partition: its states, and with a time to live when it was last written to. */
export function payloadOf(spec: ProcessTableSpec) {
  const states = statePayload(spec.states);
  return { states, bytes: states.bytes + (spec.ttl ? 8 : 0) };
}
