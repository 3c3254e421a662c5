import type { Batch } from '../columnar/batch.ts';
import { TidemillError } from '../common/errors.ts';
import type { TableSink } from '../plan/nodes.ts';
import type { TaskMemory } from '../wasm/memory.ts';

/**
 * A NULL must not reach a column declared NOT NULL, as in Flink (`table.exec.sink.not-null-enforcer` = ERROR).
 * @throws TidemillError `null-in-not-null` with the column.
 */
export function refuseNulls(batch: Batch, sink: TableSink, memory: TaskMemory): void {
  for (const [index, { name, type }] of sink.schema.entries()) {
    const validity = batch.columns[index]?.validity ?? 0;
    if (type.nullable || validity === 0 || allSet(memory, validity, batch.length)) continue;
    throw new TidemillError('null-in-not-null', `column '${name}' of ${sink.name} is NOT NULL, and a row has NULL there`, {
      hint: `leave such rows out with WHERE … IS NOT NULL, or give them a value with COALESCE`,
    });
  }
}

function allSet(memory: TaskMemory, bits: number, rows: number): boolean {
  const words = memory.u32;
  const first = bits >> 2;
  for (let word = 0; word < rows >> 5; word++) if (words[first + word] !== 0xffff_ffff) return false;
  const rest = rows & 31;
  return rest === 0 || ~words[first + (rows >> 5)]! << (32 - rest) === 0;
}
