import { readColumn } from '../../core/columnar/read-values.ts';
import type { SqlType } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { columnOf } from '../../core/columnar/write-values.ts';
import { loadKernels } from '../../core/kernels/index.ts';
import { type BuildOptions, buildAssemblyScript } from '../../core/udf/build-assemblyscript.ts';
import {
  encodeSignatures,
  FunctionFailures,
  type LoadOptions,
  loadUdf,
  type ScalarSignature,
  ScalarUdf,
  type ScalarUdfOptions,
  signatureSection,
} from '../../core/udf/index.ts';
import { ModuleBuilder } from '../../core/wasm/encoder/index.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';

/** How a component begins. */
export const componentHeader = Uint8Array.of(0, 0x61, 0x73, 0x6d, 13, 0, 1, 0);

const built = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();

/** Compiles AssemblyScript once per process and source. */
export function assemblyScript(source: string, options: BuildOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
  const key = JSON.stringify([source, options]);
  let promise = built.get(key);
  if (promise === undefined) {
    promise = buildAssemblyScript(source, options);
    built.set(key, promise);
  }
  return promise;
}

export function handMade(
  build: (module: ModuleBuilder) => void,
  signatures: readonly Partial<ScalarSignature>[] = [],
): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  build(module);
  const complete = signatures.map(
    signature => ({ nulls: 'propagate', deterministic: true, arguments: [], ...signature }) as ScalarSignature,
  );
  if (complete.length > 0) module.customSection(signatureSection, encodeSignatures(complete));
  return module.build();
}

/** The parts of a TidemillError that tests compare. */
export function failure(run: () => unknown): { code: string; message: string } {
  try {
    run();
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return { code, message };
  }
  throw new Error('it did not fail');
}

export interface Harness {
  readonly memory: TaskMemory;
  readonly udf: ScalarUdf;
  /** Rows without a result since it was last asked. */
  failedRows(): number;
  run(columns: readonly (readonly Value[])[], selection?: readonly (0 | 1)[]): Value[];
}

/** A function over plain values; columns have the declared types, nullable where a value is null. */
export function harness(
  bytes: Uint8Array<ArrayBuffer>,
  functionName: string,
  options: ScalarUdfOptions & Partial<LoadOptions> = {},
): Harness {
  const memory = new TaskMemory({ pagesInitial: 16 });
  const module = loadUdf(bytes, { name: 'test.wasm', ...options });
  const failures = new FunctionFailures();
  const udf = new ScalarUdf(module, functionName, memory, { kernels: loadKernels(memory), failures, ...options });
  return {
    memory,
    udf,
    failedRows: () => failures.take(),
    run(columns, selection) {
      const rows = columns[0]?.length ?? 0;
      const inputs = udf.function.arguments.map((type: SqlType, index) => columnOf(memory, type, columns[index]!));
      let address = 0;
      if (selection !== undefined) {
        address = memory.arena.allocate(rows);
        memory.u8.set(selection, address);
      }
      return readColumn(memory, udf.call(rows, inputs, address), rows);
    },
  };
}
