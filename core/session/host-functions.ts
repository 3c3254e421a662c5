import type { TaskCode } from '../codegen/contract.ts';
import { internalError, TidemillError } from '../common/errors.ts';
import { type HostFunction, HostUdf } from '../udf/host-udf.ts';

/** Plain functions of the program that its queries call: they stay on its thread. */
export class HostFunctions {
  readonly #functions = new Map<string, HostFunction>();

  /**
   * The name under which plans call a function; plans show it, so it says that nothing isolates it.
   * @throws TidemillError `not-supported` where tasks have threads of their own.
   */
  add(host: HostFunction, parallelism: number): string {
    if (parallelism > 1)
      throw new TidemillError('not-supported', `'${host.name}' is a plain function, which runs on one thread only`, {
        hint: 'Open the session with parallelism 1, or write the function as a module: udf.assemblyscript.',
      });
    for (let copy = 1; ; copy++) {
      const key = `unsandboxed:${host.name}${copy === 1 ? '' : `#${copy}`}`;
      const known = this.#functions.get(key);
      if (known === undefined) this.#functions.set(key, host);
      if (known === undefined || known.run === host.run) return key;
    }
  }

  bind(key: string, { memory }: TaskCode): HostUdf {
    const host = this.#functions.get(key);
    if (host === undefined) throw internalError(`user function '${key}' was not given to the job`);
    return new HostUdf(host, memory);
  }
}
