import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import xterm from '@xterm/headless';
import { projectRoot } from './source-files.ts';

const waitMsMax = 20_000;

export interface ScreenOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** `tidemill` at a terminal: what is typed goes in, the screen is read as a person sees it. */
export class TerminalScreen {
  readonly #child: ChildProcess;
  readonly #terminal: InstanceType<typeof xterm.Terminal>;
  readonly ended: Promise<number | null>;
  /** Everything that was written, with its escape sequences. */
  raw = '';

  constructor(args: readonly string[], options: ScreenOptions = {}) {
    const { columns = 80, rows = 24 } = options;
    this.#terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 1000 });
    this.#child = spawn(
      'python3',
      [
        join(projectRoot, 'test', 'support', 'pseudo-terminal.py'),
        String(columns),
        String(rows),
        process.execPath,
        join(projectRoot, 'core', 'cli', 'entry.js'),
        ...args,
      ],
      {
        cwd: options.cwd ?? projectRoot,
        env: { ...process.env, TERM: 'xterm-256color', TIDEMILL_HISTORY: '', PAGER: '', NO_COLOR: '', ...options.env },
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    );
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.raw += text;
      this.#terminal.write(text);
    });
    this.ended = new Promise(settle => this.#child.on('close', settle));
  }

  type(text: string): void {
    this.#child.stdin!.write(text);
  }

  /** The visible rows, without empty ones at the end. */
  get text(): string {
    const { active } = this.#terminal.buffer;
    const rows: string[] = [];
    for (let row = 0; row < this.#terminal.rows; row++)
      rows.push(active.getLine(active.baseY + row)?.translateToString(true) ?? '');
    return rows.join('\n').trimEnd();
  }

  get cursor(): { readonly row: number; readonly column: number } {
    const { active } = this.#terminal.buffer;
    return { row: active.cursorY, column: active.cursorX };
  }

  /** Waits until the screen shows it. @throws with the screen when it does not. */
  async shows(wanted: string | RegExp): Promise<void> {
    await this.until(() => (typeof wanted === 'string' ? this.text.includes(wanted) : wanted.test(this.text)), String(wanted));
  }

  async until(condition: () => boolean, what: string): Promise<void> {
    const endMs = performance.now() + waitMsMax;
    while (!condition()) {
      if (performance.now() > endMs) throw new Error(`the screen never showed ${what}; it is\n${this.text}`);
      await new Promise(settle => setTimeout(settle, 20));
    }
  }

  close(): void {
    this.#child.kill();
  }
}
