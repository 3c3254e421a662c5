import { types } from '../../../core/columnar/types.ts';
import { valuesToBatch } from '../../../core/columnar/write-values.ts';
import { kafkaSink } from '../../../core/connectors/kafka/sink/sink.ts';
import { testTask } from '../source-reading.ts';

/** Writes rows of numbers as JSON (`ts` is a TIMESTAMP(3) of milliseconds) to the partitions of a topic, each row once. */
export function openTableWriter(options: {
  readonly topic: string;
  readonly bootstrap: string;
  readonly columns: readonly string[];
  readonly partitions: number;
}): {
  write(partition: number, rows: readonly (readonly number[])[]): Promise<void>;
  close(): Promise<void>;
} {
  const task = testTask();
  const { memory, kernels } = task;
  const schema = options.columns.map(name => ({ name, type: name === 'ts' ? types.timestamp(3) : types.bigint() }));
  const sink = kafkaSink({
    name: options.topic,
    connector: 'kafka',
    schema,
    options: {
      topic: options.topic,
      format: 'json',
      'sink.partitioner': 'fixed',
      'properties.bootstrap.servers': options.bootstrap,
      'properties.default.api.timeout.ms': '120000',
    },
  });
  let wake = (): void => undefined;
  const writers = Array.from({ length: options.partitions }, (_, subtask) =>
    sink.open({ memory, kernels, wake: () => wake(), subtask, epochMs: () => Date.now(), output: () => undefined }),
  );
  return {
    async write(partition, rows) {
      if (rows.length === 0) return;
      for (;;) {
        const mark = memory.arena.mark();
        const values = rows.map(row =>
          row.map((value, index) => (options.columns[index] === 'ts' ? BigInt(value) * 1000n : BigInt(value))),
        );
        const batch = valuesToBatch(memory, schema, values);
        const woken = new Promise<void>(resolve => {
          wake = resolve;
        });
        const taken = writers[partition]!.tryWrite(batch);
        memory.arena.release(mark);
        if (taken) return;
        await woken;
      }
    },
    async close() {
      for (const writer of writers) {
        await writer.prepare(Number.MAX_SAFE_INTEGER);
        await writer.close();
      }
    },
  };
}
