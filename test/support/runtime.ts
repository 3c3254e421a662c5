import { readRows, readWeights } from '../../core/columnar/read-values.ts';
import type { Schema } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { valuesToBatch } from '../../core/columnar/write-values.ts';
import { realClock } from '../../core/common/environment.ts';
import { notSupported } from '../../core/common/errors.ts';
import type { ReadContext, ReadResult, ScanRequest, Source, SplitReader } from '../../core/connectors/contract.ts';
import { type OperatorSpec, operatorDefinitions } from '../../core/operators/index.ts';
import type { ExchangeOutput, PhysicalPlan, PlacedOperator, Stage, StageInput } from '../../core/physical/plan.ts';
import type { Job } from '../../core/runtime/job.ts';
import { type AnyOperatorSpec, definitionsOf, type ErasedDefinition, type RuntimeServices } from '../../core/runtime/services.ts';
import { createTable } from '../../core/state/index.ts';

export type Row = readonly Value[];

/** What a test source gives, in order: rows of one batch each, or a pause. */
export type TestStep = { readonly rows: readonly Row[]; readonly weights?: readonly number[] } | 'pending' | 'idle';

/** Sources by table name; each has its splits' steps. Steps are sliced to the batch size asked for. */
export type TestSources = Readonly<Record<string, readonly (readonly TestStep[])[]>>;

export function testServices(
  sources: TestSources,
  extra: { definitions?: Readonly<Record<string, ErasedDefinition>>; services?: Partial<RuntimeServices> } = {},
): RuntimeServices {
  const own = definitionsOf<OperatorSpec>(operatorDefinitions);
  return {
    clock: realClock,
    definition: spec => extra.definitions?.[spec.kind] ?? own(spec),
    createTable,
    source: request => testSource(request, sources[request.source.name] ?? []),
    duckdb: () => {
      throw notSupported('duckdb in this test');
    },
    sink: () => {
      throw notSupported('sinks in this test');
    },
    userFunction: name => {
      throw notSupported(`user function ${name} in this test`);
    },
    output: () => undefined,
    ...extra.services,
  };
}

function testSource(request: ScanRequest, splits: readonly (readonly TestStep[])[]): Source {
  return {
    discover: async () => splits.map((_, index) => ({ id: `${index}`, data: { index } })),
    open: (split, _position, context) => testReader(request.source.schema, splits[Number(split.data.index)]!, context),
  };
}

function testReader(schema: Schema, steps: readonly TestStep[], context: ReadContext): SplitReader {
  let step = 0;
  let row = 0;
  return {
    tryRead(rowsMax): ReadResult {
      const current = steps[step];
      if (current === undefined) return { kind: 'end' };
      if (typeof current === 'string') {
        step++;
        if (current === 'pending') setImmediate(context.wake);
        return { kind: current };
      }
      const rows = current.rows.slice(row, row + rowsMax);
      const weights = current.weights?.slice(row, row + rowsMax);
      row += rows.length;
      if (row >= current.rows.length) {
        step++;
        row = 0;
      }
      return { kind: 'batch', batch: valuesToBatch(context.memory, schema, rows, weights) };
    },
    position: () => ({ step, row }),
    close() {},
  };
}

export function sourceInput(name: string, schema: Schema, bounded = true): StageInput {
  const source = { name, connector: 'test', options: {}, schema, bounded };
  return { kind: 'source', id: name, request: { source, columns: schema.map((_, index) => index) }, schema };
}

export interface StageShape {
  readonly id: string;
  readonly parallelism?: number;
  readonly inputs: readonly StageInput[];
  readonly operators: readonly (AnyOperatorSpec & Readonly<Record<string, unknown>>)[];
  readonly outputs?: readonly ExchangeOutput[];
  readonly schema: Schema;
}

export function testPlan(...shapes: readonly StageShape[]): PhysicalPlan<AnyOperatorSpec> {
  return {
    stages: shapes.map(
      (shape): Stage<AnyOperatorSpec> => ({
        id: shape.id,
        parallelism: shape.parallelism ?? 1,
        inputs: shape.inputs,
        operators: shape.operators.map(
          (spec, index): PlacedOperator<AnyOperatorSpec> => ({ id: `${shape.id}/${index}:${spec.kind}`, spec }),
        ),
        outputs: shape.outputs ?? [],
        outputSchema: shape.schema,
        reason: 'test',
      }),
    ),
  };
}

export const exchangeInputOf = (from: string, schema: Schema): StageInput => ({ kind: 'exchange', from, schema });

/** All rows of a job's results, weights last when any row has one. */
export async function collectRows(job: Job, withWeights = false): Promise<Value[][]> {
  const rows: Value[][] = [];
  for await (const { batch, memory } of job.results!) {
    const weights = withWeights ? readWeights(memory, batch) : [];
    for (const [index, row] of readRows(memory, batch).entries()) rows.push(withWeights ? [...row, weights[index]!] : row);
  }
  await job.done;
  return rows;
}
