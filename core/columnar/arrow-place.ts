import type { ArrowKernels } from '../kernels/arrow-text.ts';
import type { TaskMemory } from '../wasm/memory.ts';

/** Where columns go to and come from Arrow: a task's memory and the kernels on it, as operators and sources have them. */
export interface ArrowPlace {
  readonly memory: TaskMemory;
  readonly kernels: ArrowKernels;
}
