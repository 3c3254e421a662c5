import { type FileHandle, glob, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { TidemillError } from '../common/errors.ts';
import type { Storage, StoredFile, StoredFileReader, StoredFileWriter } from './contract.ts';
import { isGlob } from './paths.ts';

/** This machine's files. Written ones stand in a hidden file beside their place until they are committed. */
export const localStorage: Storage = {
  async list(path) {
    const stats = await statOf(path);
    if (stats?.isFile()) return [{ path, sizeBytes: stats.size, changedMs: stats.mtimeMs }];
    if (stats?.isDirectory()) return below(path);
    return isGlob(path) ? matching(path) : [];
  },

  async read(path) {
    return guard(path, () => readFile(path));
  },

  async openReader(path) {
    return guard(path, async () => {
      const handle = await open(path, 'r');
      return new LocalReader(handle, (await handle.stat()).size, path);
    });
  },

  async openWriter(path) {
    return guard(path, async () => {
      await mkdir(dirname(path), { recursive: true });
      const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.${++writers}.inprogress`);
      return new LocalWriter(await open(temporary, 'wx'), temporary, path);
    });
  },

  async write(path, bytes) {
    const writer = await this.openWriter(path);
    try {
      await writer.write(bytes);
      await writer.commit();
    } catch (error) {
      await writer.abort();
      throw error;
    }
  },

  async rename(from, to) {
    await guard(from, async () => {
      await mkdir(dirname(to), { recursive: true });
      await rename(from, to);
      await syncDirectory(dirname(to));
    });
  },

  async delete(path) {
    await guard(path, () => rm(path, { recursive: true, force: true }));
  },
};

let writers = 0;

class LocalReader implements StoredFileReader {
  readonly #handle: FileHandle;
  readonly #path: string;
  readonly sizeBytes: number;

  constructor(handle: FileHandle, sizeBytes: number, path: string) {
    this.#handle = handle;
    this.sizeBytes = sizeBytes;
    this.#path = path;
  }

  async read(target: Uint8Array, position: number): Promise<number> {
    return guard(this.#path, async () => {
      let done = 0;
      while (done < target.length) {
        const { bytesRead } = await this.#handle.read(target, done, target.length - done, position + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return done;
    });
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

class LocalWriter implements StoredFileWriter {
  readonly #handle: FileHandle;
  readonly #temporary: string;
  readonly path: string;
  #open = true;

  constructor(handle: FileHandle, temporary: string, path: string) {
    this.#handle = handle;
    this.#temporary = temporary;
    this.path = path;
  }

  async write(bytes: Uint8Array): Promise<void> {
    await guard(this.path, async () => {
      let done = 0;
      while (done < bytes.length) done += (await this.#handle.write(bytes, done, bytes.length - done)).bytesWritten;
    });
  }

  async commit(): Promise<void> {
    await guard(this.path, async () => {
      await this.#handle.sync();
      await this.#close();
      await rename(this.#temporary, this.path);
      await syncDirectory(dirname(this.path));
    });
  }

  async abort(): Promise<void> {
    await this.#close();
    await rm(this.#temporary, { force: true });
  }

  async #close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#handle.close();
  }
}

async function below(directory: string): Promise<StoredFile[]> {
  const files: StoredFile[] = [];
  const visit = async (folder: string): Promise<void> => {
    for (const entry of await guard(folder, () => readdir(folder, { withFileTypes: true }))) {
      if (isHidden(entry.name)) continue;
      const path = join(folder, entry.name);
      const stats = entry.isDirectory() ? undefined : await statOf(path);
      if (entry.isDirectory() || stats?.isDirectory()) await visit(path);
      else if (stats?.isFile()) files.push({ path, sizeBytes: stats.size, changedMs: stats.mtimeMs });
    }
  };
  await visit(directory);
  return files.sort(byPath);
}

async function matching(pattern: string): Promise<StoredFile[]> {
  const parts = pattern.split(sep);
  const fixed = parts.slice(0, parts.findIndex(isGlob)).join(sep) || sep;
  const files: StoredFile[] = [];
  for await (const path of glob(pattern)) {
    const hidden = relative(fixed, path)
      .split(sep)
      .some(name => isHidden(name) && !parts.includes(name));
    if (hidden) continue;
    const stats = await statOf(path);
    if (stats?.isFile()) files.push({ path, sizeBytes: stats.size, changedMs: stats.mtimeMs });
  }
  return files.sort(byPath);
}

const isHidden = (name: string): boolean => name.startsWith('.') || name.startsWith('_');
const byPath = (left: StoredFile, right: StoredFile): number => (left.path < right.path ? -1 : left.path > right.path ? 1 : 0);

async function statOf(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw failure(path, error);
  }
}

/** A rename is durable once its folder is; some systems cannot sync folders, and need not. */
async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r').catch(() => undefined);
  if (handle === undefined) return;
  try {
    await handle.sync();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EINVAL' && (error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
  } finally {
    await handle.close();
  }
}

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
  if (code === 'ENOSPC') return new TidemillError('io', `no space left for ${path}`, { domain: 'external', cause: error });
  return new TidemillError('io', `${path}: ${message}`, { domain: 'external', cause: error });
}
