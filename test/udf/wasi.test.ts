import { expect, test } from 'vitest';
import { types } from '../../core/columnar/types.ts';
import { wasiFunctionType, wasiModule, wasiStubs } from '../../core/udf/wasi-stubs.ts';
import type { FunctionBuilder, FunctionReference, ModuleBuilder } from '../../core/wasm/encoder/index.ts';
import { failure, handMade, harness } from './support.ts';

const signature = { name: 'f', arguments: [types.int(false)], result: types.bigint(false) };

/** A function that calls functions of WASI; `wasi('fd_write')` imports one. */
function calling(
  names: readonly string[],
  body: (f: FunctionBuilder, wasi: Readonly<Record<string, FunctionReference>>, module: ModuleBuilder) => void,
): Uint8Array<ArrayBuffer> {
  return handMade(
    module => {
      const imported = Object.fromEntries(
        names.map(name => {
          const { parameters, results } = wasiFunctionType(name)!;
          return [name, module.importFunction(wasiModule, name, parameters, results)];
        }),
      );
      const memory = module.memory({ initial: 1 });
      module.data(64, new TextEncoder().encode('before\npanic: the tide is out\ngoroutine 1\n'), memory);
      const f = module.exportFunction('f', ['i32'], ['i64']);
      body(f, imported, module);
    },
    [signature],
  );
}

test('clocks stand still until something sleeps, and a sleep ends at once', () => {
  const bytes = calling(['clock_time_get', 'poll_oneoff', 'sched_yield'], (f, wasi) => {
    // a subscription at 128: kind clock, monotonic, after 5 s
    f.i32.const(128).i64.const(5_000_000_000n).i64.store(24);
    f.get(f.parameters[0]!);
    f.if(() => f.i32.const(128).i32.const(256).i32.const(1).i32.const(0).call(wasi['poll_oneoff']!).drop());
    f.call(wasi['sched_yield']!).drop();
    f.i32.const(0).i64.const(0).i32.const(8).call(wasi['clock_time_get']!).drop().i32.const(8).i64.load();
  });
  const start = BigInt(Date.UTC(2000, 0, 1)) * 1_000_000n;
  expect(harness(bytes, 'f').run([[0, 0, 1, 0]])).toEqual([start, start, start + 5_000_000_000n, start + 5_000_000_000n]);
});

test('random numbers are the same for every instance, and not all equal', () => {
  const bytes = calling(['random_get'], (f, wasi) => {
    f.i32.const(8).i32.const(8).call(wasi['random_get']!).drop().i32.const(8).i64.load();
  });
  const first = harness(bytes, 'f').run([[0, 0, 0]]);
  expect(new Set(first).size).toBe(3);
  expect(harness(bytes, 'f').run([[0, 0, 0]])).toEqual(first);
});

test('there are no arguments, no environment, no files, and no more than ENOSYS', () => {
  const code = (name: string, ...values: number[]): number => {
    const bytes = calling([name], (f, wasi) => {
      for (const [index, type] of wasiFunctionType(name)!.parameters.entries())
        if (type === 'i64') f.i64.const(0);
        else f.i32.const(values[index] ?? 0);
      f.call(wasi[name]!).i64.extendI32U();
    });
    return Number(harness(bytes, 'f').run([[0]])[0]);
  };
  expect(code('args_sizes_get', 8, 12)).toBe(0);
  expect(code('environ_sizes_get', 8, 12)).toBe(0);
  expect(code('path_open')).toBe(52);
  expect(code('sock_accept')).toBe(52);
  expect(code('fd_prestat_get', 3)).toBe(8);
  expect(code('fd_read', 0, 0, 0, 8)).toBe(0);
  expect(code('fd_pread', 0)).toBe(52);
  expect(code('fd_write', 9, 0, 0, 8)).toBe(8);
  // addresses outside its memory, and lists of absurd length
  expect(code('fd_write', 1, 0, 0, 65533)).toBe(21);
  expect(code('fd_write', 1, 65529, 1, 8)).toBe(21);
  expect(code('fd_write', 1, 0, -1, 8)).toBe(28);
  expect(code('random_get', -8, 4)).toBe(21);
  expect(code('random_get', 0, 65537)).toBe(21);
  expect(code('poll_oneoff', 0, 0, 0, 0)).toBe(28);
  expect(code('poll_oneoff', 65500, 0, 1, 0)).toBe(21);
});

test('what was printed to standard error is in the error; leaving is a trap', () => {
  const dying = (end: (f: FunctionBuilder, wasi: Readonly<Record<string, FunctionReference>>) => void) =>
    calling(['fd_write', 'proc_exit', 'proc_raise'], (f, wasi) => {
      f.i32.const(0).i32.const(64).i32.store().i32.const(4).i32.const(42).i32.store();
      f.i32.const(2).i32.const(0).i32.const(1).i32.const(16).call(wasi['fd_write']!).drop();
      end(f, wasi);
    });
  const message = (bytes: Uint8Array<ArrayBuffer>) => failure(() => harness(bytes, 'f').run([[0]])).message;
  const printed = "; it printed 'panic: the tide is out', in row 0 of the batch";
  expect(message(dying((f, wasi) => f.i32.const(3).call(wasi['proc_exit']!).unreachable()))).toBe(
    `'f' trapped: exit with code 3${printed}`,
  );
  expect(message(dying((f, wasi) => f.i32.const(6).call(wasi['proc_raise']!).drop().i64.const(0)))).toBe(
    `'f' trapped: raised signal 6${printed}`,
  );
  expect(message(dying(f => f.unreachable()))).toBe(`'f' trapped: unreachable${printed}`);
});

test('calls cost fuel, by length as well', () => {
  const endless = (name: string, values: readonly number[]) =>
    calling([name], (f, wasi) => {
      f.loop(again => {
        for (const value of values) f.i32.const(value);
        f.call(wasi[name]!).drop().br(again);
      }).i64.const(0);
    });
  for (const [name, values] of [
    ['random_get', [0, 65536]],
    ['sched_yield', []],
    ['fd_write', [1, 0, 1024, 16]],
    ['poll_oneoff', [0, 0, 1024, 0]],
  ] as const)
    expect(failure(() => harness(endless(name, values), 'f').run([[0]])).code, name).toBe('udf-fuel');
});

test('stubs without a memory say EFAULT', () => {
  const { imports } = wasiStubs({ memory: undefined, charge: () => {} });
  expect(imports['random_get']!(0, 1)).toBe(21);
  expect(imports['args_sizes_get']!(0, 4)).toBe(21);
});
