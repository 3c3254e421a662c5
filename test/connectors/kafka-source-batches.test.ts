import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TidemillError } from '../../core/common/errors.ts';
import { RecordBatchReader } from '../../core/connectors/kafka/source/batch-reader.ts';
import { lastBatch } from '../../core/connectors/kafka/source/fetch-protocol.ts';
import { plainCrc32c, recordBatch, type TestBatch } from '../support/kafka/record-batches.ts';
import { testTask } from '../support/source-reading.ts';

interface ReadRecord {
  readonly offset: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly timeMs: number;
  readonly headers: string;
}
interface Reading {
  readonly from?: number;
  readonly stop?: number;
  readonly rowsMax?: number;
  readonly checksums?: boolean;
  readonly aborted?: readonly { readonly producer: bigint; readonly firstOffset: number }[];
  /** The chunks are parts of one answer. */
  readonly oneAnswer?: boolean;
}

/** All records of chunks of batches, and the offset behind them. */
function readAll(chunks: readonly Buffer[], reading: Reading = {}): { records: ReadRecord[]; next: number; stopped: boolean } {
  const { memory, kernels } = testTask();
  const reader = new RecordBatchReader(memory, kernels, "topic 't', partition 0", {
    from: reading.from ?? 0,
    stop: reading.stop ?? Number.POSITIVE_INFINITY,
    checksums: reading.checksums ?? true,
  });
  const records: ReadRecord[] = [];
  const text = (place: number): string | null => {
    const [at, bytes] = [memory.u32[place >> 2]!, memory.u32[(place >> 2) + 1]!];
    return bytes === 0xffffffff ? null : Buffer.from(memory.u8.slice(at, at + bytes)).toString('latin1');
  };
  try {
    for (const [index, chunk] of chunks.entries()) {
      const goesOn = reading.oneAnswer === true && index > 0;
      reader.feed({ records: chunk, aborted: goesOn ? undefined : (reading.aborted ?? []) });
      while (!reader.empty) {
        const runs = reader.read(reading.rowsMax ?? 100);
        expect(runs.rows).toBeLessThanOrEqual(reading.rowsMax ?? 100);
        for (let row = 0; row < runs.rows; row++)
          records.push({
            offset: Number(memory.i64[(runs.offsets >> 3) + row]!),
            key: text(runs.keys + row * 8),
            value: text(runs.values + row * 8),
            timeMs: Number(memory.i64[(runs.times >> 3) + row]!) / 1000,
            headers: text(runs.headers + row * 8)!,
          });
      }
      if (reader.stopped) break;
    }
    return { records, next: reader.nextOffset, stopped: reader.stopped };
  } finally {
    reader.close();
  }
}

const values = (read: { records: readonly ReadRecord[] }): (string | null)[] => read.records.map(record => record.value);
const batch = (baseOffset: number, texts: readonly string[], more: Partial<TestBatch> = {}): Buffer =>
  recordBatch({ baseOffset, records: texts.map(value => ({ value })), ...more });

describe('record batches', () => {
  it('keys, values, headers, times and offsets', () => {
    const bytes = recordBatch({
      baseOffset: 1_000_000_000_000,
      records: [
        { key: 'k', value: 'v', time: 1_700_000_000_000, headers: [['h', 'x']] },
        { key: null, value: null, time: 1_699_999_999_000 },
        { key: '', value: '', time: 1_700_000_100_000 },
      ],
      offsetDeltas: [0, 5, 300],
      lastOffsetDelta: 400,
    });
    expect(readAll([bytes], { from: 1_000_000_000_000 })).toEqual({
      records: [
        { offset: 1_000_000_000_000, key: 'k', value: 'v', timeMs: 1_700_000_000_000, headers: '\x02\x02h\x02x' },
        { offset: 1_000_000_000_005, key: null, value: null, timeMs: 1_699_999_999_000, headers: '\0' },
        { offset: 1_000_000_000_300, key: '', value: '', timeMs: 1_700_000_100_000, headers: '\0' },
      ],
      next: 1_000_000_000_401,
      stopped: false,
    });
  });

  it("the broker's time, where the topic wants it", () => {
    const read = readAll([batch(0, ['a', 'b'], { appendTime: 77 })]);
    expect(read.records.map(record => record.timeMs)).toEqual([77, 77]);
  });

  it('from an offset within a batch, up to one within another', () => {
    const read = readAll([Buffer.concat([batch(0, ['a', 'b', 'c']), batch(3, ['d', 'e', 'f'])])], { from: 2, stop: 5 });
    expect(values(read)).toEqual(['c', 'd', 'e']);
    expect(read).toMatchObject({ next: 5, stopped: true });
  });

  it('stops where only markers and compacted records are left', () => {
    const read = readAll(
      [Buffer.concat([batch(0, ['a'], { transactional: true, producer: 1 }), batch(1, [], { control: 'commit', producer: 1 })])],
      {
        stop: 2,
      },
    );
    expect(values(read)).toEqual(['a']);
    expect(read).toMatchObject({ next: 2, stopped: true });
  });

  it('a few at a time', () => {
    const chunk = Buffer.concat([batch(0, ['a', 'b', 'c', 'd', 'e']), batch(5, ['f', 'g'])]);
    for (const rowsMax of [1, 2, 3, 7]) expect(values(readAll([chunk], { rowsMax })).join('')).toBe('abcdefg');
  });

  it.each(['gzip', 'zstd'] as const)('packed with %s', codec => {
    const texts = Array.from({ length: 500 }, (_, index) => `value ${index} ${'x'.repeat(index % 50)}`);
    expect(values(readAll([batch(0, texts, { codec })]))).toEqual(texts);
  });

  it('of aborted transactions are left out, those of others in between are not', () => {
    const parts = [
      batch(0, ['keep 1']),
      batch(1, ['lost 1', 'lost 2'], { transactional: true, producer: 7 }),
      batch(3, ['keep 2'], { transactional: true, producer: 8 }),
      batch(4, ['lost 3'], { transactional: true, producer: 7 }),
      batch(5, [], { control: 'abort', producer: 7 }),
      batch(6, ['keep 3'], { transactional: true, producer: 7 }),
      batch(7, [], { control: 'commit', producer: 7 }),
      batch(8, [], { control: 'commit', producer: 8 }),
    ];
    for (const chunks of [[Buffer.concat(parts)], parts]) {
      const read = readAll(chunks, { aborted: [{ producer: 7n, firstOffset: 1 }], oneAnswer: true });
      expect(values(read)).toEqual(['keep 1', 'keep 2', 'keep 3']);
      expect(read.next).toBe(9);
    }
  });

  it('of an aborted transaction whose marker is in a later answer are left out', () => {
    const aborted = [{ producer: 7n, firstOffset: 0 }];
    const lost = (offset: number): Buffer => batch(offset, ['lost'], { transactional: true, producer: 7 });
    const read = readAll(
      [lost(0), lost(1), Buffer.concat([lost(2), batch(3, [], { control: 'abort', producer: 7 }), batch(4, ['keep'])])],
      {
        aborted,
      },
    );
    expect(values(read)).toEqual(['keep']);
  });

  it('the end of an answer that cuts a batch is left for the next', () => {
    const second = batch(1, ['b']);
    const cut = Buffer.concat([batch(0, ['a']), second.subarray(0, 40)]);
    expect(lastBatch(cut)).toEqual({ nextOffset: 1, end: cut.length - 40 });
    expect(lastBatch(second.subarray(0, 65))).toBeUndefined();
    expect(readAll([cut])).toMatchObject({ next: 1, records: [{ value: 'a' }] });
  });

  it('that are damaged say so', () => {
    const bytes = batch(5, ['some text']);
    bytes[bytes.length - 3]! ^= 1;
    expect(() => readAll([bytes], { from: 5 })).toThrow(
      "topic 't', partition 0: the record batch behind offset 5 is damaged: its checksum is wrong",
    );
    expect(values(readAll([bytes], { from: 5, checksums: false }))).toHaveLength(1);
    const old = Buffer.from(bytes);
    old[16] = 1;
    expect(() => readAll([old])).toThrow('before Kafka 0.11');
  });

  it('are what was written, whatever it was', () => {
    const text = fc.option(
      fc.string({ unit: fc.integer({ min: 0, max: 255 }).map(code => String.fromCharCode(code)), maxLength: 300 }),
    );
    const record = fc.record({
      key: text,
      value: text,
      time: fc.integer({ min: 0, max: 2 ** 45 }),
      headers: fc.array(fc.tuple(fc.string({ unit: 'binary-ascii', maxLength: 5 }), fc.constantFrom('x', null)), {
        maxLength: 3,
      }),
    });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.array(record, { minLength: 1, maxLength: 30 }), fc.constantFrom(undefined, 'gzip', 'zstd')), {
          maxLength: 5,
        }),
        fc.integer({ min: 1, max: 40 }),
        (batches, rowsMax) => {
          let offset = 0;
          const chunk = Buffer.concat(
            batches.map(([records, codec]) => {
              const bytes = recordBatch({ baseOffset: offset, records, ...(codec && { codec }) });
              offset += records.length;
              return bytes;
            }),
          );
          const read = readAll([chunk], { rowsMax });
          expect(read.records.map(({ key, value, timeMs }) => [key, value, timeMs])).toEqual(
            batches.flatMap(([records]) => records.map(({ key, value, time }) => [key, value, time])),
          );
          expect(read.records.map(each => each.offset)).toEqual(Array.from({ length: offset }, (_, index) => index));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('that are hostile give records or an error, never more than the bytes hold', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ value: fc.string({ maxLength: 20 }) }), { minLength: 1, maxLength: 8 }),
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 6 }),
        (records, changes) => {
          const bytes = recordBatch({ baseOffset: 0, records });
          // everything but the length and the magic byte, with checksums off: the decoder itself has to hold
          for (const [at, value] of changes) bytes[21 + (at % (bytes.length - 21))] = value;
          try {
            const read = readAll([bytes], { checksums: false });
            for (const { key, value } of read.records)
              expect((key ?? '').length + (value ?? '').length).toBeLessThanOrEqual(bytes.length);
          } catch (error) {
            expect(error).toBeInstanceOf(TidemillError);
            expect((error as TidemillError).code).toBe('kafka-damaged');
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  it('have checksums as the plain reference computes them', () => {
    const { memory, kernels } = testTask();
    const at = memory.allocateSegment(70_000);
    // long ones are folded
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ minLength: 500, maxLength: 1500, size: 'max' }));
    fc.assert(
      fc.property(bytes, fc.nat(7), (message, shift) => {
        memory.u8.set(message, at + shift);
        expect(kernels.crc32c(at + shift, message.length) >>> 0).toBe(plainCrc32c(message));
      }),
    );
  });
});
