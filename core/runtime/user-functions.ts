import type { BoundUserAggregate, BoundUserFunction, TaskCode } from '../codegen/contract.ts';
import { internalError } from '../common/errors.ts';
import {
  AggregateUdf,
  BatchUdf,
  ComponentAggregate,
  ComponentUdf,
  type OnError,
  type RemoteModule,
  ScalarUdf,
  type UdfModule,
} from '../udf/index.ts';

/** A registered wasm function as a job carries it to its tasks: plain data and a compiled module. */
export interface UserFunctionEntry {
  readonly name: string;
  readonly module: UdfModule;
  /** The export's name in the module. */
  readonly export: string;
  readonly onTrap?: OnError | undefined;
}

/** Binds registered functions to a task, each once; `host` answers for those that are no wasm. */
export function bindUserFunctions(
  entries: readonly UserFunctionEntry[],
  task: () => TaskCode,
  host: (name: string, task: TaskCode) => BoundUserFunction,
): (name: string) => BoundUserFunction {
  const bound = new Map<string, BoundUserFunction>();
  return name => {
    let found = bound.get(name);
    if (found === undefined) {
      const entry = entries.find(candidate => candidate.name === name);
      found = entry === undefined ? host(name, task()) : scalarFunction(entry, task());
      bound.set(name, found);
    }
    return found;
  };
}

function scalarFunction(
  { module, export: name, onTrap }: UserFunctionEntry,
  { memory, kernels, functionFailures: failures }: TaskCode,
): BoundUserFunction {
  const options = { onTrap, kernels, failures };
  if (module.functions.find(each => each.name === name)?.batch) return new BatchUdf(module, name, memory, options);
  return module.component === undefined
    ? new ScalarUdf(module, name, memory, options)
    : new ComponentUdf(module, name, memory, options);
}

/** The same for aggregates; `remote` answers for those of another process. */
export function bindUserAggregates(
  entries: readonly UserFunctionEntry[],
  task: () => TaskCode,
  remote: (name: string) => RemoteModule | undefined,
): (name: string) => BoundUserAggregate {
  const bound = new Map<string, BoundUserAggregate>();
  const aggregateOf = (name: string): BoundUserAggregate => {
    const { memory, kernels } = task();
    const entry = entries.find(candidate => candidate.name === name);
    if (entry !== undefined) {
      const Aggregate = entry.module.component === undefined ? AggregateUdf : ComponentAggregate;
      return new Aggregate(entry.module, entry.export, memory, kernels);
    }
    const elsewhere = remote(name);
    if (elsewhere === undefined) throw internalError(`the aggregate '${name}' was not given to the job`);
    return new ComponentAggregate(elsewhere, elsewhere.name, memory, kernels);
  };
  return name => {
    let found = bound.get(name);
    if (found === undefined) {
      bound.set(name, (found = aggregateOf(name)));
    }
    return found;
  };
}
