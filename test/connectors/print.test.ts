import { describe, expect, it } from 'vitest';
import { type Schema, types } from '../../core/columnar/types.ts';
import { valuesToBatch } from '../../core/columnar/write-values.ts';
import { connectorOf } from '../../core/connectors/index.ts';
import { testTask } from '../support/source-reading.ts';

const schema: Schema = [
  { name: 'id', type: types.bigint(false) },
  { name: 'name', type: types.string() },
  { name: 'at', type: types.timestamp(3) },
  { name: 'list', type: types.array(types.decimal(5, 2)) },
  { name: 'raw', type: types.bytes() },
  { name: 'r', type: types.row([{ name: 'd', type: types.date() }]) },
];

describe('print', () => {
  it("writes lines as Flink's does", () => {
    const task = testTask();
    let text = '';
    const sink = connectorOf('print').sink!({
      name: 'p',
      connector: 'print',
      options: { connector: 'print', 'print-identifier': 'out' },
      schema,
      primaryKey: ['id'],
    });
    const writer = sink.open({ ...task, subtask: 0, output: piece => (text += piece) });
    const batch = valuesToBatch(
      task.memory,
      schema,
      [
        [1n, 'a', 1_700_000_000_123_000n, [125n, null], new Uint8Array([1, 255]), [0]],
        [1n, 'b', 1_700_000_040_000_000n, null, null, null],
        [2n, null, null, null, null, [null]],
      ],
      [-1, 1, -1],
    );
    expect(writer.tryWrite(batch)).toBe(true);
    expect(text.split('\n')).toEqual([
      'out> -U[1, a, 2023-11-14T22:13:20.123, [1.25, null], [1, -1], +I[1970-01-01]]',
      'out> +U[1, b, 2023-11-14T22:14, null, null, null]',
      'out> -D[2, null, null, null, null, +I[null]]',
      '',
    ]);
  });
});
