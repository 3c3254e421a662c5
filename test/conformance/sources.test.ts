import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { type Schema, types } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { valuesToBatch } from '../../core/columnar/write-values.ts';
import { connectorOf } from '../../core/connectors/index.ts';
import { nexmarkSchema } from '../../core/connectors/nexmark/shape.ts';
import { sourceOf, testTask } from '../support/source-reading.ts';
import { describeSource } from './source-conformance.ts';

const root = mkdtempSync(join(tmpdir(), 'tidemill-sources-'));
afterAll(() => rmSync(root, { recursive: true }));

const schema: Schema = [
  { name: 'id', type: types.bigint() },
  { name: 'name', type: types.string() },
  { name: 'at', type: types.timestamp(3) },
  { name: 'x', type: types.double() },
];
const rows = Array.from({ length: 500 }, (_, n): Value[] => [
  BigInt(n * 7),
  n % 9 === 0 ? null : `name of row "${n}", quite long`,
  1_700_000_000_000_000n + BigInt(n) * 1000n,
  n / 8,
]);

/** Three files in two folders. */
async function write(format: string, options: Record<string, string> = {}): Promise<string> {
  const path = join(root, format);
  const sink = connectorOf('filesystem').sink!;
  for (const [index, folder] of ['a', 'a', 'b'].entries()) {
    const task = testTask();
    const directory = join(path, folder);
    mkdirSync(directory, { recursive: true });
    const writer = sink({ name: 't', connector: 'filesystem', schema, options: { path: directory, format, ...options } }).open({
      ...task,
      subtask: index,
      output: () => {},
    });
    const part = rows.slice(index * 150, index === 2 ? undefined : (index + 1) * 150);
    while (!writer.tryWrite(valuesToBatch(task.memory, schema, part))) await new Promise(resolve => setImmediate(resolve));
    await writer.commit((await writer.prepare(1))!);
    await writer.close();
  }
  writeFileSync(join(path, '.hidden'), 'not read');
  return path;
}

for (const [format, options] of [
  ['json', {}],
  ['csv', { 'csv.null-literal': '\\N', 'csv.header': 'true' }],
  ['parquet', {}],
  ['arrow', {}],
] as const) {
  let path: Promise<string> | undefined;
  describeSource(`filesystem, ${format}`, async () => {
    path ??= write(format, options);
    const given = { connector: 'filesystem', path: await path, format, ...options };
    return { schema, open: request => sourceOf(given, schema, request) };
  });
}
describeSource('filesystem, one large file in several splits', () => {
  const path = join(root, 'large.json');
  const wide = 'x'.repeat(40_000);
  writeFileSync(path, rows.map(([id, name]) => `{"id":${id},"name":${JSON.stringify(`${name}${wide}`)}}\n`).join(''));
  return { schema, open: request => sourceOf({ connector: 'filesystem', path, format: 'json' }, schema, request) };
});
describeSource('datagen', () => ({
  schema,
  open: request => sourceOf({ connector: 'datagen', 'number-of-rows': '300', 'fields.name.null-rate': '0.2' }, schema, request),
}));
describeSource('datagen at a rate', () => ({
  schema: schema.slice(0, 2),
  open: request =>
    sourceOf(
      { connector: 'datagen', 'number-of-rows': '60', 'rows-per-second': '20', 'fields.name.length': '5' },
      schema.slice(0, 2),
      request,
    ),
}));
describeSource('nexmark', () => ({
  schema: nexmarkSchema,
  open: request => sourceOf({ connector: 'nexmark', 'events.num': '400' }, nexmarkSchema, request),
}));
const bid: Schema = [
  { name: 'auction', type: types.bigint() },
  { name: 'price', type: types.bigint() },
  { name: 'extra', type: types.string() },
];
describeSource('nexmark, bids', () => ({
  schema: bid,
  open: request => sourceOf({ connector: 'nexmark', 'events.num': '400' }, bid, request),
}));
