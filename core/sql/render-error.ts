import type { Place, TidemillError } from '../common/errors.ts';

export interface RenderOptions {
  /** ANSI colours; off by default. */
  readonly color?: boolean | undefined;
  /** Columns of the terminal, when there is one: source lines are cut to it. */
  readonly columns?: number | undefined;
  /** The text an error's bare `span` refers to; not needed for an error that has its `place`. */
  readonly source?: { readonly name: string; readonly text: string } | undefined;
}

/** Characters of a source line shown at most; of a longer one, the part around the error. */
const lineWidth = 110;

/** Line and column of a UTF-16 offset, both from 1; a column is a code point. */
export function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: [...before.slice(lineStart)].length + 1 };
}

/**
 * An error for people: code and cause, place, the line underlined, what to do. No trailing newline.
 *
 * @example
 * // error[unknown-column]: bid has no column 'pricee'
 * //   --> hot.sql:14:9
 * //    |
 * // 14 | SELECT pricee FROM bid
 * //    |        ^^^^^^
 * //   did you mean 'price'?
 */
export function renderError(error: TidemillError, options: RenderOptions = {}): string {
  const paint = options.color ? ansi : plain;
  const label = error.domain === 'internal' ? 'internal error' : 'error';
  const lines = [`${paint.red(`${label}[${error.code}]`)}${paint.bold(`: ${error.message}`)}`];
  const place = error.place ?? placeOf(error, options);
  if (place !== undefined) lines.push(...renderPlace(place, paint, options.columns ?? Number.POSITIVE_INFINITY));
  if (error.hint !== undefined) lines.push(...error.hint.split('\n').map(line => `  ${paint.green(line)}`));
  return lines.join('\n');
}

function placeOf(error: TidemillError, { source }: RenderOptions): Place | undefined {
  return source === undefined || error.span === undefined
    ? undefined
    : { source: source.name, text: source.text, span: error.span };
}

function renderPlace({ source, text, span }: Place, paint: Paint, columns: number): string[] {
  const start = Math.max(0, Math.min(span.start, text.length));
  const { line, column } = lineAndColumn(text, start);
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const newline = text.indexOf('\n', start);
  const lineEnd = newline < 0 ? text.length : newline;
  const whole = text.slice(lineStart, lineEnd).replace(/\r$/, '');
  const before = [...text.slice(lineStart, start)];
  const marked = [...text.slice(start, Math.max(start, Math.min(span.end, lineStart + whole.length)))];
  const after = [...whole.slice(Math.max(0, Math.min(span.end, lineStart + whole.length) - lineStart, start - lineStart))];
  const number = String(line);
  const width = Math.max(20, Math.min(lineWidth, columns - number.length - 4));
  const { left, middle, right } = crop(before, marked, after, width);
  const gutter = ' '.repeat(number.length);
  const bar = paint.blue('|');
  // Tabs stay tabs in the padding, so that the carets stand under their text.
  const padding = left.replaceAll(/[^\t]/gu, ' ');
  const carets = '^'.repeat(Math.max(1, [...middle].length));
  return [
    `${gutter}${paint.blue('-->')} ${source}:${line}:${column}`,
    `${gutter} ${bar}`,
    `${paint.blue(number)} ${bar} ${left}${middle}${right}`,
    `${gutter} ${bar} ${padding}${paint.red(carets)}`,
  ];
}

/** The line's three parts cut to a width, keeping the marked one in sight. */
function crop(before: readonly string[], marked: readonly string[], after: readonly string[], width: number) {
  if (before.length + marked.length + after.length <= width)
    return { left: before.join(''), middle: marked.join(''), right: after.join('') };
  const middle = marked.slice(0, width / 2);
  const room = width - middle.length;
  const leftRoom = Math.min(before.length, Math.max(Math.floor(room / 2), room - after.length));
  const left = before.length > leftRoom ? `…${before.slice(before.length - leftRoom + 1).join('')}` : before.join('');
  const rightRoom = room - leftRoom;
  const rest = [...marked.slice(middle.length), ...after];
  const right = rest.length > rightRoom ? `${rest.slice(0, Math.max(0, rightRoom - 1)).join('')}…` : rest.join('');
  return { left, middle: middle.join(''), right };
}

interface Paint {
  red(text: string): string;
  green(text: string): string;
  blue(text: string): string;
  bold(text: string): string;
}

const same = (text: string): string => text;
const plain: Paint = { red: same, green: same, blue: same, bold: same };
const style = (code: number, end: number) => (text: string) => `\u001b[${code}m${text}\u001b[${end}m`;
const ansi: Paint = { red: style(31, 39), green: style(32, 39), blue: style(34, 39), bold: style(1, 22) };
