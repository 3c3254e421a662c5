import { crc32 } from 'node:zlib';
import { type Clock, realClock } from '../common/environment.ts';
import { internalError, TidemillError } from '../common/errors.ts';
import { type Faults, noFaults } from '../common/faults.ts';
import { limits } from '../common/limits.ts';
import type { Storage, StoredFileReader } from '../storage/contract.ts';

/** Version of a checkpoint's form: what is read must have been written by the same. */
const formatVersion = 2;

/** A checkpoint to be written: a JSON value, and files that it speaks of by name; of older ones of the same directory too, by `chk-N/name`. */
export interface NewCheckpoint {
  readonly id: number;
  readonly content: unknown;
  /** Each in one piece or several. */
  readonly files: ReadonlyMap<string, Uint8Array | readonly Uint8Array[]>;
  readonly references?: Iterable<string> | undefined;
}

/**
 * A checkpoint whose files have not been read yet.
 *
 * @example
 * const checkpoint = await store.open(7);
 * await using file = await checkpoint.openFile('stage-1-0.state');
 * await file.read(0, target);
 */
export interface OpenCheckpoint {
  readonly id: number;
  readonly content: unknown;
  /** Names of the checkpoint's own files, and of those of older ones as `chk-N/name`. */
  readonly files: readonly string[];
  openFile(name: string): Promise<CheckpointFile>;
}

/** Pieces with a checksum each: (bytes, CRC-32). Files of older versions have one of the whole. */
interface ListedFile {
  readonly sizeBytes: number;
  readonly pieces?: readonly (readonly [sizeBytes: number, crc32: number])[] | undefined;
  readonly crc32?: number | undefined;
}

interface Manifest {
  readonly formatVersion: number;
  readonly id: number;
  readonly files: Readonly<Record<string, ListedFile>>;
  /** Files of older checkpoints that belong to this one too, by `chk-N/name`; they stay until no manifest speaks of them. */
  readonly references: Readonly<Record<string, ListedFile>>;
  readonly content: unknown;
}

/**
 * Checkpoints in a directory, each in a folder `chk-N` of its own: its files, and `manifest.json`, which is put into place last, as a whole. A
 * folder without a manifest, or with one that its files do not agree with, is no checkpoint: the one before is.
 *
 * @example
 * const store = new CheckpointStore(localStorage, '/data/job', { retained: 3 });
 * await store.write({ id: 7, content, files });
 * const latest = await store.latestOpen(reason => log(reason));
 */
export class CheckpointStore {
  readonly directory: string;
  readonly #storage: Storage;
  readonly #retained: number;
  readonly #faults: Faults;
  /** Of manifests that were written or read here. */
  readonly #manifests = new Map<number, Manifest>();

  readonly #nowMs: () => number;

  constructor(
    storage: Storage,
    directory: string,
    options: { readonly retained: number; readonly faults?: Faults | undefined; readonly clock?: Clock | undefined },
  ) {
    const { clock = realClock } = options;
    this.#nowMs = () => clock.monotonicMs();
    this.#storage = storage;
    this.directory = directory;
    this.#retained = Math.max(1, options.retained);
    this.#faults = options.faults ?? noFaults;
  }

  /** Settles when the checkpoint stands, durably, and older ones than the retained are deleted: milliseconds that each file took, by name. */
  async write({ id, content, files, references = [] }: NewCheckpoint): Promise<ReadonlyMap<string, number>> {
    const folder = this.#folder(id);
    if (this.#faults.oldDeletedFirst) for (const old of await this.ids()) await this.#storage.delete(this.#folder(old));
    // what a crash left there is not part of this one
    await this.#storage.delete(folder);
    const listed: Record<string, ListedFile> = {};
    const tookMs = new Map<string, number>();
    let manifest: Manifest;
    try {
      for (const [name, bytes] of files) {
        const startedMs = this.#nowMs();
        listed[name] = await this.#writeFile(`${folder}/${name}`, bytes instanceof Uint8Array ? [bytes] : bytes);
        tookMs.set(name, this.#nowMs() - startedMs);
      }
      const referenced: Record<string, ListedFile> = {};
      for (const path of references) referenced[path] = await this.#listed(path);
      manifest = { formatVersion, id, files: listed, references: referenced, content };
    } catch (error) {
      // a full disk would stay full
      await this.#storage.delete(folder).catch(() => undefined);
      throw error;
    }
    const body = Buffer.from(JSON.stringify(manifest));
    const line = Buffer.from(`\n${crc32(body)}\n`);
    const path = `${folder}/manifest.json`;
    // where another process may write there too, one of them does
    if (this.#storage.writeNew !== undefined) await this.#storage.writeNew(path, Buffer.concat([body, line]));
    else await this.#storage.write(path, Buffer.concat([body, line]));
    this.#manifests.set(id, { ...manifest, content: undefined });
    await this.#collectGarbage();
    return tookMs;
  }

  /** Some megabytes at a time: a call of the disk for each small piece would wait for its turn as often where a job shares the thread. */
  async #writeFile(path: string, pieces: readonly Uint8Array[]): Promise<ListedFile> {
    const writer = await this.#storage.openWriter(path);
    try {
      let sizeBytes = 0;
      const listed: [number, number][] = [];
      let waiting: Uint8Array[] = [];
      let waitingBytes = 0;
      const flush = async (): Promise<void> => {
        const [first] = waiting;
        if (first === undefined) return;
        await writer.write(waiting.length === 1 ? first : Buffer.concat(waiting));
        waiting = [];
        waitingBytes = 0;
      };
      for (const piece of pieces) {
        let checksum = 0;
        for (let from = 0; from < piece.length; from += limits.checkpointPieceBytes) {
          const part = piece.subarray(from, from + limits.checkpointPieceBytes);
          checksum = crc32(part, checksum);
          if (waitingBytes + part.length > limits.checkpointPieceBytes) await flush();
          waiting.push(part);
          waitingBytes += part.length;
        }
        sizeBytes += piece.length;
        listed.push([piece.length, checksum]);
      }
      await flush();
      await writer.commit();
      return { sizeBytes, pieces: listed };
    } catch (error) {
      await writer.abort();
      throw error;
    }
  }

  /** A file of a checkpoint that this store wrote or read. */
  async readFile(path: string): Promise<Uint8Array> {
    return this.#storage.read(`${this.directory}/${path}`);
  }

  /** What the manifest of the checkpoint that wrote a file says of it; that one may be gone, and those that need the file say the same. */
  async #listed(path: string): Promise<ListedFile> {
    const [folder, name] = path.split('/') as [string, string];
    const own = this.#manifests.get(Number(folder.slice(4)))?.files[name];
    if (own !== undefined) return own;
    for (const manifest of this.#manifests.values()) {
      const found = manifest.references[path];
      if (found !== undefined) return found;
    }
    throw internalError(`a checkpoint speaks of ${path}, which no checkpoint before it has`);
  }

  /** Deletes what is older than the retained checkpoints and what none of those needs: manifests first, so that a crash leaves no half one. */
  async #collectGarbage(): Promise<void> {
    const ids = await this.ids();
    const kept = ids.slice(0, this.#retained);
    const [latest] = kept;
    if (latest === undefined) return;
    const needed = new Set<string>();
    for (const id of kept) {
      const manifest = await this.#manifest(id).catch(() => undefined);
      // what cannot be read keeps nothing alive, and is not deleted: somebody may want to look at it
      if (!this.#faults.referencedFilesDeleted) for (const path of Object.keys(manifest?.references ?? {})) needed.add(path);
    }
    const keptFolders = new Set(kept.map(id => `chk-${id}`));
    const old = new Map<string, string[]>();
    for (const { path } of await this.#storage.list(this.directory)) {
      const found = /[\\/](chk-(\d+))[\\/]([^\\/]+)$/.exec(path);
      if (found === null || keptFolders.has(found[1]!) || Number(found[2]) > latest) continue;
      old.set(found[1]!, [...(old.get(found[1]!) ?? []), found[3]!]);
    }
    for (const [folder, names] of old) {
      this.#manifests.delete(Number(folder.slice(4)));
      const kept = names.filter(name => needed.has(`${folder}/${name}`));
      if (names.includes('manifest.json')) await this.#storage.delete(`${this.directory}/${folder}/manifest.json`);
      if (kept.length === 0) await this.#storage.delete(`${this.directory}/${folder}`);
      else
        for (const name of names)
          if (name !== 'manifest.json' && !kept.includes(name)) await this.#storage.delete(`${this.directory}/${folder}/${name}`);
    }
  }

  /** Numbers of the checkpoints whose manifest is there, latest first. */
  async ids(): Promise<number[]> {
    const files = await this.#storage.list(this.directory);
    return files
      .flatMap(({ path }) => {
        // of this directory, not of one in it
        const own = path.startsWith(this.directory) ? path.slice(this.directory.length) : path;
        const found = /^[\\/]+chk-(\d+)[\\/]manifest\.json$/.exec(own);
        return found === null ? [] : [Number(found[1])];
      })
      .sort((a, b) => b - a);
  }

  /** The latest checkpoint before `before` of which all files are there, as far as one sees without reading them; `refused` hears of each later one. */
  async latestOpen(refused: (reason: string) => void, before = Number.POSITIVE_INFINITY): Promise<OpenCheckpoint | undefined> {
    for (const id of await this.ids()) {
      if (id >= before) continue;
      try {
        return await this.open(id);
      } catch (error) {
        if (!(error instanceof TidemillError) || error.code !== 'bad-checkpoint') throw error;
        refused(error.message);
      }
    }
    return undefined;
  }

  /** @throws TidemillError `bad-checkpoint` when files of it are missing or have another size, or it is of another version; `file-not-found`. */
  async open(id: number): Promise<OpenCheckpoint> {
    const folder = this.#folder(id);
    const manifest = await this.#manifest(id);
    const listed = new Map([
      ...Object.entries(manifest.files).map(([name, expected]) => [name, { path: `${folder}/${name}`, expected }] as const),
      ...Object.entries(manifest.references).map(
        ([name, expected]) => [name, { path: `${this.directory}/${name}`, expected }] as const,
      ),
    ]);
    const openFile = async (name: string): Promise<CheckpointFile> => {
      const found = listed.get(name);
      if (found === undefined) throw this.#bad(id, `its manifest does not list ${name}`);
      const reader = await this.#storage.openReader(found.path).catch((error: unknown) => {
        if (error instanceof TidemillError && error.code === 'file-not-found') throw this.#bad(id, `${name} is missing`);
        throw error;
      });
      const damaged = (): TidemillError => this.#bad(id, `${name} is damaged`);
      if (reader.sizeBytes === found.expected.sizeBytes) return new CheckpointFile(reader, found.expected, damaged);
      await reader.close();
      throw damaged();
    };
    for (const name of listed.keys()) await (await openFile(name)).close();
    // its sinks' handles are committed next, and must not be forgotten with it
    await this.#storage.makeDurable?.(`${folder}/manifest.json`);
    return { id: manifest.id, content: manifest.content, files: [...listed.keys()], openFile };
  }

  #bad(id: number, reason: string, hint?: string): TidemillError {
    return new TidemillError('bad-checkpoint', `the checkpoint ${this.#folder(id)} cannot be used: ${reason}`, {
      domain: 'external',
      ...(hint !== undefined && { hint }),
    });
  }

  async #manifest(id: number): Promise<Manifest> {
    const folder = this.#folder(id);
    const bytes = Buffer.from(await this.#storage.read(`${folder}/manifest.json`));
    const end = bytes.lastIndexOf('\n', bytes.length - 2);
    const body = bytes.subarray(0, Math.max(end, 0));
    if (end < 0 || Number(bytes.subarray(end + 1).toString()) !== crc32(body)) throw this.#bad(id, 'its manifest is damaged');
    const manifest = JSON.parse(body.toString()) as Manifest;
    if (manifest.formatVersion !== formatVersion)
      throw this.#bad(
        id,
        `it has version ${manifest.formatVersion}, and this is ${formatVersion}`,
        'restore it with the version that wrote it, or start with --fresh',
      );
    this.#manifests.set(id, { ...manifest, content: undefined });
    return manifest;
  }

  #folder(id: number): string {
    return `${this.directory}/chk-${id}`;
  }
}

/** A file of a checkpoint, read in any order and checked by the pieces in which it was written. */
export class CheckpointFile {
  readonly sizeBytes: number;
  readonly #reader: StoredFileReader;
  readonly #listed: ListedFile;
  readonly #damaged: () => TidemillError;
  /** Where each piece begins, and its number. */
  readonly #starts = new Map<number, number>();
  #whole: Promise<void> | undefined;

  constructor(reader: StoredFileReader, listed: ListedFile, damaged: () => TidemillError) {
    this.#reader = reader;
    this.#listed = listed;
    this.#damaged = damaged;
    this.sizeBytes = listed.sizeBytes;
    let at = 0;
    for (const [number, [sizeBytes]] of (listed.pieces ?? []).entries()) {
      if (sizeBytes > 0) this.#starts.set(at, number);
      at += sizeBytes;
    }
  }

  /**
   * Fills `target`, which takes whole pieces, from a place of the file on.
   * @throws TidemillError `bad-checkpoint`
   */
  async read(from: number, target: Uint8Array): Promise<void> {
    const { pieces } = this.#listed;
    if (pieces === undefined) await (this.#whole ??= this.#checkWhole());
    await this.#fill(from, target);
    if (pieces === undefined) return;
    let at = 0;
    for (let number = this.#starts.get(from) ?? pieces.length; at < target.length; number++) {
      const [sizeBytes, expected] = pieces[number] ?? [Number.POSITIVE_INFINITY, 0];
      if (at + sizeBytes > target.length || crc32(target.subarray(at, at + sizeBytes)) !== expected) throw this.#damaged();
      at += sizeBytes;
    }
  }

  async close(): Promise<void> {
    await this.#reader.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #checkWhole(): Promise<void> {
    const part = new Uint8Array(Math.min(limits.checkpointPieceBytes, this.sizeBytes));
    let checksum = 0;
    for (let at = 0; at < this.sizeBytes; at += part.length) {
      const some = part.subarray(0, this.sizeBytes - at);
      await this.#fill(at, some);
      checksum = crc32(some, checksum);
    }
    if (checksum !== this.#listed.crc32) throw this.#damaged();
  }

  async #fill(from: number, target: Uint8Array): Promise<void> {
    for (let at = 0; at < target.length; at += limits.checkpointPieceBytes) {
      const part = target.subarray(at, at + limits.checkpointPieceBytes);
      if ((await this.#reader.read(part, from + at)) < part.length) throw this.#damaged();
    }
  }
}
