import { code, type Hostile, leb, made, name, raw } from '../support.ts';

const invalid = (what: string | RegExp): RegExp =>
  new RegExp(`^udf-invalid: evil.wasm is not a valid WebAssembly module: .*${typeof what === 'string' ? what : what.source}`);
const notInvalid = /^(?!udf-invalid)/;

function broken(title: string, bytes: () => Uint8Array<ArrayBuffer>, why: string | RegExp): Hostile {
  return { name: title, guard: 'validation', bytes, expected: invalid(why), without: notInvalid };
}

const bytesOf = (...bytes: readonly number[]) => Uint8Array.from(bytes);
const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/** Files that are not what the binary format says. */
export const encodings: readonly Hostile[] = [
  broken('no bytes at all', () => bytesOf(), 'BufferSource argument is empty'),
  broken('text instead of wasm', () => new TextEncoder().encode('export function f() {}'), 'magic'),
  broken('the magic number and nothing else', () => bytesOf(...header.slice(0, 4)), 'fell off end'),
  broken('version 2', () => bytesOf(...header.slice(0, 4), 2, 0, 0, 0), 'version'),
  broken('a section longer than the file', () => raw({}, [0x00, 0x7f, 1]), 'extends past end'),
  broken('a section size in six bytes of LEB128', () => raw({}, [0x00, 0x81, 0x80, 0x80, 0x80, 0x80, 0x00]), /LEB128|length/),
  broken('a LEB128 with bits beyond 32', () => raw({ 3: [1, 0x80, 0x80, 0x80, 0x80, 0x70] }), /LEB128|extra bits|length/),
  broken('a LEB128 that never ends', () => raw({ 10: [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff] }), /LEB128|count/),
  broken('sections out of order', () => raw({}, [0x05, 3, 1, 0, 1]), /order|unexpected section/),
  broken('a section twice', () => raw({}, [0x0a, 6, 1, 4, 0, 0x20, 0, 0x0b]), /order|unexpected section/),
  broken('an unknown section', () => raw({}, [0x3f, 1, 0]), /unknown section/),
  broken('more functions than bodies', () => raw({ 3: [2, 0, 0] }), /function/),
  broken(
    'more bodies than functions',
    () => raw({ 3: [1, 0], 10: [2, 4, 0, 0x20, 0, 0x0b, 4, 0, 0x20, 0, 0x0b] }),
    /function|body/,
  ),
  broken('a body longer than its section', () => raw({ 10: [1, 90, 0, 0x20, 0, 0x0b] }), 'fell off end'),
  broken('a body without end', () => raw({ 10: code([0x20, 0]) }), /end/),
  broken('instructions behind the end', () => raw({ 10: code([0x20, 0, 0x0b, 0x20, 0, 0x0b]) }), 'trailing code'),
  broken('a type that does not exist', () => raw({ 3: [1, 9] }), /type|index/),
  broken('4 294 967 295 locals', () => raw({ 10: code([0x20, 0, 0x0b], [1, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x7f]) }), 'local'),
  broken('50 001 locals', () => raw({ 10: code([0x20, 0, 0x0b], [1, ...leb(50_001), 0x7f]) }), 'local'),
  {
    name: '49 999 locals and a loop, too many once it is metered',
    guard: 'metered-size',
    bytes: () => raw({ 10: code([0x03, 0x40, 0x0b, 0x20, 0, 0x0b], [1, ...leb(49_999), 0x7f]) }),
    expected: /^udf-size: evil.wasm has a function that is too large to be metered: .*local/,
    without: /^internal/,
  },
  broken('1001 parameters', () => raw({ 1: [1, 0x60, ...leb(1001), ...new Array<number>(1001).fill(0x7f), 0] }), 'param count'),
  broken('4 294 967 295 types', () => raw({ 1: [0xff, 0xff, 0xff, 0xff, 0x0f, 0x60] }), /count|type/),
  broken('4 294 967 295 exports', () => raw({ 7: [0xff, 0xff, 0xff, 0xff, 0x0f] }), /count|export/),
  broken(
    'a br_table with a million targets',
    () => raw({ 10: code([0x20, 0, 0x20, 0, 0x0e, ...leb(1_000_000), ...new Array<number>(1_000_001).fill(0), 0x0b]) }),
    'table count',
  ),
  {
    name: 'a br_table with 65 519 targets',
    guard: 'none',
    bytes: () => raw({ 10: code([0x20, 0, 0x20, 0, 0x0e, ...leb(65_519), ...new Array<number>(65_520).fill(0), 0x0b]) }),
    expected: 'values 1 2 3',
  },
  {
    name: '30 000 nested blocks',
    guard: 'none',
    bytes: () =>
      raw({
        10: code([
          ...Array.from({ length: 30_000 }, () => [0x02, 0x40]).flat(),
          ...new Array<number>(30_000).fill(0x0b),
          0x20,
          0,
          0x0b,
        ]),
      }),
    expected: 'values 1 2 3',
  },
  {
    name: 'a thousand nested loops',
    guard: 'none',
    bytes: () =>
      raw({
        10: code([
          ...Array.from({ length: 1000 }, () => [0x03, 0x40]).flat(),
          ...new Array<number>(1000).fill(0x0b),
          0x20,
          0,
          0x0b,
        ]),
      }),
    expected: 'values 1 2 3',
  },
  broken('a jump out of the function', () => raw({ 10: code([0x20, 0, 0x0c, 7, 0x0b]) }), 'branch depth'),
  broken('a value too few', () => raw({ 10: code([0x6a, 0x0b]) }), /stack/),
  broken('a value of another type', () => raw({ 10: code([0x42, 0, 0x0b]) }), /type/),
  broken('an alignment above the width', () => raw({ 10: code([0x20, 0, 0x28, 9, 0, 0x0b]) }), 'align'),
  broken('a call of a function that is not there', () => raw({ 10: code([0x20, 0, 0x10, 77, 0x0b]) }), 'function index'),
  broken('an export of a function that is not there', () => raw({ 7: [1, 1, 0x66, 0, 9] }), /index/),
  broken('two exports of one name', () => raw({ 7: [2, 1, 0x66, 0, 0, 1, 0x66, 0, 0] }), /[Dd]uplicate/),
  broken('an export name that is not UTF-8', () => raw({ 7: [1, 2, 0xc3, 0x28, 0, 0] }), 'UTF-8'),
  broken('a start function with parameters', () => raw({ 8: [0] }), 'start'),
  broken('a start function that is not there', () => raw({ 8: [5] }), /index/),
  broken('a global whose value has another type', () => raw({ 6: [1, 0x7f, 1, 0x42, 0, 0x0b] }), /type/),
  broken('an indirect call without a table', () => raw({ 10: code([0x20, 0, 0x20, 0, 0x11, 0, 0, 0x0b]) }), /table/),
  broken('a data count that lies', () => raw({ 12: [7] }), /data/),
  broken(
    'memory.init without segments',
    () => raw({ 10: code([0x41, 0, 0x41, 0, 0x41, 1, 0xfc, 8, 0, 0, 0x20, 0, 0x0b]) }),
    /data/,
  ),
  broken('an element segment for a table that is not there', () => raw({ 9: [1, 0, 0x41, 0, 0x0b, 1, 0] }), /table/),
  broken(
    'an element segment with a function that is not there',
    () => raw({ 4: [1, 0x70, 0, 1], 9: [1, 0, 0x41, 0, 0x0b, 1, 9] }),
    /index/,
  ),
  broken('an element segment of unknown kind', () => raw({ 4: [1, 0x70, 0, 1], 9: [1, 9, 0x41, 0, 0x0b, 1, 0] }), 'flag value'),
  broken('a limit whose maximum is below its beginning', () => raw({ 5: [1, 1, 9, 2] }), 'maximum memory size'),
  broken('65 537 pages', () => raw({ 5: [1, 0, 0x81, 0x80, 0x04] }), 'initial memory size'),
  broken('pages of one byte', () => raw({ 5: [1, 8, 1, 0] }), 'memory limits flags'),
  broken('an unknown instruction', () => raw({ 10: code([0x20, 0, 0x27, 0x0b]) }), /opcode/),
  broken('an unknown instruction of the vector group', () => raw({ 10: code([0x20, 0, 0xfd, 0xff, 0x07, 0x0b]) }), /opcode/),
  {
    name: 'a name section that lies about everything',
    guard: 'none',
    bytes: () => raw({}, [0, ...leb(12), ...name('name'), 1, 5, 0xff, 0xff, 0xff, 0xff, 0x7f]),
    expected: 'values 1 2 3',
  },
  {
    name: 'a thousand custom sections',
    guard: 'none',
    bytes: () => raw({}, Array.from({ length: 1000 }, () => [0, 4, ...name('abc')]).flat()),
    expected: 'values 1 2 3',
  },
  {
    name: 'a body with 200 000 instructions',
    guard: 'none',
    bytes: made(f => {
      f.get(f.parameters[0]!);
      for (let count = 0; count < 100_000; count++) f.i32.const(0).i32.add();
    }),
    expected: 'values 1 2 3',
  },
];
