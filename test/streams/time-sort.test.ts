import { describe, expect, it } from 'vitest';
import { type Configuration, configurations, openSession } from '../support/run-statements.ts';

/** Bids up to three seconds behind one another; without `events.num` they never end. */
const bids = (options: string): string =>
  `CREATE TABLE event (
    event_type INT,
    bid ROW<auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, \`dateTime\` TIMESTAMP(3), extra STRING>,
    person ROW<\`dateTime\` TIMESTAMP(3)>,
    auction ROW<\`dateTime\` TIMESTAMP(3)>,
    ts AS CASE
      WHEN event_type = 0 THEN person.\`dateTime\`
      WHEN event_type = 1 THEN auction.\`dateTime\`
      ELSE TIMESTAMPADD(SECOND, 0 - CAST(MOD(bid.price, 4) AS INT), bid.\`dateTime\`) END,
    WATERMARK FOR ts AS ts - INTERVAL '4' SECOND
  ) WITH ('connector' = 'nexmark', 'seed' = '42', 'us-per-event' = '1000' ${options})`;
const order =
  'SELECT ts, bid.price AS price, bid.auction AS auction FROM event WHERE event_type = 2 ORDER BY ts, price DESC, auction';

/** The first rows of a query that may never end. */
async function firstRows(
  options: string,
  settings: Readonly<Record<string, string>>,
  configuration: Configuration,
  count: number,
) {
  const session = openSession({ ...configuration, settings: { ...configuration.settings, ...settings } });
  const rows: (readonly unknown[])[] = [];
  for (const text of [bids(options), order])
    for await (const result of session.run({ text, source: 'test.sql', baseDirectory: '.' }, 'changelog')) {
      if (result.kind !== 'query') continue;
      for await (const chunk of result.query.chunks()) {
        rows.push(...chunk.rows);
        if (rows.length >= count) break;
      }
    }
  await session.close();
  return rows.slice(0, count);
}

// where an input never ends there is nothing for DuckDB, and restored tables are tried by OVER, which is the same operator
const tried = configurations.filter(({ name }) => ['default', 'batches of 7 rows', 'parallelism 2'].includes(name));

describe.each(tried)('$name', configuration => {
  it('ORDER BY a time attribute of an endless input gives the rows of the ended one, in order', async () => {
    const expected = await firstRows(
      ", 'events.num' = '20000'",
      { 'execution.runtime-mode': 'batch' },
      { name: 'default' },
      1000,
    );
    const rows = await firstRows('', {}, configuration, 1000);
    expect(rows).toHaveLength(1000);
    expect(rows).toEqual(expected);
  });
});
