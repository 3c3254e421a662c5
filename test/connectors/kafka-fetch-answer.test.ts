import fc from 'fast-check';
import { expect, it } from 'vitest';
import { WireReader, WireWriter } from '../../core/connectors/kafka/client/wire.ts';
import { FetchAnswer, type FetchedPartition, fetchedPartitions } from '../../core/connectors/kafka/source/fetch-protocol.ts';
import { recordBatch } from '../support/kafka/record-batches.ts';

interface Sent {
  readonly partition: number;
  readonly error?: number;
  readonly aborted?: readonly { readonly producer: bigint; readonly firstOffset: number }[];
  readonly records: Buffer;
}

function answerOf(topics: Readonly<Record<string, readonly Sent[]>>): Buffer {
  const body = new WireWriter().int32(0).int16(0).int32(77);
  body.array(Object.entries(topics), ([topic, partitions]) =>
    body.string(topic).array(partitions, ({ partition, error = 0, aborted = [], records }) => {
      body.int32(partition).int16(error).int64(100).int64(100).int64(0);
      body.array(aborted, ({ producer, firstOffset }) => body.int64(producer).int64(firstOffset));
      body.int32(-1).bytesOf(records);
    }),
  );
  return Buffer.from(body.bytes);
}

const batches = Array.from({ length: 6 }, (_, index) =>
  recordBatch({ baseOffset: index * 10, records: Array.from({ length: 10 }, (__, at) => ({ value: `value ${index} ${at}` })) }),
);
const answer = answerOf({
  'first topic': [
    { partition: 0, records: Buffer.concat([...batches.slice(0, 4), batches[4]!.subarray(0, 70)]) },
    { partition: 1, error: 3, records: Buffer.alloc(0) },
    { partition: 2, records: Buffer.alloc(0) },
  ],
  'second topic': [{ partition: 5, aborted: [{ producer: 7n, firstOffset: 40 }], records: Buffer.concat(batches.slice(4)) }],
});

/** What was told of a partition, put together. */
function together(told: readonly FetchedPartition[]): object[] {
  const all = new Map<string, FetchedPartition>();
  for (const each of told) {
    const name = `${each.topic} ${each.partition}`;
    const before = all.get(name);
    // only the first part tells of transactions
    expect(each.aborted === undefined).toBe(before !== undefined);
    all.set(
      name,
      before === undefined ? each : { ...each, aborted: before.aborted, records: Buffer.concat([before.records, each.records]) },
    );
  }
  return [...all.values()].map(each => ({ ...each, records: each.records.toString('latin1') }));
}

it('an answer is the same however it arrives, and a record batch is told as soon as it is whole', () => {
  const whole = together(fetchedPartitions(new WireReader(answer)));
  expect(whole).toMatchObject([
    { topic: 'first topic', partition: 0, error: 0, aborted: [], nextOffset: 40 },
    { topic: 'first topic', partition: 1, error: 3 },
    { topic: 'second topic', partition: 5, aborted: [{ producer: 7n, firstOffset: 40 }], nextOffset: 60 },
  ]);
  fc.assert(
    fc.property(fc.array(fc.nat(answer.length), { maxLength: 12 }), cuts => {
      const told: FetchedPartition[] = [];
      const reading = new FetchAnswer(each => told.push(each));
      for (const cut of [...cuts].sort((left, right) => left - right)) {
        reading.arrived(answer.subarray(0, cut));
        const last = batches.slice(0, 4).findLastIndex((_, index) => cut >= firstBatchEnd(index));
        if (last >= 0) expect(told.findLast(each => each.partition === 0)?.nextOffset).toBe(last * 10 + 10);
      }
      reading.arrived(answer);
      expect(reading).toMatchObject({ whole: true, error: 0, session: 77 });
      expect(together(told)).toEqual(whole);
    }),
    { numRuns: 200 },
  );
});

/** Where the first partition's batch ends in the answer. */
function firstBatchEnd(index: number): number {
  const head = 14 + 2 + 'first topic'.length + 4 + 34 + 8;
  return head + batches.slice(0, index + 1).reduce((sum, batch) => sum + batch.length, 0);
}

it('what is no record batch is told as it is, once; an answer that ends too early is refused', () => {
  const broken = answerOf({ t: [{ partition: 0, records: Buffer.from('no record batch at all') }] });
  expect(fetchedPartitions(new WireReader(broken))).toMatchObject([
    { partition: 0, nextOffset: undefined, records: Buffer.from('no record batch at all') },
  ]);
  expect(() => fetchedPartitions(new WireReader(answer.subarray(0, answer.length - 1)))).toThrow('ends too early');
});
