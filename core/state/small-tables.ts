import { internalError } from '../common/errors.ts';
import type { RecordMerge, ShardImage, StateTable, TableSpec } from './contract.ts';
import { allKeyGroups } from './key-groups.ts';

/** Numbers as they are: small tables are always written whole. */
function smallImage(rows: number, values: Float64Array): ShardImage {
  const bytes = new Uint8Array(values.slice().buffer);
  return { origin: 0, checkpointId: 0, keyGroups: allKeyGroups, rows, bytes };
}

/** The numbers of the last image of each origin. */
function latestOf(images: readonly ShardImage[]): Float64Array[] {
  const latest = new Map<number, ShardImage>();
  for (const image of images) {
    const known = latest.get(image.origin);
    if (known === undefined || known.checkpointId < image.checkpointId) latest.set(image.origin, image);
  }
  return [...latest].sort(([a], [b]) => a - b).map(([, image]) => new Float64Array(image.bytes.slice().buffer));
}

function merged(merge: RecordMerge, left: number, right: number): number {
  if (Number.isNaN(left) || Number.isNaN(right)) return Number.isNaN(left) ? right : left;
  switch (merge) {
    case 'greatest':
      return Math.max(left, right);
    case 'least':
      return Math.min(left, right);
    case 'sum':
      return left + right;
  }
}

/** A few named numbers: i64 as far as a double is exact (milliseconds are), f64. Fields start at NaN: never set. */
export class RecordTable implements StateTable {
  readonly spec: Extract<TableSpec, { kind: 'record' }>;
  readonly #values: Float64Array<ArrayBuffer>;

  constructor(spec: Extract<TableSpec, { kind: 'record' }>) {
    this.spec = spec;
    this.#values = new Float64Array(spec.fields.length).fill(Number.NaN);
  }

  get(field: string): number | undefined {
    const value = this.#values[this.#index(field)]!;
    return Number.isNaN(value) ? undefined : value;
  }
  set(field: string, value: number): void {
    this.#values[this.#index(field)] = value;
  }

  sizeBytes(): number {
    return this.#values.byteLength;
  }
  rowCount(): number {
    return 1;
  }
  stores(): undefined {
    return undefined;
  }
  snapshot(): readonly ShardImage[] {
    return [smallImage(1, this.#values)];
  }
  restore(images: readonly ShardImage[]): void {
    for (const values of latestOf(images)) {
      for (const [index, field] of this.spec.fields.entries()) {
        const merge = this.spec.merge?.[field] ?? 'greatest';
        this.#values[index] = merged(merge, this.#values[index]!, values[index] ?? Number.NaN);
      }
    }
  }
  close(): void {
    this.#values.fill(Number.NaN);
  }

  #index(field: string): number {
    const index = this.spec.fields.indexOf(field);
    if (index < 0) throw internalError(`record ${this.spec.name} has no field ${field}`);
    return index;
  }
}

export interface Timer {
  readonly timeMs: number;
  readonly key: number;
}

/** Timers in order of (time, key), each once. */
export class TimerTable implements StateTable {
  readonly spec: Extract<TableSpec, { kind: 'timers' }>;
  /** A binary heap of pairs, outside of JavaScript's own heap: there may be millions. One that is added again is there twice until it is taken. */
  #heap = new Float64Array(2 * firstTimers);
  #count = 0;

  constructor(spec: Extract<TableSpec, { kind: 'timers' }>) {
    this.spec = spec;
  }

  add(timeMs: number, key = 0): void {
    if (2 * this.#count === this.#heap.length) {
      const grown = new Float64Array(2 * this.#heap.length);
      grown.set(this.#heap);
      this.#heap = grown;
    }
    let index = this.#count++;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#isBefore(timeMs, key, parent)) break;
      this.#heap.copyWithin(2 * index, 2 * parent, 2 * parent + 2);
      index = parent;
    }
    this.#put(index, timeMs, key);
  }

  /** The earliest, if any. */
  next(): Timer | undefined {
    return this.#count === 0 ? undefined : { timeMs: this.#heap[0]!, key: this.#heap[1]! };
  }

  /** Takes the earliest out when it is due. */
  takeDue(nowMs: number): Timer | undefined {
    const first = this.next();
    if (first === undefined || first.timeMs > nowMs) return undefined;
    do this.#removeFirst();
    while (this.#count > 0 && this.#heap[0] === first.timeMs && this.#heap[1] === first.key);
    return first;
  }

  #removeFirst(): void {
    const last = --this.#count;
    const [timeMs, key] = [this.#heap[2 * last]!, this.#heap[2 * last + 1]!];
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      if (left >= last) break;
      const right = left + 1;
      const child = right < last && this.#isBefore(this.#heap[2 * right]!, this.#heap[2 * right + 1]!, left) ? right : left;
      if (!this.#isAfter(timeMs, key, child)) break;
      this.#heap.copyWithin(2 * index, 2 * child, 2 * child + 2);
      index = child;
    }
    this.#put(index, timeMs, key);
  }

  #put(index: number, timeMs: number, key: number): void {
    this.#heap[2 * index] = timeMs;
    this.#heap[2 * index + 1] = key;
  }
  #isBefore(timeMs: number, key: number, index: number): boolean {
    const time = this.#heap[2 * index]!;
    return timeMs < time || (timeMs === time && key < this.#heap[2 * index + 1]!);
  }
  #isAfter(timeMs: number, key: number, index: number): boolean {
    const time = this.#heap[2 * index]!;
    return timeMs > time || (timeMs === time && key > this.#heap[2 * index + 1]!);
  }

  sizeBytes(): number {
    return this.#count * 16;
  }
  rowCount(): number {
    return this.#count;
  }
  stores(): undefined {
    return undefined;
  }
  snapshot(): readonly ShardImage[] {
    const pairs = Array.from({ length: this.#count }, (_, index): [number, number] => [
      this.#heap[2 * index]!,
      this.#heap[2 * index + 1]!,
    ]);
    const sorted = pairs.sort(([a, left], [b, right]) => a - b || left - right);
    const once = sorted.filter(([time, key], index) => time !== sorted[index - 1]?.[0] || key !== sorted[index - 1]?.[1]);
    return [smallImage(once.length, Float64Array.from(once.flat()))];
  }
  restore(images: readonly ShardImage[]): void {
    for (const values of latestOf(images))
      for (let index = 0; index < values.length; index += 2) this.add(values[index]!, values[index + 1]!);
  }
  close(): void {
    this.#heap = new Float64Array(2 * firstTimers);
    this.#count = 0;
  }
}

const firstTimers = 16;
