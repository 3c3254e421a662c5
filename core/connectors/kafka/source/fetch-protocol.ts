import { WireReader, WireWriter } from '../client/wire.ts';
import type { FetchSettings } from './settings.ts';

export interface AbortedTransaction {
  readonly producer: bigint;
  readonly firstOffset: number;
}
/** What a fetch brought for one partition, or the next part of it. */
export interface FetchedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly error: number;
  /** Undefined: the records go on behind those told before, and so do transactions. */
  readonly aborted: readonly AbortedTransaction[] | undefined;
  /** Whole record batches; the beginning of something else when `nextOffset` is undefined. */
  readonly records: Buffer;
  /** Offset behind the last record batch. */
  readonly nextOffset: number | undefined;
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
  partitionBytesMax: number,
): Buffer {
  const body = new WireWriter();
  body.int32(-1).int32(waitMs).int32(settings.minBytes).int32(settings.maxBytes);
  body.int8(settings.committedOnly ? 1 : 0);
  body.int32(session.id).int32(session.epoch);
  body.array(byTopic(changed), ([topic, partitions]) => {
    body.string(topic).array(partitions, ({ partition, leaderEpoch, offset }) => {
      body.int32(partition).int32(leaderEpoch).int64(offset).int64(-1).int32(partitionBytesMax);
    });
  });
  body.array(byTopic(forgotten), ([topic, partitions]) => {
    body.string(topic).array(partitions, ({ partition }) => body.int32(partition));
  });
  return body.string(settings.rack).bytes;
}

/**
 * Reads the answer to a fetch (version 11) while it arrives: record batches are told as soon as they are whole.
 *
 * @example
 * const answer = new FetchAnswer(partition => feeds.push(partition.records));
 * answer.arrived(bytes.subarray(0, 1000));
 * answer.arrived(bytes); // answer.whole
 */
export class FetchAnswer {
  /** Of the whole fetch, 0: none; and the fetch session. Known once the answer is whole. */
  error = 0;
  session = 0;
  readonly #tell: (partition: FetchedPartition) => void;
  #at = 0;
  /** Undefined before the head has come. */
  #topicsLeft: number | undefined;
  #topic = '';
  #partitionsLeft = 0;
  #head: { readonly partition: number; readonly error: number; readonly aborted: readonly AbortedTransaction[] } | undefined;
  #recordsFrom = 0;
  #recordsEnd = 0;

  /** `tell` hears of partitions with an error or records only. */
  constructor(tell: (partition: FetchedPartition) => void) {
    this.#tell = tell;
  }

  get whole(): boolean {
    return this.#topicsLeft === 0 && this.#partitionsLeft === 0 && this.#head === undefined;
  }

  /** `bytes`: all of the answer that is there. */
  arrived(bytes: Buffer): void {
    while (!this.whole) {
      if (this.#head !== undefined) {
        if (!this.#readRecords(bytes)) return;
      } else if (this.#partitionsLeft > 0) {
        if (!this.#readPartition(bytes)) return;
      } else if (!this.#readTopic(bytes)) return;
    }
  }

  /** The head of the answer, or of a topic. False: it is not all there. */
  #readTopic(bytes: Buffer): boolean {
    const at = this.#at;
    if (this.#topicsLeft === undefined) {
      if (bytes.length < answerHeadBytes) return false;
      this.error = bytes.readInt16BE(4);
      this.session = bytes.readInt32BE(6);
      this.#topicsLeft = Math.max(bytes.readInt32BE(10), 0);
      this.#at = answerHeadBytes;
      return true;
    }
    if (bytes.length < at + 2) return false;
    const reader = new WireReader(bytes, at);
    if (bytes.length < at + 6 + reader.int16()) return false;
    reader.position = at;
    this.#topic = reader.string()!;
    this.#partitionsLeft = Math.max(reader.int32(), 0);
    this.#topicsLeft--;
    this.#at = reader.position;
    return true;
  }

  #readPartition(bytes: Buffer): boolean {
    const at = this.#at;
    if (bytes.length < at + partitionHeadBytes) return false;
    const abortedCount = Math.max(bytes.readInt32BE(at + partitionHeadBytes - 4), 0);
    if (bytes.length < at + partitionHeadBytes + 16 * abortedCount + 8) return false;
    const reader = new WireReader(bytes, at);
    const partition = reader.int32();
    const error = reader.int16();
    reader.position = at + partitionHeadBytes - 4;
    const aborted = reader.array(() => ({ producer: reader.int64(), firstOffset: reader.long() }));
    reader.int32();
    const recordsBytes = Math.max(reader.int32(), 0);
    this.#head = { partition, error, aborted };
    this.#at = this.#recordsFrom = reader.position;
    this.#recordsEnd = reader.position + recordsBytes;
    return true;
  }

  #readRecords(bytes: Buffer): boolean {
    const end = Math.min(bytes.length, this.#recordsEnd);
    const { partition, error, aborted } = this.#head!;
    const records = bytes.subarray(this.#at, end);
    const first = this.#at === this.#recordsFrom;
    const last = lastBatch(records);
    const told = { topic: this.#topic, partition, error, aborted: first ? aborted : undefined };
    if (last !== undefined) {
      this.#tell({ ...told, records: records.subarray(0, last.end), nextOffset: last.nextOffset });
      this.#at += last.end;
    }
    if (end < this.#recordsEnd) return false;
    if (last === undefined && first && (error !== 0 || records.length > 0))
      this.#tell({ ...told, records, nextOffset: undefined });
    this.#at = this.#recordsEnd;
    this.#head = undefined;
    this.#partitionsLeft--;
    return true;
  }
}

const answerHeadBytes = 14;
/** Number, error, high watermark, last stable offset, begin of the log, and how many aborted transactions follow. */
const partitionHeadBytes = 34;

/** The answer to a fetch (version 11) as a whole. @throws RangeError when it ends too early. */
export function fetchedPartitions(reader: WireReader): readonly FetchedPartition[] {
  const partitions: FetchedPartition[] = [];
  const answer = new FetchAnswer(partition => partitions.push(partition));
  answer.arrived(reader.buffer);
  if (!answer.whole) throw new RangeError('the response ends too early');
  return partitions;
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
