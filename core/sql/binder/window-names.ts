/** Functions of GROUP BY that Flink keeps from before window table functions. Source: Flink docs, "Group Window Aggregation". */
export const groupWindowKinds = ['TUMBLE', 'HOP', 'SESSION'] as const;
export const groupWindowProperties = ['START', 'END', 'ROWTIME', 'PROCTIME'] as const;

/** TUMBLE, HOP_START, SESSION_ROWTIME, …, in upper case. */
export const isGroupWindowFunction = (upper: string): boolean =>
  groupWindowKinds.some(kind => upper === kind || groupWindowProperties.some(property => upper === `${kind}_${property}`));
