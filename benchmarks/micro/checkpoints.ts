// Checkpoints of a table that changes everywhere, on one thread: pauses while it is copied, what that costs the rows, bytes of an increment, and the way
// back. CPU times, because of neighbours. Prints one JSON object. Argument: MB of state (1000).
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keyLayoutOf } from '../../core/columnar/key-layout.ts';
import { types } from '../../core/columnar/types.ts';
import { seededRandom } from '../../core/common/environment.ts';
import { limits } from '../../core/common/limits.ts';
import { loadKernels } from '../../core/kernels/index.ts';
import { CheckpointStore } from '../../core/state/checkpoint-store.ts';
import { ImageBuffers } from '../../core/state/image-buffers.ts';
import { allKeyGroups, createTable, type ShardImage, type ValueTable } from '../../core/state/index.ts';
import { SnapshotCopy } from '../../core/state/snapshot-copy.ts';
import { localStorage } from '../../core/storage/local-storage.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';
import { quantile } from '../harness/statistics.ts';

const stateBytes = Number(process.argv[2] ?? 1000) * 1e6;
const key = keyLayoutOf([types.bigint(false)]);
const spec = { kind: 'value', name: 'groups', key, payload: { bytes: 64, viewOffsets: [] } } as const;
const rowBytes = 80;
const keys = Math.floor(stateBytes / rowBytes);
const { batchRows } = limits;

const memory = new TaskMemory();
const kernels = loadKernels(memory);
const table = createTable(spec, memory, kernels) as ValueTable;
const random = seededRandom(7);
const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const round = (value: number): number => Number(value.toPrecision(4));

/** One batch of rows: their groups are found or made, and a count of each goes up. */
function batch(keyOf: (row: number) => number): void {
  memory.arena.reset();
  const packed = memory.arena.allocate(8 * batchRows);
  const words = memory.u32;
  for (let row = 0; row < batchRows; row++) {
    words[(packed >> 2) + 2 * row] = keyOf(row);
    words[(packed >> 2) + 2 * row + 1] = 0;
  }
  const hashes = memory.arena.allocate(4 * batchRows);
  kernels.hash_key_rows(packed, batchRows, 1, 0n, hashes);
  const rows = memory.arena.allocate(4 * batchRows);
  table.groups.findOrInsert(hashes, packed, rows, 0, batchRows);
  kernels.bag_add(batchRows, rows, 0, 16);
}

const anywhere = (): number => random.next32() % keys;
for (let from = 0; from < keys; from += batchRows) batch(row => Math.min(from + row, keys - 1));
/** CPU milliseconds per batch. */
function batches(count: number): number {
  const started = cpuMs();
  for (let index = 0; index < count; index++) batch(anywhere);
  return (cpuMs() - started) / count;
}
batches(50);
const batchMs = Math.min(batches(100), batches(100), batches(100));

const buffers = new ImageBuffers();
const shared = (bytes: number) => buffers.take(bytes);
interface Copied {
  readonly images: readonly ShardImage[];
  readonly goesOn: boolean;
  readonly pausesMs: readonly number[];
  /** The same as CPU time, which neighbours prolong less. */
  readonly pausesCpuMs: readonly number[];
  readonly copyCpuMs: number;
  readonly batchMsMeanwhile: number;
}
function checkpoint(checkpointId: number, isBusy: boolean): Copied {
  const pausesMs: number[] = [];
  const pausesCpuMs: number[] = [];
  let copyCpuMs = 0;
  let otherCpuMs = 0;
  const timed = <T>(action: () => T): T => {
    const [started, cpu] = [performance.now(), cpuMs()];
    const result = action();
    pausesMs.push(performance.now() - started);
    pausesCpuMs.push(cpuMs() - cpu);
    copyCpuMs += pausesCpuMs.at(-1)!;
    return result;
  };
  const copy = timed(
    () => new SnapshotCopy(memory, [table], { origin: 0, checkpointId, keyGroups: allKeyGroups, allocate: shared }),
  );
  for (let done = false; !done; ) {
    done = timed(() => copy.stepFor(() => performance.now()));
    if (!isBusy) continue;
    const cpu = cpuMs();
    batch(anywhere);
    otherCpuMs += cpuMs() - cpu;
  }
  const [copied] = copy.tables();
  copy.stands();
  const goesOn = copied!.continues.length > 0;
  return {
    images: copied!.images,
    goesOn,
    pausesMs,
    pausesCpuMs,
    copyCpuMs,
    batchMsMeanwhile: otherCpuMs / (pausesMs.length - 1),
  };
}

const bytesOf = (images: readonly ShardImage[]): number => images.reduce((sum, image) => sum + image.bytes.length, 0);
const whole = checkpoint(1, true);
const quantiles = (values: readonly number[]) => {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => round(quantile(sorted, share));
  return { p50: at(0.5), p99: at(0.99), max: at(1), pieces: sorted.length };
};

const chain = [...whole.images, ...checkpoint(2, false).images];
for (let changed = 0; changed < keys / 100; changed += batchRows) batch(anywhere);
const increment = checkpoint(3, false);
chain.push(...increment.images);
if (!increment.goesOn) throw new Error('an increment was expected');

// the way back: files, checksums, rows and slots
const folder = mkdtempSync(join(tmpdir(), 'tidemill-bench-'));
const writeStarted = performance.now();
const store = new CheckpointStore(localStorage, folder, { retained: 1 });
await store.write({ id: 1, content: null, files: new Map([['table.state', chain.map(image => image.bytes)]]) });
const writeMs = performance.now() - writeStarted;
const sizes = chain.map(image => ({ ...image, bytes: image.bytes.length }));
chain.length = 0;
const rows = table.rowCount();
table.close();
const restoreStarted = performance.now();
const restoreCpu = cpuMs();
const saved = await store.open(1);
await using stored = await saved.openFile('table.state');
const file = new Uint8Array(stored.sizeBytes);
await stored.read(0, file);
const readMs = performance.now() - restoreStarted;
let at = 0;
const images = sizes.map(({ bytes, ...rest }): ShardImage => {
  at += bytes;
  return { ...rest, bytes: file.subarray(at - bytes, at) };
});
const again = new TaskMemory();
const restored = createTable(spec, again, loadKernels(again)) as ValueTable;
restored.restore(images);
const restoreMs = performance.now() - restoreStarted;
const restoreCpuMs = cpuMs() - restoreCpu;
if (restored.rowCount() !== rows) throw new Error(`${restored.rowCount()} rows came back of ${rows}`);
rmSync(folder, { recursive: true });

const logged = Math.max(0, whole.batchMsMeanwhile - batchMs) * (whole.pausesMs.length - 1);
const loss = (intervalMs: number): number => round((whole.copyCpuMs + logged) / intervalMs);
console.log(
  JSON.stringify({
    stateMb: round(bytesOf(whole.images) / 1e6),
    rows,
    pauseMs: quantiles(whole.pausesMs),
    pauseCpuMs: quantiles(whole.pausesCpuMs),
    copyCpuMs: round(whole.copyCpuMs),
    batchCpuMs: { otherwise: round(batchMs), whileCopying: round(whole.batchMsMeanwhile) },
    /** Share of the thread's time, at one checkpoint in so long. */
    lossAt30s: loss(30_000),
    lossAt5s: loss(5_000),
    increment: {
      keysChanged: 0.01,
      bytesShare: round(bytesOf(increment.images) / bytesOf(whole.images)),
      copyCpuMs: round(increment.copyCpuMs),
    },
    writeMs: round(writeMs),
    goals: [
      { what: 'p99 of the pauses for a checkpoint of 1 GB', value: quantiles(whole.pausesMs).p99, limit: 20, unit: 'ms' },
      { what: 'share of a thread that checkpoints take, one in 30 s', value: loss(30_000), limit: 0.15, unit: '' },
      { what: 'recovery of 1 GB', value: round(restoreMs / 1000), limit: 3, unit: 's' },
    ],
    recovery: { wallMs: round(restoreMs), readMs: round(readMs), cpuMs: round(restoreCpuMs) },
  }),
);
