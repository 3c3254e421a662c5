import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Value } from '../../core/columnar/values.ts';
import { applyChecked, optimize, phases } from '../../core/optimizer/index.ts';
import { interpretPlan, rowKey } from '../support/interpret-plan.ts';
import { optimizerContext } from '../support/planning.ts';
import { queryPlanning, randomQuery, randomRows } from '../support/random-queries.ts';

const bag = (rows: readonly (readonly Value[])[]): string[] => rows.map(rowKey).sort();

describe('rewritten plans give the same rows', () => {
  it('all rules together, and each by itself, over random queries and rows', () => {
    fc.assert(
      fc.property(randomQuery, randomRows, (sql, tables) => {
        const plan = queryPlanning.plan(sql);
        const expected = bag(interpretPlan(plan, tables));
        expect(bag(interpretPlan(optimize(plan, optimizerContext), tables))).toEqual(expected);
        for (const rule of phases.flatMap(phase => phase.rules)) {
          const rewritten = applyChecked(rule, plan, optimizerContext);
          if (rewritten !== plan) expect(bag(interpretPlan(rewritten, tables)), rule.name).toEqual(expected);
        }
      }),
      { numRuns: 400 },
    );
  }, 120_000);
});
