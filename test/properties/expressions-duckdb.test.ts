import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { compileCompute } from '../../core/codegen/index.ts';
import { formatValue } from '../../core/columnar/format-value.ts';
import { readRows } from '../../core/columnar/read-values.ts';
import { type Schema, type SqlType, sameType, types, withNullable } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { valuesToBatch } from '../../core/columnar/write-values.ts';
import { TidemillError } from '../../core/common/errors.ts';
import { DuckdbDatabase } from '../../core/duckdb/database.ts';
import { isRowError } from '../../core/duckdb/errors.ts';
import { ParquetWriter } from '../../core/duckdb/parquet-writer.ts';
import { DuckdbStage } from '../../core/duckdb/stage.ts';
import { canCast, commonType, evaluateExpression, scalarFunctions } from '../../core/functions/index.ts';
import { caseOf, cast, column, type Expression, literal } from '../../core/plan/expressions.ts';
import { expressionToString } from '../../core/plan/print-expression.ts';
import { duckdbExpression, NotForDuckdb } from '../../core/sql/unparse-plan/duckdb-expressions.ts';
import { duckdbType } from '../../core/sql/unparse-plan/duckdb-types.ts';
import { drain } from '../duckdb/drain.ts';
import { testTask } from '../support/compute.ts';
import { bindCall, testedTypes, truth, valuesOf } from '../support/random-expressions.ts';
import { randomRun } from './seed.ts';

const localTimeZone = 'Europe/Berlin';
const task = testTask({ localTimeZone });
const folder = mkdtempSync(join(tmpdir(), 'tidemill-expressions-'));
const database = await DuckdbDatabase.open({ threads: 1 });
afterAll(async () => {
  await database.close();
  rmSync(folder, { recursive: true });
});

const columnTypes = [...testedTypes, types.timestamp(6), types.timestamp(0), types.char(3), types.decimal(10, 5)].filter(
  type => duckdbType(type) !== undefined,
);
const columnName = (index: number): string => `c${index}`;
const inDuckdb = (expression: Expression): string | undefined => {
  try {
    return duckdbExpression(expression, columnName);
  } catch (error) {
    if (error instanceof NotForDuckdb) return undefined;
    throw error;
  }
};

/** All functions of the catalogue that are handed to DuckDB for some types, by the number of arguments they are tried with. */
const names = [...scalarFunctions.keys()];
const allowed = (expression: Expression | undefined, otherwise: Expression): Expression =>
  expression !== undefined && inDuckdb(expression) !== undefined ? expression : otherwise;

/** Expressions that a stage may hand to DuckDB. A call that may not be handed over gives its first argument instead. */
function expressionFor(schema: Schema, depth: number): fc.Arbitrary<Expression> {
  const leaf: fc.Arbitrary<Expression> = fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 0, max: schema.length - 1 }).map(index => column(index, schema[index]!)) },
    {
      weight: 1,
      // a type whose literals are not handed over, such as TIMESTAMP_LTZ, gives the column itself
      arbitrary: fc.integer({ min: 0, max: schema.length - 1 }).chain(index => {
        const { type } = schema[index]!;
        const other = column(index, schema[index]!);
        return valuesOf(type).map(value => allowed(literal(value, withNullable(type, value === null)), other));
      }),
    },
  );
  if (depth === 0) return leaf;
  const inner = expressionFor(schema, depth - 1);
  const calls = [1, 2, 2, 2, 3, 4].map(count =>
    fc.tuple(fc.constantFrom(...useful[count]!), fc.array(inner, { minLength: count, maxLength: count })).map(([name, args]) => {
      const fitting = args.map(argument => (name === 'and' || name === 'or' || name === 'not' ? truth(argument) : argument));
      return allowed(bindCall(name, fitting), args[0]!);
    }),
  );
  return fc.oneof(
    leaf,
    ...calls,
    fc
      .tuple(inner, fc.constantFrom(...columnTypes))
      .map(([input, type]) => (canCast(input.type, type) ? allowed(cast(input, withNullable(type, true), false), input) : input)),
    fc.tuple(inner, inner, inner).map(([condition, a, b]) => {
      const type = commonType([a.type, b.type]);
      if (type === undefined || type.kind === 'NULL') return a;
      const [left, right] = [a, b].map(branch =>
        sameType(branch.type, type) ? branch : cast(branch, withNullable(type, true), false),
      ) as [Expression, Expression];
      return allowed(caseOf([{ when: truth(condition), result: left }], right, withNullable(type, true)), a);
    }),
  );
}

/** Names that bind and are handed over for at least one combination of the tested types. */
const useful = usefulNames();
function usefulNames(): Readonly<Record<number, readonly string[]>> {
  const columns = columnTypes.map((type, index) => column(index, { name: columnName(index), type }));
  const tuples: Record<number, Expression[][]> = {
    1: columns.map(one => [one]),
    2: columns.flatMap(one => columns.map(other => [one, other])),
    3: columns.map(one => [one, one, one]),
    4: columns.map(one => [one, one, one, one]),
  };
  return Object.fromEntries(
    Object.entries(tuples).map(([count, combinations]) => [
      count,
      names.filter(name =>
        combinations.some(args => {
          const bound = bindCall(name, args);
          return bound !== undefined && inDuckdb(bound) !== undefined;
        }),
      ),
    ]),
  );
}

const schemas: fc.Arbitrary<Schema> = fc
  .array(fc.tuple(fc.constantFrom(...columnTypes), fc.boolean()), { minLength: 1, maxLength: 5 })
  .chain(columns =>
    // columns of one type meet each other in calls
    fc.boolean().map(twice => (twice ? [...columns, ...columns] : columns)),
  )
  .map(columns =>
    columns.map(([type, nullable], index) => ({ name: columnName(index), type: withNullable(type, nullable) as SqlType })),
  );
const cases = schemas.chain(schema =>
  fc.tuple(
    fc.constant(schema),
    fc.array(fc.tuple(...schema.map(field => valuesOf(field.type))), { minLength: 1, maxLength: 20 }),
    fc.array(expressionFor(schema, 3), { minLength: 1, maxLength: 25 }),
  ),
);

type Outcome = { readonly values: readonly Value[] } | { readonly error: string };

function attempt(run: () => Value[]): Outcome {
  try {
    return { values: run() };
  } catch (error) {
    if (error instanceof TidemillError && error.domain === 'user') return { error: error.code };
    throw error;
  }
}

const interpreted = (expression: Expression, rows: readonly (readonly Value[])[]): Outcome =>
  attempt(() => rows.map(row => evaluateExpression(expression, row, { localTimeZone })));

function generated(schema: Schema, expression: Expression, rows: readonly (readonly Value[])[]): Outcome {
  const mark = task.memory.arena.mark();
  try {
    return attempt(() => {
      const compute = compileCompute({ input: schema, filter: undefined, outputs: [expression] }, task);
      return readRows(task.memory, compute.run(valuesToBatch(task.memory, schema, rows)).batch).map(row => row[0]!);
    });
  } finally {
    task.memory.arena.release(mark);
  }
}

async function handedOver(expressions: readonly Expression[], file: string): Promise<Value[][] | 'row error'> {
  const list = expressions.map((expression, index) => `${inDuckdb(expression)} AS o${index}`).join(', ');
  const schema = expressions.map((expression, index) => ({ name: `o${index}`, type: expression.type }));
  try {
    const sql = `SELECT ${list} FROM read_parquet('${file}', file_row_number = true) ORDER BY file_row_number`;
    return (await drain(context => DuckdbStage.start(database, [sql], schema, context))).rows;
  } catch (error) {
    if (isRowError(error)) return 'row error';
    throw error;
  }
}

/** Parquet's dictionaries hold one of −0 and 0. */
const positiveZero = (value: Value): Value => (value === 0 ? 0 : value);

test('expressions give the same in generated code, in the references and in DuckDB', async () => {
  let compared = 0;
  let file = 0;
  const used = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(cases, async ([schema, given, expressions]) => {
      const rows = given.map(row => row.map(positiveZero));
      const path = join(folder, `${file++}.parquet`);
      const writer = await ParquetWriter.open(database, schema);
      const mark = task.memory.arena.mark();
      writer.append(task.memory, valuesToBatch(task.memory, schema, rows));
      task.memory.arena.release(mark);
      await writer.finish(path);
      writer.close();
      const together = await handedOver(expressions, path);
      for (const [index, expression] of expressions.entries()) {
        const shown = `${expressionToString(expression, { positions: true })} as ${inDuckdb(expression)} over\n${rows
          .map(row => row.map((value, at) => (value === null ? 'NULL' : formatValue(value, schema[at]!.type))).join(' | '))
          .join('\n')}`;
        const reference = interpreted(expression, rows);
        const code = generated(schema, expression, rows);
        if ('error' in reference) expect('error' in code, `codegen: ${reference.error} expected: ${shown}`).toBe(true);
        else expect(code, `codegen: ${shown}`).toEqual(reference);
        const alone = together === 'row error' ? await handedOver([expression], path) : together.map(row => [row[index]!]);
        // a row that fails there sends the stage to our operators
        if (alone === 'row error') continue;
        const values = alone.map(row => positiveZero(row[0]!));
        expect('error' in reference, `DuckDB gives rows where the reference fails: ${shown}`).toBe(false);
        expect(values, `DuckDB: ${shown}`).toEqual((reference as { values: Value[] }).values.map(positiveZero));
        compared++;
        for (const name of callsOf(expression)) used.set(name, (used.get(name) ?? 0) + 1);
      }
    }),
    randomRun('expressions in DuckDB', 80),
  );
  process.stdout.write(`${compared} expressions compared three ways, ${used.size} kinds of calls\n`);
  expect(compared).toBeGreaterThan(Number(process.env['RUNS'] ?? 80));
}, 120_000);

function* callsOf(expression: Expression): Iterable<string> {
  switch (expression.kind) {
    case 'call':
      yield expression.name;
      for (const argument of expression.arguments) yield* callsOf(argument);
      return;
    case 'case':
      yield 'case';
      for (const branch of expression.branches) yield* callsOf(branch.result);
      return;
    case 'cast':
      yield `cast ${expression.input.type.kind} ${expression.type.kind}`;
      yield* callsOf(expression.input);
      return;
    default:
  }
}
