import { civilFromDays, daysFromCivil } from '../columnar/format-value.ts';
import { TidemillError } from '../common/errors.ts';
import { daysInMonth, floorMod, isoWeek, type WallClock } from './datetime.ts';

export const monthNames = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
export const weekdayNames = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

export type PatternItem =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'field'; readonly letter: string; readonly width: number };

const knownLetters = new Set('yuMLdHhKkmsSnaEeDwQqAG');

/** A pattern of java.time.format.DateTimeFormatter taken apart. @throws TidemillError `wrong-pattern` for a letter we do not know. */
export function parsePattern(pattern: string): readonly PatternItem[] {
  const items: PatternItem[] = [];
  const text = (more: string): void => {
    const last = items.at(-1);
    if (last?.kind === 'text') items[items.length - 1] = { kind: 'text', text: last.text + more };
    else items.push({ kind: 'text', text: more });
  };
  for (let at = 0; at < pattern.length; ) {
    const character = pattern[at]!;
    if (character === "'") {
      const end = pattern.indexOf("'", at + 1);
      if (end < 0) throw wrongPattern(pattern, 'has a quote that does not end');
      text(end === at + 1 ? "'" : pattern.slice(at + 1, end));
      at = end + 1;
    } else if (/[A-Za-z]/.test(character)) {
      let width = 1;
      while (pattern[at + width] === character) width++;
      if (!knownLetters.has(character)) throw wrongPattern(pattern, `has the letter '${character}', which is not supported`);
      items.push({ kind: 'field', letter: character, width });
      at += width;
    } else {
      if (character !== '[' && character !== ']') text(character);
      at++;
    }
  }
  return items;
}

const wrongPattern = (pattern: string, problem: string): TidemillError =>
  new TidemillError('wrong-pattern', `the pattern '${pattern}' ${problem}`, {
    hint: "Letters are those of Java's DateTimeFormatter: yyyy-MM-dd HH:mm:ss.SSS; put other letters in single quotes.",
  });

const padded = (value: number, width: number): string => (value < 0 ? '-' : '') + String(Math.abs(value)).padStart(width, '0');

/** A wall clock by a pattern. */
export function formatClock(clock: WallClock, items: readonly PatternItem[]): string {
  const [year, month, day] = civilFromDays(clock.days);
  const hour = Math.floor(clock.ms / 3_600_000);
  const parts = items.map(item => {
    if (item.kind === 'text') return item.text;
    const { letter, width } = item;
    switch (letter) {
      case 'y':
      case 'u':
        return width === 2 ? padded(floorMod(year, 100), 2) : padded(year, width);
      case 'M':
      case 'L':
        return width >= 4 ? monthNames[month - 1]! : width === 3 ? monthNames[month - 1]!.slice(0, 3) : padded(month, width);
      case 'd':
        return padded(day, width);
      case 'D':
        return padded(clock.days - daysFromCivil(year, 1, 1) + 1, width);
      case 'Q':
      case 'q':
        return padded(Math.floor((month + 2) / 3), width);
      case 'w':
        return padded(isoWeek(clock.days)[0], width);
      case 'E':
      case 'e': {
        const name = weekdayNames[floorMod(clock.days + 4, 7)]!;
        return width >= 4 ? name : name.slice(0, 3);
      }
      case 'G':
        return year > 0 ? 'AD' : 'BC';
      case 'a':
        return hour < 12 ? 'AM' : 'PM';
      case 'H':
        return padded(hour, width);
      case 'k':
        return padded(hour === 0 ? 24 : hour, width);
      case 'K':
        return padded(hour % 12, width);
      case 'h':
        return padded(hour % 12 === 0 ? 12 : hour % 12, width);
      case 'm':
        return padded(Math.floor(clock.ms / 60_000) % 60, width);
      case 's':
        return padded(Math.floor(clock.ms / 1000) % 60, width);
      case 'S': {
        const nanos = padded((clock.ms % 1000) * 1_000_000 + clock.nanos, 9);
        return nanos.slice(0, width).padEnd(width, '0');
      }
      case 'n':
        return padded((clock.ms % 1000) * 1_000_000 + clock.nanos, width);
      case 'A':
        return padded(clock.ms, width);
      default:
        return '';
    }
  });
  return parts.join('');
}

/** Reads a text by a pattern; undefined when it does not fit, or names a time that there is not. */
export function parseClock(text: string, items: readonly PatternItem[]): WallClock | undefined {
  const found: Record<string, number> = {};
  let at = 0;
  for (const [index, item] of items.entries()) {
    if (item.kind === 'text') {
      if (!text.startsWith(item.text, at)) return undefined;
      at += item.text.length;
      continue;
    }
    const { letter, width } = item;
    if ((letter === 'M' || letter === 'L') && width >= 3) {
      const names = width === 3 ? monthNames.map(name => name.slice(0, 3)) : monthNames;
      const month = names.findIndex(name => text.startsWith(name, at));
      if (month < 0) return undefined;
      found.M = month + 1;
      at += names[month]!.length;
      continue;
    }
    if (letter === 'a') {
      const half = text.slice(at, at + 2).toUpperCase();
      if (half !== 'AM' && half !== 'PM') return undefined;
      found.a = half === 'PM' ? 1 : 0;
      at += 2;
      continue;
    }
    if (letter === 'E') {
      const names = width >= 4 ? weekdayNames : weekdayNames.map(name => name.slice(0, 3));
      const name = names.find(candidate => text.startsWith(candidate, at));
      if (name === undefined) return undefined;
      at += name.length;
      continue;
    }
    // fields that touch have their width; others take all digits
    const next = items[index + 1];
    const fixed = next?.kind === 'field' || letter === 'S' || (letter === 'y' && width === 2);
    // more digits than a year's pattern has want a sign
    const most = fixed ? width : (letter === 'y' || letter === 'u') && width === 4 ? 4 : Math.max(width, 9);
    const digits = new RegExp(`^\\d{1,${most}}`).exec(text.slice(at))?.[0];
    if (digits === undefined || (width > 1 && digits.length < width)) return undefined;
    at += digits.length;
    if (letter === 'S') found.S = Number(digits.padEnd(9, '0').slice(0, 9));
    else
      found[letter === 'u' ? 'y' : letter === 'L' ? 'M' : letter] = Number(digits) + (letter === 'y' && width === 2 ? 2000 : 0);
  }
  if (at !== text.length) return undefined;
  // a day that the month does not have is its last one
  const lastDay = daysInMonth(found['y'] ?? 1970, found['M'] ?? 1);
  const clamped = found['d'] !== undefined && found['d'] <= 31 && found['d'] > lastDay ? { ...found, d: lastDay } : found;
  return clockOf(clamped);
}

function clockOf(found: Readonly<Record<string, number>>): WallClock | undefined {
  const year = found.y ?? 1970;
  const month = found.M ?? 1;
  const day = found.d ?? 1;
  let hour = found.H ?? (found.k === 24 ? 0 : found.k) ?? 0;
  const twelve = found.h === 12 ? 0 : (found.h ?? found.K);
  if (twelve !== undefined) hour = twelve + (found.a === 1 ? 12 : 0);
  const [minute, second] = [found.m ?? 0, found.s ?? 0];
  const nanos = found.S ?? found.n ?? 0;
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month) || hour > 23 || minute > 59 || second > 59)
    return undefined;
  const ms = ((hour * 60 + minute) * 60 + second) * 1000 + Math.floor(nanos / 1_000_000);
  return { days: daysFromCivil(year, month, day), ms, nanos: nanos % 1_000_000 };
}

/**
 * `2026-01-31[ 23:59:59[.123456789]]`; undefined when it is none. Days that a month does not have are its last one, and 24:00:00 is the next day.
 * Source: Flink, DateTimeUtils.parseTimestampData.
 */
export function parseTimestampText(text: string): WallClock | undefined {
  const match = /^(\d{4})-(\d{1,2})-(\d{1,2})(?: (\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{0,9}))?)?$/.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(part => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const nanos = Number((match[7] ?? '').padEnd(9, '0'));
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > 31 || minute > 59 || second > 59) return undefined;
  if (hour > 24 || (hour === 24 && minute + second + nanos > 0)) return undefined;
  const ms = ((hour * 60 + minute) * 60 + second) * 1000 + Math.floor(nanos / 1_000_000);
  const days = daysFromCivil(year, month, Math.min(day, daysInMonth(year, month)));
  return { days: days + Math.floor(ms / 86_400_000), ms: ms % 86_400_000, nanos: nanos % 1_000_000 };
}

/** As java.sql.Timestamp.valueOf and Date.valueOf: days and hours that there are not count on. */
export function parseSqlClock(text: string): WallClock | undefined {
  const match = /^(\d{4})-(\d{1,2})-(\d{1,2})(?: (\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,9}))?)?$/.exec(withoutControls(text));
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(part => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (month < 1 || month > 12 || day < 1 || day > 31) return undefined;
  const nanos = Number((match[7] ?? '').padEnd(9, '0'));
  const ms = ((hour * 60 + minute) * 60 + second) * 1000 + Math.floor(nanos / 1_000_000);
  const days = Math.floor(ms / 86_400_000);
  return { days: daysFromCivil(year, month, 1) + day - 1 + days, ms: ms - days * 86_400_000, nanos: nanos % 1_000_000 };
}

/** `2026-01-31`; what stands behind a space is cut off, and month and day may be left out. Source: Flink, DateTimeUtils.parseDate. */
export function parseDateText(text: string): number | undefined {
  const space = text.indexOf(' ');
  const match = /^(\d{1,9})(?:-(\d{1,9})(?:-(\d{1,9}))?)?$/.exec(withoutControls(space > 0 ? text.slice(0, space) : text));
  if (match === null || Number(match[1]) > 9999) return undefined;
  return clockOf({ y: Number(match[1]), M: Number(match[2] ?? 1), d: Number(match[3] ?? 1) })?.days;
}

/** `23:59[:59[.123]]` as ms of the day. */
export function parseTimeText(text: string): number | undefined {
  const match = /^(\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(?:\.(\d*))?)?)?$/.exec(withoutSpaces(text));
  if (match === null) return undefined;
  return clockOf({
    H: Number(match[1]),
    m: Number(match[2] ?? 0),
    s: Number(match[3] ?? 0),
    S: Number((match[4] ?? '').slice(0, 9).padEnd(9, '0')),
  })?.ms;
}

/** As BinaryStringData.trim: without spaces (only those) at both ends. */
export const withoutSpaces = (text: string): string => text.replace(/^ +/, '').replace(/(?<! ) +$/, '');
/** As Java's String.trim: without characters up to the space at both ends. */
export function withoutControls(text: string): string {
  let [from, to] = [0, text.length];
  while (from < to && text.charCodeAt(from) <= 32) from++;
  while (to > from && text.charCodeAt(to - 1) <= 32) to--;
  return text.slice(from, to);
}
