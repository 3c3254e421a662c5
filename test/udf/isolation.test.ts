import { describe, expect, test } from 'vitest';
import { types } from '../../core/columnar/types.ts';
import { columnOf } from '../../core/columnar/write-values.ts';
import { ScalarUdf } from '../../core/udf/index.ts';
import { adaptModule, loadUdf } from '../../core/udf/load-udf.ts';
import type { FunctionBuilder, ModuleBuilder } from '../../core/wasm/encoder/index.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';
import { ByteReader, InstructionCursor, readModule } from '../../core/wasm/reader/index.ts';
import { assemblyScript, failure, handMade } from './support.ts';

const second = { kind: 'memory', index: 1 } as const;
const signature = { name: 'f', arguments: [types.int(false)], result: types.int(false) };

function moduleWith(
  body: (f: FunctionBuilder, module: ModuleBuilder) => void,
  own = true,
  more?: (module: ModuleBuilder) => void,
) {
  return handMade(
    module => {
      if (own) module.memory({ initial: 1 });
      const f = module.exportFunction('f', ['i32'], ['i32']);
      body(f, module);
      more?.(module);
    },
    [signature],
  );
}

describe('instructions that name another memory make the module invalid', () => {
  const attempts: [string, (f: FunctionBuilder, module: ModuleBuilder) => void][] = [
    ['load', f => f.get(f.parameters[0]!).i32.load(0, 4, second)],
    ['store', f => f.get(f.parameters[0]!).i32.const(1).i32.store(0, 4, second).i32.const(1)],
    ['v128.load', f => f.get(f.parameters[0]!).v128.load(0, 16, second).i32x4.extractLane(0)],
    ['v128.store lane', f => f.get(f.parameters[0]!).v128.const([]).v128.store8Lane(0, 0, 1, second).i32.const(1)],
    [
      'memory.copy into it',
      f => f.i32.const(0).i32.const(0).i32.const(9).memoryCopy(second, { kind: 'memory', index: 0 }).i32.const(1),
    ],
    [
      'memory.copy out of it',
      f => f.i32.const(0).i32.const(0).i32.const(9).memoryCopy({ kind: 'memory', index: 0 }, second).i32.const(1),
    ],
    ['memory.fill', f => f.i32.const(0).i32.const(0).i32.const(9).memoryFill(second).i32.const(1)],
    [
      'memory.init',
      (f, m) =>
        f.i32
          .const(0)
          .i32.const(0)
          .i32.const(1)
          .memoryInit(m.passiveData(Uint8Array.of(1)), second)
          .i32.const(1),
    ],
    ['memory.grow', f => f.i32.const(1).memoryGrow(second)],
    ['memory.size', f => f.memorySize(second)],
    [
      'active data segment',
      (f, m) => {
        m.data(0, Uint8Array.of(1), second);
        f.i32.const(1);
      },
    ],
    [
      'exporting it',
      (f, m) => {
        m.export('engine', second);
        f.i32.const(1);
      },
    ],
    ['an index with a long LEB128', f => f.get(f.parameters[0]!).raw(0x28, 0x42, 0x81, 0x80, 0x80, 0x00, 0x00)],
    ['the appended functions', f => f.i32.const(0).i32.const(1).i32.const(0).i32.const(0).raw(0x10, 0x05).i32.const(1)],
    ['ref.func of the appended functions', f => f.raw(0xd2, 0x05).raw(0xd1)],
    ['the appended globals', f => f.i64.const(1).raw(0x24, 0x00).i32.const(1)],
  ];
  test.each(attempts)('%s', (name, body) => {
    expect(failure(() => loadUdf(moduleWith(body), { name: 'evil.wasm' })).code).toBe('udf-invalid');
    // Nothing but the missing memory makes it invalid.
    if (name.includes('appended')) return;
    const two = moduleWith(body, true, module => module.memory({ initial: 1 }));
    expect(failure(() => loadUdf(two, { name: 'evil.wasm' })).code).toBe('udf-memory');
  });

  const withoutMemory: [string, (f: FunctionBuilder, module: ModuleBuilder) => void][] = [
    ['load', f => f.get(f.parameters[0]!).i32.load()],
    ['store', f => f.get(f.parameters[0]!).i32.const(1).i32.store().i32.const(1)],
    ['memory.fill', f => f.i32.const(0).i32.const(0).i32.const(9).memoryFill().i32.const(1)],
    ['memory.copy', f => f.i32.const(0).i32.const(0).i32.const(9).memoryCopy().i32.const(1)],
    ['memory.grow', f => f.i32.const(1).memoryGrow()],
    [
      'memory.init',
      (f, m) =>
        f.i32
          .const(0)
          .i32.const(0)
          .i32.const(1)
          .memoryInit(m.passiveData(Uint8Array.of(1)))
          .i32.const(1),
    ],
    [
      'active data segment',
      (f, m) => {
        m.data(0, Uint8Array.of(1));
        f.i32.const(1);
      },
    ],
    [
      'export',
      (f, m) => {
        m.export('memory', { kind: 'memory', index: 0 });
        f.i32.const(1);
      },
    ],
    ['atomic', f => f.i32.const(0).i32.const(0).raw(0xfe, 0x1e, 0x02, 0x00)],
  ];
  test.each(withoutMemory)("%s in a module without memory, where the engine's memory has index 0", (_name, body) => {
    expect(failure(() => loadUdf(moduleWith(body, false), { name: 'evil.wasm' })).code).toBe('udf-invalid');
    expect(loadUdf(moduleWith(body, true), { name: 'fine.wasm' }).functions).toHaveLength(1);
  });
});

describe('imports', () => {
  test.each([
    ['tidemill', 'engine'],
    ['tidemill', 'guest'],
    ['env', 'memory'],
  ])('the memory %s.%s', (from, name) => {
    const bytes = moduleWith(
      f => f.get(f.parameters[0]!).i32.load(),
      false,
      module => module.importMemory(from, name, { initial: 1, maximum: 65536, shared: true }),
    );
    expect(failure(() => loadUdf(bytes, { name: 'evil.wasm' }))).toEqual({
      code: 'udf-import',
      message: `evil.wasm imports the memory '${from}.${name}', which user functions cannot have`,
    });
  });

  test('functions, globals, and abort of another type', () => {
    const importing = (add: (module: ModuleBuilder) => void) => moduleWith(f => f.i32.const(1), true, add);
    const refusals = [
      importing(module => module.importFunction('wasi_snapshot_preview1', 'fd_write', ['i32', 'i32', 'i32', 'i64'], ['i32'])),
      importing(module => module.importFunction('wasi_snapshot_preview1', 'fd_steal', ['i32'], ['i32'])),
      importing(module => module.importFunction('wasi_snapshot_preview1', 'toString', [], ['i32'])),
      importing(module => module.importFunction('wasi_unstable', 'fd_write', ['i32', 'i32', 'i32', 'i32'], ['i32'])),
      importing(module => module.importFunction('env', 'abort', ['i32'], [])),
      importing(module => module.importFunction('tidemill', 'loop', [], [])),
      importing(module => module.importGlobal('tidemill', 'fuel', 'i64', true)),
      importing(module => module.importGlobal('env', 'abort', 'i64')),
    ];
    for (const bytes of refusals) expect(failure(() => loadUdf(bytes, { name: 'x.wasm' })).code).toBe('udf-import');
  });
});

test('two memories are refused, whichever is used', () => {
  const bytes = moduleWith(
    f => f.i32.const(0).i32.load(0, 4, second),
    true,
    module => module.memory({ initial: 1 }),
  );
  expect(failure(() => loadUdf(bytes, { name: 'two.wasm' }))).toEqual({
    code: 'udf-memory',
    message: 'two.wasm has 2 memories; a user function has at most one',
  });
});

/** Runs a function over a memory whose every byte is known, and returns which bytes changed outside of the result. */
function changedBytes(bytes: Uint8Array<ArrayBuffer>, rows: readonly number[]): { changed: number; results: number[] } {
  const memory = new TaskMemory({ pagesInitial: 32 });
  const udf = new ScalarUdf(
    loadUdf(bytes, { name: 'evil.wasm', limits: { fuelPerBatch: 1_000_000, fuelPerRow: 0 } }),
    'f',
    memory,
    {
      onTrap: 'null',
    },
  );
  const column = columnOf(memory, types.int(false), rows);
  const data = memory.arena.allocate(rows.length * 4);
  const validity = memory.arena.allocate(8);
  const mark = memory.arena.mark();
  const frame = memory.arena.allocate(16);
  memory.arena.release(mark);
  const before = memory.u8;
  for (let address = data + 64; address < before.length; address++) before[address] = 0xa5;
  const snapshot = before.slice();
  udf.callInto({ rows: rows.length, arguments: [column], selection: 0, result: { data, validity } });
  const after = memory.u8;
  expect(after.length).toBe(snapshot.length);
  let changed = 0;
  for (let address = 0; address < after.length; address++) {
    const mine =
      (address >= data && address < data + rows.length * 4) ||
      (address >= validity && address < validity + 8) ||
      (address >= frame && address < frame + 16) ||
      (address >= 16 && address < 24);
    if (!mine && after[address] !== snapshot[address]) changed++;
  }
  return { changed, results: [...memory.i32.subarray(data / 4, data / 4 + rows.length)] };
}

describe('what a valid module does stays in its own memory', () => {
  const everywhere = [0, 4, 16, 1024, 65532, 65536, 262144, 1 << 20, (1 << 20) + 128, -4, -65536, 2147483647];
  test('stores anywhere', () => {
    const bytes = moduleWith(f => {
      f.get(f.parameters[0]!).i32.const(0x5a5a5a5a).i32.store(0, 1).i32.const(1);
    });
    expect(changedBytes(bytes, everywhere).changed).toBe(0);
  });

  test('loads anywhere see zeros', () => {
    const bytes = moduleWith(f => {
      f.get(f.parameters[0]!).i32.load(0, 1);
    });
    expect(changedBytes(bytes, everywhere)).toEqual({ changed: 0, results: everywhere.map(() => 0) });
  });

  test('stores with the largest offset', () => {
    const bytes = moduleWith(f => {
      f.get(f.parameters[0]!).i32.const(-1).i32.store(0xffffffff, 1).i32.const(1);
    });
    expect(changedBytes(bytes, everywhere).changed).toBe(0);
  });

  test('memory.copy, fill, init and grow', () => {
    const bytes = moduleWith((f, module) => {
      const passive = module.passiveData(new Uint8Array(4096).fill(0x77));
      f.i32.const(300).memoryGrow().drop();
      f.get(f.parameters[0]!).i32.const(0).i32.const(4096).memoryInit(passive);
      f.get(f.parameters[0]!).i32.const(0x33).i32.const(65536).memoryFill();
      f.i32.const(0).get(f.parameters[0]!).i32.const(65536).memoryCopy();
      f.memorySize();
    });
    expect(changedBytes(bytes, everywhere).changed).toBe(0);
  });

  test("data segments, element segments, a start function and exports under the engine's names", () => {
    const bytes = moduleWith((f, module) => {
      module.data(0, new Uint8Array(65536).fill(0x11));
      const start = module.function('start', []);
      start.i32.const(0).i32.const(0x22).i32.const(65536).memoryFill();
      module.start(start);
      const table = module.table([f, start]);
      for (const name of [
        'tidemill.loop:f',
        'tidemill.prepare:f',
        'tidemill.fuel',
        'tidemill.row',
        'tidemill.start',
        'own:f',
        'memory',
      ])
        module.export(name, start);
      module.export('tidemill.engine', { kind: 'memory', index: 0 });
      module.export('table', table);
      f.get(f.parameters[0]!).i32.const(3).i32.and().callIndirect({ parameters: [], results: [] }, table).i32.const(0).i32.load();
    }, true);
    const { changed, results } = changedBytes(bytes, [1, 1, 0]);
    expect(changed).toBe(0);
    expect(results.slice(0, 2)).toEqual([0x22222222, 0x22222222]);
  });
});

test("after rewriting, only the appended functions name the engine's memory", async () => {
  const source = `
    // @sql f(x INT NOT NULL) RETURNS INT NOT NULL
    export function f(x: i32): i32 { return x.toString().length + changetype<i32>(memory.data(64)); }`;
  for (const [bytes, engine] of [
    [await assemblyScript(source, { runtime: 'incremental' }), 1],
    [moduleWith(f => f.get(f.parameters[0]!), false), 0],
  ] as const) {
    const before = readModule(bytes);
    const after = readModule(adaptModule(bytes, { name: 'x.wasm' }).bytes);
    const memories = after.imports.filter(entry => entry.kind === 'memory').map(entry => entry.name);
    expect(memories).toEqual(engine === 1 ? ['guest', 'engine'] : ['engine']);
    expect(after.memories).toEqual([]);
    expect(after.exports.every(entry => entry.kind === 'function' || entry.name.startsWith('tidemill.'))).toBe(true);
    let seen = 0;
    for (const [index, body] of after.bodies.entries())
      for (const memory of memoriesOf(body)) {
        if (index < before.bodies.length) expect(memory).toBeLessThan(engine);
        else seen++;
      }
    expect(seen).toBeGreaterThan(0);
  }
});

function memoriesOf(body: Uint8Array): number[] {
  const reader = new ByteReader(body);
  for (let groups = reader.u32(); groups > 0; groups--) {
    reader.u32();
    reader.u8();
  }
  const memories: number[] = [];
  const cursor = new InstructionCursor(reader);
  while (cursor.next()) {
    const { opcode } = cursor;
    const access = (opcode >= 0x28 && opcode <= 0x3e) || (opcode >= 0xfd0000 && opcode <= 0xfd000b);
    if (access) memories.push(cursor.memory);
    else if (opcode === 0x3f || opcode === 0x40) memories.push(cursor.operand);
    else if (opcode === 0xfc08 || opcode === 0xfc0a || opcode === 0xfc0b) memories.push(cursor.memory);
  }
  return memories;
}
