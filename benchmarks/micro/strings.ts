// ns of CPU per row of functions over texts of 14 bytes: `node benchmarks/micro/strings.ts` prints JSON.
import { compileCompute } from '../../core/codegen/index.ts';
import type { Batch } from '../../core/columnar/batch.ts';
import { type SqlType, types } from '../../core/columnar/types.ts';
import { columnOf } from '../../core/columnar/write-values.ts';
import { seededRandom } from '../../core/common/environment.ts';
import { scalarFunctions } from '../../core/functions/index.ts';
import { loadKernels } from '../../core/kernels/index.ts';
import { call, column, type Expression, literal } from '../../core/plan/expressions.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';

const batchRows = 8192;
const memory = new TaskMemory();
const task = {
  memory,
  kernels: loadKernels(memory),
  localTimeZone: 'UTC',
  userFunction: () => {
    throw new Error('no user functions here');
  },
};
const random = seededRandom(1);
const word = (): string => Array.from({ length: 14 }, () => 'abcdefghijklmnopqrstuvwxyzABCDEF'[random.next32() % 32]!).join('');
const input = [
  { name: 's', type: types.string(false) },
  { name: 't', type: types.string(false) },
  { name: 'j', type: types.string(false) },
];
const json = (): string => `{"id":${random.next32()},"name":"${word()}","tags":["a","b"]}`;
const batch: Batch = {
  length: batchRows,
  columns: input.map(({ name, type }) => columnOf(memory, type, Array.from({ length: batchRows }, name === 'j' ? json : word))),
  weights: 0,
  watermarkBefore: 0,
};
const text = (value: string): Expression => literal(value, types.char(value.length, false));
const int = (value: number): Expression => literal(value, types.int(false));
const made = (name: string, args: readonly Expression[]): Expression => {
  const resolution = scalarFunctions.get(name)!.resolve(
    args.map(argument => argument.type),
    args,
  );
  if (typeof resolution === 'string') throw new Error(`${name}: ${resolution}`);
  return call(name, args, resolution.resultType);
};
const [s, t, j] = input.map((field, index) => column(index, field)) as unknown as [Expression, Expression, Expression];
const returning: SqlType = types.string();
const functions: Readonly<Record<string, { readonly expression: Expression; readonly rounds: number }>> = {
  UPPER: { expression: made('upper', [s]), rounds: 60 },
  LOWER: { expression: made('lower', [s]), rounds: 60 },
  "LIKE '%x%'": { expression: made('like', [s, text('%x%')]), rounds: 60 },
  "LIKE '%abc%'": { expression: made('like', [s, text('%abc%')]), rounds: 60 },
  'SUBSTRING(s, 3, 8)': { expression: made('substring', [s, int(3), int(8)]), rounds: 60 },
  's || t': { expression: made('concat', [s, t]), rounds: 60 },
  'CHAR_LENGTH(s)': { expression: made('char-length', [s]), rounds: 60 },
  "REPLACE(s, 'a', 'xy')": { expression: made('replace', [s, text('a'), text('xy')]), rounds: 40 },
  "REGEXP(s, '[a-c]+d')": { expression: made('regexp', [s, text('[a-c]+d')]), rounds: 8 },
  "REGEXP_EXTRACT(s, '([a-c]+)d', 1)": { expression: made('regexp-extract', [s, text('([a-c]+)d'), int(1)]), rounds: 8 },
  "JSON_VALUE(j, '$.name')": {
    expression: made('json-value', [
      j,
      text('$.name'),
      text('NULL'),
      literal(null, returning),
      text('NULL'),
      literal(null, returning),
      literal(null, returning),
    ]),
    rounds: 8,
  },
  'MD5(s)': { expression: made('md5', [s]), rounds: 8 },
};

const results: Record<string, number> = {};
for (const [name, { expression, rounds }] of Object.entries(functions)) {
  const compute = compileCompute({ input, outputs: [expression] }, task);
  const mark = memory.arena.mark();
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage();
    const batches = rounds > 10 ? 30 : 2;
    for (let index = 0; index < batches; index++) {
      compute.run(batch);
      memory.arena.release(mark);
    }
    const used = process.cpuUsage(before);
    best = Math.min(best, ((used.user + used.system) * 1000) / (batches * batchRows));
  }
  results[name] = Math.round(best * 10) / 10;
}
process.stdout.write(`${JSON.stringify(results, null, 1)}\n`);
