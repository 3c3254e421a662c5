import { readColumn } from '../../../core/columnar/read-values.ts';
import type { SqlType } from '../../../core/columnar/types.ts';
import type { Value } from '../../../core/columnar/values.ts';
import { columnOf } from '../../../core/columnar/write-values.ts';
import { TidemillError } from '../../../core/common/errors.ts';
import { loadKernels } from '../../../core/kernels/index.ts';
import { loadUdf } from '../../../core/udf/load-udf.ts';
import { ScalarUdf } from '../../../core/udf/scalar-udf.ts';
import { TaskMemory } from '../../../core/wasm/memory.ts';

/** A value as any host can read it: whole numbers beyond INT and decimals are text, bytes are hexadecimal. */
export type CaseValue = null | boolean | number | string;

export interface Case {
  readonly module: string;
  readonly function: string;
  readonly columns: readonly (readonly CaseValue[])[];
  readonly result?: readonly CaseValue[];
  readonly error?: string;
  readonly onTrap?: 'null';
}

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

/** What one case gives here: its result, or the code of its error. Nothing in it needs Node, so that a browser runs it, too. */
export function outcomeOf(bytes: Uint8Array<ArrayBuffer>, entry: Case): Pick<Case, 'result' | 'error'> {
  const memory = new TaskMemory({ pagesInitial: 16 });
  try {
    const module = loadUdf(bytes, { name: entry.module });
    const udf = new ScalarUdf(module, entry.function, memory, {
      kernels: loadKernels(memory),
      onTrap: entry.onTrap ?? 'fail',
    });
    const rows = entry.columns[0]!.length;
    const columns = udf.function.arguments.map((type, index) =>
      columnOf(
        memory,
        type,
        entry.columns[index]!.map(value => plainValue(value, type)),
      ),
    );
    return { result: readColumn(memory, udf.call(rows, columns, 0), rows).map(caseValue) };
  } catch (error) {
    if (error instanceof TidemillError && error.domain === 'user') return { error: error.code };
    throw error;
  }
}
