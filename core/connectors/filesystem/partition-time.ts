import { TidemillError } from '../../common/errors.ts';
import { msPerDay } from '../../functions/datetime.ts';
import { parseClock, parseDateText, parsePattern, parseTimestampText } from '../../functions/datetime-format.ts';
import { offsetSecondsOfLocal, zoneOffsets } from '../../functions/time-zone.ts';
import type { Options } from '../options.ts';

/**
 * The time of a partition from the values in its directory's name, in epoch ms: `partition.time-extractor.timestamp-pattern` names the columns
 * (`$dt $hour:00:00`; default: the first one), `partition.time-extractor.timestamp-formatter` says how the text reads, and
 * `sink.partition-commit.watermark-time-zone` where its clock stands. Source: Flink docs, "FileSystem SQL Connector", Partition Time Extractor.
 *
 * @throws TidemillError `bad-partition-time` when the text is no time
 */
export function partitionTimeMs(values: readonly (readonly [column: string, text: string])[], options: Options): number {
  const pattern = options['partition.time-extractor.timestamp-pattern'];
  // long names first, as $day is no $d with a y behind it
  const byLength = [...values].sort(([left], [right]) => right.length - left.length);
  const text =
    pattern === undefined
      ? (values[0]?.[1] ?? '')
      : byLength.reduce((result, [column, value]) => result.replaceAll(`$${column}`, () => value), pattern);
  const formatter = options['partition.time-extractor.timestamp-formatter'];
  const days = parseDateText(text);
  const clock =
    formatter !== undefined
      ? parseClock(text, parsePattern(formatter))
      : (parseTimestampText(text) ?? (days === undefined ? undefined : { days, ms: 0 }));
  if (clock === undefined)
    throw new TidemillError('bad-partition-time', `the time of a partition cannot be read from '${text}'`, {
      hint:
        pattern === undefined
          ? "Say which columns it is made of: 'partition.time-extractor.timestamp-pattern' = '$dt $hour:00:00'."
          : "It should read like 2026-01-31 23:00:00; for another form give 'partition.time-extractor.timestamp-formatter'.",
    });
  const localMs = clock.days * msPerDay + clock.ms;
  const zone = options['sink.partition-commit.watermark-time-zone'] ?? 'UTC';
  return localMs - offsetSecondsOfLocal(zoneOffsets(zone), Math.floor(localMs / 1000)) * 1000;
}
