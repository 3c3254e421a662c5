import { TidemillError } from '../common/errors.ts';

/** A zone's offsets: `offsets[i]` seconds are added to UTC from `starts[i]` (epoch seconds, ascending; the first is the beginning of time) on. */
export interface ZoneOffsets {
  readonly starts: readonly number[];
  readonly offsets: readonly number[];
}

const known = new Map<string, ZoneOffsets>();
const firstYear = 1890;
const lastYear = 2110;
const stepSeconds = 20 * 86_400;

/**
 * The offsets of an IANA zone (`Europe/Berlin`) or a fixed one (`UTC`, `+08:00`, `GMT+8`), 1890 to 2110; after that the last one holds.
 * Source: the time zone data of Intl.
 *
 * @throws TidemillError `unknown-time-zone`
 */
export function zoneOffsets(zone: string): ZoneOffsets {
  let offsets = known.get(zone);
  if (offsets === undefined) {
    offsets = fixedOffset(zone) ?? scannedOffsets(zone);
    known.set(zone, offsets);
  }
  return offsets;
}

function fixedOffset(zone: string): ZoneOffsets | undefined {
  if (/^(UTC|GMT|Z|UT)$/i.test(zone)) return { starts: [Number.NEGATIVE_INFINITY], offsets: [0] };
  const match = /^(?:UTC|GMT|UT)?([+-])(\d{1,2})(?::?(\d{2}))?$/i.exec(zone);
  if (match === null) return undefined;
  const seconds = (Number(match[2]) * 60 + Number(match[3] ?? 0)) * 60;
  return { starts: [Number.NEGATIVE_INFINITY], offsets: [match[1] === '-' ? -seconds : seconds] };
}

function scannedOffsets(zone: string): ZoneOffsets {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    throw new TidemillError('unknown-time-zone', `there is no time zone '${zone}'`, {
      hint: "Write a name as Europe/Berlin, or an offset as '+02:00'.",
    });
  }
  const offsetAt = (seconds: number): number => {
    const parts: Record<string, string> = {};
    for (const { type, value } of format.formatToParts(seconds * 1000)) parts[type] = value;
    const local = Date.UTC(
      Number(parts.year),
      Number(parts.month) - 1,
      Number(parts.day),
      Number(parts.hour),
      Number(parts.minute),
      Number(parts.second),
    );
    return local / 1000 - seconds;
  };
  const starts: number[] = [Number.NEGATIVE_INFINITY];
  let place = Date.UTC(firstYear, 0, 1) / 1000;
  let offset = offsetAt(place);
  const offsets: number[] = [offset];
  const end = Date.UTC(lastYear, 0, 1) / 1000;
  while (place < end) {
    const next = place + stepSeconds;
    const nextOffset = offsetAt(next);
    if (nextOffset !== offset) {
      let [low, high] = [place, next];
      while (high - low > 1) {
        const middle = Math.floor((low + high) / 2);
        if (offsetAt(middle) === offset) low = middle;
        else high = middle;
      }
      starts.push(high);
      offsets.push(nextOffset);
      offset = nextOffset;
    }
    place = next;
  }
  return { starts, offsets };
}

/** Seconds that the zone adds to UTC at an instant. */
export function offsetSeconds(zone: ZoneOffsets, epochSeconds: number): number {
  let low = 0;
  let high = zone.starts.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (zone.starts[middle]! <= epochSeconds) low = middle;
    else high = middle;
  }
  return zone.offsets[low]!;
}

/**
 * Seconds that the zone adds to UTC at a local time (seconds since 1970-01-01 of the wall clock). A time that happens twice is the earlier
 * one; one that is skipped counts with the offset before, as in java.time.
 */
export function offsetSecondsOfLocal(zone: ZoneOffsets, localSeconds: number): number {
  const before = offsetSeconds(zone, localSeconds - 86_400);
  const after = offsetSeconds(zone, localSeconds + 86_400);
  if (offsetSeconds(zone, localSeconds - before) === before) return before;
  if (offsetSeconds(zone, localSeconds - after) === after) return after;
  return before;
}

const firstTransition = -2_208_988_800;
const [winter, summer] = [1_767_225_600, 1_782_864_000];

/** What java.util.TimeZone adds to UTC: before 1900, the zone's standard time of today. */
export function calendarOffset(zone: string, epochSeconds: number): number {
  const offsets = zoneOffsets(zone);
  if (epochSeconds >= firstTransition) return offsetSeconds(offsets, epochSeconds);
  return Math.min(offsetSeconds(offsets, winter), offsetSeconds(offsets, summer));
}

/** As {@link offsetSecondsOfLocal}, but a time that happens twice is the later one: as java.util.GregorianCalendar has it. */
export function calendarOffsetOfLocal(zone: string, localSeconds: number): number {
  const offsets = zoneOffsets(zone);
  const early = calendarOffset(zone, localSeconds - 86_400);
  if (localSeconds - early < firstTransition) return early;
  const after = offsetSeconds(offsets, localSeconds + 86_400);
  return offsetSeconds(offsets, localSeconds - after) === after ? after : offsetSecondsOfLocal(offsets, localSeconds);
}

/** A zone as java.util.TimeZone.getTimeZone reads it: what it does not know is UTC, an offset without GMT among it. */
export function calendarZone(name: string): string {
  if (/^(UTC)?[+-]/i.test(name)) return 'UTC';
  try {
    zoneOffsets(name);
    return name;
  } catch {
    return 'UTC';
  }
}
