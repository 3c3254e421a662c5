import { readRows, readWeights } from '../../../core/columnar/read-values.ts';
import type { Value } from '../../../core/columnar/values.ts';
import type { Faults } from '../../../core/common/faults.ts';
import type { Sink } from '../../../core/connectors/contract.ts';
import { fileSink } from '../../../core/connectors/filesystem/sink.ts';
import type { TableSink } from '../../../core/plan/nodes.ts';
import { CommittedRows } from '../committed-rows.ts';
import type { SimulatedDisk, SimulatedProcess } from './disk.ts';

/** A system that rows go to, and that outlives the processes. */
export interface Outside {
  sink(table: TableSink, process: SimulatedProcess, faults: Faults | undefined): Sink;
  /** What a reader sees in the end. */
  sorted(): string[];
}

export const outsideKinds = ['two phases', 'upserts', 'files', 'partitioned files'] as const;
export type OutsideKind = (typeof outsideKinds)[number];

export function outsideOf(kind: OutsideKind, key: readonly number[], disk: SimulatedDisk): Outside {
  if (kind === 'upserts') return new UpsertedRows(key);
  if (kind === 'two phases') {
    const rows = new CommittedRows();
    return { sink: () => rows.sink(), sorted: () => rows.sorted() };
  }
  return new Files(disk, kind === 'partitioned files');
}

const text = (value: Value): string => (typeof value === 'bigint' ? `${value}n` : JSON.stringify(value));

/** Rows by key, written at once: what is written again is no harm. */
class UpsertedRows implements Outside {
  readonly #key: readonly number[];
  readonly #rows = new Map<string, string>();

  constructor(key: readonly number[]) {
    this.#key = key;
  }

  sink(): Sink {
    return {
      open: ({ memory }) => ({
        tryWrite: batch => {
          const weights = readWeights(memory, batch);
          for (const [index, row] of readRows(memory, batch).entries()) {
            const key = this.#key.map(column => text(row[column]!)).join('|');
            const whole = row.map(text).join('|');
            if (weights[index]! > 0) this.#rows.set(key, whole);
            else if (this.#rows.get(key) === whole) this.#rows.delete(key);
          }
          return true;
        },
        prepare: async () => undefined,
        commit: async () => undefined,
        abort: async () => undefined,
        close: async () => undefined,
      }),
    };
  }

  sorted(): string[] {
    return [...this.#rows.values()].sort();
  }
}

/** The file sink itself, on a simulated disk. */
class Files implements Outside {
  readonly #disk: SimulatedDisk;
  readonly #partitioned: boolean;

  constructor(disk: SimulatedDisk, partitioned: boolean) {
    this.#disk = disk;
    this.#partitioned = partitioned;
  }

  sink(table: TableSink, process: SimulatedProcess, faults: Faults | undefined): Sink {
    const options = {
      path: '/out',
      format: 'json',
      'sink.rolling-policy.file-size': '300 b',
      ...(this.#partitioned && { 'sink.partition-commit.policy.kind': 'success-file' }),
    };
    const files: TableSink = { ...table, options, ...(this.#partitioned && { partitionedBy: ['k'] }) };
    return fileSink(files, { disk: process, faults });
  }

  sorted(): string[] {
    const lines: string[] = [];
    for (const [path, content] of this.#disk.texts('/out')) {
      const folder = path.split('/').slice(2, -1).join('/');
      // a partition is announced at the end, however often before
      if (path.endsWith('/_SUCCESS')) lines.push(`${folder} is complete`);
      else for (const line of content.split('\n').filter(Boolean)) lines.push(`${folder} ${line}`);
    }
    return lines.sort();
  }
}
