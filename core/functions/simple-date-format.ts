import { civilFromDays, daysFromCivil } from '../columnar/format-value.ts';
import { TidemillError } from '../common/errors.ts';
import { floorMod, msPerDay, type WallClock } from './datetime.ts';
import { monthNames, weekdayNames } from './datetime-format.ts';

/**
 * java.text.SimpleDateFormat over a GregorianCalendar, which UNIX_TIMESTAMP, FROM_UNIXTIME and TO_DATE with a pattern use: lenient, so that
 * the 30th of February is the 2nd of March, and what stands behind the pattern is not looked at; before 1582-10-15 days are Julian.
 */
type Item =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'field'; readonly letter: string; readonly width: number };

const cutover = -141_427;
/** Java takes the hundred years that begin 80 years ago, and this program those from 1946 on, so that it gives the same tomorrow. */
const leastTwoDigitYear = 1946;
const letters = 'GyYMLwWDdFEuaHkKhmsSzZX';

function itemsOf(pattern: string): readonly Item[] {
  const items: Item[] = [];
  const refuse = (problem: string): never => {
    throw new TidemillError('wrong-pattern', `the pattern '${pattern}' ${problem}`, {
      hint: "Letters are those of Java's SimpleDateFormat: yyyy-MM-dd HH:mm:ss.SSS; put other letters in single quotes.",
    });
  };
  for (let at = 0; at < pattern.length; ) {
    const character = pattern[at]!;
    if (character === "'") {
      if (pattern[at + 1] === "'") {
        items.push({ kind: 'text', text: "'" });
        at += 2;
        continue;
      }
      let text = '';
      for (at++; ; at++) {
        if (at >= pattern.length) refuse('has a quote that does not end');
        if (pattern[at] !== "'") text += pattern[at];
        else if (pattern[at + 1] === "'") {
          text += "'";
          at++;
        } else break;
      }
      items.push({ kind: 'text', text });
      at++;
    } else if (/[A-Za-z]/.test(character)) {
      let width = 1;
      while (pattern[at + width] === character) width++;
      if (!letters.includes(character)) refuse(`has the letter '${character}', which is none of SimpleDateFormat's`);
      items.push({ kind: 'field', letter: character, width });
      at += width;
    } else {
      items.push({ kind: 'text', text: character });
      at++;
    }
  }
  return items;
}

const known = new Map<string, readonly Item[]>();
/** A pattern taken apart once. @throws TidemillError `wrong-pattern` */
function parsed(pattern: string): readonly Item[] {
  let items = known.get(pattern);
  if (items === undefined) {
    if (known.size > 200) known.clear();
    known.set(pattern, (items = itemsOf(pattern)));
  }
  return items;
}

/** Days of a date of the Julian calendar. */
function daysFromJulian(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  return Math.floor(shifted * 365.25) + dayOfYear - 719_470;
}

/** Year, month (from 1) and day with overflow in each. */
function daysOf(year: number, month: number, day: number): number {
  const wholeYear = year + Math.floor((month - 1) / 12);
  const wholeMonth = floorMod(month - 1, 12) + 1;
  const gregorian = daysFromCivil(wholeYear, wholeMonth, 1) + day - 1;
  return gregorian >= cutover ? gregorian : daysFromJulian(wholeYear, wholeMonth, 1) + day - 1;
}

function nameAt(text: string, at: number, names: readonly string[]): readonly [number, number] | undefined {
  const lower = text.slice(at).toLowerCase();
  let best: readonly [number, number] | undefined;
  names.forEach((name, index) => {
    for (const form of [name, name.slice(0, 3)])
      if (lower.startsWith(form.toLowerCase()) && (best === undefined || form.length > best[1])) best = [index, form.length];
  });
  return best;
}

/** Reads a text; undefined when it does not begin as the pattern says. */
export function parseSimpleDate(text: string, pattern: string): WallClock | undefined {
  const items = parsed(pattern);
  const found: Record<string, number> = {};
  let at = 0;
  for (const [index, item] of items.entries()) {
    if (item.kind === 'text') {
      if (!text.startsWith(item.text, at)) return undefined;
      at += item.text.length;
      continue;
    }
    const { letter, width } = item;
    const start = at;
    while (text[at] === ' ' || text[at] === '\t') at++;
    if (((letter === 'M' || letter === 'L') && width >= 3) || letter === 'E') {
      const name = nameAt(text, at, letter === 'E' ? weekdayNames : monthNames);
      if (name === undefined) return undefined;
      if (letter !== 'E') found['M'] = name[0] + 1;
      at += name[1];
      continue;
    }
    if (letter === 'a' || letter === 'G') {
      const name = nameAt(text, at, letter === 'a' ? ['AM', 'PM'] : ['BC', 'AD']);
      if (name === undefined) return undefined;
      found[letter] = name[0];
      at += name[1];
      continue;
    }
    const next = items[index + 1];
    // of fields that touch each other, as many characters as the pattern has
    const match = /^-?\d{1,18}/.exec(text.slice(at, next?.kind === 'field' ? start + width : undefined));
    if (match === null) return undefined;
    let value = Number(match[0]);
    if (letter === 'y' && width <= 2 && /^\d\d$/.test(match[0])) {
      value += value < leastTwoDigitYear % 100 ? 2000 : 1900;
    }
    found[letter === 'L' ? 'M' : letter] = value;
    at += match[0].length;
  }
  const year = found['G'] === 0 ? 1 - (found['y'] ?? 1) : (found['y'] ?? 1970);
  const month = found['M'] ?? 1;
  const days =
    found['D'] !== undefined && found['d'] === undefined ? daysOf(year, 1, found['D']) : daysOf(year, month, found['d'] ?? 1);
  let hour = found['H'] ?? (found['k'] === 24 ? 0 : found['k']);
  const half = found['h'] === 12 ? 0 : (found['h'] ?? found['K']);
  if (hour === undefined) hour = (half ?? 0) + (found['a'] === 1 ? 12 : 0);
  const ms = ((hour * 60 + (found['m'] ?? 0)) * 60 + (found['s'] ?? 0)) * 1000 + (found['S'] ?? 0);
  const extra = Math.floor(ms / msPerDay);
  return { days: days + extra, ms: ms - extra * msPerDay, nanos: 0 };
}

/** Year, month and day of a GregorianCalendar. */
function civilOf(days: number): readonly [number, number, number] {
  if (days >= cutover) return civilFromDays(days);
  // of the Julian calendar, by the same steps
  const shifted = days + 719_470;
  const year = Math.floor((4 * shifted + 3) / 1461);
  const dayOfYear = shifted - Math.floor(365.25 * year);
  const month = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * month + 2) / 5) + 1;
  return month < 10 ? [year, month + 3, day] : [year + 1, month - 9, day];
}

const digits = (value: number, width: number): string => (value < 0 ? '-' : '') + String(Math.abs(value)).padStart(width, '0');

/** The week of a year in the United States: weeks begin on Sunday, the first has the first of January. */
function weekOf(days: number): readonly [number, number] {
  const [year] = civilOf(days);
  const saturday = days + 6 - floorMod(days + 4, 7);
  const [ofWeek] = civilOf(saturday);
  const first = daysOf(ofWeek, 1, 1);
  return [Math.floor((saturday - first) / 7) + 1, ofWeek > year ? ofWeek : year];
}

/** A wall clock as text; `offsetSeconds` is what its zone adds to UTC, `zone` its name. */
export function formatSimpleDate(
  clock: WallClock,
  pattern: string,
  zone: { readonly offsetSeconds: number; readonly name: string },
): string {
  const [year, month, day] = civilOf(clock.days);
  const hour = Math.floor(clock.ms / 3_600_000);
  const field = (letter: string, width: number): string => {
    switch (letter) {
      case 'G':
        return year > 0 ? 'AD' : 'BC';
      case 'y':
      case 'Y': {
        const shown = letter === 'Y' ? weekOf(clock.days)[1] : year > 0 ? year : 1 - year;
        return width === 2 ? digits(shown % 100, 2) : digits(shown, width);
      }
      case 'M':
      case 'L':
        return width >= 4 ? monthNames[month - 1]! : width === 3 ? monthNames[month - 1]!.slice(0, 3) : digits(month, width);
      case 'w':
        return digits(weekOf(clock.days)[0], width);
      case 'W':
        return digits(Math.floor((day - 1 + floorMod(clock.days - day + 5, 7)) / 7) + 1, width);
      case 'D':
        return digits(clock.days - daysOf(year, 1, 1) + 1, width);
      case 'd':
        return digits(day, width);
      case 'F':
        return digits(Math.floor((day - 1) / 7) + 1, width);
      case 'E': {
        const name = weekdayNames[floorMod(clock.days + 4, 7)]!;
        return width >= 4 ? name : name.slice(0, 3);
      }
      case 'u':
        return digits(floorMod(clock.days + 3, 7) + 1, width);
      case 'a':
        return hour < 12 ? 'AM' : 'PM';
      case 'H':
        return digits(hour, width);
      case 'k':
        return digits(hour === 0 ? 24 : hour, width);
      case 'K':
        return digits(hour % 12, width);
      case 'h':
        return digits(hour % 12 === 0 ? 12 : hour % 12, width);
      case 'm':
        return digits(Math.floor(clock.ms / 60_000) % 60, width);
      case 's':
        return digits(Math.floor(clock.ms / 1000) % 60, width);
      case 'S':
        return digits(clock.ms % 1000, width);
      case 'z':
        return zone.name;
      default: {
        const size = Math.abs(zone.offsetSeconds);
        const sign = zone.offsetSeconds < 0 ? '-' : '+';
        const [hours, minutes] = [digits(Math.floor(size / 3600), 2), digits(Math.floor(size / 60) % 60, 2)];
        if (letter === 'Z') return `${sign}${hours}${minutes}`;
        if (size === 0) return 'Z';
        return width === 1 ? `${sign}${hours}` : `${sign}${hours}${width === 2 ? '' : ':'}${minutes}`;
      }
    }
  };
  return parsed(pattern)
    .map(item => (item.kind === 'text' ? item.text : field(item.letter, item.width)))
    .join('');
}
