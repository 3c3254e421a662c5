import { internalError } from '../common/errors.ts';
import type { StateTable } from '../state/contract.ts';
import { RecordTable } from '../state/index.ts';

/** An operator's declared record table. */
export function recordTable(tables: ReadonlyMap<string, StateTable>, name: string): RecordTable {
  const table = tables.get(name);
  if (!(table instanceof RecordTable)) throw internalError(`the record table '${name}' is missing`);
  return table;
}
