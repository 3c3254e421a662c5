import { gzipSync, zstdCompressSync } from 'node:zlib';

export interface TestRecord {
  readonly key?: string | null;
  readonly value?: string | null;
  readonly headers?: readonly (readonly [string, string | null])[];
  /** ms. */
  readonly time?: number;
}
export interface TestBatch {
  readonly baseOffset: number;
  readonly records: readonly TestRecord[];
  /** Offsets of the records less the base; without them one after the other. */
  readonly offsetDeltas?: readonly number[];
  readonly lastOffsetDelta?: number;
  readonly producer?: number;
  readonly transactional?: boolean;
  readonly control?: 'abort' | 'commit';
  readonly appendTime?: number;
  readonly leaderEpoch?: number;
  readonly codec?: 'gzip' | 'zstd';
}

const varint = (value: number): Buffer => {
  const bytes: number[] = [];
  let rest = value < 0 ? -2 * value - 1 : 2 * value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
};
const field = (text: string | null | undefined): Buffer => {
  if (text === null || text === undefined) return varint(-1);
  const bytes = Buffer.from(text, 'latin1');
  return Buffer.concat([varint(bytes.length), bytes]);
};

/** CRC-32C, a bit at a time: the plain reference. */
export function plainCrc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc >>> 0;
}

/** A record batch of magic 2, written plainly. Source: Apache Kafka, "Message Format". */
export function recordBatch(batch: TestBatch): Buffer {
  const baseTime = batch.records[0]?.time ?? 0;
  const all: readonly TestRecord[] =
    batch.control === undefined
      ? batch.records
      : [{ key: batch.control === 'abort' ? '\0\0\0\0' : '\0\0\0\x01', value: '\0\0\0\0\0\0' }];
  const parts = all.map((record, index) => {
    const headers = record.headers ?? [];
    const body = Buffer.concat([
      Buffer.from([0]),
      varint((record.time ?? baseTime) - baseTime),
      varint(batch.offsetDeltas?.[index] ?? index),
      field(record.key),
      field(record.value),
      varint(headers.length),
      ...headers.flatMap(([name, value]) => [field(name), field(value)]),
    ]);
    return Buffer.concat([varint(body.length), body]);
  });
  const plain = Buffer.concat(parts);
  const records = batch.codec === 'gzip' ? gzipSync(plain) : batch.codec === 'zstd' ? zstdCompressSync(plain) : plain;
  const head = Buffer.alloc(61);
  head.writeBigInt64BE(BigInt(batch.baseOffset), 0);
  head.writeInt32BE(49 + records.length, 8);
  head.writeInt32BE(batch.leaderEpoch ?? 0, 12);
  head[16] = 2;
  const codec = batch.codec === 'gzip' ? 1 : batch.codec === 'zstd' ? 4 : 0;
  const attributes =
    codec |
    (batch.appendTime === undefined ? 0 : 8) |
    (batch.transactional === true || batch.control !== undefined ? 16 : 0) |
    (batch.control === undefined ? 0 : 32);
  head.writeInt16BE(attributes, 21);
  head.writeInt32BE(batch.lastOffsetDelta ?? Math.max(all.length - 1, 0), 23);
  head.writeBigInt64BE(BigInt(baseTime), 27);
  head.writeBigInt64BE(BigInt(batch.appendTime ?? Math.max(baseTime, ...all.map(record => record.time ?? baseTime))), 35);
  head.writeBigInt64BE(BigInt(batch.producer ?? -1), 43);
  head.writeInt16BE(0, 51);
  head.writeInt32BE(-1, 53);
  head.writeInt32BE(all.length, 57);
  const bytes = Buffer.concat([head, records]);
  bytes.writeUInt32BE(plainCrc32c(bytes.subarray(21)), 17);
  return bytes;
}
