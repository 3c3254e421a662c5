import type { Column } from '../columnar/batch.ts';
import { internalError, TidemillError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import { type ColumnCallOptions, type ColumnFunction, callColumns } from './column-calls.ts';
import { componentFuelExport } from './component.ts';
import type { ComponentCode } from './component-code.ts';
import type { ComponentColumn } from './component-columns.ts';
import { findUdfFunction, type UdfFunction, type UdfModule } from './load-udf.ts';

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
  readonly #target: ColumnFunction;
  #running: Running | undefined;

  /** @throws TidemillError `udf-export` when the component has no such function. */
  constructor(module: UdfModule, functionName: string, memory: TaskMemory, options: ColumnCallOptions) {
    this.function = findUdfFunction(module, functionName);
    this.name = functionName;
    if (module.component === undefined) throw internalError(`${module.name} is no component`);
    this.#module = module;
    this.#code = module.component;
    const call: ColumnFunction['call'] = (inputs, rows) => this.#called(inputs, rows);
    this.#target = { ...options, name: functionName, function: this.function, memory, rowsMax: limits.udfComponentRowsMax, call };
  }

  /**
   * Computes a result column in the task's arena.
   * @param selection address of a byte per row, 0 = the row is not wanted; or 0 for all rows
   * @throws TidemillError `udf-trap`, `udf-fuel`, `udf-stack`, `udf-result`, `udf-error`.
   */
  call(rows: number, columns: readonly Column[], selection: number): Column {
    const { column, trapped } = callColumns(this.#target, rows, columns, selection);
    this.trapCount += trapped;
    return column;
  }

  #called(inputs: readonly ComponentColumn[], rows: number): ComponentColumn {
    const { fuelPerBatch, fuelPerRow } = this.#module.limits;
    const given = BigInt(fuelPerBatch) + BigInt(fuelPerRow) * BigInt(rows);
    const running = (this.#running ??= this.#start());
    for (const fuel of running.fuel) fuel.value = given;
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
