// Fetched record batches of 200-byte JSON values into columns, through the reader of a partition's records and the JSON format: one core, no broker.
// Prints one JSON object. Argument: records per run in millions (0.2).
import { types } from '../../core/columnar/types.ts';
import type { ReadContext } from '../../core/connectors/contract.ts';
import { RecordBatchReader } from '../../core/connectors/kafka/source/batch-reader.ts';
import { RecordColumns } from '../../core/connectors/kafka/source/record-columns.ts';
import { loadKernels } from '../../core/kernels/index.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';
import { bidSchema } from '../harness/bids.ts';
import { lz4Batch, recordBatches } from '../harness/kafka-batches.ts';

const count = Math.round(Number(process.argv[2] ?? 0.2) * 1e6);
const rounds = 30;

const memory = new TaskMemory();
const kernels = loadKernels(memory);
const context: ReadContext = { memory, kernels, wake: () => undefined, epochMs: () => 0 };

interface Reading {
  readonly format: 'json' | 'raw';
  readonly checksums: boolean;
}

function figure(chunks: readonly Buffer[], reading: Reading): Readonly<Record<string, number>> {
  const columns = reading.format === 'json' ? bidSchema : [{ name: 'v', type: types.string() }];
  const all = columns.map((_, index) => index);
  const request = {
    source: { name: 't', connector: 'kafka', options: { format: reading.format }, schema: columns, bounded: true },
    columns: all,
  };
  const parts = { key: undefined, value: { format: reading.format, columns: all, schema: columns, options: {} } };
  // The best time of each chunk, added up: shorter than a turn on a busy core.
  const best = new Float64Array(chunks.length).fill(Number.POSITIVE_INFINITY);
  let rows = 0;
  for (let round = 0; round < rounds; round++) {
    const made = new RecordColumns(request, parts, 't', 0, context);
    const batches = new RecordBatchReader(memory, kernels, 't', {
      from: 0,
      stop: Number.POSITIVE_INFINITY,
      checksums: reading.checksums,
    });
    const mark = memory.arena.mark();
    rows = 0;
    for (const [index, records] of chunks.entries()) {
      const before = performance.now();
      batches.feed({ records, aborted: [] });
      while (!batches.empty) {
        const runs = batches.read(8192);
        if (runs.rows > 0) rows += made.read(runs).batch.length;
        memory.arena.release(mark);
      }
      best[index] = Math.min(best[index]!, performance.now() - before);
    }
    made.close();
    batches.close();
  }
  const ms = best.reduce((sum, each) => sum + each, 0);
  const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  return {
    nsPerRecord: Number(((ms * 1e6) / rows).toFixed(1)),
    millionRecordsPerSecond: Number((rows / ms / 1000).toFixed(2)),
    bytesPerRecord: Number((bytes / rows).toFixed(1)),
  };
}

const large = recordBatches(count, 1000, 4);
const small = recordBatches(Math.round(count / 4), 1, 2000);
process.stdout.write(
  `${JSON.stringify({
    'json, 1000 records a batch': figure(large, { format: 'json', checksums: true }),
    'json, without checksums': figure(large, { format: 'json', checksums: false }),
    'json, one record a batch': figure(small, { format: 'json', checksums: true }),
    'json, lz4': figure(lz4Batch(memory, kernels, large), { format: 'json', checksums: true }),
    raw: figure(large, { format: 'raw', checksums: true }),
  })}\n`,
);
