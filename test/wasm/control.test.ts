import { expect, test } from 'vitest';
import { ModuleBuilder } from '../../core/wasm/encoder/index.ts';

type Run = (...operands: (bigint | number)[]) => unknown;
function run(build: (module: ModuleBuilder) => void, imports: WebAssembly.Imports = {}): Record<string, Run> {
  const module = new ModuleBuilder();
  build(module);
  return new WebAssembly.Instance(new WebAssembly.Module(module.build()), imports).exports as Record<string, Run>;
}

test('forRange, while, locals and their reuse', () => {
  const { sum, collatz } = run(module => {
    const f = module.exportFunction('sum', ['i32', 'i32'], ['i64']);
    const [start, end] = f.parameters;
    const index = f.local('i32');
    const total = f.local('i64');
    f.forRange(index, start, end, (next, exit) => {
      f.get(index).i32.const(5).i32.eq().brIf(next);
      f.get(index).i32.const(100).i32.eq().brIf(exit);
      f.get(total).get(index).i64.extendI32U().i64.add().set(total);
    });
    f.release(index);
    expect(f.local('i32')).toBe(index);
    expect(f.local('i32').index).not.toBe(index.index);
    f.get(total);

    const g = module.exportFunction('collatz', ['i64'], ['i32']);
    const [n] = g.parameters;
    const steps = g.local('i32');
    g.while(
      () => g.get(n).i64.const(1).i64.ne(),
      (_exit, again) => {
        g.get(steps).i32.const(1).i32.add().set(steps);
        g.get(n).i32.wrapI64().i32.const(1).i32.and();
        g.if(() => {
          g.get(n).i64.const(3).i64.mul().i64.const(1).i64.add().set(n).br(again);
        });
        g.get(n).i64.const(1).i64.shrU().set(n);
      },
    );
    g.get(steps);
  });
  expect(sum!(0, 10)).toBe(40n);
  expect(sum!(3, 3)).toBe(0n);
  expect(sum!(99, 200)).toBe(99n);
  expect(collatz!(27n)).toBe(111);
});

test('blocks with values, if and else, br_table, return, unreachable, select, drop, nop', () => {
  const exports = run(module => {
    const choose = module.exportFunction('choose', ['i32'], ['i32']);
    choose.block(otherwise => {
      choose.block(second => {
        choose.block(first => {
          choose.get(choose.parameters[0]).brTable([first, second], otherwise);
        });
        choose.i32.const(10).return();
      });
      choose.nop().i32.const(20).return();
    });
    choose.i32.const(30);

    const abs = module.exportFunction('abs', ['f64'], ['f64']);
    const [x] = abs.parameters;
    abs.get(x).f64.const(0).f64.lt();
    abs.if(
      'f64',
      () => abs.get(x).f64.neg(),
      () => abs.get(x),
    );

    const swap = module.exportFunction('swap', ['i32', 'i64'], ['i64', 'i32']);
    const [a, b] = swap.parameters;
    swap.get(a).get(b);
    swap.block({ parameters: ['i32', 'i64'], results: ['i64', 'i32'] }, label => {
      swap.set(b).set(a).get(b).get(a).br(label);
    });

    const trap = module.exportFunction('trap', []);
    trap.unreachable();
    const select = module.exportFunction('select', ['i32'], ['f32']);
    select.i32.const(9).drop().f32.const(1).f32.const(2).get(select.parameters[0]).select();
    const typed = module.exportFunction('typed', ['externref', 'externref', 'i32'], ['externref']);
    for (const parameter of typed.parameters) typed.get(parameter);
    typed.select('externref');
    const isNull = module.exportFunction('isNull', [], ['i32']);
    isNull.refNull('funcref').refIsNull();
  });
  expect([0, 1, 2, -1].map(value => exports.choose!(value))).toEqual([10, 20, 30, 30]);
  expect([exports.abs!(-2.5), exports.abs!(2.5)]).toEqual([2.5, 2.5]);
  expect(exports.swap!(1, 2n)).toEqual([2n, 1]);
  expect(() => exports.trap!()).toThrow(/unreachable/);
  expect([exports.select!(1), exports.select!(0)]).toEqual([1, 2]);
  expect(exports.typed!('a' as never, 'b' as never, 1)).toBe('a');
  expect(exports.isNull!()).toBe(1);
});

test('calls before and after their definition, imports declared late, recursion, tail calls, call_indirect', () => {
  const exports = run(
    module => {
      const factorial = module.exportFunction('factorial', ['i64'], ['i64']);
      const [n] = factorial.parameters;
      factorial.get(n).i64.eqz();
      factorial.if(
        'i64',
        () => factorial.i64.const(1),
        () => factorial.get(n).get(n).i64.const(1).i64.sub().call(factorial).i64.mul(),
      );
      const imported = module.importFunction('env', 'twice', ['i32'], ['i32']);
      const twice = module.exportFunction('useImport', ['i32'], ['i32']);
      twice.get(twice.parameters[0]).call(imported);

      const down = module.exportFunction('down', ['i32'], ['i32']);
      down.get(down.parameters[0]).i32.eqz();
      down.if(() => down.i32.const(7).return());
      down.get(down.parameters[0]).i32.const(1).i32.sub().returnCall(down);

      const plus = module.function('plus', ['i32'], ['i32']);
      plus.get(plus.parameters[0]).i32.const(1).i32.add();
      const minus = module.function('minus', ['i32'], ['i32']);
      minus.get(minus.parameters[0]).i32.const(1).i32.sub();
      const table = module.table([plus, minus]);
      const second = module.table([imported, factorial]);
      const indirect = module.exportFunction('indirect', ['i32', 'i32'], ['i32']);
      const [which, value] = indirect.parameters;
      indirect.get(value).get(which).callIndirect(plus.type, table);
      const indirectSecond = module.exportFunction('indirectSecond', ['i32'], ['i32']);
      indirectSecond.get(indirectSecond.parameters[0]).i32.const(0).callIndirect(imported.type, second);
    },
    { env: { twice: (value: number) => value * 2 } },
  );
  expect(exports.factorial!(20n)).toBe(2432902008176640000n);
  expect(exports.useImport!(21)).toBe(42);
  expect(exports.down!(1_000_000)).toBe(7);
  expect([exports.indirect!(0, 5), exports.indirect!(1, 5)]).toEqual([6, 4]);
  expect(exports.indirectSecond!(4)).toBe(8);
});

test('globals of all types, own and imported, start function', () => {
  const exports = run(
    module => {
      const counter = module.global('i64', 5);
      const half = module.global('f64', 0.5, { mutable: false });
      const small = module.global('f32', 0.25);
      const imported = module.importGlobal('env', 'base', 'i32');
      const init = module.function('init', []);
      init.get(counter).i64.const(10).i64.add().set(counter);
      module.start(init);
      const f = module.exportFunction('get', [], ['i64', 'f64', 'f32', 'i32']);
      f.get(counter).get(half).get(small).get(imported);
      module.export('counter', counter);
    },
    { env: { base: new WebAssembly.Global({ value: 'i32' }, 9) } },
  );
  expect(exports.get!()).toEqual([15n, 0.5, 0.25, 9]);
  expect((exports.counter as unknown as WebAssembly.Global).value).toBe(15n);
});

test('two memories, copy, fill, init, size and grow, data segments, fence, shared import', () => {
  const shared = new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true });
  const exports = run(
    module => {
      const engine = module.importMemory('env', 'memory', { initial: 1, maximum: 2, shared: true });
      const own = module.memory({ initial: 1, maximum: 3 });
      module.data(16, Uint8Array.of(1, 2, 3, 4), own);
      const passive = module.passiveData(Uint8Array.of(9, 8, 7, 6));
      const f = module.exportFunction('run', []);
      f.i32.const(100).i32.const(16).i32.const(4).memoryCopy(engine, own);
      f.i32.const(104).i32.const(5).i32.const(2).memoryFill(engine);
      f.i32.const(106).i32.const(1).i32.const(2).memoryInit(passive, engine).dataDrop(passive);
      f.i32.const(0).i32.const(16).i32.load(0, 4, own).i32.store(108, 4, engine).atomicFence();
      const sizes = module.exportFunction('sizes', [], ['i32', 'i32', 'i32', 'i32']);
      sizes.i32.const(1).memoryGrow(own).memorySize(own).memorySize(engine).i32.const(9).memoryGrow(engine);
    },
    { env: { memory: shared } },
  );
  exports.run!();
  expect([...new Uint8Array(shared.buffer, 100, 12)]).toEqual([1, 2, 3, 4, 5, 5, 8, 7, 1, 2, 3, 4]);
  expect(exports.sizes!()).toEqual([1, 2, 1, -1]);
});

test('a jump to a closed block is a bug that is named', () => {
  const f = new ModuleBuilder().function('bad', []);
  let stale: Parameters<typeof f.br>[0] | undefined;
  f.block(label => {
    stale = label;
  });
  expect(() => f.br(stale!)).toThrow(/bad jumps to a block that is not open/);
});

test('custom sections can be read back', () => {
  const module = new ModuleBuilder();
  module.customSection('hello', Uint8Array.of(1, 2, 3));
  const sections = WebAssembly.Module.customSections(new WebAssembly.Module(module.build()), 'hello');
  expect(sections.map(section => [...new Uint8Array(section)])).toEqual([[1, 2, 3]]);
});
