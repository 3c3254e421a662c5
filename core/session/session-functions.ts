import type { Catalog } from '../catalog/catalog.ts';
import type { FunctionDescriptor } from '../catalog/descriptors.ts';
import { notSupported, TidemillError } from '../common/errors.ts';
import { didYouMean } from '../common/nearest-names.ts';
import type { Job, UserFunctionEntry } from '../runtime/index.ts';
import type { BoundCreateFunction, Command } from '../sql/binder/index.ts';
import type { StatementResult } from './contract.ts';
import { type LoadPolicy, loadFunction, userAggregate } from './user-functions.ts';

type Procedure = Extract<Command, { kind: 'call-procedure' }>;

const usage = "write CALL sys.refresh_functions('job id or name')";

/**
 * The job that `CALL sys.refresh_functions('job')` names; undefined for another procedure.
 * @throws TidemillError `wrong-argument`.
 */
export function jobToRefresh(command: Procedure): { readonly value: string; readonly span: Procedure['span'] } | undefined {
  const name = command.name.map(part => part.name.toLowerCase()).join('.');
  if (name !== 'sys.refresh_functions' && !name.endsWith('.sys.refresh_functions')) return undefined;
  const [argument, more] = command.arguments;
  const job = argument?.kind === 'named-argument' ? argument.value : argument;
  if (job?.kind !== 'string' || more !== undefined)
    throw new TidemillError('wrong-argument', 'sys.refresh_functions takes the id of a job', { span: command.span, hint: usage });
  return job;
}

/** The user functions of a session, and those that its running jobs were given. */
export class SessionFunctions {
  readonly #catalog: Catalog;
  readonly #policy: () => LoadPolicy;
  readonly #entries = new Map<string, UserFunctionEntry>();
  readonly #ofJobs = new WeakMap<Job, readonly UserFunctionEntry[]>();

  /** @param policy the session's, when a function is created */
  constructor(catalog: Catalog, policy: () => LoadPolicy) {
    this.#catalog = catalog;
    this.#policy = policy;
  }

  /**
   * Reads and checks a function's module and adds it to the catalog. Jobs that run already keep what they have.
   * @throws TidemillError `unreadable-file`, `udf-export`, `function-exists`, and what `loadUdf` throws.
   */
  create(bound: BoundCreateFunction): FunctionDescriptor {
    const { descriptor, entry } = loadFunction(bound, this.#policy());
    const { orReplace, ifNotExists, span } = bound;
    if (this.#catalog.createFunction(descriptor, { orReplace, ifNotExists, span })) this.#entries.set(descriptor.key, entry);
    return descriptor;
  }

  /**
   * Another function of the same file takes a function's place: ALTER FUNCTION f AS 'export'.
   * @throws TidemillError `unknown-function`, `udf-export`, `not-supported`.
   */
  alter(command: Extract<Command, { kind: 'alter-function' }>): StatementResult {
    const parts = command.name.map(part => part.name);
    const written = parts.join('.');
    const { span } = command;
    if (command.language !== undefined && command.language !== 'WASM')
      throw notSupported(
        `functions in ${command.language}`,
        span,
        "a .wasm file takes its place: CREATE FUNCTION f USING 'f.wasm'",
      );
    const found = this.#catalog.findFunction(parts, command.system ? 'system' : 'catalog');
    if (found === undefined || found.temporary !== command.temporary) {
      if (command.ifExists) return { kind: 'done', message: `there is no function ${written}` };
      throw new TidemillError('unknown-function', `there is no ${command.temporary ? 'temporary ' : ''}function '${written}'`, {
        span,
        hint: didYouMean(
          parts.at(-1)!,
          this.#catalog.listFunctions().map(each => each.name),
        ),
      });
    }
    const { key, name, path, temporary, baseDirectory, file, onError } = found;
    if (file === undefined) throw notSupported('ALTER FUNCTION of a plain function', span);
    this.create({
      kind: 'create-function',
      function: { key, name, path, temporary, baseDirectory, ...(onError === 'null' && { onError }) },
      file,
      export: command.as.value,
      ifNotExists: false,
      orReplace: true,
      span: command.as.span,
    });
    return { kind: 'done', message: `function ${name} is ${command.as.value} of ${file} now` };
  }

  /** What a job that starts now is given. */
  now(): readonly UserFunctionEntry[] {
    return [...this.#entries.values()];
  }

  started(job: Job, functions: readonly UserFunctionEntry[]): void {
    this.#ofJobs.set(job, functions);
  }

  /**
   * Gives a running job the functions as they are now (after CREATE OR REPLACE FUNCTION), at a checkpoint. Functions that have gone stay what they were.
   * @returns the names of the functions that have changed
   * @throws TidemillError `udf-signature` when one of them cannot stand where the old one does; `no-savepoint` for a job without checkpoints.
   */
  async refresh(job: Job, plan: unknown): Promise<readonly string[]> {
    const before = this.#ofJobs.get(job) ?? [];
    const functions = before.map(entry => {
      const next = this.#entries.get(entry.name) ?? entry;
      if (next === entry || !mentions(plan, entry.name)) return entry;
      const difference = differenceBetween(entry, next);
      if (difference !== undefined)
        throw new TidemillError('udf-signature', `the new function '${entry.name}' ${difference} than the job was planned with`, {
          hint: 'Stop the job at a savepoint and start it anew, which plans it with the new function. State in another form begins anew then.',
        });
      return next;
    });
    const changed = functions.flatMap((entry, index) => (entry === before[index] ? [] : [entry.name]));
    if (changed.length === 0) return changed;
    if (job.replaceFunctions === undefined)
      throw new TidemillError('no-savepoint', 'a job that makes no checkpoints keeps the functions it began with', {
        hint: 'give it a folder: --checkpoints DIR',
      });
    await job.replaceFunctions(functions);
    this.#ofJobs.set(job, functions);
    return changed;
  }
}

/** Members of a signature that a plan does not hold. */
const notPlanned: ReadonlySet<string> = new Set(['name', 'argumentNames', 'parts']);
/** What is said where members differ; of others that they are declared otherwise. */
const spoken: Readonly<Record<string, string>> = {
  kind: 'is of another kind',
  batch: 'is of another kind',
  arguments: 'takes other arguments',
  result: 'has another result',
  columns: 'makes other columns',
  accumulators: 'keeps another accumulator',
  stateBytes: 'keeps another accumulator',
  states: 'keeps other states',
  table: 'takes another table',
  onTrap: "has another 'on-error'",
};

/** How a function differs from the one that stands in a plan, in all that this has taken from it. */
function differenceBetween(before: UserFunctionEntry, next: UserFunctionEntry): string | undefined {
  const [old, now] = [membersOf(before), membersOf(next)];
  const isOther = (member: string): boolean => JSON.stringify(old[member]) !== JSON.stringify(now[member]);
  const others = [...new Set([...Object.keys(spoken), ...Object.keys(old), ...Object.keys(now)])].filter(
    member => !notPlanned.has(member) && isOther(member),
  );
  if (others.length > 0) return spoken[others[0]!] ?? `is declared otherwise (${others.join(', ')})`;
  const starts = [before, next].map(({ module, export: name }) => {
    const found = module.aggregates.find(entry => entry.name === name);
    if (found === undefined) return undefined;
    const { initial, empty } = userAggregate(name, module, found);
    return `${initial.join()} ${String(empty)}`;
  });
  return starts[0] === starts[1] ? undefined : 'begins its groups with another accumulator';
}

function membersOf({ module, export: name, onTrap }: UserFunctionEntry): Readonly<Record<string, unknown>> {
  const found = [...module.functions, ...module.aggregates, ...module.tabular].find(entry => entry.name === name);
  return { ...found, onTrap };
}

/** Whether a name stands anywhere in a plan. */
export function mentions(plan: unknown, name: string): boolean {
  const open: unknown[] = [plan];
  const seen = new Set<unknown>();
  while (open.length > 0) {
    const next = open.pop();
    if (next === name) return true;
    if (typeof next !== 'object' || next === null || ArrayBuffer.isView(next) || seen.has(next)) continue;
    seen.add(next);
    open.push(...Object.values(next));
  }
  return false;
}
