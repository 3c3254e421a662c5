import { limits } from '../common/limits.ts';

/** A pattern in Java's syntax, ready to match: groups by Java's numbers and names. */
export interface JavaPattern {
  /** Flags `dgv`, so that `lastIndex` moves a search along. */
  readonly expression: RegExp;
  readonly groups: number;
  readonly names: ReadonlyMap<string, number>;
}

/** The name under which a translated pattern holds Java's group. */
export const groupName = (group: number): string => `g${group}`;

class PatternProblem extends Error {}

const compiled = new Map<string, JavaPattern | undefined>();

/**
 * Translates a regular expression of java.util.regex to JavaScript's: possessive quantifiers and atomic groups (as a look-ahead and a
 * reference), `\Q…\E`, POSIX and Unicode classes, class intersections, inline flags, `\h \R \A \z \Z`, Java's line ends. Undefined when
 * Java, or this translation (`\G`, `\X`, `\N{…}`, blocks), has no such pattern.
 * Source: Java SE 17, class Pattern.
 */
export function javaPattern(pattern: string): JavaPattern | undefined {
  if (compiled.has(pattern)) return compiled.get(pattern);
  let found: JavaPattern | undefined;
  try {
    const translation = new Translation(pattern);
    const source = translation.whole();
    found = { expression: new RegExp(source, 'gv'), groups: translation.groups, names: translation.names };
  } catch (error) {
    if (!(error instanceof PatternProblem) && !(error instanceof SyntaxError)) throw error;
  }
  if (compiled.size >= limits.compiledPatternsMax) compiled.clear();
  compiled.set(pattern, found);
  return found;
}

const posixClasses: Readonly<Record<string, string>> = {
  Lower: 'a-z',
  Upper: 'A-Z',
  ASCII: '\\x00-\\x7f',
  Alpha: 'a-zA-Z',
  Digit: '0-9',
  Alnum: 'a-zA-Z0-9',
  Punct: '\\x21-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7e',
  Graph: '\\x21-\\x7e',
  Print: '\\x20-\\x7e',
  Blank: ' \\t',
  Cntrl: '\\x00-\\x1f\\x7f',
  XDigit: '0-9a-fA-F',
  Space: ' \\t\\n\\v\\f\\r',
  javaLowerCase: '\\p{Lowercase}',
  javaUpperCase: '\\p{Uppercase}',
  javaWhitespace: '\\t-\\r\\x1c-\\x1f\\p{Z}',
  javaAlphabetic: '\\p{Alphabetic}',
  javaLetter: '\\p{L}',
  javaDigit: '\\p{Nd}',
  javaLetterOrDigit: '\\p{L}\\p{Nd}',
};
const binaryProperties: Readonly<Record<string, string>> = {
  alphabetic: 'Alphabetic',
  ideographic: 'Ideographic',
  letter: 'L',
  lowercase: 'Lowercase',
  uppercase: 'Uppercase',
  titlecase: 'Lt',
  white_space: 'White_Space',
  whitespace: 'White_Space',
  control: 'Cc',
  punctuation: 'P',
  hex_digit: 'Hex_Digit',
  hexdigit: 'Hex_Digit',
  assigned: 'Assigned',
  digit: 'Nd',
  emoji: 'Emoji',
};
const shorthand: Readonly<Record<string, string>> = {
  d: '0-9',
  w: 'a-zA-Z_0-9',
  s: ' \\t\\n\\v\\f\\r',
  h: ' \\xa0\\u1680\\u180e\\u2000-\\u200a\\u202f\\u205f\\u3000\\t',
  v: '\\n\\v\\f\\r\\x85\\u2028\\u2029',
};
const controls: Readonly<Record<string, number>> = { t: 9, n: 10, r: 13, f: 12, a: 7, e: 27 };
const lineEnd = '\\n\\r\\x85\\u2028\\u2029';
const atEnd = '(?![\\s\\S])';
const atStart = '(?<![\\s\\S])';

/** Any character as itself, inside classes and outside. */
const exactly = (codePoint: number): string => {
  const character = String.fromCodePoint(codePoint);
  return /[a-zA-Z0-9 ]/.test(character) || codePoint > 0x2030 ? character : `\\u{${codePoint.toString(16)}}`;
};

class Translation {
  groups = 0;
  readonly names = new Map<string, number>();
  readonly #pattern: readonly string[];
  #at = 0;
  #atomics = 0;
  #flags = { i: false, m: false, s: false, x: false, d: false };

  constructor(pattern: string) {
    this.#pattern = [...pattern];
  }

  whole(): string {
    const source = this.#alternatives();
    if (this.#at < this.#pattern.length) throw new PatternProblem('unmatched )');
    return source;
  }

  get #next(): string | undefined {
    return this.#pattern[this.#at];
  }
  #follows(text: string): boolean {
    return [...text].every((character, index) => this.#pattern[this.#at + index] === character);
  }
  #accept(text: string): boolean {
    if (!this.#follows(text)) return false;
    this.#at += text.length;
    return true;
  }
  #take(): string {
    const character = this.#pattern[this.#at++];
    if (character === undefined) throw new PatternProblem('ends too early');
    return character;
  }

  #alternatives(): string {
    const before = { ...this.#flags };
    const parts = [this.#sequence()];
    while (this.#accept('|')) parts.push(this.#sequence());
    this.#flags = before;
    return parts.join('|');
  }

  #sequence(): string {
    let source = '';
    let open = '';
    const ignoresCase = this.#flags.i;
    if (ignoresCase) {
      source += '(?i:';
      open = ')';
    }
    for (;;) {
      this.#skipComments();
      const character = this.#next;
      if (character === undefined || character === '|' || character === ')') return source + open;
      const flagged = this.#flags.i;
      const atom = this.#atom();
      if (this.#flags.i !== flagged) {
        source += open;
        open = this.#flags.i ? ')' : '';
        if (this.#flags.i) source += '(?i:';
      }
      source += atom === undefined ? '' : this.#quantified(atom);
    }
  }

  #skipComments(): void {
    if (!this.#flags.x) return;
    while (this.#next !== undefined && /[ \t\n\v\f\r#]/.test(this.#next)) {
      if (this.#take() === '#') while (this.#next !== undefined && this.#next !== '\n') this.#at++;
    }
  }

  #quantified(atom: string): string {
    this.#skipComments();
    let quantifier = '';
    const start = this.#next;
    if (start === '*' || start === '+' || start === '?') quantifier = this.#take();
    else if (start === '{') {
      const end = this.#pattern.indexOf('}', this.#at);
      quantifier = end < 0 ? '' : this.#pattern.slice(this.#at, end + 1).join('');
      const bounds = /^\{(\d+)(?:(,)(\d*))?\}$/.exec(quantifier);
      if (bounds === null || (bounds[3] !== undefined && bounds[3] !== '' && Number(bounds[3]) < Number(bounds[1])))
        throw new PatternProblem('bad repetition');
      this.#at = end + 1;
    }
    if (quantifier === '') return atom;
    const repeated = /^\(\?<?[=!]/.test(atom) || atom.startsWith('\\b') || atom.startsWith('\\B') ? `(?:${atom})` : atom;
    if (this.#accept('?')) return this.#repeatable(`${repeated}${quantifier}?`);
    if (!this.#accept('+')) return this.#repeatable(`${repeated}${quantifier}`);
    return this.#atomic(`${repeated}${quantifier}`);
  }

  /** Java repeats what is repeated (`a{2}{3}`); a second sign alone is an error. */
  #repeatable(source: string): string {
    if (this.#next === '*' || this.#next === '+' || this.#next === '?') throw new PatternProblem('dangling sign');
    return this.#next === '{' ? this.#quantified(`(?:${source})`) : source;
  }

  #atomic(source: string): string {
    const name = `a${this.#atomics++}`;
    return `(?:(?=(?<${name}>${source}))\\k<${name}>)`;
  }

  /** One thing that can be repeated; undefined for flags, which match nothing. */
  #atom(): string | undefined {
    const character = this.#take();
    switch (character) {
      case '.':
        return this.#flags.s ? '[\\s\\S]' : this.#flags.d ? '[^\\n]' : `[^${lineEnd}]`;
      case '^':
        return this.#flags.m ? `(?:${atStart}|(?<=\\n|\\r(?!\\n)|[\\x85\\u2028\\u2029])(?=[\\s\\S]))` : atStart;
      case '$':
        return this.#flags.m
          ? `(?=\\r\\n|(?<!\\r)\\n|[\\r\\x85\\u2028\\u2029]|${atEnd})`
          : `(?=(?:\\r\\n|(?<!\\r)\\n|[\\r\\x85\\u2028\\u2029])?${atEnd})`;
      case '[':
        return this.#class();
      case '(':
        return this.#group();
      case '\\':
        return this.#escape();
      case '*':
      case '+':
      case '?':
        throw new PatternProblem('dangling sign');
      case '{':
        throw new PatternProblem('dangling {');
      default:
        return exactly(character.codePointAt(0)!);
    }
  }

  #group(): string | undefined {
    if (!this.#accept('?')) return this.#capture(undefined);
    for (const start of [':', '=', '!', '<=', '<!']) if (this.#accept(start)) return `(?${start}${this.#closed()})`;
    if (this.#accept('>')) return this.#atomic(this.#closed());
    if (this.#accept('<')) {
      let name = '';
      while (this.#next !== undefined && this.#next !== '>') name += this.#take();
      if (!this.#accept('>') || !/^[a-zA-Z][a-zA-Z0-9]*$/.test(name) || this.names.has(name))
        throw new PatternProblem('bad name');
      return this.#capture(name);
    }
    const flags = { ...this.#flags };
    let on = true;
    for (;;) {
      const flag = this.#take();
      if (flag === ')') {
        this.#flags = flags;
        return undefined;
      }
      if (flag === ':') {
        const before = this.#flags;
        this.#flags = flags;
        // the sequences inside say themselves whether case counts
        const inner = before.i && !flags.i ? `(?-i:${this.#closed()})` : this.#closed();
        this.#flags = before;
        return `(?:${inner})`;
      }
      if (flag === '-' && on) on = false;
      else if (flag === 'i' || flag === 'm' || flag === 's' || flag === 'x' || flag === 'd') flags[flag] = on;
      // letters beyond ASCII are compared without case already
      else if (flag !== 'u') throw new PatternProblem('unknown flag');
    }
  }

  #capture(name: string | undefined): string {
    const group = ++this.groups;
    if (name !== undefined) this.names.set(name, group);
    return `(?<${groupName(group)}>${this.#closed()})`;
  }

  #closed(): string {
    const inner = this.#alternatives();
    if (!this.#accept(')')) throw new PatternProblem('unclosed group');
    return inner;
  }

  #escape(): string {
    const character = this.#take();
    if (character === 'Q') return this.#quoted();
    if (character === 'k') {
      const name = this.#braced('<', '>');
      const group = this.names.get(name);
      if (group === undefined) throw new PatternProblem('unknown group');
      return `\\k<${groupName(group)}>`;
    }
    if (/[1-9]/.test(character)) {
      let group = Number(character);
      while (this.#next !== undefined && /\d/.test(this.#next) && group * 10 + Number(this.#next) <= this.groups)
        group = group * 10 + Number(this.#take());
      // a group that is not there never matches
      return group <= this.groups ? `\\k<${groupName(group)}>` : '(?!)';
    }
    switch (character) {
      case 'b':
        return this.#next === '{' ? this.#refuse() : '\\b';
      case 'B':
        return '\\B';
      case 'A':
        return atStart;
      case 'z':
        return atEnd;
      case 'Z':
        return `(?=(?:\\r\\n|(?<!\\r)\\n|[\\r\\x85\\u2028\\u2029])?${atEnd})`;
      case 'R':
        return '(?:\\r\\n|[\\n\\v\\f\\r\\x85\\u2028\\u2029])';
      case 'G':
      case 'X':
      case 'N':
        return this.#refuse();
    }
    const set = this.#setEscape(character);
    return set === undefined ? exactly(this.#characterEscape(character)) : `[${set}]`;
  }

  #refuse(): never {
    throw new PatternProblem('not translated');
  }

  #quoted(): string {
    let source = '';
    while (this.#next !== undefined && !this.#accept('\\E')) source += exactly(this.#take().codePointAt(0)!);
    return source === '' ? '' : /^(?:.|\\u\{[^}]*\})$/u.test(source) || this.#next === undefined ? source : `(?:${source})`;
  }

  /** What stands between brackets for a class escape, or undefined when the escape is of one character. */
  #setEscape(character: string): string | undefined {
    const lower = character.toLowerCase();
    if (shorthand[lower] !== undefined && 'dwshv'.includes(lower))
      return lower === character ? shorthand[lower] : `[^${shorthand[lower]}]`;
    if (lower !== 'p') return undefined;
    const name = this.#next === '{' ? this.#braced('{', '}') : this.#take();
    const set = this.#property(name);
    return character === 'p' ? set : `[^${set}]`;
  }

  #property(name: string): string {
    const posix = posixClasses[name];
    if (posix !== undefined) return posix;
    const [, key, value] = /^(\w+)=(\w+)$/.exec(name) ?? [];
    if (key !== undefined && /^(?:sc|script)$/i.test(key)) return `\\p{Script=${titled(value!)}}`;
    if (key !== undefined && /^(?:gc|general_category)$/i.test(key)) return `\\p{${value}}`;
    if (key !== undefined || name.startsWith('In')) return this.#refuse();
    if (name.startsWith('Is')) {
      const binary = binaryProperties[name.slice(2).toLowerCase()];
      if (binary !== undefined) return `\\p{${binary}}`;
      return name.length <= 4 ? `\\p{${name.slice(2)}}` : `\\p{Script=${titled(name.slice(2))}}`;
    }
    if (!/^[A-Z][a-z]?$/.test(name)) throw new PatternProblem('unknown class');
    return `\\p{${name}}`;
  }

  #braced(open: string, close: string): string {
    if (!this.#accept(open)) throw new PatternProblem(`expects ${open}`);
    let name = '';
    while (this.#next !== undefined && this.#next !== close) name += this.#take();
    if (!this.#accept(close)) throw new PatternProblem(`expects ${close}`);
    return name;
  }

  #characterEscape(character: string): number {
    const control = controls[character];
    if (control !== undefined) return control;
    switch (character) {
      case 'x':
        return this.#next === '{' ? this.#hex(this.#braced('{', '}')) : this.#hex(this.#take() + this.#take());
      case 'u': {
        const unit = this.#hex(this.#take() + this.#take() + this.#take() + this.#take());
        if (unit >= 0xd800 && unit < 0xdc00 && this.#accept('\\u'))
          return (
            (unit - 0xd800) * 0x400 + this.#hex(this.#take() + this.#take() + this.#take() + this.#take()) - 0xdc00 + 0x10000
          );
        return unit;
      }
      case 'c':
        return this.#take().codePointAt(0)! ^ 64;
      case '0': {
        let digits = '';
        while (digits.length < 3 && this.#next !== undefined && /[0-7]/.test(this.#next)) {
          if (digits.length === 2 && digits > '37') break;
          digits += this.#take();
        }
        if (digits === '') throw new PatternProblem('bad octal');
        return Number.parseInt(digits, 8);
      }
    }
    if (/[a-zA-Z]/.test(character)) throw new PatternProblem('unknown escape');
    return character.codePointAt(0)!;
  }

  #hex(digits: string): number {
    const value = /^[0-9a-fA-F]+$/.test(digits) ? Number.parseInt(digits, 16) : Number.NaN;
    if (!(value <= 0x10ffff)) throw new PatternProblem('bad hexadecimal number');
    return value;
  }

  /** After `[`: unions of nested classes, intersections of unions. */
  #class(): string {
    const negated = this.#accept('^');
    const operands: string[] = [];
    let union = '';
    let first = true;
    for (;;) {
      if (this.#flags.x) this.#skipComments();
      if (this.#accept('&&')) {
        operands.push(union);
        union = '';
        first = false;
        continue;
      }
      const character = this.#take();
      if (character === ']' && !first) break;
      first = false;
      if (character === '[') {
        union += this.#class();
        continue;
      }
      if (character === '\\' && this.#accept('Q')) {
        while (!this.#accept('\\E')) union += exactly(this.#take().codePointAt(0)!);
        continue;
      }
      let from = character.codePointAt(0)!;
      if (character === '\\') {
        const escaped = this.#take();
        const set = this.#setEscape(escaped);
        if (set !== undefined) {
          union += set;
          continue;
        }
        from = this.#characterEscape(escaped);
      }
      if (this.#next !== '-' || this.#pattern[this.#at + 1] === ']' || this.#pattern[this.#at + 1] === '[') {
        union += exactly(from);
        continue;
      }
      this.#at++;
      const end = this.#take();
      const to = end === '\\' ? this.#characterEscape(this.#take()) : end.codePointAt(0)!;
      if (to < from) throw new PatternProblem('a range backwards');
      union += `${exactly(from)}-${exactly(to)}`;
    }
    operands.push(union);
    const source = operands.length === 1 ? operands[0]! : operands.map(operand => `[${operand}]`).join('&&');
    return `[${negated ? '^' : ''}${source}]`;
  }
}

const titled = (name: string): string =>
  name
    .split('_')
    .map(part => part.slice(0, 1).toUpperCase() + part.slice(1).toLowerCase())
    .join('_');
