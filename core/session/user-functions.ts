import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { FunctionDescriptor } from '../catalog/descriptors.ts';
import { TidemillError } from '../common/errors.ts';
import { didYouMean } from '../common/nearest-names.ts';
import type { UserFunctionEntry } from '../runtime/user-functions.ts';
import type { BoundCreateFunction } from '../sql/binder/index.ts';
import { findUdfFunction, loadUdf } from '../udf/index.ts';

/**
 * Reads and checks the module of CREATE FUNCTION. The export is the one of AS, else the one called like the function, else the only one.
 *
 * @throws TidemillError `unreadable-file`, `udf-export`, and what `loadUdf` throws.
 */
export function loadFunction(bound: BoundCreateFunction): { descriptor: FunctionDescriptor; entry: UserFunctionEntry } {
  const { function: made, file, span } = bound;
  const module = loadUdf(readModule(file, made.baseDirectory, span), { name: file });
  const names = module.functions.map(entry => entry.name);
  const chosen = bound.export ?? (names.includes(made.name) ? made.name : names.length === 1 ? names[0]! : undefined);
  if (chosen === undefined || !names.includes(chosen)) {
    throw new TidemillError('udf-export', `${file} exports no function '${chosen ?? made.name}'`, {
      span,
      hint:
        didYouMean(chosen ?? made.name, names) ??
        (names.length === 0 ? 'it exports no scalar function' : `it exports ${names.join(', ')}: say which with AS '…'`),
    });
  }
  const signature = findUdfFunction(module, chosen);
  const descriptor: FunctionDescriptor = Object.freeze({
    ...made,
    language: 'WASM',
    file,
    export: chosen,
    argumentTypes: signature.arguments,
    resultType: signature.result,
    deterministic: signature.deterministic,
  });
  return { descriptor, entry: { name: descriptor.key, module, export: chosen } };
}

function readModule(file: string, baseDirectory: string | undefined, span: BoundCreateFunction['span']): Uint8Array<ArrayBuffer> {
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
