import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { FunctionDescriptor } from '../catalog/descriptors.ts';
import { types, withNullable } from '../columnar/types.ts';
import { TidemillError } from '../common/errors.ts';
import { didYouMean } from '../common/nearest-names.ts';
import { loadKernels } from '../kernels/index.ts';
import type { UserAggregate } from '../plan/user-aggregate.ts';
import type { UserFunctionEntry } from '../runtime/user-functions.ts';
import type { BoundCreateFunction } from '../sql/binder/index.ts';
import { componentFiles } from '../udf/build-component.ts';
import {
  findUdfFunction,
  isComponent,
  loadComponent,
  loadUdf,
  type OnError,
  type RemoteModule,
  type ScalarSignature,
  startOfAggregate,
  type UdfAggregate,
  type UdfFunction,
  type UdfModule,
} from '../udf/index.ts';
import { loadKeptUdf } from '../udf/kept-modules.ts';
import { argumentHasFlag } from '../udf/signature.ts';

/** A module that stands in the text itself. */
const inlineModule = 'data:application/wasm;base64,';

export interface LoadPolicy {
  /** Of functions that do not say what happens where they fail. */
  readonly onError: OnError;
  /** Nothing is fetched. */
  readonly offline: boolean;
  /** Where rewritten modules are kept. */
  readonly keptModules?: string | undefined;
}

export interface LoadedFunction {
  readonly descriptor: FunctionDescriptor;
  readonly entry: UserFunctionEntry;
}

/**
 * Reads and checks the module of CREATE FUNCTION. The export is the one of AS, else the one called like the function, else the only one.
 *
 * @throws TidemillError `unreadable-file`, `udf-export`, `wrong-option`, and what `loadUdf` throws.
 */
export function loadFunction(
  bound: BoundCreateFunction,
  { onError: defaultOnError, offline, keptModules }: LoadPolicy,
): LoadedFunction {
  const { function: made, file: path, span } = bound;
  // what is written into errors
  const file = path.startsWith(inlineModule) ? `the inline module of ${made.name}` : path;
  const bytes = readModule(path, made.baseDirectory, span);
  const module = isComponent(bytes)
    ? loadComponent(bytes, file, componentFiles(bytes, { name: file, offline }))
    : keptModules === undefined
      ? loadUdf(bytes, { name: file })
      : loadKeptUdf(bytes, file, keptModules);
  const names = [...module.functions, ...module.aggregates, ...module.tabular].map(entry => entry.name);
  const chosen = bound.export ?? (names.includes(made.name) ? made.name : names.length === 1 ? names[0]! : undefined);
  if (chosen === undefined || !names.includes(chosen)) {
    throw new TidemillError('udf-export', `${file} exports no function '${chosen ?? made.name}'`, {
      span,
      hint:
        didYouMean(chosen ?? made.name, names) ??
        (names.length === 0 ? 'it exports no function of SQL' : `it exports ${names.join(', ')}: say which with AS '…'`),
    });
  }
  const found = module.aggregates.find(entry => entry.name === chosen);
  const rows = module.tabular.find(entry => entry.name === chosen);
  const signature = rows ?? found ?? findUdfFunction(module, chosen);
  const alwaysFails = found !== undefined || rows?.kind === 'process';
  if (alwaysFails && made.onError === 'null')
    throw new TidemillError(
      'wrong-option',
      `${found === undefined ? 'process table functions' : 'aggregates'} cannot have 'on-error' = 'null'`,
      {
        span,
        hint: 'what is left of their state where they fail is no value: the job fails, and goes on from its last checkpoint',
      },
    );
  const onError = alwaysFails ? 'fail' : (made.onError ?? defaultOnError);
  const result = rows === undefined ? (signature as UdfFunction).result : types.row(rows.columns);
  const descriptor: FunctionDescriptor = Object.freeze({
    ...made,
    onError,
    language: 'WASM',
    file: path,
    export: chosen,
    argumentTypes: signature.arguments,
    resultType: rows === undefined && onError === 'null' ? withNullable(result, true) : result,
    ...(rows === undefined && { seesNulls: seenNulls(signature as UdfFunction) }),
    deterministic: signature.deterministic,
    ...(signature.argumentNames && { argumentNames: signature.argumentNames }),
    ...(rows && { tabular: rows }),
    ...(found && { aggregate: userAggregate(made.key, module, found) }),
  });
  return { descriptor, entry: { name: descriptor.key, module, export: chosen, onTrap: onError } };
}

const seenNulls = (signature: ScalarSignature): boolean[] =>
  signature.arguments.map((_, index) => argumentHasFlag(signature, index));

/** An aggregate begins with what its `init` gives now. */
export function userAggregate(key: string, module: UdfModule | RemoteModule, found: UdfAggregate): UserAggregate {
  const { initial, empty } = startOfAggregate(module, found.name, loadKernels);
  return Object.freeze({
    key,
    accumulators: found.accumulators,
    stateBytes: initial.length,
    initial,
    empty,
    seesNulls: seenNulls(found),
    canRetract: found.canRetract,
    canMerge: found.canMerge,
    deterministic: found.deterministic,
  });
}

function readModule(file: string, baseDirectory: string | undefined, span: BoundCreateFunction['span']): Uint8Array<ArrayBuffer> {
  if (file.startsWith(inlineModule)) return new Uint8Array(Buffer.from(file.slice(inlineModule.length), 'base64'));
  try {
    return new Uint8Array(readFileSync(resolve(baseDirectory ?? '.', file)));
  } catch (cause) {
    throw new TidemillError('unreadable-file', `cannot read ${file}`, {
      span,
      cause,
      hint: 'The path is relative to the SQL file.',
    });
  }
}
