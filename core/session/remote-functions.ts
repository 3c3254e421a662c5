import type { Catalog } from '../catalog/catalog.ts';
import type { FunctionDescriptor } from '../catalog/descriptors.ts';
import type { IpcPart } from '../columnar/table-content.ts';
import { TidemillError } from '../common/errors.ts';
import { type OperatorSpec, operatorDefinitions } from '../operators/index.ts';
import type { PhysicalPlan } from '../physical/plan.ts';
import { type RemoteLine, serveRemoteLine } from '../runtime/hosts/remote-calls.ts';
import { type AnyOperatorSpec, apartFromMain, definitionsOf } from '../runtime/index.ts';
import { checkRemoteType, type RemoteFunction } from '../udf/remote-udf.ts';
import type { ScalarSignature } from '../udf/signature.ts';
import { mentions } from './session-functions.ts';

const definitionOf = definitionsOf<OperatorSpec>(operatorDefinitions);

/** The process that runs a function. */
export interface RemoteProcess {
  /** False once it has gone: then {@link ask} fails. */
  readonly alive: boolean;
  /**
   * A record batch with a column for each argument; gives the one with the result.
   * @throws TidemillError `udf-error`, `udf-process`.
   */
  ask(request: IpcPart): Promise<IpcPart>;
}

/** Functions of a session that another process runs, its client: unsandboxed, and there as long as that process is. */
export class RemoteFunctions {
  readonly #catalog: Catalog;
  readonly #functions = new Map<string, { readonly remote: RemoteFunction; process: RemoteProcess }>();

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  /**
   * Adds a temporary function to the catalog. Plans show it as `unsandboxed:name`.
   * @throws TidemillError `function-exists`, `not-supported` for types that are not sent.
   */
  add(name: string, signature: ScalarSignature, process: RemoteProcess, orReplace: boolean): FunctionDescriptor {
    for (const type of [...signature.arguments, signature.result]) checkRemoteType(type);
    const key = this.#keyOf(name, signature);
    const { currentCatalog, currentDatabase } = this.#catalog;
    const descriptor: FunctionDescriptor = Object.freeze({
      key,
      name,
      path: { catalog: currentCatalog, database: currentDatabase, name },
      temporary: true,
      language: 'HOST',
      argumentTypes: signature.arguments,
      resultType: signature.result,
      deterministic: signature.deterministic,
      ...(signature.argumentNames && { argumentNames: signature.argumentNames }),
    });
    this.#catalog.createFunction(descriptor, { orReplace });
    this.#functions.set(key, { remote: { key, signature }, process });
    return descriptor;
  }

  /** Jobs that run keep what they call: only one whose process has gone is taken over by another of the same shape. */
  #keyOf(name: string, signature: ScalarSignature): string {
    for (let copy = 1; ; copy++) {
      const key = `unsandboxed:${name}${copy === 1 ? '' : `#${copy}`}`;
      const known = this.#functions.get(key);
      if (known === undefined || (!known.process.alive && JSON.stringify(known.remote.signature) === JSON.stringify(signature)))
        return key;
    }
  }

  /** Those a plan calls. */
  usedBy(plan: PhysicalPlan<AnyOperatorSpec>): readonly RemoteFunction[] {
    return [...this.#functions.values()].map(({ remote }) => remote).filter(({ key }) => mentions(plan, key));
  }

  /** A plan as it has to run: what calls such a function waits for it, and must not hold up the thread of the session. */
  placed(plan: PhysicalPlan<OperatorSpec>): PhysicalPlan<OperatorSpec> {
    const used = this.usedBy(plan);
    return used.length === 0 ? plan : apartFromMain(plan, definitionOf, spec => used.some(({ key }) => mentions(spec, key)));
  }

  /** Answers the tasks that call a function. */
  serve(line: RemoteLine): void {
    serveRemoteLine(line, request => {
      const found = this.#functions.get(line.key);
      if (found?.process.alive === true) return found.process.ask(request);
      throw new TidemillError('udf-process', `the process that runs '${line.key.replace(/^unsandboxed:/, '')}' has gone`, {
        domain: 'external',
        hint: 'A function with mode="process" is there as long as the session that registered it.',
      });
    });
  }
}
