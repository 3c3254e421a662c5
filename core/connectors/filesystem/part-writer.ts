import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, statSync, writeSync } from 'node:fs';
import { link, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { TidemillError } from '../../common/errors.ts';
import type { CommitHandle } from '../contract.ts';

/** Tells the hidden files of this process's writers apart. */
let written = 0;

/** Part files of one writer in a table's directory: each is hidden while it is written and appears as a whole when it is committed. */
export class PartFiles {
  readonly #directory: string;
  readonly #prefix: string;
  readonly #ending: string;
  #next: number | undefined;

  constructor(directory: string, subtask: number, ending: string) {
    this.#directory = directory;
    this.#prefix = `part-${subtask}-`;
    this.#ending = ending;
  }

  /** Names of the next part: hidden while it is written, then visible. Parts of earlier jobs are counted on from. */
  next(): { readonly temporary: string; readonly path: string } {
    this.#next ??= this.#firstFree();
    const name = `${this.#prefix}${this.#next++}.${this.#ending}`;
    return {
      temporary: join(this.#directory, `.${name}.${process.pid}-${++written}.inprogress`),
      path: join(this.#directory, name),
    };
  }

  #firstFree(): number {
    try {
      mkdirSync(this.#directory, { recursive: true });
      if (!statSync(this.#directory).isDirectory()) throw new Error('it is a file');
      let free = 0;
      for (const name of readdirSync(this.#directory)) {
        const number = name.startsWith(this.#prefix) ? Number.parseInt(name.slice(this.#prefix.length), 10) : Number.NaN;
        if (number >= free) free = number + 1;
      }
      return free;
    } catch (cause) {
      throw new TidemillError('io', `${this.#directory} cannot be written to as a directory: ${(cause as Error).message}`, {
        hint: "The 'path' of a table that is written to is a directory, as in Flink.",
        cause,
      });
    }
  }
}

/** A part file that bytes are appended to. */
export class PartFile {
  readonly temporary: string;
  readonly path: string;
  readonly #file: number;
  #open = true;

  constructor(names: { readonly temporary: string; readonly path: string }) {
    this.temporary = names.temporary;
    this.path = names.path;
    this.#file = openSync(names.temporary, 'w');
  }

  write(bytes: Uint8Array): void {
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(this.#file, bytes, done);
    } catch (cause) {
      throw new TidemillError('io', `${this.path}: ${(cause as Error).message}`, { domain: 'external', cause });
    }
  }

  /** Durable, but still hidden. */
  finish(): CommitHandle {
    fsyncSync(this.#file);
    this.close();
    return { temporary: this.temporary, path: this.path };
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.#file);
  }
}

/**
 * Makes a finished part visible; again after a failure it does nothing. A part of that name that somebody else wrote meanwhile is not
 * replaced: ours gets the next free name.
 */
export async function commitPart(handle: CommitHandle): Promise<void> {
  const temporary = String(handle['temporary']);
  const written = await stat(temporary).catch(() => undefined);
  if (written === undefined) return;
  let path = String(handle['path']);
  for (;;) {
    try {
      await link(temporary, path);
      await rm(temporary);
      break;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPERM' || code === 'ENOTSUP' || code === 'ENOSYS') {
        await rename(temporary, path);
        break;
      }
      if (code !== 'EEXIST')
        throw new TidemillError('io', `${path}: ${(error as Error).message}`, { domain: 'external', cause: error });
      const there = await stat(path).catch(() => undefined);
      if (there !== undefined && there.ino === written.ino) {
        await rm(temporary, { force: true });
        break;
      }
      path = nextName(path);
    }
  }
  const directory = await open(dirname(path), 'r').catch(() => undefined);
  await directory?.sync().catch(() => undefined);
  await directory?.close();
}

function nextName(path: string): string {
  const match = /^(part-\d+-)(\d+)(\..*)$/.exec(basename(path))!;
  return join(dirname(path), `${match[1]}${Number(match[2]) + 1}${match[3]}`);
}

export async function abortPart(handle: CommitHandle): Promise<void> {
  await rm(String(handle['temporary']), { force: true });
}
