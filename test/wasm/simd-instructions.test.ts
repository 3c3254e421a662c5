import { expect, test } from 'vitest';
import { type FunctionBuilder, ModuleBuilder, type ValueType } from '../../core/wasm/encoder/index.ts';
import * as simd from '../../core/wasm/encoder/simd-operations.ts';
import { ByteReader, InstructionCursor } from '../../core/wasm/reader/index.ts';

type Shape = 'i8x16' | 'i16x8' | 'i32x4' | 'i64x2' | 'f32x4' | 'f64x2';
type Lanes = readonly (bigint | number)[];
const shapes = {
  i8x16: { bytes: 1, lane: 'i32', operations: simd.i8x16Operations, lanes: simd.i8x16Lanes },
  i16x8: { bytes: 2, lane: 'i32', operations: simd.i16x8Operations, lanes: simd.i16x8Lanes },
  i32x4: { bytes: 4, lane: 'i32', operations: simd.i32x4Operations, lanes: simd.i32x4Lanes },
  i64x2: { bytes: 8, lane: 'i64', operations: simd.i64x2Operations, lanes: simd.i64x2Lanes },
  f32x4: { bytes: 4, lane: 'f32', operations: simd.f32x4Operations, lanes: simd.f32x4Lanes },
  f64x2: { bytes: 8, lane: 'f64', operations: simd.f64x2Operations, lanes: simd.f64x2Lanes },
} as const;
const shapeNames = Object.keys(shapes) as Shape[];

const memory = new WebAssembly.Memory({ initial: 1 });
const bytes = new Uint8Array(memory.buffer as ArrayBuffer);
const leftBytes = Uint8Array.from({ length: 16 }, (_, index) => (index * 37 + 129) & 0xff);
const rightBytes = Uint8Array.from({ length: 16 }, (_, index) => (index % 3 === 0 ? leftBytes[index]! : (index * 91 + 5) & 0xff));

function instance(build: (module: ModuleBuilder) => void): Record<string, (...operands: Lanes) => bigint | number> {
  const module = new ModuleBuilder();
  module.importMemory('env', 'memory', { initial: 1 });
  build(module);
  const compiled = new WebAssembly.Module(module.build());
  return new WebAssembly.Instance(compiled, { env: { memory } }).exports as ReturnType<typeof instance>;
}

const unary =
  /^(abs|neg|popcnt|allTrue|bitmask|ceil|floor|trunc|nearest|sqrt|ext(add|end)|truncSat|convert|demote|promote|not|anyTrue)/;
const scalarResult = /^(allTrue|bitmask|anyTrue)$/;

/** Operands at 0 and 16, the result at 32; shifts by 3; splats of lane 0 of the left operand. */
function emitOperation(f: FunctionBuilder, shape: Shape | 'v128', name: string): void {
  f.i32.const(32);
  const lane = shape === 'v128' ? 'i32' : shapes[shape].lane;
  if (name === 'splat') {
    if (shape === 'i8x16') f.i32.const(0).i32.load8S();
    else if (shape === 'i16x8') f.i32.const(0).i32.load16S();
    else f.i32.const(0)[lane].load();
  } else {
    f.i32.const(0).v128.load();
    if (/^sh[lr]/.test(name)) f.i32.const(3);
    else if (!unary.test(name)) f.i32.const(0).v128.load(16);
    if (name === 'bitselect') f.v128.const(Array.from({ length: 16 }, (_, index) => (index % 2 === 0 ? 0xf0 : 0x0f)));
  }
  (f[shape] as unknown as Record<string, () => FunctionBuilder>)[name]!();
  if (scalarResult.test(name)) f.i32.store();
  else f.v128.store();
}

function result(shape: Shape | 'v128', name: string): Uint8Array {
  bytes.fill(0, 0, 64);
  bytes.set(leftBytes, 0);
  bytes.set(rightBytes, 16);
  instance(module => emitOperation(module.exportFunction('run', []), shape, name)).run!();
  return bytes.slice(32, 48);
}

const view = (data: Uint8Array) => new DataView(data.buffer, data.byteOffset, data.byteLength);
function lanesOf(data: Uint8Array, shape: Shape, signed = true): (bigint | number)[] {
  const source = view(data);
  const read: Record<Shape, (at: number) => bigint | number> = {
    i8x16: at => (signed ? source.getInt8(at) : source.getUint8(at)),
    i16x8: at => (signed ? source.getInt16(at, true) : source.getUint16(at, true)),
    i32x4: at => (signed ? source.getInt32(at, true) : source.getUint32(at, true)),
    i64x2: at => (signed ? source.getBigInt64(at, true) : source.getBigUint64(at, true)),
    f32x4: at => source.getFloat32(at, true),
    f64x2: at => source.getFloat64(at, true),
  };
  return Array.from({ length: 16 / shapes[shape].bytes }, (_, index) => read[shape](index * shapes[shape].bytes));
}
function pack(lanes: Lanes, shape: Shape): Uint8Array {
  const target = new Uint8Array(16);
  const out = view(target);
  for (const [index, value] of lanes.entries()) {
    const at = index * shapes[shape].bytes;
    if (shape === 'f32x4') out.setFloat32(at, Number(value), true);
    else if (shape === 'f64x2') out.setFloat64(at, Number(value), true);
    else if (shape === 'i64x2') out.setBigInt64(at, BigInt.asIntN(64, BigInt(value)), true);
    else if (shape === 'i32x4') out.setInt32(at, Number(BigInt.asIntN(32, BigInt(value))), true);
    else if (shape === 'i16x8') out.setInt16(at, Number(BigInt.asIntN(16, BigInt(value))), true);
    else out.setInt8(at, Number(BigInt.asIntN(8, BigInt(value))));
  }
  return target;
}

type Pair = (a: never, b: never) => bigint | boolean | number;
const lanewise: Record<string, Pair> = {
  add: (a: bigint, b: bigint) => a + b,
  sub: (a: bigint, b: bigint) => a - b,
  mul: (a: bigint, b: bigint) => a * b,
  eq: (a: bigint, b: bigint) => a === b,
  ne: (a: bigint, b: bigint) => a !== b,
  ltS: (a: bigint, b: bigint) => a < b,
  ltU: (a: bigint, b: bigint) => a < b,
  gtS: (a: bigint, b: bigint) => a > b,
  gtU: (a: bigint, b: bigint) => a > b,
  leS: (a: bigint, b: bigint) => a <= b,
  leU: (a: bigint, b: bigint) => a <= b,
  geS: (a: bigint, b: bigint) => a >= b,
  geU: (a: bigint, b: bigint) => a >= b,
  minS: (a: bigint, b: bigint) => (a < b ? a : b),
  minU: (a: bigint, b: bigint) => (a < b ? a : b),
  maxS: (a: bigint, b: bigint) => (a > b ? a : b),
  maxU: (a: bigint, b: bigint) => (a > b ? a : b),
  avgrU: (a: bigint, b: bigint) => (a + b + 1n) / 2n,
  abs: (a: bigint) => (a < 0n ? -a : a),
  neg: (a: bigint) => -a,
  shl: (a: bigint) => a << 3n,
  shrS: (a: bigint) => a >> 3n,
  shrU: (a: bigint) => a >> 3n,
};
const saturating: Record<string, (a: bigint, b: bigint) => bigint> = {
  addSatS: (a, b) => a + b,
  addSatU: (a, b) => a + b,
  subSatS: (a, b) => a - b,
  subSatU: (a, b) => a - b,
};
const floats: Record<string, Pair> = {
  eq: (a: number, b: number) => a === b,
  ne: (a: number, b: number) => a !== b,
  lt: (a: number, b: number) => a < b,
  gt: (a: number, b: number) => a > b,
  le: (a: number, b: number) => a <= b,
  ge: (a: number, b: number) => a >= b,
  add: (a: number, b: number) => a + b,
  sub: (a: number, b: number) => a - b,
  mul: (a: number, b: number) => a * b,
  div: (a: number, b: number) => a / b,
  min: Math.min,
  max: Math.max,
  pmin: (a: number, b: number) => (b < a ? b : a),
  pmax: (a: number, b: number) => (a < b ? b : a),
  abs: Math.abs,
  neg: (a: number) => -a,
  ceil: Math.ceil,
  floor: Math.floor,
  trunc: Math.trunc,
  sqrt: Math.sqrt,
};

for (const shape of shapeNames) {
  const floating = shape.startsWith('f');
  const bits = BigInt(shapes[shape].bytes * 8);
  for (const name of Object.keys(shapes[shape].operations))
    test(`${shape}.${name}`, () => {
      const actual = result(shape, name);
      const unsigned = name.endsWith('U');
      const left = lanesOf(leftBytes, shape, !unsigned);
      const right = lanesOf(rightBytes, shape, !unsigned);
      const flags = (value: bigint | boolean | number) => (typeof value === 'boolean' ? (value ? -1n : 0n) : value);
      const exact = (value: bigint | number) => (typeof value === 'bigint' ? value : BigInt(value));
      if (name === 'splat') expect(lanesOf(actual, shape)).toEqual(left.map(() => lanesOf(leftBytes, shape)[0]));
      else if (floating && name in floats) {
        const compared = left.map((value, index) => floats[name]!(value as never, right[index] as never));
        if (typeof compared[0] === 'boolean')
          expect(lanesOf(actual, shape === 'f32x4' ? 'i32x4' : 'i64x2').map(exact)).toEqual(compared.map(flags));
        else expect(lanesOf(actual, shape)).toEqual(lanesOf(pack(compared as number[], shape), shape));
      } else if (!floating && name in lanewise) {
        const lanes = left.map((value, index) => flags(lanewise[name]!(exact(value) as never, exact(right[index]!) as never)));
        expect(actual).toEqual(pack(lanes, shape));
      } else if (name in saturating) {
        const [low, high] = unsigned ? [0n, (1n << bits) - 1n] : [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n];
        const lanes = left.map((value, index) => {
          const sum = saturating[name]!(exact(value), exact(right[index]!));
          return sum < low ? low : sum > high ? high : sum;
        });
        expect(actual).toEqual(pack(lanes, shape));
      } else if (name === 'bitmask') {
        const expected = lanesOf(leftBytes, shape).reduce((mask: number, value, index) => mask | (value < 0 ? 1 << index : 0), 0);
        expect(view(actual).getInt32(0, true)).toBe(expected);
      } else if (name === 'swizzle')
        expect([...actual]).toEqual([...rightBytes].map(index => (index < 16 ? leftBytes[index] : 0)));
      else if (name === 'dotI16x8S') {
        const [a, b] = [lanesOf(leftBytes, 'i16x8') as number[], lanesOf(rightBytes, 'i16x8') as number[]];
        const sums = [0, 1, 2, 3].map(lane => a[2 * lane]! * b[2 * lane]! + a[2 * lane + 1]! * b[2 * lane + 1]!);
        expect(actual).toEqual(pack(sums, 'i32x4'));
      } else if (/^ext(end|mul)(Low|High)/.test(name)) {
        const half: Record<string, Shape> = { i16x8: 'i8x16', i32x4: 'i16x8', i64x2: 'i32x4' };
        const narrow = half[shape]!;
        const part = (data: Uint8Array) => {
          const lanes = lanesOf(data, narrow, !unsigned).map(exact);
          return name.includes('Low') ? lanes.slice(0, lanes.length / 2) : lanes.slice(lanes.length / 2);
        };
        const factors = part(rightBytes);
        expect(actual).toEqual(
          pack(
            part(leftBytes).map((value, index) => (name.includes('mul') ? value * factors[index]! : value)),
            shape,
          ),
        );
      } else if (/^convert/.test(name))
        expect(lanesOf(actual, shape)).toEqual(
          lanesOf(pack((lanesOf(leftBytes, 'i32x4', !unsigned) as number[]).slice(0, shape === 'f64x2' ? 2 : 4), shape), shape),
        );
      else expect(actual).toHaveLength(16);
    });

  for (const name of Object.keys(shapes[shape].lanes))
    test(`${shape}.${name}`, () => {
      bytes.set(leftBytes, 0);
      const { lane } = shapes[shape];
      const last = 16 / shapes[shape].bytes - 1;
      const extract = name.startsWith('extract');
      const { run } = instance(module => {
        const f = module.exportFunction('run', extract ? [] : [lane], extract ? [lane as ValueType] : []);
        if (!extract) f.i32.const(32);
        f.i32.const(0).v128.load();
        if (!extract) f.get((f.parameters as readonly import('../../core/wasm/encoder/index.ts').Local[])[0]!);
        (f[shape] as unknown as Record<string, (lane: number) => FunctionBuilder>)[name]!(last);
        if (!extract) f.v128.store();
      });
      if (extract) expect(run!()).toEqual(lanesOf(leftBytes, shape, !name.endsWith('U'))[last]);
      else {
        run!(shape === 'i64x2' ? 5n : 5);
        expect(lanesOf(bytes.slice(32, 48), shape)).toEqual([
          ...lanesOf(leftBytes, shape).slice(0, last),
          shape === 'i64x2' ? 5n : 5,
        ]);
      }
    });
}

test('v128 bitwise operations, constants and shuffles', () => {
  const zip = (apply: (a: number, b: number) => number) => Uint8Array.from(leftBytes, (a, index) => apply(a, rightBytes[index]!));
  expect(result('v128', 'and')).toEqual(zip((a, b) => a & b));
  expect(result('v128', 'or')).toEqual(zip((a, b) => a | b));
  expect(result('v128', 'xor')).toEqual(zip((a, b) => a ^ b));
  expect(result('v128', 'andnot')).toEqual(zip((a, b) => a & ~b));
  expect(result('v128', 'not')).toEqual(zip(a => ~a));
  expect(view(result('v128', 'anyTrue')).getInt32(0, true)).toBe(1);
  expect(result('v128', 'bitselect')).toEqual(
    Uint8Array.from(leftBytes, (a, index) => {
      const mask = index % 2 === 0 ? 0xf0 : 0x0f;
      return (a & mask) | (rightBytes[index]! & ~mask);
    }),
  );
  const lanes = Array.from({ length: 16 }, (_, index) => (index * 2) % 32);
  instance(module => {
    const f = module.exportFunction('run', []);
    f.i32.const(32).i32.const(0).v128.load().i32.const(0).v128.load(16).i8x16.shuffle(lanes).v128.store();
  }).run!();
  const both = [...bytes.slice(0, 32)];
  expect([...bytes.slice(32, 48)]).toEqual(lanes.map(lane => both[lane]));
});

test('vector loads and stores of all kinds', () => {
  for (const name of Object.keys(simd.v128Accesses).filter(key => key !== 'store')) {
    bytes.fill(0, 0, 64);
    bytes.set(leftBytes, 3);
    instance(module => {
      const f = module.exportFunction('run', []);
      f.i32.const(32).i32.const(0);
      (f.v128 as unknown as Record<string, (offset: number, align: number) => FunctionBuilder>)[name]!(3, 1).v128.store();
    }).run!();
    const loaded = bytes.slice(32, 48);
    if (name === 'load') expect(loaded).toEqual(leftBytes);
    else if (name.endsWith('Splat')) {
      const size = Number(/\d+/.exec(name)![0]) / 8;
      expect(loaded).toEqual(Uint8Array.from({ length: 16 }, (_, index) => leftBytes[index % size]!));
    } else if (name.endsWith('Zero')) {
      const size = Number(/\d+/.exec(name)![0]) / 8;
      expect(loaded).toEqual(Uint8Array.from({ length: 16 }, (_, index) => (index < size ? leftBytes[index]! : 0)));
    } else expect(loaded.some(byte => byte !== 0)).toBe(true);
  }
  for (const [name, [, size]] of Object.entries(simd.v128LaneAccesses)) {
    bytes.fill(0, 0, 64);
    bytes.set(leftBytes, 0);
    const load = name.startsWith('load');
    instance(module => {
      const f = module.exportFunction('run', []);
      if (load) f.i32.const(32);
      f.i32
        .const(load ? 0 : 30)
        .i32.const(0)
        .v128.load();
      (f.v128 as unknown as Record<string, (lane: number, offset: number, align: number) => FunctionBuilder>)[name]!(1, 2, 1);
      if (load) f.v128.store();
    }).run!();
    const expected = leftBytes.slice();
    if (load) expected.set(leftBytes.slice(2, 2 + size), size);
    if (load) expect(bytes.slice(32, 48)).toEqual(expected);
    else expect(bytes.slice(32, 32 + size)).toEqual(leftBytes.slice(size, 2 * size));
  }
});

test('the reader steps over every vector instruction', () => {
  for (const shape of [...shapeNames, 'v128'] as const) {
    const names = Object.keys(shape === 'v128' ? simd.v128Operations : shapes[shape].operations);
    for (const name of names) {
      const f = new ModuleBuilder().function('f', []);
      emitOperation(f, shape, name);
      const body = f.encodeBody(() => 0);
      const cursor = new InstructionCursor(new ByteReader(body, 1));
      while (cursor.next());
      expect(cursor.reader.position, name).toBe(body.length);
    }
  }
});
