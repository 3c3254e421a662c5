import type { Batch } from '../../core/columnar/batch.ts';
import { readRows } from '../../core/columnar/read-values.ts';
import type { Schema } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { limits } from '../../core/common/limits.ts';
import type { ReadContext, ScanRequest, Source, Split, SplitPosition } from '../../core/connectors/contract.ts';
import { connectorOf, validateOptions } from '../../core/connectors/index.ts';
import { loadKernels } from '../../core/kernels/index.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';

export interface TestTask extends ReadContext {
  nowMs: number;
  wakes: number;
}

/** A task's memory, kernels and a clock that stands until it is set. */
export function testTask(): TestTask {
  const memory = new TaskMemory();
  const task: TestTask = {
    memory,
    kernels: loadKernels(memory),
    nowMs: 1_700_000_000_000,
    wakes: 0,
    wake: () => {
      task.wakes++;
    },
    epochMs: () => task.nowMs,
  };
  return task;
}

/** A source of a table with these options; columns by name, all when left out. */
export function sourceOf(
  options: Readonly<Record<string, string>>,
  schema: Schema,
  request: { columns?: readonly string[]; limit?: number; baseDirectory?: string; usedFields?: ScanRequest['usedFields'] } = {},
): Source {
  const connector = connectorOf(options.connector!);
  const complete = validateOptions(connector, options).options;
  const columns = request.columns?.map(name => schema.findIndex(field => field.name === name)) ?? schema.map((_, index) => index);
  return connector.source!({
    source: {
      name: 't',
      connector: connector.name,
      options: complete,
      schema,
      bounded: connector.boundedness(complete) === 'bounded',
      baseDirectory: request.baseDirectory,
    },
    columns,
    limit: request.limit,
    usedFields: request.usedFields,
  });
}

/** All rows of one split, `rowsMax` a batch, and the position after each batch. */
export function readSplit(
  source: Source,
  split: Split,
  task: TestTask,
  options: { rowsMax?: number; position?: SplitPosition; batches?: number; each?: (batch: Batch) => void } = {},
): { rows: Value[][]; positions: SplitPosition[]; starts: number[] } {
  const reader = source.open(split, options.position, task);
  const rows: Value[][] = [];
  const positions: SplitPosition[] = [reader.position()];
  const starts: number[] = [0];
  const mark = task.memory.arena.mark();
  for (let calls = 0; calls < 10_000_000; calls++) {
    if (options.batches !== undefined && positions.length > options.batches) break;
    const result = reader.tryRead(options.rowsMax ?? limits.batchRows);
    if (result.kind === 'end') break;
    if (result.kind !== 'batch') {
      task.nowMs += 100;
      if (result.kind === 'idle' && calls > 100_000) break;
      continue;
    }
    options.each?.(result.batch);
    for (const row of readRows(task.memory, result.batch)) rows.push(row);
    positions.push(reader.position());
    starts.push(rows.length);
    // What the chain does once a batch is used up; garbage shows whoever still looks there.
    task.memory.arena.release(mark);
  }
  reader.close();
  return { rows, positions, starts };
}
