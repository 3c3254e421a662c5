import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { configurations, openSession, rowTexts, runStatement } from '../support/run-statements.ts';

const work = mkdtempSync(join(tmpdir(), 'tidemill-partitions-'));
afterAll(() => rmSync(work, { recursive: true }));
let directories = 0;

/** A session whose relative paths start in a directory of its own. */
function opened(configuration = configurations[0]!) {
  const directory = join(work, String(++directories));
  mkdirSync(directory);
  const session = openSession(configuration);
  const run = async (sql: string): Promise<string[]> => {
    const rows = await runStatement(session, sql, directory);
    return rows === undefined ? [] : rowTexts(rows).sort();
  };
  const file = (path: string, text: string): void => {
    mkdirSync(join(directory, path, '..'), { recursive: true });
    writeFileSync(join(directory, path), text);
  };
  return { directory, run, file, close: () => session.close() };
}
const table = (format: string, more = ''): string =>
  `CREATE TABLE p (a INT, dt STRING, h INT) PARTITIONED BY (dt, h) WITH ('connector' = 'filesystem', 'path' = 'p', 'format' = '${format}'${more})`;

describe('partitioned tables', () => {
  it('are read from their directories, escapes undone; hidden files and other directories are left out', async () => {
    const { run, file, close } = opened();
    file('p/dt=2024-01-01/h=3/part-0', '1\n');
    file('p/dt=a%2Fb c/h=4/part-0', '2\n');
    file('p/dt=__DEFAULT_PARTITION__/h=5/part-0', '3\n');
    file('p/dt=x/h=6/_part', '4\n');
    file('p/dt=x/h=6/.part', '5\n');
    file('p/_temporary/h=6/part', '6\n');
    file('p/stray.csv', '7\n');
    await run(table('csv'));
    expect(await run('SELECT * FROM p')).toEqual(['1|2024-01-01|3', '2|a/b c|4', '3|NULL|5']);
    expect(await run('SELECT h, dt FROM p WHERE dt IS NULL')).toEqual(['5|NULL']);
    expect(await run("SELECT a FROM p WHERE h > 3 AND dt LIKE 'a%' AND a > 1")).toEqual(['2']);
    expect(await run('SELECT COUNT(*), SUM(h) FROM p')).toEqual(['3|12']);
    await close();
  });

  it('are found when the columns come from the data', async () => {
    const { run, file, close } = opened();
    file('d/day=2024-01-31/n=1/x.json', '{"a":1}\n');
    file('d/day=__DEFAULT_PARTITION__/n=2/x.json', '{"a":2}\n');
    await run("CREATE TABLE d WITH ('connector' = 'filesystem', 'path' = 'd', 'format' = 'json')");
    expect(await run('SELECT a, `day`, n FROM d')).toEqual(['1|2024-01-31|1', '2|NULL|2']);
    expect(await run("SELECT SUM(a) FROM 'd/**/*.json' WHERE n = 2")).toEqual(['2']);
    expect((await run('DESCRIBE d')).map(row => row.split('|').slice(0, 2).join(' '))).toEqual([
      'a BIGINT',
      'day DATE',
      'n BIGINT',
    ]);
    await close();
  });

  it('leave files of other partitions closed', async () => {
    const { run, file, close } = opened();
    file('p/dt=x/h=1/part-0', '1\n');
    file('p/dt=y/h=2/part-0', 'not a number\n');
    await run(table('csv'));
    expect(await run("SELECT a FROM p WHERE dt = 'x'")).toEqual(['1']);
    await expect(run('SELECT a FROM p')).rejects.toThrow(/expected INT/);
    await close();
  });

  it('say which directory does not fit a column', async () => {
    const { run, file, close } = opened();
    file('p/dt=x/h=one/part-0', '1\n');
    await run(table('csv'));
    await expect(run('SELECT * FROM p')).rejects.toThrow(/'one' in the directory's name is no INT for partition column 'h'/);
    await close();
  });

  for (const format of ['csv', 'json', 'avro', 'parquet', 'arrow']) {
    it(`are written as ${format}, in directories that Flink would name`, async () => {
      const { run, directory, close } = opened();
      await run(table(format));
      await run(
        "INSERT INTO p VALUES (1, '2024-01-01', 10), (2, CAST(NULL AS STRING), 10), (3, 'a/b=c %', 11), (4, '', 12), (5, '2024-01-01', 10)",
      );
      expect(readdirSync(join(directory, 'p')).sort()).toEqual(['dt=2024-01-01', 'dt=__DEFAULT_PARTITION__', 'dt=a%2Fb%3Dc %25']);
      expect(await run('SELECT * FROM p')).toEqual([
        '1|2024-01-01|10',
        '2|NULL|10',
        '3|a/b=c %|11',
        '4|NULL|12',
        '5|2024-01-01|10',
      ]);
      await run("INSERT OVERWRITE p PARTITION (dt = '2024-01-01') SELECT 7, 5");
      await run("INSERT OVERWRITE p VALUES (8, '2024-01-01', 10), (9, 'x', 6)");
      expect(await run('SELECT a, h FROM p')).toEqual(['2|10', '3|11', '4|12', '7|5', '8|10', '9|6']);
      const everything = readdirSync(join(directory, 'p'), { recursive: true }) as string[];
      expect(everything.filter(name => /overwrit|inprogress/.test(name))).toEqual([]);
      await close();
    });
  }

  it('are written by several tasks', async () => {
    const { run, close } = opened({ name: 'parallelism 2', parallelism: 2 });
    await run(table('json'));
    await run(
      "CREATE TABLE g (id INT) WITH ('connector' = 'datagen', 'number-of-rows' = '5000', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '5000')",
    );
    await run("INSERT INTO p SELECT id, 'x', id - id / 700 * 700 FROM g");
    expect(await run('SELECT COUNT(*), SUM(a), COUNT(DISTINCT h) FROM p')).toEqual(['5000|12502500|700']);
    await run("INSERT OVERWRITE p SELECT id, 'x', id - id / 700 * 700 FROM g WHERE id <= 700");
    expect(await run('SELECT COUNT(*) FROM p')).toEqual(['700']);
    await close();
  });
});

describe('INSERT OVERWRITE', () => {
  it('replaces a table that is read for it, and empties it when nothing is left', async () => {
    const { run, close } = opened();
    await run("CREATE TABLE t (a INT) WITH ('connector' = 'filesystem', 'path' = 't', 'format' = 'json')");
    await run('INSERT INTO t VALUES (1), (2)');
    await run('INSERT OVERWRITE t SELECT a + 10 FROM t');
    expect(await run('SELECT * FROM t')).toEqual(['11', '12']);
    await run('INSERT OVERWRITE t SELECT a FROM t WHERE a > 100');
    expect(await run('SELECT * FROM t')).toEqual([]);
    await close();
  });

  it('leaves all as it was when the query fails', async () => {
    const { run, directory, close } = opened();
    await run("CREATE TABLE t (a INT) WITH ('connector' = 'filesystem', 'path' = 't', 'format' = 'csv')");
    await run('INSERT INTO t VALUES (1), (2)');
    const before = readdirSync(join(directory, 't'));
    await expect(run("INSERT OVERWRITE t SELECT CAST(CAST(a AS STRING) || 'x' AS INT) FROM t")).rejects.toThrow();
    expect(await run('SELECT * FROM t')).toEqual(['1', '2']);
    expect(readdirSync(join(directory, 't'))).toEqual(before);
    await close();
  });

  it('needs a query that ends', async () => {
    const { run, close } = opened();
    await run("CREATE TABLE t (a INT) WITH ('connector' = 'filesystem', 'path' = 't', 'format' = 'csv')");
    await run("CREATE TABLE g (a INT) WITH ('connector' = 'datagen')");
    await expect(run('INSERT OVERWRITE t SELECT a FROM g')).rejects.toThrow(/OVERWRITE of a query that never ends/);
    await close();
  });
});

describe('metadata columns', () => {
  it('tell the path, name, size and time of the file', async () => {
    const { run, file, directory, close } = opened();
    file('p/dt=x/h=1/part-0', '1\n22\n');
    await run(
      "CREATE TABLE m (a INT, `file.path` STRING NOT NULL METADATA VIRTUAL, n STRING METADATA FROM 'file.name' VIRTUAL, s INT METADATA FROM 'file.size' VIRTUAL, `file.modification-time` TIMESTAMP_LTZ(3) METADATA VIRTUAL, dt STRING, h INT) PARTITIONED BY (dt, h) WITH ('connector' = 'filesystem', 'path' = 'p', 'format' = 'csv')",
    );
    const path = join(directory, 'p/dt=x/h=1/part-0');
    expect(await run('SELECT a, `file.path`, n, s, dt, h FROM m')).toEqual([`1|${path}|part-0|5|x|1`, `22|${path}|part-0|5|x|1`]);
    expect(await run("SELECT COUNT(*) FROM m WHERE n = 'other'")).toEqual(['0']);
    expect(await run('SELECT a FROM m WHERE `file.modification-time` < TO_TIMESTAMP_LTZ(0, 3)')).toEqual([]);
    await close();
  });

  it('are refused where there are none, and not written', async () => {
    const { run, close } = opened();
    await run(
      "CREATE TABLE m (a INT, x STRING METADATA FROM 'file.nam' VIRTUAL) WITH ('connector' = 'filesystem', 'path' = 'p', 'format' = 'csv')",
    );
    await expect(run('SELECT * FROM m')).rejects.toThrow(/no metadata 'file.nam'/);
    await run(
      "CREATE TABLE w (a INT, n STRING METADATA FROM 'file.name') WITH ('connector' = 'filesystem', 'path' = 'p', 'format' = 'csv')",
    );
    await expect(run("INSERT INTO w VALUES (1, 'x')")).rejects.toThrow(/cannot write metadata column 'n'/);
    await close();
  });
});

describe('a write that fails', () => {
  it.skipIf(process.getuid?.() === 0)('without permission says so and leaves nothing', async () => {
    const { run, directory, close } = opened();
    mkdirSync(join(directory, 't'));
    chmodSync(join(directory, 't'), 0o500);
    await run("CREATE TABLE t (a INT) WITH ('connector' = 'filesystem', 'path' = 't', 'format' = 'csv')");
    await expect(run('INSERT INTO t VALUES (1)')).rejects.toMatchObject({ code: 'io', domain: 'external' });
    expect(readdirSync(join(directory, 't'))).toEqual([]);
    await close();
  });

  it('half way leaves no part behind', async () => {
    const { run, directory, close } = opened();
    await run(table('csv'));
    await run("CREATE TABLE s (v STRING) WITH ('connector' = 'filesystem', 'path' = 's', 'format' = 'json')");
    await run("INSERT INTO s VALUES ('1'), ('2'), ('x')");
    await expect(run('INSERT INTO p SELECT CAST(v AS INT), v, 1 FROM s')).rejects.toThrow();
    const left = existsSync(join(directory, 'p')) ? (readdirSync(join(directory, 'p'), { recursive: true }) as string[]) : [];
    expect(left.filter(name => name.includes('part'))).toEqual([]);
    await close();
  });
});
