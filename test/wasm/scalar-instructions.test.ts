import { describe, expect, test } from 'vitest';
import { type FunctionBuilder, ModuleBuilder, type ValueType } from '../../core/wasm/encoder/index.ts';
import {
  f32Accesses,
  f32Operations,
  f64Accesses,
  f64Operations,
  i32Accesses,
  i32Operations,
  i64Accesses,
  i64Operations,
} from '../../core/wasm/encoder/operations.ts';

type Value = bigint | number;
type Scalar = 'i32' | 'i64' | 'f32' | 'f64';
const fround = Math.fround;
const i64 = (value: bigint) => BigInt.asIntN(64, value);
const u64 = (value: bigint) => BigInt.asUintN(64, value);
const flag = (value: boolean) => (value ? 1 : 0);
const saturate = (low: bigint, high: bigint) => (value: number) =>
  Number.isNaN(value) ? 0n : value <= Number(low) ? low : value >= Number(high) ? high : BigInt(Math.trunc(value));
const i32Saturate = (value: number) => Number(saturate(-(2n ** 31n), 2n ** 31n - 1n)(value));
const u32Saturate = (value: number) => Number(saturate(0n, 2n ** 32n - 1n)(value)) | 0;
const i64Saturate = saturate(-(2n ** 63n), 2n ** 63n - 1n);
const u64Saturate = (value: number) => i64(saturate(0n, 2n ** 64n - 1n)(value));
const nearest = (value: number) => {
  if (!Number.isFinite(value) || Math.abs(value) >= 2 ** 52) return value;
  const floor = Math.floor(value);
  const rest = value - floor;
  const rounded = rest < 0.5 ? floor : rest > 0.5 ? floor + 1 : floor % 2 === 0 ? floor : floor + 1;
  return rounded === 0 ? (Object.is(value, -0) || value < 0 ? -0 : 0) : rounded;
};
const bits = new DataView(new ArrayBuffer(8));
const f32Bits = (value: number) => {
  bits.setFloat32(0, value);
  return bits.getInt32(0);
};
const bitsF32 = (value: number) => {
  bits.setInt32(0, value);
  return bits.getFloat32(0);
};
const f64Bits = (value: number) => {
  bits.setFloat64(0, value);
  return bits.getBigInt64(0);
};
const bitsF64 = (value: bigint) => {
  bits.setBigInt64(0, value);
  return bits.getFloat64(0);
};
const sign = (value: number) => (Object.is(value, -0) || value < 0 ? -1 : 1);
const rotate = (value: bigint, by: bigint, width: bigint) => (value << by) | (value >> (width - by));
const ctz64 = (value: bigint) => {
  let count = 0n;
  while (count < 64n && ((value >> count) & 1n) === 0n) count++;
  return count;
};
const popcnt64 = (value: bigint) => BigInt(u64(value).toString(2).replaceAll('0', '').length);

type Reference = Record<string, [Scalar[], Scalar, (...operands: never[]) => Value]>;
const comparisonI32 = (test: (a: number, b: number) => boolean): Reference[string] => [
  ['i32', 'i32'],
  'i32',
  (a: number, b: number) => flag(test(a, b)),
];
const binaryI32 = (apply: (a: number, b: number) => number): Reference[string] => [['i32', 'i32'], 'i32', apply];
const comparisonI64 = (test: (a: bigint, b: bigint) => boolean): Reference[string] => [
  ['i64', 'i64'],
  'i32',
  (a: bigint, b: bigint) => flag(test(a, b)),
];
const binaryI64 = (apply: (a: bigint, b: bigint) => bigint): Reference[string] => [['i64', 'i64'], 'i64', apply];

const i32Reference: Reference = {
  eqz: [['i32'], 'i32', (a: number) => flag(a === 0)],
  eq: comparisonI32((a, b) => a === b),
  ne: comparisonI32((a, b) => a !== b),
  ltS: comparisonI32((a, b) => a < b),
  ltU: comparisonI32((a, b) => a >>> 0 < b >>> 0),
  gtS: comparisonI32((a, b) => a > b),
  gtU: comparisonI32((a, b) => a >>> 0 > b >>> 0),
  leS: comparisonI32((a, b) => a <= b),
  leU: comparisonI32((a, b) => a >>> 0 <= b >>> 0),
  geS: comparisonI32((a, b) => a >= b),
  geU: comparisonI32((a, b) => a >>> 0 >= b >>> 0),
  clz: [['i32'], 'i32', (a: number) => Math.clz32(a)],
  ctz: [['i32'], 'i32', (a: number) => (a === 0 ? 32 : 31 - Math.clz32(a & -a))],
  popcnt: [['i32'], 'i32', (a: number) => Number(popcnt64(BigInt(a >>> 0)))],
  add: binaryI32((a, b) => (a + b) | 0),
  sub: binaryI32((a, b) => (a - b) | 0),
  mul: binaryI32(Math.imul),
  divS: binaryI32((a, b) => Math.trunc(a / b) | 0),
  divU: binaryI32((a, b) => Math.trunc((a >>> 0) / (b >>> 0)) | 0),
  remS: binaryI32((a, b) => (a % b) | 0),
  remU: binaryI32((a, b) => ((a >>> 0) % (b >>> 0)) | 0),
  and: binaryI32((a, b) => a & b),
  or: binaryI32((a, b) => a | b),
  xor: binaryI32((a, b) => a ^ b),
  shl: binaryI32((a, b) => a << b),
  shrS: binaryI32((a, b) => a >> b),
  shrU: binaryI32((a, b) => (a >>> b) | 0),
  rotl: binaryI32((a, b) => Number(BigInt.asIntN(32, rotate(BigInt(a >>> 0), BigInt(b & 31), 32n)))),
  rotr: binaryI32((a, b) => Number(BigInt.asIntN(32, rotate(BigInt(a >>> 0), BigInt(32 - (b & 31)), 32n)))),
  wrapI64: [['i64'], 'i32', (a: bigint) => Number(BigInt.asIntN(32, a))],
  truncF32S: [['f32'], 'i32', (a: number) => Math.trunc(a) | 0],
  truncF32U: [['f32'], 'i32', (a: number) => Math.trunc(a) | 0],
  truncF64S: [['f64'], 'i32', (a: number) => Math.trunc(a) | 0],
  truncF64U: [['f64'], 'i32', (a: number) => Math.trunc(a) | 0],
  reinterpretF32: [['f32'], 'i32', f32Bits],
  extend8S: [['i32'], 'i32', (a: number) => (a << 24) >> 24],
  extend16S: [['i32'], 'i32', (a: number) => (a << 16) >> 16],
  truncSatF32S: [['f32'], 'i32', i32Saturate],
  truncSatF32U: [['f32'], 'i32', u32Saturate],
  truncSatF64S: [['f64'], 'i32', i32Saturate],
  truncSatF64U: [['f64'], 'i32', u32Saturate],
};

const i64Reference: Reference = {
  eqz: [['i64'], 'i32', (a: bigint) => flag(a === 0n)],
  eq: comparisonI64((a, b) => a === b),
  ne: comparisonI64((a, b) => a !== b),
  ltS: comparisonI64((a, b) => a < b),
  ltU: comparisonI64((a, b) => u64(a) < u64(b)),
  gtS: comparisonI64((a, b) => a > b),
  gtU: comparisonI64((a, b) => u64(a) > u64(b)),
  leS: comparisonI64((a, b) => a <= b),
  leU: comparisonI64((a, b) => u64(a) <= u64(b)),
  geS: comparisonI64((a, b) => a >= b),
  geU: comparisonI64((a, b) => u64(a) >= u64(b)),
  clz: [['i64'], 'i64', (a: bigint) => BigInt(a === 0n ? 64 : 64 - u64(a).toString(2).length)],
  ctz: [['i64'], 'i64', ctz64],
  popcnt: [['i64'], 'i64', popcnt64],
  add: binaryI64((a, b) => i64(a + b)),
  sub: binaryI64((a, b) => i64(a - b)),
  mul: binaryI64((a, b) => i64(a * b)),
  divS: binaryI64((a, b) => i64(a / b)),
  divU: binaryI64((a, b) => i64(u64(a) / u64(b))),
  remS: binaryI64((a, b) => i64(a % b)),
  remU: binaryI64((a, b) => i64(u64(a) % u64(b))),
  and: binaryI64((a, b) => a & b),
  or: binaryI64((a, b) => a | b),
  xor: binaryI64((a, b) => a ^ b),
  shl: binaryI64((a, b) => i64(a << (b & 63n))),
  shrS: binaryI64((a, b) => a >> (b & 63n)),
  shrU: binaryI64((a, b) => i64(u64(a) >> (b & 63n))),
  rotl: binaryI64((a, b) => i64(rotate(u64(a), b & 63n, 64n))),
  rotr: binaryI64((a, b) => i64(rotate(u64(a), 64n - (b & 63n), 64n))),
  extendI32S: [['i32'], 'i64', (a: number) => BigInt(a)],
  extendI32U: [['i32'], 'i64', (a: number) => BigInt(a >>> 0)],
  truncF32S: [['f32'], 'i64', (a: number) => BigInt(Math.trunc(a))],
  truncF32U: [['f32'], 'i64', (a: number) => i64(BigInt(Math.trunc(a)))],
  truncF64S: [['f64'], 'i64', (a: number) => BigInt(Math.trunc(a))],
  truncF64U: [['f64'], 'i64', (a: number) => i64(BigInt(Math.trunc(a)))],
  reinterpretF64: [['f64'], 'i64', f64Bits],
  extend8S: [['i64'], 'i64', (a: bigint) => BigInt.asIntN(8, a)],
  extend16S: [['i64'], 'i64', (a: bigint) => BigInt.asIntN(16, a)],
  extend32S: [['i64'], 'i64', (a: bigint) => BigInt.asIntN(32, a)],
  truncSatF32S: [['f32'], 'i64', i64Saturate],
  truncSatF32U: [['f32'], 'i64', u64Saturate],
  truncSatF64S: [['f64'], 'i64', i64Saturate],
  truncSatF64U: [['f64'], 'i64', u64Saturate],
};

function floatReference(type: 'f32' | 'f64'): Reference {
  const round = type === 'f32' ? fround : (value: number) => value;
  const compare = (test: (a: number, b: number) => boolean): Reference[string] => [
    [type, type],
    'i32',
    (a: number, b: number) => flag(test(a, b)),
  ];
  const binary = (apply: (a: number, b: number) => number): Reference[string] => [
    [type, type],
    type,
    (a: number, b: number) => round(apply(a, b)),
  ];
  const unary = (apply: (a: number) => number): Reference[string] => [[type], type, (a: number) => round(apply(a))];
  return {
    eq: compare((a, b) => a === b),
    ne: compare((a, b) => a !== b),
    lt: compare((a, b) => a < b),
    gt: compare((a, b) => a > b),
    le: compare((a, b) => a <= b),
    ge: compare((a, b) => a >= b),
    abs: unary(Math.abs),
    neg: unary(a => -a),
    ceil: unary(Math.ceil),
    floor: unary(Math.floor),
    trunc: unary(Math.trunc),
    nearest: unary(nearest),
    sqrt: unary(Math.sqrt),
    add: binary((a, b) => a + b),
    sub: binary((a, b) => a - b),
    mul: binary((a, b) => a * b),
    div: binary((a, b) => a / b),
    min: binary(Math.min),
    max: binary(Math.max),
    copysign: binary((a, b) => Math.abs(a) * sign(b)),
    convertI32S: [['i32'], type, (a: number) => round(a)],
    convertI32U: [['i32'], type, (a: number) => round(a >>> 0)],
    // The 64-bit operands below are exact in a double, so that one rounding is made.
    convertI64S: [['i64'], type, (a: bigint) => round(Number(a))],
    convertI64U: [['i64'], type, (a: bigint) => round(Number(u64(a)))],
    ...(type === 'f32'
      ? {
          demoteF64: [['f64'], 'f32', (a: number) => fround(a)],
          reinterpretI32: [['i32'], 'f32', bitsF32],
        }
      : {
          promoteF32: [['f32'], 'f64', (a: number) => a],
          reinterpretI64: [['i64'], 'f64', bitsF64],
        }),
  } as Reference;
}

const samples: Record<Scalar, Value[]> = {
  i32: [0, 1, -1, 7, -8, 31, 33, 2147483647, -2147483648, 0x12345678, -123456],
  i64: [0n, 1n, -1n, 7n, -8n, 63n, 65n, 2n ** 63n - 1n, -(2n ** 63n), 0x123456789abcdef0n, -(2n ** 40n), 2n ** 33n + 5n],
  f32: [0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 3.75, 1e10, -1e10, 1e20, Infinity, -Infinity, Number.NaN].map(fround),
  f64: [0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 3.75, 1e10, -1e10, 1e20, Infinity, -Infinity, Number.NaN, 2251799813685248.5],
};

function instanceOf(build: (module: ModuleBuilder) => void, imports: WebAssembly.Imports = {}): WebAssembly.Exports {
  const module = new ModuleBuilder();
  build(module);
  return new WebAssembly.Instance(new WebAssembly.Module(module.build({ names: true })), imports).exports;
}
const call = (exports: WebAssembly.Exports, name: string) => exports[name] as (...operands: Value[]) => Value;

const groups = {
  i32: [i32Operations, i32Reference],
  i64: [i64Operations, i64Reference],
  f32: [f32Operations, floatReference('f32')],
  f64: [f64Operations, floatReference('f64')],
} as const;

for (const type of ['i32', 'i64', 'f32', 'f64'] as const) {
  const [operations, reference] = groups[type];
  describe(type, () => {
    test('every instruction has a reference', () => {
      expect(Object.keys(reference).sort()).toEqual(Object.keys(operations).sort());
    });
    for (const [name, [parameters, result, expected]] of Object.entries(reference))
      test(`${type}.${name}`, () => {
        const exports = instanceOf(module => {
          const f = module.exportFunction('run', parameters, [result]);
          for (const parameter of f.parameters) f.get(parameter);
          (f[type] as unknown as Record<string, () => FunctionBuilder>)[name]!();
        });
        const run = call(exports, 'run');
        let ran = 0;
        for (const a of samples[parameters[0]!])
          for (const b of parameters.length === 2 ? samples[parameters[1]!] : [undefined]) {
            const operands = (b === undefined ? [a] : [a, b]) as never[];
            let actual: Value;
            try {
              actual = run(...(operands as Value[]));
            } catch {
              // Only divisions and unchecked truncations trap.
              expect(name).toMatch(/^(div|rem|trunc)[FSU]/);
              continue;
            }
            ran++;
            expect(actual, `${name}(${operands.join(', ')})`).toEqual(expected(...operands));
          }
        expect(ran).toBeGreaterThan(5);
      });
  });
}

const accesses = { i32: i32Accesses, i64: i64Accesses, f32: f32Accesses, f64: f64Accesses };
for (const type of ['i32', 'i64', 'f32', 'f64'] as const)
  for (const [name, [, bytes]] of Object.entries(accesses[type]))
    test(`${type}.${name}`, () => {
      const memory = new WebAssembly.Memory({ initial: 1 });
      const exports = instanceOf(
        module => {
          module.importMemory('env', 'memory', { initial: 1 });
          const load = name.startsWith('load');
          const f = module.exportFunction('run', load ? ['i32'] : ['i32', type], load ? [type] : []);
          for (const parameter of f.parameters) f.get(parameter);
          const emit = f[type] as unknown as Record<string, (offset: number, align?: number) => FunctionBuilder>;
          emit[name]!(3, 1);
        },
        { env: { memory } },
      );
      const view = new DataView(memory.buffer as ArrayBuffer);
      const floating = type === 'f32' || type === 'f64';
      const wide = type === 'i64';
      if (name.startsWith('store')) {
        call(exports, 'run')(8, wide ? -0x123456789abcdef1n : floating ? -2.5 : -0x12345679);
        const expected = new DataView(new ArrayBuffer(8));
        if (type === 'f32') expected.setFloat32(0, -2.5, true);
        else if (type === 'f64') expected.setFloat64(0, -2.5, true);
        else expected.setBigInt64(0, wide ? -0x123456789abcdef1n : -0x12345679n, true);
        for (let index = 0; index < 8; index++)
          expect(view.getUint8(11 + index)).toBe(index < bytes ? expected.getUint8(index) : 0);
      } else {
        for (let index = 0; index < 8; index++) view.setUint8(11 + index, 0xf1 - index * 17);
        const raw = view.getBigUint64(11, true) & (2n ** BigInt(bytes * 8) - 1n);
        const signed = name.endsWith('S') || name === 'load';
        const integer = signed ? BigInt.asIntN(bytes * 8, raw) : raw;
        const expected =
          type === 'f32'
            ? view.getFloat32(11, true)
            : type === 'f64'
              ? view.getFloat64(11, true)
              : wide
                ? integer
                : Number(integer);
        expect(call(exports, 'run')(8)).toEqual(expected);
      }
    });

test('constants of every type and size', () => {
  const constants: [Scalar, Value][] = [
    ...[0, 1, -1, 63, 64, -64, -65, 127, 128, 8191, 8192, 2147483647, -2147483648].map((value): [Scalar, Value] => [
      'i32',
      value,
    ]),
    ...[0, -1, 63, 64, -64, -65, 2 ** 31, -(2 ** 31), 2 ** 32, -(2 ** 53)].map((value): [Scalar, Value] => [
      'i64',
      BigInt(value),
    ]),
    ...[2n ** 63n - 1n, -(2n ** 63n), 0x0123456789abcdefn].map((value): [Scalar, Value] => ['i64', value]),
    ...[0, -0, 1.5, Infinity, Number.NaN].flatMap((value): [Scalar, Value][] => [
      ['f32', value],
      ['f64', value],
    ]),
  ];
  const exports = instanceOf(module => {
    for (const [index, [type, value]] of constants.entries()) {
      const f = module.exportFunction(`c${index}`, [], [type]);
      (f[type].const as (value: Value) => FunctionBuilder)(value);
    }
  });
  for (const [index, [, value]] of constants.entries()) expect(call(exports, `c${index}`)()).toEqual(value);
});

test('types are deduplicated and ValueType covers references', () => {
  const module = new ModuleBuilder();
  const type = { parameters: ['i32', 'externref'] as ValueType[], results: ['f64'] as ValueType[] };
  expect(module.typeIndex(type)).toBe(module.typeIndex({ ...type }));
  expect(module.typeIndex({ parameters: [], results: [] })).toBe(1);
});
