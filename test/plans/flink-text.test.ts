import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Value } from '../../core/columnar/values.ts';
import { optimize } from '../../core/optimizer/index.ts';
import { schemaOf } from '../../core/plan/schema.ts';
import { flinkTextOf } from '../../core/sql/unparse-plan/index.ts';
import { interpretPlan, rowKey } from '../support/interpret-plan.ts';
import { optimizerContext } from '../support/planning.ts';
import { queryPlanning, randomQuery, randomRows } from '../support/random-queries.ts';

const bag = (rows: readonly (readonly Value[])[]): string[] => rows.map(rowKey).sort();

describe('a plan as Flink SQL', () => {
  it('means the same when it is read again, over random queries and rows', () => {
    fc.assert(
      fc.property(randomQuery, randomRows, (sql, tables) => {
        const plan = queryPlanning.plan(sql);
        const expected = bag(interpretPlan(plan, tables));
        for (const tried of [plan, optimize(plan, optimizerContext)]) {
          const text = flinkTextOf(tried);
          const again = queryPlanning.plan(text);
          expect(schemaOf(again).map(field => field.name)).toEqual(schemaOf(plan).map(field => field.name));
          expect(bag(interpretPlan(again, tables)), text).toEqual(expected);
        }
      }),
      { numRuns: 200 },
    );
  });
});
