// Rows of the flights file into task memory, and DuckDB's own time for a GROUP BY next to ours through a stage. Prints one JSON object.
import { fileURLToPath } from 'node:url';
import { type Schema, types } from '../../core/columnar/types.ts';
import { sharedDatabase } from '../../core/duckdb/database.ts';
import { ParquetReader, parquetSchema, parquetSplits } from '../../core/duckdb/parquet-scan.ts';
import { DuckdbStage, type StageContext, type StageReadResult } from '../../core/duckdb/stage.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';

const path = fileURLToPath(new URL('../../node_modules/vega-datasets/data/flights-3m.parquet', import.meta.url));
const runs = Number(process.argv[2] ?? 5);
const database = await sharedDatabase({ threads: 1 });
const memory = new TaskMemory();
const schema = await parquetSchema(database, [path]);
const splits = await parquetSplits(database, [path], 1);

async function drain(make: (context: StageContext) => { tryRead(rowsMax: number): StageReadResult }): Promise<number> {
  let wake = () => {};
  const reader = make({ memory, wake: () => wake() });
  let rows = 0;
  for (;;) {
    const woken = new Promise<void>(resolve => {
      wake = resolve;
    });
    memory.arena.reset();
    const result = reader.tryRead(8192);
    if (result.kind === 'end') return rows;
    if (result.kind === 'batch') rows += result.batch.length;
    else await woken;
  }
}

async function measure(run: () => Promise<unknown>): Promise<{ wallMs: number; cpuMs: number }> {
  const walls: number[] = [];
  const cpus: number[] = [];
  for (let index = 0; index < runs; index++) {
    const cpu = process.cpuUsage();
    const start = performance.now();
    await run();
    walls.push(performance.now() - start);
    const used = process.cpuUsage(cpu);
    cpus.push((used.user + used.system) / 1000);
  }
  const middle = (values: number[]) => Math.round(values.sort((a, b) => a - b)[values.length >> 1]! * 10) / 10;
  return { wallMs: middle(walls), cpuMs: middle(cpus) };
}

async function scan(names: readonly string[]) {
  const columns = names.map(name => schema.find(field => field.name === name)!);
  let rows = 0;
  const time = await measure(async () => {
    rows = await drain(context => new ParquetReader(database, splits[0]!, { columns }, context));
  });
  return {
    columns: names,
    rows,
    ...time,
    rowsPerSecond: Math.round((rows / time.wallMs) * 1000),
    nsPerValue: Math.round((time.wallMs * 1e7) / rows / names.length) / 10,
    cpuNsPerValue: Math.round((time.cpuMs * 1e7) / rows / names.length) / 10,
  };
}

const groupBy = `SELECT origin, COUNT(*) AS flights, SUM(delay)::BIGINT AS delay FROM '${path}' GROUP BY origin`;
const groupSchema: Schema = [
  { name: 'origin', type: types.string() },
  { name: 'flights', type: types.bigint() },
  { name: 'delay', type: types.bigint() },
];
const connection = await database.connect();
const native = await measure(() => connection.query(groupBy));
const stage = await measure(() => drain(context => DuckdbStage.start(database, [groupBy], groupSchema, context)));
console.log(
  JSON.stringify(
    {
      numeric: await scan(['date', 'delay', 'distance']),
      demo: await scan(['date', 'delay', 'origin']),
      all: await scan(['date', 'delay', 'distance', 'origin', 'destination']),
      groupBy: { native, stage, ratio: Math.round((stage.wallMs / native.wallMs) * 100) / 100 },
      memoryMb: Math.round(process.memoryUsage.rss() / 1e6),
    },
    undefined,
    2,
  ),
);
