import type { Column } from '../columnar/batch.ts';
import { TidemillError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import { guarded } from '../wasm/guards.ts';
import type { TaskMemory } from '../wasm/memory.ts';
import { type ComponentColumn, toComponent } from './component-columns.ts';
import { ComponentInstance, type ProcessedColumns } from './component-instance.ts';
import { badComponentResult, type MadeRows, madeRows } from './component-rows.ts';
import { EndlessWork } from './endless.ts';
import type { UdfModule } from './load-udf.ts';
import type { ProcessSignature } from './process-signature.ts';
import {
  badTimerRequest,
  isTimerNameTooLong,
  type TimerRequest,
  timeMsMax,
  timerAction,
  timerRequest,
} from './timer-requests.ts';

/** Rows of a batch for a process function: those at the given numbers. */
export interface ProcessColumns {
  readonly rows: Int32Array;
  readonly arguments: readonly Column[];
  /** A number of its partition a row. */
  readonly groups: Uint32Array;
  readonly partitions: number;
  /** Address of one i8 a row, or 0. */
  readonly weights: number;
  /** Address of one i64 a row, or 0, and how many of its units a millisecond has. */
  readonly times: number;
  readonly unitsPerMs: number;
  readonly watermarkMs: number;
}

/** What came of rows or timers. */
export interface ProcessAnswer {
  /** Each of a row that was given, or of a timer. */
  readonly made: MadeRows;
  /** Of all partitions that were given. */
  readonly states: readonly ComponentColumn[];
  /** In the order in which they were asked for, by the number of the partition. */
  readonly requests: ReadonlyMap<number, readonly TimerRequest[]>;
}

/**
 * A process table function of a component. It gets rows of many partitions at once, with the states of these as columns, and gives rows, states and timer
 * requests back; nothing of a partition stays in the component between two calls.
 *
 * @example
 * const { made, states, requests } = process.rows(columns, states.load(payloads, isExpired));
 */
export class ComponentProcess {
  readonly signature: ProcessSignature;
  readonly #memory: TaskMemory;
  readonly #instance: ComponentInstance;
  readonly #work: EndlessWork;

  /** @throws TidemillError `udf-export` when the component has no such function. */
  constructor(module: UdfModule, functionName: string, memory: TaskMemory) {
    const found = module.tabular.find(entry => entry.kind === 'process' && entry.name === functionName);
    if (found?.kind !== 'process')
      throw new TidemillError('udf-export', `${module.name} has no process table function '${functionName}'`);
    this.signature = found;
    this.#memory = memory;
    this.#instance = new ComponentInstance(module, functionName);
    this.#work = new EndlessWork(functionName, module.limits);
  }

  /** Gives it rows. @throws TidemillError `udf-trap`, `udf-fuel`, `udf-stack`, `udf-error`, `udf-result`, naming the function. */
  rows(given: ProcessColumns, states: readonly ComponentColumn[]): ProcessAnswer {
    const { rows, partitions, groups } = given;
    const { name } = this.signature;
    const inputs = given.arguments.map(column => toComponent(this.#memory, column, rows));
    const weights = given.weights === 0 ? nothing : Uint8Array.from(rows, row => this.#memory.u8[given.weights + row]!);
    const times = given.times === 0 ? nothing : this.#timesOf(given);
    const watermark = watermarkOf(given.watermarkMs);
    const answer = this.#instance.call('callProcess', rows.length, run =>
      run(name, rows.length, partitions, bytesOf(groups), times, weights, watermark, states, inputs),
    );
    return this.#checked(answer, rows.length, partitions);
  }

  /** Timers begin to fire, with so many set. */
  beginTimers(set: number): void {
    this.#work.beginTimers(set);
  }

  /** Gives it timers that are due, each of another partition: the first of each. @throws TidemillError as {@link rows}. */
  timers(
    due: readonly { readonly timeMs: number; readonly name: Uint8Array }[],
    watermarkMs: number,
    states: readonly ComponentColumn[],
  ): ProcessAnswer {
    for (let index = 0; index < due.length; index++) this.#work.fires();
    const times = BigInt64Array.from(due, ({ timeMs }) => BigInt(timeMs));
    const answer = this.#instance.call('callTimers', due.length, run =>
      run(
        this.signature.name,
        due.length,
        bytesOf(times),
        textColumn(due.map(({ name }) => name)),
        watermarkOf(watermarkMs),
        states,
      ),
    );
    return this.#checked(answer, due.length, due.length);
  }

  /** Milliseconds, rounded down. A call costs so much more a row that 64-bit integers may be JavaScript's here. */
  #timesOf({ rows, times, unitsPerMs }: ProcessColumns): Uint8Array {
    const words = new DataView(this.#memory.memory.buffer);
    const units = BigInt(unitsPerMs);
    const made = BigInt64Array.from(rows, row => {
      const time = words.getBigInt64(times + 8 * row, true);
      return time / units - (time % units < 0n ? 1n : 0n);
    });
    return bytesOf(made);
  }

  #checked([rows, states, timers]: ProcessedColumns, given: number, partitions: number): ProcessAnswer {
    const { name, columns } = this.signature;
    return { made: madeRows(name, columns, rows, given), states, requests: this.#requestsOf(timers, partitions) };
  }

  #requestsOf(columns: readonly ComponentColumn[], partitions: number): ReadonlyMap<number, readonly TimerRequest[]> {
    const { name: functionName } = this.signature;
    const found = new Map<number, TimerRequest[]>();
    if (columns.length === 0) return found;
    const [of, actions, times, names] = columns;
    const count = of!.data.length >>> 2;
    const checked = guarded('component-columns');
    if (checked && columns.length !== 4)
      throw badComponentResult(functionName, `returned ${columns.length} columns of timer requests, not 4`);
    const bytes = [of!.data.length, actions!.data.length, times!.data.length, names!.data.length];
    if (checked && bytes.join() !== [4 * count, count, 8 * count, 4 * (count + 1)].join())
      throw badComponentResult(functionName, `returned ${bytes.join(', ')} bytes of timer requests, which are not as many each`);
    const numbers = viewOf(of!.data);
    const milliseconds = viewOf(times!.data);
    const ends = viewOf(names!.data);
    for (let index = 0; index < count; index++) {
      const partition = numbers.getUint32(4 * index, true);
      if (guarded('timer-requests') && partition >= partitions)
        throw badTimerRequest(functionName, `asks for a timer of partition ${partition}, of ${partitions} that it was given`);
      const kind = timerAction(functionName, actions!.data[index]!);
      const [start, end] = [ends.getInt32(4 * index, true), ends.getInt32(4 * index + 4, true)];
      const outside = start < 0 || end < start || end > names!.text.length;
      if (guarded('timer-requests') && (outside || isTimerNameTooLong(end - start)))
        throw badTimerRequest(functionName, `gives a timer a name of more than ${limits.udfTimerNameBytesMax} bytes, or none`);
      const timeMs = kind === 'clear-all' ? 0 : Number(milliseconds.getBigInt64(8 * index, true));
      const request = timerRequest(functionName, kind, timeMs, names!.text.slice(start, end));
      const requests = found.get(partition);
      if (requests === undefined) found.set(partition, [request]);
      else requests.push(request);
    }
    return found;
  }
}

const nothing = new Uint8Array();

const bytesOf = (values: Uint32Array | BigInt64Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** None before the first; at the end of the input the last time there is. */
function watermarkOf(watermarkMs: number): bigint | undefined {
  if (Number.isFinite(watermarkMs)) return BigInt(watermarkMs);
  return watermarkMs > 0 ? BigInt(timeMsMax) : undefined;
}

function textColumn(parts: readonly Uint8Array[]): ComponentColumn {
  const ends = new Int32Array(parts.length + 1);
  for (const [index, part] of parts.entries()) ends[index + 1] = ends[index]! + part.length;
  const text = new Uint8Array(ends[parts.length]!);
  for (const [index, part] of parts.entries()) text.set(part, ends[index]!);
  return { validity: nothing, data: new Uint8Array(ends.buffer), text };
}
