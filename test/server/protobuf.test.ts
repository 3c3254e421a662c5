import { expect, it } from 'vitest';
import {
  bool,
  bytes,
  double,
  field,
  fixedLong,
  integer,
  map,
  message,
  optional,
  repeated,
  string,
} from '../../core/server/flight/protobuf.ts';

const Inner = message({ text: field(1, string) });
const All = message({
  text: field(1, string),
  count: field(2, integer),
  flag: optional(3, bool),
  content: field(4, bytes),
  numbers: repeated(5, integer),
  inner: optional(6, Inner),
  all: repeated(7, Inner),
  byName: map(8, double),
  fixed: field(9, fixedLong),
  far: field(1000, string),
});

it('what was written is read', () => {
  const value = {
    text: 'ü',
    count: -1,
    flag: false,
    content: Buffer.from([0, 255]),
    numbers: [0, 1, 127, 128, 2 ** 40, -5],
    inner: { text: '' },
    all: [{ text: 'a' }, { text: 'b' }],
    byName: { x: 1.5, y: -0.25 },
    fixed: -(2 ** 40),
    far: 'away',
  };
  expect(All.decode(All.encode(value))).toEqual({ ...value, content: value.content });
  expect(All.decode(new Uint8Array(0))).toMatchObject({
    text: '',
    count: 0,
    flag: undefined,
    numbers: [],
    inner: undefined,
    byName: {},
  });
});

it('the bytes are those of the specification', () => {
  expect([...All.encode({ text: 'testing' })]).toEqual([0x0a, 7, ...Buffer.from('testing')]);
  expect([...All.encode({ count: 150 })]).toEqual([0x10, 0x96, 1]);
  expect([...All.encode({ count: -2 })]).toEqual([0x10, 0xfe, ...new Array<number>(8).fill(0xff), 1]);
  expect([...All.encode({ flag: false })]).toEqual([0x18, 0]);
  // numbers packed into one field, as others write them
  expect(All.decode(Uint8Array.of(0x2a, 3, 1, 0x96, 1)).numbers).toEqual([1, 150]);
});

it('fields that are not known are passed over, and what is cut off is refused', () => {
  const known = Inner.decode(All.encode({ text: 'a', count: 5, content: Buffer.from('b'), fixed: 3, far: 'c' }));
  expect(known).toEqual({ text: 'a' });
  for (const bad of [[0x0a], [0x0a, 5, 1], [0x10, 0x80], [0x0b], [0x49, 1, 2], new Array<number>(12).fill(0xff)])
    expect(() => All.decode(Uint8Array.from(bad))).toThrow('not a message of Flight SQL');
});
