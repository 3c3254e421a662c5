import { describe, expect, it } from 'vitest';
import { typeToString } from '../../core/columnar/types.ts';
import { TidemillError } from '../../core/common/errors.ts';
import type { LogicalNode } from '../../core/plan/nodes.ts';
import { boundednessOf, changelogOf, stateBoundOf, timeAttributesOf, uniqueKeysOf } from '../../core/plan/properties.ts';
import { schemaOf } from '../../core/plan/schema.ts';
import { validatePlan } from '../../core/plan/validate.ts';
import { windowPropertiesOf } from '../../core/plan/window-properties.ts';
import { Planning, planConnectors } from '../support/planning.ts';

const planning = new Planning();
const plan = (sql: string): LogicalNode => planning.plan(sql);
const shape = (sql: string): string[] => schemaOf(plan(sql)).map(field => `${field.name} ${typeToString(field.type)}`);
const window = "TABLE(TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '1' MINUTE))";

describe('schemas', () => {
  it('plain columns keep a time attribute, expressions lose it', () => {
    expect(shape("SELECT ts, ts AS renamed, ts + INTERVAL '1' SECOND AS later FROM bid")).toEqual([
      'ts TIMESTAMP(3) *ROWTIME*',
      'renamed TIMESTAMP(3) *ROWTIME*',
      'later TIMESTAMP(3)',
    ]);
  });

  it('a window function adds its three columns', () => {
    expect(shape(`SELECT * FROM ${window}`).slice(-3)).toEqual([
      'window_start TIMESTAMP(3) NOT NULL',
      'window_end TIMESTAMP(3) NOT NULL',
      'window_time TIMESTAMP(3) *ROWTIME*',
    ]);
  });

  it('an aggregation keeps the attribute of window_time only', () => {
    expect(shape(`SELECT window_time, COUNT(*) AS n FROM ${window} GROUP BY window_start, window_end, window_time`)).toEqual([
      'window_time TIMESTAMP(3) *ROWTIME*',
      'n BIGINT NOT NULL',
    ]);
    expect(shape('SELECT ts, COUNT(*) AS n FROM bid GROUP BY ts')).toEqual(['ts TIMESTAMP(3)', 'n BIGINT NOT NULL']);
  });

  it('a union is nullable where a branch is, and keeps an attribute all have', () => {
    expect(shape('SELECT auction, ts FROM bid UNION ALL SELECT bidder, ts FROM bid')).toEqual([
      'auction BIGINT',
      'ts TIMESTAMP(3) *ROWTIME*',
    ]);
    expect(shape('SELECT ts FROM bid UNION ALL SELECT at_time FROM orders')).toEqual(['ts TIMESTAMP(3)']);
  });

  it('global aggregates and filtered ones can be NULL', () => {
    expect(shape('SELECT COUNT(*), MAX(auction) FROM bid')).toEqual(['EXPR$0 BIGINT NOT NULL', 'EXPR$1 BIGINT']);
    expect(
      shape('SELECT channel, MAX(auction), MAX(auction) FILTER (WHERE price > 1) FROM bid GROUP BY channel').slice(1),
    ).toEqual(['EXPR$1 BIGINT NOT NULL', 'EXPR$2 BIGINT']);
  });
});

describe('boundedness', () => {
  it.each([
    ['SELECT * FROM bid', 'unbounded'],
    ['SELECT * FROM orders', 'bounded'],
    ['SELECT * FROM bid LIMIT 3', 'bounded'],
    ['SELECT * FROM bid ORDER BY price LIMIT 3', 'unbounded'],
    ['SELECT channel, COUNT(*) FROM bid GROUP BY channel LIMIT 3', 'unbounded'],
    ['SELECT item FROM orders UNION ALL SELECT channel FROM bid', 'unbounded'],
    ['SELECT 1', 'bounded'],
  ])('%s is %s', (sql, expected) => expect(boundednessOf(plan(sql))).toBe(expected));
});

describe('changelog modes in a stream', () => {
  it.each([
    ['SELECT price FROM bid WHERE price > 1', 'append'],
    ['SELECT channel, COUNT(*) FROM bid GROUP BY channel', 'retract 0'],
    ['SELECT COUNT(*), channel FROM bid GROUP BY channel', 'retract 1'],
    ['SELECT COUNT(*) FROM bid GROUP BY channel', 'retract'],
    [`SELECT window_start, COUNT(*) FROM ${window} GROUP BY window_start, window_end`, 'append'],
    [`SELECT window_start, COUNT(*) FROM ${window} GROUP BY window_start`, 'retract 0'],
    ['SELECT DISTINCT channel FROM bid', 'retract 0'],
    ['SELECT price FROM bid ORDER BY price LIMIT 3', 'retract'],
    ['SELECT price FROM bid ORDER BY ts', 'append'],
    ['SELECT item FROM orders ORDER BY item', 'append'],
  ])('%s: %s', (sql, expected) => {
    const mode = changelogOf(plan(sql), 'streaming');
    expect(mode.kind === 'append' ? 'append' : `retract${mode.key === undefined ? '' : ` ${mode.key.join(',')}`}`).toBe(expected);
  });

  it('in a batch all rows are final', () => {
    expect(changelogOf(plan('SELECT item, COUNT(*) FROM orders GROUP BY item'), 'batch')).toEqual({ kind: 'append' });
  });
});

describe('keys, windows and state', () => {
  it('unique keys follow projections', () => {
    expect(uniqueKeysOf(plan('SELECT name, id FROM person'))).toEqual([[1]]);
    expect(uniqueKeysOf(plan('SELECT name FROM person'))).toEqual([]);
    expect(uniqueKeysOf(plan('SELECT COUNT(*), channel FROM bid GROUP BY channel'))).toEqual([[1]]);
    expect(uniqueKeysOf(plan('SELECT COUNT(*) FROM bid'))).toEqual([[]]);
  });

  it('window columns are known through projections and aggregations', () => {
    const found = windowPropertiesOf(
      plan(`SELECT COUNT(*), window_end AS e, window_start AS s FROM ${window} GROUP BY window_start, window_end`),
    );
    expect(found).toMatchObject({ start: [2], end: [1], time: [], aggregated: true });
    expect(windowPropertiesOf(plan('SELECT ts FROM bid'))).toBeUndefined();
    expect(timeAttributesOf(plan('SELECT price, ts FROM bid'))).toEqual([1]);
  });

  it.each([
    ['SELECT channel, COUNT(*) FROM bid GROUP BY channel', 0, 'none'],
    ['SELECT channel, COUNT(*) FROM bid GROUP BY channel', 1000, 'ttl'],
    [`SELECT window_start, COUNT(*) FROM ${window} GROUP BY window_start, window_end`, 0, 'window'],
    ['SELECT COUNT(*) FROM bid', 0, 'rows'],
    ['SELECT COUNT(DISTINCT channel) FROM bid', 0, 'none'],
    ['SELECT item, COUNT(*) FROM orders GROUP BY item', 0, 'bounded-input'],
  ])('state of %s with TTL %i: %s', (sql, ttlMs, expected) => {
    const project = plan(sql);
    const aggregate = 'input' in project ? project.input : project;
    expect(stateBoundOf(aggregate, 'streaming', ttlMs).bound).toBe(expected);
  });
});

describe('plans that cannot run', () => {
  const sinkMode = (name: string) => planConnectors.connectors.get(name)?.sinkMode;
  const refusal = (sql: string, mode: 'streaming' | 'batch' = 'streaming'): string => {
    try {
      validatePlan(plan(sql), { mode, sinkMode });
      return 'valid';
    } catch (error) {
      if (!(error instanceof TidemillError)) throw error;
      return `${error.code} at ${sql.slice(error.span?.start, error.span?.end)}`;
    }
  };

  it.each([
    ['SELECT price FROM bid ORDER BY price', 'unbounded-sort at price'],
    ['SELECT price FROM bid ORDER BY ts', 'valid'],
    ['SELECT price FROM bid ORDER BY price LIMIT 3', 'valid'],
    ['SELECT item FROM orders ORDER BY item', 'valid'],
    [
      "SELECT window_start FROM TUMBLE(TABLE (SELECT ts + INTERVAL '1' SECOND AS t FROM bid), DESCRIPTOR(t), INTERVAL '1' MINUTE)",
      "no-time-attribute at TUMBLE(TABLE (SELECT ts + INTERVAL '1' SECOND AS t FROM bid), DESCRIPTOR(t), INTERVAL '1' MINUTE)",
    ],
    [
      "SELECT window_start FROM TUMBLE(TABLE orders, DESCRIPTOR(at_time), INTERVAL '1' MINUTE)",
      "no-time-attribute at TUMBLE(TABLE orders, DESCRIPTOR(at_time), INTERVAL '1' MINUTE)",
    ],
    ['INSERT INTO appended SELECT channel, COUNT(*) FROM bid GROUP BY channel', 'updates-into-sink at appended'],
    ['INSERT INTO appended SELECT item, COUNT(*) FROM orders GROUP BY item', 'valid'],
    ['INSERT INTO printed SELECT channel, COUNT(*) FROM bid GROUP BY channel', 'valid'],
    ['INSERT INTO upserted SELECT channel, COUNT(*) FROM bid GROUP BY channel', 'valid'],
  ])('%s: %s', (sql, expected) => expect(refusal(sql)).toBe(expected));

  it('a batch needs bounded input, and takes any timestamp for its windows', () => {
    expect(refusal('SELECT price FROM bid', 'batch')).toBe('unbounded-batch at bid');
    expect(refusal("SELECT window_start FROM TUMBLE(TABLE orders, DESCRIPTOR(at_time), INTERVAL '1' MINUTE)", 'batch')).toBe(
      'valid',
    );
  });
});

describe('operator ids', () => {
  const idsOf = (node: LogicalNode): string[] => {
    const own = 'id' in node && node.id !== undefined ? [node.id] : [];
    return [...own, ...('input' in node ? idsOf(node.input) : [])];
  };

  it('stay when a projection or filter is added, change with the keys', () => {
    const [first] = idsOf(plan('SELECT channel, COUNT(*) FROM bid GROUP BY channel'));
    expect(idsOf(plan('SELECT COUNT(*) + 1 FROM bid WHERE price > 2 GROUP BY channel'))[0]).toBe(first);
    expect(idsOf(plan('SELECT COUNT(*) FROM bid GROUP BY bidder'))[0]).not.toBe(first);
  });

  it('survive the optimizer', () => {
    const sql = 'SELECT channel, COUNT(*) FROM bid WHERE price > 1 + 1 GROUP BY channel';
    const aggregateOf = (node: LogicalNode): LogicalNode =>
      node.kind === 'aggregate' || !('input' in node) ? node : aggregateOf(node.input);
    expect(aggregateOf(planning.optimized(sql))).toMatchObject({ id: idsOf(plan(sql))[0] });
  });
});
