import { FlinkPeer } from './flink.ts';
import type { NexmarkOptions } from './nexmark.ts';
import { type EventSchema, eventStatements, nexmarkQueries } from './queries.ts';
import { runTidemill } from './tidemill.ts';

/** Compares both engines' rows, changes folded, as bags; false when a query differs. Processing-time queries are left out and named. */
export async function checkNexmark(options: NexmarkOptions): Promise<boolean> {
  const queries = nexmarkQueries(options.queries);
  const events = options.events ?? 20_000;
  const flink = await FlinkPeer.start(2, 1024);
  let same = true;
  try {
    for (const query of queries) {
      if (query.processingTime) {
        process.stdout.write(`${query.name}: not compared, its rows depend on the clock\n`);
        continue;
      }
      for (const schema of ['nested', 'flat'] satisfies EventSchema[]) {
        const setup = eventStatements(schema, { 'events.num': events });
        const theirs = await flink.rows({ setup, statement: query.sql, parallelism: 1, miniBatch: false });
        for (const parallelism of options.parallelism) {
          for (const materialize of ['used', 'all']) {
            const what = `${query.name} ${schema} p=${parallelism} columns=${materialize}`;
            const ours = await runTidemill({
              setup: eventStatements(schema, { 'events.num': events, materialize }),
              statement: query.sql,
              parallelism,
              mode: 'changelog',
            }).then(
              outcome => outcome.rows!,
              (error: Error) => error,
            );
            if (ours instanceof Error) {
              same = false;
              process.stdout.write(`${what}: ${ours.message}\n`);
              continue;
            }
            const difference = firstDifference(ours, theirs);
            same &&= difference === undefined;
            process.stdout.write(`${what}: ${difference ?? `${ours.length} rows, identical`}\n`);
          }
        }
      }
    }
  } finally {
    await flink.stop();
  }
  return same;
}

/** Both sorted: how they differ, or undefined. */
export function firstDifference(ours: readonly string[], theirs: readonly string[]): string | undefined {
  const at = ours.findIndex((row, index) => row !== theirs[index]);
  if (at < 0 && ours.length === theirs.length) return undefined;
  const index = at < 0 ? ours.length : at;
  return `${ours.length} rows against ${theirs.length}; sorted row ${index}:\n  ours   ${ours[index] ?? '(none)'}\n  theirs ${theirs[index] ?? '(none)'}`;
}
