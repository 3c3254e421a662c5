import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { types } from '../../core/columnar/types.ts';
import { Session } from '../../core/session/session.ts';
import { encodeSignatures, type ScalarSignature, signatureSection } from '../../core/udf/index.ts';
import { ModuleBuilder } from '../../core/wasm/encoder/index.ts';
import { eventStatements } from '../support/oracle-events.ts';
import { runStatement } from '../support/run-statements.ts';
import { projectRoot } from '../support/source-files.ts';
import { blockTotalModule, totalModule } from '../udf/aggregate-modules.ts';

const folder = mkdtempSync(join(tmpdir(), 'replace-functions-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** `version(BIGINT) → INT`: the same number for all rows. */
function versionModule(version: number, result = types.int(false)): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  module.exportFunction('version', ['i64'], ['i32']).i32.const(version);
  const signature: ScalarSignature = {
    name: 'version',
    arguments: [types.bigint()],
    result,
    nulls: 'propagate',
    deterministic: true,
  };
  module.customSection(signatureSection, encodeSignatures([signature]));
  return module.build();
}

beforeAll(() => {
  writeFileSync(join(folder, 'one.wasm'), versionModule(1));
  writeFileSync(join(folder, 'two.wasm'), versionModule(2));
  writeFileSync(join(folder, 'other.wasm'), versionModule(3, types.smallint(false)));
  writeFileSync(join(folder, 'total.wasm'), totalModule());
  writeFileSync(join(folder, 'again.wasm'), totalModule());
  writeFileSync(join(folder, 'blocks.wasm'), blockTotalModule());
  writeFileSync(join(folder, 'kinds1.wasm'), kindsModule(1));
  writeFileSync(join(folder, 'kinds2.wasm'), kindsModule(2));
  writeFileSync(join(folder, 'states.wasm'), kindsModule(3, { states: ['BIGINT', 'INT'] }));
  writeFileSync(join(folder, 'columns.wasm'), kindsModule(3, { columns: 2 }));
  writeFileSync(join(folder, 'init.wasm'), kindsModule(3, { init: 5 }));
});

/** Functions of the other kinds: `rows_of`, a table function, `seen`, a process table function, and `whole`, over columns. All say which version they are. */
function kindsModule(version: number, { init = 0, states = ['BIGINT'], columns = 1 } = {}): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  module.memory({ initial: 1 });
  const record = 64;
  module.data(record + 8, Uint8Array.of(version));
  const one = (1n << 32n) | BigInt(record);
  module.exportFunction('tidemill_allocate', ['i32'], ['i32']).i32.const(1024);
  module.exportFunction('rows_of', ['i64'], ['i64']).i64.const(one);
  const seen = module.exportFunction('seen', ['i32', 'i64'], ['i64']);
  const [context] = seen.parameters;
  seen.get(context).get(context).i64.load(72).i64.const(1).i64.add().i64.store(72);
  seen.i32.const(record).get(context).i64.load(72).i64.store(16);
  seen.i64.const(one);
  const whole = module.exportFunction('whole', ['i32', 'i32', 'i32'], []);
  const [rows, , result] = whole.parameters;
  const row = whole.local('i32');
  whole.forRange(row, 0, rows, () => {
    whole.get(result).i32.load(40).i32.load(4).get(row).i32.const(2).i32.shl().i32.add().i32.const(version).i32.store();
  });
  for (const [name, sign] of [
    ['tally_accumulate', 1],
    ['tally_retract', -1],
  ] as const) {
    const step = module.exportFunction(name, ['i64', 'i64'], ['i64']);
    step.get(step.parameters[0]).i64.const(sign).i64.add();
  }
  const merge = module.exportFunction('tally_merge', ['i64', 'i64'], ['i64']);
  merge.get(merge.parameters[0]).get(merge.parameters[1]).i64.add();
  module.exportFunction('tally_init', [], ['i64']).i64.const(init);
  const finish = module.exportFunction('tally_finish', ['i64'], ['i64']);
  finish.get(finish.parameters[0]);
  const field = (name: string, type: string): object => ({ name, type });
  const functions = [
    {
      name: 'rows_of',
      kind: 'table',
      arguments: ['BIGINT NOT NULL'],
      columns: Array.from({ length: columns }, (_, index) => field(`v${index}`, 'INT NOT NULL')),
    },
    {
      name: 'seen',
      kind: 'process',
      table: { columns: [field('n', 'BIGINT NOT NULL')] },
      states: [{ name: 's', columns: states.map((type, index) => field(`s${index}`, `${type} NOT NULL`)) }],
      columns: [field('v', 'INT NOT NULL'), field('times', 'BIGINT NOT NULL')],
    },
    { name: 'whole', kind: 'batch', arguments: ['BIGINT NOT NULL'], result: 'INT NOT NULL' },
    { name: 'tally', kind: 'aggregate', arguments: ['BIGINT NOT NULL'], result: 'BIGINT NOT NULL', accumulators: ['BIGINT'] },
  ];
  module.customSection(signatureSection, new TextEncoder().encode(JSON.stringify({ version: 1, functions })));
  return module.build();
}

const linesOf = (table: string): readonly unknown[][] =>
  readdirSync(join(folder, table))
    .filter(name => !name.startsWith('.'))
    .flatMap(name =>
      readFileSync(join(folder, table, name), 'utf8')
        .split('\n')
        .filter(Boolean),
    )
    .map(line => Object.values(JSON.parse(line) as object));

it('a running job goes on with other functions at a checkpoint: no row is lost or doubled, and what aggregates have gathered stays', {
  timeout: 60_000,
}, async () => {
  const events = { connector: 'nexmark', 'events.num': '4000', seed: '3', 'us-per-event': '1000', 'first-event.rate': '2000' };
  const session = new Session({
    settings: { 'table.local-time-zone': 'UTC', 'execution.checkpointing.interval': '300 ms' },
    checkpoints: { directory: join(folder, 'checkpoints') },
    output: () => undefined,
  });
  const run = (sql: string) => runStatement(session, sql, folder);
  try {
    for (const sql of eventStatements({ ...events, 'rate.limited': 'true' })) await runStatement(session, sql, projectRoot);
    await run("CREATE FUNCTION version USING 'one.wasm'");
    await run("CREATE FUNCTION total USING 'total.wasm'");
    await run(
      "CREATE TABLE sums (auction BIGINT, s BIGINT, t BIGINT, v INT) WITH ('connector' = 'filesystem', 'path' = 'sums', 'format' = 'json')",
    );
    const inserted = run(
      "INSERT INTO sums SELECT auction, SUM(price), total(price), MAX(version(price)) FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(`dateTime`), INTERVAL '2' SECOND)) GROUP BY auction, window_start, window_end",
    );
    while (session.running().length === 0) await sleep(20);
    const jobs = (await run('SHOW JOBS'))!.rows;
    const id = String(jobs[0]![0]);
    await sleep(500);
    await run("CREATE OR REPLACE FUNCTION version USING 'other.wasm'");
    await expect(run(`CALL sys.refresh_functions('${id}')`)).rejects.toMatchObject({ code: 'udf-signature' });
    await run("CREATE OR REPLACE FUNCTION version USING 'two.wasm'");
    await run("CREATE OR REPLACE FUNCTION total USING 'blocks.wasm'");
    await expect(run(`CALL sys.refresh_functions('${id}')`)).rejects.toMatchObject({ code: 'udf-signature' });
    await run("CREATE OR REPLACE FUNCTION total USING 'again.wasm'");
    await run(`CALL sys.refresh_functions('${id}')`);
    await inserted;
    const rows = linesOf('sums');
    expect(rows.every(([, sum, total]) => sum === total)).toBe(true);
    expect(new Set(rows.map(row => row[3]))).toContain(2);
    const whole = await run(
      "SELECT auction, SUM(price) FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(`dateTime`), INTERVAL '2' SECOND)) GROUP BY auction, window_start, window_end",
    );
    const texts = (each: readonly (readonly unknown[])[]): string[] => each.map(([a, b]) => `${a} ${b}`).sort();
    expect(texts(rows)).toEqual(texts(whole!.rows));
    await expect(run(`CALL sys.refresh_functions('${id}')`)).rejects.toMatchObject({ code: 'no-savepoint' });
    await expect(run('CALL sys.refresh_functions(1)')).rejects.toMatchObject({ code: 'wrong-argument' });
  } finally {
    await session.close();
  }
});

it('functions of all other kinds are replaced, too, but not where what they keep has another form', {
  timeout: 60_000,
}, async () => {
  const events = { connector: 'nexmark', 'events.num': '4000', seed: '5', 'us-per-event': '1000', 'first-event.rate': '1000' };
  const session = new Session({
    settings: { 'table.local-time-zone': 'UTC', 'execution.checkpointing.interval': '300 ms' },
    checkpoints: { directory: join(folder, 'checkpoints-of-kinds') },
    output: () => undefined,
  });
  const run = (sql: string) => runStatement(session, sql, folder);
  const sinks = {
    made: 'bidder BIGINT, times BIGINT, seen INT, made INT, whole INT',
    tallies: 'auction BIGINT, n BIGINT, bids BIGINT',
  };
  try {
    for (const sql of eventStatements({ ...events, 'rate.limited': 'true' })) await runStatement(session, sql, projectRoot);
    const names = ['rows_of', 'seen', 'whole', 'tally'];
    for (const name of names) await run(`CREATE FUNCTION ${name} USING 'kinds1.wasm'`);
    for (const [name, columns] of Object.entries(sinks))
      await run(`CREATE TABLE ${name} (${columns}) WITH ('connector' = 'filesystem', 'path' = '${name}', 'format' = 'json')`);
    const inserted = run(`EXECUTE STATEMENT SET BEGIN
      INSERT INTO made SELECT bidder, times, s.v, t.v, whole(bidder) FROM seen(TABLE (SELECT bidder, COALESCE(price, 0) AS n FROM bid) PARTITION BY bidder) AS s,
        LATERAL TABLE(rows_of(bidder)) AS t (v);
      INSERT INTO tallies SELECT auction, tally(price), COUNT(*) FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(\`dateTime\`), INTERVAL '2' SECOND)) GROUP BY auction, window_start, window_end;
    END`);
    while (session.running().length < 1) await sleep(20);
    await sleep(400);
    const [id] = (await run('SHOW JOBS'))!.rows.map(row => String(row[0]));
    const refresh = () => run(`CALL sys.refresh_functions('${id}')`);
    const refused = async (name: string, file: string): Promise<string> => {
      await run(`CREATE OR REPLACE FUNCTION ${name} USING '${file}.wasm'`);
      const { code, message } = await refresh().then(
        () => ({ code: 'none', message: '' }),
        error => error as { code: string; message: string },
      );
      await run(`CREATE OR REPLACE FUNCTION ${name} USING 'kinds1.wasm'`);
      return `${code}: ${message}`;
    };
    expect(await refused('seen', 'states')).toMatch(/^udf-signature: .*seen' keeps other states than the job was planned with/);
    expect(await refused('rows_of', 'columns')).toMatch(/^udf-signature: .*rows_of' makes other columns/);
    expect(await refused('tally', 'init')).toMatch(/^udf-signature: .*tally' begins its groups with another accumulator/);
    for (const name of names) await run(`CREATE OR REPLACE FUNCTION ${name} USING 'kinds2.wasm'`);
    await refresh();
    await inserted;
    const bids = Number((await run('SELECT COUNT(*) FROM bid'))!.rows[0]![0]);
    const rows = linesOf('made');
    expect(rows.length).toBe(bids);
    for (const place of [2, 3, 4]) expect([...new Set(rows.map(row => row[place]))].sort()).toEqual([1, 2]);
    // the state goes on: each bidder's rows are numbered without a gap
    const numbers = new Map<unknown, number[]>();
    for (const [bidder, times] of rows) numbers.set(bidder, [...(numbers.get(bidder) ?? []), Number(times)]);
    for (const times of numbers.values()) expect(times.sort((a, b) => a - b)).toEqual(times.map((_, index) => index + 1));
    expect(linesOf('tallies').every(([, tally, count]) => tally === count)).toBe(true);
  } finally {
    await session.close();
  }
});
