import { describe, expect, it } from 'vitest';
import { applyChecked, type Rule } from '../../core/optimizer/index.ts';
import { aggregateOfJoinedKeys } from '../../core/optimizer/rules/aggregate-of-joined-keys.ts';
import { booleanSimplification } from '../../core/optimizer/rules/boolean-simplification.ts';
import { columnPruning } from '../../core/optimizer/rules/column-pruning.ts';
import { constantFolding } from '../../core/optimizer/rules/constant-folding.ts';
import { filterIntoScan } from '../../core/optimizer/rules/filter-into-scan.ts';
import { filterMerge } from '../../core/optimizer/rules/filter-merge.ts';
import { filterPushDown } from '../../core/optimizer/rules/filter-push-down.ts';
import { joinConditions } from '../../core/optimizer/rules/join-conditions.ts';
import { limitIntoScan } from '../../core/optimizer/rules/limit-into-scan.ts';
import { limitPushDown } from '../../core/optimizer/rules/limit-push-down.ts';
import { nestedPruning } from '../../core/optimizer/rules/nested-pruning.ts';
import { projectMerge } from '../../core/optimizer/rules/project-merge.ts';
import { trivialFilter } from '../../core/optimizer/rules/trivial-filter.ts';
import { unusedWatermark } from '../../core/optimizer/rules/unused-watermark.ts';
import { planToString } from '../../core/plan/explain.ts';
import { optimizerContext, Planning } from '../support/planning.ts';

const planning = new Planning();

/** The plan after the rules, each once, as lines without indentation. */
function planAfter(sql: string, ...rules: readonly Rule[]): string[] {
  const plan = rules.reduce((current, rule) => applyChecked(rule, current, optimizerContext), planning.plan(sql));
  return planToString(plan)
    .split('\n')
    .map(line => line.trim());
}

describe('each rule', () => {
  it('constant-folding computes what is known, and leaves what fails to the row that reaches it', () => {
    expect(planAfter("SELECT price + (2 * 3 - 1), 1 / 0, UPPER('a') FROM bid", constantFolding)[0]).toBe(
      "Project (price + 5) AS EXPR$0, (1 / 0) AS EXPR$1, 'A' AS EXPR$2",
    );
    expect(planAfter('SELECT CURRENT_TIMESTAMP FROM bid', constantFolding)[0]).toContain('CURRENT_TIMESTAMP');
  });

  it('boolean-simplification', () => {
    const condition = (where: string): string => planAfter(`SELECT 1 FROM bid WHERE ${where}`, booleanSimplification)[1]!;
    expect(condition('auction = 1 AND TRUE')).toBe('Filter (auction = CAST(1 AS BIGINT))');
    expect(condition('FALSE AND auction / 0 = 1')).toBe('Filter FALSE');
    expect(condition('auction / 0 = 1 AND FALSE')).not.toBe('Filter FALSE');
    expect(condition('NOT (price > 1)')).toBe('Filter (price <= CAST(1 AS BIGINT))');
    expect(condition('auction IS NULL')).toBe('Filter FALSE');
    expect(condition('auction = 1 OR auction = 1')).toBe('Filter (auction = CAST(1 AS BIGINT))');
    expect(condition('CASE WHEN FALSE THEN auction = 2 ELSE auction = 1 END')).toBe('Filter (auction = CAST(1 AS BIGINT))');
  });

  it('NOT of a comparison of doubles stays, because of NaN', () => {
    expect(planAfter('SELECT 1 FROM orders WHERE NOT (weight > 1)', booleanSimplification)[1]).toContain('NOT');
  });

  it('trivial-filter', () => {
    expect(planAfter('SELECT item FROM orders WHERE FALSE', trivialFilter)).toEqual([
      'Project item',
      'Values 0 rows (id, item, amount, price, weight, at_time)',
    ]);
    expect(planAfter('SELECT 1 FROM bid WHERE FALSE', trivialFilter)[1]).toBe('Filter FALSE');
    expect(planAfter('SELECT 1 FROM bid WHERE TRUE', trivialFilter)[1]).toContain('Watermark');
  });

  it('aggregate-of-joined-keys groups only what few rows of a filtered table are joined with', () => {
    const sql = (condition: string): string =>
      `SELECT o.id, t.n FROM orders AS o JOIN (SELECT item, COUNT(*) AS n FROM orders GROUP BY item) AS t ON o.item = t.item WHERE ${condition}`;
    const rules = [filterPushDown, joinConditions, aggregateOfJoinedKeys, aggregateOfJoinedKeys];
    const few = planAfter(sql('o.id = 5 AND o.amount = 3'), ...rules);
    const place = few.indexOf('Aggregate by (item) COUNT(*)');
    expect(few[place + 1]).toBe('SemiJoin on (item = item)');
    expect(few.filter(line => line.startsWith('SemiJoin'))).toHaveLength(1);
    expect(planAfter(sql('o.id > 5'), ...rules).join()).not.toContain('SemiJoin');
  });

  it('filter-merge keeps the order of conditions', () => {
    expect(
      planAfter('SELECT a FROM (SELECT price AS a FROM bid WHERE price <> 0) WHERE 10 / a > 1', filterPushDown, filterMerge),
    ).toContain('Filter ((price <> CAST(0 AS BIGINT)) AND ((CAST(10 AS BIGINT) / price) > CAST(1 AS BIGINT)))');
  });

  it('filter-push-down goes through projections, unions and keys, and stops at watermarks and limits', () => {
    expect(planAfter('SELECT a FROM (SELECT price + 1 AS a FROM bid) WHERE a > 2', filterPushDown)).toEqual([
      'Project a',
      'Project (price + CAST(1 AS BIGINT)) AS a',
      'Filter ((price + CAST(1 AS BIGINT)) > CAST(2 AS BIGINT))',
      "Watermark ts AS (ts - INTERVAL '4' SECOND)",
      'Scan bid (auction, bidder, price, channel, ts)',
    ]);
    expect(planAfter("SELECT channel FROM (SELECT channel FROM bid LIMIT 3) WHERE channel = 'a'", filterPushDown)[1]).toContain(
      'Filter',
    );
    const aggregated = planAfter(
      "SELECT n FROM (SELECT channel, COUNT(*) AS n FROM bid GROUP BY channel) WHERE channel = 'a' AND n > 1",
      filterPushDown,
    );
    expect(aggregated.findIndex(line => line.includes("channel = CAST('a'"))).toBeGreaterThan(
      aggregated.findIndex(line => line.startsWith('Aggregate')),
    );
    expect(aggregated.findIndex(line => line.includes('COUNT(*) > '))).toBeLessThan(
      aggregated.findIndex(line => line.startsWith('Aggregate')),
    );
  });

  it('filter-push-down leaves conditions on window columns above the window', () => {
    const lines = planAfter(
      "SELECT COUNT(*) FROM TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '1' MINUTE) WHERE price > 1 AND window_start > TIMESTAMP '2026-01-01 00:00:00' GROUP BY window_start, window_end",
      filterPushDown,
    );
    const window = lines.findIndex(line => line.startsWith('Window '));
    expect(lines[window - 1]).toContain('window_start >');
    expect(lines[window + 1]).toContain('price >');
  });

  it('filter-push-down leaves what depends on chance where it is', () => {
    planning.catalog.createFunction(
      {
        key: 'dice',
        name: 'dice',
        temporary: true,
        language: 'HOST',
        argumentTypes: [],
        resultType: { kind: 'INT', nullable: true },
        deterministic: false,
      },
      { orReplace: true },
    );
    expect(planAfter('SELECT a FROM (SELECT dice() AS a FROM bid) WHERE a > 3', filterPushDown)[1]).toContain('Filter');
  });

  it('filter-into-scan and limit-into-scan, as far as the connector can', () => {
    expect(planAfter("SELECT item FROM orders WHERE amount > 3 AND item = 'x'", filterIntoScan)).toEqual([
      'Project item',
      "Filter (item = CAST('x' AS STRING))",
      'Scan orders (id, item, amount, price, weight, at_time) where (amount > 3)',
    ]);
    expect(planAfter('SELECT item FROM orders LIMIT 3 OFFSET 2', limitPushDown, limitIntoScan).at(-1)).toContain('limit 5');
    expect(planAfter("SELECT item FROM orders WHERE item = 'x' LIMIT 3", limitPushDown, limitIntoScan).at(-1)).not.toContain(
      'limit',
    );
  });

  it('limit-push-down meets its sort, merges, and bounds the branches of a union', () => {
    expect(planAfter('SELECT item FROM orders ORDER BY price LIMIT 3', limitPushDown).slice(0, 2)).toEqual([
      'Project item',
      'Limit 3',
    ]);
    expect(
      planAfter(
        'SELECT * FROM (SELECT item FROM orders LIMIT 10 OFFSET 2) LIMIT 3 OFFSET 4',
        limitPushDown,
        limitPushDown,
        limitPushDown,
      ),
    ).toContain('Limit 3 offset 6');
    expect(
      planAfter(
        'SELECT * FROM (SELECT item FROM orders LIMIT 5 OFFSET 2) LIMIT 9 OFFSET 4',
        limitPushDown,
        limitPushDown,
        limitPushDown,
      ),
    ).toContain('Limit 1 offset 6');
    expect(
      planAfter('SELECT item FROM orders UNION ALL SELECT channel FROM bid LIMIT 2', limitPushDown).filter(
        line => line === 'Limit 2',
      ).length,
    ).toBe(3);
  });

  it('project-merge computes nothing twice', () => {
    expect(planAfter('SELECT a + 1 FROM (SELECT price * 2 AS a FROM bid)', projectMerge)[0]).toBe(
      'Project ((price * CAST(2 AS BIGINT)) + CAST(1 AS BIGINT)) AS EXPR$0',
    );
    expect(planAfter('SELECT a + a FROM (SELECT price * 2 AS a FROM bid)', projectMerge).length).toBe(4);
    expect(planAfter('SELECT * FROM bid', projectMerge)[0]).toContain('Watermark');
  });

  it('column-pruning reads what is needed, and one narrow column to count rows', () => {
    expect(planAfter('SELECT COUNT(*) FROM orders', columnPruning).at(-1)).toBe('Scan orders (amount)');
    expect(planAfter('SELECT channel FROM bid WHERE price > 1', columnPruning).at(-1)).toBe('Scan bid (price, channel, ts)');
    expect(
      planAfter('SELECT n FROM (SELECT channel, COUNT(*) AS n, SUM(price) AS s FROM bid GROUP BY channel)', columnPruning),
    ).toContain('Aggregate by (channel) COUNT(*)');
    expect(planAfter('SELECT y FROM (VALUES (1, 2, 3)) AS t(x, y, z)', columnPruning).at(-1)).toBe('Values 1 row (EXPR$1)');
  });

  it('column-pruning leaves a connector alone that delivers all', () => {
    const plain = new Planning("CREATE TABLE p (a INT, b INT) WITH ('connector' = 'plain')");
    const pruned = applyChecked(columnPruning, plain.plan('SELECT b FROM p'), optimizerContext);
    expect(planToString(pruned)).toContain('Scan p (a, b)');
  });

  it('nested-pruning names the fields of rows that are read', () => {
    expect(planAfter('SELECT id, address.zip FROM person WHERE address.zip > 1', nestedPruning).at(-1)).toBe(
      'Scan person (id, name, city, address{zip}, born)',
    );
    expect(planAfter('SELECT address, address.zip FROM person', nestedPruning).at(-1)).toBe(
      'Scan person (id, name, city, address, born)',
    );
  });

  it('unused-watermark goes unless a window or an order by time waits for it', () => {
    expect(planAfter('SELECT ts FROM bid', unusedWatermark).length).toBe(2);
    expect(planAfter('SELECT price FROM bid ORDER BY ts', unusedWatermark).length).toBe(5);
    expect(planAfter("SELECT price FROM TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '1' MINUTE)", unusedWatermark).length).toBe(4);
    expect(
      planAfter('SELECT a.price FROM (SELECT ts, price FROM bid) AS a ORDER BY ts', unusedWatermark).some(line =>
        line.startsWith('Watermark'),
      ),
    ).toBe(true);
  });
});
