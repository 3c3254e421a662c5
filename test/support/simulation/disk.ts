import { dirname } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { Random } from '../../../core/common/environment.ts';
import type { Disk, DiskEntry, DiskFile, DiskPart } from '../../../core/storage/disk.ts';

interface FileNode {
  readonly kind: 'file';
  readonly inode: number;
  bytes: Uint8Array;
  /** What is there after a power failure at least. */
  synced: number;
}
interface DirectoryNode {
  readonly kind: 'directory';
  readonly inode: number;
  readonly entries: Map<string, Node>;
  durable: Map<string, Node>;
  /** Changes since the directory was synced. */
  log: (readonly [name: string, node: Node | undefined])[][];
}
type Node = FileNode | DirectoryNode;

export interface DiskTrouble {
  readonly random: Random;
  /** The process dies at its so-and-so-many-th call of the disk. */
  readonly callsMax: number;
  /** Bytes there is room for. */
  readonly roomBytes?: number;
}

/** What every call gives once the process is dead: nothing it does reaches the disk any more. */
class Dead extends Error {
  readonly code = 'EDEAD';
  constructor() {
    super('the simulated process is dead');
  }
}

const failure = (code: string, path: string): Error => Object.assign(new Error(`${code}: ${path}`), { code });
const pick = (random: Random, below: number): number => random.next32() % below;

/**
 * A disk in memory that forgets as real ones may. What a process wrote is there for the next one, unless the power failed: then a file has its
 * synced bytes and any part of the later ones, or zeros in their place, and a directory has its synced names and the first few later changes.
 *
 * @example
 * const disk = new SimulatedDisk();
 * const process = disk.process({ random, callsMax: 40 });   // a Disk that dies at its 40th call
 * disk.powerFailure(random);
 */
export class SimulatedDisk {
  #root = newDirectory(1);
  #inodes = 1;
  #names = 0;
  #processes = 0;

  /** What one process sees of it; `crash()` ends it from outside. */
  process(trouble: DiskTrouble): SimulatedProcess {
    return new SimulatedProcess(this, trouble, ++this.#processes);
  }

  powerFailure(random: Random): void {
    this.#root = afterPowerFailure(this.#root, random, new Map());
  }

  /** Texts of all visible files below a directory, by path. */
  texts(path: string): Map<string, string> {
    const found = new Map<string, string>();
    const visit = (directory: DirectoryNode, at: string): void => {
      for (const [name, node] of [...directory.entries].sort(([left], [right]) => (left < right ? -1 : 1))) {
        if (name.startsWith('.')) continue;
        if (node.kind === 'directory') visit(node, `${at}/${name}`);
        else found.set(`${at}/${name}`, Buffer.from(node.bytes).toString());
      }
    };
    const node = this.find(path);
    if (node?.kind === 'directory') visit(node, path);
    return found;
  }

  find(path: string): Node | undefined {
    let node: Node = this.#root;
    for (const name of path.split('/').filter(Boolean)) {
      if (node.kind !== 'directory') return undefined;
      const next = node.entries.get(name);
      if (next === undefined) return undefined;
      node = next;
    }
    return node;
  }

  directory(path: string): DirectoryNode {
    const node = this.find(path);
    if (node === undefined) throw failure('ENOENT', path);
    if (node.kind !== 'directory') throw failure('ENOTDIR', path);
    return node;
  }

  file(path: string): FileNode {
    const node = this.find(path);
    if (node === undefined) throw failure('ENOENT', path);
    if (node.kind !== 'file') throw failure('EISDIR', path);
    return node;
  }

  newFile(): FileNode {
    return { kind: 'file', inode: ++this.#inodes, bytes: new Uint8Array(0), synced: 0 };
  }

  makeDirectory(path: string): void {
    let at = '';
    for (const name of path.split('/').filter(Boolean)) {
      const above = this.directory(at);
      const there = above.entries.get(name);
      if (there?.kind === 'file') throw failure('EEXIST', path);
      if (there === undefined) change(above, [[name, newDirectory(++this.#inodes)]]);
      at += `/${name}`;
    }
  }

  unique(process: number): string {
    return `${process}-${++this.#names}`;
  }
}

const newDirectory = (inode: number): DirectoryNode => ({
  kind: 'directory',
  inode,
  entries: new Map(),
  durable: new Map(),
  log: [],
});

/** Changes that are made durable together or not at all. */
function change(directory: DirectoryNode, changes: readonly (readonly [string, Node | undefined])[]): void {
  for (const [name, node] of changes) {
    if (node === undefined) directory.entries.delete(name);
    else directory.entries.set(name, node);
  }
  directory.log.push([...changes]);
}

/** `files`: what has become of files that have several names. */
function afterPowerFailure(directory: DirectoryNode, random: Random, files: Map<FileNode, FileNode>): DirectoryNode {
  const entries = new Map(directory.durable);
  // names reach the disk in their order, but nobody says how many
  for (const changes of directory.log.slice(0, pick(random, directory.log.length + 1))) {
    for (const [name, node] of changes) {
      if (node === undefined) entries.delete(name);
      else entries.set(name, node);
    }
  }
  const kept = newDirectory(directory.inode);
  for (const [name, node] of entries) {
    if (node.kind === 'directory') kept.entries.set(name, afterPowerFailure(node, random, files));
    else {
      const file = files.get(node) ?? torn(node, random);
      files.set(node, file);
      kept.entries.set(name, file);
    }
  }
  kept.durable = new Map(kept.entries);
  return kept;
}

function torn(file: FileNode, random: Random): FileNode {
  const unsynced = file.bytes.length - file.synced;
  const length = file.synced + (unsynced === 0 ? 0 : pick(random, unsynced + 1));
  const bytes = file.bytes.slice(0, length);
  // the length may be on the disk before the bytes are
  if (pick(random, 3) === 0) bytes.fill(0, file.synced);
  return { kind: 'file', inode: file.inode, bytes, synced: length };
}

/** The disk as one process has it, until it dies: at a call that was chosen, half-way through a write, or when the test says so. */
export class SimulatedProcess implements Disk {
  readonly #disk: SimulatedDisk;
  readonly #trouble: DiskTrouble;
  readonly #number: number;
  #callsLeft: number;
  #roomBytes: number;
  calls = 0;
  dead = false;
  /** Called when it dies of itself. */
  died: (() => void) | undefined;

  constructor(disk: SimulatedDisk, trouble: DiskTrouble, number: number) {
    this.#disk = disk;
    this.#trouble = trouble;
    this.#number = number;
    this.#callsLeft = trouble.callsMax;
    this.#roomBytes = trouble.roomBytes ?? Number.POSITIVE_INFINITY;
  }

  crash(): void {
    this.dead = true;
  }

  /** One call: it may be the last, and then it is done, half done, or not done at all. */
  #call<T>(action: () => T): T {
    if (this.dead) throw new Dead();
    this.calls++;
    if (--this.#callsLeft > 0) return action();
    this.dead = true;
    if (pick(this.#trouble.random, 2) === 0) action();
    this.died?.();
    throw new Dead();
  }

  /** Answers come late, and not in the order of the questions. */
  async #later<T>(action: () => T): Promise<T> {
    for (let turns = pick(this.#trouble.random, 4) - 1; turns > 0; turns--) await turn();
    const result = this.#call(action);
    for (let turns = pick(this.#trouble.random, 4) - 1; turns > 0; turns--) await turn();
    if (this.dead) throw new Dead();
    return result;
  }

  #append(file: FileNode, path: string, bytes: Uint8Array): number {
    const { random } = this.#trouble;
    const lastCall = this.#callsLeft <= 0;
    // a write may take less than it was given
    const length = lastCall || pick(random, 8) === 0 ? pick(random, bytes.length + 1) : bytes.length;
    if (length > this.#roomBytes) throw failure('ENOSPC', path);
    this.#roomBytes -= length;
    const joined = new Uint8Array(file.bytes.length + length);
    joined.set(file.bytes);
    joined.set(bytes.subarray(0, length), file.bytes.length);
    file.bytes = joined;
    return length;
  }

  #create(path: string): FileNode {
    const directory = this.#disk.directory(dirname(path));
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (directory.entries.has(name)) throw failure('EEXIST', path);
    if (this.#roomBytes <= 0) throw failure('ENOSPC', path);
    const file = this.#disk.newFile();
    change(directory, [[name, file]]);
    return file;
  }

  #fileOf(file: FileNode, path: string): DiskFile {
    return {
      read: (target, offset, bytes, position) =>
        this.#later(() => {
          const part = file.bytes.subarray(position, position + bytes);
          target.set(part, offset);
          return part.length;
        }),
      write: bytes => this.#later(() => this.#append(file, path, bytes)),
      sizeBytes: () => this.#later(() => file.bytes.length),
      sync: () => this.#later(() => void (file.synced = file.bytes.length)),
      close: async () => undefined,
    };
  }

  createPart(path: string): DiskPart {
    const file = this.#call(() => this.#create(path));
    return {
      write: bytes => this.#call(() => this.#append(file, path, bytes)),
      sync: () => this.#call(() => void (file.synced = file.bytes.length)),
      close: () => undefined,
    };
  }

  readFile(path: string): Promise<Uint8Array> {
    return this.#later(() => this.#disk.file(path).bytes.slice());
  }
  async openRead(path: string): Promise<DiskFile> {
    return this.#fileOf(await this.#later(() => this.#disk.file(path)), path);
  }
  async create(path: string): Promise<DiskFile> {
    return this.#fileOf(await this.#later(() => this.#create(path)), path);
  }
  makeDirectory(path: string): Promise<void> {
    return this.#later(() => this.#disk.makeDirectory(path));
  }
  makeDirectorySync(path: string): void {
    this.#call(() => this.#disk.makeDirectory(path));
  }
  entry(path: string): Promise<DiskEntry | undefined> {
    return this.#later(() => this.#entryOf(path));
  }
  entrySync(path: string): DiskEntry | undefined {
    return this.#call(() => this.#entryOf(path));
  }
  names(path: string): Promise<readonly string[]> {
    return this.#later(() => [...this.#disk.directory(path).entries.keys()]);
  }
  namesSync(path: string): readonly string[] {
    return this.#call(() => [...this.#disk.directory(path).entries.keys()]);
  }
  rename(from: string, to: string): Promise<void> {
    return this.#later(() => {
      const [source, name] = this.#place(from);
      const [target, newName] = this.#place(to);
      const node = source.entries.get(name);
      if (node === undefined) throw failure('ENOENT', from);
      const there = target.entries.get(newName);
      if (there?.kind === 'directory' && there.entries.size > 0) throw failure('ENOTEMPTY', to);
      if (source === target)
        change(source, [
          [name, undefined],
          [newName, node],
        ]);
      else {
        change(target, [[newName, node]]);
        change(source, [[name, undefined]]);
      }
    });
  }
  link(from: string, to: string): Promise<void> {
    return this.#later(() => {
      const node = this.#disk.file(from);
      const [directory, name] = this.#place(to);
      if (directory.entries.has(name)) throw failure('EEXIST', to);
      change(directory, [[name, node]]);
    });
  }
  remove(path: string): Promise<void> {
    return this.#later(() => this.#removeNow(path));
  }
  removeSync(path: string): void {
    this.#call(() => this.#removeNow(path));
  }
  syncDirectory(path: string): Promise<void> {
    return this.#later(() => {
      const directory = this.#disk.directory(path);
      directory.durable = new Map(directory.entries);
      directory.log = [];
    });
  }
  syncFile(path: string): Promise<void> {
    return this.#later(() => {
      const file = this.#disk.file(path);
      file.synced = file.bytes.length;
    });
  }
  unique(): string {
    return this.#disk.unique(this.#number);
  }

  #place(path: string): [DirectoryNode, string] {
    return [this.#disk.directory(dirname(path)), path.slice(path.lastIndexOf('/') + 1)];
  }

  #entryOf(path: string): DiskEntry | undefined {
    const node = this.#disk.find(path);
    if (node === undefined) return undefined;
    const isFile = node.kind === 'file';
    return { isFile, isDirectory: !isFile, sizeBytes: isFile ? node.bytes.length : 0, changedMs: 0, inode: node.inode };
  }

  /** A directory is emptied name by name: a process that dies half-way leaves the rest. */
  #removeNow(path: string): void {
    if (this.#disk.find(path) === undefined) return;
    const [above, name] = this.#place(path);
    const node = above.entries.get(name)!;
    if (node.kind === 'directory') {
      const inside = [...node.entries.keys()];
      const kept = this.#callsLeft <= 0 ? pick(this.#trouble.random, inside.length + 1) : 0;
      for (const entry of inside.slice(kept)) this.#removeNow(`${path}/${entry}`);
      if (kept > 0) return;
    }
    change(above, [[name, undefined]]);
  }
}
