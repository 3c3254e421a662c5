/** Columns a character takes on a terminal: 2 for East Asian wide ones, 0 for combining marks. */
function characterColumns(codePoint: number): number {
  if (codePoint >= 0x300 && codePoint <= 0x36f) return 0;
  if (codePoint === 0x200d || (codePoint >= 0xfe00 && codePoint <= 0xfe0f)) return 0;
  const wide =
    (codePoint >= 0x1100 && codePoint <= 0x115f) ||
    (codePoint >= 0x2e80 && codePoint <= 0xa4cf) ||
    (codePoint >= 0xac00 && codePoint <= 0xd7a3) ||
    (codePoint >= 0xf900 && codePoint <= 0xfaff) ||
    (codePoint >= 0xfe30 && codePoint <= 0xfe6f) ||
    (codePoint >= 0xff00 && codePoint <= 0xff60) ||
    (codePoint >= 0x1f300 && codePoint <= 0x1faff);
  return wide ? 2 : 1;
}

export function displayColumns(text: string): number {
  let width = 0;
  for (const character of text) width += characterColumns(character.codePointAt(0)!);
  return width;
}

function cut(text: string, columns: number): string {
  if (displayColumns(text) <= columns) return text;
  let width = 0;
  let kept = '';
  for (const character of text) {
    width += characterColumns(character.codePointAt(0)!);
    if (width > columns - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

export interface TableColumn {
  readonly name: string;
  readonly alignRight: boolean;
}

/**
 * Rows of texts as a ruled table; columns wider than `columnsMax` characters are cut with `…`.
 *
 * @example
 * textTable([{ name: 'n', alignRight: true }], [['1']]); // ┌───┐ …
 */
export function textTable(columns: readonly TableColumn[], rows: readonly (readonly string[])[], columnsMax = 60): string {
  const cells = rows.map(row => row.map(cell => cut(cell.replaceAll('\n', '⏎'), columnsMax)));
  const widths = columns.map((column, index) =>
    Math.max(displayColumns(column.name), ...cells.map(row => displayColumns(row[index] ?? ''))),
  );
  const pad = (text: string, index: number): string => {
    const space = ' '.repeat(widths[index]! - displayColumns(text));
    return columns[index]!.alignRight ? space + text : text + space;
  };
  const rule = (left: string, middle: string, right: string): string =>
    left + widths.map(width => '─'.repeat(width + 2)).join(middle) + right;
  const line = (texts: readonly string[]): string => `│ ${texts.map(pad).join(' │ ')} │`;
  return [
    rule('┌', '┬', '┐'),
    line(columns.map(column => column.name)),
    rule('├', '┼', '┤'),
    ...cells.map(line),
    rule('└', '┴', '┘'),
  ].join('\n');
}
