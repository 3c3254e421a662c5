import type { SqlType } from '../../../core/columnar/types.ts';
import type { Value } from '../../../core/columnar/values.ts';
import { TidemillError } from '../../../core/common/errors.ts';
import { loadKernels } from '../../../core/kernels/index.ts';
import { type ComponentFiles, loadComponent } from '../../../core/udf/component.ts';
import { loadUdf, type UdfModule } from '../../../core/udf/load-udf.ts';
import { TaskMemory } from '../../../core/wasm/memory.ts';
import { columnResult, groupResults, madeRows, processedRows, rowsOfComponent } from './kinds.ts';

/** A value as any host can read it: whole numbers beyond INT and decimals are text, bytes are hexadecimal. */
export type CaseValue = null | boolean | number | string;

export interface Case {
  readonly module: string;
  readonly function: string;
  readonly columns: readonly (readonly CaseValue[])[];
  /** A value a row; of aggregates a value a group. */
  readonly result?: readonly CaseValue[];
  /** Of table functions: the input row's number, then the columns. Of process table functions: the partition, the columns, the time. */
  readonly rows?: readonly (readonly CaseValue[])[];
  readonly error?: string;
  readonly onTrap?: 'null';
  /** Aggregates: the group of each row; 1 takes a row in, −1 out; then which groups are merged into which: [into, from]. */
  readonly groups?: readonly number[];
  readonly weights?: readonly number[];
  readonly merges?: readonly (readonly [into: number, from: number])[];
  /** Table functions: a row without rows comes once, with NULLs. */
  readonly outer?: true;
  /** Process table functions: partition and time (ms) of each row, and watermarks (ms), each behind so many rows. */
  readonly partitions?: readonly number[];
  readonly times?: readonly number[];
  readonly watermarks?: readonly (readonly [rows: number, ms: number])[];
}

/** What comes of a case. */
export type Outcome = Pick<Case, 'result' | 'rows' | 'error'>;
export const expectedOf = ({ result, rows, error }: Case): Outcome =>
  result !== undefined ? { result } : rows !== undefined ? { rows } : { error: error! };

/** The cases of `cases.jsonl`. */
export function readCases(text: string): Case[] {
  return text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Case);
}

export function caseValue(value: Value): CaseValue {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Uint8Array) return [...value].map(byte => byte.toString(16).padStart(2, '0')).join('');
  return value as CaseValue;
}

function plainValue(value: CaseValue, type: SqlType): Value {
  if (value === null) return null;
  switch (type.kind) {
    case 'BIGINT':
    case 'DECIMAL':
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return BigInt(value);
    case 'BINARY':
    case 'VARBINARY':
      return Uint8Array.from((value as string).match(/../g) ?? [], pair => Number.parseInt(pair, 16));
    default:
      return value;
  }
}

/** What one case gives here, of a module, or a component of which there is what jco made: its result, or the code of its error. Nothing in it needs Node, so that a browser runs it, too. */
export function outcomeOf(bytes: Uint8Array<ArrayBuffer>, entry: Case, component?: ComponentFiles): Outcome {
  const memory = new TaskMemory({ pagesInitial: 16 });
  try {
    const { module: name } = entry;
    const module = component === undefined ? loadUdf(bytes, { name }) : loadComponent(bytes, name, component);
    const shape = inputsOf(module, entry.function);
    const columns = entry.columns.map((values, index) => values.map(value => plainValue(value, shape.types[index]!)));
    const subject = { module, memory, kernels: loadKernels(memory), entry, columns };
    switch (shape.kind) {
      case 'column':
        return { result: columnResult(subject).map(caseValue) };
      case 'aggregate':
        return { result: groupResults(subject).map(caseValue) };
      case 'table':
        return { rows: madeRows(subject).map(row => row.map(caseValue)) };
      case 'process':
        return { rows: (component === undefined ? processedRows : rowsOfComponent)(subject).map(row => row.map(caseValue)) };
    }
  } catch (error) {
    if (error instanceof TidemillError && error.domain === 'user') return { error: error.code };
    throw error;
  }
}

/** Of what kind a function is, and the types of what it is given. */
function inputsOf(module: UdfModule, name: string) {
  const aggregate = module.aggregates.find(each => each.name === name);
  if (aggregate !== undefined) return { kind: 'aggregate' as const, types: aggregate.arguments };
  const tabular = module.tabular.find(each => each.name === name);
  if (tabular?.kind === 'table') return { kind: 'table' as const, types: tabular.arguments };
  if (tabular?.kind === 'process')
    return { kind: 'process' as const, types: [...tabular.table.columns.map(field => field.type), ...tabular.arguments] };
  return { kind: 'column' as const, types: module.functions.find(each => each.name === name)?.arguments ?? [] };
}
