import { readRows } from '../../core/columnar/read-values.ts';
import type { Value } from '../../core/columnar/values.ts';
import type { StageContext, StageReadResult } from '../../core/duckdb/stage.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';

/** Reads to the end as a task would: the arena is reset before each call, `pending` waits for `wake`. */
export async function drain(
  make: (context: StageContext) => { tryRead(rowsMax: number): StageReadResult },
  rowsMax = 8192,
): Promise<{ rows: Value[][]; sizes: number[] }> {
  const memory = new TaskMemory();
  let wake = () => {};
  const reader = make({ memory, wake: () => wake() });
  const rows: Value[][] = [];
  const sizes: number[] = [];
  for (;;) {
    const woken = new Promise<void>(resolve => {
      wake = resolve;
    });
    memory.arena.reset();
    const result = reader.tryRead(rowsMax);
    if (result.kind === 'end') return { rows, sizes };
    if (result.kind === 'batch') {
      rows.push(...readRows(memory, result.batch));
      sizes.push(result.batch.length);
    } else await woken;
  }
}
