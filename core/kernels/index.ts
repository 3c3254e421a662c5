import { readFileSync } from 'node:fs';
import { internalError } from '../common/errors.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import type { ArrowKernels } from './arrow-text.ts';
import type { CastKernels } from './casts.ts';
import type { ColdKernels } from './cold.ts';
import type { ChecksumKernels } from './crc32c.ts';
import type { DatagenKernels } from './datagen.ts';
import type { DecimalKernels } from './decimal.ts';
import type { DecodeKernels } from './decode.ts';
import type { ExchangeKernels } from './exchange.ts';
import type { FormatOutputKernels } from './format-output.ts';
import type { GatherKernels } from './gather.ts';
import type { GroupTableKernels } from './group-table.ts';
import type { HashKernels } from './hash.ts';
import { hostImports } from './host.ts';
import type { ImageKernels } from './images.ts';
import type { JoinKernels } from './join.ts';
import type { KafkaDecodeKernels } from './kafka-decode.ts';
import type { KafkaEncodeKernels } from './kafka-encode.ts';
import type { ListKernels } from './lists.ts';
import type { NexmarkKernels } from './nexmark.ts';
import type { NormalizeKernels } from './normalize.ts';
import type { PartitionKernels } from './partition.ts';
import type { PartKernels } from './parts.ts';
import type { RowKernels } from './rows.ts';
import type { SessionKernels } from './sessions.ts';
import type { SetKernels } from './sets.ts';
import type { SortKernels } from './sort.ts';
import type { StringKernels } from './strings.ts';
import type { TemporalKernels } from './temporal.ts';
import type { TextKernels } from './text.ts';
import type { TtlKernels } from './ttl.ts';
import type { WatermarkKernels } from './watermark.ts';

/** Kernels that generated code may call for memory. */
export interface MemoryKernels {
  /** `bytes` in the task's arena; the address. */
  arena_allocate(bytes: number): number;
}

/** All exports of the kernels module; each part's interface stands in a file beside its sources' name. */
export interface Kernels
  extends MemoryKernels,
    ArrowKernels,
    HashKernels,
    TextKernels,
    StringKernels,
    TemporalKernels,
    CastKernels,
    DecimalKernels,
    ChecksumKernels,
    KafkaDecodeKernels,
    KafkaEncodeKernels,
    ListKernels,
    ColdKernels,
    DatagenKernels,
    DecodeKernels,
    FormatOutputKernels,
    NexmarkKernels,
    NormalizeKernels,
    ExchangeKernels,
    GatherKernels,
    GroupTableKernels,
    ImageKernels,
    JoinKernels,
    PartitionKernels,
    PartKernels,
    TtlKernels,
    WatermarkKernels,
    RowKernels,
    SessionKernels,
    SetKernels,
    SortKernels {}

let compiled: WebAssembly.Module | undefined;

/** The compiled kernels, one per process; workers get it by structured clone through {@link useKernelsModule}. */
export function kernelsModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(readFileSync(new URL('./build/kernels.wasm', import.meta.url)));
  return compiled;
}

export function useKernelsModule(module: WebAssembly.Module): void {
  compiled = module;
}

/** What all instances inherit: by each kernel's name the kernel, made and kept by the instance that is asked for it. */
let lazily: object | undefined;

interface Instance {
  readonly table: WebAssembly.Table;
}

function kernelsLazily(): object {
  if (lazily !== undefined) return lazily;
  const section = WebAssembly.Module.customSections(kernelsModule(), 'kernels')[0];
  if (section === undefined) throw internalError('the kernels were built by another version: `npm run prepare` builds them');
  const names = new TextDecoder().decode(section).split('\n');
  const get = (name: string, index: number) =>
    function (this: Instance): unknown {
      const value: unknown = this.table.get(index);
      Object.defineProperty(this, name, { value, enumerable: true });
      return value;
    };
  lazily = Object.defineProperties({}, Object.fromEntries(names.map((name, index) => [name, { get: get(name, index) }])));
  return lazily;
}

/**
 * An instance of the kernels on a task's memory; call once per memory (it writes the kernels' static data). A task uses some dozens of the
 * kernels: each becomes a JavaScript function at its first use.
 */
export function loadKernels(memory: TaskMemory): Kernels {
  const instance = new WebAssembly.Instance(kernelsModule(), {
    env: { memory: memory.memory, arenaRefill: (bytes: number) => memory.arena.refill(bytes >>> 0), ...hostImports(memory) },
  });
  const kernels: unknown = Object.create(kernelsLazily(), { table: { value: instance.exports.kernels } });
  return kernels as Kernels;
}
