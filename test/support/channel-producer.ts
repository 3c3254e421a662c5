// One end of a channel on a thread of its own, for the two-thread stress test.
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { batchOf } from '../../core/columnar/batch.ts';
import { type Schema, types } from '../../core/columnar/types.ts';
import { valuesToBatch } from '../../core/columnar/write-values.ts';
import { seededRandom } from '../../core/common/environment.ts';
import { loadKernels } from '../../core/kernels/index.ts';
import { BufferReader } from '../../core/runtime/buffer-reader.ts';
import { ExchangeInput } from '../../core/runtime/exchange-input.ts';
import { exchangeOutput } from '../../core/runtime/exchange-output.ts';
import { Ring } from '../../core/runtime/ring.ts';
import { Waker } from '../../core/runtime/waker.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';

export const stressSchema: Schema = [
  { name: 'number', type: types.bigint(false) },
  { name: 'half', type: types.int() },
  { name: 'text', type: types.string() },
];
/** Words of the control buffer: the producer sleeps on the first, the consumer on the second, then the ring. */
export const stressWords = { producer: 0, consumer: 16, ring: 32 } as const;

export interface StressPart {
  readonly control: SharedArrayBuffer;
  readonly producer: WebAssembly.Memory;
  readonly consumer: WebAssembly.Memory;
  readonly rows: number;
  readonly seed: number;
}
/** What the consumer has seen. */
export interface StressSums {
  readonly rows: number;
  readonly batches: number;
  readonly numbers: bigint;
  readonly halves: number;
  readonly nulls: number;
  readonly textBytes: number;
  readonly watermarks: number;
  readonly inOrder: boolean;
}

const textOf = (row: number): string => (row % 5 === 0 ? `t${row}` : `a text of row ${row} that does not fit into its view`);

/** Sends `rows` numbered rows in batches of random sizes, with watermarks between them, then the end; blocks the thread when full. */
export function produce(part: StressPart): void {
  const memory = new TaskMemory({ memory: part.producer });
  const code = {
    memory,
    kernels: loadKernels(memory),
    localTimeZone: 'UTC',
    userFunction: () => {
      throw new Error('none');
    },
  };
  const words = new Int32Array(part.control);
  const own = new Waker(words, stressWords.producer);
  const other = new Waker(words, stressWords.consumer);
  const ring = new Ring(words, stressWords.ring);
  const output = exchangeOutput({
    exchange: { kind: 'single', to: 'x' },
    schema: stressSchema,
    targets: [{ ring, wakeConsumer: () => other.wake() }],
    code,
    rowsSent: 512,
  });
  const untilTaken = (attempt: () => boolean): void => {
    while (!attempt()) {
      own.announceSleep();
      if (attempt()) {
        own.stayAwake();
        return;
      }
      own.sleep(1000);
    }
  };
  const random = seededRandom(part.seed);
  // strings are made once and reused by address: making millions of them would take the test's time
  const texts = valuesToBatch(
    memory,
    [stressSchema[2]!],
    Array.from({ length: 4096 }, (_, row) => [row % 7 === 0 ? null : textOf(row)]),
  ).columns[0]!;
  for (let first = 0; first < part.rows; ) {
    const mark = memory.arena.mark();
    const size = Math.min(1 + (random.next32() % (random.next32() % 10 === 0 ? 4096 : 300)), part.rows - first);
    const numbers = memory.arena.allocate(8 * size);
    const halves = memory.arena.allocate(4 * size);
    const validity = memory.arena.allocateZeroed(((size + 63) >> 6) * 8);
    for (let row = 0; row < size; row++) {
      memory.u32[(numbers >> 2) + 2 * row] = first + row;
      memory.u32[(numbers >> 2) + 2 * row + 1] = 0;
      memory.i32[(halves >> 2) + row] = (first + row) >> 1;
      if ((first + row) % 3 !== 0) memory.u8[validity + (row >> 3)]! |= 1 << (row & 7);
    }
    const batch = batchOf(size, [
      { type: stressSchema[0]!.type, validity: 0, data: numbers },
      { type: stressSchema[1]!.type, validity, data: halves },
      texts,
    ]);
    untilTaken(() => output.offer({ kind: 'batch', batch }));
    first += size;
    memory.arena.release(mark);
    if (random.next32() % 4 === 0) untilTaken(() => output.offer({ kind: 'watermark', watermarkMs: first }));
  }
  untilTaken(() => output.offer({ kind: 'end' }));
}

/** Takes what comes until the end; `wait` is how the thread waits. */
export async function consume(part: StressPart, wait: 'block' | 'event loop'): Promise<StressSums> {
  const memory = new TaskMemory({ memory: part.consumer });
  const kernels = loadKernels(memory);
  const words = new Int32Array(part.control);
  const own = new Waker(words, stressWords.consumer);
  const other = new Waker(words, stressWords.producer);
  const input = new ExchangeInput({
    port: 0,
    ring: new Ring(words, stressWords.ring),
    reader: new BufferReader(stressSchema, memory, kernels),
    consumerMemory: part.consumer,
    producerMemory: part.producer,
    wakeProducer: () => other.wake(),
    rowsMax: 2048,
  });
  let [rows, batches, halves, nulls, textBytes, watermarks] = [0, 0, 0, 0, 0, 0];
  let numbers = 0n;
  let [inOrder, last] = [true, Number.NEGATIVE_INFINITY];
  for (;;) {
    let event = input.take(8192);
    if (event === undefined) {
      own.announceSleep();
      event = input.take(8192);
      if (event === undefined) {
        if (wait === 'block') own.sleep(1000);
        else {
          const keepAlive = setTimeout(() => undefined, 2000);
          await own.sleepAsync(1000);
          clearTimeout(keepAlive);
        }
      }
      own.stayAwake();
      if (event === undefined) continue;
    }
    if (event.kind === 'end') return { rows, batches, numbers, halves, nulls, textBytes, watermarks, inOrder };
    if (event.kind === 'watermark') {
      watermarks++;
      if (event.watermarkMs <= last || event.watermarkMs > rows) inOrder = false;
      last = event.watermarkMs;
    }
    if (event.kind !== 'batch') continue;
    const [number, half, text] = event.batch.columns;
    const { u32, i32, u8 } = memory;
    batches++;
    for (let row = 0; row < event.batch.length; row++) {
      const value = u32[(number!.data >> 2) + 2 * row]!;
      if (value !== rows++) inOrder = false;
      numbers += BigInt(value);
      if ((u8[half!.validity + (row >> 3)]! >> (row & 7)) & 1) halves += i32[(half!.data >> 2) + row]!;
      else nulls++;
      const length = u32[(text!.data >> 2) + 4 * row]!;
      textBytes += length;
      // the last byte of each long text is fetched: a wrong address would not be a 'w'
      if (length > 12 && u8[u32[(text!.data >> 2) + 4 * row + 2]! + length - 1] !== 119) inOrder = false;
    }
    memory.arena.reset();
  }
}

if (!isMainThread && (workerData as { part?: StressPart } | null)?.part !== undefined) {
  const { part, role } = workerData as { part: StressPart; role: 'produce' | 'consume' };
  if (role === 'produce') {
    produce(part);
    parentPort!.postMessage('done');
  } else parentPort!.postMessage(await consume(part, 'block'));
}
