import { createRequire } from 'node:module';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BatchBuilder, type Compression } from '../../core/connectors/kafka/producer/batch-builder.ts';
import { testTask } from '../support/source-reading.ts';

interface TestRecord {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly timeMs: number;
  readonly headers: readonly (readonly [string, string])[];
}
interface DecodedBatch {
  readonly producerId: string;
  readonly producerEpoch: number;
  readonly firstSequence: number;
  readonly inTransaction: boolean;
  readonly lastOffsetDelta: number;
  readonly firstTimestamp: string;
  readonly maxTimestamp: string;
  readonly records: readonly {
    readonly key: Buffer | null;
    readonly value: Buffer | null;
    readonly timestamp: string;
    readonly offset: string;
    readonly headers: Record<string, Buffer | Buffer[]>;
  }[];
}
const require = createRequire(import.meta.url);
const Decoder = require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => unknown;
const decodeBatch = require('kafkajs/src/protocol/recordBatch/v0/decoder') as (decoder: unknown) => Promise<DecodedBatch>;
const codecs = require('kafkajs/src/protocol/message/compression') as { Codecs: Record<number, () => unknown> };
const crc = require('kafkajs/src/protocol/recordBatch/crc32C') as (bytes: Buffer) => number;

const task = testTask();
const { memory, kernels } = task;

/** What kafkajs does not bring along: the formats as their specifications have them, slowly. */
const unpack: Readonly<Record<Compression, (bytes: Buffer) => Buffer>> = {
  none: bytes => bytes,
  gzip: bytes => gunzipSync(bytes),
  zstd: bytes => zstdDecompressSync(bytes),
  snappy: bytes => {
    expect(bytes.subarray(0, 8)).toEqual(Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]));
    const parts: Buffer[] = [];
    for (let at = 16; at < bytes.length; at += 4 + bytes.readInt32BE(at))
      parts.push(unsnappy(bytes.subarray(at + 4, at + 4 + bytes.readInt32BE(at))));
    return Buffer.concat(parts);
  },
  lz4: unlz4,
};
const numbers: Readonly<Record<number, Compression>> = { 2: 'snappy', 3: 'lz4', 4: 'zstd' };
for (const [number, name] of Object.entries(numbers))
  codecs.Codecs[Number(number)] = () => ({ decompress: (bytes: Buffer) => Promise.resolve(unpack[name](bytes)) });

function unsnappy(bytes: Buffer): Buffer {
  const from = memory.arena.allocate(bytes.length);
  memory.u8.set(bytes, from);
  let length = 0;
  let at = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++]!;
    length |= (byte & 127) << shift;
    if (byte < 128) break;
  }
  const target = memory.arena.allocate(length + 64);
  expect(kernels.snappy_decompress(from + at, from + bytes.length, target, length)).toBe(1);
  return Buffer.from(memory.u8.slice(target, target + length));
}

function unlz4(bytes: Buffer): Buffer {
  expect(bytes.readUInt32LE(0)).toBe(0x184d2204);
  expect([bytes[4], bytes[5], bytes[6]]).toEqual([0x60, 0x40, 0x82]);
  const out: number[] = [];
  let at = 7;
  for (;;) {
    const size = bytes.readUInt32LE(at);
    at += 4;
    if (size === 0) break;
    const end = at + (size & 0x7fffffff);
    if (size >= 0x80000000) {
      out.push(...bytes.subarray(at, end));
      at = end;
      continue;
    }
    while (at < end) {
      const token = bytes[at++]!;
      let literals = token >> 4;
      if (literals === 15) for (let more = 255; more === 255; ) literals += more = bytes[at++]!;
      for (let i = 0; i < literals; i++) out.push(bytes[at++]!);
      if (at >= end) break;
      const back = bytes.readUInt16LE(at);
      at += 2;
      let length = (token & 15) + 4;
      if ((token & 15) === 15) for (let more = 255; more === 255; ) length += more = bytes[at++]!;
      expect(back).toBeGreaterThan(0);
      for (let i = 0; i < length; i++) out.push(out[out.length - back]!);
    }
  }
  expect(at).toBe(bytes.length);
  return Buffer.from(out);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value * 2; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) + 128);
  }
}
function headerBytes(headers: TestRecord['headers']): Uint8Array {
  const text = (value: string): number[] => [...varint(Buffer.byteLength(value)), ...Buffer.from(value)];
  return Uint8Array.from([...varint(headers.length), ...headers.flatMap(([key, value]) => [...text(key), ...text(value)])]);
}

function place(pieces: readonly (Uint8Array | null)[]): number {
  const places = memory.arena.allocate(pieces.length * 8);
  for (const [row, bytes] of pieces.entries()) {
    const at = bytes === null ? 0 : memory.arena.allocate(bytes.length);
    if (bytes !== null) memory.u8.set(bytes, at);
    memory.u32.set([at, bytes === null ? 0xffffffff : bytes.length], (places + row * 8) >> 2);
  }
  return places;
}

/** Writes records into as many batches as it takes. */
function batchesOf(records: readonly TestRecord[], compression: Compression, bytesMax: number): Uint8Array[] {
  const mark = memory.arena.mark();
  const times = memory.arena.allocate(records.length * 8);
  for (const [row, { timeMs }] of records.entries()) memory.i64[(times >> 3) + row] = BigInt(timeMs);
  const places = {
    keys: place(records.map(record => record.key)),
    values: place(records.map(record => record.value)),
    headers: place(records.map(record => headerBytes(record.headers))),
    times,
    nowMs: 0,
  };
  const builder = new BatchBuilder(memory, kernels, bytesMax, 1 << 20);
  const found: Uint8Array[] = [];
  for (let from = 0; from < records.length; ) {
    const { taken, tooLarge } = builder.append(0, from, records.length, places);
    expect(tooLarge).toBeUndefined();
    expect(taken).toBeGreaterThan(from);
    from = taken;
    found.push(builder.seal(compression, { producerId: 7n, epoch: 3, sequence: 40, transactional: true }));
  }
  builder.close();
  memory.arena.release(mark);
  return found;
}

const decoded = (batch: Uint8Array): Promise<DecodedBatch> => decodeBatch(new Decoder(Buffer.from(batch)));

async function readBack(batches: readonly Uint8Array[]): Promise<TestRecord[]> {
  const found: TestRecord[] = [];
  for (const bytes of batches) {
    const batch = await decoded(bytes);
    expect(batch).toMatchObject({ producerId: '7', producerEpoch: 3, firstSequence: 40, inTransaction: true });
    expect(Buffer.from(bytes).readUInt32BE(17)).toBe(crc(Buffer.from(bytes.subarray(21))) >>> 0);
    expect(batch.lastOffsetDelta).toBe(batch.records.length - 1);
    expect(batch.maxTimestamp).toBe(String(Math.max(...batch.records.map(record => Number(record.timestamp)))));
    for (const [index, record] of batch.records.entries()) {
      expect(record.offset).toBe(String(index));
      found.push({
        key: record.key,
        value: record.value,
        timeMs: Number(record.timestamp),
        headers: Object.entries(record.headers).flatMap(([key, values]) =>
          [values].flat().map(value => [key, String(value)] as const),
        ),
      });
    }
  }
  return found;
}

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  // what packs well, and what does not
  fc
    .tuple(fc.uint8Array({ minLength: 1, maxLength: 9 }), fc.nat(300))
    .map(([piece, times]) => Buffer.concat(Array<Uint8Array>(times).fill(piece))),
);
const record = fc.record({
  key: fc.option(bytes),
  value: fc.option(bytes),
  timeMs: fc.integer({ min: -1e12, max: 4e12 }),
  headers: fc.uniqueArray(
    fc.tuple(
      fc.string({ minLength: 1, maxLength: 5 }).filter(name => !/^\d+$|__proto__/.test(name)),
      fc.string({ maxLength: 90 }),
    ),
    {
      maxLength: 3,
      selector: ([name]) => name,
    },
  ),
});

describe("record batches are what kafkajs' decoder reads", () => {
  it.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)('%s', async compression => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { minLength: 1, maxLength: 60 }),
        fc.constantFrom(1024, 5000, 200_000),
        async (records, bytesMax) => {
          const plain = records.map(each => ({
            ...each,
            key: each.key && Buffer.from(each.key),
            value: each.value && Buffer.from(each.value),
          }));
          expect(await readBack(batchesOf(plain, compression, bytesMax))).toEqual(plain);
        },
      ),
      { numRuns: 40 },
    );
  });

  it.each(['snappy', 'lz4'] as const)('%s of more than one block', async compression => {
    const texts = Array.from({ length: 3000 }, (_, row) =>
      Buffer.from(`{"row":${row},"text":"some text that repeats","hash":"${(row * 2654435761) >>> 0}"}`),
    );
    const records = texts.map((value, row) => ({ key: null, value, timeMs: row, headers: [] }));
    const batches = batchesOf(records, compression, 1 << 20);
    expect(batches).toHaveLength(1);
    expect(batches[0]!.length).toBeLessThan(texts.reduce((sum, text) => sum + text.length, 0) * 0.6);
    expect(await readBack(batches)).toEqual(records);
  });

  it('a batch that packing would make larger stays as it is', async () => {
    const [batch] = batchesOf([{ key: null, value: Buffer.from('x'), timeMs: 1, headers: [] }], 'gzip', 1024);
    expect(batch![22]).toBe(16);
    expect((await decoded(batch!)).records).toHaveLength(1);
  });

  it('a record larger than a batch is a batch of its own; one larger than a request is named', () => {
    const large = { key: null, value: Buffer.alloc(50_000, 1), timeMs: 1, headers: [] };
    const small = { key: null, value: Buffer.alloc(10), timeMs: 1, headers: [] };
    expect(batchesOf([small, large, small], 'none', 1024).map(batch => batch.length > 5000)).toEqual([false, true, false]);
    const builder = new BatchBuilder(memory, kernels, 1024, 2000);
    const places = { keys: 0, values: place([large.value]), headers: 0, times: 0, nowMs: 5 };
    expect(builder.append(0, 0, 1, places)).toEqual({ taken: 0, tooLarge: 50_011 });
  });
});

describe('partitions', () => {
  /** As Kafka's documentation has it: murmur2, the sign cleared, modulo. Values from Java's client, org.apache.kafka.common.utils.Utils. */
  it("are chosen by the key as Java's client does", () => {
    const keys = [
      '21',
      'foobar',
      'a-little-bit-long-string',
      'a-little-bit-longer-string',
      'lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8',
      'abc',
    ];
    const hashes = [-973932308, -790332482, -985981536, -1486304829, -58897971, 479470107];
    const places = place(keys.map(key => Buffer.from(key)));
    const target = memory.arena.allocate(keys.length * 4);
    kernels.kafka_partitions(keys.length, places, 1000, 0, target);
    expect([...memory.u32.subarray(target >> 2, (target >> 2) + keys.length)]).toEqual(
      hashes.map(hash => (hash & 0x7fffffff) % 1000),
    );
  });

  it('keep the order of their rows', () => {
    const of = [2, 0, 1, 2, 2, 0];
    const [partitionOf, ends, rows] = [memory.arena.allocate(24), memory.arena.allocate(16), memory.arena.allocate(24)];
    memory.u32.set(of, partitionOf >> 2);
    kernels.kafka_group(of.length, partitionOf, 4, ends, rows);
    expect([...memory.u32.subarray(ends >> 2, (ends >> 2) + 4)]).toEqual([2, 3, 6, 6]);
    expect([...memory.u32.subarray(rows >> 2, (rows >> 2) + 6)]).toEqual([1, 5, 2, 0, 3, 4]);
  });
});
