import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Schema, types } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { changelogNormalizeDefinition } from '../../core/operators/changelog-normalize.ts';
import { type Input, type Rebuild, rowText, runOperator } from './harness.ts';

const schema: Schema = [
  { name: 'text', type: types.string() },
  { name: 'k', type: types.int(false) },
  { name: 'n', type: types.bigint() },
  { name: 'list', type: types.array(types.string()) },
  { name: 'name', type: types.string(false) },
  { name: 'amount', type: types.decimal(30, 2) },
];
const spec = { kind: 'changelog-normalize', schema, keys: [1, 4], final: false } as const;

const text = fc.option(
  fc.constantFrom('', 'a', 'twelve bytes', 'a text of more than twelve bytes', 'another of more than twelve'),
);
const upsert = fc.record({
  weight: fc.constantFrom(1, 1, 1, -1),
  row: fc
    .tuple(
      text,
      fc.integer({ min: 0, max: 4 }),
      fc.option(fc.bigInt({ min: -3n, max: 3n })),
      fc.option(fc.array(text, { maxLength: 3 })),
      fc.constantFrom('x', 'a name of more than twelve bytes'),
      fc.option(fc.bigInt({ min: -5n, max: 5n })),
    )
    .map(row => row as Value[]),
});

type Upsert = { readonly weight: number; readonly row: readonly Value[] };

/** What the operator has to say of each batch, kept in plain maps. */
function expected(batches: readonly (readonly Upsert[])[]): { readonly changes: string[][]; readonly rows: string[] } {
  const kept = new Map<string, readonly Value[]>();
  const changes = batches.map(batch => {
    const last = new Map(batch.map(each => [`${String(each.row[1])}|${String(each.row[4])}`, each]));
    return [...last].flatMap(([key, { weight, row }]) => {
      const old = kept.get(key);
      if (weight < 0) kept.delete(key);
      else kept.set(key, row);
      if (weight > 0 && old !== undefined && rowText(old) === rowText(row)) return [];
      return [...(old === undefined ? [] : [`- ${rowText(old)}`]), ...(weight < 0 ? [] : [`+ ${rowText(row)}`])];
    });
  });
  return { changes, rows: [...kept.values()].map(row => rowText(row)).sort() };
}

const inputs = (batches: readonly (readonly Upsert[])[]): Input[] =>
  batches.map(batch => ({
    kind: 'rows',
    // of a deleted key only the key is known
    rows: batch.map(({ weight, row }) =>
      weight > 0 ? row : row.map((value, index) => (index === 1 || index === 4 ? value : null)),
    ),
    weights: batch.map(({ weight }) => weight),
  }));

describe('upserts become a full changelog', () => {
  test.each(['never', 'operator', 'tables'] satisfies Rebuild[])('as plain maps have it; rebuilt: %s', rebuild => {
    fc.assert(
      fc.property(fc.array(fc.array(upsert, { minLength: 1, maxLength: 30 }), { maxLength: 6 }), batches => {
        const run = runOperator(changelogNormalizeDefinition, spec, schema, inputs(batches), { rebuild, shardRowsMax: 4 });
        const { changes } = expected(batches);
        for (const [index, wanted] of changes.entries()) {
          const found = run.output.filter(each => each.input === index);
          expect(found.map(each => `${each.weight < 0 ? '-' : '+'} ${rowText(each.row)}`).sort()).toEqual(wanted.sort());
          for (const [at, each] of found.entries()) {
            const next = found[at + 1];
            const key = (row: readonly Value[]): string => `${String(row[1])}|${String(row[4])}`;
            // an update's rows stand next to each other, the old one first
            if (
              each.weight < 0 &&
              next !== undefined &&
              next.weight > 0 &&
              found.some(other => other.weight > 0 && key(other.row) === key(each.row))
            )
              expect(key(next.row)).toBe(key(each.row));
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test('at the end of a bounded input the rows there are', () => {
    fc.assert(
      fc.property(fc.array(fc.array(upsert, { minLength: 1, maxLength: 30 }), { maxLength: 6 }), batches => {
        const run = runOperator(changelogNormalizeDefinition, { ...spec, final: true }, schema, [
          ...inputs(batches),
          { kind: 'end' },
        ]);
        expect(run.output.map(each => rowText(each.row)).sort()).toEqual(expected(batches).rows);
        expect(run.output.every(each => each.weight === 1)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test('with a time to live: what no input came for so long is not known any more, and upserts that change nothing are sent', () => {
    const ttlMs = 100;
    const timed = fc.array(fc.record({ upsert, afterMs: fc.constantFrom(0, 1, 40, 99, 100, 250) }), { maxLength: 40 });
    fc.assert(
      fc.property(timed, fc.constantFrom<Rebuild>('never', 'operator', 'tables'), (given, rebuild) => {
        const kept = new Map<string, { readonly row: readonly Value[]; readonly lastMs: number }>();
        let nowMs = 1_000_000;
        const wanted: string[] = [];
        const timedInputs: Input[] = given.map(({ upsert: one, afterMs }, index) => {
          nowMs += afterMs;
          const key = `${String(one.row[1])}|${String(one.row[4])}`;
          const known = kept.get(key);
          const old = known !== undefined && known.lastMs + ttlMs > nowMs ? known.row : undefined;
          if (one.weight < 0) kept.delete(key);
          else kept.set(key, { row: one.row, lastMs: nowMs });
          if (old !== undefined) wanted.push(`${index} - ${rowText(old)}`);
          if (one.weight > 0) wanted.push(`${index} + ${rowText(one.row)}`);
          return { ...inputs([[one]])[0]!, processingTimeMs: nowMs } as Input;
        });
        const run = runOperator(changelogNormalizeDefinition, { ...spec, ttlMs }, schema, timedInputs, {
          rebuild,
          shardRowsMax: 4,
        });
        expect(run.output.map(each => `${each.input} ${each.weight < 0 ? '-' : '+'} ${rowText(each.row)}`)).toEqual(wanted);
      }),
      { numRuns: 60 },
    );
  });
});
