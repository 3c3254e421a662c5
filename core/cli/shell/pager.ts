import { spawn } from 'node:child_process';
import type { Terminal } from './terminal.ts';
import { Viewer } from './viewer.ts';

/** Lines for a pager: `head` stays in sight in ours. */
export interface Paged {
  readonly title: string;
  readonly head: readonly string[];
  readonly body: readonly string[];
}

/** Shows lines in the program of TIDEMILL_PAGER or PAGER, else in our own viewer. */
export async function page(paged: Paged, terminal: Terminal, program: string | undefined, colour: boolean): Promise<void> {
  if (program !== undefined && program !== '' && (await pageWith(program, [...paged.head, ...paged.body], terminal))) return;
  const viewed = {
    status: () => paged.title,
    head: () => paged.head,
    count: () => paged.body.length,
    lines: (from: number, count: number) => paged.body.slice(from, from + count),
  };
  await new Viewer(terminal, viewed, { colour, follow: false }).show(undefined, false);
}

/** False: it could not be started. */
async function pageWith(program: string, lines: readonly string[], terminal: Terminal): Promise<boolean> {
  terminal.suspend();
  try {
    return await new Promise<boolean>(settle => {
      // long lines are cut, not wrapped, and a short text does not take the screen
      const child = spawn(program, { shell: true, stdio: ['pipe', 'inherit', 'inherit'], env: { LESS: '-SRX', ...process.env } });
      child.on('error', () => settle(false));
      child.on('close', code => settle(code !== 127));
      child.stdin.on('error', () => undefined);
      child.stdin.end(`${lines.join('\n')}\n`);
    });
  } finally {
    terminal.resume();
  }
}
