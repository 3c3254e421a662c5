import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { languages } from '../../core/cli/udf/languages.ts';
import { workplaceForTests } from './workplace.ts';

const place = workplaceForTests('languages');
beforeAll(() => {
  const bids = ['00:00:00,a,10', '00:00:01,b,1', '00:00:02,a,5', '00:01:00,a,7'];
  writeFileSync(join(place.folder, 'bids.csv'), bids.map(line => `2024-01-01 ${line}\n`).join(''));
});

async function query(sql: string): Promise<unknown[]> {
  const { code, stdout, stderr } = await place.cli(['run', '--output', 'json', '-c', sql]);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as unknown);
}

/** What the template of each kind gives, in every language. */
const uses = {
  scalar: {
    sql: (name: string) =>
      `SELECT id, ${name}(price, channel) AS worth
       FROM (VALUES (1, 10.0, 'direct'), (2, 10.0, CAST(NULL AS STRING)), (3, CAST(NULL AS DOUBLE), 'x'), (4, 2.5, 'a channel with a long name')) AS t(id, price, channel)`,
    rows: [
      { id: 1, worth: 10 },
      { id: 2, worth: 20 },
      { id: 3, worth: null },
      { id: 4, worth: 5 },
    ],
  },
  aggregate: {
    sql: (name: string) =>
      `SELECT g, ${name}(v, w) AS mean
       FROM (VALUES ('a', 1.0, 3), ('a', 5.0, 1), ('b', 7.0, 2), ('b', CAST(NULL AS DOUBLE), 2), ('c', 1.0, 0)) AS t(g, v, w) GROUP BY g`,
    rows: [
      { g: 'a', mean: 2 },
      { g: 'b', mean: 7 },
      { g: 'c', mean: null },
    ],
  },
  table: {
    sql: (name: string) =>
      `SELECT id, word, length FROM (VALUES (1, 'a tide'), (2, ''), (3, 'one_word_that_is_long')) AS t(id, line), LATERAL TABLE(${name}(line)) AS w(word, length)`,
    rows: [
      { id: 1, word: 'a', length: 1 },
      { id: 1, word: 'tide', length: 4 },
      { id: 3, word: 'one_word_that_is_long', length: 21 },
    ],
  },
  batch: {
    sql: (name: string) =>
      `SELECT id, ${name}(price, pieces) AS cost
       FROM (VALUES (1, 10.0, CAST(3 AS BIGINT)), (2, 2.5, CAST(NULL AS BIGINT)), (3, CAST(NULL AS DOUBLE), CAST(1 AS BIGINT)), (4, 7.0, CAST(0 AS BIGINT))) AS t(id, price, pieces)`,
    rows: [
      { id: 1, cost: 30 },
      { id: 2, cost: 2.5 },
      { id: 3, cost: null },
      { id: 4, cost: null },
    ],
  },
  process: {
    sql: (name: string) =>
      `CREATE TABLE bids (moment TIMESTAMP(3), who STRING, price DOUBLE NOT NULL, WATERMARK FOR moment AS moment)
         WITH ('connector' = 'filesystem', 'path' = 'bids.csv', 'format' = 'csv');
       SELECT who, total, items FROM ${name}(input => TABLE bids PARTITION BY who, gap => 10000, on_time => DESCRIPTOR(moment))`,
    rows: [
      { who: 'a', total: 15, items: 2 },
      { who: 'a', total: 7, items: 1 },
      { who: 'b', total: 1, items: 1 },
    ],
  },
} as const;

describe.each(languages.map(language => [language.title, language] as const))('%s', (_, language) => {
  for (const kind of language.kinds) {
    test(`a new ${kind} function passes its tests, is built, and runs`, async context => {
      place.needs(language.name, context);
      const name = `${kind}_${language.name}`;
      const made = await place.cli(['udf', 'new', name, '--lang', language.name, '--kind', kind]);
      expect(made).toMatchObject({ code: 0, stderr: '' });
      if (!language.test(name).startsWith('tidemill'))
        execFileSync('sh', ['-c', language.test(name)], {
          cwd: join(place.folder, name),
          env: { ...process.env, ...place.toolchains.env },
          stdio: 'pipe',
        });
      // of one kind, a row's time is measured
      const built = await place.cli(['udf', 'build', name, ...(kind === 'batch' ? [] : ['--no-bench'])]);
      expect(built.stderr).toBe('');
      if (kind === 'batch') expect(built.stdout).toMatch(/batch +batch_\w+\(.*\) → DOUBLE +\d+\.\d ns\/row\n/);
      expect(built.stdout).toContain(`CREATE FUNCTION ${name} USING '${name}/${name}.wasm';`);
      const { sql, rows } = uses[kind];
      const result = await query(`CREATE FUNCTION ${name} USING '${name}/${name}.wasm';\n${sql(name)}`);
      expect([...result].sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)))).toEqual(rows);
      if (kind !== 'scalar') return;
      const failed = await place.cli(['udf', 'run', `${name}/${name}.wasm`, name, '--', '-1', 'NULL']);
      expect(failed.code).toBe(1);
      expect(failed.stderr).toMatch(/row 0 of the batch/);
      expect(failed.stderr).toMatch(/negative price/);
    });
  }

  test('what does not compile is said with its place', async context => {
    place.needs(language.name, context);
    const name = `broken_${language.name}`;
    await place.cli(['udf', 'new', name, '--lang', language.name]);
    const source = join(place.folder, name, language.name === 'rust' ? 'src/lib.rs' : `${name}${language.endings[0]}`);
    writeFileSync(source, `${readFileSync(source, 'utf8')}\nbroken ( here\n`);
    const { code, stdout, stderr } = await place.cli(['udf', 'build', name]);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^error\[udf-build\]: broken_\w+ does not compile|the function does not compile/);
    expect(stderr).toMatch(/broken|here/);
    expect(stderr).toMatch(/:\d+:\d+|\(\d+,\d+\)|line \d+/);
  });
});
