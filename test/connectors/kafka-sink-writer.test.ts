import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Batch } from '../../core/columnar/batch.ts';
import { type Schema, types } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { valuesToBatch } from '../../core/columnar/write-values.ts';
import type { CommitHandle } from '../../core/connectors/contract.ts';
import type { BrokerCall } from '../../core/connectors/kafka/producer/port.ts';
import { sinkSettings } from '../../core/connectors/kafka/sink/settings.ts';
import { KafkaWriter } from '../../core/connectors/kafka/sink/writer.ts';
import { FakeCluster, type Fault, fastTime } from '../support/kafka/fake-cluster.ts';
import { testTask } from '../support/source-reading.ts';

const task = testTask();
const { memory, kernels } = task;
const schema: Schema = [
  { name: 'k', type: types.int(false) },
  { name: 'v', type: types.string() },
];
const final = Number.MAX_SAFE_INTEGER;

interface Writer {
  write(rows: readonly (readonly Value[])[], weights?: readonly number[]): Promise<void>;
  readonly writer: KafkaWriter;
  /** As when its process is killed: nothing it asks for gets through any more. */
  die(): void;
}

function open(
  cluster: FakeCluster,
  options: Readonly<Record<string, string>> = {},
  place: {
    readonly subtask?: number;
    readonly parallelism?: number;
    readonly upsert?: boolean;
    readonly restored?: readonly CommitHandle[];
    readonly metadata?: Record<string, string>;
    readonly schema?: Schema;
    readonly failed?: (error: unknown) => void;
  } = {},
): Writer {
  const fields = place.schema ?? schema;
  const settings = sinkSettings(
    {
      name: 't',
      connector: 'kafka',
      schema: fields,
      primaryKey: ['k'],
      ...(place.metadata && { metadata: place.metadata }),
      options: {
        topic: 'a',
        format: 'json',
        'properties.bootstrap.servers': 'fake:1',
        'properties.retry.backoff.ms': '5',
        ...options,
      },
    },
    place.upsert ?? false,
  );
  let wake = (): void => undefined;
  const time = fastTime();
  const port = cluster.port();
  const writer = new KafkaWriter(
    settings,
    {
      memory,
      kernels,
      wake: () => wake(),
      subtask: place.subtask ?? 0,
      parallelism: place.parallelism ?? 1,
      epochMs: () => 0,
      output: () => undefined,
      failed: place.failed,
      restored: place.restored,
    },
    port,
    time,
  );
  return {
    writer,
    die: () => void port.close(),
    async write(rows, weights) {
      memory.arena.reset();
      const mark = memory.arena.mark();
      for (;;) {
        const batch: Batch = valuesToBatch(memory, fields, rows, weights);
        const woken = new Promise<void>(resolve => {
          wake = resolve;
        });
        if (writer.tryWrite(batch)) break;
        memory.arena.release(mark);
        await woken;
      }
      memory.arena.reset();
    },
  };
}
const rowsOf = (from: number, count: number): Value[][] =>
  Array.from({ length: count }, (_, index) => [from + index, `v${from + index}`]);
const json = (from: number, count: number): string[] => rowsOf(from, count).map(([k, v]) => `{"k":${k},"v":"${v}"}`);
const sorted = (rows: readonly string[]): string[] => [...rows].sort();

/** Faults that pass: at most `most` of them, so that everything gets through in the end. */
function faults(choices: readonly Fault[], most: number): (call: BrokerCall) => Fault {
  let used = 0;
  return ({ name }) => {
    if (used >= most) return 'none';
    const fault = choices[used++ % Math.max(choices.length, 1)] ?? 'none';
    // what only leaders say
    if (typeof fault === 'string' || name === 'Produce') return fault;
    return fault.error === 7 || name === 'ListTransactions' ? 'none' : { error: 51 };
  };
}
const arbitraryFaults = fc.array(
  fc.oneof(
    fc.constant<Fault>('none'),
    fc.constantFrom<Fault>('broken before', 'broken after', { error: 5 }, { error: 19 }, { error: 7 }),
  ),
  { maxLength: 12 },
);

describe('what is written arrives', () => {
  it('once each, in order, whatever breaks on the way (idempotence)', async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryFaults,
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 6 }),
        async (choices, sizes) => {
          const cluster = new FakeCluster({ a: 1 });
          const { write, writer } = open(cluster, { 'properties.batch.size': '1024' });
          cluster.fault = faults(choices, 30);
          let from = 0;
          for (const size of sizes) {
            await write(rowsOf(from, size));
            from += size;
          }
          await writer.prepare(1);
          expect(cluster.committed('a')).toEqual([json(0, from)]);
          await writer.close();
        },
      ),
      { numRuns: 60 },
    );
  });

  it('to new leaders', async () => {
    const cluster = new FakeCluster({ a: 4 });
    const { write, writer } = open(cluster, { 'key.format': 'json', 'key.fields': 'k', 'value.fields-include': 'EXCEPT_KEY' });
    await write(rowsOf(0, 20));
    for (const partition of [0, 1, 2, 3]) cluster.moveLeader('a', partition, 2 - (partition % 2));
    await write(rowsOf(20, 20));
    await writer.prepare(1);
    const found = cluster.committed('a');
    expect(sorted(found.flat())).toEqual(sorted(rowsOf(0, 40).map(([k, v]) => `{"k":${k}}={"v":"${v}"}`)));
    expect(found.every(partition => partition.length > 0)).toBe(true);
    await writer.close();
  });

  it('a refusal fails the writer, in its words', async () => {
    const cluster = new FakeCluster({ a: 1 });
    const { write, writer } = open(cluster);
    cluster.fault = ({ name }) => (name === 'Produce' ? { error: 29 } : 'none');
    await write(rowsOf(0, 1));
    await expect(writer.prepare(1)).rejects.toMatchObject({
      code: 'kafka-write',
      domain: 'external',
      message: expect.stringContaining('TOPIC_AUTHORIZATION_FAILED'),
    });
    await expect(write(rowsOf(1, 1))).rejects.toMatchObject({ code: 'kafka-write' });
    await writer.close();
  });

  it('a refusal is told although nothing more is written', async () => {
    const cluster = new FakeCluster({ a: 1 });
    cluster.fault = ({ name }) => (name === 'Produce' ? { error: 29 } : 'none');
    const failed = new Promise<unknown>(resolve => {
      const { write } = open(cluster, {}, { failed: resolve });
      void write(rowsOf(0, 1));
    });
    await expect(failed).resolves.toMatchObject({ code: 'kafka-write' });
  });

  it('tries for delivery.timeout.ms', async () => {
    const cluster = new FakeCluster({ a: 1 });
    const { write, writer } = open(cluster, { 'properties.delivery.timeout.ms': '2000' });
    await write(rowsOf(0, 1));
    await writer.prepare(1);
    cluster.fault = ({ name }) => (name === 'Produce' ? 'broken before' : 'none');
    await write(rowsOf(1, 1));
    await expect(writer.prepare(2)).rejects.toMatchObject({ code: 'kafka-write', message: expect.stringContaining('2000 ms') });
    await writer.close();
  });

  it('takes no more than buffer.memory holds, and goes on when there is room', async () => {
    const cluster = new FakeCluster({ a: 1 });
    const { write, writer } = open(cluster, { 'properties.buffer.memory': '2000', 'properties.batch.size': '1024' });
    await write(rowsOf(0, 1));
    await writer.prepare(1);
    let release = (): void => undefined;
    const held = new Promise<void>(resolve => {
      release = resolve;
    });
    cluster.delay = () => held;
    await write(rowsOf(1, 100));
    memory.arena.reset();
    expect(writer.tryWrite(valuesToBatch(memory, schema, rowsOf(101, 1)))).toBe(false);
    cluster.delay = () => new Promise(resolve => setImmediate(resolve));
    release();
    await write(rowsOf(101, 1));
    await writer.prepare(2);
    expect(cluster.committed('a')).toEqual([json(0, 102)]);
    await writer.close();
  });

  it('gathers for linger.ms', async () => {
    const cluster = new FakeCluster({ a: 1 });
    const { write, writer } = open(cluster, { 'properties.linger.ms': '50' });
    for (let row = 0; row < 10; row++) await write(rowsOf(row, 1));
    await writer.prepare(1);
    expect(cluster.calls.filter(name => name === 'Produce')).toHaveLength(1);
    await writer.close();
  });
});

describe('where rows go', () => {
  it('fixed: a writer to one partition', async () => {
    const cluster = new FakeCluster({ a: 3 });
    const { write, writer } = open(cluster, { 'sink.partitioner': 'fixed' }, { subtask: 4, parallelism: 5 });
    await write(rowsOf(0, 10));
    await writer.prepare(1);
    expect(cluster.committed('a').map(rows => rows.length)).toEqual([0, 10, 0]);
    await writer.close();
  });

  it('without keys: a batch here, a batch there', async () => {
    const cluster = new FakeCluster({ a: 3 });
    const { write, writer } = open(cluster, { 'properties.batch.size': '1024' });
    for (let from = 0; from < 600; from += 20) await write(rowsOf(from, 20));
    await writer.prepare(1);
    expect(sorted(cluster.committed('a').flat())).toEqual(sorted(json(0, 600)));
    expect(cluster.committed('a').every(rows => rows.length > 100)).toBe(true);
    await writer.close();
  });

  it('by a topic column', async () => {
    const cluster = new FakeCluster({ a: 2, b: 2 });
    const wide: Schema = [...schema, { name: 'where', type: types.string(false) }];
    const { write, writer } = open(
      cluster,
      { topic: 'a;b', 'key.format': 'raw', 'key.fields': 'v' },
      { schema: wide, metadata: { where: 'topic' } },
    );
    await write(rowsOf(0, 40).map((row, index) => [...row, index % 2 === 0 ? 'a' : 'b']));
    await writer.prepare(1);
    expect(cluster.committed('a').flat()).toHaveLength(20);
    expect(
      cluster
        .committed('b')
        .flat()
        .every(text => /"k":\d*[13579],/.test(text)),
    ).toBe(true);
    await expect(write([[1, 'v', 'c']])).rejects.toMatchObject({ code: 'wrong-topic' });
    await writer.close();
  });
});

describe('exactly once', () => {
  const options = { 'sink.delivery-guarantee': 'exactly-once', 'sink.transactional-id-prefix': 'p' };

  it.each([1, 2])('rows are seen when the checkpoint stands (transaction.version %i)', async transactionVersion => {
    const cluster = new FakeCluster({ a: 2 }, { transactionVersion });
    const { write, writer } = open(cluster, options);
    for (let checkpoint = 1; checkpoint <= 12; checkpoint++) {
      await write(rowsOf(checkpoint * 10, 10));
      const preparing = writer.prepare(checkpoint);
      const before = cluster.committed('a').flat().length;
      const handle = await preparing;
      expect(cluster.committed('a').flat()).toHaveLength(before);
      await writer.commit(handle!);
      // the same again, as after a crash
      await writer.commit(handle!);
      expect(cluster.committed('a').flat()).toHaveLength(before + 10);
    }
    expect(await writer.prepare(13)).toBeUndefined();
    await write(rowsOf(130, 10));
    const last = await writer.prepare(final);
    await writer.commit(last!);
    expect(sorted(cluster.committed('a').flat())).toEqual(sorted(json(10, 130)));
    await writer.close();
    expect(cluster.openTransactions()).toEqual([]);
  });

  it('what is written while a checkpoint is under way belongs to the next one', async () => {
    const cluster = new FakeCluster({ a: 1 });
    const { write, writer } = open(cluster, options);
    await write(rowsOf(0, 5));
    const first = writer.prepare(1);
    await write(rowsOf(5, 5));
    await writer.commit((await first)!);
    expect(cluster.committed('a')).toEqual([json(0, 5)]);
    const second = await writer.prepare(2);
    await writer.commit(second!);
    expect(cluster.committed('a')).toEqual([json(0, 10)]);
    await writer.close();
  });

  it('a writer that ends without a checkpoint leaves nothing open', async () => {
    const cluster = new FakeCluster({ a: 1 });
    const { write, writer } = open(cluster, options);
    await write(rowsOf(0, 5));
    await new Promise(resolve => setTimeout(resolve, 20));
    expect(cluster.openTransactions()).toEqual(['p-1x0-0']);
    await writer.close();
    expect(cluster.openTransactions()).toEqual([]);
    expect(cluster.committed('a')).toEqual([[]]);
  });

  it('what dead writers left open is aborted, also of numbers that are no more', async () => {
    const cluster = new FakeCluster({ a: 1 });
    for (const subtask of [0, 1, 2]) {
      const { write, die } = open(cluster, options, { subtask, parallelism: 3 });
      await write(rowsOf(subtask, 1));
      await new Promise(resolve => setTimeout(resolve, 20));
      die();
    }
    expect(cluster.openTransactions()).toEqual(['p-3x0-0', 'p-3x1-0', 'p-3x2-0']);
    const writers = [0, 1].map(subtask => open(cluster, options, { subtask, parallelism: 2 }));
    for (const { write } of writers) await write(rowsOf(10, 1));
    for (const { writer } of writers) await writer.commit((await writer.prepare(1))!);
    expect(cluster.openTransactions()).toEqual([]);
    expect(cluster.committed('a')).toEqual([[...json(10, 1), ...json(10, 1)]]);
    for (const { writer } of writers) await writer.close();
  });

  it('a prepared transaction that timed out is lost, and that is said', async () => {
    const cluster = new FakeCluster({ a: 1 });
    const { write, writer } = open(cluster, options);
    await write(rowsOf(0, 5));
    const handle = await writer.prepare(7);
    cluster.timeOut('p-1x0-0');
    await expect(writer.commit(handle!)).rejects.toMatchObject({
      code: 'kafka-transaction-lost',
      domain: 'external',
      message: expect.stringContaining('checkpoint 7'),
    });
    await writer.close();
  });

  it('of an old checkpoint it may be ignored, where the table says so', async () => {
    const cluster = new FakeCluster({ a: 1 });
    const { write, writer } = open(cluster, options);
    const handles: CommitHandle[] = [];
    // slots are used again: the transactions of the first checkpoint have other epochs now
    for (let checkpoint = 1; checkpoint <= 12; checkpoint++) {
      await write(rowsOf(checkpoint, 1));
      handles.push((await writer.prepare(checkpoint))!);
      await writer.commit(handles.at(-1)!);
    }
    await writer.close();
    const committed = cluster.committed('a');
    const strict = open(cluster, options).writer;
    await expect(strict.commit(handles[0]!)).rejects.toMatchObject({
      code: 'kafka-transaction-lost',
      hint: expect.stringContaining("'sink.on-lost-transaction' = 'ignore'"),
    });
    const lenient = open(cluster, { ...options, 'sink.on-lost-transaction': 'ignore' }).writer;
    await lenient.commit(handles[0]!);
    expect(cluster.committed('a')).toEqual(committed);
    for (const each of [strict, lenient]) await each.close();
  });

  it('says both figures when the brokers do not allow the timeout', async () => {
    const cluster = new FakeCluster({ a: 1 });
    cluster.timeoutMsMax = 900_000;
    const { write, writer } = open(cluster, options);
    await expect(write(rowsOf(0, 1))).rejects.toMatchObject({
      code: 'kafka-transaction-timeout',
      message:
        "'properties.transaction.timeout.ms' is 3600000, and the brokers allow at most 900000 (transaction.max.timeout.ms)",
    });
    await writer.close();
  });

  it('two deaths without a checkpoint between them: the same commit twice', async () => {
    const cluster = new FakeCluster({ a: 1 });
    const first = open(cluster, options);
    await first.write(rowsOf(0, 5));
    const handle = (await first.writer.prepare(1))!;
    first.die();
    for (let death = 0; death < 3; death++) {
      const { write, writer, die } = open(cluster, options, { restored: [handle] });
      await writer.commit(handle);
      await write(rowsOf(5, 5));
      await new Promise(resolve => setTimeout(resolve, 20));
      die();
    }
    const { write, writer } = open(cluster, options, { restored: [handle] });
    await write(rowsOf(5, 5));
    for (let checkpoint = 2; checkpoint < 9; checkpoint++) {
      if (checkpoint > 2) await write(rowsOf(5 * checkpoint - 5, 5));
      await writer.commit((await writer.prepare(checkpoint))!);
    }
    expect(cluster.committed('a')).toEqual([json(0, 40)]);
    await writer.close();
  });

  it('through crashes at any point, with what breaks on the way: each row once', async () => {
    const step = fc.constantFrom(
      'write',
      'write',
      'checkpoint',
      'checkpoint',
      'crash',
      'crash prepared',
      'crash standing',
      'crash committing',
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 14 }),
        arbitraryFaults,
        fc.constantFrom(1, 2),
        fc.boolean(),
        async (steps, choices, transactionVersion, late) => {
          const cluster = new FakeCluster({ a: 2 }, { transactionVersion });
          cluster.fault = faults(choices, 12);
          // what a checkpoint holds: rows read so far, and handles to commit
          let standing: { readonly next: number; readonly handles: readonly CommitHandle[] } = { next: 0, handles: [] };
          let next = 0;
          let checkpoint = 0;
          let uncommitted: CommitHandle[] = [];
          let current = open(cluster, options);
          const restart = async (): Promise<void> => {
            current.die();
            current = open(cluster, options, { restored: standing.handles });
            for (const handle of standing.handles) await current.writer.commit(handle);
            uncommitted = [];
            next = standing.next;
          };
          const take = async (until: 'prepared' | 'standing' | 'committing' | 'done', id: number): Promise<void> => {
            const handle = await current.writer.prepare(id);
            if (until === 'prepared') return;
            if (handle !== undefined) uncommitted.push(handle);
            standing = { next, handles: [...uncommitted] };
            if (until === 'standing') return;
            for (const each of [...uncommitted]) {
              const committing = current.writer.commit(each);
              if (until === 'committing') return void committing.catch(() => undefined);
              await committing;
              uncommitted.splice(uncommitted.indexOf(each), 1);
            }
          };
          for (const each of [...steps, 'write', 'finish'] as const) {
            if (each === 'write') {
              await current.write(rowsOf(next, 3));
              next += 3;
            } else if (each === 'checkpoint') await take('done', ++checkpoint);
            else if (each === 'finish') await take('done', final);
            else {
              if (each === 'crash prepared') await take('prepared', ++checkpoint);
              if (each === 'crash standing') await take('standing', ++checkpoint);
              if (each === 'crash committing') await take('committing', ++checkpoint);
              if (late) await new Promise(resolve => setImmediate(resolve));
              await restart();
            }
          }
          expect(sorted(cluster.committed('a').flat())).toEqual(sorted(json(0, next)));
          expect(cluster.openTransactions()).toEqual([]);
        },
      ),
      { numRuns: 80 },
    );
  });
});

describe('upserts', () => {
  const options = { 'key.format': 'json', 'value.format': 'json' };

  it('are the last row of a key; a key that is gone is a record without value', async () => {
    const cluster = new FakeCluster({ a: 1 });
    const { write, writer } = open(cluster, options, { upsert: true });
    await write([
      [1, 'a'],
      [2, 'b'],
      [1, 'c'],
    ]);
    await write(
      [
        [1, 'c'],
        [1, 'd'],
        [2, 'b'],
        [3, 'x'],
        [3, 'x'],
      ],
      [-1, 1, -1, 1, -1],
    );
    // the new row may come before the old one is taken back
    await write(
      [
        [1, 'e'],
        [1, 'd'],
      ],
      [1, -1],
    );
    await writer.prepare(1);
    const value = (k: number, v: string): string => `{"k":${k}}={"k":${k},"v":"${v}"}`;
    expect(cluster.committed('a')).toEqual([[value(2, 'b'), value(1, 'c'), value(1, 'd'), '{"k":2}=null', value(1, 'e')]]);
    await writer.close();
  });

  it('end at the table that the changes make', async () => {
    const change = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.option(fc.constantFrom('a', 'b', 'c')));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(change, { minLength: 1, maxLength: 12 }), { maxLength: 4 }),
        fc.boolean(),
        async (batches, reversed) => {
          const cluster = new FakeCluster({ a: 1 });
          const { write, writer } = open(cluster, options, { upsert: true });
          const kept = new Map<number, string>();
          for (const batch of batches) {
            const rows: (readonly [number, string, number])[] = [];
            for (const [key, text] of batch) {
              const old = kept.get(key);
              const pair = [
                ...(old === undefined ? [] : [[key, old, -1] as const]),
                ...(text === null ? [] : [[key, text, 1] as const]),
              ];
              rows.push(...(reversed ? pair.reverse() : pair));
              if (text === null) kept.delete(key);
              else kept.set(key, text);
            }
            if (rows.length > 0)
              await write(
                rows.map(([k, v]) => [k, v]),
                rows.map(([, , weight]) => weight),
              );
          }
          await writer.prepare(1);
          const seen = new Map<string, string>();
          for (const text of cluster.committed('a')[0]!) {
            const [key, value] = text.split('=') as [string, string];
            if (value === 'null') seen.delete(key);
            else seen.set(key, value);
          }
          expect([...seen].sort()).toEqual([...kept].map(([k, v]) => [`{"k":${k}}`, `{"k":${k},"v":"${v}"}`]).sort());
          await writer.close();
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('options', () => {
  const settings = (options: Readonly<Record<string, string>>, upsert = false) =>
    sinkSettings(
      {
        name: 't',
        connector: 'kafka',
        schema,
        primaryKey: upsert ? ['k'] : undefined,
        options: { topic: 'a', format: 'json', ...options },
      },
      upsert,
    );

  it.each([
    [{ topic: '' }, 'missing-option', 'which topic'],
    [{ topic: 'a;b' }, 'wrong-option', 'several topics'],
    [{ 'sink.delivery-guarantee': 'exactly-once' }, 'missing-option', 'sink.transactional-id-prefix'],
    [{ 'sink.partitioner': 'my.Partitioner' }, 'not-supported', 'my.Partitioner'],
    [{ 'key.format': 'json' }, 'missing-option', 'key.fields'],
    [{ 'key.fields': 'k' }, 'missing-option', 'key.format'],
    [{ 'key.fields': 'kk', 'key.format': 'json' }, 'unknown-column', 'kk'],
    [{ 'key.fields': 'k', 'key.format': 'json', 'key.fields-prefix': 'k' }, 'wrong-option', 'key.fields-prefix'],
    [{ 'properties.acks': '0' }, 'not-supported', 'acks'],
    [
      { 'properties.acks': '1', 'sink.delivery-guarantee': 'exactly-once', 'sink.transactional-id-prefix': 'p' },
      'wrong-option',
      'exactly-once',
    ],
    [{ 'properties.compression.type': 'brotli' }, 'wrong-option', 'gzip'],
    [{ 'properties.max.in.flight.requests.per.connection': '9' }, 'wrong-option', '1 to 5'],
  ])('%o: %s', (options, code, text) => {
    let error: unknown;
    try {
      settings(options);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code, message: expect.stringContaining(text) });
  });

  it('keys and values have the columns that the options say', () => {
    const { key, value } = settings({
      'key.format': 'csv',
      'key.csv.field-delimiter': '|',
      'key.fields': 'k',
      'value.fields-include': 'EXCEPT_KEY',
      'value.json.encode.ignore-null-fields': 'true',
    });
    expect(key).toMatchObject({ format: 'csv', columns: [0], options: { 'csv.field-delimiter': '|' } });
    expect(value).toMatchObject({ format: 'json', columns: [1], options: { 'json.encode.ignore-null-fields': 'true' } });
  });
});
