import fc from 'fast-check';
import { expect, it } from 'vitest';
import { borrowBuffer, returnBuffer } from '../../core/connectors/kafka/client/answer-buffers.ts';
import { AnswerReader } from '../../core/connectors/kafka/client/answer-reader.ts';

/** Gives a reader bytes as a socket does: as many as fit where it wants them, and no more than `cuts` say. */
function read(bytes: Buffer, cuts: readonly number[], giveBack: boolean): Buffer[] {
  const answers: Buffer[] = [];
  const reader = new AnswerReader(answer => {
    answers.push(Buffer.from(answer));
    if (giveBack) returnBuffer(answer);
  });
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const room = reader.room();
    const count = Math.min(room.length, bytes.length - at, cuts[turn % cuts.length]!);
    bytes.copy(room, 0, at, at + count);
    reader.received(count);
    at += count;
  }
  return answers;
}

it('answers come whole and in order, however the bytes are cut', () => {
  const sizes = fc.array(fc.oneof(fc.nat(40), fc.integer({ min: 16_000, max: 17_000 }), fc.constant(200_000)), { maxLength: 8 });
  fc.assert(
    fc.property(
      sizes,
      fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 5 }),
      fc.boolean(),
      (all, cuts, back) => {
        const answers = all.map((size, index) => Buffer.alloc(size, index + 1));
        const bytes = Buffer.concat(
          answers.flatMap(answer => {
            const length = Buffer.alloc(4);
            length.writeInt32BE(answer.length);
            return [length, answer];
          }),
        );
        // tiny pieces of long answers take long
        const pieces = bytes.length > 50_000 ? cuts.map(cut => cut + 5000) : cuts;
        expect(read(bytes, pieces, back).map(answer => answer.toString('latin1'))).toEqual(
          answers.map(answer => answer.toString('latin1')),
        );
      },
    ),
    { numRuns: 60 },
  );
});

it('a large buffer that was given back is used again, and only then', () => {
  const first = borrowBuffer(150_000);
  const second = borrowBuffer(150_000);
  expect(second.buffer).not.toBe(first.buffer);
  returnBuffer(first.subarray(10, 20));
  expect(borrowBuffer(200_000).buffer).toBe(first.buffer);
  returnBuffer(Buffer.alloc(10));
  expect(borrowBuffer(200_000).buffer).not.toBe(second.buffer);
});
