import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileCompute } from '../../core/codegen/index.ts';
import { readRows } from '../../core/columnar/read-values.ts';
import { type Schema, type SqlType, withNullable } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { valuesToBatch } from '../../core/columnar/write-values.ts';
import { TidemillError } from '../../core/common/errors.ts';
import { evaluateExpression } from '../../core/functions/index.ts';
import type { Expression } from '../../core/plan/expressions.ts';
import { expressionToString } from '../../core/plan/print-expression.ts';
import { testTask } from '../support/compute.ts';
import { expressionOver, testedTypes, truth, valuesOf } from '../support/random-expressions.ts';

const localTimeZone = 'Europe/Berlin';
const task = testTask({ localTimeZone });
const runs = Number(process.env['RUNS'] ?? 1500);

const schemas: fc.Arbitrary<Schema> = fc
  .array(fc.tuple(fc.constantFrom(...testedTypes), fc.boolean()), { minLength: 1, maxLength: 5 })
  .map(columns =>
    columns.map(([type, nullable], index) => ({ name: `c${index}`, type: withNullable(type, nullable) as SqlType })),
  );

const cases = schemas.chain(schema =>
  fc.tuple(
    fc.constant(schema),
    fc.array(fc.tuple(...schema.map(field => valuesOf(field.type))), { minLength: 1, maxLength: 5 }),
    fc.constantFrom(1, 7, 64, 65, 1000),
    expressionOver(schema, 2),
    fc.option(expressionOver(schema, 1).map(truth), { nil: undefined }),
  ),
);

type Outcome = { readonly rows: Value[] } | { readonly error: string };

function interpreted(expression: Expression, filter: Expression | undefined, rows: readonly (readonly Value[])[]): Outcome {
  try {
    const kept = rows.filter(row => filter === undefined || evaluateExpression(filter, row, { localTimeZone }) === true);
    return { rows: kept.map(row => evaluateExpression(expression, row, { localTimeZone })) };
  } catch (error) {
    if (error instanceof TidemillError && error.domain === 'user') return { error: error.code };
    throw error;
  }
}

function generated(
  schema: Schema,
  expression: Expression,
  filter: Expression | undefined,
  rows: readonly (readonly Value[])[],
): Outcome {
  const mark = task.memory.arena.mark();
  try {
    const compute = compileCompute({ input: schema, filter, outputs: [expression] }, task);
    return { rows: readRows(task.memory, compute.run(valuesToBatch(task.memory, schema, rows)).batch).map(row => row[0]!) };
  } catch (error) {
    if (error instanceof TidemillError && error.domain === 'user') return { error: error.code };
    throw error;
  } finally {
    task.memory.arena.release(mark);
  }
}

test('generated code gives what the references give', () => {
  fc.assert(
    fc.property(cases, ([schema, distinct, size, expression, filter]) => {
      const rows = Array.from({ length: size }, (_, index) => distinct[(index * 7) % distinct.length]!);
      const expected = interpreted(expression, filter, rows);
      const actual = generated(schema, expression, filter, rows);
      const shown = `${expressionToString(expression, { positions: true })} over ${JSON.stringify(schema.map(field => field.type.kind))}`;
      if ('error' in expected) expect('error' in actual, `${shown}: ${expected.error} expected`).toBe(true);
      else expect(actual, shown).toEqual(expected);
    }),
    { numRuns: runs },
  );
}, 120_000);
