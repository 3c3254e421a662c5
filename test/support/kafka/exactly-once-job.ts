import { setTimeout as sleep } from 'node:timers/promises';
import { createTopics, listOffsets } from '../../../core/connectors/kafka/client/admin.ts';
import { KafkaClient } from '../../../core/connectors/kafka/client/client.ts';
import { clientOptions } from '../../../core/connectors/kafka/client/client-options.ts';
import { readCommitted } from './console-consumer.ts';
import { openTableWriter } from './table-writer.ts';

/** A program between topics of Kafka, and what it is to give. */
export interface ExactlyOnceJob {
  readonly bootstrap: string;
  /** Begins the names of its topics and transactions. */
  readonly run: string;
  readonly events: number;
  /** Tables that are written; default: all. */
  readonly sinks?: readonly Sink[] | undefined;
}
type Sink = 'kept' | 'windows' | 'totals';

interface Event {
  readonly id: number;
  readonly k: number;
  readonly v: number;
  readonly ms: number;
}
const eventOf = (id: number): Event => ({ id, k: (id * 7919) % 97, v: (id * 31) % 1000, ms: Math.floor(id / 2) });
/** Of each topic. */
const partitions = 2;

const clientOf = (bootstrap: string): KafkaClient =>
  new KafkaClient(clientOptions({ 'properties.bootstrap.servers': bootstrap }));

/** Makes its topics. */
export async function makeTopics({ bootstrap, run }: ExactlyOnceJob): Promise<void> {
  const client = clientOf(bootstrap);
  await createTopics(
    client,
    ['events', 'kept', 'windows', 'totals'].map(name => ({ name: `${run}-${name}`, partitions })),
  );
  client.close();
}

const inserts: Readonly<Record<Sink, string>> = {
  kept: 'INSERT INTO kept SELECT id, v FROM events WHERE MOD(v, 3) = 1;',
  windows:
    "INSERT INTO windows SELECT k, window_end, COUNT(*), SUM(v) FROM TABLE(TUMBLE(TABLE events, DESCRIPTOR(ts), INTERVAL '1' SECOND)) GROUP BY k, window_start, window_end;",
  totals: 'INSERT INTO totals SELECT k, COUNT(*), SUM(v) FROM events GROUP BY k;',
};
const allSinks: readonly Sink[] = ['kept', 'windows', 'totals'];

/** Rows as they are, a windowed aggregate, both exactly once; and a running aggregate as upserts. */
export function program({ bootstrap, run, events, sinks = allSinks }: ExactlyOnceJob): string {
  const table = (name: string, columns: string, options: Readonly<Record<string, string>>): string =>
    `CREATE TABLE ${name} (${columns}) WITH (${Object.entries({
      'properties.bootstrap.servers': bootstrap,
      ...options,
    })
      .map(([key, value]) => `'${key}' = '${value}'`)
      .join(', ')})`;
  const exactly = (name: string) => ({
    topic: `${run}-${name}`,
    'sink.delivery-guarantee': 'exactly-once',
    'sink.transactional-id-prefix': `${run}-${name}`,
  });
  const stop = Array.from({ length: partitions }, (_, index) => `partition:${index},offset:${events / partitions}`).join(';');
  return [
    table('events', 'id BIGINT, k INT, v BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts', {
      connector: 'kafka',
      topic: `${run}-events`,
      format: 'json',
      'scan.startup.mode': 'earliest-offset',
      'scan.bounded.mode': 'specific-offsets',
      'scan.bounded.specific-offsets': stop,
    }),
    table('kept', 'id BIGINT, v BIGINT', { connector: 'kafka', format: 'json', ...exactly('kept') }),
    table('windows', 'k INT, window_end TIMESTAMP(3), n BIGINT, v BIGINT', {
      connector: 'kafka',
      format: 'json',
      ...exactly('windows'),
    }),
    table('totals', 'k INT, n BIGINT, v BIGINT, PRIMARY KEY (k) NOT ENFORCED', {
      connector: 'upsert-kafka',
      'key.format': 'json',
      'value.format': 'json',
      ...exactly('totals'),
    }),
    `EXECUTE STATEMENT SET BEGIN
${sinks.map(sink => inserts[sink]).join('\n')}
END`,
  ].join(';\n');
}

const timestamp = (ms: number): string =>
  new Date(ms).toISOString().replace('T', ' ').replace('Z', '').replace(/0+$/, '').replace(/\.$/, '');

export function expected({ events }: ExactlyOnceJob): {
  readonly kept: string[];
  readonly windows: string[];
  readonly totals: string[];
} {
  const kept: string[] = [];
  const windows = new Map<string, { n: number; v: number }>();
  const totals = new Map<number, { n: number; v: number }>();
  const add = <K>(map: Map<K, { n: number; v: number }>, key: K, v: number): void => {
    const found = map.get(key) ?? { n: 0, v: 0 };
    map.set(key, { n: found.n + 1, v: found.v + v });
  };
  for (let number = 0; number < events; number++) {
    const { id, k, v, ms } = eventOf(number);
    if (v % 3 === 1) kept.push(JSON.stringify({ id, v }));
    add(windows, `${k}|${timestamp((Math.floor(ms / 1000) + 1) * 1000)}`, v);
    add(totals, k, v);
  }
  return {
    kept: kept.sort(),
    windows: [...windows]
      .map(([key, { n, v }]) => {
        const [k, window_end] = key.split('|');
        return JSON.stringify({ k: Number(k), window_end, n, v });
      })
      .sort(),
    totals: [...totals].map(([k, { n, v }]) => JSON.stringify({ k, n, v })).sort(),
  };
}

/**
 * Sends the events of all partitions, at most `perSecond` together, and the slower the fewer are left: there is something to do until the troubles are
 * over, however long they take, and then the rest comes at once. What is in a topic in the end is the same whatever happens.
 */
export async function feed(
  { bootstrap, run, events }: ExactlyOnceJob,
  perSecond: number,
  over: { readonly done: boolean },
): Promise<void> {
  const writer = openTableWriter({
    topic: `${run}-events`,
    bootstrap,
    columns: ['id', 'k', 'v', 'ts'],
    partitions,
  });
  for (let from = 0, to = 0; from < events; from = to) {
    const left = events - from;
    to = from + Math.min(left, over.done ? 1000 : Math.ceil(Math.min(perSecond, left / 100) / 10));
    for (let partition = 0; partition < partitions; partition++) {
      const rows: (readonly [number, number, number, number])[] = [];
      for (let number = from; number < to; number++) {
        const { id, k, v, ms } = eventOf(number);
        if (number % partitions === partition) rows.push([id, k, v, ms]);
      }
      await writer.write(partition, rows);
    }
    if (!over.done) await sleep(100);
  }
  await writer.close();
}

/** What a reader of committed records sees, by a client that is not ours; and nothing may be left open behind it. */
async function committed(bootstrap: string, topic: string): ReturnType<typeof readCommitted> {
  const client = clientOf(bootstrap);
  let records = 0;
  const all = (await client.topic(topic, true)).partitions.map(({ partition }) => ({ topic, partition, question: -1 }));
  for (let attempt = 0; ; attempt++) {
    const [stable, high] = await Promise.all([listOffsets(client, all, true), listOffsets(client, all, false)]);
    const sum = (offsets: readonly { readonly offset: number }[]): number =>
      offsets.reduce((total, each) => total + each.offset, 0);
    records = sum(high);
    if (sum(stable) === records) break;
    if (attempt > 20) throw new Error(`a transaction was left open in ${topic}`);
    await sleep(250);
  }
  client.close();
  for (let quietMs = 5000; ; quietMs *= 2) {
    const found = await readCommitted(bootstrap, topic, quietMs);
    if (found.length > 0 || records === 0 || quietMs > 30_000) return found;
  }
}

/** What stands in its topics. Errors: a transaction was left open. */
export async function results({ bootstrap, run }: ExactlyOnceJob): Promise<ReturnType<typeof expected>> {
  const [kept, windows, totals] = await Promise.all(
    ['kept', 'windows', 'totals'].map(name => committed(bootstrap, `${run}-${name}`)),
  );
  return {
    kept: kept!.map(({ value }) => value).sort(),
    windows: windows!.map(({ value }) => value).sort(),
    totals: [...new Map(totals!.map(({ key, value }) => [key, value])).values()].sort(),
  };
}

/** Settles when the job has written something. */
export async function begun({ bootstrap, run }: ExactlyOnceJob): Promise<void> {
  const client = clientOf(bootstrap);
  for (;;) {
    const offsets = await listOffsets(client, [{ topic: `${run}-kept`, partition: 0, question: -1 }], true);
    if (offsets.some(({ offset }) => offset > 0)) break;
    await sleep(200);
  }
  client.close();
}
