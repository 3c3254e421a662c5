import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Session } from '../../core/session/session.ts';

const table = (name: string, more: string): string =>
  `CREATE TABLE ${name} (a BIGINT) WITH ('connector' = 'filesystem', 'path' = '${name}', 'format' = 'json'${more});`;
const numbers = (name: string, count: number, more = ''): string =>
  `CREATE TABLE ${name} (a BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '${count}', 'fields.a.kind' = 'sequence', 'fields.a.start' = '1', 'fields.a.end' = '${count}'${more});`;

async function inFolder(act: (folder: string, session: Session) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemill-set-'));
  const session = new Session();
  try {
    await act(folder, session);
  } finally {
    await session.close();
    rmSync(folder, { recursive: true });
  }
}

test('a statement set has ended when all of its inserts have', async () => {
  await inFolder(async (folder, session) => {
    const text = `${numbers('slow', 200, ", 'rows-per-second' = '400'")} ${numbers('quick', 3)} ${table('left_out', '')} ${table('right_out', '')}
      EXECUTE STATEMENT SET BEGIN INSERT INTO left_out SELECT a FROM slow; INSERT INTO right_out SELECT a FROM quick; END;`;
    const sinks: string[] = [];
    for await (const result of session.run({ text, source: 'test', baseDirectory: folder }, 'changelog'))
      if (result.kind === 'insert') sinks.push(result.sink);
    const lines = (name: string): number =>
      readdirSync(join(folder, name)).reduce(
        (sum, file) => sum + readFileSync(join(folder, name, file), 'utf8').split('\n').length - 1,
        0,
      );
    expect(sinks).toEqual(['left_out, right_out']);
    expect([lines('left_out'), lines('right_out')]).toEqual([200, 3]);
  });
});

test('when one of its inserts fails the others end, and the error is told', async () => {
  await inFolder(async (folder, session) => {
    const text = `${numbers('endless', 1_000_000, ", 'rows-per-second' = '100'")} ${numbers('few', 3)} ${table('left_out', '')} ${table('right_out', '')}
      EXECUTE STATEMENT SET BEGIN INSERT INTO left_out SELECT a FROM endless; INSERT INTO right_out SELECT CAST('x' || CAST(a AS STRING) AS BIGINT) FROM few; END;`;
    await expect(async () => {
      for await (const _ of session.run({ text, source: 'test', baseDirectory: folder }, 'changelog'));
    }).rejects.toMatchObject({ code: 'bad-cast' });
    expect(session.running()).toEqual([]);
  });
});
