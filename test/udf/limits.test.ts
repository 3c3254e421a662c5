import { describe, expect, test } from 'vitest';
import { types } from '../../core/columnar/types.ts';
import { loadUdf, ScalarUdf } from '../../core/udf/index.ts';
import type { FunctionBuilder, ModuleBuilder } from '../../core/wasm/encoder/index.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';
import { assemblyScript, failure, handMade, harness } from './support.ts';

const signature = { name: 'f', arguments: [types.int(false)], result: types.int(false) };
const fuelLimits = { fuelPerBatch: 20_000_000, fuelPerRow: 100 };

/** A function that misbehaves in row 3, where its argument is 7. */
function misbehaving(body: (f: FunctionBuilder, module: ModuleBuilder) => void): Uint8Array<ArrayBuffer> {
  return handMade(
    module => {
      module.memory({ initial: 1, maximum: 65536 });
      const f = module.exportFunction('f', ['i32'], ['i32']);
      f.get(f.parameters[0]).i32.const(7).i32.eq();
      f.if(() => body(f, module));
      f.get(f.parameters[0]);
    },
    [signature],
  );
}
const inputs = [[1, 2, 3, 7, 5]];

describe('fuel stops', () => {
  const endless: [string, (f: FunctionBuilder, module: ModuleBuilder) => void][] = [
    ['an empty loop', f => f.loop(again => f.br(again))],
    [
      'nested loops',
      f => {
        f.loop(outer => f.loop(inner => f.get(f.parameters[0]!).brIf(inner)).br(outer));
      },
    ],
    [
      'a loop by br_table',
      f => {
        f.loop(again => f.get(f.parameters[0]!).brTable([again, again], again));
      },
    ],
    [
      'a loop with parameters and results',
      f => {
        f.i32.const(1);
        f.loop({ parameters: ['i32'], results: ['i32'] }, again => {
          f.i32.const(1).i32.or().br(again);
        }).drop();
      },
    ],
    ['tail recursion', f => f.get(f.parameters[0]!).returnCall(f)],
    [
      'tail calls through a table',
      (f, module) => {
        const table = module.table([f]);
        f.get(f.parameters[0]!).i32.const(0).raw(0x13, 0x00, 0x00);
        expect(table.index).toBe(0);
      },
    ],
    [
      'exponential calls of small functions',
      (f, module) => {
        let callee = module.function('leaf', []);
        for (let level = 0; level < 40; level++) {
          const caller = module.function(`level${level}`, []);
          caller.call(callee).call(callee);
          callee = caller;
        }
        f.call(callee);
      },
    ],
    ['long memory.fill', f => f.loop(again => f.i32.const(0).i32.const(0).i32.const(65536).memoryFill().br(again))],
    ['long memory.copy', f => f.loop(again => f.i32.const(0).i32.const(0).i32.const(65536).memoryCopy().br(again))],
    ['memory.grow', f => f.loop(again => f.i32.const(0).memoryGrow().drop().br(again))],
  ];
  test.each(endless)('%s', (_name, body) => {
    const before = performance.now();
    const error = failure(() => harness(misbehaving(body), 'f', { limits: fuelLimits }).run(inputs));
    expect(error).toEqual({ code: 'udf-fuel', message: "'f' used up its fuel of 20000500 units in row 3 of the batch" });
    expect(performance.now() - before).toBeLessThan(5000);
  });

  test('an endless start function, at the first call', () => {
    const bytes = handMade(
      module => {
        const f = module.exportFunction('f', ['i32'], ['i32']);
        f.get(f.parameters[0]);
        const start = module.function('start', []);
        start.loop(again => start.br(again));
        module.start(start);
      },
      [signature],
    );
    expect(failure(() => harness(bytes, 'f', { limits: fuelLimits }).run(inputs))).toEqual({
      code: 'udf-fuel',
      message: "'f' used up its fuel of 20000000 units while its module starts",
    });
  });

  test('a batch shares its fuel, and each batch gets it anew', async () => {
    const bytes = await assemblyScript(`
      // @sql f(n INT NOT NULL) RETURNS INT NOT NULL
      export function f(n: i32): i32 { let s = 0; for (let i = 0; i < n; i++) s ^= s * 31 + i; return s; }`);
    const { run } = harness(bytes, 'f', { limits: { fuelPerBatch: 100_000, fuelPerRow: 0 } });
    for (let batch = 0; batch < 20; batch++) expect(run([[1000, 1000]])).toHaveLength(2);
    expect(failure(() => run([Array.from({ length: 20 }, () => 1000)])).message).toMatch(/fuel of 100000 units in row [3-9] of/);
    expect(run([[1000]])).toHaveLength(1);
  });

  test('a metered function computes what it did', async () => {
    const source = `
      // @sql primes(n INT NOT NULL) RETURNS INT NOT NULL
      export function primes(n: i32): i32 {
        const sieve = new Array<bool>(n + 1); let count = 0;
        for (let i = 2; i <= n; i++) { if (sieve[i]) continue; count++; for (let j = i * 2; j <= n; j += i) sieve[j] = true; }
        return count;
      }`;
    expect(harness(await assemblyScript(source, { runtime: 'incremental' }), 'primes').run([[10, 100, 10000]])).toEqual([
      4, 25, 1229,
    ]);
  });
});

describe('memory and tables', () => {
  test('growth stops at the cap and the trap that follows says so', async () => {
    const bytes = await assemblyScript(`
      // @sql f(n INT NOT NULL) RETURNS INT NOT NULL
      export function f(n: i32): i32 {
        let total = 0;
        while (n == 7) total += new Uint8Array(1 << 20).length;
        return total + memory.size();
      }`);
    const { run, udf } = harness(bytes, 'f', { limits: { memoryPagesMax: 64 } });
    expect(udf.call).toBeDefined();
    const error = failure(() => run(inputs));
    expect(error.code).toBe('udf-memory');
    expect(error.message).toMatch(/^'f' trapped \(.*\) after its memory could not grow beyond 4 MiB in row 3 of the batch$/);
  });

  test('memory.grow gives −1 at the cap, though the module asked for more', () => {
    const bytes = handMade(
      module => {
        module.memory({ initial: 1, maximum: 65536 });
        const f = module.exportFunction('f', ['i32'], ['i32']);
        f.get(f.parameters[0]).memoryGrow();
      },
      [signature],
    );
    const { run } = harness(bytes, 'f', { limits: { memoryPagesMax: 8 } });
    expect(run([[6, 1, 1, 0, 65535]])).toEqual([1, 7, -1, 8, -1]);
    expect(failure(() => loadUdf(bytes, { name: 'm.wasm', limits: { memoryPagesMax: 0 } }))).toEqual({
      code: 'udf-memory',
      message: 'm.wasm asks for 1 pages of memory at the start; at most 0 of 64 KiB are allowed',
    });
  });

  test('tables are capped', () => {
    const withTable = (initial: number, tables = 1) =>
      handMade(
        module => {
          const f = module.exportFunction('f', ['i32'], ['i32']);
          for (let count = 0; count < tables; count++) module.table([f], { initial });
          // ref.null func, delta, table.grow 0
          f.raw(0xd0, 0x70).get(f.parameters[0]).raw(0xfc, 0x0f, 0x00);
        },
        [signature],
      );
    expect(harness(withTable(1), 'f', { limits: { tableElementsMax: 100 } }).run([[98, 1, 1, 100_000]])).toEqual([1, 99, -1, -1]);
    expect(failure(() => loadUdf(withTable(101), { name: 't.wasm', limits: { tableElementsMax: 100 } })).code).toBe('udf-table');
    expect(failure(() => loadUdf(withTable(1, 9), { name: 't.wasm' })).code).toBe('udf-table');
  });

  test('modules that are too large', () => {
    const bytes = misbehaving(f => f.unreachable());
    expect(failure(() => loadUdf(bytes, { name: 'big.wasm', limits: { moduleBytesMax: 10 } })).code).toBe('udf-size');
  });
});

describe('traps', () => {
  test('name the function and the row', () => {
    const { run } = harness(
      misbehaving(f => f.unreachable()),
      'f',
    );
    expect(failure(() => run(inputs))).toEqual({ code: 'udf-trap', message: "'f' trapped: unreachable, in row 3 of the batch" });
    expect(run([[1, 2]])).toEqual([1, 2]);
    const outside = misbehaving(f => f.i32.const(-8).i32.load().drop());
    expect(failure(() => harness(outside, 'f').run(inputs)).message).toMatch(/memory access out of bounds.* in row 3/);
    const division = misbehaving(f => f.i32.const(1).i32.const(0).i32.divS().drop());
    expect(failure(() => harness(division, 'f').run(inputs)).message).toMatch(/divide by zero.* in row 3/);
  });

  test('stack overflow', () => {
    const bytes = handMade(
      module => {
        const f = module.exportFunction('f', ['i32'], ['i32']);
        f.get(f.parameters[0]).call(f).i32.const(1).i32.add();
      },
      [signature],
    );
    expect(failure(() => harness(bytes, 'f').run(inputs))).toEqual({
      code: 'udf-stack',
      message: "'f' used up the stack in row 0 of the batch",
    });
  });

  test('abort tells its message', async () => {
    const bytes = await assemblyScript(`
      // @sql f(n INT NOT NULL) RETURNS INT NOT NULL
      export function f(n: i32): i32 { if (n == 7) throw new Error('seven is no good'); return n; }`);
    const error = failure(() => harness(bytes, 'f').run(inputs));
    expect(error.code).toBe('udf-trap');
    expect(error.message).toMatch(/^'f' trapped: abort 'seven is no good' at \d+:\d+, in row 3 of the batch$/);
  });

  test('abort with addresses that make no sense', () => {
    for (const address of [0, 3, 65536, -1, -4, 100]) {
      const bytes = handMade(
        module => {
          const abort = module.importFunction('env', 'abort', ['i32', 'i32', 'i32', 'i32']);
          const own = module.memory({ initial: 1 });
          module.data(96, new Uint8Array(4).fill(0xff), own);
          const f = module.exportFunction('f', ['i32'], ['i32']);
          f.i32.const(address).i32.const(address).i32.const(1).i32.const(2).call(abort).unreachable();
        },
        [signature],
      );
      expect(failure(() => harness(bytes, 'f').run(inputs)).message).toBe("'f' trapped: abort at 1:2, in row 0 of the batch");
    }
  });

  test('onTrap null makes the row NULL, counts it, and goes on with a fresh instance', () => {
    const bytes = handMade(
      module => {
        const calls = module.global('i32', 0);
        const f = module.exportFunction('f', ['i32'], ['i32']);
        f.get(calls).i32.const(1).i32.add().set(calls);
        f.get(f.parameters[0]).i32.const(7).i32.eq();
        f.if(() => f.unreachable());
        f.get(calls);
      },
      [signature],
    );
    const { run, failedRows } = harness(bytes, 'f', { onTrap: 'null' });
    expect(run([[1, 1, 7, 1, 1, 7, 7, 1]])).toEqual([1, 2, null, 1, 2, null, null, 1]);
    expect(failedRows()).toBe(3);
    const rows = Array.from({ length: 200 }, (_, row) => (row === 63 || row === 64 || row === 199 ? 7 : 1));
    expect(
      run([rows])
        .map((value, row) => (value === null ? row : -1))
        .filter(row => row >= 0),
    ).toEqual([63, 64, 199]);
    expect(failedRows()).toBe(3);
    expect(run([[1, 7, 1]], [1, 0, 1])).toEqual([1, 0, 2]);
  });

  test('onTrap null with rows that run out of fuel ends in an error, not in a crawl', () => {
    const bytes = misbehaving(f => f.loop(again => f.br(again)));
    const { run, failedRows } = harness(bytes, 'f', { onTrap: 'null', limits: { fuelPerBatch: 100_000, fuelPerRow: 10 } });
    expect(run([[1, 7, 2, 7]])).toEqual([1, null, 2, null]);
    expect(failedRows()).toBe(2);
    expect(failure(() => run([Array.from({ length: 100 }, () => 7)])).code).toBe('udf-fuel');
  });

  test('a start function that traps, a data segment that does not fit', () => {
    const starting = handMade(
      module => {
        const f = module.exportFunction('f', ['i32'], ['i32']);
        f.get(f.parameters[0]);
        const start = module.function('start', []);
        start.unreachable();
        module.start(start);
      },
      [signature],
    );
    expect(failure(() => harness(starting, 'f').run(inputs)).message).toBe("'f' trapped: unreachable, while its module starts");
    const data = handMade(
      module => {
        module.memory({ initial: 1 });
        module.data(65530, new Uint8Array(10));
        const f = module.exportFunction('f', ['i32'], ['i32']);
        f.get(f.parameters[0]);
      },
      [signature],
    );
    expect(failure(() => harness(data, 'f', { onTrap: 'null' }).run(inputs)).code).toBe('udf-trap');
  });
});

test('a module can be posted to another thread', async () => {
  const { Worker } = await import('node:worker_threads');
  const bytes = await assemblyScript(`
    // @sql twice(x DOUBLE) RETURNS DOUBLE
    export function twice(x: f64): f64 { return x * 2; }`);
  const url = (path: string) => new URL(`../../core/${path}`, import.meta.url).href;
  const worker = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads');
     Promise.all([import('${url('udf/index.ts')}'), import('${url('wasm/memory.ts')}'), import('${url('columnar/types.ts')}'),
       import('${url('columnar/write-values.ts')}'), import('${url('columnar/read-values.ts')}')])
       .then(([{ ScalarUdf }, { TaskMemory }, { types }, { columnOf }, { readColumn }]) => {
         const memory = new TaskMemory();
         const udf = new ScalarUdf(workerData, 'twice', memory);
         parentPort.postMessage(readColumn(memory, udf.call(2, [columnOf(memory, types.double(), [1.5, null])], 0), 2));
       });`,
    { eval: true, workerData: loadUdf(bytes, { name: 'twice.wasm' }) },
  );
  const values = await new Promise((resolve, reject) => worker.on('message', resolve).on('error', reject));
  expect(values).toEqual([3, null]);
  await worker.terminate();
});

test('two functions of one module have instances of their own', () => {
  const bytes = handMade(
    module => {
      const count = module.global('i32', 0);
      for (const name of ['f', 'g']) {
        const f = module.exportFunction(name, ['i32'], ['i32']);
        f.get(count).i32.const(1).i32.add().set(count).get(count);
      }
    },
    [signature, { ...signature, name: 'g' }],
  );
  const memory = new TaskMemory();
  const module = loadUdf(bytes, { name: 'x.wasm' });
  expect(new ScalarUdf(module, 'f', memory).name).toBe('f');
  expect(harness(bytes, 'f').run([[0, 0]])).toEqual([1, 2]);
  expect(harness(bytes, 'g').run([[0, 0]])).toEqual([1, 2]);
});
