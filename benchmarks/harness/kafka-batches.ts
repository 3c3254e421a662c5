import type { Kernels } from '../../core/kernels/index.ts';
import type { TaskMemory } from '../../core/wasm/memory.ts';
import { recordBatch } from '../../test/support/kafka/record-batches.ts';
import { jsonBid } from './bids.ts';

/** Chunks as fetches bring them: so many batches of so many records. */
export function recordBatches(count: number, recordsPerBatch: number, batchesPerChunk: number): readonly Buffer[] {
  const chunks: Buffer[] = [];
  let batches: Buffer[] = [];
  for (let from = 0; from < count; from += recordsPerBatch) {
    const records = Array.from({ length: Math.min(recordsPerBatch, count - from) }, (_, index) => ({
      value: jsonBid(from + index),
      time: 1_700_000_000_000 + from + index,
    }));
    batches.push(recordBatch({ baseOffset: from, records }));
    if (batches.length < batchesPerChunk && from + recordsPerBatch < count) continue;
    chunks.push(Buffer.concat(batches));
    batches = [];
  }
  return chunks;
}

/** The same batches, packed. */
export function lz4Batch(memory: TaskMemory, kernels: Kernels, chunks: readonly Buffer[]): readonly Buffer[] {
  const room = memory.allocateSegment(8 << 20);
  return chunks.map(chunk => {
    const packed: Buffer[] = [];
    for (let at = 0; at < chunk.length; ) {
      const bytes = 12 + chunk.readInt32BE(at + 8);
      const batch = chunk.subarray(at, at + bytes);
      memory.u8.set(batch.subarray(61), room);
      const target = room + (4 << 20);
      const length = kernels.lz4_compress(room, bytes - 61, target) >>> 0;
      const made = Buffer.concat([batch.subarray(0, 61), memory.u8.slice(target, target + length)]);
      made.writeInt32BE(made.length - 12, 8);
      made.writeInt16BE(3, 21);
      memory.u8.set(made, room);
      made.writeUInt32BE(kernels.crc32c(room + 21, made.length - 21) >>> 0, 17);
      packed.push(made);
      at += bytes;
    }
    return Buffer.concat(packed);
  });
}
