import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testTask } from '../support/source-reading.ts';

const task = testTask();
const address = task.memory.allocateSegment(4096);

function firstInvalid(bytes: Uint8Array): number {
  task.memory.u8.fill(0xbf, address, address + 2048);
  task.memory.u8.set(bytes, address);
  return (task.kernels.utf8_validate(address, address + bytes.length) >>> 0) - address;
}
/** The longest prefix that decodes, a character at a time. */
function oracle(bytes: Uint8Array): number {
  const isText = (from: number, to: number): boolean => {
    try {
      new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(from, to));
      return true;
    } catch {
      return false;
    }
  };
  let at = 0;
  while (at < bytes.length) {
    const length = [1, 2, 3, 4].find(size => at + size <= bytes.length && isText(at, at + size));
    if (length === undefined) return at;
    at += length;
  }
  return at;
}

describe('utf8_validate', () => {
  it('finds the first character that is none', () => {
    const piece = fc.oneof(
      { weight: 8, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }).map(text => Buffer.from(text)) },
      { weight: 4, arbitrary: fc.string({ maxLength: 90 }).map(text => Buffer.from(text)) },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 4 }).map(bytes => Buffer.from(bytes)) },
      {
        weight: 1,
        arbitrary: fc
          .constantFrom(
            'c080',
            'e08080',
            'eda080',
            'edbfbf',
            'f08080af',
            'f4908080',
            'f5',
            'ff',
            'e282',
            'f09f98',
            '80',
            'c2',
            'c3b6b6',
          )
          .map(hex => Buffer.from(hex, 'hex')),
      },
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), pieces => {
        const bytes = Buffer.concat(pieces);
        expect(firstInvalid(bytes)).toBe(oracle(bytes));
      }),
      { numRuns: 3000 },
    );
  });

  it('takes every character, wherever blocks cut it', () => {
    for (const character of ['\u0080', '\u07ff', '\u0800', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}']) {
      for (let before = 60; before < 66; before++) {
        const bytes = Buffer.from(`ö${'a'.repeat(before - 2)}${character.repeat(70)}`);
        expect(firstInvalid(bytes)).toBe(bytes.length);
      }
    }
  });
});
