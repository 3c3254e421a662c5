import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatValue } from '../../core/columnar/format-value.ts';
import { type SqlType, types, typeToString } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { duckdbTypeName, quoteDuckdbText } from '../../core/duckdb/types.ts';
import { aggregateFunctions, evaluateExpression, scalarFunctions } from '../../core/functions/index.ts';
import { column } from '../../core/plan/expressions.ts';
import { schemaOf } from '../support/compute.ts';
import { bindCall, valuesOf } from '../support/random-expressions.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9));
const typesTried = [
  types.boolean(),
  types.int(),
  types.bigint(),
  types.double(),
  types.decimal(18, 4),
  types.string(),
  types.date(),
  types.timestamp(3),
];

/** Shapes beside all pairs of those types: decimals whose product is rounded or refused, places in texts. */
const shapesTried = [
  [types.decimal(38, 6), types.decimal(9, 1)],
  [types.decimal(20, 9), types.decimal(18, 9)],
  [types.decimal(30, 10), types.decimal(20, 8)],
  [types.decimal(38, 0), types.decimal(38, 18)],
  [types.decimal(9, 2), types.decimal(9, 2)],
  [types.string(), types.int()],
  [types.string(), types.int(), types.int()],
];

/** A value as DuckDB reads it. */
function literalOf(value: Value, type: SqlType): string {
  if (value === null) return `CAST(NULL AS ${duckdbTypeName(type)})`;
  const text = typeof value === 'number' && type.kind === 'DOUBLE' ? javaless(value) : formatValue(value, type, 'cast');
  return `CAST(${quoteDuckdbText(text)} AS ${duckdbTypeName(type)})`;
}
const javaless = (value: number): string =>
  Number.isFinite(value) ? (Object.is(value, -0) ? '-0.0' : String(value)) : formatValue(value, types.double());

const fractionZeros = /\.0+$|(?<=\.\d*[1-9])0+$/;

/** Both sides as text; doubles by their bits. */
const shown = (value: Value, type: SqlType): string | null =>
  value === null
    ? null
    : type.kind === 'DOUBLE'
      ? String(Object.is(value, -0) ? '-0' : value)
      : type.kind === 'BOOLEAN'
        ? String(value)
        : formatValue(value, type, 'cast').replace(type.kind === 'TIMESTAMP' ? fractionZeros : /(?!)/, '');

test(`what DuckDB may compute is what the references give (seed ${seed})`, async () => {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const differences: string[] = [];
  let compared = 0;
  const run = async (sql: string): Promise<unknown[][] | undefined> => {
    try {
      return (await connection.runAndReadAll(sql)).getRows() as unknown[][];
    } catch (error) {
      // out of range: the stage is run again on operators
      if (/out of range|overflow/i.test(String(error))) return undefined;
      throw new Error(`${sql.slice(0, 400)}: ${String(error)}`);
    }
  };
  for (const entry of scalarFunctions.values()) {
    for (const shape of [
      ...typesTried.map(type => [type]),
      ...typesTried.flatMap(a => typesTried.map(b => [a, b])),
      ...typesTried.map(type => [type, type, type]),
      ...shapesTried,
    ]) {
      const input = schemaOf(...shape);
      const columns = input.map((field, index) => column(index, field));
      const expression = bindCall(entry.name, columns);
      if (expression?.kind !== 'call' || expression.name !== entry.name) continue;
      // only calls whose arguments came as they are
      if (expression.arguments.some((argument, index) => argument !== columns[index])) continue;
      const verdict = entry.duckdb(shape);
      if (verdict === 'never') continue;
      const names = columns.map((_, index) => `c${index}`);
      const bare = 'same' in verdict ? `${verdict.same}(${names.join(', ')})` : verdict.rewrite(names, shape);
      if (bare === undefined) continue;
      // stages cast too, which rounds decimals
      const text = expression.type.kind === 'DECIMAL' ? `CAST(${bare} AS ${duckdbTypeName(expression.type)})` : bare;
      const values = shape.map((type, index) => {
        const arbitrary = shape[0]!.kind === 'VARCHAR' && type.kind === 'INT' ? fc.integer({ min: -9, max: 9 }) : valuesOf(type);
        return fc.sample(arbitrary, { numRuns: 40, seed: seed + index });
      });
      for (const [from, to] of [[0, 40], ...Array.from({ length: 40 }, (_, index) => [index, index + 1])] as [number, number][]) {
        const rows = Array.from({ length: to - from }, (_, row) => values.map(list => list[from + row]!));
        const tuples = rows.map((row, at) => `(${at}, ${row.map((value, index) => literalOf(value, shape[index]!)).join(', ')})`);
        const found = await run(`SELECT ${text} FROM (VALUES ${tuples.join(', ')}) AS t(n, ${names.join(', ')}) ORDER BY n`);
        if (found === undefined) continue;
        for (const [index, row] of rows.entries()) {
          const expected = shown(evaluateExpression(expression, row, { localTimeZone: 'UTC' }), expression.type);
          const actual = found[index]![0];
          const text = actual === null ? null : typeof actual === 'number' && Object.is(actual, -0) ? '-0' : String(actual);
          compared++;
          if (text !== expected)
            differences.push(
              `${entry.name}(${row.map((value, at) => `${String(value)} ${typeToString(shape[at]!)}`).join(', ')}): DuckDB ${text}, Flink ${expected}`,
            );
        }
        if (from === 0 && to === 40) break;
      }
    }
  }
  for (const entry of aggregateFunctions.values()) {
    for (const type of typesTried) {
      const resolution = entry.resolve([type], { distinct: false, grouped: true });
      const verdict = entry.duckdb([type]);
      if (typeof resolution === 'string' || verdict === 'never') continue;
      const text = 'same' in verdict ? `${verdict.same}(c0)` : verdict.rewrite(['c0'], [type])!;
      for (let round = 0; round < 6; round++) {
        const values = fc.sample(valuesOf(type), { numRuns: 1 + round * 3, seed: seed + round });
        const found = await run(
          `SELECT ${text} FROM (VALUES ${values.map(value => `(${literalOf(value, type)})`).join(', ')}) AS t(c0)`,
        );
        if (found === undefined) continue;
        const expected = entry.reference(
          values.map(value => [value]),
          { arguments: resolution.argumentTypes, result: resolution.resultType },
        );
        const [actual, wanted] = [found[0]![0], shown(expected, resolution.resultType)];
        compared++;
        if (type.kind === 'DOUBLE' && actual !== null && wanted !== null) {
          const [a, b] = [Number(actual), Number(wanted)];
          if (Object.is(a, b) || Math.abs(a - b) <= 1e-9 * Math.abs(b)) continue;
        }
        if ((actual === null ? null : String(actual).replace(type.kind === 'TIMESTAMP' ? fractionZeros : /(?!)/, '')) !== wanted)
          differences.push(
            `${entry.name}(${values.map(String).join(', ')}) of ${type.kind}: DuckDB ${String(actual)}, Flink ${wanted}`,
          );
      }
    }
  }
  expect(differences.slice(0, 20)).toEqual([]);
  expect(compared).toBeGreaterThan(3000);
}, 120_000);
