import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TerminalScreen } from '../support/terminal-screen.ts';

let folder: string;
let screen: TerminalScreen | undefined;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemill-shell-'));
});
afterEach(() => screen?.close());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function open(options: ConstructorParameters<typeof TerminalScreen>[1] = {}): Promise<TerminalScreen> {
  screen = new TerminalScreen(['sql'], options);
  await screen.shows('tidemill>');
  return screen;
}

const endless =
  "CREATE TABLE g (k INT, v BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '200', 'fields.k.min' = '1', 'fields.k.max' = '3');\r";

describe('the shell at a terminal', () => {
  it('edits statements of several lines, with wide characters, and shows their rows', async () => {
    const shell = await open();
    shell.type("SELECT 1 AS a,\r  'x;y' AS `b c`,\r");
    await shell.shows('...>   ');
    shell.type("'日本' AS w;\r");
    await shell.shows('1 row');
    expect(shell.text).toContain('│ 1 │ x;y │ 日本 │');
    // up, up: the second line of the statement before; its end changed there
    shell.type('\u001b[A\u001b[A\u001b[F 2 AS z,\r\u001b[F\r');
    await shell.until(() => shell.text.includes('z'), 'z');
    shell.type('\u0003');
    await shell.shows('^C');
    shell.type('\u0004');
    expect(await shell.ended).toBe(0);
  });

  it('completes as one types: keywords, options, tables, columns, functions', async () => {
    const shell = await open();
    shell.type('SELE');
    await shell.shows(/SELE\n {2}SELECT/);
    shell.type('\t 1;\r');
    await shell.shows('1 row');
    shell.type("CREATE TABLE bid (auction BIGINT, price BIGINT) WITH ('conn\tnex\t, 'events.n\t10');\r");
    await shell.shows('table bid created');
    shell.type('SELECT  FROM ');
    await shell.shows(/\n {2}bid/);
    shell.type(`bid;${'\u001b[D'.repeat(10)}pri\t, auc\t, upp\t\u001b[F`);
    await shell.shows('SELECT price, auction, upper( FROM bid;');
    shell.type('\u0003');
    await shell.shows('^C');
  });

  it('keeps what was typed for the next time, and finds it', async () => {
    const env = { TIDEMILL_HISTORY: join(folder, 'state', 'history') };
    const first = await open({ env });
    first.type("SELECT 'from before'\rAS first_time;\r");
    await first.shows('1 row');
    first.type("CREATE TABLE s (a INT) WITH ('connector' = 'print', 'print-identifier' = 'x', 'password' = 'hunter2');\r");
    await first.shows('error[unknown-option]');
    first.type('\\q\r');
    expect(await first.ended).toBe(0);
    expect(readFileSync(env.TIDEMILL_HISTORY, 'utf8')).not.toContain('hunter2');
    const second = await open({ env });
    second.type('\u0012before');
    await second.shows("(search) before: SELECT 'from before'");
    second.type('\r');
    await second.shows('1 row');
    expect(second.text).toContain('first_time');
  });

  it('shows an endless query as a table that changes in place, until q', async () => {
    const shell = await open({ rows: 20 });
    shell.type(endless);
    await shell.shows('table g created');
    shell.type('SELECT k, COUNT(*) AS n FROM g GROUP BY k;\r');
    await shell.shows('live · 3 rows');
    expect(shell.text).toContain('│ k │');
    const counts = (): number => [...shell.text.matchAll(/│ \d │ +(\d+) │/g)].reduce((sum, match) => sum + Number(match[1]), 0);
    const before = counts();
    await shell.until(() => counts() > before + 50, 'more rows counted');
    expect([...shell.text.matchAll(/│ \d │ +\d+ │/g)]).toHaveLength(3);
    shell.type('q');
    await shell.shows(/3 rows after [\d,]+ changes\n[\d.]+ m?s\ntidemill>/);
    shell.type('SELECT 7 AS still_here;\r');
    await shell.shows('still_here');
  });

  it('Ctrl-C stops a statement, not the shell', async () => {
    const shell = await open();
    shell.type(`${endless}SET 'sql-client.execution.result-mode' = 'changelog';\r`);
    await shell.shows('results are shown as changelog');
    shell.type('SELECT k FROM g;\r');
    await shell.shows('"op":"+I"');
    shell.type('\u0003');
    await shell.shows(/tidemill>\s*$/);
    shell.type("CREATE TABLE t (k INT, v BIGINT) WITH ('connector' = 'blackhole'); INSERT INTO t SELECT * FROM g;\r");
    await shell.shows('runs in the background');
    shell.type('\u0004');
    await shell.shows('1 job still runs');
    shell.type('\\stop\r');
    await shell.shows('stopped');
    shell.type('\u0004');
    expect(await shell.ended).toBe(0);
  });

  it('pages what is longer than the screen; searches in it', async () => {
    const shell = await open({ rows: 16, columns: 60 });
    shell.type(
      "CREATE TABLE n (i BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '100', 'fields.i.kind' = 'sequence', 'fields.i.start' = '1', 'fields.i.end' = '100');\r",
    );
    await shell.shows('created');
    shell.type('SELECT i FROM n ORDER BY i;\r');
    await shell.shows('1–11 of 100');
    shell.type(' ');
    await shell.shows('12–22 of 100');
    shell.type('G');
    await shell.shows('│ 100 │');
    shell.type('g/57\r');
    await shell.shows('57–67 of 100');
    shell.type('q');
    await shell.shows(/100 rows\n.*ms\ntidemill>/);
  });

  it('helps to look around', async () => {
    const shell = await open({ rows: 40 });
    shell.type('CREATE VIEW v AS SELECT 1 AS a;\r\\d\r');
    await shell.shows(/│ v +│ view/);
    shell.type('\\d v\r');
    await shell.shows('view: SELECT 1 AS a');
    shell.type("\\d 'core/docs/data/customers.csv'\r");
    await shell.shows(/│ since │ DATE/);
    shell.type('\\df upper\r');
    await shell.shows('UPPER(');
    shell.type('\\x on\rSELECT 1 AS a, 2 AS b;\r');
    await shell.shows('a │ 1\nb │ 2');
    shell.type('\\timing off\r\\pgaer\r');
    await shell.shows("there is no command \\pgaer; did you mean 'pager'?");
  });

  it('keeps to narrow terminals', async () => {
    const shell = await open({ columns: 30 });
    shell.type("SELECT 123456789 AS n, 'a text that is far too long' AS t;\r");
    await shell.shows('1 row');
    expect(shell.text).toContain('│ 123456789 │ a text that i… │');
    expect(Math.max(...shell.text.split('\n').map(line => line.length))).toBeLessThanOrEqual(30);
  });

  it('uses no colours with NO_COLOR, and some without', async () => {
    const plain = await open({ env: { NO_COLOR: '1' } });
    plain.type('SELECT 1 AS a;\r');
    await plain.shows('1 row');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the colours
    expect(plain.raw).not.toMatch(/\u001b\[[0-9;]*m/);
    plain.close();
    const coloured = await open();
    coloured.type('SELECT 1 AS a;\r');
    await coloured.shows('1 row');
    expect(coloured.raw).toContain('\u001b[0;1;34mSELECT');
  });
});
