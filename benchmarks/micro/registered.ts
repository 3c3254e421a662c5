// Aggregates over 3M rows that a client has put into a table in memory, as `npm run bench -- python` has them: milliseconds of the whole query, planning
// included; wall time, and CPU time of all threads; the least of all rounds. Prints one JSON object. Arguments: rounds (15), part of a case's name,
// --parallelism (what a session takes by itself).
import { parseArgs } from 'node:util';
import { arrowMessageOf } from '../../core/columnar/arrow-message.ts';
import { schemaHeader } from '../../core/columnar/arrow-schema-message.ts';
import { arrowSchemaOf } from '../../core/columnar/arrow-types.ts';
import { batchOf } from '../../core/columnar/batch.ts';
import type { IpcPart } from '../../core/columnar/table-content.ts';
import { type Schema, storageBytes, storageOf, types } from '../../core/columnar/types.ts';
import { seededRandom } from '../../core/common/environment.ts';
import { loadKernels } from '../../core/kernels/index.ts';
import { Ingest, tableOfPath } from '../../core/server/flight/ingest.ts';
import { Session } from '../../core/session/session.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';

const { values, positionals } = parseArgs({ options: { parallelism: { type: 'string' } }, allowPositionals: true });
const rounds = Number(positionals[0] ?? 15);
const rows = 3_000_000;
const rowsPerMessage = 65_536;
const schema: Schema = [
  { name: 'origin', type: types.string() },
  { name: 'delay', type: types.double() },
  { name: 'distance', type: types.bigint() },
];

const cases: Readonly<Record<string, string>> = {
  'filter and group by text':
    'SELECT origin, COUNT(*) AS n, AVG(delay) AS late, MAX(distance) AS far FROM flights WHERE delay > 0 GROUP BY origin',
  'group by text': 'SELECT origin, COUNT(*) AS n FROM flights GROUP BY origin',
  'group by number': 'SELECT distance, COUNT(*) AS n, AVG(delay) AS late FROM flights GROUP BY distance',
  'group by two numbers, many groups':
    'SELECT COUNT(*) AS k FROM (SELECT distance, CAST(delay AS INT) AS d, COUNT(*) AS n FROM flights GROUP BY distance, CAST(delay AS INT))',
  'one group': 'SELECT COUNT(*) AS n, AVG(delay) AS late, MAX(distance) AS far FROM flights WHERE delay > 0',
};

/** Puts the rows as a client does: a message at a time. */
function put(session: Session): void {
  const random = seededRandom(7);
  const memory = new TaskMemory();
  const kernels = loadKernels(memory);
  const names = Array.from({ length: 300 }, (_, index) => new TextEncoder().encode(`airport ${index}`));
  const ingest = new Ingest(session, tableOfPath(['flights']), { ifExists: 'replace', ifMissing: 'create' });
  ingest.add({ header: schemaHeader(arrowSchemaOf(schema)), body: new Uint8Array(0) });
  for (let done = 0; done < rows; done += rowsPerMessage) {
    const count = Math.min(rowsPerMessage, rows - done);
    memory.arena.reset();
    const columns = schema.map(({ type }) => {
      const data = memory.arena.allocateZeroed(count * storageBytes(storageOf(type)));
      return { type, validity: 0, data };
    });
    const [origin, delay, distance] = columns.map(column => column.data) as [number, number, number];
    const { u8, f64, i64 } = memory;
    for (let row = 0; row < count; row++) {
      const name = names[random.next32() % names.length]!;
      u8[origin + row * 16] = name.length;
      u8.set(name, origin + row * 16 + 4);
      // about normal
      let sum = 0;
      for (let part = 0; part < 4; part++) sum += random.next32() / 2 ** 32 - 0.5;
      f64[delay / 8 + row] = 10 + sum * 52;
      i64[distance / 8 + row] = BigInt(50 + (random.next32() % 2950));
    }
    const message = arrowMessageOf({ memory, kernels }, batchOf(count, columns));
    const body = new Uint8Array(message.bodyBytes);
    message.writeBody(body, 0);
    ingest.add({ header: message.header, body } satisfies IpcPart);
  }
  ingest.finish();
}

const session = new Session(values.parallelism === undefined ? {} : { parallelism: Number(values.parallelism) });
put(session);

async function run(sql: string): Promise<number> {
  let found = 0;
  for await (const result of session.run({ text: sql, source: 'benchmark', baseDirectory: '.' }, 'final')) {
    if (result.kind !== 'query') throw new Error(`no query: ${sql}`);
    for await (const { rows: some } of result.query.chunks()) found += some.length;
  }
  return found;
}

const results: Record<string, unknown> = { rows };
for (const [name, sql] of Object.entries(cases)) {
  if (positionals[1] !== undefined && !name.includes(positionals[1])) continue;
  let wallMs = Number.POSITIVE_INFINITY;
  let cpuMs = Number.POSITIVE_INFINITY;
  let found = 0;
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    const before = process.cpuUsage();
    found = await run(sql);
    const used = process.cpuUsage(before);
    wallMs = Math.min(wallMs, performance.now() - start);
    cpuMs = Math.min(cpuMs, (used.user + used.system) / 1000);
  }
  results[name] = { rows: found, wallMs: Math.round(wallMs * 10) / 10, cpuMs: Math.round(cpuMs * 10) / 10 };
}
await session.close();
process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
