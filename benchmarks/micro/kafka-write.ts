// Columns into record batches of 200-byte JSON values, ready to be sent: the sink's format, encoder and checksum on one core, no broker.
// Prints one JSON object. Argument: rows in thousands (64).
import type { Batch } from '../../core/columnar/batch.ts';
import { types } from '../../core/columnar/types.ts';
import { valuesToBatch } from '../../core/columnar/write-values.ts';
import { recordPlacer } from '../../core/connectors/encoding/record-places.ts';
import { returnBuffer } from '../../core/connectors/kafka/client/answer-buffers.ts';
import { BatchBuilder, type Compression, noProducer } from '../../core/connectors/kafka/producer/batch-builder.ts';
import { loadKernels } from '../../core/kernels/index.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';
import { jsonBid } from '../harness/bids.ts';

const rows = Math.round(Number(process.argv[2] ?? 64) * 1000);
const rounds = 40;
const schema = ['auction', 'bidder', 'price', 'channel', 'url', 'dateTime', 'extra'].map((name, index) => ({
  name,
  type: index < 3 ? types.bigint() : types.string(),
}));
const memory = new TaskMemory();
const kernels = loadKernels(memory);
const context = { memory, kernels, wake: () => undefined, subtask: 0, epochMs: () => 0, output: () => undefined };

const batches: Batch[] = [];
for (let from = 0; from < rows; from += 8192) {
  const values = Array.from({ length: Math.min(8192, rows - from) }, (_, index) =>
    Object.values(JSON.parse(jsonBid(from + index)) as Record<string, string | number>).map(value =>
      typeof value === 'number' ? BigInt(value) : value,
    ),
  );
  batches.push(valuesToBatch(memory, schema, values));
}

function figure(compression: Compression): Readonly<Record<string, number>> {
  const placer = recordPlacer('json', schema, { format: 'json' }, context);
  const builder = new BatchBuilder(memory, kernels, 1 << 17, 1 << 20);
  // the best time of each batch, added up: shorter than a turn on a busy core
  const best = new Float64Array(batches.length).fill(Number.POSITIVE_INFINITY);
  let bytes = 0;
  for (let round = 0; round < rounds; round++) {
    bytes = 0;
    for (const [index, batch] of batches.entries()) {
      const mark = memory.arena.mark();
      const before = performance.now();
      const places = { keys: 0, values: placer.place(batch, true), headers: 0, times: 0, nowMs: 1_700_000_000_000 };
      for (let from = 0; from < batch.length; ) {
        from = builder.append(0, from, batch.length, places).taken;
        const sealed = builder.seal(compression, noProducer);
        bytes += sealed.length;
        returnBuffer(sealed);
      }
      best[index] = Math.min(best[index]!, performance.now() - before);
      memory.arena.release(mark);
    }
  }
  builder.close();
  placer.close();
  const seconds = best.reduce((sum, ms) => sum + ms, 0) / 1000;
  return {
    millionRecordsPerSecond: round2(rows / seconds / 1e6),
    nsPerRecord: Math.round((seconds / rows) * 1e9),
    bytesPerRecord: round2(bytes / rows),
  };
}
const round2 = (value: number): number => Math.round(value * 100) / 100;

process.stdout.write(
  `${JSON.stringify({ rows, none: figure('none'), snappy: figure('snappy'), lz4: figure('lz4'), zstd: figure('zstd'), gzip: figure('gzip') }, undefined, 1)}\n`,
);
