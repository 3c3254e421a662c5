import type { Compute, TaskCode } from '../codegen/contract.ts';
import { compileCompute } from '../codegen/index.ts';
import type { Batch } from '../columnar/batch.ts';
import type { Schema } from '../columnar/types.ts';
import { type Faults, noFaults } from '../common/faults.ts';
import { limits } from '../common/limits.ts';
import type { ExchangeOutput } from '../physical/plan.ts';
import type { OutputItem } from './chain.ts';
import { BufferLayout, GatherBuffer } from './gather-buffer.ts';
import type { Ring } from './ring.ts';
import type { TaskOutput } from './task.ts';

/** For chains that end in a sink. */
const noOutput: TaskOutput = { offer: () => true, flush: () => true, closed: () => false, close() {} };

/** What leaves a chain, to several stages: each takes it once, in its own time, and the slowest holds the others back. */
export function outputToAll(outputs: readonly TaskOutput[]): TaskOutput {
  const [only] = outputs;
  if (only === undefined) return noOutput;
  return outputs.length === 1 ? only : new OutputToAll(outputs);
}

class OutputToAll implements TaskOutput {
  readonly #outputs: readonly TaskOutput[];
  /** Outputs that have taken the item under way, which is offered again until all have. */
  readonly #taken = new Set<TaskOutput>();

  constructor(outputs: readonly TaskOutput[]) {
    this.#outputs = outputs;
  }

  offer(item: OutputItem): boolean {
    for (const output of this.#outputs) if (!this.#taken.has(output) && output.offer(item)) this.#taken.add(output);
    if (this.#taken.size < this.#outputs.length) return false;
    this.#taken.clear();
    return true;
  }

  flush(): boolean {
    let all = true;
    for (const output of this.#outputs) all = output.flush() && all;
    return all;
  }

  /** Nobody reads any more. */
  closed(): boolean {
    return this.#outputs.every(output => output.closed());
  }

  close(): void {
    for (const output of this.#outputs) output.close();
  }
}

export interface ExchangeTarget {
  readonly ring: Ring;
  readonly wakeConsumer: () => void;
}

export interface ExchangeOptions {
  readonly exchange: ExchangeOutput;
  readonly schema: Schema;
  /** In order of the consumers' subtasks. */
  readonly targets: readonly ExchangeTarget[];
  readonly code: TaskCode;
  /** Rows gathered for a consumer before they are sent without waiting for more. */
  readonly rowsSent: number;
  readonly faults?: Faults | undefined;
}

/** The producing end of a stage's channels. */
export function exchangeOutput(options: ExchangeOptions): TaskOutput {
  const { exchange } = options;
  const router = exchange.kind === 'hash' && options.targets.length > 1 ? new Router(exchange, options) : undefined;
  return new Exchange(options, router);
}

/** Rows of a batch by consumer. */
interface Route {
  /** Address of the rows' numbers; 0 when all rows go to the only consumer, in order. */
  readonly rows: number;
  readonly count: number;
}

const keyGroupBits = Math.log2(limits.keyGroupsDefault);

/** The consumer of a row: its key group, the top bits of the key's hash, in contiguous ranges as Flink assigns them. */
class Router {
  readonly #compute: Compute;
  readonly #code: TaskCode;
  readonly #targets: number;

  constructor(exchange: Extract<ExchangeOutput, { kind: 'hash' }>, options: ExchangeOptions) {
    const { code, schema, targets } = options;
    this.#code = code;
    this.#targets = targets.length;
    this.#compute = compileCompute(
      { input: schema, outputs: [], key: { expressions: exchange.keys, layout: exchange.layout } },
      code,
    );
  }

  route(batch: Batch): Route[] {
    const { memory, kernels } = this.#code;
    const { hashes } = this.#compute.run(batch);
    const stride = 4 * (batch.length + 1);
    const rows = memory.arena.allocate(stride * this.#targets);
    const counts = memory.arena.allocate(4 * this.#targets);
    kernels.route_rows(batch.length, hashes, keyGroupBits, this.#targets, rows, stride, counts);
    const words = memory.u32;
    return Array.from({ length: this.#targets }, (_, target) => ({
      rows: rows + target * stride,
      count: words[(counts >>> 2) + target]!,
    }));
  }
}

/**
 * Splits batches over the channels and gathers small ones, so that a consumer gets batches worth its while. Watermarks wait with the rows
 * for a while: a row that is behind one carries its own (`watermarkBefore`), so a later watermark changes nothing for it. Barriers, ends
 * and idleness send everything first.
 */
class Exchange implements TaskOutput {
  readonly #channels: OutputChannel[];
  readonly #router: Router | undefined;
  readonly #code: TaskCode;
  readonly #faults: Faults;
  /** The batch under way: what is left of it after the output was full. */
  #routes: Route[] | undefined;
  #sent: number[] = [];
  #watermarksHeld = 0;
  /** The item under way has been given to the channels; what remains is to send. */
  #accepted = false;

  constructor(options: ExchangeOptions, router: Router | undefined) {
    this.#router = router;
    this.#code = options.code;
    this.#faults = options.faults ?? noFaults;
    const layout = new BufferLayout(options.schema);
    const rowsSent = Math.min(options.rowsSent, layout.rowsMax);
    this.#channels = options.targets.map(target => new OutputChannel(target, layout, options.code, rowsSent));
  }

  offer(item: OutputItem): boolean {
    if (item.kind === 'batch') return this.#offerBatch(item.batch);
    if (item.kind === 'watermark') {
      if (!this.#accepted) {
        this.#accepted = true;
        for (const channel of this.#channels) channel.watermarkMs = Math.max(channel.watermarkMs, item.watermarkMs);
        this.#watermarksHeld++;
      }
      if (this.#watermarksHeld >= limits.channelWatermarksHeld && !this.flush()) return false;
      this.#accepted = false;
      return true;
    }
    if (!this.#accepted) {
      const overtakes = item.kind === 'barrier' && this.#faults.barrierOvertakesRows;
      if (!overtakes && !this.flush()) return false;
      this.#accepted = true;
      for (const channel of this.#channels) channel.signalled = false;
    }
    let all = true;
    for (const channel of this.#channels) all = channel.signal(item) && all;
    if (all) this.#accepted = false;
    return all;
  }

  flush(): boolean {
    let all = true;
    for (const channel of this.#channels) all = channel.flush() && all;
    if (all) this.#watermarksHeld = 0;
    return all;
  }

  closed(): boolean {
    return this.#channels.length > 0 && this.#channels.every(channel => channel.closed);
  }

  close(): void {
    for (const channel of this.#channels) channel.close();
  }

  #offerBatch(batch: Batch): boolean {
    const arena = this.#code.memory.arena;
    if (this.#routes === undefined) {
      this.#routes = this.#router?.route(batch) ?? [{ rows: 0, count: batch.length }];
      this.#sent = this.#channels.map(() => 0);
    }
    let all = true;
    for (const [position, channel] of this.#channels.entries()) {
      const { count } = this.#routes[position]!;
      let sent = this.#sent[position]!;
      while (sent < count) {
        if (this.#routes[position]!.rows === 0 && sent > 0)
          this.#routes[position] = { rows: rowNumbers(batch, this.#code), count };
        const { rows } = this.#routes[position]!;
        const mark = arena.mark();
        const appended = channel.append(batch, rows === 0 ? 0 : rows + 4 * sent, count - sent);
        arena.release(mark);
        if (appended === 0) {
          all = false;
          break;
        }
        sent += appended;
        this.#sent[position] = sent;
      }
    }
    if (all) this.#routes = undefined;
    return all;
  }
}

/** Row numbers 0, 1, 2, …: for a batch that goes to one consumer in pieces. */
function rowNumbers(batch: Batch, code: TaskCode): number {
  const numbers = code.memory.arena.allocate(4 * batch.length);
  const words = code.memory.u32.subarray(numbers >> 2, (numbers >> 2) + batch.length);
  for (let row = 0; row < batch.length; row++) words[row] = row;
  return numbers;
}

class OutputChannel {
  readonly #target: ExchangeTarget;
  readonly #layout: BufferLayout;
  readonly #rowsSent: number;
  readonly #code: TaskCode;
  readonly #free: GatherBuffer[] = [];
  readonly #sent: { buffer: GatherBuffer; count: number }[] = [];
  #gathering: GatherBuffer | undefined;
  watermarkMs = Number.NEGATIVE_INFINITY;
  #watermarkSentMs = Number.NEGATIVE_INFINITY;
  signalled = false;

  constructor(target: ExchangeTarget, layout: BufferLayout, code: TaskCode, rowsSent: number) {
    this.#rowsSent = rowsSent;
    this.#target = target;
    this.#layout = layout;
    this.#code = code;
  }

  get closed(): boolean {
    return this.#target.ring.closed;
  }

  /** Takes some of the rows; 0 when the channel is full. */
  append(batch: Batch, index: number, count: number): number {
    if (this.closed) return count;
    this.#gathering ??= this.#newBuffer();
    let room = this.#gathering.roomFor(count);
    if (room === 0) {
      if (!this.flush()) return 0;
      this.#gathering = this.#newBuffer();
      room = this.#gathering.roomFor(count);
    }
    this.#gathering.append(batch, index, room);
    if (this.#gathering.rows >= this.#rowsSent) this.flush();
    return room;
  }

  /** Sends the rows gathered and the watermark; false when there is no room. */
  flush(): boolean {
    const { ring, wakeConsumer } = this.#target;
    if (this.closed) return true;
    const buffer = this.#gathering;
    if (buffer !== undefined && buffer.rows > 0) {
      if (!ring.hasRoom('batch')) return false;
      buffer.seal();
      this.#sent.push({ buffer, count: (ring.head() + 1) | 0 });
      const watermarkMs = this.watermarkMs > this.#watermarkSentMs ? this.watermarkMs : Number.NaN;
      ring.write({ kind: 'batch', address: buffer.address, bytes: buffer.usedBytes, rows: buffer.rows, watermarkMs });
      this.#gathering = undefined;
    } else if (this.watermarkMs > this.#watermarkSentMs) {
      if (!ring.hasRoom('signal')) return false;
      ring.write({ kind: 'watermark', watermarkMs: this.watermarkMs });
    } else return true;
    this.#watermarkSentMs = this.watermarkMs;
    wakeConsumer();
    return true;
  }

  /** After {@link flush}; a signal that has been sent is not sent again. */
  signal(item: Exclude<OutputItem, { kind: 'batch' }>): boolean {
    if (this.signalled || this.closed) return true;
    if (!this.#target.ring.hasRoom('signal')) return false;
    this.#target.ring.write(item);
    this.#target.wakeConsumer();
    this.signalled = true;
    return true;
  }

  close(): void {
    // buffers the consumer may still read stay: the memory goes with the task
    this.#gathering?.close();
    this.#gathering = undefined;
  }

  #newBuffer(): GatherBuffer {
    const tail = this.#target.ring.tail();
    while (this.#sent.length > 0 && ((this.#sent[0]!.count - tail) | 0) <= 0) this.#free.push(this.#sent.shift()!.buffer);
    const buffer = this.#free.pop() ?? new GatherBuffer(this.#code.memory, this.#code.kernels, this.#layout);
    buffer.reset();
    return buffer;
  }
}
