import { readRows, readWeights } from '../../core/columnar/read-values.ts';
import type { Value } from '../../core/columnar/values.ts';
import type { CommitHandle, Sink, SinkWriter, WriteContext } from '../../core/connectors/contract.ts';

/** An outside system with transactions: what was prepared survives a crash, what was not is lost, and a commit counts once. */
export class CommittedRows {
  readonly #prepared = new Map<number, [string, number][]>();
  readonly #settled = new Set<number>();
  readonly #rows = new Map<string, number>();
  #parts = 0;
  /** Commits that were asked for again. */
  repeated = 0;

  sink(): Sink {
    return { open: context => this.#writer(context) };
  }

  /** Rows there are now: insertions less retractions, sorted. */
  sorted(): string[] {
    return [...this.#rows]
      .filter(([, count]) => count !== 0)
      .map(([text, count]) => `${count} × ${text}`)
      .sort();
  }

  #writer({ memory }: WriteContext): SinkWriter {
    let open: [string, number][] = [];
    return {
      tryWrite: batch => {
        const weights = readWeights(memory, batch);
        for (const [index, row] of readRows(memory, batch).entries()) open.push([row.map(text).join('|'), weights[index]!]);
        return true;
      },
      prepare: async () => {
        if (open.length === 0) return undefined;
        const part = this.#parts++;
        this.#prepared.set(part, open);
        open = [];
        return { part };
      },
      commit: async handle => this.#commit(handle),
      abort: async handle => void this.#prepared.delete(Number(handle['part'])),
      close: async () => undefined,
    };
  }

  #commit(handle: CommitHandle): void {
    const part = Number(handle['part']);
    if (this.#settled.has(part)) {
      this.repeated++;
      return;
    }
    const rows = this.#prepared.get(part);
    if (rows === undefined) throw new Error(`part ${part} was never prepared`);
    this.#settled.add(part);
    for (const [row, weight] of rows) this.#rows.set(row, (this.#rows.get(row) ?? 0) + weight);
  }
}

const text = (value: Value): string => (typeof value === 'bigint' ? `${value}n` : JSON.stringify(value));
