import type { WireReader } from '../client/wire.ts';
import { WireWriter } from '../client/wire.ts';
import type { FetchSettings } from './settings.ts';

export interface AbortedTransaction {
  readonly producer: bigint;
  readonly firstOffset: number;
}
export interface FetchedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly error: number;
  readonly highWatermark: number;
  readonly lastStable: number;
  readonly aborted: readonly AbortedTransaction[];
  /** Whole record batches, and perhaps the beginning of one more. */
  readonly records: Buffer;
}
export interface FetchResponse {
  readonly error: number;
  readonly session: number;
  readonly partitions: readonly FetchedPartition[];
  /** What the records of all partitions are parts of. */
  readonly bytes: Buffer;
}
export interface FetchPartition {
  readonly topic: string;
  readonly partition: number;
  readonly leaderEpoch: number;
  readonly offset: number;
}

export const fetchVersion = 11;

/** Body of a fetch (version 11) within a session: partitions whose place has changed, and those no more wanted. */
export function fetchRequest(
  settings: FetchSettings,
  waitMs: number,
  session: { readonly id: number; readonly epoch: number },
  changed: readonly FetchPartition[],
  forgotten: readonly { readonly topic: string; readonly partition: number }[],
): Buffer {
  const body = new WireWriter();
  body.int32(-1).int32(waitMs).int32(settings.minBytes).int32(settings.maxBytes);
  body.int8(settings.committedOnly ? 1 : 0);
  body.int32(session.id).int32(session.epoch);
  body.array(byTopic(changed), ([topic, partitions]) => {
    body.string(topic).array(partitions, ({ partition, leaderEpoch, offset }) => {
      body.int32(partition).int32(leaderEpoch).int64(offset).int64(-1).int32(settings.partitionMaxBytes);
    });
  });
  body.array(byTopic(forgotten), ([topic, partitions]) => {
    body.string(topic).array(partitions, ({ partition }) => body.int32(partition));
  });
  return body.string(settings.rack).bytes;
}

export function fetchResponse(reader: WireReader): FetchResponse {
  reader.int32();
  const error = reader.int16();
  const session = reader.int32();
  const partitions: FetchedPartition[] = [];
  reader.array(() => {
    const topic = reader.string()!;
    reader.array(() => {
      const partition = reader.int32();
      const code = reader.int16();
      const highWatermark = reader.long();
      const lastStable = reader.long();
      reader.int64();
      const aborted = reader.array(() => ({ producer: reader.int64(), firstOffset: reader.long() }));
      reader.int32();
      const records = reader.bytes() ?? Buffer.alloc(0);
      partitions.push({ topic, partition, error: code, highWatermark, lastStable, aborted, records });
    });
  });
  return { error, session, partitions, bytes: reader.buffer };
}

/** Offset behind the last whole record batch, and where that ends; undefined when none is whole. */
export function lastBatch(records: Buffer): { readonly nextOffset: number; readonly end: number } | undefined {
  let at = 0;
  let nextOffset: number | undefined;
  while (at + 61 <= records.length) {
    const length = records.readInt32BE(at + 8);
    if (length < 49 || at + 12 + length > records.length) break;
    nextOffset = Number(records.readBigInt64BE(at)) + records.readInt32BE(at + 23) + 1;
    at += 12 + length;
  }
  return nextOffset === undefined ? undefined : { nextOffset, end: at };
}

function byTopic<T extends { readonly topic: string }>(partitions: readonly T[]): [string, T[]][] {
  const topics = new Map<string, T[]>();
  for (const each of partitions) {
    const list = topics.get(each.topic);
    if (list === undefined) topics.set(each.topic, [each]);
    else list.push(each);
  }
  return [...topics];
}
