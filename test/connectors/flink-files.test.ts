import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Session } from '../../core/session/session.ts';
import { type FormatCase, formatCases, valuesOf } from '../support/format-cases.ts';
import { openSession, rowTexts, runStatement } from '../support/run-statements.ts';

const work = mkdtempSync(join(tmpdir(), 'tidemill-flink-files-'));
afterAll(() => rmSync(work, { recursive: true }));
const goldens = join(import.meta.dirname, 'flink-files');

const declare = (one: FormatCase, path: string): string =>
  `CREATE TABLE t (${one.columns}) WITH ('connector' = 'filesystem', 'path' = '${path}', ${one.options})`;

async function rowsOf(session: Session, sql: string): Promise<string[]> {
  return rowTexts((await runStatement(session, sql, work))!).sort();
}

// Written by test/oracle/write-formats.ts with Flink 2.3, which also read our files and found its own rows.
describe("Flink's files", () => {
  const asFlink = JSON.parse(readFileSync(join(goldens, 'flink-reads.json'), 'utf8')) as Record<
    string,
    { readonly rows: readonly string[]; readonly ours: readonly string[] }
  >;
  for (const one of formatCases) {
    it(`${one.name}: Flink's rows are read, ours are written so that Flink reads them`, async () => {
      const session = openSession({ name: 'default' });
      try {
        const expected = await rowsOf(session, valuesOf(one));
        await runStatement(session, declare(one, join(goldens, `${one.name}.${one.ending}`)), work);
        expect(await rowsOf(session, 'SELECT * FROM t')).toEqual(expected);
        await runStatement(session, 'DROP TABLE t', work);
        const path = join(work, one.name);
        await runStatement(session, declare(one, path), work);
        await runStatement(session, `INSERT INTO t ${valuesOf(one)}`, work);
        expect(await rowsOf(session, 'SELECT * FROM t')).toEqual(expected);
        expect(asFlink[one.name]!.ours).toEqual(asFlink[one.name]!.rows);
        // Text is the same to the byte, but for the order of rows.
        if (one.ending === 'csv' || one.ending === 'ndjson' || one.ending === 'raw') {
          const lines = (file: string): string[] => readFileSync(file, 'latin1').split('\n').sort();
          expect(lines(join(path, readdirSync(path)[0]!))).toEqual(lines(join(goldens, `${one.name}.${one.ending}`)));
        }
      } finally {
        await session.close();
      }
    });
  }
});
