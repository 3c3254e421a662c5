import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { types } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { assemblyScript, failure, handMade, harness } from './support.ts';

/** Upper case of ASCII letters, `again` times side by side; NULL for an empty text. */
const shout = `
  // @sql shout(text STRING, again INT) RETURNS STRING
  export function shout(text: usize, bytes: i32, again: i32): u64 {
    if (bytes == 0) return u64.MAX_VALUE;
    const out = heap.alloc(bytes * again + 1);
    for (let round = 0; round < again; round++)
      for (let i = 0; i < bytes; i++) {
        const c = load<u8>(text + i);
        store<u8>(out + round * bytes + i, c >= 97 && c <= 122 ? c - 32 : c);
      }
    return ((<u64>(bytes * again)) << 32) | out;
  }
  // @sql joined(a STRING, b STRING, c BYTES) RETURNS INT NULLS CALL
  export function joined(a: usize, an: i32, ah: i32, b: usize, bn: i32, bh: i32, c: usize, cn: i32, ch: i32): i32 {
    let sum = 0;
    if (ah) for (let i = 0; i < an; i++) sum = sum * 31 + load<u8>(a + i);
    if (bh) for (let i = 0; i < bn; i++) sum = sum * 37 + load<u8>(b + i);
    if (ch) for (let i = 0; i < cn; i++) sum = sum * 41 + load<u8>(c + i);
    return sum * 8 + ah * 4 + bh * 2 + ch;
  }
  // @sql same(text BYTES) RETURNS BYTES
  export function same(text: usize, bytes: i32): u64 { return ((<u64>bytes) << 32) | text; }`;

const upper = (text: string, again: number): string | null =>
  text === '' ? null : text.replaceAll(/[a-z]/g, letter => letter.toUpperCase()).repeat(again);

describe('text in and out', () => {
  test('short and long, NULL, empty, Unicode', async () => {
    const { run } = harness(await assemblyScript(shout), 'shout');
    const texts = ['a', '', null, 'twelve bytes', 'thirteen byte', 'grüße 🦉', 'x'.repeat(5000)];
    const again = texts.map((_, index) => 1 + (index % 3));
    expect(run([texts, again])).toEqual(texts.map((text, row) => (text === null ? null : upper(text, again[row]!))));
  });

  test('several texts at once, with flags; bytes too', async () => {
    const { run } = harness(await assemblyScript(shout), 'joined');
    const hash = (value: string | Uint8Array | null, start: number, factor: number): number => {
      const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : (value ?? []);
      return [...bytes].reduce((sum, byte) => (Math.imul(sum, factor) + byte) | 0, start);
    };
    const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
    const rows: [string | null, string | null, Uint8Array | null][] = [
      ['a', 'b', bytes('c')],
      [null, 'long enough not to fit', bytes('')],
      ['', null, bytes('another one that is long')],
      [null, null, null],
    ];
    const expected = rows.map(([a, b, c]) => {
      const sum = hash(c, hash(b, hash(a, 0, 31), 37), 41);
      return (Math.imul(sum, 8) + Number(a !== null) * 4 + Number(b !== null) * 2 + Number(c !== null)) | 0;
    });
    expect(run([0, 1, 2].map(column => rows.map(row => row[column] as Value)))).toEqual(expected);
  });

  test('what lies behind a text stays unseen, and bytes that are no text are found wherever they are', async () => {
    const bytes = await assemblyScript(`
      // @sql behind(text STRING) RETURNS INT
      export function behind(text: usize, bytes: i32): i32 {
        let sum = 0;
        for (let at = bytes; at % 16 != 0; at++) sum += load<u8>(text + at);
        return sum;
      }
      // @sql made(bytes INT, last INT) RETURNS STRING
      export function made(bytes: i32, last: i32): u64 {
        const out = heap.alloc(bytes + 1);
        memory.fill(out, 97, bytes);
        store<u8>(out + bytes - 1, last);
        return ((<u64>bytes) << 32) | out;
      }`);
    const lengths = [1, 12, 13, 15, 16, 17, 31, 40, 300];
    const texts = lengths.map(length => 'x'.repeat(length));
    // side by side in the engine's memory, so that a vector too much would show the next one
    expect(harness(bytes, 'behind').run([texts])).toEqual(lengths.map(() => 0));
    const { run } = harness(bytes, 'made');
    expect(run([lengths, lengths.map(() => 98)])).toEqual(lengths.map(length => `${'a'.repeat(length - 1)}b`));
    for (const bad of lengths) {
      const last = lengths.map(length => (length === bad ? 0xff : 98));
      expect(failure(() => run([lengths, last])).code, `${bad} bytes`).toBe('udf-result');
    }
  });

  test('any texts, any rows chosen, over many calls: the room and the heap grow', async () => {
    const { run, memory } = harness(await assemblyScript(shout), 'same');
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.uint8Array({ maxLength: 40 }), { freq: 8 }), { maxLength: 200 }),
        fc.integer({ min: 0, max: 3 }),
        fc.infiniteStream(fc.boolean()),
        (values, longer, chosen) => {
          const texts = values.map((value, row) =>
            value !== null && row % 50 === 7 ? new Uint8Array(longer * 30_000).fill(row) : value,
          );
          const selection = texts.map((): 0 | 1 => (chosen.next().value ? 1 : 0));
          const results = run([texts], selection);
          for (const [row, text] of texts.entries()) if (selection[row] === 1) expect(results[row]).toEqual(text);
          expect(run([texts])).toEqual(texts);
          memory.arena.reset();
        },
      ),
      { numRuns: 60 },
    );
  });
});

/** A module whose only function returns a constant for its text, and whose room is at `room`. */
function lying(result: bigint, room = 1024, declared = types.string()) {
  return handMade(
    module => {
      module.memory({ initial: 1, maximum: 1 });
      const allocate = module.function('tidemill_allocate', ['i32'], ['i32']);
      allocate.i32.const(room);
      const f = module.function('f', ['i32', 'i32'], ['i64']);
      f.i64.const(result);
      module.export('tidemill_allocate', allocate);
      module.export('f', f);
    },
    [{ name: 'f', arguments: [types.string()], result: declared }],
  );
}

describe('modules that lie', () => {
  const page = 65_536n;
  test.each([
    ['behind the end', (1n << 32n) | page, 'udf-result'],
    ['over the end', (2n << 32n) | (page - 1n), 'udf-result'],
    ['a length that wraps', (0xffff_ffffn << 32n) | 100n, 'udf-result'],
    ['an address that wraps', (16n << 32n) | 0xffff_fff8n, 'udf-result'],
    ['NULL where none may be', -1n, 'udf-result'],
  ])('a result %s', (_, result, code) => {
    const { run } = harness(lying(result, 1024, types.string(false)), 'f');
    expect(failure(() => run([['a']])).code).toBe(code);
  });

  test('up to the very end of the memory is inside it', () => {
    const { run } = harness(lying((3n << 32n) | (page - 3n)), 'f');
    expect(run([['a', 'b']])).toEqual(['\0\0\0', '\0\0\0']);
  });

  test.each([0, 65_536, 65_000, -1])('room at %d for its arguments', room => {
    const { run } = harness(lying(0n, room), 'f');
    expect(failure(() => run([['a']]))).toMatchObject({
      code: 'udf-memory',
      message: expect.stringContaining('tidemill_allocate'),
    });
  });

  test('what is not UTF-8 fails the row, or makes it NULL', async () => {
    const source = `
      // @sql bad(text STRING) RETURNS STRING
      export function bad(text: usize, bytes: i32): u64 {
        if (load<u8>(text) == 120) store<u8>(text + bytes - 1, 0xff);
        return ((<u64>bytes) << 32) | text;
      }`;
    const texts = ['fine', 'x short', 'fine too', `x ${'long'.repeat(10)}`, 'end'];
    const { run } = harness(await assemblyScript(source), 'bad');
    expect(failure(() => run([texts]))).toEqual({
      code: 'udf-result',
      message: "'bad' returned bytes that are not UTF-8 in row 1 of the batch",
    });
    const lenient = harness(await assemblyScript(source), 'bad', { onTrap: 'null' });
    expect(lenient.run([texts])).toEqual(['fine', null, 'fine too', null, 'end']);
    expect(lenient.failedRows()).toBe(2);
  });

  test('text needs a memory, and room for arguments', () => {
    const none = handMade(
      module => {
        const f = module.function('f', ['i32', 'i32'], ['i64']);
        f.i64.const(0);
        module.export('f', f);
      },
      [{ name: 'f', arguments: [types.string()], result: types.string() }],
    );
    expect(failure(() => harness(none, 'f'))).toMatchObject({
      code: 'udf-export',
      message: expect.stringContaining('no memory'),
    });
    const roomless = handMade(
      module => {
        module.memory({ initial: 1, maximum: 1 });
        const f = module.function('f', ['i32', 'i32'], ['i64']);
        f.i64.const(0);
        module.export('f', f);
      },
      [{ name: 'f', arguments: [types.string()], result: types.string() }],
    );
    expect(failure(() => harness(roomless, 'f'))).toMatchObject({
      code: 'udf-export',
      message: expect.stringContaining('tidemill_allocate(i32) → i32'),
    });
  });
});
