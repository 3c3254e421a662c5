import { emitKeypressEvents } from 'node:readline';

/** A key as Node's readline names it. */
export interface Key {
  readonly name?: string | undefined;
  readonly sequence?: string | undefined;
  readonly ctrl?: boolean | undefined;
  readonly meta?: boolean | undefined;
  readonly shift?: boolean | undefined;
}
export type KeyHandler = (text: string | undefined, key: Key) => void;

/** What `Terminal` needs of the streams; process.stdin and process.stderr have it. */
export interface TerminalStreams {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
}

/**
 * The keyboard and the screen: keys go to the handler on top; without one they wait, so that what is typed while a statement runs is not lost.
 * Ctrl-C never waits.
 */
export class Terminal {
  readonly #streams: TerminalStreams;
  readonly #handlers: KeyHandler[] = [];
  readonly #waiting: [string | undefined, Key][] = [];
  readonly #onKey = (text: string | undefined, key: Key): void => this.#dispatch(text, key);
  readonly #onResize = (): void => this.resized();
  /** Called on Ctrl-C while no handler reads keys. */
  interrupted: () => void = () => undefined;
  /** Called when the window has another size. */
  resized: () => void = () => undefined;

  constructor(streams: TerminalStreams) {
    this.#streams = streams;
    emitKeypressEvents(streams.input);
    streams.input.on('keypress', this.#onKey);
    streams.output.on('resize', this.#onResize);
    this.resume();
  }

  get columns(): number {
    return this.#streams.output.columns || 80;
  }
  get rows(): number {
    return this.#streams.output.rows || 24;
  }

  write(text: string): void {
    this.#streams.output.write(text);
  }

  /** Hands keys to `handler` until the returned function is called. */
  listen(handler: KeyHandler): () => void {
    this.#handlers.push(handler);
    while (this.#handlers.at(-1) === handler && this.#waiting.length > 0) handler(...this.#waiting.shift()!);
    return () => {
      const at = this.#handlers.lastIndexOf(handler);
      if (at >= 0) this.#handlers.splice(at, 1);
    };
  }

  /** Gives keyboard and screen to another program. */
  suspend(): void {
    this.write('\u001b[?2004l');
    this.#streams.input.setRawMode(false);
    this.#streams.input.pause();
  }

  resume(): void {
    this.#streams.input.setRawMode(true);
    this.#streams.input.resume();
    this.write('\u001b[?2004h');
  }

  close(): void {
    this.#streams.input.off('keypress', this.#onKey);
    this.#streams.output.off('resize', this.#onResize);
    this.suspend();
  }

  #dispatch(text: string | undefined, key: Key): void {
    const handler = this.#handlers.at(-1);
    if (handler !== undefined) handler(text, key);
    else if (key.ctrl && key.name === 'c') {
      this.#waiting.length = 0;
      this.interrupted();
    } else this.#waiting.push([text, key]);
  }
}
