import { describe, expect, test } from 'vitest';
import { readColumn } from '../../core/columnar/read-values.ts';
import { types } from '../../core/columnar/types.ts';
import { columnOf } from '../../core/columnar/write-values.ts';
import { loadUdf, ScalarUdf } from '../../core/udf/index.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';
import { assemblyScript, failure, handMade, harness } from './support.ts';

describe('scalar functions', () => {
  test('AssemblyScript over DOUBLE, NULL in NULL out', async () => {
    const bytes = await assemblyScript(`
      // @sql late(delay DOUBLE) RETURNS DOUBLE
      export function late(delay: f64): f64 { return delay > 15 ? 1 : 0; }`);
    const { run, udf } = harness(bytes, 'late');
    expect(udf.function.argumentNames).toEqual(['delay']);
    expect(run([[3, 16, null, 15, 99]])).toEqual([0, 1, null, 0, 1]);
    expect(run([[1, 20]])).toEqual([0, 1]);
    expect(run([[]])).toEqual([]);
  });

  test.each(['a * 3 + b', 'a * 3 + b + 7 / (b | 1) * 0'])('many rows cross validity words: %s', async expression => {
    const bytes = await assemblyScript(`
      // @sql sum(a BIGINT, b INT) RETURNS BIGINT
      export function sum(a: i64, b: i32): i64 { return ${expression}; }`);
    const { run } = harness(bytes, 'sum');
    for (const rows of [1, 63, 64, 65, 127, 128, 129, 1000]) {
      const a = Array.from({ length: rows }, (_, row) => (row % 100 === 77 ? null : BigInt(row) * 1_000_000_007n));
      const b = Array.from({ length: rows }, (_, row) => (row > 300 && row % 3 === 0 ? null : row - 50));
      const expected = a.map((value, row) => (value === null || b[row] == null ? null : value * 3n + BigInt(b[row]!)));
      expect(run([a, b])).toEqual(expected);
      const selection = a.map((_, row): 0 | 1 => (row % 5 === 2 ? 1 : 0));
      const chosen = <T>(values: readonly T[]) => values.filter((_, row) => selection[row] === 1);
      expect(chosen(run([a, b], selection))).toEqual(chosen(expected));
      const full = a.map((_, row) => BigInt(row));
      const sums = full.map(value => value * 4n);
      expect(run([full, full.map(Number)])).toEqual(sums);
      expect(chosen(run([full, full.map(Number)], selection))).toEqual(chosen(sums));
    }
  });

  test('every scalar type goes in and comes out', () => {
    const identities: [
      string,
      ReturnType<typeof types.int> | ReturnType<typeof types.decimal> | ReturnType<typeof types.timestamp>,
      string[],
      (bigint | boolean | number)[],
    ][] = [
      ['BOOLEAN', types.boolean(), ['i32'], [true, false]],
      ['TINYINT', types.tinyint(), ['i32'], [-128, 127]],
      ['SMALLINT', types.smallint(), ['i32'], [-32768, 32767]],
      ['INT', types.int(), ['i32'], [-2147483648, 2147483647]],
      ['BIGINT', types.bigint(), ['i64'], [-(2n ** 63n), 2n ** 63n - 1n]],
      ['FLOAT', types.float(), ['f32'], [-1.5, Number.POSITIVE_INFINITY]],
      ['DOUBLE', types.double(), ['f64'], [-1.1, Number.NaN]],
      ['DATE', types.date(), ['i32'], [-719162, 2932896]],
      ['TIME', types.time(), ['i32'], [0, 86399999]],
      ['TIMESTAMP', types.timestamp(3), ['i64'], [-1n, 1_700_000_000_000_000n]],
      ['TIMESTAMP_LTZ', types.timestampLtz(9), ['i64'], [-1n, 1_700_000_000_000_000_000n]],
      ['DECIMAL', types.decimal(18, 2), ['i64'], [-(10n ** 18n) + 1n, 10n ** 18n - 1n]],
      ['wide', types.decimal(38, 10), ['i64', 'i64'], [-(10n ** 38n) + 1n, 10n ** 38n - 1n, 0n, -1n, 2n ** 64n]],
    ];
    const bytes = handMade(
      module => {
        for (const [name, , values] of identities) {
          const f = module.exportFunction(name, values as 'i32'[], values as 'i32'[]);
          for (const parameter of f.parameters) f.get(parameter);
        }
      },
      identities.map(([name, type]) => ({ name, arguments: [type], result: type })),
    );
    for (const [name, , , values] of identities) {
      const { run } = harness(bytes, name);
      expect(run([[...values, null]]), name).toEqual([...values, null]);
      expect(run([values]), name).toEqual(values);
    }
  });

  test('results wrap to TINYINT and SMALLINT, and BOOLEAN is 0 or 1', () => {
    const bytes = handMade(
      module => {
        for (const name of ['tiny', 'small', 'truth']) {
          const f = module.exportFunction(name, ['i32'], ['i32']);
          f.get(f.parameters[0]);
        }
      },
      [
        { name: 'tiny', arguments: [types.int()], result: types.tinyint() },
        { name: 'small', arguments: [types.int()], result: types.smallint() },
        { name: 'truth', arguments: [types.int()], result: types.boolean() },
      ],
    );
    expect(harness(bytes, 'tiny').run([[128, -129, 5]])).toEqual([-128, 127, 5]);
    expect(harness(bytes, 'small').run([[32768, 65536 + 7]])).toEqual([-32768, 7]);
    const { memory, udf } = harness(bytes, 'truth');
    const result = udf.call(3, [columnOf(memory, types.int(), [256, 0, -1])], 0);
    expect([...memory.u8.subarray(result.data, result.data + 3)]).toEqual([1, 0, 1]);
  });

  test('decimals with too many digits are NULL, or fail where the result is NOT NULL', () => {
    const bytes = (nullable: boolean) =>
      handMade(
        module => {
          const narrow = module.exportFunction('narrow', ['i64'], ['i64']);
          narrow.get(narrow.parameters[0]).i64.const(10).i64.mul();
          const wide = module.exportFunction('wide', ['i64', 'i64'], ['i64', 'i64']);
          wide.get(wide.parameters[0]).get(wide.parameters[1]).i64.const(1).i64.add();
        },
        [
          { name: 'narrow', arguments: [types.decimal(4, 2, false)], result: types.decimal(4, 2, nullable) },
          { name: 'wide', arguments: [types.decimal(20, 0, false)], result: types.decimal(20, 0, nullable) },
        ],
      );
    const limit = 10n ** 20n;
    expect(harness(bytes(true), 'narrow').run([[999n, 1000n, -999n, -1000n, 9999n]])).toEqual([9990n, null, -9990n, null, null]);
    const wides = [0n, limit - 2n ** 64n - 1n, limit - 2n ** 64n, -(2n ** 64n), -limit - 2n ** 64n + 1n, -limit - 2n ** 64n];
    const results = wides.map(value => value + 2n ** 64n).map(value => (value < limit && value > -limit ? value : null));
    expect(harness(bytes(true), 'wide').run([wides])).toEqual(results);
    expect(failure(() => harness(bytes(false), 'narrow').run([[1n, 1000n]]))).toEqual({
      code: 'udf-result',
      message: "'narrow' returned a decimal with more digits than its type has in row 1 of the batch",
    });
  });

  test('nulls: call gives flags in and takes a flag out', () => {
    const bytes = handMade(
      module => {
        // coalesce(a, b): value and flag of each in, value and flag out.
        const f = module.exportFunction('first', ['f64', 'i32', 'f64', 'i32'], ['f64', 'i32']);
        const [a, hasA, b, hasB] = f.parameters;
        f.get(a).get(b).get(hasA).select();
        f.get(hasA).get(hasB).i32.or();
        // isNull(a, strict): the second argument's NULLs are not passed on.
        const g = module.exportFunction('isNull', ['i64', 'i32', 'i32'], ['i32']);
        g.get(g.parameters[1]).i32.eqz().get(g.parameters[0]).i64.eqz().i32.and();
      },
      [
        { name: 'first', arguments: [types.double(), types.double()], result: types.double(), nulls: 'call' },
        { name: 'isNull', arguments: [types.bigint(), types.int(false)], result: types.boolean(false), nulls: 'call' },
      ],
    );
    expect(
      harness(bytes, 'first').run([
        [1, null, null, 4],
        [5, 6, null, null],
      ]),
    ).toEqual([1, 6, null, 4]);
    expect(
      harness(bytes, 'first').run([
        [1, 2],
        [5, 6],
      ]),
    ).toEqual([1, 2]);
    expect(
      harness(bytes, 'isNull').run([
        [1n, null, null],
        [1, 1, null],
      ]),
    ).toEqual([false, true, null]);
  });

  test('propagating functions may return NULL with a flag', () => {
    const bytes = handMade(
      module => {
        const f = module.exportFunction('root', ['f64'], ['f64', 'i32']);
        f.get(f.parameters[0]).f64.sqrt().get(f.parameters[0]).f64.const(0).f64.ge();
      },
      [{ name: 'root', arguments: [types.double()], result: types.double() }],
    );
    expect(harness(bytes, 'root').run([[4, -1, null, 9]])).toEqual([2, null, null, 3]);
  });

  test('a module without a section has derived signatures', async () => {
    const bytes = handMade(module => {
      const f = module.exportFunction('mix', ['i32', 'i64', 'f32', 'f64'], ['f64']);
      const [a, b, c, d] = f.parameters;
      f.get(a).f64.convertI32S().get(b).f64.convertI64S().f64.add().get(c).f64.promoteF32().f64.add().get(d).f64.add();
      module.exportFunction('nothing', []);
    });
    const { udf, run } = harness(bytes, 'mix');
    expect(udf.function.arguments).toEqual([types.int(), types.bigint(), types.float(), types.double()]);
    expect(run([[1], [2n], [0.5], [0.25]])).toEqual([3.75]);
    expect(loadUdf(bytes, { name: 'x' }).functions.map(entry => entry.name)).toEqual(['mix']);
    const declared = harness(bytes, 'mix', {
      signatures: [
        {
          name: 'mix',
          arguments: [types.date(), types.decimal(10, 2), types.float(), types.double()],
          result: types.double(),
          nulls: 'propagate',
          deterministic: false,
        },
      ],
    });
    expect(declared.run([[1], [250n], [0], [0]])).toEqual([251]);
  });

  test('state lives in the instance, allocation works, start functions run', async () => {
    const bytes = await assemblyScript(
      `
      let calls: i32 = 0;
      const table: i32[] = [10, 20, 30];
      // @sql digits(value BIGINT NOT NULL) RETURNS INT NOT NULL NOT DETERMINISTIC
      export function digits(value: i64): i32 {
        calls++;
        return value.toString().length + table[calls % 3];
      }`,
      { runtime: 'incremental' },
    );
    const { run, udf } = harness(bytes, 'digits');
    expect(udf.function.deterministic).toBe(false);
    expect(run([[1n, 22n, 333n, 4444n]])).toEqual([21, 32, 13, 24]);
    expect(run([Array.from({ length: 5000 }, () => 12345n)])).toHaveLength(5000);
  });

  test('functions without arguments, and several functions in one module', async () => {
    const bytes = await assemblyScript(`
      // @sql seven() RETURNS INT NOT NULL
      export function seven(): i32 { return 7; }
      // @sql twice(x INT NOT NULL) RETURNS INT NOT NULL
      export function twice(x: i32): i32 { return x * 2; }`);
    const memory = new TaskMemory();
    const module = loadUdf(bytes, { name: 'two.wasm' });
    expect(readColumn(memory, new ScalarUdf(module, 'seven', memory).call(3, [], 0), 3)).toEqual([7, 7, 7]);
    expect(harness(bytes, 'twice').run([[4]])).toEqual([8]);
    expect(failure(() => new ScalarUdf(module, 'twcie', memory))).toMatchObject({ code: 'udf-export' });
  });

  test('result types say what can be NULL', async () => {
    const bytes = await assemblyScript(`
      // @sql f(x DOUBLE) RETURNS DOUBLE NOT NULL
      export function f(x: f64): f64 { return x; }`);
    const { udf } = harness(bytes, 'f');
    expect(udf.resultType([types.double(false)]).nullable).toBe(false);
    expect(udf.resultType([types.double()]).nullable).toBe(true);
    expect(harness(bytes, 'f', { onTrap: 'null' }).udf.resultType([types.double(false)]).nullable).toBe(true);
  });
});
