import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../core/common/environment.ts';
import { eventStatements } from '../support/oracle-events.ts';
import { workplaceForTests } from './workplace.ts';

const place = workplaceForTests('checkpoints');

/** The templates of the kinds that keep state or make rows, over events; `rate`: so many a second. */
function program(language: string, out: string, rate: number | undefined): string {
  const events = eventStatements({
    connector: 'nexmark',
    'events.num': '12000',
    seed: '7',
    'first-event.rate': String(rate ?? 10_000),
    ...(rate !== undefined && { 'rate.limited': 'true' }),
    'us-per-event': '1000',
  });
  const sink = (name: string, columns: string): string =>
    `CREATE TABLE ${name} (${columns}) WITH ('connector' = 'filesystem', 'path' = '${out}/${name}', 'format' = 'json')`;
  const window = "TABLE(HOP(TABLE bid, DESCRIPTOR(`dateTime`), INTERVAL '1' SECOND, INTERVAL '3' SECOND))";
  return [
    ...events,
    `CREATE FUNCTION mean AS '${language}_aggregate' USING '${language}_aggregate/${language}_aggregate.wasm'`,
    `CREATE FUNCTION words AS '${language}_table' USING '${language}_table/${language}_table.wasm'`,
    sink('means', 'bidder BIGINT, window_end TIMESTAMP(3), mean DOUBLE'),
    sink('counts', 'word STRING, window_end TIMESTAMP(3), n BIGINT, mean DOUBLE'),
    `INSERT INTO means SELECT bidder, window_end, mean(CAST(price AS DOUBLE), auction) FROM ${window} GROUP BY bidder, window_start, window_end`,
    `INSERT INTO counts SELECT word, window_end, COUNT(*), mean(CAST(length AS DOUBLE), auction)
       FROM (SELECT * FROM ${window}), LATERAL TABLE(words(channel || ' of ' || CAST(auction AS STRING))) AS w (word, length) GROUP BY word, window_start, window_end`,
  ].join(';\n');
}

const rowsOf = (directory: string): string[] =>
  readdirSync(directory)
    .filter(name => !name.startsWith('.'))
    .flatMap(name => readFileSync(join(directory, name), 'utf8').split('\n').filter(Boolean))
    .sort();

describe.each(['python', 'javascript'])('components in %s', language => {
  test('killed at any moment and restored at other parallelisms: the same files in the end', async () => {
    for (const kind of ['aggregate', 'table']) {
      const name = `${language}_${kind}`;
      expect((await place.cli(['udf', 'new', name, '--lang', language, '--kind', kind])).code).toBe(0);
      const built = await place.cli(['udf', 'build', name, '--no-bench']);
      expect(built.code, built.stderr).toBe(0);
    }
    const plain = `${language}-plain`;
    writeFileSync(join(place.folder, `${plain}.sql`), program(language, plain, undefined));
    const whole = await place.cli(['run', `${plain}.sql`, '--progress', 'none']);
    expect(whole.code, whole.stderr).toBe(0);

    const killed = `${language}-killed`;
    writeFileSync(join(place.folder, `${killed}.sql`), program(language, killed, 2000));
    const random = seededRandom(Number(process.env['SEED'] ?? 1));
    let kills = 0;
    for (let parallelism = 1; ; parallelism = (parallelism % 3) + 1) {
      const flags = ['--checkpoints', `${killed}-state`, '--restore', 'latest', '--parallelism', String(parallelism)];
      const isLast = kills >= Number(process.env['KILLS'] ?? 4);
      const args = ['run', `${killed}.sql`, '--progress', 'none', '--set', 'execution.checkpointing.interval=300ms', ...flags];
      const { code, stderr } = await place.cli(args, {
        started: async kill => {
          if (isLast) return;
          await sleep(3000 + (random.next32() % 2500));
          kill('SIGKILL');
        },
      });
      if (code === null) kills++;
      else {
        expect(code, stderr).toBe(0);
        break;
      }
    }
    expect(kills).toBeGreaterThan(1);
    for (const table of ['means', 'counts']) {
      const expected = rowsOf(join(place.folder, plain, table));
      expect(expected.length).toBeGreaterThan(100);
      expect(rowsOf(join(place.folder, killed, table)), table).toEqual(expected);
    }
  });
});
