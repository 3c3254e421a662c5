import { describe, expect, test } from 'vitest';
import { type SqlType, types } from '../../core/columnar/types.ts';
import { loadUdf } from '../../core/udf/index.ts';
import { assemblyScript, failure, handMade, harness } from './support.ts';

/** Writes results to places: -1 is NULL, less an error with a message. */
const placed = `
  // @sql half(x INT) RETURNS INT
  export function half(place: usize, x: i32): void {
    store<i32>(place, x / 2);
    store<i32>(place, x == -1 ? 0 : x < -1 ? 2 : 1, 16);
    if (x < -1) {
      const bytes = String.UTF8.encode("odd ünit " + x.toString());
      store<usize>(place, changetype<usize>(bytes), 20);
      store<i32>(place, x == -9 ? -1 : bytes.byteLength, 24);
    }
  }
  // @sql wide(x INT NOT NULL) RETURNS DECIMAL(38, 0) NOT NULL
  export function wide(place: usize, x: i32): void {
    store<i64>(place, x);
    store<i64>(place, x < 0 ? -1 : x == 7 ? i64.MAX_VALUE : 1, 8);
    store<i32>(place, x == 5 ? 0 : 1, 16);
  }
  // @sql echo(text STRING) RETURNS STRING
  export function echo(place: usize, text: usize, bytes: i32): void {
    store<usize>(place, text);
    store<i32>(place, bytes, 4);
    store<i32>(place, bytes == 1 ? 0 : bytes == 2 ? 2 : 1, 16);
    store<i64>(place, 0, 20);
  }
  @external("tidemill", "fail") declare function fail(message: usize, bytes: i32): void;
  // @sql picky(x INT) RETURNS INT
  export function picky(x: i32): i32 {
    if (x == 3) {
      const bytes = String.UTF8.encode("no threes");
      fail(changetype<usize>(bytes), bytes.byteLength);
    }
    return x;
  }
  export function tidemill_allocate(bytes: i32): usize { return heap.alloc(bytes); }`;

const build = () => assemblyScript(placed);

describe('results by place', () => {
  test('values, NULLs, and rows that are not asked', async () => {
    const { run } = harness(await build(), 'half');
    expect(run([[4, null, 7, -1, 100]])).toEqual([2, null, 3, null, 50]);
    expect(run([[4, 5, -1, 8]], [1, 0, 1, 1]).filter((_, row) => row !== 1)).toEqual([2, null, 4]);
  });

  test("a row's error has its message, or makes the row NULL while the instance goes on", async () => {
    const { run } = harness(await build(), 'half');
    expect(failure(() => run([[2, 4, -2]]))).toEqual({
      code: 'udf-error',
      message: "'half' in row 2 of the batch: odd ünit -2",
    });
    expect(failure(() => run([[-9]])).message).toBe("'half' in row 0 of the batch: ");
    const lenient = harness(await build(), 'half', { onTrap: 'null' });
    expect(lenient.run([[-2, 4, -3, null, 6, -4]])).toEqual([null, 2, null, null, 3, null]);
    expect(lenient.failedRows()).toBe(3);
    expect(lenient.run([[8]])).toEqual([4]);
  });

  test('long decimals; NULL where none may be; too many digits', async () => {
    const { run } = harness(await build(), 'wide');
    expect(run([[3, -4]])).toEqual([(1n << 64n) + 3n, -4n]);
    expect(failure(() => run([[5]]))).toMatchObject({ code: 'udf-result', message: expect.stringContaining('NULL') });
    expect(failure(() => run([[7]]))).toMatchObject({ code: 'udf-result', message: expect.stringContaining('digits') });
  });

  test('text, short and long', async () => {
    const { run } = harness(await build(), 'echo');
    const long = 'long enough to lie elsewhere'.repeat(10);
    expect(run([['abc', long, 'x', null, '']])).toEqual(['abc', long, null, null, '']);
    expect(failure(() => run([['ab']])).code).toBe('udf-error');
  });

  test('giving up is a trap with a message', async () => {
    const { run } = harness(await build(), 'picky');
    expect(run([[1, 2]])).toEqual([1, 2]);
    expect(failure(() => run([[1, 3]]))).toEqual({
      code: 'udf-trap',
      message: "'picky' trapped: no threes, in row 1 of the batch",
    });
  });
});

describe('modules that lie about their place', () => {
  const lying = (room: number, result: SqlType = types.int(false)) =>
    handMade(
      module => {
        module.memory({ initial: 1, maximum: 1 });
        const allocate = module.function('tidemill_allocate', ['i32'], ['i32']);
        allocate.i32.const(room);
        const f = module.function('f', ['i32'], []);
        f.i32.const(0).drop();
        module.export('tidemill_allocate', allocate);
        module.export('f', f);
      },
      [{ name: 'f', arguments: [], result }],
    );
  test.each([0, 65_536, 65_505, -1, -32])('a place at %d', room => {
    const { udf } = harness(lying(room), 'f');
    expect(failure(() => udf.call(1, [], 0))).toMatchObject({ code: 'udf-memory' });
  });

  test('one that is not written to is NULL', () => {
    const { udf } = harness(lying(65_504), 'f');
    expect(failure(() => udf.call(1, [], 0))).toMatchObject({ code: 'udf-result' });
    expect(harness(lying(65_504, types.int()), 'f').udf.function.makesNulls).toBe(true);
  });

  test('without tidemill_allocate there is none', () => {
    const bytes = handMade(
      module => {
        module.memory({ initial: 1, maximum: 1 });
        const f = module.function('f', ['i32', 'i32'], []);
        module.export('f', f);
      },
      [{ name: 'f', arguments: [types.int()], result: types.int() }],
    );
    expect(failure(() => loadUdf(bytes, { name: 'f.wasm' }))).toMatchObject({
      code: 'udf-export',
      message: expect.stringContaining('tidemill_allocate'),
    });
  });
});
