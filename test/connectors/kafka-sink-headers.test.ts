import fc from 'fast-check';
import { expect, it } from 'vitest';
import { types } from '../../core/columnar/types.ts';
import { columnOf } from '../../core/columnar/write-values.ts';
import { placeHeaders } from '../../core/connectors/kafka/sink/headers.ts';
import { testTask } from '../support/source-reading.ts';

const { memory } = testTask();
const type = types.map(types.string(), types.bytes());

/** Zig-zag. Source: Kafka's documentation, "Record Header". */
function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value < 0 ? -2 * value - 1 : 2 * value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 128);
  }
}
type Headers = readonly (readonly [string, Uint8Array | null])[];
const expected = (headers: Headers | null): number[] =>
  headers === null
    ? []
    : [
        ...varint(headers.length),
        ...headers.flatMap(([name, value]) => {
          const bytes = [...Buffer.from(name)];
          return [...varint(bytes.length), ...bytes, ...(value === null ? varint(-1) : [...varint(value.length), ...value])];
        }),
      ];

it('headers stand as records have them', () => {
  const value = fc.oneof(fc.constant(null), fc.uint8Array({ maxLength: 20 }), fc.uint8Array({ minLength: 60, maxLength: 9000 }));
  const headers = fc.uniqueArray(fc.tuple(fc.string({ maxLength: 30, unit: 'grapheme' }), value), {
    selector: ([name]) => name,
    maxLength: 5,
  });
  fc.assert(
    fc.property(fc.array(fc.option(headers), { maxLength: 12 }), rows => {
      memory.arena.reset();
      const column = columnOf(memory, type, rows);
      const places = placeHeaders(memory, column, rows.length);
      const found = rows.map((_, row) => {
        const [at, length] = [memory.u32[(places >>> 2) + row * 2]!, memory.u32[(places >>> 2) + row * 2 + 1]!];
        return [...memory.u8.slice(at, at + length)];
      });
      expect(found).toEqual(rows.map(expected));
    }),
    { numRuns: 100 },
  );
});
