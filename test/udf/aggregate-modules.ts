import { types } from '../../core/columnar/types.ts';
import { type AggregateSignature, encodeSignatures, signatureSection } from '../../core/udf/index.ts';
import { ModuleBuilder } from '../../core/wasm/encoder/index.ts';
import { assemblyScript } from './support.ts';

const signature = (given: Partial<AggregateSignature>): AggregateSignature =>
  ({ kind: 'aggregate', nulls: 'propagate', deterministic: true, arguments: [], ...given }) as AggregateSignature;

const withSignatures = (module: ModuleBuilder, ...signatures: AggregateSignature[]): Uint8Array<ArrayBuffer> => {
  module.customSection(signatureSection, encodeSignatures(signatures));
  return module.build();
};

/** `total(BIGINT) → BIGINT`: SUM, with a count so that it is NULL where nothing was added. Retracts and merges. */
export function totalModule(parts: { readonly retract?: boolean; readonly merge?: boolean } = {}): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  const step = (name: string, sign: 1 | -1): void => {
    const f = module.exportFunction(name, ['i64', 'i64', 'i64'], ['i64', 'i64']);
    const [sum, count, x] = f.parameters;
    f.get(sum).get(x);
    if (sign > 0) f.i64.add().get(count).i64.const(1).i64.add();
    else f.i64.sub().get(count).i64.const(1).i64.sub();
  };
  step('total_accumulate', 1);
  if (parts.retract !== false) step('total_retract', -1);
  if (parts.merge !== false) {
    const f = module.exportFunction('total_merge', ['i64', 'i64', 'i64', 'i64'], ['i64', 'i64']);
    const [sum, count, otherSum, otherCount] = f.parameters;
    f.get(sum).get(otherSum).i64.add().get(count).get(otherCount).i64.add();
  }
  const finish = module.exportFunction('total_finish', ['i64', 'i64'], ['i64', 'i32']);
  finish.get(finish.parameters[0]).get(finish.parameters[1]).i64.const(0).i64.ne();
  return withSignatures(
    module,
    signature({
      name: 'total',
      arguments: [types.bigint()],
      result: types.bigint(),
      accumulators: [types.bigint(), types.bigint()],
    }),
  );
}

/** `total` as {@link totalModule} makes it, but with a block of 16 bytes in its own memory. */
export function blockTotalModule(): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  module.memory({ initial: 8, maximum: 16 });
  const top = module.global('i32', 1024);
  const allocate = module.exportFunction('tidemill_allocate', ['i32'], ['i32']);
  const [bytes] = allocate.parameters;
  allocate.get(top).get(top).get(bytes).i32.add().set(top);
  const step = (name: string, sign: 1 | -1): void => {
    const f = module.exportFunction(name, ['i32', 'i64']);
    const [state, x] = f.parameters;
    f.get(state).get(state).i64.load().get(x);
    if (sign > 0) f.i64.add().i64.store();
    else f.i64.sub().i64.store();
    f.get(state).get(state).i64.load(8).i64.const(sign).i64.add().i64.store(8);
  };
  step('total_accumulate', 1);
  step('total_retract', -1);
  const merge = module.exportFunction('total_merge', ['i32', 'i32']);
  const [state, other] = merge.parameters;
  for (const at of [0, 8]) merge.get(state).get(state).i64.load(at).get(other).i64.load(at).i64.add().i64.store(at);
  const finish = module.exportFunction('total_finish', ['i32'], ['i64', 'i32']);
  const [block] = finish.parameters;
  finish.get(block).i64.load().get(block).i64.load(8).i64.const(0).i64.ne();
  return withSignatures(
    module,
    signature({ name: 'total', arguments: [types.bigint()], result: types.bigint(), stateBytes: 16 }),
  );
}

/** `weighted(DOUBLE, BIGINT) → DOUBLE`: a weighted average; form a, with `f_init`. */
export function weightedModule(): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  const init = module.exportFunction('weighted_init', [], ['f64', 'f64']);
  init.f64.const(0).f64.const(0);
  for (const [name, sign] of [
    ['weighted_accumulate', 1],
    ['weighted_retract', -1],
  ] as const) {
    const f = module.exportFunction(name, ['f64', 'f64', 'f64', 'i64'], ['f64', 'f64']);
    const [sum, weights, x, weight] = f.parameters;
    const w = f.local('f64');
    f.get(weight).f64.convertI64S().f64.const(sign).f64.mul().set(w);
    f.get(sum).get(x).get(w).f64.mul().f64.add();
    f.get(weights).get(w).f64.add();
  }
  const merge = module.exportFunction('weighted_merge', ['f64', 'f64', 'f64', 'f64'], ['f64', 'f64']);
  const [a, b, c, d] = merge.parameters;
  merge.get(a).get(c).f64.add().get(b).get(d).f64.add();
  const finish = module.exportFunction('weighted_finish', ['f64', 'f64'], ['f64', 'i32']);
  const [sum, weights] = finish.parameters;
  finish.get(sum).get(weights).f64.div().get(weights).f64.const(0).f64.ne();
  return withSignatures(
    module,
    signature({
      name: 'weighted',
      arguments: [types.double(), types.bigint()],
      result: types.double(),
      accumulators: [types.double(), types.double()],
    }),
  );
}

/**
 * Written in AssemblyScript: `add` (SUM in one value), `bits` (xor), `geometric` (a mean; form b), `top_two` (the two greatest as text; form b),
 * `distinct_about` (HyperLogLog over text, 1024 registers; form b), `nulls_of` (how many are NULL; it sees them).
 */
export const aggregateSource = `
// @sql-aggregate add(x BIGINT) RETURNS BIGINT NOT NULL KEEPS BIGINT
export function add_accumulate(sum: i64, x: i64): i64 { return sum + x; }
export function add_retract(sum: i64, x: i64): i64 { return sum - x; }
export function add_merge(sum: i64, other: i64): i64 { return sum + other; }
export function add_finish(sum: i64): i64 { return sum; }

// @sql-aggregate bits(x INT) RETURNS INT NOT NULL KEEPS INT
export function bits_accumulate(all: i32, x: i32): i32 { return all ^ x; }
export function bits_retract(all: i32, x: i32): i32 { return all ^ x; }
export function bits_merge(all: i32, other: i32): i32 { return all ^ other; }
export function bits_finish(all: i32): i32 { return all; }

// @sql-aggregate geometric(x DOUBLE) RETURNS DOUBLE NOT NULL KEEPS 16 BYTES
export function geometric_accumulate(s: usize, x: f64): void {
  store<f64>(s, load<f64>(s) + Math.log(x));
  store<i64>(s, load<i64>(s, 8) + 1, 8);
}
export function geometric_merge(s: usize, o: usize): void {
  store<f64>(s, load<f64>(s) + load<f64>(o));
  store<i64>(s, load<i64>(s, 8) + load<i64>(o, 8), 8);
}
export function geometric_finish(s: usize): f64 {
  const n = load<i64>(s, 8);
  return n == 0 ? NaN : Math.exp(load<f64>(s) / <f64>n);
}

// @sql-aggregate top_two(x BIGINT) RETURNS STRING KEEPS 24 BYTES
export function top_two_accumulate(s: usize, x: i64): void { put(s, x); }
export function top_two_merge(s: usize, o: usize): void {
  const n = load<i64>(o, 16);
  if (n > 0) put(s, load<i64>(o));
  if (n > 1) put(s, load<i64>(o, 8));
}
function put(s: usize, x: i64): void {
  const n = load<i64>(s, 16);
  if (n == 0 || x > load<i64>(s)) {
    store<i64>(s, load<i64>(s), 8);
    store<i64>(s, x);
  } else if (n == 1 || x > load<i64>(s, 8)) store<i64>(s, x, 8);
  store<i64>(s, min<i64>(n + 1, 2), 16);
}
const out = memory.data(64);
export function top_two_finish(s: usize): i64 {
  const n = load<i64>(s, 16);
  if (n == 0) return -1;
  let at = print(out, load<i64>(s));
  if (n > 1) {
    store<u8>(at++, 0x3e);
    at = print(at, load<i64>(s, 8));
  }
  return (<i64>(at - out) << 32) | <i64>out;
}
function print(to: usize, x: i64): usize {
  if (x < 0) { store<u8>(to++, 0x2d); x = -x; }
  let digits = 1;
  for (let r = x; r >= 10; r /= 10) digits++;
  for (let i = digits - 1; i >= 0; i--) { store<u8>(to + i, <u8>(0x30 + x % 10)); x /= 10; }
  return to + digits;
}

// @sql-aggregate distinct_about(s STRING) RETURNS BIGINT NOT NULL KEEPS 1024 BYTES
export function distinct_about_accumulate(s: usize, text: usize, bytes: i32): void {
  let h: u64 = 0xcbf29ce484222325;
  for (let i = 0; i < bytes; i++) h = (h ^ <u64>load<u8>(text + i)) * 0x100000001b3;
  h ^= h >> 33; h *= 0xff51afd7ed558ccd; h ^= h >> 33; h *= 0xc4ceb9fe1a85ec53; h ^= h >> 33;
  const at = s + <usize>(h & 1023);
  const rank = <u8>(clz<u64>((h >> 10) | 1) - 9);
  if (rank > load<u8>(at)) store<u8>(at, rank);
}
export function distinct_about_merge(s: usize, o: usize): void {
  for (let i: usize = 0; i < 1024; i++) if (load<u8>(o + i) > load<u8>(s + i)) store<u8>(s + i, load<u8>(o + i));
}
export function distinct_about_finish(s: usize): i64 {
  let sum = 0.0;
  let zeros = 0;
  for (let i: usize = 0; i < 1024; i++) {
    const rank = load<u8>(s + i);
    if (rank == 0) zeros++;
    sum += 1.0 / <f64>(<u64>1 << rank);
  }
  const estimate = 0.7213 / (1.0 + 1.079 / 1024.0) * 1024.0 * 1024.0 / sum;
  if (estimate <= 2560.0 && zeros > 0) return <i64>Math.round(1024.0 * Math.log(1024.0 / <f64>zeros));
  return <i64>Math.round(estimate);
}

// @sql-aggregate nulls_of(x BIGINT) RETURNS BIGINT NOT NULL KEEPS BIGINT NULLS CALL
export function nulls_of_accumulate(n: i64, x: i64, has: i32): i64 { return has ? n : n + 1; }
export function nulls_of_retract(n: i64, x: i64, has: i32): i64 { return has ? n : n - 1; }
export function nulls_of_merge(n: i64, other: i64): i64 { return n + other; }
export function nulls_of_finish(n: i64): i64 { return n; }
`;

export const aggregateModule = (): Promise<Uint8Array<ArrayBuffer>> => assemblyScript(aggregateSource);
