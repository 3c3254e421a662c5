// Loaded into a tidemill process with --import, in front of everything: wraps the disk's calls, so that the process kills itself at a named place.
import { syncBuiltinESMExports } from 'node:module';
import workers, { isMainThread, Worker, type WorkerOptions } from 'node:worker_threads';
import { type Disk, localDisk } from '../../core/storage/disk.ts';

if (isMainThread) {
  // threads are started without this process's flags
  workers.Worker = class extends Worker {
    constructor(file: string | URL, options?: WorkerOptions) {
      super(file, { ...options, execArgv: ['--import', import.meta.url] });
    }
  };
  syncBuiltinESMExports();
}

/** `name#count`: the count-th time a thread comes there. */
const [name, count] = (process.env['FAILPOINT'] ?? '').split('#');
let left = Number(count ?? 1);

function reached(point: string): void {
  if (point === name && --left <= 0) process.kill(process.pid, 'SIGKILL');
}

const isCheckpoint = (path: string): boolean => /[\\/]chk-\d+/.test(path);
const isManifest = (path: string): boolean => /manifest\.json/.test(path);

const { createPart, create, rename, link, remove, readFile, openRead } = localDisk;
let written = false;

const wrapped: Partial<Disk> = {
  createPart(path) {
    written = true;
    const part = createPart.call(localDisk, path);
    return {
      write: bytes => part.write(full(bytes)),
      sync() {
        reached('before prepare');
        part.sync();
        reached('prepared');
      },
      close: () => part.close(),
    };
  },
  async create(path) {
    const file = await create.call(localDisk, path);
    if (!isCheckpoint(path)) return file;
    return {
      ...file,
      read: (...range) => file.read(...range),
      async write(bytes) {
        if (isManifest(path)) reached('before the manifest');
        const taken = await file.write(full(bytes));
        reached(isManifest(path) ? 'manifest half written' : 'checkpoint half written');
        return taken;
      },
      sync: () => file.sync(),
      close: () => file.close(),
    };
  },
  async rename(from, to) {
    await rename.call(localDisk, from, to);
    if (isManifest(to)) reached('between manifest and commit');
  },
  async link(from, to) {
    if (!written) reached('during restore');
    await link.call(localDisk, from, to);
    reached('during commit');
  },
  async remove(path) {
    if (isCheckpoint(path)) reached('deleting an old checkpoint');
    await remove.call(localDisk, path);
    if (!isCheckpoint(path)) reached('between two commits');
  },
  async readFile(path) {
    if (isCheckpoint(path) && !written) reached('during restore');
    return readFile.call(localDisk, path);
  },
  async openRead(path) {
    if (isCheckpoint(path) && !written) reached('during restore');
    return openRead.call(localDisk, path);
  },
};
Object.assign(localDisk, wrapped);

/** The place `disk full` is reached after so many bytes, and left again after a while, as when somebody makes room. */
function full(bytes: Uint8Array): Uint8Array {
  if (name !== 'disk full' || left < -1e9) return bytes;
  left -= bytes.length;
  if (left > 0) return bytes;
  setTimeout(() => (left = -2e9), 1500).unref();
  throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
}
