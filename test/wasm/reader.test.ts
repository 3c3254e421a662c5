import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ByteWriter, type FunctionBuilder, ModuleBuilder } from '../../core/wasm/encoder/index.ts';
import { ByteReader, InstructionCursor, ModuleEditor, readModule } from '../../core/wasm/reader/index.ts';

function failureCode(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'none';
}

/** A module of given sections: [id, content] … */
function sectionsOf(...sections: [number, number[]][]): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter();
  out.bytes(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
  for (const [id, content] of sections) {
    out.u8(id);
    out.sized(Uint8Array.from(content));
  }
  return out.finish();
}

function withBody(emit: (f: FunctionBuilder) => void): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  module.memory({ initial: 1 });
  emit(module.exportFunction('f', []));
  return module.build();
}

function walk(bytes: Uint8Array): number {
  let count = 0;
  for (const body of readModule(bytes).bodies) {
    const reader = new ByteReader(body);
    for (let groups = reader.u32(); groups > 0; groups--) {
      reader.u32();
      reader.u8();
    }
    const cursor = new InstructionCursor(reader);
    while (cursor.next()) count++;
    expect(reader.position).toBe(body.length);
  }
  return count;
}

test('sections of a module with everything', () => {
  const module = new ModuleBuilder();
  const imported = module.importFunction('env', 'abort', ['i32'], []);
  const own = module.memory({ initial: 2, maximum: 9 });
  module.global('f64', 1.5);
  const f = module.exportFunction('f', ['i64', 'v128'], ['i64', 'f32']);
  f.get(f.parameters[0]).f32.const(1);
  const start = module.function('start', []);
  module.start(start);
  module.table([f, imported], { initial: 5, maximum: 7 });
  module.data(3, Uint8Array.of(1, 2), own);
  module.passiveData(Uint8Array.of(3));
  module.export('memory', own);
  module.customSection('note', Uint8Array.of(7));
  const image = readModule(module.build());
  expect(image.imports).toEqual([{ module: 'env', name: 'abort', kind: 'function', type: 0 }]);
  expect(image.types[image.functions[0]!]).toEqual({ parameters: ['i64', 'v128'], results: ['i64', 'f32'] });
  expect(image.memories).toEqual([{ initial: 2, maximum: 9, shared: false }]);
  expect(image.tables[0]!.limits).toMatchObject({ initial: 5, maximum: 7 });
  expect(image.exports).toEqual([
    { name: 'f', kind: 'function', index: 1 },
    { name: 'memory', kind: 'memory', index: 0 },
  ]);
  expect([image.start, image.globals.count, image.data.count, image.dataCount]).toEqual([2, 1, 2, 2]);
  expect([...image.referencedFunctions]).toEqual([1, 0]);
  expect(image.customSections.map(section => section.name)).toEqual(['note']);
});

test('all kinds of element segments are read', () => {
  // type () → (); functions 0 … 2; a table; segments of the flags 0 … 7
  const reference = (index: number) => [0xd2, index, 0x0b];
  const zero = [0x41, 0, 0x0b];
  const segments = [
    [0, ...zero, 1, 0],
    [1, 0, 1, 1],
    [2, 0, ...zero, 0, 1, 0],
    [3, 0, 1, 2],
    [4, ...zero, 1, ...reference(0)],
    [5, 0x70, 1, ...reference(1)],
    [6, 0, ...zero, 0x70, 1, ...reference(0)],
    [7, 0x70, 2, ...reference(2), 0xd0, 0x70, 0x0b],
  ];
  const bytes = sectionsOf(
    [1, [1, 0x60, 0, 0]],
    [3, [4, 0, 0, 0, 0]],
    [4, [1, 0x70, 0, 8]],
    [9, [segments.length, ...segments.flat()]],
    [10, [4, 2, 0, 0x0b, 2, 0, 0x0b, 2, 0, 0x0b, 2, 0, 0x0b]],
  );
  expect(WebAssembly.validate(bytes)).toBe(true);
  expect([...readModule(bytes).referencedFunctions].sort()).toEqual([0, 1, 2]);
  expect(WebAssembly.validate(new ModuleEditor(readModule(bytes)).build())).toBe(true);
});

describe('what is not run is refused by name', () => {
  const type = [1, [1, 0x60, 0, 0]] as [number, number[]];
  const refused: [string, Uint8Array<ArrayBuffer>][] = [
    ['64-bit memory', sectionsOf([5, [1, 4, 1]])],
    ['shared memory', sectionsOf([5, [1, 3, 1, 2]])],
    ['exceptions, tag section', sectionsOf(type, [13, [1, 0, 0]])],
    ['exceptions, try_table', withBody(f => f.raw(0x1f, 0x40, 0x00, 0x0b))],
    ['struct type', sectionsOf([1, [1, 0x5f, 0]])],
    ['typed reference parameter', sectionsOf([1, [1, 0x60, 1, 0x63, 0x70, 0]])],
    ['typed reference block', withBody(f => f.raw(0x02, 0x63, 0x70, 0xd0, 0x70, 0x0b).drop())],
    ['typed reference local', sectionsOf(type, [3, [1, 0]], [10, [1, 5, 1, 1, 0x63, 0x70, 0x0b]])],
    ['garbage-collected value', withBody(f => f.i32.const(1).raw(0xfb, 0x1c).drop())],
    ['table with an initial value', sectionsOf([4, [1, 0x40, 0, 0x70, 0, 1, 0xd0, 0x70, 0x0b]])],
  ];
  test.each(refused)('%s', (_name, bytes) => {
    expect(WebAssembly.validate(bytes)).toBe(true);
    const read = () => {
      const image = readModule(bytes);
      const editor = new ModuleEditor(image);
      editor.meter(editor.addGlobal('i64', 5), editor.addGlobal('i32', 0), {
        freeCostMax: 10,
        memoryGrowCost: 1,
        passCostMax: 100,
      });
    };
    expect(failureCode(read)).toBe('wasm-unsupported');
  });

  test('what ends too early', () => {
    const bytes = withBody(f => f.i32.const(1).drop());
    for (let length = 0; length < bytes.length; length++)
      expect(['wasm-malformed', 'none']).toContain(failureCode(() => walk(bytes.slice(0, length))));
  });
});

test('the instruction cursor steps over all scalar and control instructions', () => {
  const bytes = withBody(f => {
    const table = 0;
    f.block('i32', outer => {
      f.loop(again => f.i32.const(0).brIf(again).i32.const(1).i32.const(2).brTable([outer, outer], outer));
      f.i32.const(0).if(
        'i32',
        () => f.i32.const(1),
        () => f.i32.const(2),
      );
    }).drop();
    f.f32.const(1.5).f64.const(2.5).f64.promoteF32;
    f.drop()
      .drop()
      .i64.const(-(2n ** 63n))
      .drop();
    f.i32
      .const(0)
      .i64.load(2 ** 32 - 1)
      .drop()
      .i32.const(0)
      .i32.const(1)
      .i32.store8(5);
    f.memorySize().memoryGrow().drop().i32.const(0).i32.const(0).i32.const(0).memoryFill();
    f.refNull('externref').refNull('externref').i32.const(1).select('externref').refIsNull().drop();
    f.i32.const(0).i32.const(0).raw(0xfe, 0x1e, 0x02, 0x00).drop().atomicFence();
    f.f64.const(1).i64.truncSatF64U().drop().nop();
    expect(table).toBe(0);
  });
  expect(WebAssembly.validate(bytes)).toBe(true);
  expect(walk(bytes)).toBeGreaterThan(50);
});

const kernels = new URL('../../core/kernels/build/kernels.wasm', import.meta.url);
test.skipIf(!existsSync(kernels))('the kernels are read to the last instruction and are valid when metered', () => {
  const bytes = Uint8Array.from(readFileSync(kernels));
  expect(walk(bytes)).toBeGreaterThan(1000);
  const editor = new ModuleEditor(readModule(bytes));
  editor.capTables(1000);
  editor.meter(editor.addGlobal('i64', 5), editor.addGlobal('i32', 0), { freeCostMax: 100, memoryGrowCost: 1, passCostMax: 100 });
  editor.keepFunctionExports(name => `own:${name}`);
  const metered = editor.build();
  expect(WebAssembly.validate(metered)).toBe(true);
  expect(walk(metered)).toBeGreaterThan(walk(bytes));
});

describe('metering', () => {
  /** Fuel that a call of `f` costs, in a module whose functions are metered. */
  function fuelOf(build: (module: ModuleBuilder) => void, ...operands: number[]): number {
    return fuelAtMost(Number.POSITIVE_INFINITY, build, ...operands);
  }
  function fuelAtMost(passCostMax: number, build: (module: ModuleBuilder) => void, ...operands: number[]): number {
    const module = new ModuleBuilder();
    build(module);
    const editor = new ModuleEditor(readModule(module.build()));
    const fuel = editor.addGlobal('i64', 1_000_000);
    editor.addExport('fuel', fuel);
    editor.keepFunctionExports(name => name);
    editor.meter(fuel, editor.addGlobal('i32', 0), { freeCostMax: 20, memoryGrowCost: 500, passCostMax });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(editor.build()));
    (exports.f as (...operands: number[]) => void)(...operands);
    return 1_000_000 - Number((exports.fuel as WebAssembly.Global).value);
  }
  const loop = (f: FunctionBuilder, body: () => void) => {
    const [n] = f.parameters;
    f.loop(again => {
      body();
      f.get(n!).i32.const(1).i32.sub().tee(n!).brIf(again);
    });
  };

  test('a pass of a long loop costs no more than it may', () => {
    const long = (module: ModuleBuilder) => {
      const f = module.exportFunction('f', ['i32']);
      loop(f, () => {
        for (let index = 0; index < 1000; index++) f.nop();
      });
    };
    expect(fuelOf(long, 100)).toBeGreaterThan(100_000);
    expect(fuelAtMost(50, long, 100)).toBeLessThan(6000);
    expect(fuelAtMost(50, long, 100)).toBeGreaterThan(100);
  });

  test('short functions without loops are free, long ones are not', () => {
    expect(fuelOf(module => module.exportFunction('f', []).nop().nop())).toBe(0);
    const long = (module: ModuleBuilder) => {
      const f = module.exportFunction('f', []);
      for (let count = 0; count < 50; count++) f.nop();
    };
    expect(fuelOf(long)).toBe(52);
  });

  test('a loop costs its instructions each round', () => {
    const build = (module: ModuleBuilder) => {
      const f = module.exportFunction('f', ['i32']);
      loop(f, () => f.nop());
    };
    const first = fuelOf(build, 1);
    expect(fuelOf(build, 11) - first).toBe(10 * (fuelOf(build, 2) - first));
    expect(fuelOf(build, 2) - first).toBeGreaterThanOrEqual(7);
  });

  test('a call of a free function is paid by the caller, one of a metered function by itself', () => {
    const build = (length: number) => (module: ModuleBuilder) => {
      const callee = module.function('callee', []);
      for (let count = 0; count < length; count++) callee.nop();
      const f = module.exportFunction('f', ['i32']);
      loop(f, () => f.call(callee));
    };
    const round = (length: number) => fuelOf(build(length), 2) - fuelOf(build(length), 1);
    expect(round(10) - round(5)).toBe(5);
    expect(round(100) - round(50)).toBe(50);
  });

  test('bulk instructions cost by length, memory.grow its price', () => {
    const build = (bytes: number) => (module: ModuleBuilder) => {
      module.memory({ initial: 1 });
      const f = module.exportFunction('f', []);
      f.i32.const(0).i32.const(1).i32.const(bytes).memoryFill();
    };
    expect(fuelOf(build(65536)) - fuelOf(build(0))).toBe(4096);
    const grow = (module: ModuleBuilder) => {
      module.memory({ initial: 1 });
      module.exportFunction('f', []).i32.const(1).memoryGrow().drop();
    };
    expect(fuelOf(grow)).toBeGreaterThan(500);
  });
});
