import { internalError, TidemillError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import { componentFuelExport } from './component.ts';
import type { ComponentColumn } from './component-columns.ts';
import type { UdfModule } from './load-udf.ts';

/** What a component exports; see udf-sdk/abi/wit/udf.wit. One of an older version has `call` only. */
export interface ComponentExports {
  call(name: string, rows: number, columns: readonly ComponentColumn[]): ComponentColumn;
  callTable(name: string, rows: number, columns: readonly ComponentColumn[]): readonly ComponentColumn[];
  begin(name: string): readonly ComponentColumn[];
  accumulate(
    name: string,
    accumulators: readonly ComponentColumn[],
    rows: number,
    groups: Uint8Array,
    retract: Uint8Array,
    columns: readonly ComponentColumn[],
  ): readonly ComponentColumn[];
  merge(
    name: string,
    accumulators: readonly ComponentColumn[],
    groups: Uint8Array,
    others: readonly ComponentColumn[],
  ): readonly ComponentColumn[];
  finish(name: string, groups: number, accumulators: readonly ComponentColumn[]): ComponentColumn;
  callProcess(
    name: string,
    rows: number,
    partitions: number,
    groups: Uint8Array,
    times: Uint8Array,
    weights: Uint8Array,
    watermark: bigint | undefined,
    states: readonly ComponentColumn[],
    columns: readonly ComponentColumn[],
  ): ProcessedColumns;
  callTimers(
    name: string,
    timers: number,
    times: Uint8Array,
    names: ComponentColumn,
    watermark: bigint | undefined,
    states: readonly ComponentColumn[],
  ): ProcessedColumns;
}

/** What a process table function gives back: rows; states; of timer requests partition, action, time and name (no columns: none). */
export type ProcessedColumns = readonly [
  rows: readonly ComponentColumn[],
  states: readonly ComponentColumn[],
  timers: readonly ComponentColumn[],
];

interface Running {
  readonly exports: Readonly<Partial<ComponentExports>>;
  readonly fuel: readonly WebAssembly.Global[];
}

/**
 * An instance of a component for one function of one task. Started at the first call; after a trap it is dropped, since what is left of it cannot be entered
 * again, and the next call starts another one.
 *
 * @example
 * const column = instance.call('call', rows, call => call('risk', rows, columns));
 */
export class ComponentInstance {
  readonly #module: UdfModule;
  readonly #name: string;
  #running: Running | undefined;

  constructor(module: UdfModule, functionName: string) {
    if (module.component === undefined) throw internalError(`${module.name} is no component`);
    this.#module = module;
    this.#name = functionName;
  }

  /**
   * Calls an export with fuel for so many rows.
   * @throws TidemillError `udf-trap`, `udf-fuel`, `udf-stack`; `udf-error`: what the function returned as its error; `udf-export`.
   */
  call<Name extends keyof ComponentExports, R>(exported: Name, rows: number, run: (target: ComponentExports[Name]) => R): R {
    const { fuelPerBatch, fuelPerRow } = this.#module.limits;
    const given = BigInt(fuelPerBatch) + BigInt(fuelPerRow) * BigInt(rows);
    const running = (this.#running ??= this.#start());
    const target = running.exports[exported];
    if (typeof target !== 'function')
      throw new TidemillError('udf-export', `${this.#module.name} exports no ${exported} of tidemill:udf`, {
        hint: 'Build it for the world in udf-sdk/abi/wit/udf.wit.',
      });
    for (const fuel of running.fuel) fuel.value = given;
    try {
      return run(target as ComponentExports[Name]);
    } catch (cause) {
      // What a function returns as its error leaves the instance as it is.
      const payload = (cause as { payload?: unknown }).payload;
      if (typeof payload === 'string')
        throw new TidemillError('udf-error', `'${this.#name}' failed: ${payload.slice(0, limits.udfErrorTextBytesMax)}`, {
          cause,
        });
      this.#running = undefined;
      throw this.#trap(cause, running.fuel, given);
    }
  }

  #trap(cause: unknown, fuel: readonly WebAssembly.Global[], given: bigint): TidemillError {
    const fail = (code: string, what: string, hint?: string) =>
      new TidemillError(code, `'${this.#name}' ${what}`, { hint, cause });
    if (fuel.some(global => (global.value as bigint) < 0n))
      return fail('udf-fuel', `used up its fuel of ${given} units`, 'It may loop without end. A unit is about one instruction.');
    const message = cause instanceof Error ? cause.message : String(cause);
    if (cause instanceof RangeError && /call stack/i.test(message)) return fail('udf-stack', 'used up the stack');
    return fail('udf-trap', `trapped: ${message}`);
  }

  #start(): Running {
    const fuel: WebAssembly.Global[] = [];
    const { glue, cores } = this.#module.component!;
    try {
      const exports = evaluateGlue(glue)(
        file => {
          const core = cores.get(file);
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
      return { exports: exports as Running['exports'], fuel };
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
