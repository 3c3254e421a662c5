import { typeToString } from '../columnar/types.ts';
import { limits } from '../common/limits.ts';
import { canonicalText } from './canonical.ts';
import { LoopCompute } from './compute.ts';
import { buildComputeModule, type ComputeModule } from './compute-module.ts';
import type { Compute, ComputeSpec, TaskCode } from './contract.ts';
import { StagedCompute } from './staged-compute.ts';
import { stageSpec } from './staging.ts';

/** Modules by the canonical text of their spec: workers and operators that are built anew share them. */
const modules = new Map<string, ComputeModule>();

/**
 * Compiles a spec to one loop on the task's memory. Compiling an equal spec again is cheap.
 *
 * @throws TidemillError `not-supported` for what generated code cannot do, with its place.
 */
export function compileCompute(spec: ComputeSpec, task: TaskCode): Compute {
  const staged = stageSpec(spec);
  return staged === undefined ? compileLoop(spec, task) : new StagedCompute(staged, task, inner => compileLoop(inner, task));
}

function compileLoop(spec: ComputeSpec, task: TaskCode): Compute {
  const key = specText(spec, task.localTimeZone);
  let compiled = modules.get(key);
  if (compiled === undefined) {
    compiled = buildComputeModule(spec, task.localTimeZone);
    modules.set(key, compiled);
    if (modules.size > limits.compiledModulesMax) modules.delete(modules.keys().next().value!);
  }
  return new LoopCompute(spec, compiled, task);
}

function specText(spec: ComputeSpec, localTimeZone: string): string {
  return [
    localTimeZone,
    spec.input.map(field => typeToString(field.type)).join(),
    spec.filter === undefined ? '' : canonicalText(spec.filter),
    spec.outputs.map(canonicalText).join(),
    spec.key === undefined
      ? ''
      : `${spec.key.expressions.map(canonicalText).join()}|${spec.key.layout.types.map(type => typeToString(type)).join()}`,
  ].join('\n');
}
