import { internalError, TidemillError } from '../common/errors.ts';
import { guarded } from '../wasm/guards.ts';
import type { UdfModule } from './load-udf.ts';
import { exportNames, trapStates } from './loop-target.ts';
import { messageText } from './result-place.ts';
import { GuestAbort, guestText, type TrapSite, trapError } from './traps.ts';
import { wasiModule, wasiStubs } from './wasi-stubs.ts';

/** A module that has started, with what every kind of function needs of it. */
export interface GuestInstance {
  readonly exports: WebAssembly.Exports;
  /** What is left, an i64. */
  readonly fuel: WebAssembly.Global;
  /** The row that is being computed, an i32. */
  readonly row: WebAssembly.Global;
  /** One of {@link trapStates}. */
  readonly state: WebAssembly.Global;
  /** What a function returned when there was no place for it, an i64. */
  readonly pending: WebAssembly.Global;
  /** The module's own memory. */
  readonly memory: WebAssembly.Memory | undefined;
  /** The end of what it printed to standard error, which is shown when it traps. */
  readonly printed: () => string;
}

/**
 * Instantiates a module with a memory of its own, and runs its start function and its `_initialize`.
 *
 * @param functionName named in errors
 * @param engine the task's memory, which only the appended loops can reach
 * @throws TidemillError `udf-trap`, `udf-fuel`, `udf-stack` or `udf-memory`: it did not start.
 */
export function startGuest(module: UdfModule, functionName: string, engine: WebAssembly.Memory): GuestInstance {
  const { guestMemory, limits: udfLimits } = module;
  const memory = guestMemory && allocateMemory(guestMemory, functionName);
  const given = BigInt(udfLimits.fuelPerBatch);
  let exports: WebAssembly.Exports | undefined;
  const global = (name: string): WebAssembly.Global => exports![name] as WebAssembly.Global;
  const abort = (message: number, _file: number, line: number, column: number): never => {
    const text = guestText(memory, message);
    throw new GuestAbort(`abort${text === '' ? '' : ` '${text}'`} at ${line}:${column}`);
  };
  const fail = (address: number, bytes: number): never => {
    throw new GuestAbort(messageText(memory, address, bytes));
  };
  const charge = (units: number): void => {
    if (!guarded('fuel-imports')) return;
    const fuel = global(exportNames.fuel);
    fuel.value = (fuel.value as bigint) - BigInt(units);
    if ((fuel.value as bigint) < 0n) throw new GuestAbort('out of fuel');
  };
  const wasi = module.usesWasi ? wasiStubs({ memory, charge }) : undefined;
  const printed = (): string => wasi?.record.errorText ?? '';
  try {
    exports = new WebAssembly.Instance(module.module, {
      env: { abort },
      [wasiModule]: wasi?.imports ?? {},
      tidemill: { guest: memory, engine, fail },
    }).exports;
    for (const name of [exportNames.start, exportNames.own('_initialize')]) {
      const start = exports[name];
      if (typeof start === 'function' && start.length === 0) start();
    }
  } catch (cause) {
    if (cause instanceof WebAssembly.LinkError) throw internalError(`'${functionName}' could not be linked`, cause);
    // Without exports a data or element segment did not fit, which costs no fuel.
    const fuelLeft = exports === undefined ? given : (global(exportNames.fuel).value as bigint);
    const state = exports === undefined ? trapStates.none : Number(global(exportNames.state).value);
    throw trapError(
      cause,
      trapSite(module, { functionName, row: undefined, fuelLeft, fuelGiven: given, state, printed: printed() }),
    );
  }
  return {
    exports,
    fuel: global(exportNames.fuel),
    row: global(exportNames.row),
    state: global(exportNames.state),
    pending: global(exportNames.pending),
    memory,
    printed,
  };
}

/** What {@link trapError} is told of a trap in a module. */
export function trapSite(module: UdfModule, site: Omit<TrapSite, 'memoryPagesMax'>): TrapSite {
  return { ...site, memoryPagesMax: module.guestMemory?.maximum ?? 0 };
}

function allocateMemory(pages: { readonly initial: number; readonly maximum: number }, functionName: string): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ ...pages });
  } catch (cause) {
    throw new TidemillError('udf-memory', `there is no memory for '${functionName}' (${pages.initial} pages)`, {
      domain: 'external',
      cause,
    });
  }
}
