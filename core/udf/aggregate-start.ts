import { readColumn } from '../columnar/read-values.ts';
import type { Value } from '../columnar/values.ts';
import type { Kernels } from '../kernels/index.ts';
import { TaskMemory } from '../wasm/memory.ts';
import { AggregateUdf } from './aggregate-udf.ts';
import { isRemoteModule, type RemoteModule } from './column-code.ts';
import { ComponentAggregate } from './component-aggregate.ts';
import type { UdfModule } from './load-udf.ts';

/** What plans need to know of an aggregate: a new accumulator, byte by byte, and what an empty group gives. */
export interface AggregateStart {
  readonly initial: readonly number[];
  readonly empty: Value;
}

/**
 * Runs an aggregate's `init` and `finish` once, on a memory of their own.
 * @throws TidemillError what they trap with.
 */
export function startOfAggregate(
  module: UdfModule | RemoteModule,
  name: string,
  kernels: (memory: TaskMemory) => Kernels,
): AggregateStart {
  const memory = new TaskMemory({ pagesInitial: 16 });
  const udf =
    isRemoteModule(module) || module.component !== undefined
      ? new ComponentAggregate(module, name, memory, kernels(memory))
      : new AggregateUdf(module, name, memory, kernels(memory));
  const initial = udf.initial();
  const { arena } = memory;
  const group = arena.allocate(initial.length);
  memory.u8.set(initial, group);
  const rows = arena.allocate(4);
  memory.u32[rows >>> 2] = group;
  const empty = readColumn(memory, udf.finish(1, rows, 0), 1)[0]!;
  return Object.freeze({ initial: Object.freeze(initial), empty });
}
