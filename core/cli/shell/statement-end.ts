/** A text with the insides of strings, names in backticks and comments blanked out; `open` names what is never closed. */
export function outline(text: string): { readonly code: string; readonly open: 'string' | 'name' | 'comment' | undefined } {
  let code = '';
  let at = 0;
  const blank = (end: number): void => {
    code += text.slice(at, end).replace(/[^\n]/g, ' ');
    at = end;
  };
  while (at < text.length) {
    const two = text.slice(at, at + 2);
    const one = text[at]!;
    if (two === '--') {
      const end = text.indexOf('\n', at);
      blank(end < 0 ? text.length : end);
    } else if (two === '/*') {
      const end = text.indexOf('*/', at + 2);
      if (end < 0) return { code, open: 'comment' };
      blank(end + 2);
    } else if (one === "'" || one === '`') {
      const end = text.indexOf(one, at + 1);
      if (end < 0) return { code, open: one === "'" ? 'string' : 'name' };
      code += one;
      at++;
      blank(end);
      code += one;
      at++;
    } else {
      code += one;
      at++;
    }
  }
  return { code, open: undefined };
}

/**
 * Whether Enter may run what was typed: it ends with `;` outside of strings and comments, and a statement set has its END.
 *
 * @example
 * endsStatement("SELECT ';'"); // false
 * endsStatement('SELECT 1; -- one'); // true
 */
export function endsStatement(text: string): boolean {
  const { code, open } = outline(text);
  if (open !== undefined || !/;\s*$/.test(code)) return false;
  const set = [...code.matchAll(/\bSTATEMENT\s+SET\b/gi)].at(-1);
  return set === undefined || /[;\s]END\s*;\s*$/i.test(code.slice(set.index));
}

/** Only spaces, comments and semicolons. */
export function isBlank(text: string): boolean {
  const { code, open } = outline(text);
  return open === undefined && /^[\s;]*$/.test(code);
}
