import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs';
import { link, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { TidemillError } from '../../common/errors.ts';

export interface PartNames {
  /** Hidden, while the part is written. */
  readonly temporary: string;
  /** What it is called then. */
  readonly path: string;
}

/** Tells the hidden files of this process's writers apart. */
let written = 0;

/**
 * Part files of one writer in a table's directory and its partitions: each is hidden, in the table's directory, while it is written, and appears as
 * a whole when it is committed.
 */
export class PartFiles {
  readonly #directory: string;
  readonly #prefix: string;
  readonly #ending: string;
  readonly #next = new Map<string, number>();
  #made = false;

  constructor(directory: string, subtask: number, ending: string) {
    this.#directory = directory;
    this.#prefix = `part-${subtask}-`;
    this.#ending = ending;
  }

  /** Names of the next part of a partition (its directories, or ''). Parts of earlier jobs are counted on from. */
  next(partition = ''): PartNames {
    this.#make();
    const directory = join(this.#directory, partition);
    const number = this.#next.get(partition) ?? this.#firstFree(directory);
    this.#next.set(partition, number + 1);
    const name = `${this.#prefix}${number}.${this.#ending}`;
    return {
      temporary: join(this.#directory, `.${name}.${process.pid}-${++written}.inprogress`),
      path: join(directory, name),
    };
  }

  #firstFree(directory: string): number {
    let free = 0;
    const names = (() => {
      try {
        return readdirSync(directory);
      } catch {
        return [];
      }
    })();
    for (const name of names) {
      const number = name.startsWith(this.#prefix) ? Number.parseInt(name.slice(this.#prefix.length), 10) : Number.NaN;
      if (number >= free) free = number + 1;
    }
    return free;
  }

  #make(): void {
    if (this.#made) return;
    try {
      mkdirSync(this.#directory, { recursive: true });
      if (!statSync(this.#directory).isDirectory()) throw new Error('it is a file');
      this.#made = true;
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

  constructor(names: PartNames) {
    this.temporary = names.temporary;
    this.path = names.path;
    try {
      this.#file = openSync(names.temporary, 'wx');
    } catch (cause) {
      throw this.#failure(cause);
    }
  }

  write(bytes: Uint8Array): void {
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(this.#file, bytes, done);
    } catch (cause) {
      throw this.#failure(cause);
    }
  }

  /** Durable, but still hidden. */
  finish(): PartNames {
    try {
      fsyncSync(this.#file);
    } catch (cause) {
      throw this.#failure(cause);
    }
    this.close();
    return { temporary: this.temporary, path: this.path };
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.#file);
  }

  /** Leaves nothing behind, unless it was finished. */
  discard(): void {
    if (!this.#open) return;
    this.close();
    rmSync(this.temporary, { force: true });
  }

  #failure(cause: unknown): TidemillError {
    const { code, message } = cause as NodeJS.ErrnoException;
    const what = code === 'ENOSPC' ? 'no space is left' : message;
    return new TidemillError('io', `${this.path} cannot be written: ${what}`, { domain: 'external', cause });
  }
}

/**
 * Makes a finished part visible; again after a failure it does nothing. A part of that name that somebody else wrote meanwhile is not
 * replaced: ours gets the next free name.
 */
export async function commitPart(part: PartNames): Promise<void> {
  const { temporary } = part;
  const written = await stat(temporary).catch(() => undefined);
  if (written === undefined) return;
  let { path } = part;
  await mkdir(dirname(path), { recursive: true });
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

export async function abortPart(part: PartNames): Promise<void> {
  await rm(part.temporary, { force: true });
}
