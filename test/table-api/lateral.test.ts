import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { count, open, type TableSession, udf } from '../../core/index.ts';
import { buildAssemblyScript } from '../../core/udf/build-assemblyscript.ts';
import { processModules } from '../udf/process-modules.ts';
import { tableModules } from '../udf/table-modules.ts';
import { optimizedText, planOf } from './support.ts';

let directory: string;
let tm: TableSession;
let lines: ReturnType<typeof linesOf>;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'tidemill-lateral-'));
  writeFileSync(join(directory, 'rows.wasm'), await buildAssemblyScript(tableModules));
  writeFileSync(join(directory, 'process.wasm'), await buildAssemblyScript(processModules));
  writeFileSync(
    join(directory, 'lines.csv'),
    '1,a tide,2026-01-31 12:00:00\n2,,2026-01-31 12:00:01\n1,mill,2026-01-31 12:00:05\n',
  );
  tm = await open({ directory, notice: () => {}, settings: { 'table.local-time-zone': 'UTC' } });
  lines = linesOf(tm);
});
afterAll(async () => {
  await tm.close();
  rmSync(directory, { recursive: true, force: true });
});

const split = udf.table('rows.wasm', 'split', ['STRING'], { word: 'STRING NOT NULL', length: 'INT' });
const repeated = udf.process('process.wasm', 'repeated', { columns: { what: 'STRING NOT NULL', k: 'INT NOT NULL' } });
const sessions = udf.process('process.wasm', 'sessions', {
  arguments: { gap: 'BIGINT NOT NULL' },
  columns: { first_ms: 'BIGINT', last_ms: 'BIGINT', items: 'BIGINT', total: 'DOUBLE' },
});
const linesOf = (session: TableSession) =>
  session.table('lines', {
    columns: { id: 'INT NOT NULL', line: 'STRING', at: 'TIMESTAMP(3)' },
    watermark: { at: '1 second' },
    with: { connector: 'filesystem', path: 'lines.csv', format: 'csv', 'csv.null-literal': '' },
  });

describe('functions that make rows', () => {
  it('give the plans that SQL gives', async () => {
    const price = lines.select(l => ({ id: l.id, price: l.id.cast('DOUBLE'), n: l.id, at: l.at }));
    await tm.sql('CREATE TEMPORARY VIEW priced AS SELECT id, CAST(id AS DOUBLE) AS price, id AS n, `at` FROM lines');
    const pairs: readonly (readonly [string, unknown])[] = [
      [
        'SELECT id, word FROM lines, LATERAL TABLE(split(line))',
        lines.joinLateral(
          l => split(l.line),
          (l, w) => ({ id: l.id, word: w.word }),
        ),
      ],
      [
        'SELECT id, word, length FROM lines LEFT JOIN LATERAL TABLE(split(line)) ON TRUE',
        lines.leftOuterJoinLateral(
          l => split(l.line),
          (l, w) => ({ id: l.id, ...w }),
        ),
      ],
      [
        'SELECT id, word FROM lines JOIN LATERAL TABLE(split(line)) ON length > id',
        lines.joinLateral(
          l => split(l.line),
          (l, w) => w.length.gt(l.id),
          (l, w) => ({ id: l.id, word: w.word }),
        ),
      ],
      [
        'SELECT id, word FROM lines LEFT JOIN LATERAL TABLE(split(UPPER(line))) ON length > 1',
        lines.leftOuterJoinLateral(
          l => split(l.line.upper()),
          (_, w) => w.length.gt(1),
          (l, w) => ({ id: l.id, word: w.word }),
        ),
      ],
      ['SELECT * FROM repeated(input => TABLE priced PARTITION BY id)', price.process(repeated, { partitionBy: ['id'] })],
      [
        "SELECT * FROM sessions(input => TABLE priced PARTITION BY id, gap => 1000, on_time => DESCRIPTOR(`at`), uid => 'mine')",
        price.process(sessions, { partitionBy: ['id'], onTime: 'at', uid: 'mine', arguments: { gap: 1000 } }),
      ],
    ];
    // what the builders use is known in SQL from then on
    for (const [sql, table] of pairs) expect(optimizedText(planOf(table)), sql).toBe(optimizedText(planOf(await tm.sql(sql))));
  });

  it('give their rows, typed', async () => {
    const words = lines.leftOuterJoinLateral(
      l => split(l.line),
      (l, w) => ({ id: l.id, word: w.word, length: w.length }),
    );
    const rows: { id: number; word: string | null; length: number | null }[] = await words.toArray();
    expect(rows).toEqual([
      { id: 1, word: 'a', length: 1 },
      { id: 1, word: 'tide', length: 4 },
      { id: 2, word: null, length: null },
      { id: 1, word: 'mill', length: 4 },
    ]);
    const counted = lines
      .joinLateral(
        l => split(l.line),
        (_, w) => ({ word: w.word }),
      )
      .groupBy('word')
      .agg(() => ({ n: count() }));
    expect((await counted.toArray()).length).toBe(3);
    const prices = lines.select(l => ({ id: l.id, price: l.id.cast('DOUBLE'), at: l.at }));
    const found = prices.process(sessions, { partitionBy: ['id'], onTime: 'at', arguments: { gap: 2000 } });
    const totals: { id: number; total: number | null; rowtime: string }[] = await found
      .select(s => ({ id: s.id, total: s.total, rowtime: s.rowtime }))
      .toArray();
    expect(totals.map(({ id, total }) => [id, total]).sort()).toEqual([
      [1, 1],
      [1, 1],
      [2, 2],
    ]);
  });

  it('are compiled on the spot', async () => {
    const series = await udf.assemblyscript.table('steps', { arguments: ['INT'], columns: { k: 'INT NOT NULL' } })`
      const area: usize = heap.alloc(4096);
      export function steps(n: i32): u64 {
        for (let k = 0; k < n; k++) { store<u64>(area + k * 16, 0); store<i32>(area + k * 16 + 8, k); }
        return ((<u64>n) << 32) | area;
      }`;
    const total = await udf.assemblyscript.aggregate('total_of', { arguments: ['INT'], result: 'BIGINT', keeps: ['BIGINT'] })`
      export function total_of_accumulate(sum: i64, x: i32): i64 { return sum + x; }
      export function total_of_finish(sum: i64): i64 { return sum; }`;
    const steps = lines.joinLateral(
      l => series(l.id),
      (l, s) => ({ id: l.id, k: s.k }),
    );
    expect(await steps.agg(s => ({ total: total(s.k) })).toArray()).toEqual([{ total: 1n }]);
  });

  it('say what is wrong with a call', () => {
    const fails = (run: () => unknown, code: string) => expect(run).toThrow(expect.objectContaining({ code }));
    const wrong = udf.table('rows.wasm', 'split', ['STRING'], { wort: 'STRING NOT NULL' });
    fails(
      () =>
        lines.joinLateral(
          l => wrong(l.line),
          (_, w) => w,
        ),
      'udf-signature',
    );
    const scalar = udf.table('process.wasm', 'repeated', [], { what: 'STRING NOT NULL', k: 'INT NOT NULL' });
    fails(
      () =>
        lines.joinLateral(
          () => scalar(),
          (_, w) => w,
        ),
      'udf-signature',
    );
    fails(
      () =>
        lines.joinLateral(
          l => split(l.line),
          () => ({}),
        ),
      'no-columns',
    );
    const prices = lines.select(l => ({ id: l.id, price: l.id.cast('DOUBLE'), at: l.at }));
    fails(() => prices.process(sessions, { onTime: 'at', arguments: { gap: 1 } }), 'wrong-argument');
    fails(() => prices.process(sessions, { partitionBy: ['id'], arguments: { gap: 1 } }), 'wrong-argument');
    fails(() => prices.process(repeated, { partitionBy: ['id'] }), 'unknown-column');
    // @ts-expect-error the argument is missing
    fails(() => prices.process(sessions, { partitionBy: ['id'], onTime: 'at' }), 'wrong-argument');
    // @ts-expect-error no such column
    fails(() => prices.process(sessions, { partitionBy: ['idd'], onTime: 'at', arguments: { gap: 1 } }), 'unknown-column');
    // @ts-expect-error a number is no text
    const wrongly = () => split(1);
    fails(() => lines.joinLateral(wrongly, (_, w) => w), 'type-mismatch');
  });
});
