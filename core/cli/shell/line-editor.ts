import { createInterface, type Interface } from 'node:readline';
import { PassThrough, Writable } from 'node:stream';
import { limits } from '../../common/limits.ts';
import { displayColumns } from '../output/text-table.ts';
import { type Candidate, type Completion, commonPrefix, noCompletion } from './candidates.ts';
import type { StyledSpan } from './highlight.ts';
import { layOut, sliceColumns } from './layout.ts';
import type { Key, Terminal } from './terminal.ts';

export interface EditorOptions {
  readonly prompt: string;
  readonly continuation: string;
  readonly colour: boolean;
  /** Oldest first. */
  readonly history: readonly string[];
  readonly highlight: (text: string) => StyledSpan[];
  /** What could stand at the cursor. */
  readonly complete: (text: string, cursor: number) => Completion;
  /** Whether Enter ends the text, or begins its next line. */
  readonly isDone: (text: string) => boolean;
}

/** Stands for a line's end inside readline's one line, which may hold none. */
const lineMark = '\uE00A';
const toMarks = (text: string): string => text.replaceAll(/\r\n|\r|\n/g, lineMark);
const fromMarks = (text: string): string => text.replaceAll(lineMark, '\n');

/**
 * Edits statements of several lines. Node's readline does the editing (keys, words, kill ring, undo, history) on one line without a screen;
 * this draws it: prompts, colours, what could follow.
 */
export class LineEditor {
  readonly #terminal: Terminal;
  readonly #options: EditorOptions;
  readonly #line: Interface;
  readonly #history: string[];
  #drawnRow = 0;
  #drawing = false;
  #pasted: string | undefined;
  #completion: Completion = noCompletion;
  #chosen = -1;
  #search: { text: string; at: number } | undefined;
  #settle: ((text: string | undefined) => void) | undefined;

  constructor(terminal: Terminal, options: EditorOptions) {
    this.#terminal = terminal;
    this.#options = options;
    this.#history = [...options.history];
    const nowhere = Object.assign(new Writable({ write: (_chunk, _encoding, done) => done() }), { columns: 1 << 20 });
    this.#line = createInterface({
      input: new PassThrough(),
      output: nowhere,
      terminal: true,
      history: this.#history.map(toMarks).reverse(),
      historySize: limits.shellHistoryMax,
      removeHistoryDuplicates: true,
      prompt: '',
    });
  }

  /** The next text; undefined at its end (Ctrl-D). */
  async read(): Promise<string | undefined> {
    this.#drawnRow = 0;
    this.#completion = noCompletion;
    this.#terminal.resized = () => this.#draw();
    this.#draw();
    let release: () => void = () => undefined;
    const text = await new Promise<string | undefined>(settle => {
      this.#settle = value => {
        release();
        settle(value);
      };
      release = this.#terminal.listen((typed, key) => this.#press(typed, key));
      // what was typed ahead may have ended the text before `listen` returned
      if (this.#settle === undefined) release();
    });
    this.#terminal.resized = () => undefined;
    return text;
  }

  /** Shows again what could follow, once more of it is known. */
  refresh(): void {
    if (this.#settle !== undefined && this.#chosen < 0) {
      this.#lookUp();
      this.#drawSoon();
    }
  }

  close(): void {
    this.#line.close();
  }

  get #text(): string {
    return fromMarks(this.#line.line);
  }
  get #cursor(): number {
    return this.#line.cursor;
  }

  #press(typed: string | undefined, key: Key): void {
    if (this.#settle === undefined) return;
    if (key.name === 'paste-start') this.#pasted = '';
    else if (key.name === 'paste-end') {
      this.#insert((this.#pasted ?? '').replaceAll('\t', '  '));
      this.#pasted = undefined;
      this.#changed();
    } else if (this.#pasted !== undefined) this.#pasted += key.sequence ?? typed ?? '';
    else if (this.#search !== undefined) this.#searchPress(typed, key);
    else this.#editPress(typed, key);
  }

  #editPress(typed: string | undefined, key: Key): void {
    if (key.name === 'return' || key.name === 'enter') this.#enter(key.meta === true);
    else if (key.name === 'tab') this.#tab(key.shift === true ? -1 : 1);
    else if (key.name === 'escape' && !key.meta) this.#clearCompletion();
    else if (key.ctrl && key.name === 'c') this.#drop();
    else if (key.ctrl && key.name === 'd' && this.#line.line === '') this.#submit(undefined);
    else if (key.ctrl && key.name === 'z') this.#stop();
    else {
      if (key.ctrl && key.name === 'l') this.#clearScreen();
      else if (key.ctrl && key.name === 'r') this.#search = { text: '', at: this.#history.length };
      else if (!this.#moveByLine(key)) this.#line.write(typed ?? '', key);
      this.#changed();
    }
  }

  #changed(): void {
    this.#chosen = -1;
    this.#lookUp();
    this.#drawSoon();
  }

  #lookUp(): void {
    this.#completion = this.#search === undefined ? this.#options.complete(this.#text, this.#cursor) : noCompletion;
  }

  /** Up, down, home and end in a text of several lines; false: readline knows what to do. */
  #moveByLine(key: Key): boolean {
    const text = this.#text;
    const start = text.lastIndexOf('\n', this.#cursor - 1) + 1;
    const newline = text.indexOf('\n', this.#cursor);
    const end = newline < 0 ? text.length : newline;
    const plain = !key.ctrl && !key.meta;
    const home = (plain && key.name === 'home') || (key.ctrl && key.name === 'a');
    if (home || (plain && key.name === 'end') || (key.ctrl && key.name === 'e')) {
      this.#moveTo(home ? start : end);
      return true;
    }
    if (plain && key.name === 'up' && start > 0) {
      const before = text.lastIndexOf('\n', start - 2) + 1;
      this.#moveTo(Math.min(before + this.#cursor - start, start - 1));
      return true;
    }
    if (plain && key.name === 'down' && newline >= 0) {
      const after = text.indexOf('\n', newline + 1);
      this.#moveTo(Math.min(newline + 1 + this.#cursor - start, after < 0 ? text.length : after));
      return true;
    }
    return false;
  }

  #moveTo(place: number): void {
    while (this.#cursor !== place) {
      const before = this.#cursor;
      this.#line.write(null, { name: place < before ? 'left' : 'right' });
      // a surrogate pair is one step
      if (this.#cursor === before || Math.sign(this.#cursor - place) === -Math.sign(before - place)) return;
    }
  }

  #insert(text: string): void {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these would move the cursor
    const clean = toMarks(text.replaceAll(/[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f]/g, ''));
    if (clean !== '') this.#line.write(clean);
  }

  #enter(newLine: boolean): void {
    const text = this.#text;
    if (!newLine && (text.trim() === '' || this.#options.isDone(text))) this.#submit(text);
    else {
      const start = text.lastIndexOf('\n', this.#cursor - 1) + 1;
      const indent = /^ */.exec(text.slice(start, this.#cursor))![0];
      this.#insert(`\n${indent}`);
      this.#changed();
    }
  }

  #submit(text: string | undefined): void {
    this.#completion = noCompletion;
    this.#chosen = -1;
    this.#moveTo(this.#line.line.length);
    this.#draw();
    this.#terminal.write('\r\n');
    if (text !== undefined && text.trim() !== '') this.#history.push(text);
    this.#line.write(null, { name: 'return' });
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(text);
  }

  /** Ctrl-C: leaves what was typed and starts anew. */
  #drop(): void {
    const empty = this.#line.line === '';
    this.#clearCompletion();
    this.#moveTo(this.#line.line.length);
    this.#draw();
    this.#terminal.write(empty ? '^C  (Ctrl-D or \\q leaves)\r\n' : '^C\r\n');
    this.#line.write(null, { name: 'u', ctrl: true });
    this.#drawnRow = 0;
    this.#draw();
  }

  #stop(): void {
    this.#terminal.suspend();
    process.once('SIGCONT', () => {
      this.#terminal.resume();
      this.#drawnRow = 0;
      this.#draw();
    });
    process.kill(process.pid, 'SIGTSTP');
  }

  #clearScreen(): void {
    this.#terminal.write('\u001b[H\u001b[2J');
    this.#drawnRow = 0;
  }

  #clearCompletion(): void {
    this.#completion = noCompletion;
    this.#chosen = -1;
    this.#drawSoon();
  }

  /** Completes what all candidates share, then offers one after the other. */
  #tab(step: number): void {
    if (this.#chosen < 0) this.#lookUp();
    const { candidates, from } = this.#completion;
    const typed = this.#text.slice(from, this.#cursor);
    const shared = commonPrefix(candidates.map(candidate => candidate.text));
    if (candidates.length === 0) {
      if (/(^|\n) *$/.test(this.#text.slice(0, this.#cursor))) this.#insert('  ');
      this.#drawSoon();
    } else if (this.#chosen < 0 && (candidates.length === 1 || shared.length > typed.length)) {
      this.#replace(from, shared);
      this.#changed();
    } else {
      this.#chosen = (this.#chosen + step + candidates.length) % candidates.length;
      this.#replace(from, candidates[this.#chosen]!.text);
      this.#drawSoon();
    }
  }

  #replace(from: number, text: string): void {
    while (this.#cursor > from) this.#line.write(null, { name: 'backspace' });
    this.#insert(text);
  }

  #searchPress(typed: string | undefined, key: Key): void {
    const search = this.#search!;
    if (key.ctrl && key.name === 'r') this.#find(search.text, search.at - 1);
    else if (key.name === 'backspace') this.#find(search.text.slice(0, -1), this.#history.length - 1);
    else if (key.ctrl && (key.name === 'c' || key.name === 'g')) this.#search = undefined;
    else if (typed !== undefined && !key.ctrl && !key.meta && typed >= ' ' && key.name !== 'escape')
      this.#find(search.text + typed, Math.min(search.at, this.#history.length - 1));
    else {
      const found = this.#history[search.at];
      this.#search = undefined;
      if (found !== undefined) {
        this.#moveTo(this.#line.line.length);
        this.#replace(0, found);
      }
      if (key.name !== 'escape') this.#editPress(typed, key);
    }
    if (this.#settle !== undefined) this.#changed();
  }

  #find(text: string, from: number): void {
    const search = this.#search!;
    for (let at = from; at >= 0; at--) {
      if (this.#history[at]!.toLowerCase().includes(text.toLowerCase())) {
        this.#search = { text, at };
        return;
      }
    }
    this.#search = { text, at: search.at };
    this.#terminal.write('\u0007');
  }

  #drawSoon(): void {
    if (this.#drawing) return;
    this.#drawing = true;
    setImmediate(() => {
      this.#drawing = false;
      if (this.#settle !== undefined) this.#draw();
    });
  }

  #draw(): void {
    const columns = Math.max(10, this.#terminal.columns - 1);
    const { rows, cursorRow, cursorColumn } = this.#search === undefined ? this.#laidText(columns) : this.#laidSearch(columns);
    const hints = this.#hints(columns);
    const room = Math.max(1, this.#terminal.rows - 1);
    // a text higher than the screen shows the part around the cursor
    const first = Math.max(0, Math.min(cursorRow - Math.floor(room / 2), rows.length - room));
    const shown = [...rows.slice(first, first + room), ...hints].slice(0, Math.max(room, cursorRow - first + 1));
    const up = this.#drawnRow > 0 ? `\u001b[${this.#drawnRow}A` : '';
    const back = shown.length - 1 - (cursorRow - first);
    this.#terminal.write(
      `\u001b[?25l\r${up}\u001b[J${shown.join('\r\n')}${back > 0 ? `\u001b[${back}A` : ''}\r${cursorColumn > 0 ? `\u001b[${cursorColumn}C` : ''}\u001b[?25h`,
    );
    this.#drawnRow = cursorRow - first;
  }

  #laidText(columns: number) {
    const { prompt, continuation, colour } = this.#options;
    const text = this.#text;
    return layOut(
      text,
      this.#cursor,
      colour ? this.#options.highlight(text) : [],
      { first: prompt, next: continuation },
      columns,
    );
  }

  #laidSearch(columns: number) {
    const { text, at } = this.#search!;
    const found = this.#history[at] ?? '';
    const label = `(search) ${text}: `;
    return layOut(
      found,
      Math.max(0, found.toLowerCase().indexOf(text.toLowerCase())),
      this.#options.colour ? this.#options.highlight(found) : [],
      { first: label, next: this.#options.continuation },
      columns,
    );
  }

  /** A row of what could follow, and one about the first or the chosen. */
  #hints(columns: number): string[] {
    const { candidates, offer } = this.#completion;
    if (this.#chosen < 0 && !offer) return [];
    if (candidates.length === 0) return [];
    const { colour } = this.#options;
    const dim = (text: string): string => (colour ? `\u001b[2m${text}\u001b[0m` : text);
    const from = windowStart(candidates, this.#chosen, columns - 12);
    let width = 2;
    let row = '  ';
    let shown = from;
    for (; shown < candidates.length; shown++) {
      const label = sliceColumns(candidates[shown]!.label ?? candidates[shown]!.text, 0, columns - 14);
      const wide = displayColumns(label) + 2;
      if (width + wide > columns - 10 && shown > from) break;
      width += wide;
      const chosen = shown === this.#chosen;
      row += `${chosen ? (colour ? `\u001b[7m${label}\u001b[0m` : `[${label}]`) : dim(label)}  `;
    }
    if (shown < candidates.length) row += dim(`+${candidates.length - shown}`);
    const about = candidates[Math.max(0, this.#chosen)]!;
    const detail = about.detail !== undefined && (this.#chosen >= 0 || candidates.length === 1) ? about.detail : undefined;
    return [row.trimEnd(), ...(detail === undefined ? [] : [dim(sliceColumns(`  ${detail}`, 0, columns))])];
  }
}

/** The first candidate of the part of a long row that holds the chosen one. */
function windowStart(candidates: readonly Candidate[], chosen: number, columns: number): number {
  let start = 0;
  let width = 0;
  for (let at = 0; at <= chosen; at++) {
    const wide = displayColumns(candidates[at]!.label ?? candidates[at]!.text) + 2;
    width += wide;
    if (width > columns && at > start) {
      start = at;
      width = wide;
    }
  }
  return start;
}
