import type { Catalog } from '../catalog/catalog.ts';
import type { FunctionDescriptor } from '../catalog/descriptors.ts';
import type { IpcPart } from '../columnar/table-content.ts';
import { types } from '../columnar/types.ts';
import { internalError, TidemillError } from '../common/errors.ts';
import { type OperatorSpec, operatorDefinitions } from '../operators/index.ts';
import type { PhysicalPlan } from '../physical/plan.ts';
import { type RemoteLine, serveRemoteLine } from '../runtime/hosts/remote-calls.ts';
import { type AnyOperatorSpec, apartFromMain, definitionsOf } from '../runtime/index.ts';
import type { RemoteModule } from '../udf/index.ts';
import { isColumnSignature } from '../udf/remote-columns.ts';
import { checkRemoteType, type RemoteFunction, type RemoteSignature } from '../udf/remote-udf.ts';
import { mentions } from './session-functions.ts';
import { userAggregate } from './user-functions.ts';

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
  /** Nobody will ask any more. */
  release(): void;
}

interface Registered {
  readonly remote: RemoteFunction;
  readonly process: RemoteProcess;
  readonly descriptor: FunctionDescriptor;
  /** Jobs that run and call it. */
  jobs: number;
}

/** Functions of a session that another process runs, its client: unsandboxed, and there as long as that process is. */
export class RemoteFunctions {
  readonly #catalog: Catalog;
  readonly #functions = new Map<string, Registered>();

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  /**
   * Adds a temporary function to the catalog. Plans show it as `unsandboxed:name`.
   * @param start of an aggregate: what it begins with and what an empty group gives
   * @throws TidemillError `function-exists`, `not-supported` for types that are not sent.
   */
  add(
    name: string,
    signature: RemoteSignature,
    process: RemoteProcess,
    { orReplace, start }: { readonly orReplace: boolean; readonly start?: RemoteModule | undefined },
  ): FunctionDescriptor {
    const kind = isColumnSignature(signature) ? signature : undefined;
    const results = kind?.kind === 'table' ? kind.columns.map(({ type }) => type) : [signature.result];
    for (const type of [...signature.arguments, ...results]) checkRemoteType(type);
    const key = this.#keyOf(name, signature);
    const { currentCatalog, currentDatabase } = this.#catalog;
    const descriptor: FunctionDescriptor = Object.freeze({
      key,
      name,
      path: { catalog: currentCatalog, database: currentDatabase, name },
      temporary: true,
      language: 'HOST',
      argumentTypes: signature.arguments,
      resultType: kind?.kind === 'table' ? types.row(kind.columns) : signature.result,
      deterministic: signature.deterministic,
      ...(signature.argumentNames && { argumentNames: signature.argumentNames }),
      ...(kind?.kind === 'table' && { tabular: kind }),
      ...(kind?.kind === 'aggregate' && { aggregate: userAggregate(key, started(start), kind) }),
    });
    this.#catalog.createFunction(descriptor, { orReplace });
    this.#functions.set(key, { remote: { key, signature }, process, descriptor, jobs: 0 });
    this.#sweep();
    return descriptor;
  }

  /** Jobs that run keep what they call: only one whose process has gone is taken over by another of the same shape. */
  #keyOf(name: string, signature: RemoteSignature): string {
    for (let copy = 1; ; copy++) {
      const key = `unsandboxed:${name}${copy === 1 ? '' : `#${copy}`}`;
      const known = this.#functions.get(key);
      if (known === undefined || (!known.process.alive && JSON.stringify(known.remote.signature) === JSON.stringify(signature)))
        return key;
    }
  }

  /** Forgets those that were dropped or replaced, and that no job calls. */
  #sweep(): void {
    for (const [key, { descriptor, process, jobs }] of this.#functions) {
      const { catalog, database, name } = descriptor.path!;
      if (jobs > 0 || this.#catalog.findFunction([catalog, database, name], 'catalog') === descriptor) continue;
      this.#functions.delete(key);
      process.release();
    }
  }

  /** Those a plan calls. */
  usedBy(plan: PhysicalPlan<AnyOperatorSpec>): readonly RemoteFunction[] {
    return [...this.#functions.values()].map(({ remote }) => remote).filter(({ key }) => mentions(plan, key));
  }

  /** Keeps functions for a job; returns how that ends. */
  hold(functions: readonly RemoteFunction[]): () => void {
    const held = functions.flatMap(({ key }) => this.#functions.get(key) ?? []);
    for (const each of held) each.jobs++;
    return () => {
      for (const each of held) each.jobs--;
      this.#sweep();
    };
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

function started(start: RemoteModule | undefined): RemoteModule {
  if (start === undefined) throw internalError('an aggregate of another process without what it begins with');
  return start;
}
