import { readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { TidemillError } from '../common/errors.ts';
import type { Script } from '../session/contract.ts';
import type { Output } from './output/result-writer.ts';

/** The reader of our output has gone (`| head`): not an error, the work is over. */
export class OutputClosed extends Error {}

let closed = false;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  closed = true;
});

/** Standard output with back-pressure. */
export const standardOutput: Output = {
  async write(text) {
    if (closed) throw new OutputClosed();
    if (text === '' || process.stdout.write(text)) return;
    await new Promise<void>((settle, fail) => {
      const done = (): void => {
        process.stdout.off('drain', done);
        process.stdout.off('error', done);
        if (closed) fail(new OutputClosed());
        else settle();
      };
      process.stdout.on('drain', done);
      process.stdout.on('error', done);
    });
  },
};

export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Colours only on a terminal and without NO_COLOR. */
export function coloured(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && !process.env['NO_COLOR'];
}

/** A program from a file, from standard input (`-`) or from `-c`. */
export async function readScript(file: string | undefined, command: string | undefined): Promise<Script> {
  if (command !== undefined) return { text: command, source: '-c', baseDirectory: process.cwd() };
  if (file === undefined)
    throw new TidemillError('usage', 'nothing to run', { hint: "Give a file, '-' for standard input, or -c 'SQL'." });
  if (file === '-') return { text: await readStandardInput(), source: '<stdin>', baseDirectory: process.cwd() };
  return readFile(file);
}

export function readFile(file: string): Script {
  try {
    return { text: readFileSync(file, 'utf8'), source: basename(file), baseDirectory: dirname(resolve(file)) };
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const reason =
      code === 'ENOENT'
        ? 'there is no such file'
        : code === 'EISDIR'
          ? 'it is a directory'
          : code === 'EACCES'
            ? 'reading it is not allowed'
            : String(cause);
    throw new TidemillError('unreadable-file', `cannot read ${file}: ${reason}`, {
      cause,
      hint: 'Check the path; it is relative to the working directory.',
    });
  }
}

async function readStandardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
