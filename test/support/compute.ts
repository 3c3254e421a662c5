import type { BoundUserFunction, ComputeSpec, TaskCode } from '../../core/codegen/contract.ts';
import { compileCompute } from '../../core/codegen/index.ts';
import { readRows } from '../../core/columnar/read-values.ts';
import type { Schema, SqlType } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { valuesToBatch } from '../../core/columnar/write-values.ts';
import { internalError } from '../../core/common/errors.ts';
import { loadKernels } from '../../core/kernels/index.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';

/** A task on a memory of its own, for tests of generated code. */
export function testTask(
  options: { localTimeZone?: string; userFunctions?: Readonly<Record<string, BoundUserFunction>> } = {},
): TaskCode {
  const memory = new TaskMemory();
  return {
    memory,
    kernels: loadKernels(memory),
    localTimeZone: options.localTimeZone ?? 'UTC',
    userFunction: name => {
      const found = options.userFunctions?.[name];
      if (found === undefined) throw internalError(`no user function ${name}`);
      return found;
    },
  };
}

export function schemaOf(...types: readonly SqlType[]): Schema {
  return types.map((type, index) => ({ name: `c${index}`, type }));
}

/** Runs a spec over rows of values, in one batch; the rows that come out. */
export function computeRows(task: TaskCode, spec: ComputeSpec, rows: readonly (readonly Value[])[]): Value[][] {
  const mark = task.memory.arena.mark();
  try {
    const compute = compileCompute(spec, task);
    return readRows(task.memory, compute.run(valuesToBatch(task.memory, spec.input, rows)).batch);
  } finally {
    task.memory.arena.release(mark);
  }
}
