import { types } from '../../../core/columnar/types.ts';
import type { FunctionBuilder, FunctionReference, ModuleBuilder } from '../../../core/wasm/encoder/index.ts';
import { type Hostile, made } from '../support.ts';

const pageBytes = 65_536;
const place = (address: number, bytes: number): bigint => BigInt.asIntN(64, (BigInt(bytes) << 32n) | BigInt(address));
const outside = "udf-result: 'f' returned text that lies outside its memory in row 0 of the batch";

/** A function that says of its memory what it likes. */
function text(result: bigint, bytes: readonly number[] = []): () => Uint8Array<ArrayBuffer> {
  return made(
    (f, module) => {
      if (bytes.length > 0) module.data(16, Uint8Array.from(bytes));
      f.i64.const(result);
    },
    { results: ['i64'], signature: { name: 'f', arguments: [types.int(false)], result: types.string(false) } },
  );
}
const lying = (name: string, result: bigint): Hostile => ({
  name,
  guard: 'text-bounds',
  bytes: text(result),
  expected: outside,
  without: /^udf-trap: 'f' trapped: memory access out of bounds|^(?!udf-result)/,
});
const notText = (name: string, ...bytes: readonly number[]): Hostile => ({
  name,
  guard: 'text-utf8',
  bytes: text(place(16, bytes.length), bytes),
  expected: "udf-result: 'f' returned bytes that are not UTF-8 in row 0 of the batch",
  without: /^values "/,
});

/** A function of text whose room is where `room` says. */
function allocating(room: (f: FunctionBuilder) => void): () => Uint8Array<ArrayBuffer> {
  return made(
    (f, module) => {
      const allocate = module.exportFunction('tidemill_allocate', ['i32'], ['i32']);
      room(allocate);
      f.get(f.parameters[0]!).i32.load8U(0);
    },
    { parameters: ['i32', 'i32'], signature: { name: 'f', arguments: [types.string(false)], result: types.int(false) } },
  );
}
const noRoom =
  "udf-memory: 'f' got no room for its arguments: tidemill_allocate returned 0, or a place outside its memory, in row 0 of the batch";
const badRoom = (name: string, room: (f: FunctionBuilder) => void): Hostile => ({
  name,
  guard: 'allocation-bounds',
  bytes: allocating(room),
  rows: ['a text of more than twelve bytes'],
  expected: noRoom,
  without: /^(?!udf-memory)/,
});

/** A function that calls a stub of WASI with these values and returns its errno. */
function calling(name: string, ...values: readonly number[]): () => Uint8Array<ArrayBuffer> {
  let stub: FunctionReference | undefined;
  return made(
    (f: FunctionBuilder, module: ModuleBuilder) => {
      void module;
      for (const value of values) f.i32.const(value);
      f.call(stub!);
    },
    {
      before: module => {
        stub = module.importFunction(
          'wasi_snapshot_preview1',
          name,
          values.map(() => 'i32' as const),
          ['i32'],
        );
      },
    },
  );
}
const stub = (title: string, name: string, ...values: readonly number[]): Hostile => ({
  name: title,
  guard: 'stub-bounds',
  bytes: calling(name, ...values),
  rows: [0],
  // EFAULT
  expected: 'values 21',
  without: /^(?!values)/,
});

const decimals: readonly Hostile[] = [
  {
    name: 'a decimal with a digit too many',
    guard: 'decimal-range',
    bytes: made(f => f.i64.const(100_000), {
      results: ['i64'],
      signature: { name: 'f', arguments: [types.int(false)], result: types.decimal(5, 2, false) },
    }),
    expected: "udf-result: 'f' returned a decimal with more digits than its type has in row 0 of the batch",
    without: /^values 1000/,
  },
  {
    name: 'a wide decimal with all bits set but the sign',
    guard: 'decimal-range',
    bytes: made(f => f.i64.const(-1).i64.const(0x7fff_ffff_ffff_ffffn), {
      results: ['i64', 'i64'],
      signature: { name: 'f', arguments: [types.int(false)], result: types.decimal(38, 0, false) },
    }),
    expected: "udf-result: 'f' returned a decimal with more digits than its type has in row 0 of the batch",
    without: /^values 17014/,
  },
  {
    name: 'a BOOLEAN of 256',
    guard: 'boolean-byte',
    bytes: made(f => f.i32.const(256), {
      signature: { name: 'f', arguments: [types.int(false)], result: types.boolean(false) },
    }),
    expected: 'values true true true',
    without: 'values false false false',
  },
];

const aborts: readonly Hostile[] = [-1, -4].map(address => ({
  name: `abort with a message at ${address}`,
  guard: 'abort-bounds' as const,
  bytes: made(f => f.i32.const(address).i32.const(0).i32.const(1).i32.const(2).raw(0x10, 0x00).unreachable(), {
    before: module => module.importFunction('env', 'abort', ['i32', 'i32', 'i32', 'i32']),
  }),
  expected: "udf-trap: 'f' trapped: abort at 1:2, in row 0 of the batch",
  without: /^(?!udf-trap: 'f' trapped: abort at 1:2)/,
}));

/** Modules whose results lie. */
export const results: readonly Hostile[] = [
  lying('text behind its memory', place(pageBytes, 1)),
  lying('text that begins inside and ends outside', place(pageBytes - 8, 9)),
  lying('long text that ends outside', place(pageBytes - 100, 4000)),
  lying('text of four gigabytes', place(0, 0xffff_ffff)),
  lying('text whose address and length add up to little', place(0xffff_fff0, 0x20)),
  lying('text of a length below zero', place(16, 0x8000_0000)),
  {
    name: 'no text at all where there must be some',
    guard: 'text-bounds',
    bytes: text(-1n),
    expected: outside,
    without: /^(?!udf-result)/,
  },
  notText('a lone continuation byte', 0x80),
  notText('text cut inside a character', 0xe2, 0x82),
  notText('a slash in two bytes', 0xc0, 0xaf),
  notText('half of a surrogate pair', 0xed, 0xa0, 0x80),
  notText('a character beyond U+10FFFF', 0xf4, 0x90, 0x80, 0x80),
  notText('bad bytes at the end of long text', ...new Array<number>(40).fill(0x61), 0xff),
  badRoom('room at 0', f => f.i32.const(0)),
  badRoom('room behind the memory', f => f.i32.const(pageBytes)),
  badRoom('room at the end of the address space', f => f.i32.const(-1)),
  badRoom('room that ends outside', f => f.i32.const(pageBytes - 16)),
  {
    name: 'room that traps',
    guard: 'engine',
    bytes: allocating(f => f.unreachable()),
    rows: ['a'],
    expected: "udf-trap: 'f' trapped: unreachable, in row 0 of the batch",
  },
  ...decimals,
  ...aborts,
  stub('random numbers for what lies outside', 'random_get', pageBytes - 4, 8),
  stub('random numbers for four gigabytes', 'random_get', 0, -1),
  stub('an answer to be put outside', 'environ_sizes_get', pageBytes, 0),
  stub('a list of texts that lies outside', 'fd_write', 1, pageBytes, 1, 0),
  {
    name: 'a list of two thousand texts',
    guard: 'stub-lists',
    bytes: calling('fd_write', 1, 0, 2000, 0),
    rows: [0],
    // EINVAL
    expected: 'values 28',
    without: 'values 0',
  },
];
