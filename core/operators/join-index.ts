import { keyWords } from '../codegen/hash.ts';
import { limits } from '../common/limits.ts';
import type { ListTable } from '../state/index.ts';
import type { OperatorTask } from './contract.ts';
import type { JoinSpec } from './join-spec.ts';

/** What kernels take to look keys up: arguments in their order. */
export interface JoinKeys {
  readonly words: number;
  readonly views: bigint;
  readonly reject: bigint;
}

/** Keys in words; a NULL in one that is not null-safe matches nothing. */
export function joinKeys({ keys }: JoinSpec): JoinKeys {
  const { layout, nullSafe } = keys;
  if (layout.fields.length === 0) return { words: 0, views: 0n, reject: 0n };
  const { words, views } = keyWords(layout);
  let reject = 0n;
  if (layout.nullable) for (const [index, safe] of nullSafe.entries()) if (!safe) reject |= 1n << BigInt(index);
  return { words, views, reject };
}

/** Entries by bucket over the rows of a table: derived, never saved, in segments of its own. */
export class JoinIndex {
  readonly offsets: number;
  readonly entries: number;
  readonly mask: number;
  readonly #task: OperatorTask;
  readonly #segments: { readonly address: number; readonly bytes: number }[] = [];

  constructor(task: OperatorTask, table: ListTable, keys: JoinKeys) {
    this.#task = task;
    const { memory, kernels } = task;
    const rows = table.rowCount();
    const unsortedBytes = Math.max(8 * rows, 8);
    const unsorted = memory.allocateSegment(unsortedBytes);
    const mark = memory.arena.mark();
    const addresses = memory.arena.allocate(4 * limits.batchRows);
    let count = 0;
    for (const cursor = table.store.cursor(); ; ) {
      const found = table.scan(cursor, limits.batchRows, addresses);
      if (found === 0) break;
      count += kernels.join_entries(found, addresses, keys.words, keys.views, keys.reject, unsorted + 8 * count);
    }
    memory.arena.release(mark);
    const buckets = keys.words === 0 ? 1 : 2 ** Math.ceil(Math.log2(Math.max(count, 2)));
    this.mask = buckets - 1;
    this.entries = this.#allocate(8 * count);
    this.offsets = this.#allocate(4 * (buckets + 2));
    memory.f64.fill(0, this.offsets / 8, Math.ceil((this.offsets + 4 * (buckets + 2)) / 8));
    kernels.join_index(count, unsorted, this.mask, this.offsets, this.entries);
    memory.freeSegment(unsorted, unsortedBytes);
  }

  close(): void {
    for (const { address, bytes } of this.#segments) this.#task.memory.freeSegment(address, bytes);
    this.#segments.length = 0;
  }

  #allocate(bytes: number): number {
    const size = Math.max(bytes, 8);
    const address = this.#task.memory.allocateSegment(size);
    this.#segments.push({ address, bytes: size });
    return address;
  }
}
