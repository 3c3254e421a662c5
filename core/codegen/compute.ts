import { type Batch, batchOf, type Column } from '../columnar/batch.ts';
import { viewBytes } from '../columnar/read-values.ts';
import { storageBytes, storageOf, typeToString } from '../columnar/types.ts';
import { TidemillError } from '../common/errors.ts';
import { elementary } from '../functions/elementary.ts';
import { expressionToString } from '../plan/print-expression.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import { type ComputeModule, expressionsOf } from './compute-module.ts';
import type { Compute, ComputeResult, ComputeSpec, TaskCode } from './contract.ts';
import { frameHead, placeFrame } from './frame.ts';
import { gatherColumn } from './gather.ts';
import type { RowErrorCode } from './row-emitter.ts';

interface Instance {
  /** For batches without NULLs in what is read; and with. */
  readonly plain: (frame: number) => number;
  readonly nulls: (frame: number) => number;
  readonly frame: number;
}
/** Frames and instances live as long as the memory: an operator that is built anew finds them. */
const instances = new WeakMap<TaskMemory, Map<ComputeModule, Instance>>();

function instanceOf(compiled: ComputeModule, task: TaskCode): Instance | undefined {
  if (compiled.module === undefined) return undefined;
  let known = instances.get(task.memory);
  if (known === undefined) instances.set(task.memory, (known = new Map()));
  let instance = known.get(compiled);
  if (instance === undefined) {
    const { exports } = new WebAssembly.Instance(compiled.module, {
      env: { memory: task.memory.memory },
      kernels: task.kernels as unknown as WebAssembly.Exports,
      javascript: elementary,
    });
    const plain = exports['plain'] as Instance['plain'];
    instance = {
      plain,
      nulls: (exports['nulls'] as Instance['nulls'] | undefined) ?? plain,
      frame: placeFrame(task.memory, compiled.frame),
    };
    known.set(compiled, instance);
  }
  return instance;
}

/** One generated loop on a task's memory. */
export class LoopCompute implements Compute {
  readonly #spec: ComputeSpec;
  readonly #compiled: ComputeModule;
  readonly #task: TaskCode;
  readonly #instance: Instance | undefined;

  constructor(spec: ComputeSpec, compiled: ComputeModule, task: TaskCode) {
    this.#spec = spec;
    this.#compiled = compiled;
    this.#task = task;
    this.#instance = instanceOf(compiled, task);
  }

  run(batch: Batch): ComputeResult {
    const instance = this.#instance;
    if (instance === undefined) {
      const columns = this.#compiled.outputs.map(output => this.#column(batch, output.kind === 'column' ? output.path : []));
      return { batch: batchOf(batch.length, columns, batch.weights, batch.watermarkBefore), keyRows: 0, hashes: 0 };
    }
    const { memory, kernels } = this.#task;
    const { arena } = memory;
    const rows = batch.length;
    const places: number[] = [];
    const put = (offset: number, value: number): void => void places.push(instance.frame + offset, value);
    kernels.text_begin();
    put(frameHead.rows, rows);
    let hasNulls = false;
    for (const input of this.#compiled.inputs) {
      const column = this.#column(batch, input.path);
      put(input.offset, column.data);
      put(input.offset + 4, column.validity);
      if (column.validity !== 0) hasNulls = true;
    }
    for (const output of this.#compiled.outputs) {
      if (output.kind !== 'computed') continue;
      put(output.offset, arena.allocate(rows * storageBytes(storageOf(output.type))));
      if (output.nullable) put(output.offset + 4, arena.allocate(((rows + 63) >>> 6) * 8));
    }
    const filtered = this.#spec.filter !== undefined;
    const selection = filtered ? arena.allocate(rows * 4) : 0;
    put(frameHead.selection, selection);
    const keyRows = this.#spec.key === undefined ? 0 : arena.allocate(rows * this.#spec.key.layout.strideBytes);
    const hashes = this.#spec.key === undefined ? 0 : arena.allocate(rows * 4);
    put(frameHead.keyRows, keyRows);
    put(frameHead.hashes, hashes);
    memory.f64[(instance.frame + frameHead.epochMs) / 8] = this.#task.epochMs?.() ?? 0;
    let words = memory.u32;
    for (let index = 0; index < places.length; index += 2) words[places[index]! >>> 2] = places[index + 1]!;

    const run = hasNulls ? instance.nulls : instance.plain;
    if (run(instance.frame) !== 0) throw this.#rowError(instance.frame);
    words = memory.u32;
    const kept = words[(instance.frame + frameHead.keptRows) >>> 2]!;
    const picks = filtered && kept < rows;
    const columns = this.#compiled.outputs.map((output): Column => {
      if (output.kind === 'column') {
        const column = this.#column(batch, output.path);
        return picks ? gatherColumn(this.#task, column, selection, kept) : column;
      }
      const place = (instance.frame + output.offset) >>> 2;
      const frameWords = memory.u32;
      const validity = output.nullable && frameWords[place + 2]! !== 0 ? frameWords[place + 1]! : 0;
      return { type: output.type, validity, data: frameWords[place]! };
    });
    let { weights, watermarkBefore } = batch;
    if (picks) {
      if (weights !== 0) {
        const target = arena.allocate(kept);
        kernels.gather_8(kept, selection, weights, target);
        weights = target;
      }
      if (watermarkBefore !== 0) {
        const target = arena.allocate(kept * 8);
        kernels.gather_64(kept, selection, watermarkBefore, target);
        watermarkBefore = target;
      }
    }
    return { batch: batchOf(kept, columns, weights, watermarkBefore), keyRows, hashes };
  }

  /** A column of the batch, or a field of one: NULL where the column or the field is. */
  #column(batch: Batch, path: readonly number[]): Column {
    let column = batch.columns[path[0]!]!;
    for (const index of path.slice(1)) {
      const child = column.children![index]!;
      const validity = this.#bothValid(column.validity, child.validity, batch.length);
      column = { ...child, validity };
    }
    return column;
  }

  #bothValid(outer: number, inner: number, rows: number): number {
    if (outer === 0 || inner === 0 || outer === inner) return outer || inner;
    const { memory } = this.#task;
    const words = ((rows + 63) >>> 6) * 2;
    const target = memory.arena.allocate(words * 4);
    const { u32 } = memory;
    for (let index = 0; index < words; index++)
      u32[(target >>> 2) + index] = u32[(outer >>> 2) + index]! & u32[(inner >>> 2) + index]!;
    return target;
  }

  #rowError(frame: number): TidemillError {
    const { memory } = this.#task;
    const words = memory.u32;
    const site = this.#compiled.sites[words[(frame + frameHead.errorSite) >>> 2]!]!;
    const expression = expressionsOf(this.#spec)[site.ordinal]!;
    const view = words[(frame + frameHead.errorView) >>> 2]!;
    let value: string | undefined;
    if (view !== 0) {
      const [address, length] = viewBytes(memory, view);
      const text = Buffer.from(memory.u8.slice(address, address + Math.min(length, shownBytesMax))).toString('utf8');
      value = `'${text}${length > shownBytesMax ? '…' : ''}'`;
    }
    const row = words[(frame + frameHead.errorRow) >>> 2]!;
    return rowError(site.code, expressionToString(expression), {
      row,
      value,
      to: typeToString(expression.type, false),
      span: expression.span,
    });
  }
}

const shownBytesMax = 60;

/** The error of a row that an expression refuses, as codegen and the interpreter throw it. */
export function rowError(
  code: RowErrorCode,
  text: string,
  options: { row?: number; value?: string | undefined; to?: string; span?: TidemillError['span'] },
): TidemillError {
  const { span } = options;
  switch (code) {
    case 'division-by-zero':
      return new TidemillError('division-by-zero', `${text} divides by zero`, {
        span,
        hint: 'Guard it: CASE WHEN divisor <> 0 THEN … END, or NULLIF(divisor, 0).',
      });
    case 'bad-cast':
      return new TidemillError('bad-cast', `${options.value ?? 'the value'} cannot be cast to ${options.to} in ${text}`, {
        span,
        hint: 'TRY_CAST gives NULL instead of failing.',
      });
    case 'out-of-range':
      return new TidemillError('out-of-range', `the result of ${text} is out of the range of ${options.to}`, { span });
    case 'bad-argument':
      return new TidemillError('bad-argument', `${options.value ?? 'an argument'} is not allowed in ${text}`, { span });
  }
}
