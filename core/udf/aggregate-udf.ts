import type { Column } from '../columnar/batch.ts';
import { storageBytes, storageOf, withNullable } from '../columnar/types.ts';
import { internalError, TidemillError } from '../common/errors.ts';
import { didYouMean } from '../common/nearest-names.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import { type AggregateLoop, aggregateLoop, blocksMax } from './aggregate-loop.ts';
import { stateBytesOf } from './aggregate-signature.ts';
import { type GuestInstance, startGuest, trapSite } from './guest-instance.ts';
import type { UdfAggregate, UdfModule } from './load-udf.ts';
import { charactersOffset, frameBytes, heapOffset, heapWordsBytes, trapStates } from './loop-target.ts';
import { rowErrorMessage } from './result-place.ts';
import { isText } from './signature.ts';
import { firstBadText, resultTextHint, type TextKernels } from './text-check.ts';
import { placeText } from './text-results.ts';
import { trapError } from './traps.ts';

/** Rows on their way into groups, whose accumulators lie at `base` behind the addresses of their rows. */
export interface AccumulateCall {
  readonly from: number;
  readonly to: number;
  /** Address of u32 row numbers, of which [from, to) are taken; 0: the rows [from, to). */
  readonly order: number;
  /** Address of each row's group, 0 = left out. */
  readonly rows: number;
  /** Address of a signed byte a row: 0 leaves it out, negative ones take it out again; 0: all count. */
  readonly weights: number;
  readonly columns: readonly Pick<Column, 'data' | 'validity'>[];
  readonly base: number;
}

/** Accumulators at sources[row] + base, or those in the views at `views`, on their way into those of `targets`. */
export interface MergeCall {
  readonly from: number;
  readonly to: number;
  readonly order: number;
  readonly targets: number;
  /** Address of a byte a row, 0 = left out; or 0. */
  readonly selection: number;
  readonly sources: number;
  readonly views: number;
  readonly base: number;
}

type Loops = Readonly<Record<AggregateLoop, (...args: number[]) => void>>;

interface Running {
  readonly guest: GuestInstance;
  readonly loops: Loops;
}

/**
 * An aggregate user function of one task: it takes rows into accumulators that the engine keeps. The module is instantiated at the first call, with
 * a memory of its own. A trap fails the job, because what is left of an accumulator then is no value.
 *
 * @example
 * const average = new AggregateUdf(module, 'weighted_average', taskMemory, kernels);
 * average.accumulate({ from: 0, to: batch.length, order: 0, rows, weights: 0, columns: batch.columns, base });
 */
export class AggregateUdf {
  readonly name: string;
  readonly function: UdfAggregate;
  readonly #module: UdfModule;
  readonly #memory: TaskMemory;
  readonly #kernels: TextKernels;
  readonly #blocksMax: number;
  #running: Running | undefined;
  /** Of the last call: mostly calls are over as many rows as the one before. */
  #fuelRows = -1;
  #fuelGiven = 0n;

  /** @throws TidemillError `udf-export` when the module has no such aggregate. */
  constructor(module: UdfModule, functionName: string, memory: TaskMemory, kernels: TextKernels) {
    this.function = findAggregate(module, functionName);
    this.name = functionName;
    this.#module = module;
    this.#memory = memory;
    this.#kernels = kernels;
    this.#blocksMax = blocksMax(this.function);
  }

  /**
   * Takes rows in, and with negative weights out.
   * @throws TidemillError `udf-trap`, `udf-fuel`, `udf-stack`, `udf-memory`, naming the function and the row.
   */
  accumulate(call: AccumulateCall): void {
    const { from, to, order, rows, weights, columns, base } = call;
    if (to <= from) return;
    const { arena } = this.#memory;
    const mark = arena.mark();
    const frame = this.#frame(columns);
    let shift = 31;
    let tags = 0;
    if (this.function.stateBytes !== undefined) {
      while (shift > 0 && 2 ** (32 - shift) < Math.min(to - from, this.#blocksMax)) shift--;
      tags = arena.allocateZeroed(4 * 2 ** (32 - shift));
    }
    this.#call(to - from, undefined, ({ loops }) => loops.accumulate(from, to, order, rows, weights, frame, base, tags, shift));
    arena.release(mark);
  }

  /** Takes accumulators into others. */
  merge(call: MergeCall): void {
    const { from, to, order, targets, selection, sources, views, base } = call;
    if (to <= from) return;
    this.#call(to - from, 'while it merges', ({ loops }) =>
      loops.merge(from, to, order, targets, selection, sources, views, base),
    );
  }

  /**
   * The results of groups as a column in the arena.
   * @throws TidemillError as {@link accumulate}, and `udf-result`.
   */
  finish(count: number, rows: number, base: number): Column {
    const { arena } = this.#memory;
    const { result } = this.function;
    const data = arena.allocate(count * storageBytes(storageOf(result)));
    const text = isText(result);
    const nullable = this.function.resultHasFlag || (result.nullable && (result.kind === 'DECIMAL' || text));
    const validityBytes = ((count + 63) >>> 6) * 8;
    const validity = nullable ? arena.allocate(validityBytes) : 0;
    if (nullable) this.#memory.u8.fill(0xff, validity, validity + validityBytes);
    const frame = arena.allocate(frameBytes(0) + heapWordsBytes);
    const words = this.#memory.u32;
    words[frame >>> 2] = data;
    words[(frame + 4) >>> 2] = validity;
    words.fill(0, (frame + heapOffset(0)) >>> 2, (frame + heapOffset(0) + heapWordsBytes) >>> 2);
    for (let start = 0; start < count; ) {
      this.#call(count - start, 'while it gives a result', ({ loops, guest }) => {
        loops.finish(start, count, rows, frame, base);
        start = count;
        if (Number(guest.state.value) === trapStates.rowError)
          throw new TidemillError('udf-error', `'${this.name}': ${rowErrorMessage(guest.memory, guest.pending.value as bigint)}`);
        if (Number(guest.state.value) !== trapStates.heapFull) return;
        const at = Number(guest.row.value);
        const { state, pending, memory } = guest;
        placeText(this.#memory, { state, pending, guest: memory }, data + 16 * at, frame + heapOffset(0));
        start = at + 1;
      });
    }
    const checked = result.kind === 'VARCHAR' && this.#memory.u32[(frame + heapOffset(0) + charactersOffset) >>> 2] !== 0;
    if (checked && firstBadText(this.#kernels, count, data) !== undefined)
      throw new TidemillError('udf-result', `'${this.name}' returned bytes that are not UTF-8`, {
        hint: resultTextHint,
      });
    return { type: nullable ? withNullable(result, true) : result, data, validity };
  }

  /** What a group begins with. */
  initial(): readonly number[] {
    const bytes = stateBytesOf(this.function);
    if (!this.function.hasInit) return new Array<number>(bytes).fill(0);
    const { arena } = this.#memory;
    const mark = arena.mark();
    const out = arena.allocateZeroed(bytes);
    this.#call(1, 'while it makes an accumulator', ({ loops }) => loops.init(out));
    const made = [...this.#memory.u8.subarray(out, out + bytes)];
    arena.release(mark);
    return made;
  }

  #frame(columns: AccumulateCall['columns']): number {
    const frame = this.#memory.arena.allocate(frameBytes(columns.length));
    const words = this.#memory.u32;
    let word = frame >>> 2;
    for (const { data, validity } of columns) {
      words[word++] = data;
      words[word++] = validity;
    }
    return frame;
  }

  #call(rows: number, place: string | undefined, run: (running: Running) => void): void {
    if (rows !== this.#fuelRows) {
      const { fuelPerBatch, fuelPerRow } = this.#module.limits;
      this.#fuelRows = rows;
      this.#fuelGiven = BigInt(fuelPerBatch) + BigInt(fuelPerRow) * BigInt(rows);
    }
    const fuelGiven = this.#fuelGiven;
    const running = (this.#running ??= this.#start());
    const { guest } = running;
    guest.fuel.value = fuelGiven;
    try {
      run(running);
    } catch (cause) {
      this.#running = undefined;
      const site = trapSite(this.#module, {
        functionName: this.name,
        row: Number(guest.row.value),
        place,
        fuelLeft: guest.fuel.value as bigint,
        fuelGiven,
        state: Number(guest.state.value),
        printed: guest.printed(),
      });
      throw trapError(cause, site);
    }
  }

  #start(): Running {
    const guest = startGuest(this.#module, this.name, this.#memory.memory);
    const loop = (part: AggregateLoop): Loops[AggregateLoop] => {
      const found = guest.exports[aggregateLoop(this.name, part)];
      if (typeof found === 'function') return found as Loops[AggregateLoop];
      return () => {
        throw internalError(`'${this.name}' has no ${part}`);
      };
    };
    return {
      guest,
      loops: { init: loop('init'), accumulate: loop('accumulate'), merge: loop('merge'), finish: loop('finish') },
    };
  }
}

/**
 * An aggregate of a module by its name.
 * @throws TidemillError `udf-export` with the nearest names.
 */
export function findAggregate(module: Pick<UdfModule, 'name' | 'aggregates'>, name: string): UdfAggregate {
  const found = module.aggregates.find(candidate => candidate.name === name);
  if (found !== undefined) return found;
  const names = module.aggregates.map(candidate => candidate.name);
  throw new TidemillError('udf-export', `${module.name} has no aggregate '${name}'`, { hint: didYouMean(name, names) });
}
