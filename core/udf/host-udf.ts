import type { Column } from '../columnar/batch.ts';
import { publicValue } from '../columnar/public-values.ts';
import { readColumn } from '../columnar/read-values.ts';
import { type SqlType, timestampUnitsPerSecond, typeToString, withNullable } from '../columnar/types.ts';
import type { Value } from '../columnar/values.ts';
import { columnOf } from '../columnar/write-values.ts';
import { notSupported, TidemillError } from '../common/errors.ts';
import type { TaskMemory } from '../wasm/memory.ts';

/** A plain function of the program that is run as a user function: without a sandbox, on the thread of the program. */
export interface HostFunction {
  readonly name: string;
  readonly argumentTypes: readonly SqlType[];
  readonly resultType: SqlType;
  /** Takes and gives values as the Table API has them; never called with NULL. */
  readonly run: (...values: unknown[]) => unknown;
}

/**
 * Runs a plain function over columns, a value at a time. It is not isolated in any way: it can do what the program can.
 *
 * @example
 * const column = new HostUdf({ name: 'twice', argumentTypes: [types.int()], resultType: types.int(), run: x => 2 * x }, memory).call(…);
 */
export class HostUdf {
  readonly name: string;
  readonly #function: HostFunction;
  readonly #memory: TaskMemory;

  /** @throws TidemillError `not-supported` for a result type that plain values cannot be turned into. */
  constructor(host: HostFunction, memory: TaskMemory) {
    checkHostResult(host.resultType);
    this.name = host.name;
    this.#function = host;
    this.#memory = memory;
  }

  /** @throws TidemillError `udf-trap` when the function throws, `udf-result` for a value that its type cannot hold. */
  call(rows: number, columns: readonly Column[], selection: number): Column {
    const { argumentTypes, resultType, run } = this.#function;
    const { u8 } = this.#memory;
    const inputs = columns.map(column => readColumn(this.#memory, column, rows));
    const values: Value[] = [];
    for (let row = 0; row < rows; row++) {
      const args = inputs.map((column, index) => publicValue(column[row]!, argumentTypes[index]!));
      if ((selection !== 0 && u8[selection + row] === 0) || args.includes(null)) {
        values.push(null);
        continue;
      }
      values.push(this.#checked(this.#run(run, args, row), row));
    }
    return columnOf(this.#memory, withNullable(resultType, true), values);
  }

  #run(run: HostFunction['run'], args: readonly unknown[], row: number): unknown {
    try {
      return run(...args);
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new TidemillError('udf-trap', `'${this.name}' threw: ${message}, in row ${row} of the batch`, { cause });
    }
  }

  #checked(given: unknown, row: number): Value {
    const { resultType } = this.#function;
    if (given === null || given === undefined) {
      if (resultType.nullable) return null;
      throw new TidemillError(
        'udf-result',
        `'${this.name}' returned NULL, and its result is NOT NULL, in row ${row} of the batch`,
      );
    }
    const value = valueOfPublic(given, resultType);
    if (value !== undefined) return value;
    const shown = typeof given === 'object' ? Object.prototype.toString.call(given) : String(given);
    throw new TidemillError(
      'udf-result',
      `'${this.name}' returned ${shown}, which is no ${typeToString(resultType, false)}, in row ${row} of the batch`,
    );
  }
}

const hostResults = new Set([
  'BOOLEAN',
  'TINYINT',
  'SMALLINT',
  'INT',
  'BIGINT',
  'FLOAT',
  'DOUBLE',
  'VARCHAR',
  'VARBINARY',
  'TIMESTAMP_LTZ',
]);

/** @throws TidemillError `not-supported`. */
export function checkHostResult(type: SqlType): void {
  if (!hostResults.has(type.kind))
    throw notSupported(
      `a plain function with the result ${typeToString(type, false)}`,
      undefined,
      'Return STRING, and cast it in the query.',
    );
}

const bits: Readonly<Record<string, number>> = { TINYINT: 8, SMALLINT: 16, INT: 32 };

/** Undefined when the value is not one of the type. */
function valueOfPublic(given: unknown, type: SqlType): Value | undefined {
  switch (type.kind) {
    case 'BOOLEAN':
      return typeof given === 'boolean' ? given : undefined;
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT': {
      const half = 2 ** (bits[type.kind]! - 1);
      return typeof given === 'number' && Number.isInteger(given) && given >= -half && given < half ? given : undefined;
    }
    case 'BIGINT': {
      const whole = typeof given === 'number' && Number.isSafeInteger(given) ? BigInt(given) : given;
      return typeof whole === 'bigint' && BigInt.asIntN(64, whole) === whole ? whole : undefined;
    }
    case 'FLOAT':
    case 'DOUBLE':
      return typeof given === 'number' ? given : undefined;
    case 'VARCHAR':
      return typeof given === 'string' ? given : undefined;
    case 'VARBINARY':
      return given instanceof Uint8Array ? given : undefined;
    case 'TIMESTAMP_LTZ':
      return given instanceof Date && !Number.isNaN(given.getTime())
        ? BigInt(given.getTime()) * BigInt(timestampUnitsPerSecond(type.precision) / 1000)
        : undefined;
    default:
      return undefined;
  }
}
