import type { Column } from '../columnar/batch.ts';
import { storageBytes, storageOf } from '../columnar/types.ts';
import { internalError, TidemillError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import type { Kernels } from '../kernels/index.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import { componentFuelExport } from './component.ts';
import type { ComponentCode } from './component-code.ts';
import { type ComponentColumn, fromComponent, resultFor, toComponent } from './component-columns.ts';
import { findUdfFunction, type UdfFunction, type UdfModule } from './load-udf.ts';

export interface ComponentUdfOptions {
  /** Of the same memory: what functions say is text is checked to be UTF-8. */
  readonly kernels: Pick<Kernels, 'utf8_first_bad_view'>;
  /** What a trap or an error does: fail the job, or make all rows of its call NULL and count them. */
  readonly onTrap?: 'fail' | 'null' | undefined;
}

interface Running {
  readonly call: (name: string, rows: number, columns: readonly ComponentColumn[]) => ComponentColumn;
  readonly fuel: readonly WebAssembly.Global[];
}

/**
 * A scalar function of a component, called with whole columns: rows that are wanted and, unless the function asks for NULLs, not NULL. After a
 * trap the instance is dropped: what is left of it cannot be entered again.
 *
 * @example
 * const risk = new ComponentUdf(module, 'risk', memory, { kernels });
 * const column = risk.call(batch.length, [batch.columns[1]], 0);
 */
export class ComponentUdf {
  readonly name: string;
  readonly function: UdfFunction;
  /** Rows that became NULL because a call trapped. */
  trapCount = 0;
  readonly #module: UdfModule;
  readonly #code: ComponentCode;
  readonly #memory: TaskMemory;
  readonly #options: ComponentUdfOptions;
  #running: Running | undefined;

  /** @throws TidemillError `udf-export` when the component has no such function. */
  constructor(module: UdfModule, functionName: string, memory: TaskMemory, options: ComponentUdfOptions) {
    this.function = findUdfFunction(module, functionName);
    this.name = functionName;
    if (module.component === undefined) throw internalError(`${module.name} is no component`);
    this.#module = module;
    this.#code = module.component;
    this.#memory = memory;
    this.#options = options;
  }

  /**
   * Computes a result column in the task's arena.
   * @param selection address of a byte per row, 0 = the row is not wanted; or 0 for all rows
   * @throws TidemillError `udf-trap`, `udf-fuel`, `udf-stack`, `udf-result`, `udf-error`.
   */
  call(rows: number, columns: readonly Column[], selection: number): Column {
    const canTrap = this.#options.onTrap === 'null';
    const { wanted, column } = resultFor(this.#memory, this.function, rows, columns, selection, canTrap);
    for (let start = 0; start < wanted.length; start += limits.udfComponentRowsMax)
      this.#callPiece(columns, wanted.subarray(start, start + limits.udfComponentRowsMax), rows, column);
    return column;
  }

  #callPiece(
    columns: readonly Column[],
    rows: Int32Array,
    total: number,
    into: { readonly data: number; readonly validity: number },
  ): void {
    const { fuelPerBatch, fuelPerRow } = this.#module.limits;
    const given = BigInt(fuelPerBatch) + BigInt(fuelPerRow) * BigInt(rows.length);
    try {
      const running = (this.#running ??= this.#start());
      for (const fuel of running.fuel) fuel.value = given;
      const inputs = columns.map(column => toComponent(this.#memory, column, rows));
      const result = this.#called(running, given, rows.length, inputs);
      const wrong = fromComponent(this.#memory, this.function.result, result, rows, total, into) ?? this.#badText(total, into);
      if (wrong !== undefined) throw new TidemillError('udf-result', `'${this.name}' ${wrong}`);
    } catch (error) {
      if (this.#options.onTrap !== 'null' || !(error instanceof TidemillError) || error.domain === 'internal') throw error;
      const { u8 } = this.#memory;
      const size = storageBytes(storageOf(this.function.result));
      for (const row of rows) {
        u8[into.validity + (row >>> 3)]! &= ~(1 << (row & 7));
        u8.fill(0, into.data + row * size, into.data + (row + 1) * size);
      }
      this.trapCount += rows.length;
    }
  }

  #called(running: Running, given: bigint, rows: number, inputs: readonly ComponentColumn[]): ComponentColumn {
    try {
      return running.call(this.name, rows, inputs);
    } catch (cause) {
      // What a function returns as its error leaves the instance as it is.
      const payload = (cause as { payload?: unknown }).payload;
      if (typeof payload === 'string')
        throw new TidemillError('udf-error', `'${this.name}' failed: ${payload.slice(0, limits.udfErrorTextBytesMax)}`, {
          cause,
        });
      this.#running = undefined;
      throw this.#trap(cause, running.fuel, given);
    }
  }

  #trap(cause: unknown, fuel: readonly WebAssembly.Global[], given: bigint): TidemillError {
    const fail = (code: string, what: string, hint?: string) =>
      new TidemillError(code, `'${this.name}' ${what}`, { hint, cause });
    if (fuel.some(global => (global.value as bigint) < 0n))
      return fail('udf-fuel', `used up its fuel of ${given} units`, 'It may loop without end. A unit is about one instruction.');
    const message = cause instanceof Error ? cause.message : String(cause);
    if (cause instanceof RangeError && /call stack/i.test(message)) return fail('udf-stack', 'used up the stack');
    return fail('udf-trap', `trapped: ${message}`);
  }

  #badText(rows: number, { data }: { readonly data: number }): string | undefined {
    if (this.function.result.kind !== 'VARCHAR') return undefined;
    const row = this.#options.kernels.utf8_first_bad_view(rows, data);
    return row < rows ? `returned bytes that are not UTF-8 in row ${row} of the batch` : undefined;
  }

  #start(): Running {
    const fuel: WebAssembly.Global[] = [];
    try {
      const instantiate = evaluateGlue(this.#code.glue);
      const exports = instantiate(
        file => {
          const core = this.#code.cores.get(file);
          if (core === undefined) throw internalError(`the component ${this.#module.name} has no core module ${file}`);
          return core;
        },
        Object.freeze({}),
        (core, imports) => {
          const instance = new WebAssembly.Instance(core, imports);
          fuel.push(instance.exports[componentFuelExport] as WebAssembly.Global);
          return instance;
        },
      );
      const { call } = exports;
      if (typeof call !== 'function')
        throw new TidemillError('udf-export', `${this.#module.name} exports no call(name, rows, arguments)`);
      return { call: call as Running['call'], fuel };
    } catch (cause) {
      if (cause instanceof TidemillError) throw cause;
      throw this.#trap(cause, fuel, BigInt(this.#module.limits.fuelPerBatch));
    }
  }
}

type Instantiate = (
  getCoreModule: (file: string) => WebAssembly.Module,
  imports: Readonly<Record<string, never>>,
  instantiateCore: (core: WebAssembly.Module, imports: WebAssembly.Imports) => WebAssembly.Instance,
) => Readonly<Record<string, unknown>>;

/** The glue is an ES module, whose import would have to be waited for; it has no imports of its own, so that it can be a function's body. */
function evaluateGlue(glue: string): Instantiate {
  const body = glue.replace(/^export /gm, '');
  return new Function(`"use strict";\n${body}\nreturn instantiate;`)() as Instantiate;
}
