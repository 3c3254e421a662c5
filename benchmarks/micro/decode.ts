// Text files and generated events into columns, through the source port: one core, every column materialised, files in the page cache.
// Prints one JSON object. Argument: rows per run in millions (0.2).
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Schema, types } from '../../core/columnar/types.ts';
import { valuesToBatch } from '../../core/columnar/write-values.ts';
import { limits } from '../../core/common/limits.ts';
import type { ReadContext } from '../../core/connectors/contract.ts';
import { connectorOf, validateOptions } from '../../core/connectors/index.ts';
import { nexmarkSchema } from '../../core/connectors/nexmark/shape.ts';
import { loadKernels } from '../../core/kernels/index.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';
import { bidSchema, clock, jsonBid, scramble } from '../harness/bids.ts';

const rows = Math.round(Number(process.argv[2] ?? 0.2) * 1e6);
const runs = 30;
const directory = mkdtempSync(join(tmpdir(), 'tidemill-decode-'));

const flights: Schema = [
  { name: 'at', type: types.timestamp(3) },
  { name: 'delay', type: types.int() },
  { name: 'distance', type: types.bigint() },
  { name: 'origin', type: types.string() },
  { name: 'destination', type: types.string() },
];
const csvLine = (row: number): string => `${clock(row)},${(row % 300) - 50},${scramble(row, 3000)},SFO,LAX-${row % 1000}`;

interface Figure {
  readonly nsPerRow: number;
  readonly millionRowsPerSecond: number;
  readonly bytesPerRow?: number;
}
/**
 * Every run makes the same calls: the best time of each of them, added up. A call is shorter than a turn on a busy core, so that other programs
 * do not count; what they do to the caches still does.
 */
function best(count: number, run: (timed: (call: () => void) => void) => void): Figure {
  const least: number[] = [];
  for (let repeat = 0; repeat < runs; repeat++) {
    let index = 0;
    run(call => {
      const before = performance.now();
      call();
      const took = performance.now() - before;
      least[index] = Math.min(least[index] ?? Number.POSITIVE_INFINITY, took);
      index++;
    });
  }
  const nsPerRow = (least.reduce((sum, ms) => sum + ms, 0) * 1e6) / count;
  return { nsPerRow: Math.round(nsPerRow * 10) / 10, millionRowsPerSecond: Math.round(1e5 / nsPerRow) / 100 };
}

async function readAll(
  options: Record<string, string>,
  schema: Schema,
  columns: readonly string[],
  count: number,
): Promise<Figure> {
  const connector = connectorOf(options['connector']!);
  const source = connector.source!({
    source: {
      name: 'measured',
      connector: connector.name,
      options: validateOptions(connector, options).options,
      schema,
      bounded: true,
    },
    columns: columns.map(name => schema.findIndex(field => field.name === name)),
  });
  const splits = await source.discover(1);
  const memory = new TaskMemory();
  const context: ReadContext = { memory, kernels: loadKernels(memory), wake: () => {}, epochMs: () => 0 };
  return best(count, timed => {
    for (const split of splits) {
      const reader = source.open(split, undefined, context);
      let ended = false;
      while (!ended) {
        memory.arena.reset();
        timed(() => {
          ended = reader.tryRead(limits.batchRows).kind === 'end';
        });
      }
      reader.close();
    }
  });
}

async function fileOf(
  name: string,
  line: (row: number) => string,
  options: Record<string, string>,
  schema: Schema,
): Promise<Figure> {
  const path = join(directory, name);
  const pieces: string[] = [];
  for (let row = 0; row < rows; row++) pieces.push(line(row), '\n');
  const text = Buffer.from(pieces.join(''));
  writeFileSync(path, text);
  const names = schema.map(field => field.name);
  const figure = await readAll({ connector: 'filesystem', path, ...options }, schema, names, rows);
  rmSync(path);
  return { ...figure, bytesPerRow: Math.round((text.length / rows) * 10) / 10 };
}

/** Rows as text, into nothing. */
function write(format: 'json' | 'csv'): Figure {
  const memory = new TaskMemory();
  const path = join(directory, `written-${format}`);
  const sink = connectorOf('filesystem').sink!({
    name: 'measured',
    connector: 'filesystem',
    schema: bidSchema,
    options: { path, format },
  });
  const batch = valuesToBatch(
    memory,
    bidSchema,
    Array.from({ length: limits.batchRows }, (_, row) => [
      BigInt(row),
      7n,
      BigInt(Math.abs(scramble(row, 1e7))),
      `channel-${row}`,
      'https://www.nexmark.com/abc/defg/hij/item.htm?query=1',
      1_700_000_000_000_000n + BigInt(row) * 997_000n,
      'abcdefghijklmnopqrst',
    ]),
  );
  const writer = sink.open({
    memory,
    kernels: loadKernels(memory),
    wake: () => {},
    subtask: 0,
    epochMs: () => 0,
    output: () => {},
  });
  const batches = Math.max(1, Math.floor(rows / limits.batchRows / 4));
  const figure = best(batches * limits.batchRows, timed => {
    for (let index = 0; index < batches; index++) timed(() => writer.tryWrite(batch));
  });
  void writer.close();
  return figure;
}

const nexmark = (schema: Schema, columns: readonly string[], options: Record<string, string> = {}): Promise<Figure> =>
  readAll({ connector: 'nexmark', 'events.num': String(rows), ...options }, schema, columns, rows);
const bidNames = bidSchema.map(field => field.name);
const json = { format: 'json' };
const report = {
  json: await fileOf('plain.json', row => jsonBid(row, 0), json, bidSchema),
  jsonEscapesAndText: await fileOf('mixed.json', row => jsonBid(row, 20), json, bidSchema),
  jsonEveryRowEscaped: await fileOf('escaped.json', row => jsonBid(row, 1000), json, bidSchema),
  csv: await fileOf('plain.csv', csvLine, { format: 'csv' }, flights),
  nexmarkFlatAll: await nexmark(bidSchema, bidNames),
  nexmarkFlatNumeric: await nexmark(bidSchema, ['auction', 'bidder', 'price', 'dateTime']),
  nexmarkFlatPrice: await nexmark(bidSchema, ['price']),
  nexmarkNestedAll: await nexmark(
    nexmarkSchema,
    nexmarkSchema.map(field => field.name),
  ),
  writeJson: write('json'),
  writeCsv: write('csv'),
};
rmSync(directory, { recursive: true, force: true });
const goal = (what: string, figure: Figure, limit: number) => ({ what, value: figure.nsPerRow, limit, unit: 'ns/row' });
const goals = [
  goal('JSON lines, 200 bytes, 7 fields (5M rows/s)', report.jsonEscapesAndText, 200),
  goal('CSV of 5 fields (8M rows/s)', report.csv, 125),
  goal('nexmark bidSchema, all columns', report.nexmarkFlatAll, 60),
  goal('nexmark events, all columns of all events', report.nexmarkNestedAll, 60),
  goal('nexmark bidSchema, numbers only', report.nexmarkFlatNumeric, 10),
];
process.stdout.write(`${JSON.stringify({ rows, report, goals }, undefined, 1)}\n`);
