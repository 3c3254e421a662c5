import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { civilFromDays, daysFromCivil, formatDouble, formatFloat, formatValue } from '../../core/columnar/format-value.ts';
import { jsonRow, jsonValue } from '../../core/columnar/json-value.ts';
import { publicRow, publicValue } from '../../core/columnar/public-values.ts';
import { isNull, readColumn, readRows, readValue, readWeights } from '../../core/columnar/read-values.ts';
import { types } from '../../core/columnar/types.ts';
import { columnOf, valuesToBatch } from '../../core/columnar/write-values.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';
import { arbitraryType, arbitraryValue } from './arbitraries.ts';

describe('columns of values', () => {
  test('every value of every type reads back as written', () => {
    const memory = new TaskMemory();
    const sample = arbitraryType.chain(type => fc.tuple(fc.constant(type), fc.array(arbitraryValue(type), { maxLength: 80 })));
    fc.assert(
      fc.property(sample, ([type, values]) => {
        memory.arena.reset();
        const column = columnOf(memory, type, values);
        expect(readColumn(memory, column, values.length)).toEqual(values);
        values.forEach((value, row) => {
          expect(isNull(memory, column, row)).toBe(value === null);
          expect(readValue(memory, column, row)).toEqual(value);
        });
      }),
      { numRuns: 300 },
    );
  });

  test('inline strings are padded with zeros, long ones point at their text', () => {
    const memory = new TaskMemory();
    memory.u8.fill(255, 4 * 65536, 5 * 65536);
    const { data } = columnOf(memory, types.string(), ['abc', 'a text of 21 letters!']);
    expect([...memory.u8.subarray(data, data + 16)]).toEqual([3, 0, 0, 0, 97, 98, 99, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(memory.u32[(data + 16) / 4]).toBe(21);
    expect(String.fromCharCode(...memory.u8.subarray(data + 20, data + 24))).toBe('a te');
    expect(memory.u32[(data + 28) / 4]).toBe(0);
  });

  test('batches keep rows and weights', () => {
    const memory = new TaskMemory();
    const schema = [
      { name: 'a', type: types.bigint() },
      { name: 'b', type: types.string() },
    ];
    const rows = [
      [1n, 'x'],
      [null, 'y'],
    ];
    const batch = valuesToBatch(memory, schema, rows, [1, -1]);
    expect(readRows(memory, batch)).toEqual(rows);
    expect(readWeights(memory, batch)).toEqual([1, -1]);
    expect(readWeights(memory, valuesToBatch(memory, schema, rows))).toEqual([1, 1]);
  });

  test('a value of the wrong kind is refused', () => {
    expect(() => columnOf(new TaskMemory(), types.bigint(), [1])).toThrow('BIGINT wants a bigint, got number 1');
  });
});

describe('text of values', () => {
  test.each([
    [null, types.int(), 'NULL'],
    [true, types.boolean(), 'TRUE'],
    [-5, types.tinyint(), '-5'],
    [9007199254740993n, types.bigint(), '9007199254740993'],
    [-1250n, types.decimal(6, 2), '-12.50'],
    [5n, types.decimal(38, 10), '0.0000000005'],
    [100, types.double(), '100.0'],
    [0.1 + 0.2, types.double(), '0.30000000000000004'],
    [1e7, types.double(), '1.0E7'],
    [1.25e-4, types.double(), '1.25E-4'],
    [0.001, types.double(), '0.001'],
    [9999999.5, types.double(), '9999999.5'],
    [1e21, types.double(), '1.0E21'],
    [1.5e300, types.double(), '1.5E300'],
    [-0, types.double(), '-0.0'],
    [Number.NaN, types.double(), 'NaN'],
    [Number.NEGATIVE_INFINITY, types.double(), '-Infinity'],
    [Math.fround(0.1), types.float(), '0.1'],
    [Math.fround(3.4028235e38), types.float(), '3.4028235E38'],
    [new Uint8Array([1, 171]), types.bytes(), "x'01ab'"],
    [0, types.date(), '1970-01-01'],
    [-719529, types.date(), '-0001-12-31'],
    [86399000, types.time(), '23:59:59'],
    [86399120, types.time(), '23:59:59.12'],
    [1769903999123000n, types.timestamp(3), '2026-01-31 23:59:59.123'],
    [1769903999000000n, types.timestamp(3), '2026-01-31 23:59:59.000'],
    [1769903999000000n, types.timestamp(0), '2026-01-31 23:59:59'],
    [-1n, types.timestamp(9), '1969-12-31 23:59:59.999999999'],
    [14, types.intervalYearMonth(), '+1-02'],
    [-93784005n, types.intervalDayTime(), '-1 02:03:04.005'],
    [[1, null], types.array(types.int()), '[1, NULL]'],
    [[['k', 1.5]], types.map(types.string(), types.double()), '{k=1.5}'],
    [[['e', 2]], types.multiset(types.string()), '{e=2}'],
    [
      [1, 'a'],
      types.row([
        { name: 'n', type: types.int() },
        { name: 's', type: types.string() },
      ]),
      '(1, a)',
    ],
  ])('%s as %o', (value, type, text) => {
    expect(formatValue(value, type)).toBe(text);
  });

  test('shown bytes are text when cast', () => {
    expect(formatValue(new TextEncoder().encode('hé'), types.bytes(), 'cast')).toBe('hé');
  });

  test('floating numbers read back', () => {
    fc.assert(fc.property(fc.double(), value => Object.is(Number(formatDouble(value)), value)));
    fc.assert(fc.property(fc.float(), value => Object.is(Math.fround(Number(formatFloat(value))), value)));
  });

  test('days and civil dates are inverse and agree with Date', () => {
    fc.assert(
      fc.property(fc.integer({ min: -3_000_000, max: 3_000_000 }), days => {
        const [year, month, day] = civilFromDays(days);
        expect(daysFromCivil(year, month, day)).toBe(days);
        const date = new Date(days * 86_400_000);
        expect([year, month, day]).toEqual([date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()]);
      }),
    );
  });
});

describe('JSON and Table API values', () => {
  test('JSON keeps all digits and is JSON', () => {
    expect(jsonValue(9007199254740993n, types.bigint())).toBe('9007199254740993');
    expect(jsonValue(1250n, types.decimal(6, 2))).toBe('12.50');
    expect(jsonValue(Number.NaN, types.double())).toBe('"NaN"');
    expect(jsonValue(Number.NEGATIVE_INFINITY, types.float())).toBe('"-Infinity"');
    expect(jsonValue(Math.fround(0.1), types.float())).toBe('0.1');
    expect(jsonValue(1769903999123000n, types.timestampLtz(3))).toBe('"2026-01-31 23:59:59.123Z"');
    expect(jsonValue(new Uint8Array([255]), types.bytes())).toBe('"/w=="');
    expect(jsonValue([[1, 'a"']], types.map(types.int(), types.string()))).toBe('{"1":"a\\""}');
    const schema = [
      { name: 'b', type: types.int() },
      { name: 'a', type: types.array(types.boolean()) },
    ];
    expect(jsonRow(schema, [1, [true, null]], '+I')).toBe('{"op":"+I","b":1,"a":[true,null]}');
    fc.assert(
      fc.property(
        arbitraryType.chain(type => fc.tuple(fc.constant(type), arbitraryValue(type))),
        ([type, value]) => {
          JSON.parse(jsonValue(value, type));
        },
      ),
    );
  });

  test('public values', () => {
    expect(publicValue(-1n, types.timestampLtz(9))).toEqual(new Date(-1));
    expect(publicValue(1500n, types.timestampLtz(3))).toEqual(new Date(1));
    expect(publicValue([['k', 1n]], types.map(types.string(), types.bigint()))).toEqual(new Map([['k', 1n]]));
    const schema = [
      { name: 'n', type: types.bigint() },
      { name: 'd', type: types.date() },
    ];
    expect(publicRow(schema, [3n, 1], new Set(['n']))).toEqual({ n: 3, d: '1970-01-02' });
  });
});
