import { displayColumns } from '../output/text-table.ts';
import { sliceColumns } from './layout.ts';
import type { Key, Terminal } from './terminal.ts';

/** Lines to look at; they may change while they are looked at. */
export interface Viewed {
  /** About what is shown, a line. */
  status(): string;
  /** Lines that stay in sight. */
  head(): readonly string[];
  lines(from: number, count: number): readonly string[];
  count(): number;
  /** Keys of its own; true: it took the key. */
  press?(key: Key, typed: string | undefined): boolean;
  /** What its own keys do. */
  readonly help?: string;
}

const refreshMs = 100;

/** Shows lines on a screen of their own, with the keys of `less`, until q. */
export class Viewer {
  readonly #terminal: Terminal;
  readonly #viewed: Viewed;
  readonly #colour: boolean;
  #top = 0;
  #left = 0;
  /** Stay at the end while lines come. */
  #follow: boolean;
  #search: string | undefined;
  #typing: string | undefined;

  constructor(terminal: Terminal, viewed: Viewed, options: { readonly colour: boolean; readonly follow: boolean }) {
    this.#terminal = terminal;
    this.#viewed = viewed;
    this.#colour = options.colour;
    this.#follow = options.follow;
  }

  /** Until q, or until `ended` settles. `changing`: draws again as time goes by. */
  async show(ended: Promise<unknown> | undefined, changing: boolean): Promise<void> {
    const terminal = this.#terminal;
    terminal.write('\u001b[?1049h\u001b[?25l');
    terminal.resized = () => this.#draw();
    const timer = changing ? setInterval(() => this.#draw(), refreshMs) : undefined;
    let release: () => void = () => undefined;
    try {
      this.#draw();
      await Promise.race([
        new Promise<void>(settle => {
          release = terminal.listen((typed, key) => {
            if (this.#press(typed, key)) settle();
            else this.#draw();
          });
        }),
        ...(ended === undefined
          ? []
          : [
              ended.then(
                () => undefined,
                () => undefined,
              ),
            ]),
      ]);
    } finally {
      clearInterval(timer);
      release();
      terminal.resized = () => undefined;
      terminal.write('\u001b[?1049l\u001b[?25h');
    }
  }

  get #height(): number {
    return Math.max(1, this.#terminal.rows - 2 - this.#viewed.head().length);
  }

  /** True: it is over. */
  #press(typed: string | undefined, key: Key): boolean {
    if (this.#typing !== undefined) {
      this.#type(typed, key);
      return false;
    }
    const page = this.#height;
    const { name } = key;
    if (key.ctrl && name === 'c') return true;
    if (this.#viewed.press?.(key, typed)) return false;
    const go = (by: number): void => {
      this.#follow = false;
      this.#top += by;
    };
    if (typed === 'q' || typed === 'Q' || name === 'escape') return true;
    if (name === 'down' || name === 'return' || typed === 'j') go(1);
    else if (name === 'up' || typed === 'k') go(-1);
    else if (name === 'pagedown' || name === 'space' || typed === 'f' || (key.ctrl && name === 'f')) go(page);
    else if (name === 'pageup' || typed === 'b' || (key.ctrl && name === 'b')) go(-page);
    else if (typed === 'd' || (key.ctrl && name === 'd')) go(Math.ceil(page / 2));
    else if (typed === 'u' || (key.ctrl && name === 'u')) go(-Math.ceil(page / 2));
    else if (typed === 'g' || name === 'home') {
      this.#top = 0;
      this.#follow = false;
    } else if (typed === 'G' || name === 'end') this.#follow = true;
    else if (name === 'right' || typed === 'l') this.#left += Math.ceil(this.#terminal.columns / 3);
    else if (name === 'left' || typed === 'h') this.#left = Math.max(0, this.#left - Math.ceil(this.#terminal.columns / 3));
    else if (typed === '/') this.#typing = '';
    else if (typed === 'n') this.#find(this.#top + 1, 1);
    else if (typed === 'N') this.#find(this.#top - 1, -1);
    return false;
  }

  #type(typed: string | undefined, key: Key): void {
    if (key.name === 'return') {
      this.#search = this.#typing;
      this.#typing = undefined;
      this.#find(this.#top, 1);
    } else if (key.name === 'escape' || (key.ctrl && key.name === 'c')) this.#typing = undefined;
    else if (key.name === 'backspace') this.#typing = this.#typing!.slice(0, -1);
    else if (typed !== undefined && typed >= ' ' && !key.ctrl && !key.meta) this.#typing += typed;
  }

  #find(from: number, step: number): void {
    const wanted = this.#search?.toLowerCase();
    if (!wanted) return;
    for (let at = from; at >= 0 && at < this.#viewed.count(); at += step) {
      if (this.#viewed.lines(at, 1)[0]!.toLowerCase().includes(wanted)) {
        this.#top = at;
        this.#follow = false;
        return;
      }
    }
    this.#terminal.write('\u0007');
  }

  #draw(): void {
    const { columns } = this.#terminal;
    const height = this.#height;
    const last = Math.max(0, this.#viewed.count() - height);
    this.#top = this.#follow ? last : Math.min(Math.max(0, this.#top), last);
    const lines = [...this.#viewed.head(), ...this.#viewed.lines(this.#top, height)];
    const body = lines.map(line => sliceColumns(line, this.#left, columns));
    const room = height + this.#viewed.head().length;
    while (body.length < room) body.push('');
    const count = this.#viewed.count();
    const place = last > 0 ? `${this.#top + 1}–${Math.min(this.#top + height, count)} of ${count}  ` : '';
    const keys =
      this.#typing === undefined
        ? `${place}q ${this.#viewed.help === undefined ? 'back' : 'stop'}  ${this.#viewed.help ?? ''}↑ ↓ PgUp PgDn scroll  ← → sideways  / find`
        : `/${this.#typing}`;
    const bar = (text: string): string => {
      const cut = sliceColumns(text, 0, columns - 1);
      return this.#colour ? `\u001b[7m${cut}${' '.repeat(Math.max(0, columns - 1 - displayColumns(cut)))}\u001b[0m` : cut;
    };
    const rows = [bar(` ${this.#viewed.status()}`), ...body, bar(` ${keys}`)];
    this.#terminal.write(`\u001b[H${rows.map(row => `${row}\u001b[K`).join('\r\n')}`);
  }
}
