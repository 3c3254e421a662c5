// The two ends of kafka-latency.ts, each in a process of its own: what one of them does must not hold up the other. Takes a request as JSON in its
// argument; the writer prints how many records it sent, the reader what it saw.
import { setTimeout as sleep } from 'node:timers/promises';
import { returnBuffer } from '../../core/connectors/kafka/client/answer-buffers.ts';
import { apiKeys, KafkaClient } from '../../core/connectors/kafka/client/client.ts';
import { clientOptions } from '../../core/connectors/kafka/client/client-options.ts';
import { fetchedPartitions, fetchRequest, fetchVersion } from '../../core/connectors/kafka/source/fetch-protocol.ts';
import { openTableWriter } from '../../test/support/kafka/table-writer.ts';

export interface LoadRequest {
  readonly role: 'write' | 'read';
  readonly bootstrap: string;
  readonly topic: string;
  /** Records a second. */
  readonly rate: number;
  /** When measuring begins and ends: microseconds since 1970. */
  readonly fromUs: number;
  readonly untilUs: number;
}
export interface ReadOutcome {
  readonly records: number;
  /** Records by tenths of a millisecond: from being sent to being read, and of that until the time that the topic has for them (whole milliseconds). */
  readonly read: readonly number[];
  readonly written: readonly number[];
  /** Spells in which records were late by more than 25 ms: when they began (ms since the measuring did), and how long the latest record took. */
  readonly spells: readonly { readonly atMs: number; readonly mostMs: number }[];
}

const nowUs = (): number => Math.round((performance.timeOrigin + performance.now()) * 1000);
/** Of a second. */
const bins = 10_000;
const lateMs = 25;

async function write({ bootstrap, topic, rate, untilUs }: LoadRequest): Promise<{ readonly sent: number }> {
  const writer = openTableWriter({ topic, bootstrap, columns: ['id', 'sent'], partitions: 1 });
  const start = performance.now();
  let sent = 0;
  while (nowUs() < untilUs) {
    const due = Math.floor(((performance.now() - start) / 1000) * rate);
    const rows: [number, number][] = [];
    for (; sent < due && rows.length < 2000; sent++) rows.push([sent, nowUs()]);
    await writer.write(0, rows);
    await sleep(1);
  }
  await writer.close();
  return { sent };
}

async function read({ bootstrap, topic, fromUs, untilUs }: LoadRequest): Promise<ReadOutcome> {
  const client = new KafkaClient(clientOptions({ 'properties.bootstrap.servers': bootstrap }));
  const settings = {
    committedOnly: false,
    minBytes: 1,
    maxBytes: 50 << 20,
    partitionMaxBytes: 1 << 20,
    waitMsMax: 100,
    rack: '',
  };
  const leader = await client.leaderOf(topic, 0);
  const seen = { records: 0, read: new Array<number>(bins).fill(0), written: new Array<number>(bins).fill(0) };
  const spells: { atMs: number; mostMs: number; lastUs: number }[] = [];
  for (let offset = 0; nowUs() < untilUs; ) {
    const partitions = [{ topic, partition: 0, leaderEpoch: -1, offset }];
    const body = fetchRequest(settings, settings.waitMsMax, { id: 0, epoch: -1 }, partitions, [], settings.partitionMaxBytes);
    const answer = await client.request(leader, apiKeys.fetch, fetchVersion, body, { lane: 'fetch' });
    const readUs = nowUs();
    const fetched = fetchedPartitions(answer)[0];
    if (fetched?.nextOffset === undefined) continue;
    offset = fetched.nextOffset;
    eachRecord(fetched.records, (sentUs, writtenMs) => {
      if (sentUs < fromUs || sentUs > untilUs) return;
      const latencyMs = (readUs - sentUs) / 1000;
      seen.records++;
      seen.read[Math.min(Math.max(Math.floor(latencyMs * 10), 0), bins - 1)]!++;
      seen.written[Math.min(Math.max(Math.floor(writtenMs * 10 - sentUs / 100), 0), bins - 1)]!++;
      if (latencyMs <= lateMs) return;
      const spell = spells.at(-1);
      if (spell !== undefined && readUs - spell.lastUs < 50_000) {
        spell.lastUs = readUs;
        spell.mostMs = Math.max(spell.mostMs, latencyMs);
      } else spells.push({ atMs: Math.round((sentUs - fromUs) / 1000), mostMs: latencyMs, lastUs: readUs });
    });
    returnBuffer(answer.buffer);
  }
  client.close();
  return { ...seen, spells: spells.map(({ atMs, mostMs }) => ({ atMs, mostMs: Math.round(mostMs * 10) / 10 })) };
}

/** Of each record in batches without compression: the number that its value ends with, and its time. */
function eachRecord(batches: Buffer, visit: (sentUs: number, writtenMs: number) => void): void {
  for (let start = 0; start < batches.length; ) {
    const baseMs = Number(batches.readBigInt64BE(start + 27));
    let at = start + 61;
    const varint = (): number => {
      let value = 0;
      for (let shift = 0; ; shift += 7) {
        const byte = batches[at++]!;
        value |= (byte & 127) << shift;
        if (byte < 128) return (value >>> 1) ^ -(value & 1);
      }
    };
    for (let left = batches.readInt32BE(start + 57); left > 0; left--) {
      const length = varint();
      const end = at + length;
      at++;
      const writtenMs = baseMs + varint();
      varint();
      const keyBytes = varint();
      at += Math.max(keyBytes, 0);
      const valueBytes = varint();
      // behind the number is a brace
      let place = at + valueBytes - 2;
      let sentUs = 0;
      for (let digit = 1; batches[place]! >= 48 && batches[place]! < 58; place--, digit *= 10)
        sentUs += (batches[place]! - 48) * digit;
      visit(sentUs, writtenMs);
      at = end;
    }
    start += 12 + batches.readInt32BE(start + 8);
  }
}

const request = JSON.parse(process.argv[2]!) as LoadRequest;
process.stdout.write(`${JSON.stringify(await (request.role === 'write' ? write(request) : read(request)))}\n`);
