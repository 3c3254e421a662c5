import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { internalError, TidemillError } from '../../core/common/errors.ts';
import { parseScript } from '../../core/sql/parse.ts';
import { lineAndColumn, renderError } from '../../core/sql/render-error.ts';

const errorAt = (text: string, word: string, hint?: string): TidemillError => {
  const start = text.indexOf(word);
  return new TidemillError('unknown-column', `bid has no column '${word}'`, { span: { start, end: start + word.length }, hint });
};

describe('an error for people', () => {
  it('shows the place, the line underlined and what to do', () => {
    const text = 'SELECT auction,\n  pricee\nFROM bid';
    const source = { name: 'hot.sql', text };
    expect(renderError(errorAt(text, 'pricee', "did you mean 'price'?"), { source })).toBe(
      [
        "error[unknown-column]: bid has no column 'pricee'",
        ' --> hot.sql:2:3',
        '  |',
        '2 |   pricee',
        '  |   ^^^^^^',
        "  did you mean 'price'?",
      ].join('\n'),
    );
  });

  it('knows the place of an error out of parseScript', () => {
    const { errors } = parseScript(`${'\n'.repeat(13)}SELECT a FORM t`, 'a.sql');
    expect(renderError(errors[0]!)).toBe(
      [
        "error[syntax]: expected AS, FROM, WHERE, GROUP or HAVING after 'a', found 'FORM'",
        '  --> a.sql:14:10',
        '   |',
        '14 | SELECT a FORM t',
        '   |          ^^^^',
        "  did you mean 'FROM'?",
      ].join('\n'),
    );
  });

  it('colours without changing what is said', () => {
    const text = 'SELECT pricee';
    const source = { name: 'x', text };
    const colored = renderError(errorAt(text, 'pricee', 'h'), { source, color: true });
    expect(colored).toContain('\u001b[31merror[unknown-column]\u001b[39m');
    expect(stripVTControlCharacters(colored)).toBe(renderError(errorAt(text, 'pricee', 'h'), { source }));
  });

  it('needs no place', () => {
    expect(renderError(new TidemillError('endless', 'bid never ends', { hint: 'use changes()' }))).toBe(
      'error[endless]: bid never ends\n  use changes()',
    );
    expect(renderError(internalError('oops'))).toMatch(/^internal error\[internal\]: oops\n {2}This is a bug/);
  });

  it.each([
    ['tabs', '\t\tSELECT x', 'x', '  | \t\t       ^'],
    ['wide text counts by code points', "SELECT '😀', x", 'x', '  |             ^'],
    ['CRLF', 'SELECT x\r\nFROM t', 'x', '  |        ^'],
  ])('%s', (_name, text, word, underline) => {
    const lines = renderError(errorAt(text, word), { source: { name: 'x', text } }).split('\n');
    expect(lines[4]).toBe(underline);
    expect(lines[3]).not.toContain('\r');
  });

  it('underlines the first line of several, and something even at the end', () => {
    const text = 'SELECT (a\n+ b)';
    const whole = new TidemillError('x', 'y', { span: { start: 7, end: text.length } });
    expect(
      renderError(whole, { source: { name: 'x', text } })
        .split('\n')
        .slice(3),
    ).toEqual(['1 | SELECT (a', '  |        ^^']);
    const end = new TidemillError('x', 'y', { span: { start: text.length, end: text.length } });
    expect(
      renderError(end, { source: { name: 'x', text } })
        .split('\n')
        .slice(3),
    ).toEqual(['2 | + b)', '  |     ^']);
  });

  it('shows of a long line the part that matters', () => {
    const text = `SELECT ${'a, '.repeat(500)}pricee${', b'.repeat(500)} FROM bid`;
    const lines = renderError(errorAt(text, 'pricee'), { source: { name: 'x', text } }).split('\n');
    expect(lines[3]!.length).toBeLessThan(120);
    expect(lines[3]!.slice(lines[4]!.indexOf('^'), lines[4]!.lastIndexOf('^') + 1)).toBe('pricee');
    const long = `SELECT '${'x'.repeat(1000)}'`;
    const wide = renderError(new TidemillError('x', 'y', { span: { start: 7, end: long.length } }), {
      source: { name: 'x', text: long },
    }).split('\n');
    expect(wide[3]!.length).toBeLessThan(120);
  });

  it('counts lines and columns from 1', () => {
    expect(lineAndColumn('a\nb😀c', 0)).toEqual({ line: 1, column: 1 });
    expect(lineAndColumn('a\nb😀c', 5)).toEqual({ line: 2, column: 3 });
  });
});
