import type { Schema, SqlType } from '../columnar/types.ts';

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
