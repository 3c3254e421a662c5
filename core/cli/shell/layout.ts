import { displayColumns } from '../output/text-table.ts';
import type { StyledSpan } from './highlight.ts';

export interface Laid {
  /** One a row of the terminal, styled, none wider than asked. */
  readonly rows: readonly string[];
  readonly cursorRow: number;
  readonly cursorColumn: number;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Columns of one character as people see it; joined emoji take two, not the sum of their parts. */
export const graphemeColumns = (grapheme: string): number => Math.min(2, displayColumns(grapheme));

/** The graphemes of a text. */
export function* graphemesOf(text: string): Generator<string> {
  for (const { segment } of graphemes.segment(text)) yield segment;
}

/**
 * Breaks a text into terminal rows, each line behind its prompt, and finds the cursor's place in them.
 *
 * @param cursor UTF-16 offset in `text`
 * @param columns columns of the terminal that may be used
 */
export function layOut(
  text: string,
  cursor: number,
  spans: readonly StyledSpan[],
  prompts: { readonly first: string; readonly next: string },
  columns: number,
): Laid {
  const rows: string[] = [];
  let row = prompts.first;
  let width = displayColumns(prompts.first);
  let style = '';
  let at = 0;
  let span = 0;
  let place = { row: 0, column: width };
  const end = (): void => {
    rows.push(style === '' ? row : `${row}\u001b[0m`);
    row = '';
    width = 0;
  };
  for (const grapheme of graphemesOf(text)) {
    while (spans[span] !== undefined && spans[span]!.end <= at) span++;
    const current = spans[span];
    const wanted = current !== undefined && current.start <= at ? current.style : '';
    if (wanted !== style) {
      row += wanted === '' ? '\u001b[0m' : `\u001b[0;${wanted}m`;
      style = wanted;
    }
    if (at === cursor) place = { row: rows.length, column: width };
    if (grapheme === '\n' || grapheme === '\r\n') {
      end();
      row = prompts.next + (style === '' ? '' : `\u001b[0;${style}m`);
      width = displayColumns(prompts.next);
    } else {
      const wide = graphemeColumns(grapheme);
      if (width + wide > columns) {
        end();
        row = style === '' ? '' : `\u001b[0;${style}m`;
        if (at === cursor) place = { row: rows.length, column: 0 };
      }
      row += grapheme;
      width += wide;
    }
    at += grapheme.length;
  }
  if (cursor >= at) place = { row: rows.length, column: width };
  end();
  return { rows, cursorRow: place.row, cursorColumn: place.column };
}

/** The part of a plain text that lies `from` columns to the right, at most `columns` wide. */
export function sliceColumns(text: string, from: number, columns: number): string {
  let at = 0;
  let kept = '';
  for (const grapheme of graphemesOf(text)) {
    const wide = graphemeColumns(grapheme);
    if (at + wide > from + columns) break;
    if (at >= from) kept += grapheme;
    else if (at + wide > from) kept += ' ';
    at += wide;
  }
  return kept;
}
