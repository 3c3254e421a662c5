import { describe, expect, test } from 'vitest';
import { readRows, readWeights } from '../../core/columnar/read-values.ts';
import type { Value } from '../../core/columnar/values.ts';
import { type Random, seededRandom } from '../../core/common/environment.ts';
import { connectors, formats } from '../../core/connectors/index.ts';
import type { LogicalNode } from '../../core/plan/nodes.ts';
import { defaultServices, MainHost, SimulatedClock, SimulationHost, startJob } from '../../core/runtime/index.ts';
import { planned } from '../../core/session/planning.ts';
import { Session } from '../../core/session/session.ts';
import { eventStatements, streamQueries } from '../support/oracle-events.ts';
import { runStatement } from '../support/run-statements.ts';
import { projectRoot } from '../support/source-files.ts';

const events = { connector: 'nexmark', 'events.num': '3000', seed: '42', 'us-per-event': '7000' };
const pick = (random: Random, below: number): number => random.next32() % below;

async function planOf(session: Session, sql: string): Promise<LogicalNode> {
  const bound = await session.bind(sql, projectRoot);
  if (bound.kind !== 'query') throw new Error('a query was expected');
  return bound.plan;
}

/** Rows that are there at the end, as sorted texts: insertions less retractions. */
class FinalRows {
  readonly #counts = new Map<string, number>();
  add(row: readonly Value[], weight: number): void {
    const text = row.map(value => (typeof value === 'bigint' ? `${value}n` : JSON.stringify(value))).join('|');
    const count = (this.#counts.get(text) ?? 0) + weight;
    if (count === 0) this.#counts.delete(text);
    else this.#counts.set(text, count);
  }
  sorted(): string[] {
    return [...this.#counts].map(([text, count]) => `${count} × ${text}`).sort();
  }
}

type How = { readonly kind: 'plain' } | { readonly kind: 'simulated'; readonly random: Random };

async function finalRows(session: Session, plan: LogicalNode, how: How): Promise<string[]> {
  const random = how.kind === 'simulated' ? how.random : undefined;
  const clock = new SimulatedClock(1_700_000_000_000);
  const services = { ...defaultServices({ output: () => undefined }), clock };
  session.settings.set('parallelism.default', String(random === undefined ? 1 : 1 + pick(random, 3)));
  const { program } = planned(plan, random !== undefined && pick(random, 2) === 0 ? 'changelog' : 'final', {
    catalog: session.catalog,
    connectors: { connectors, formats },
    settings: session.settings,
    sinkMode: () => 'append',
    duckdb: undefined,
  });
  const job = await startJob(program.plan, {
    services,
    hosts: [random === undefined ? new MainHost(services) : new SimulationHost(services, clock, random)],
    ...(random !== undefined && {
      batchRows: 1 + pick(random, 500),
      channelRows: 1 + pick(random, 100),
      chaining: pick(random, 4) > 0,
      rebuildOperators: ([false, true, 'restore'] as const)[pick(random, 3)]!,
    }),
  });
  const barriers = (async () => {
    for (let index = 0; random !== undefined && index < 3; index++) await job.barrier();
  })();
  const rows = new FinalRows();
  for await (const { batch, memory } of job.results!) {
    const weights = readWeights(memory, batch);
    for (const [index, row] of readRows(memory, batch).entries()) rows.add(row, weights[index]!);
  }
  await job.done;
  await barriers;
  return rows.sorted();
}

describe('stream queries under the simulation', () => {
  test('200 seeds: the rows of a plain run, whatever the interleaving', { timeout: 400_000 }, async () => {
    const queries = streamQueries();
    const session = new Session({ settings: { 'table.local-time-zone': 'UTC' }, output: () => undefined });
    for (const statement of eventStatements(events)) await runStatement(session, statement, projectRoot);
    const expected = new Map<string, string[]>();
    const plans = new Map<string, LogicalNode>();
    for (const query of queries) {
      for (const statement of query.setup) await runStatement(session, statement, projectRoot);
      const plan = await planOf(session, query.sql);
      plans.set(query.name, plan);
      expected.set(query.name, await finalRows(session, plan, { kind: 'plain' }));
    }
    expect([...expected.values()].every(rows => rows.length > 0)).toBe(true);
    for (let seed = 1; seed <= 200; seed++) {
      const { name } = queries[seed % queries.length]!;
      const actual = await finalRows(session, plans.get(name)!, { kind: 'simulated', random: seededRandom(seed) });
      expect(actual, `seed ${seed}, ${name}`).toEqual(expected.get(name));
    }
    await session.close();
  });
});
