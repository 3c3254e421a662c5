import { basename, dirname, join } from 'node:path';
import { TidemillError } from '../../common/errors.ts';
import { type Faults, noFaults } from '../../common/faults.ts';
import { type Disk, type DiskPart, isFull, makeDurableDirectory } from '../../storage/disk.ts';

export interface PartNames {
  /** Hidden, while the part is written. */
  readonly temporary: string;
  /** What it is called then. */
  readonly path: string;
}

/**
 * Part files of one writer in a table's directory and its partitions: each is hidden, in the table's directory, while it is written, and appears as
 * a whole when it is committed.
 */
export class PartFiles {
  readonly disk: Disk;
  readonly faults: Faults;
  readonly #directory: string;
  readonly #prefix: string;
  readonly #ending: string;
  readonly #next = new Map<string, number>();
  #made = false;

  constructor(disk: Disk, directory: string, subtask: number, ending: string, faults: Faults = noFaults) {
    this.disk = disk;
    this.faults = faults;
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
      temporary: join(this.#directory, `.${name}.${this.disk.unique()}.inprogress`),
      path: join(directory, name),
    };
  }

  /** Finished parts are there after a power failure, though still hidden. */
  async settle(parts: readonly PartNames[]): Promise<void> {
    if (parts.length === 0) return;
    await this.disk.syncDirectory(this.#directory);
    await makeDurableDirectory(this.disk, this.#directory);
  }

  #firstFree(directory: string): number {
    let free = 0;
    if (this.disk.entrySync(directory)?.isDirectory !== true) return free;
    for (const name of this.disk.namesSync(directory)) {
      const number = name.startsWith(this.#prefix) ? Number.parseInt(name.slice(this.#prefix.length), 10) : Number.NaN;
      if (number >= free) free = number + 1;
    }
    return free;
  }

  #make(): void {
    if (this.#made) return;
    try {
      this.disk.makeDirectorySync(this.#directory);
      if (this.disk.entrySync(this.#directory)?.isDirectory !== true) throw new Error('it is a file');
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
  readonly names: PartNames;
  readonly #files: PartFiles;
  readonly #file: DiskPart;
  #open = true;
  /** Bytes so far. */
  sizeBytes = 0;

  constructor(files: PartFiles, names: PartNames) {
    this.names = names;
    this.#files = files;
    try {
      this.#file = files.disk.createPart(names.temporary);
    } catch (cause) {
      throw this.#failure(cause);
    }
  }

  write(bytes: Uint8Array): void {
    try {
      for (let done = 0; done < bytes.length; ) done += this.#file.write(bytes.subarray(done));
    } catch (cause) {
      throw this.#failure(cause);
    }
    this.sizeBytes += bytes.length;
  }

  /** Durable, but still hidden. */
  finish(): PartNames {
    try {
      if (!this.#files.faults.noSyncOfParts) this.#file.sync();
    } catch (cause) {
      throw this.#failure(cause);
    }
    this.close();
    return this.names;
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#file.close();
  }

  /** Leaves nothing behind, unless it was finished. */
  discard(): void {
    if (!this.#open) return;
    this.close();
    this.#files.disk.removeSync(this.names.temporary);
  }

  #failure(cause: unknown): TidemillError {
    const what = isFull(cause) ? 'no space is left' : (cause as Error).message;
    return new TidemillError('io', `${this.names.path} cannot be written: ${what}`, { domain: 'external', cause });
  }
}

/**
 * Makes a finished part visible; again after a failure it does nothing. A part of that name that somebody else wrote meanwhile is not
 * replaced: ours gets the next free name.
 */
export async function commitPart(disk: Disk, part: PartNames): Promise<void> {
  const { temporary } = part;
  let { path } = part;
  try {
    const written = await disk.entry(temporary);
    if (written === undefined) return;
    await makeDurableDirectory(disk, dirname(path));
    for (;;) {
      try {
        await disk.link(temporary, path);
        break;
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EPERM' || code === 'ENOTSUP' || code === 'ENOSYS') {
          await disk.rename(temporary, path);
          break;
        }
        if (code !== 'EEXIST') throw error;
        if ((await disk.entry(path))?.inode === written.inode) break;
        path = nextName(path);
      }
    }
    // the hidden name may go once the other is sure to stay: they can be in different directories
    await disk.syncDirectory(dirname(path));
    await disk.remove(temporary);
  } catch (error) {
    throw new TidemillError('io', `${path}: ${(error as Error).message}`, { domain: 'external', cause: error });
  }
}

function nextName(path: string): string {
  const match = /^(part-\d+-)(\d+)(\..*)$/.exec(basename(path))!;
  return join(dirname(path), `${match[1]}${Number(match[2]) + 1}${match[3]}`);
}

export async function abortPart(disk: Disk, part: PartNames): Promise<void> {
  await disk.remove(part.temporary);
}
