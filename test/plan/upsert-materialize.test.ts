import { describe, expect, it } from 'vitest';
import type { Insert, LogicalNode } from '../../core/plan/nodes.ts';
import { insert } from '../../core/plan/nodes.ts';
import { changelogOf } from '../../core/plan/properties.ts';
import { schemaOf } from '../../core/plan/schema.ts';
import { type UpsertMaterialize, withUpsertsMaterialized } from '../../core/plan/upsert-materialize.ts';
import { parseStatement } from '../../core/sql/parse.ts';
import { unparseStatement } from '../../core/sql/unparse.ts';
import { Planning } from '../support/planning.ts';

const planning = new Planning();

function materialized(
  sql: string,
  primaryKey: readonly string[],
  strategy: UpsertMaterialize = 'AUTO',
  onConflict?: Insert['onConflict'],
): { readonly before: Insert; readonly after: LogicalNode } {
  const rows = planning.plan(sql);
  const sink = { name: 't', connector: 'upsert-kafka', options: {}, schema: schemaOf(rows), primaryKey };
  const before = insert(rows, sink, false, undefined, onConflict);
  const after = withUpsertsMaterialized(before, { mode: 'streaming', strategy, sinkMode: () => 'upsert' });
  return { before, after };
}
const counts = 'SELECT channel, bidder, COUNT(*) AS n FROM bid GROUP BY channel, bidder';

describe('rows of a primary key are kept', () => {
  it.each([
    [counts, ['n'], true],
    [counts, ['channel'], true],
    [counts, ['bidder', 'channel'], false],
    [counts, ['n', 'bidder', 'channel'], false],
    ['SELECT channel, price FROM bid', ['channel'], false],
  ] as const)('%s by %j: %s', (sql, key, needed) => {
    const { before, after } = materialized(sql, key);
    expect(after === before).toBe(!needed);
    expect(materialized(sql, key, 'NONE').after.kind).toBe('insert');
    const forced = materialized(sql, key, 'FORCE');
    expect(forced.after).not.toBe(forced.before);
  });

  it('columns stay as they are, and the latest of a primary key is the whole truth', () => {
    const { before, after } = materialized(counts, ['n']);
    const [rows, input] = [(after as Insert).input, before.input];
    expect(schemaOf(rows).map(({ name, type }) => [name, type])).toEqual(schemaOf(input).map(({ name, type }) => [name, type]));
    expect(changelogOf(rows, 'streaming')).toEqual({ kind: 'retract', key: [2] });
  });

  it('what becomes of conflicts: the last row stands, and nothing else is claimed', () => {
    expect(materialized(counts, ['n'], 'AUTO', 'DEDUPLICATE').after.kind).toBe('insert');
    expect(() => materialized(counts, ['n'], 'AUTO', 'NOTHING')).toThrow('ON CONFLICT DO NOTHING');
    expect(() => materialized('SELECT channel, price FROM bid', ['channel'], 'AUTO', 'ERROR')).toThrow('ON CONFLICT DO ERROR');
    const { before, after } = materialized(counts, ['channel', 'bidder'], 'AUTO', 'ERROR');
    expect(after).toBe(before);
  });

  it('ON CONFLICT is read and written', () => {
    const text = 'INSERT INTO t SELECT * FROM a ON CONFLICT DO DEDUPLICATE';
    const statement = parseStatement(text);
    expect(statement).toMatchObject({ kind: 'insert', onConflict: 'DEDUPLICATE' });
    expect(unparseStatement(statement).replace(/\s+/g, ' ')).toBe(text);
  });
});
