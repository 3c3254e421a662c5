import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs';
import { link, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { realRandom } from '../common/environment.ts';

/** What a name on the disk stands for. */
export interface DiskEntry {
  readonly isFile: boolean;
  readonly isDirectory: boolean;
  readonly sizeBytes: number;
  readonly changedMs: number;
  /** The same for all names of one file. */
  readonly inode: number;
}

export interface DiskFile {
  /** Bytes read into `target` from its `offset` on; 0 at the end. */
  read(target: Uint8Array, offset: number, bytes: number, position: number): Promise<number>;
  /** Appends; gives the bytes that were taken. */
  write(bytes: Uint8Array): Promise<number>;
  sizeBytes(): Promise<number>;
  /** Settles when all that was written outlives a power failure. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** A file that rows are appended to within a task's step. */
export interface DiskPart {
  write(bytes: Uint8Array): number;
  sync(): void;
  close(): void;
}

/**
 * The calls of the operating system that files are made and read with, and nothing above them: the simulation puts a disk in its place that
 * loses what was not synced, tears writes, is full, and stops at any call. Errors are Node's, with their `code`.
 */
export interface Disk {
  readFile(path: string): Promise<Uint8Array>;
  openRead(path: string): Promise<DiskFile>;
  /** A new file; it is an error when there is one. */
  create(path: string): Promise<DiskFile>;
  createPart(path: string): DiskPart;
  /** With all directories above it. */
  makeDirectory(path: string): Promise<void>;
  makeDirectorySync(path: string): void;
  /** Undefined when there is nothing. */
  entry(path: string): Promise<DiskEntry | undefined>;
  entrySync(path: string): DiskEntry | undefined;
  /** Names in a directory, in any order. */
  names(path: string): Promise<readonly string[]>;
  namesSync(path: string): readonly string[];
  rename(from: string, to: string): Promise<void>;
  /** A second name for a file; an error when there is one. */
  link(from: string, to: string): Promise<void>;
  /** A file, or a directory with all below; nothing there is no error. */
  remove(path: string): Promise<void>;
  removeSync(path: string): void;
  /** Makes the names in a directory durable, where the system can. */
  syncDirectory(path: string): Promise<void>;
  /** Makes a file durable that somebody else wrote. */
  syncFile(path: string): Promise<void>;
  /** Part of a name that no file of this or an earlier process has. */
  unique(): string;
}

/** Whether a call failed because there is no room: on the disk, or of what the user may have of it. */
export function isFull(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT';
}

let names = 0;
/** A process's number alone does not do: in a container it is the same every time. */
let ownName: string | undefined;

/** This machine's. */
export const localDisk: Disk = {
  readFile: path => readFile(path),
  openRead: async path => fileOf(await open(path, 'r')),
  create: async path => fileOf(await open(path, 'wx')),
  createPart(path) {
    const file = openSync(path, 'wx');
    return {
      write: bytes => writeSync(file, bytes),
      sync: () => fsyncSync(file),
      close: () => closeSync(file),
    };
  },
  async makeDirectory(path) {
    await mkdir(path, { recursive: true });
  },
  makeDirectorySync(path) {
    mkdirSync(path, { recursive: true });
  },
  async entry(path) {
    try {
      return entryOf(await stat(path));
    } catch (error) {
      return nothingThere(error);
    }
  },
  entrySync(path) {
    try {
      return entryOf(statSync(path));
    } catch (error) {
      return nothingThere(error);
    }
  },
  names: path => readdir(path),
  namesSync: path => readdirSync(path),
  rename: (from, to) => rename(from, to),
  link: (from, to) => link(from, to),
  remove: path => rm(path, { recursive: true, force: true }),
  removeSync: path => rmSync(path, { recursive: true, force: true }),
  async syncDirectory(path) {
    const handle = await open(path, 'r').catch(() => undefined);
    if (handle === undefined) return;
    try {
      await handle.sync();
    } catch (error) {
      // some systems cannot sync directories, and need not
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EINVAL' && code !== 'EPERM') throw error;
    } finally {
      await handle.close();
    }
  },
  async syncFile(path) {
    const handle = await open(path, 'r+');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
  unique() {
    ownName ??= realRandom.next32().toString(36);
    return `${ownName}-${(++names).toString(36)}`;
  },
};

function fileOf(handle: Awaited<ReturnType<typeof open>>): DiskFile {
  return {
    read: async (target, offset, bytes, position) => (await handle.read(target, offset, bytes, position)).bytesRead,
    write: async bytes => (await handle.write(bytes)).bytesWritten,
    sizeBytes: async () => (await handle.stat()).size,
    sync: () => handle.sync(),
    close: () => handle.close(),
  };
}

function entryOf(stats: Awaited<ReturnType<typeof stat>>): DiskEntry {
  return {
    isFile: stats.isFile(),
    isDirectory: stats.isDirectory(),
    sizeBytes: Number(stats.size),
    changedMs: Number(stats.mtimeMs),
    inode: Number(stats.ino),
  };
}

function nothingThere(error: unknown): undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
  throw error;
}

/** Directories whose names this process has made durable. */
const durable = new WeakMap<Disk, Set<string>>();

/**
 * Makes a directory and those above it, durably: a file in it that was synced is there after a power failure. One that is there already may have been
 * made by a process that died before it was durable, so that each is synced once by every process.
 */
export async function makeDurableDirectory(disk: Disk, path: string): Promise<void> {
  let known = durable.get(disk);
  if (known === undefined) durable.set(disk, (known = new Set()));
  const missing = (await disk.entry(path)) === undefined;
  if (!missing && known.has(path)) return;
  if (missing) await disk.makeDirectory(path);
  const synced: string[] = [];
  for (let made = path; dirname(made) !== made; made = dirname(made)) {
    if (known.has(made) && (made !== path || !missing)) break;
    await disk.syncDirectory(dirname(made));
    synced.push(made);
  }
  for (const made of synced) known.add(made);
}
