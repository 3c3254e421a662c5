import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { jsonRow } from '../../core/columnar/json-value.ts';
import { types } from '../../core/columnar/types.ts';
import { nexmarkSchema } from '../../core/connectors/nexmark/shape.ts';
import { NexmarkOracle } from '../support/nexmark-oracle.ts';
import { readSplit, sourceOf, testTask } from '../support/source-reading.ts';

const golden = (name: string): string => readFileSync(new URL(`./golden/${name}`, import.meta.url), 'utf8');
const digests = JSON.parse(golden('nexmark-digest.json')) as { events: number; seed: number; sha256: string }[];

async function lines(options: Record<string, string>, rowsMax = 8192): Promise<string[]> {
  const source = sourceOf({ connector: 'nexmark', ...options }, nexmarkSchema);
  const [split] = await source.discover(1);
  return readSplit(source, split!, testTask(), { rowsMax }).rows.map(row => jsonRow(nexmarkSchema, row));
}

describe('nexmark is the Java generator, bit for bit', () => {
  const expected = golden('nexmark.jsonl').trimEnd().split('\n');

  it('makes the same first events', async () => {
    const actual = await lines({ 'events.num': String(expected.length) }, 333);
    expect(actual).toEqual(expected);
  });

  for (const { events, seed, sha256 } of digests) {
    it(`makes the same ${events} events of seed ${seed}`, async () => {
      const hash = createHash('sha256');
      for (const line of await lines({ 'events.num': String(events), seed: String(seed) })) hash.update(`${line}\n`);
      expect(hash.digest('hex')).toBe(sha256);
    });
  }

  it('has a plain oracle that makes them too', () => {
    const oracle = new NexmarkOracle(42);
    expect(expected.map((_, n) => oracle.json(n))).toEqual(expected);
  });

  it('agrees with the oracle far out, for every reader of several', async () => {
    const oracle = new NexmarkOracle(7, 250);
    for (const first of [4_294_967_290, 1_000_000_000_049]) {
      const source = sourceOf(
        { connector: 'nexmark', seed: '7', 'us-per-event': '250', 'events.num': String(first + 120) },
        nexmarkSchema,
      );
      for (const [index, split] of (await source.discover(3)).entries()) {
        const next = first + ((index - (first % 3) + 3) % 3);
        const { rows } = readSplit(source, split, testTask(), { position: { next, rows: 0 }, rowsMax: 7 });
        const wanted = Array.from({ length: rows.length }, (_, i) => oracle.json(next + 3 * i));
        expect(rows.length).toBe(40);
        expect(rows.map(row => jsonRow(nexmarkSchema, row))).toEqual(wanted);
      }
    }
  });
});

describe('flat tables', () => {
  const bid = [
    { name: 'auction', type: types.bigint(false) },
    { name: 'bidder', type: types.bigint() },
    { name: 'price', type: types.bigint() },
    { name: 'channel', type: types.string() },
    { name: 'url', type: types.string() },
    { name: 'dateTime', type: types.timestamp(3) },
    { name: 'extra', type: types.string() },
  ];
  const oracle = new NexmarkOracle(42);
  const bids = Array.from({ length: 3000 }, (_, n) => oracle.event(n))
    .filter(event => event.eventType === 2)
    .map(event =>
      event.fields.map((value, field) =>
        field === 5 ? BigInt(value) * 1000n : typeof value === 'number' ? BigInt(value) : value,
      ),
    );

  it('bid has the bids only, whatever columns are read', async () => {
    for (const columns of [bid.map(field => field.name), ['price'], ['extra', 'auction'], ['dateTime'], ['url'], []]) {
      for (const materialize of ['used', 'all']) {
        const source = sourceOf({ connector: 'nexmark', 'events.num': '3000', materialize }, bid, { columns });
        const [split] = await source.discover(1);
        const { rows } = readSplit(source, split!, testTask(), { rowsMax: 100 });
        const places = columns.map(name => bid.findIndex(field => field.name === name));
        expect(rows).toEqual(bids.map(row => places.map(place => row[place])));
      }
    }
  });

  it('leaves fields of a ROW that nobody reads NULL', async () => {
    const source = sourceOf({ connector: 'nexmark', 'events.num': '200' }, nexmarkSchema, {
      columns: ['bid'],
      usedFields: [[2]],
    });
    const [split] = await source.discover(1);
    const { rows } = readSplit(source, split!, testTask());
    const full = sourceOf({ connector: 'nexmark', 'events.num': '200' }, nexmarkSchema, { columns: ['bid'] });
    const all = readSplit(full, split!, testTask()).rows;
    expect(rows).toEqual(
      all.map(([row]) => [row === null ? null : (row as unknown[]).map((value, field) => (field === 2 ? value : null))]),
    );
  });
});
