import { glob } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { TidemillError } from '../common/errors.ts';
import { type Faults, noFaults } from '../common/faults.ts';
import type { Storage, StoredFile, StoredFileReader, StoredFileWriter } from './contract.ts';
import { type Disk, type DiskFile, isFull, localDisk, makeDurableDirectory } from './disk.ts';
import { isGlob } from './paths.ts';

/** Files of a disk. Written ones stand in a hidden file beside their place until they are committed. */
export function storageOn(disk: Disk, faults: Faults = noFaults): Storage {
  return {
    async list(path) {
      const entry = await entryOf(disk, path);
      if (entry?.isFile) return [{ path, sizeBytes: entry.sizeBytes, changedMs: entry.changedMs }];
      if (entry?.isDirectory) return below(disk, path);
      return isGlob(path) ? matching(disk, path) : [];
    },

    async read(path) {
      return guard(path, () => disk.readFile(path));
    },

    async openReader(path) {
      return guard(path, async () => {
        const file = await disk.openRead(path);
        return new LocalReader(file, await file.sizeBytes(), path);
      });
    },

    async openWriter(path) {
      return guard(path, async () => {
        await makeDurableDirectory(disk, dirname(path));
        const temporary = join(dirname(path), `.${basename(path)}.${disk.unique()}.inprogress`);
        return new LocalWriter(disk, await disk.create(temporary), temporary, path, faults);
      });
    },

    async write(path, bytes) {
      const writer = await this.openWriter(path);
      try {
        await writer.write(bytes);
        await writer.commit();
      } catch (error) {
        await writer.abort().catch(() => undefined);
        throw error;
      }
    },

    async rename(from, to) {
      await guard(from, async () => {
        await makeDurableDirectory(disk, dirname(to));
        await disk.rename(from, to);
        await disk.syncDirectory(dirname(to));
      });
    },

    async makeDurable(path) {
      await guard(path, () => disk.syncDirectory(dirname(path)));
    },

    async delete(path) {
      await guard(path, () => disk.remove(path));
    },
  };
}

/** This machine's files. */
export const localStorage: Storage = storageOn(localDisk);

class LocalReader implements StoredFileReader {
  readonly #file: DiskFile;
  readonly #path: string;
  readonly sizeBytes: number;

  constructor(file: DiskFile, sizeBytes: number, path: string) {
    this.#file = file;
    this.sizeBytes = sizeBytes;
    this.#path = path;
  }

  async read(target: Uint8Array, position: number): Promise<number> {
    return guard(this.#path, async () => {
      let done = 0;
      while (done < target.length) {
        const bytes = await this.#file.read(target, done, target.length - done, position + done);
        if (bytes === 0) break;
        done += bytes;
      }
      return done;
    });
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

class LocalWriter implements StoredFileWriter {
  readonly path: string;
  readonly #disk: Disk;
  readonly #file: DiskFile;
  readonly #temporary: string;
  readonly #faults: Faults;
  #open = true;

  constructor(disk: Disk, file: DiskFile, temporary: string, path: string, faults: Faults) {
    this.#disk = disk;
    this.#file = file;
    this.#temporary = temporary;
    this.path = path;
    this.#faults = faults;
  }

  async write(bytes: Uint8Array): Promise<void> {
    await guard(this.path, async () => {
      for (let done = 0; done < bytes.length; ) done += await this.#file.write(bytes.subarray(done));
    });
  }

  async commit(): Promise<void> {
    await guard(this.path, async () => {
      if (!this.#faults.noSyncBeforeRename) await this.#file.sync();
      await this.#close();
      await this.#disk.rename(this.#temporary, this.path);
      await this.#disk.syncDirectory(dirname(this.path));
    });
  }

  async abort(): Promise<void> {
    await this.#close();
    await this.#disk.remove(this.#temporary);
  }

  async #close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#file.close();
  }
}

async function below(disk: Disk, directory: string): Promise<StoredFile[]> {
  const files: StoredFile[] = [];
  const visit = async (folder: string): Promise<void> => {
    for (const name of await guard(folder, () => disk.names(folder))) {
      if (isHidden(name)) continue;
      const path = join(folder, name);
      const entry = await entryOf(disk, path);
      if (entry?.isDirectory) await visit(path);
      else if (entry?.isFile) files.push({ path, sizeBytes: entry.sizeBytes, changedMs: entry.changedMs });
    }
  };
  await visit(directory);
  return files.sort(byPath);
}

async function matching(disk: Disk, pattern: string): Promise<StoredFile[]> {
  const parts = pattern.split(sep);
  const fixed = parts.slice(0, parts.findIndex(isGlob)).join(sep) || sep;
  const files: StoredFile[] = [];
  for await (const path of glob(pattern)) {
    const hidden = relative(fixed, path)
      .split(sep)
      .some(name => isHidden(name) && !parts.includes(name));
    if (hidden) continue;
    const entry = await entryOf(disk, path);
    if (entry?.isFile) files.push({ path, sizeBytes: entry.sizeBytes, changedMs: entry.changedMs });
  }
  return files.sort(byPath);
}

const isHidden = (name: string): boolean => name.startsWith('.') || name.startsWith('_');
const byPath = (left: StoredFile, right: StoredFile): number => (left.path < right.path ? -1 : left.path > right.path ? 1 : 0);

const entryOf = (disk: Disk, path: string) => guard(path, () => disk.entry(path));

async function guard<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw failure(path, error);
  }
}

function failure(path: string, error: unknown): TidemillError {
  if (error instanceof TidemillError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return new TidemillError('file-not-found', `there is no file ${path}`, { cause: error });
  if (code === 'EACCES' || code === 'EPERM')
    return new TidemillError('io', `${path} may not be accessed`, { domain: 'external', cause: error });
  if (isFull(error)) return new TidemillError('io', `no space left for ${path}`, { domain: 'external', cause: error });
  return new TidemillError('io', `${path}: ${message}`, { domain: 'external', cause: error });
}
