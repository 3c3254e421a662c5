import { crc32 } from 'node:zlib';
import { TidemillError } from '../common/errors.ts';
import { type Faults, noFaults } from '../common/faults.ts';
import type { Storage } from '../storage/contract.ts';

/** Version of a checkpoint's form: what is read must have been written by the same. */
const formatVersion = 1;

/** One checkpoint: a JSON value, and files that it speaks of by name. */
export interface StoredCheckpoint {
  readonly id: number;
  readonly content: unknown;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

interface Manifest {
  readonly formatVersion: number;
  readonly id: number;
  readonly files: Readonly<Record<string, { readonly sizeBytes: number; readonly crc32: number }>>;
  readonly content: unknown;
}

/**
 * Checkpoints in a directory, each in a folder `chk-N` of its own: its files, and `manifest.json`, which is put into place last, as a whole. A
 * folder without a manifest, or with one that its files do not agree with, is no checkpoint: the one before is.
 *
 * @example
 * const store = new CheckpointStore(localStorage, '/data/job', { retained: 3 });
 * await store.write({ id: 7, content, files });
 * const latest = await store.latest(reason => log(reason));
 */
export class CheckpointStore {
  readonly directory: string;
  readonly #storage: Storage;
  readonly #retained: number;
  readonly #faults: Faults;

  constructor(storage: Storage, directory: string, options: { readonly retained: number; readonly faults?: Faults | undefined }) {
    this.#storage = storage;
    this.directory = directory;
    this.#retained = Math.max(1, options.retained);
    this.#faults = options.faults ?? noFaults;
  }

  /** Settles when the checkpoint stands, durably; then older ones than the retained are deleted. */
  async write({ id, content, files }: StoredCheckpoint): Promise<void> {
    const folder = this.#folder(id);
    if (this.#faults.oldDeletedFirst) for (const old of await this.ids()) await this.#storage.delete(this.#folder(old));
    // what a crash left there is not part of this one
    await this.#storage.delete(folder);
    const listed: Record<string, { sizeBytes: number; crc32: number }> = {};
    for (const [name, bytes] of files) {
      await this.#storage.write(`${folder}/${name}`, bytes);
      listed[name] = { sizeBytes: bytes.length, crc32: crc32(bytes) };
    }
    const manifest: Manifest = { formatVersion, id, files: listed, content };
    const body = Buffer.from(JSON.stringify(manifest));
    const line = Buffer.from(`\n${crc32(body)}\n`);
    await this.#storage.write(`${folder}/manifest.json`, Buffer.concat([body, line]));
    const ids = await this.ids();
    for (const old of ids.slice(this.#retained)) await this.#storage.delete(this.#folder(old));
  }

  /** Numbers of the checkpoints whose manifest is there, latest first. */
  async ids(): Promise<number[]> {
    const files = await this.#storage.list(this.directory);
    return files
      .flatMap(({ path }) => {
        const found = /[\\/]chk-(\d+)[\\/]manifest\.json$/.exec(path);
        return found === null ? [] : [Number(found[1])];
      })
      .sort((a, b) => b - a);
  }

  /** The latest checkpoint that is whole; `refused` hears of each later one that is not. */
  async latest(refused: (reason: string) => void): Promise<StoredCheckpoint | undefined> {
    for (const id of await this.ids()) {
      try {
        return await this.read(id);
      } catch (error) {
        if (!(error instanceof TidemillError) || error.code !== 'bad-checkpoint') throw error;
        refused(error.message);
      }
    }
    return undefined;
  }

  /** @throws TidemillError `bad-checkpoint` when it is torn, damaged or of another version; `file-not-found`. */
  async read(id: number): Promise<StoredCheckpoint> {
    const folder = this.#folder(id);
    const bad = (reason: string, hint?: string): TidemillError =>
      new TidemillError('bad-checkpoint', `the checkpoint ${folder} cannot be used: ${reason}`, {
        domain: 'external',
        ...(hint !== undefined && { hint }),
      });
    const bytes = Buffer.from(await this.#storage.read(`${folder}/manifest.json`));
    const end = bytes.lastIndexOf('\n', bytes.length - 2);
    const body = bytes.subarray(0, Math.max(end, 0));
    if (end < 0 || Number(bytes.subarray(end + 1).toString()) !== crc32(body)) throw bad('its manifest is damaged');
    const manifest = JSON.parse(body.toString()) as Manifest;
    if (manifest.formatVersion !== formatVersion)
      throw bad(
        `it has version ${manifest.formatVersion}, and this is ${formatVersion}`,
        'restore it with the version that wrote it, or start with --fresh',
      );
    const files = new Map<string, Uint8Array>();
    for (const [name, expected] of Object.entries(manifest.files)) {
      const content = await this.#storage.read(`${folder}/${name}`).catch((error: unknown) => {
        if (error instanceof TidemillError && error.code === 'file-not-found') throw bad(`${name} is missing`);
        throw error;
      });
      if (content.length !== expected.sizeBytes || crc32(content) !== expected.crc32) throw bad(`${name} is damaged`);
      files.set(name, content);
    }
    return { id: manifest.id, content: manifest.content, files };
  }

  #folder(id: number): string {
    return `${this.directory}/chk-${id}`;
  }
}
