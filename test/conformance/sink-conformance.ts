import { describe, expect, it } from 'vitest';
import type { Schema } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { valuesToBatch } from '../../core/columnar/write-values.ts';
import { type Random, seededRandom } from '../../core/common/environment.ts';
import type { CommitHandle, Sink, SinkWriter } from '../../core/connectors/contract.ts';
import { type TestTask, testTask } from '../support/source-reading.ts';

type Row = readonly Value[];

/** What a connector says of its sink, so that {@link describeSink} can hold it to the contract. One outside table for each time it is made. */
export interface SinkUnderTest {
  readonly schema: Schema;
  /** A row of this number: rows of different numbers differ. */
  readonly row: (number: number) => Row;
  /** The sink as a new process makes it. */
  readonly open: () => Sink;
  /** The rows a reader outside sees now, in any order; such as were never committed are not among them. */
  readonly read: () => Promise<readonly Row[]>;
  /** `exactly-once`: a row counts once. `at-least-once`: every row, some more than once, and visible before they are committed. */
  readonly guarantee: 'exactly-once' | 'at-least-once';
  /** What happens to a writer whose process dies; default nothing: nobody calls it any more. */
  readonly die?: (writer: SinkWriter) => Promise<void>;
  /** Random schedules of deaths to try; default 8. */
  readonly schedules?: number;
}

const pick = (random: Random, below: number): number => random.next32() % below;
const text = (row: Row): string => JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
/** A handle as it comes out of a checkpoint. */
const stored = (handle: CommitHandle | undefined): CommitHandle | undefined =>
  handle === undefined ? undefined : (JSON.parse(JSON.stringify(handle)) as CommitHandle);

class Process {
  readonly writer: SinkWriter;
  readonly #task: TestTask;
  readonly #of: SinkUnderTest;

  constructor(of: SinkUnderTest, subtask = 0, restored: readonly CommitHandle[] = []) {
    this.#of = of;
    this.#task = testTask();
    this.writer = of.open().open({ ...this.#task, subtask, parallelism: 2, output: () => undefined, restored });
  }

  /** Rows from one number up to another. */
  async write(from: number, to: number): Promise<void> {
    if (to <= from) return;
    const rows = Array.from({ length: to - from }, (_, index) => this.#of.row(from + index));
    const { memory } = this.#task;
    // a full writer gives its wake; asking again now and then does as well
    while (!this.writer.tryWrite(valuesToBatch(memory, this.#of.schema, rows)))
      await new Promise(resolve => setTimeout(resolve, 1));
    memory.arena.reset();
  }

  async commit(handle: CommitHandle | undefined): Promise<void> {
    if (handle !== undefined) await this.writer.commit(handle);
  }
}

/** What every sink must hold to (design §7): two phases, idempotent commits, and nothing lost or doubled whenever a process dies. */
export function describeSink(name: string, make: () => SinkUnderTest | Promise<SinkUnderTest>): void {
  describe(`sink ${name}`, () => {
    const numbers = (of: SinkUnderTest, from: number, to: number): string[] =>
      Array.from({ length: to - from }, (_, index) => text(of.row(from + index))).sort();
    const seen = async (of: SinkUnderTest): Promise<string[]> => (await of.read()).map(text).sort();
    /** The rows there are, and of a sink that may repeat them, each once. */
    const settled = async (of: SinkUnderTest): Promise<string[]> =>
      of.guarantee === 'exactly-once' ? seen(of) : [...new Set(await seen(of))];

    it('shows rows once they are committed, and commits again without harm', async () => {
      const of = await make();
      const process = new Process(of);
      await process.commit(stored(await process.writer.prepare(1)));
      await process.write(0, 5);
      await process.write(5, 7);
      const handle = stored(await process.writer.prepare(2));
      if (of.guarantee === 'exactly-once') expect(await seen(of)).toEqual([]);
      await process.commit(handle);
      await process.commit(handle);
      expect(await settled(of)).toEqual(numbers(of, 0, 7));
      await process.writer.close();
      expect(await settled(of)).toEqual(numbers(of, 0, 7));
    });

    it('leaves what is written during prepare to the next one', async () => {
      const of = await make();
      const process = new Process(of);
      await process.write(0, 4);
      const preparing = process.writer.prepare(1);
      await process.write(4, 9);
      await process.commit(stored(await preparing));
      if (of.guarantee === 'exactly-once') expect(await seen(of)).toEqual(numbers(of, 0, 4));
      await process.commit(stored(await process.writer.prepare(2)));
      expect(await settled(of)).toEqual(numbers(of, 0, 9));
      await process.writer.close();
    });

    it('drops what is aborted, and what was never prepared', async () => {
      const of = await make();
      if (of.guarantee !== 'exactly-once') return;
      const process = new Process(of);
      await process.write(0, 3);
      const handle = stored(await process.writer.prepare(1));
      if (handle !== undefined) {
        await process.writer.abort(handle);
        await process.writer.abort(handle);
      }
      await process.write(3, 6);
      await process.writer.close();
      expect(await seen(of)).toEqual([]);
    });

    it('lets writers of other subtasks settle what one that is gone had prepared', async () => {
      const of = await make();
      const gone = new Process(of, 1);
      await gone.write(0, 3);
      const handle = stored(await gone.writer.prepare(1));
      await of.die?.(gone.writer);
      const other = new Process(of, 0);
      await other.commit(handle);
      await other.write(3, 5);
      await other.commit(stored(await other.writer.prepare(2)));
      await other.writer.close();
      expect(await settled(of)).toEqual(numbers(of, 0, 5));
    });

    it('takes rows from several writers at a time', async () => {
      const of = await make();
      const writers = [new Process(of, 0), new Process(of, 1)];
      await writers[0]!.write(0, 10);
      await writers[1]!.write(10, 20);
      const handles = await Promise.all(writers.map(({ writer }) => writer.prepare(1)));
      await Promise.all(writers.map((process, index) => process.commit(stored(handles[index]))));
      await Promise.all(writers.map(({ writer }) => writer.close()));
      expect(await settled(of)).toEqual(numbers(of, 0, 20));
    });

    it('loses nothing and doubles nothing, whenever its process dies', { timeout: 200_000 }, async () => {
      const { schedules = 8 } = await make();
      for (let seed = 1; seed <= schedules; seed++) {
        const of = await make();
        const random = seededRandom(seed);
        const total = 20 + pick(random, 60);
        await throughDeaths(of, random, total);
        expect(await settled(of), `schedule ${seed}`).toEqual(numbers(of, 0, total));
      }
    });
  });
}

/** Writes so many rows over several processes, as a job does that goes on from its latest checkpoint. */
async function throughDeaths(of: SinkUnderTest, random: Random, total: number): Promise<void> {
  /** What the latest checkpoint has: rows read so far, and what is prepared and not known to be committed. */
  let checkpoint: { id: number; rows: number; handles: CommitHandle[] } = { id: 0, rows: 0, handles: [] };
  for (let deaths = 0; ; deaths++) {
    const mayDie = deaths < 6;
    const dies = (): boolean => mayDie && pick(random, 7) === 0;
    const settling = new Process(of);
    for (const handle of checkpoint.handles) await settling.commit(handle);
    await settling.writer.close();
    if (dies()) continue;
    const process = new Process(of, 0, checkpoint.handles);
    const waiting: CommitHandle[] = [];
    let read = checkpoint.rows;
    let alive = true;
    while (alive && read < total) {
      const to = Math.min(total, read + 1 + pick(random, 12));
      await process.write(read, to);
      read = to;
      if (pick(random, 2) === 0 && read < total) continue;
      if (dies()) break;
      const preparing = process.writer.prepare(checkpoint.id + 1);
      // rows of the next checkpoint come before this one is prepared
      const more = Math.min(total, read + pick(random, 4));
      const early = more > read && pick(random, 2) === 0;
      if (early) await process.write(read, more);
      const handle = stored(await preparing);
      if (handle !== undefined) waiting.push(handle);
      if (dies()) break;
      checkpoint = { id: checkpoint.id + 1, rows: read, handles: [...waiting] };
      if (early) read = more;
      alive = !dies();
      // a checkpoint's end may be heard of late, with the next one
      if (alive && pick(random, 4) > 0) {
        for (const each of [...waiting]) {
          await process.commit(each);
          waiting.shift();
          if (dies()) {
            alive = false;
            break;
          }
        }
      }
    }
    if (alive && read >= total && checkpoint.rows >= total) {
      for (const each of checkpoint.handles) await process.commit(each);
      await process.writer.close();
      return;
    }
    await of.die?.(process.writer);
  }
}
