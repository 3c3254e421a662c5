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

const shown = (cell: string): string => cell.replaceAll('\n', '⏎').replaceAll('\t', ' ');

/** Widths that hold every name and cell, none wider than `columnsMax`. */
export function columnWidths(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  columnsMax: number,
): number[] {
  return columns.map((column, index) =>
    Math.min(
      columnsMax,
      rows.reduce(
        (widest, row) => Math.max(widest, displayColumns(shown(row[index] ?? ''))),
        Math.max(1, displayColumns(column.name)),
      ),
    ),
  );
}

/** Columns that a ruled table of these widths takes. */
export const tableColumns = (widths: readonly number[]): number => widths.reduce((sum, width) => sum + width + 3, 1);

/** Narrower widths, so that the table takes no more than `total` columns: texts give way first, numbers never. Undefined: it cannot. */
export function fitWidths(
  widths: readonly number[],
  columns: readonly TableColumn[],
  total: number,
  least = 8,
): number[] | undefined {
  const fitted = [...widths];
  for (let over = tableColumns(fitted) - total; over > 0; over--) {
    let widest = -1;
    for (const [index, width] of fitted.entries())
      if (!columns[index]!.alignRight && width > least && (widest < 0 || width > fitted[widest]!)) widest = index;
    if (widest < 0) return undefined;
    fitted[widest]!--;
  }
  return fitted;
}

export interface TableLines {
  readonly head: readonly string[];
  readonly body: readonly string[];
  readonly foot: string;
}

/** A ruled table of given widths; cells that are wider are cut with `…`. */
export function tableLines(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  widths: readonly number[],
): TableLines {
  const pad = (text: string, index: number): string => {
    const fitting = cut(text, widths[index]!);
    const space = ' '.repeat(Math.max(0, widths[index]! - displayColumns(fitting)));
    return columns[index]!.alignRight ? space + fitting : fitting + space;
  };
  const rule = (left: string, middle: string, right: string): string =>
    left + widths.map(width => '─'.repeat(width + 2)).join(middle) + right;
  const line = (texts: readonly string[]): string => `│ ${texts.map(pad).join(' │ ')} │`;
  return {
    head: [rule('┌', '┬', '┐'), line(columns.map(column => column.name)), rule('├', '┼', '┤')],
    body: rows.map(row => line(row.map(shown))),
    foot: rule('└', '┴', '┘'),
  };
}

/**
 * Rows of texts as a ruled table; columns wider than `columnsMax` characters are cut with `…`.
 *
 * @example
 * textTable([{ name: 'n', alignRight: true }], [['1']]); // ┌───┐ …
 */
export function textTable(columns: readonly TableColumn[], rows: readonly (readonly string[])[], columnsMax = 60): string {
  const { head, body, foot } = tableLines(columns, rows, columnWidths(columns, rows, columnsMax));
  return [...head, ...body, foot].join('\n');
}

/** Rows one below the other, a line a column: for rows too wide for the screen. */
export function recordLines(columns: readonly TableColumn[], rows: readonly (readonly string[])[], total: number): string[] {
  const nameWidth = Math.max(1, ...columns.map(column => displayColumns(column.name)));
  return rows.flatMap((row, number) => {
    const title = `─[ ${number + 1} ]`;
    return [
      `${title}${'─'.repeat(Math.max(1, Math.min(total, nameWidth + 30) - title.length))}`,
      ...columns.map(
        (column, index) => `${column.name}${' '.repeat(nameWidth - displayColumns(column.name))} │ ${shown(row[index] ?? '')}`,
      ),
    ];
  });
}
