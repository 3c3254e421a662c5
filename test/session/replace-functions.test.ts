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
});

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
