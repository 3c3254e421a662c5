import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Session } from '../../core/session/session.ts';
import { buildAssemblyScript } from '../../core/udf/build-assemblyscript.ts';

test('a NULL in an argument that is NOT NULL makes a NULL that the query sees, also of a result that is NOT NULL', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidemill-null-'));
  const module = await buildAssemblyScript(`
    // @sql same(x INT NOT NULL) RETURNS INT NOT NULL
    export function same(x: i32): i32 { return x; }
    // @sql known(x INT) RETURNS BOOLEAN NOT NULL NULLS CALL
    export function known(x: i32, valid: i32): i32 { return valid; }`);
  writeFileSync(join(folder, 'f.wasm'), module);
  const session = new Session({ parallelism: 1 });
  const text = `CREATE FUNCTION same USING 'f.wasm'; CREATE FUNCTION known USING 'f.wasm';
    SELECT id, same(x) IS NULL, COALESCE(same(x), -1), known(x), known(x) IS NULL FROM (VALUES (1, 5), (2, CAST(NULL AS INT))) AS v (id, x)`;
  const rows: unknown[] = [];
  try {
    for await (const result of session.run({ text, source: 'test', baseDirectory: folder }, 'final'))
      if (result.kind === 'query') {
        expect(result.query.schema.map(field => field.type.nullable)).toEqual([false, false, false, false, false]);
        for await (const chunk of result.query.chunks()) rows.push(...chunk.rows);
      }
  } finally {
    await session.close();
    rmSync(folder, { recursive: true });
  }
  expect(rows).toEqual([
    [1, false, 5, true, false],
    [2, true, -1, false, false],
  ]);
});

test('a function over text, in projections, keys and filters, with two tasks', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidemill-text-'));
  writeFileSync(
    join(folder, 'text.wasm'),
    await buildAssemblyScript(`
      // @sql shout(text STRING) RETURNS STRING
      export function shout(text: usize, bytes: i32): u64 {
        for (let i = 0; i < bytes; i++) { const c = load<u8>(text + i); if (c >= 97 && c <= 122) store<u8>(text + i, c - 32); }
        return ((<u64>bytes) << 32) | text;
      }`),
  );
  const session = new Session({ parallelism: 2 });
  const text = `CREATE FUNCTION shout USING 'text.wasm';
    SELECT shout(t) AS loud, COUNT(*) AS n, MAX(shout(t || ' and some more text')) AS longest
    FROM (VALUES ('abc'), ('Abc'), ('a longer text than fits'), (CAST(NULL AS STRING)), ('sfo')) AS v (t)
    WHERE shout(t) IS NULL OR shout(t) <> 'SFO' GROUP BY shout(t)`;
  const rows: unknown[] = [];
  try {
    for await (const result of session.run({ text, source: 'test', baseDirectory: folder }, 'final'))
      if (result.kind === 'query') for await (const chunk of result.query.chunks()) rows.push(...chunk.rows);
  } finally {
    await session.close();
    rmSync(folder, { recursive: true });
  }
  expect(rows.sort()).toEqual(
    [
      ['ABC', 2n, 'ABC AND SOME MORE TEXT'],
      ['A LONGER TEXT THAN FITS', 1n, 'A LONGER TEXT THAN FITS AND SOME MORE TEXT'],
      [null, 1n, null],
    ].sort(),
  );
});
