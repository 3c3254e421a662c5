import { closeSync, ftruncateSync, mkdirSync, openSync, readdirSync, readSync, rmSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TidemillError } from '../common/errors.ts';
import { isFull } from './disk.ts';

/** A file that lives as long as who made it: what does not fit into memory. All calls wait: tasks do not go on without their rows. */
export interface SpillFile {
  readonly sizeBytes: number;
  /** @throws TidemillError `disk-full` */
  append(bytes: Uint8Array): void;
  /** Fills `target` from byte `at` on. */
  read(at: number, target: Uint8Array): void;
  /** Gives the disk space back. */
  close(): void;
}

export interface SpillFiles {
  create(): SpillFile;
}

/**
 * Files in a folder (default: the system's for temporary files). Each is taken out of the folder as soon as it is open, so that its space comes back
 * when the process ends, however it ends; where a system does not allow that, when it is closed.
 */
export function spillFilesIn(folder: string = tmpdir()): SpillFiles {
  let number = 0;
  return {
    create() {
      try {
        if (number === 0) cleanUp(folder);
      } catch (error) {
        throw spillError(error, folder);
      }
      for (;;) {
        const path = join(folder, `tidemill-${process.pid}-${number++}.spill`);
        try {
          const file = openSync(path, 'wx+', 0o600);
          let left: string | undefined = path;
          try {
            unlinkSync(path);
            left = undefined;
          } catch {
            // a system that keeps open files in their folders
          }
          return new LocalSpillFile(file, folder, left);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw spillError(error, folder);
        }
      }
    },
  };
}

/** Makes the folder, and takes out what processes that were killed left in it, where a system keeps open files in their folders. */
function cleanUp(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    const [, pid] = /^tidemill-(\d+)-\d+\.spill$/.exec(name) ?? [];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(folder, name), { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The same files; `written` hears of the bytes that are written to them. */
export function countedFiles(files: SpillFiles, written: (bytes: number) => void): SpillFiles {
  return {
    create() {
      const file = files.create();
      return {
        get sizeBytes() {
          return file.sizeBytes;
        },
        append(bytes) {
          file.append(bytes);
          written(bytes.length);
        },
        read: (at, target) => file.read(at, target),
        close: () => file.close(),
      };
    },
  };
}

class LocalSpillFile implements SpillFile {
  readonly #file: number;
  readonly #folder: string;
  readonly #path: string | undefined;
  #sizeBytes = 0;

  constructor(file: number, folder: string, path: string | undefined) {
    this.#file = file;
    this.#folder = folder;
    this.#path = path;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  append(bytes: Uint8Array): void {
    try {
      for (let done = 0; done < bytes.length; )
        done += writeSync(this.#file, bytes, done, bytes.length - done, this.#sizeBytes + done);
    } catch (error) {
      throw spillError(error, this.#folder);
    }
    this.#sizeBytes += bytes.length;
  }

  read(at: number, target: Uint8Array): void {
    try {
      for (let done = 0; done < target.length; ) {
        const read = readSync(this.#file, target, done, target.length - done, at + done);
        if (read === 0) throw new Error('the file is shorter than what was written to it');
        done += read;
      }
    } catch (error) {
      throw spillError(error, this.#folder);
    }
  }

  close(): void {
    try {
      ftruncateSync(this.#file, 0);
    } finally {
      closeSync(this.#file);
      if (this.#path !== undefined) rmSync(this.#path, { force: true });
    }
  }
}

function spillError(error: unknown, folder: string): TidemillError {
  const full = isFull(error);
  return new TidemillError(
    'spill-failed',
    full
      ? `the disk of ${folder} is full, and state that does not fit into memory has to go there`
      : `state that does not fit into memory cannot be kept on disk, in ${folder}: ${error instanceof Error ? error.message : String(error)}`,
    {
      domain: 'external',
      cause: error,
      hint: full
        ? 'make room there, name another folder with tidemill.spill.dir, or give the job more memory (--memory)'
        : 'name another folder with tidemill.spill.dir, or give the job more memory (--memory)',
    },
  );
}
