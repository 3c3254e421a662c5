import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { optimize } from '../../core/optimizer/index.ts';
import { planPhysical } from '../../core/physical/index.ts';
import { validatePlan } from '../../core/plan/validate.ts';
import { optimizerContext, Planning } from '../support/planning.ts';
import { projectRoot } from '../support/source-files.ts';

const folder = join(projectRoot, 'benchmarks/queries/nexmark');
const streams = join(projectRoot, 'test/streams/queries');
const ddl = (name: string): string =>
  readFileSync(join(folder, `${name}.ddl.sql`), 'utf8').replaceAll('{with}', "'connector' = 'endless'");

const files = [
  ...readdirSync(folder)
    .filter(name => /^q\d+\.sql$/.test(name))
    .map(name => join(folder, name)),
  ...readdirSync(streams).map(name => join(streams, name)),
];

describe('every query of the benchmark and the stream suite', () => {
  for (const file of files)
    it(`binds, is valid, and gets a physical plan: ${file.slice(projectRoot.length + 1)}`, () => {
      const sql = readFileSync(file, 'utf8');
      const planning = new Planning(ddl('events'));
      const setup = /^-- setup: (.*)$/m.exec(sql)?.[1];
      if (setup !== undefined) planning.run(setup);
      const plan = planning.plan(sql);
      validatePlan(plan, { mode: 'streaming', sinkMode: () => 'changelog' });
      for (const parallelism of [1, 2])
        for (const tried of [plan, optimize(plan, optimizerContext)]) {
          const { plan: physical } = planPhysical([tried], { runtimeMode: 'streaming', results: 'changelog', parallelism });
          expect(physical.stages.length).toBeGreaterThan(0);
        }
    });
});
