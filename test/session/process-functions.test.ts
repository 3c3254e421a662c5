import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Session } from '../../core/session/session.ts';
import { buildAssemblyScript } from '../../core/udf/build-assemblyscript.ts';
import { rowTexts, runStatement } from '../support/run-statements.ts';

const modules = `
// @sql-function {"name": "bad", "kind": "process", "table": {"columns": [{"name": "how", "type": "INT NOT NULL"}]}, "states": [{"name": "s", "columns": [{"name": "text", "type": "STRING"}]}], "columns": [{"name": "n", "type": "INT NOT NULL"}]}
export function bad(context: usize, how: i32): u64 {
  const at = heap.alloc(64);
  store<u32>(context + 32, <u32>at);
  store<u32>(context + 36, how >= 10 ? 0 : 1);
  store<u32>(at + 16, 1);
  if (how == 1) store<u32>(context + 36, 100000);
  if (how == 2) store<u32>(context + 32, 0xfffffff0);
  if (how == 3) store<u32>(at + 16, 9);
  if (how == 4) store<u32>(at + 12, 1000);
  if (how == 5) { store<u32>(at + 8, <u32>at + 40); store<u32>(at + 12, 1); store<u8>(at + 40, 0xff); }
  if (how == 6) store<i64>(at, i64.MAX_VALUE);
  if (how == 10) { store<u64>(context + 64, 0); store<u32>(context + 72, 0xfffffff0); store<u32>(context + 76, 100); }
  if (how == 11) { store<u64>(context + 64, 0); store<u8>(at, 0xff); store<u32>(context + 72, <u32>at); store<u32>(context + 76, 1); }
  if (how == 12) unreachable();
  if (how == 13) while (true) {}
  return 0;
}
export function bad_timer(context: usize): u64 { unreachable(); return 0; }

// Two rows for a key, then it is forgotten.
// @sql-function {"name": "pairs", "kind": "process", "table": {"columns": [{"name": "v", "type": "STRING"}]}, "states": [{"name": "first", "columns": [{"name": "v", "type": "STRING"}]}, {"name": "all", "columns": [{"name": "n", "type": "BIGINT NOT NULL"}]}], "columns": [{"name": "both", "type": "STRING"}, {"name": "n", "type": "BIGINT"}, {"name": "fresh", "type": "BOOLEAN"}]}
export function pairs(context: usize, v: usize, bytes: i32, has: i32): u64 {
  const state = context + 64;
  const all = state + 16;
  store<i64>(all + 8, load<i64>(all + 8) + 1);
  if (load<u64>(state) & 1) {
    store<u64>(state, 0);
    store<u32>(state + 8, <u32>v);
    store<u32>(state + 12, bytes);
    return 0;
  }
  const out = heap.alloc(64);
  const first = load<u32>(state + 12);
  const text = heap.alloc(first + bytes);
  memory.copy(text, load<u32>(state + 8), first);
  memory.copy(text + first, v, bytes);
  store<u64>(out, 0);
  store<u32>(out + 8, <u32>text);
  store<u32>(out + 12, first + bytes);
  store<i64>(out + 16, load<i64>(all + 8));
  store<u32>(out + 24, load<u32>(context + 16) & 4);
  store<u32>(context + 40, 1);
  return ((<u64>1) << 32) | out;
}
`;
const folder = mkdtempSync(join(tmpdir(), 'tidemill-process-'));
let session: Session;
beforeAll(async () => {
  writeFileSync(join(folder, 'bad.wasm'), await buildAssemblyScript(modules));
  session = new Session({ settings: { 'table.local-time-zone': 'UTC' }, engine: { batchRows: 3 } });
  for (const name of ['bad', 'pairs']) await runStatement(session, `CREATE TEMPORARY FUNCTION ${name} USING 'bad.wasm'`, folder);
  writeFileSync(join(folder, 't.csv'), '1,2026-01-01 00:00:00\n');
  await runStatement(
    session,
    `CREATE TABLE t (how INT NOT NULL, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'filesystem', 'path' = 't.csv', 'format' = 'csv')`,
    folder,
  );
});
afterAll(async () => {
  await session.close();
  rmSync(folder, { recursive: true });
});

test('what a process function may not do', async () => {
  const error = async (how: number, onTime = true): Promise<string> => {
    const rows = `TABLE (SELECT how - 1 + ${how} AS how, 1 AS k, ts FROM t) PARTITION BY k`;
    const sql = `SELECT * FROM bad(input => ${rows}${onTime ? ', on_time => DESCRIPTOR(ts)' : ''})`;
    try {
      await runStatement(session, sql, folder);
      return 'nothing';
    } catch (caught) {
      const { code, message } = caught as { code: string; message: string };
      return `${code}: ${message}`;
    }
  };
  expect(await error(1)).toContain('asks for 100000 timers at once');
  expect(await error(2)).toContain('timer requests outside its memory');
  expect(await error(3)).toContain('neither sets nor clears');
  expect(await error(4)).toContain('a name of more than 256 bytes');
  expect(await error(5)).toContain('name that is not UTF-8');
  expect(await error(6)).toContain('a time out of range');
  expect(await error(7)).toMatch(/^udf-trap: 'bad' trapped: .* in a timer/);
  expect(await error(7, false)).toContain('sets a timer, and has none here');
  expect(await error(10)).toMatch(/^udf-result: .* text in its state \(text\) that lies outside its memory/);
  expect(await error(11)).toContain('that is not UTF-8');
  expect(await error(12)).toMatch(/^udf-trap: 'bad' trapped/);
  expect(await error(13)).toMatch(/^udf-fuel: /);
  expect(await error(14)).toBe('nothing');
});

test('a state that is cleared begins anew, the others stay', async () => {
  const values = Array.from({ length: 11 }, (_, index) => `(${index % 2}, 'value ${index} of some length')`).join(', ');
  const { schema, rows } = (await runStatement(
    session,
    `SELECT * FROM pairs(TABLE (SELECT * FROM (VALUES ${values}) AS x(k, v)) PARTITION BY k)`,
    folder,
  ))!;
  const text = (a: number, b: number): string => `value ${a} of some lengthvalue ${b} of some length`;
  expect(rowTexts({ schema, rows }).sort()).toEqual(
    [
      `0|${text(0, 2)}|2|FALSE`,
      `0|${text(4, 6)}|4|FALSE`,
      `1|${text(1, 3)}|2|FALSE`,
      `1|${text(5, 7)}|4|FALSE`,
      `0|${text(8, 10)}|6|FALSE`,
    ].sort(),
  );
});
