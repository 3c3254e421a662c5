// Rows from stage to stage: CPU nanoseconds per row of an exchange with all tasks on one thread.
// Prints one JSON object. Argument: rows per run in millions (20).
import { batchOf } from '../../core/columnar/batch.ts';
import { keyLayoutOf } from '../../core/columnar/key-layout.ts';
import { type Schema, types } from '../../core/columnar/types.ts';
import { realClock } from '../../core/common/environment.ts';
import { internalError } from '../../core/common/errors.ts';
import { limits } from '../../core/common/limits.ts';
import type { Source } from '../../core/connectors/contract.ts';
import type { PhysicalPlan, Stage, StageInput } from '../../core/physical/plan.ts';
import { column } from '../../core/plan/expressions.ts';
import { type AnyOperatorSpec, MainHost, type RuntimeServices, startJob } from '../../core/runtime/index.ts';
import { createTable } from '../../core/state/index.ts';

const rows = Math.round(Number(process.argv[2] ?? 20) * 1e6);
const { batchRows } = limits;

const schemaOf = (columns: number): Schema =>
  Array.from({ length: columns }, (_, index) => ({ name: `c${index}`, type: types.bigint(false) }));

/** Gives the same batch again and again. */
function sameRows(schema: Schema): Source {
  return {
    discover: async parallelism => Array.from({ length: parallelism }, (_, index) => ({ id: `${index}`, data: { parallelism } })),
    open: (split, _position, { memory }) => {
      let left = rows / Number(split.data.parallelism);
      const columns = schema.map(({ type }, index) => {
        const data = memory.allocateSegment(8 * batchRows);
        for (let row = 0; row < batchRows; row++) {
          memory.u32[(data >>> 2) + 2 * row] = Math.imul(row + index, 0x9e3779b1) >>> 8;
          memory.u32[(data >>> 2) + 2 * row + 1] = 0;
        }
        return { type, validity: 0, data };
      });
      return {
        tryRead() {
          if (left <= 0) return { kind: 'end' };
          left -= batchRows;
          return { kind: 'batch', batch: batchOf(batchRows, columns) };
        },
        position: () => ({}),
        close() {},
      };
    },
  };
}

const refuse = (): never => {
  throw internalError('not part of this benchmark');
};

async function run(columns: number, tasks: number): Promise<number> {
  const schema = schemaOf(columns);
  const services: RuntimeServices = {
    clock: realClock,
    createTable,
    definition: () => ({ tables: () => [], outputSchema: () => schema, create: () => ({ processBatch: () => 'done' }) }),
    source: () => sameRows(schema),
    duckdb: refuse,
    sink: refuse,
    userFunction: refuse,
    output: () => undefined,
  };
  const source = { name: 'rows', connector: 'none', options: {}, schema, bounded: true };
  const input: StageInput = { kind: 'source', id: 'rows', request: { source, columns: schema.map((_, index) => index) }, schema };
  const key = column(0, schema[0]!);
  const drop = { id: 'drop', spec: { kind: 'drop' } };
  const stage = (id: string, parallelism: number, rest: Partial<Stage<AnyOperatorSpec>>): Stage<AnyOperatorSpec> => ({
    id,
    parallelism,
    inputs: [],
    operators: [],
    outputs: [],
    outputSchema: schema,
    reason: '',
    ...rest,
  });
  const plan: PhysicalPlan<AnyOperatorSpec> =
    tasks === 0
      ? { stages: [stage('a', 1, { inputs: [input], operators: [drop] })] }
      : {
          stages: [
            stage('a', tasks, {
              inputs: [input],
              outputs: [
                tasks === 1
                  ? { kind: 'forward', to: 'b' }
                  : { kind: 'hash', keys: [key], layout: keyLayoutOf([key.type]), to: 'b' },
              ],
            }),
            stage('b', tasks, { inputs: [{ kind: 'exchange', from: 'a', schema }], operators: [drop] }),
          ],
        };
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round++) {
    const before = process.cpuUsage();
    const job = await startJob(plan, { services, hosts: [new MainHost(services)] });
    await job.done;
    const used = process.cpuUsage(before);
    best = Math.min(best, ((used.user + used.system) * 1000) / rows);
  }
  return Math.round(best * 10) / 10;
}

const results: Record<string, number> = {};
for (const columns of [2, 8]) {
  const alone = await run(columns, 0);
  results[`source alone, ${columns} columns, ns/row`] = alone;
  results[`forward, ${columns} columns, ns/row`] = await run(columns, 1);
  results[`hash over 2 × 2 tasks, ${columns} columns, ns/row`] = await run(columns, 2);
  results[`hash over 4 × 4 tasks, ${columns} columns, ns/row`] = await run(columns, 4);
}
process.stdout.write(`${JSON.stringify({ rows, ...results }, null, 2)}\n`);
