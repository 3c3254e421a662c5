import { describe, expect, test } from 'vitest';
import { readRows } from '../../core/columnar/read-values.ts';
import { type Schema, types } from '../../core/columnar/types.ts';
import { valuesToBatch } from '../../core/columnar/write-values.ts';
import type { Operator } from '../../core/operators/contract.ts';
import { Chain, type OutputItem } from '../../core/runtime/chain.ts';
import { newCounters } from '../../core/runtime/counters.ts';
import { SimulatedClock } from '../../core/runtime/hosts/simulation.ts';
import { Task, type TaskParts } from '../../core/runtime/task.ts';
import { type InputEvent, SplitQueue, type TaskInput } from '../../core/runtime/task-input.ts';
import { testTask } from '../support/compute.ts';

const schema: Schema = [{ name: 'n', type: types.int(false) }];

/** A channel that gives what the test puts into it. */
class TestChannel implements TaskInput {
  readonly kind = 'channel';
  readonly port = 0;
  readonly polls = false;
  closed = false;
  readonly #events: (() => InputEvent)[] = [];
  put(...events: (InputEvent | (() => InputEvent))[]): void {
    this.#events.push(...events.map(event => (typeof event === 'function' ? event : () => event)));
  }
  take(): InputEvent | undefined {
    return this.#events.shift()?.();
  }
  close(): void {
    this.closed = true;
  }
  get left(): number {
    return this.#events.length;
  }
}

const watermark = (watermarkMs: number): InputEvent => ({ kind: 'watermark', watermarkMs });
const idle = (value: boolean): InputEvent => ({ kind: 'idle', idle: value });
const barrier = (checkpointId: number): InputEvent => ({ kind: 'barrier', barrier: { checkpointId } });
const end: InputEvent = { kind: 'end' };
const pass: Operator = {
  processBatch(batch, context) {
    context.emit(batch);
    return 'done';
  },
};

function setUp(channels: number, operator: Operator = pass, parts: Partial<TaskParts> = {}) {
  const code = testTask();
  const inputs = Array.from({ length: channels }, () => new TestChannel());
  const clock = new SimulatedClock();
  const out: string[] = [];
  const acknowledged: number[] = [];
  const state = { full: false, outputClosed: false };
  const show = (item: OutputItem): string => {
    if (item.kind === 'batch') return String(readRows(code.memory, item.batch).map(row => row[0]));
    if (item.kind === 'watermark') return `w${item.watermarkMs}`;
    if (item.kind === 'barrier') return `b${item.barrier.checkpointId}`;
    return item.kind === 'idle' ? `idle ${item.idle}` : item.kind;
  };
  const task = new Task({
    stageId: 's',
    subtask: 0,
    memory: code.memory,
    clock,
    chain: output => new Chain([{ id: 'o', operator, counters: newCounters() }], output, code),
    output: {
      offer(item) {
        if (state.full) return false;
        out.push(show(item));
        return true;
      },
      flush: () => true,
      closed: () => state.outputClosed,
      close() {},
    },
    channels: inputs,
    splitQueues: [],
    readContext: { memory: code.memory, kernels: code.kernels, wake() {}, epochMs: () => clock.epochMs() },
    counters: newCounters(),
    batchRows: 10,
    idleTimeoutMs: 0,
    acknowledge: ({ checkpointId }) => void acknowledged.push(checkpointId),
    ...parts,
  });
  const rows = (...numbers: number[]) => {
    return (): InputEvent => ({
      kind: 'batch',
      batch: valuesToBatch(
        code.memory,
        schema,
        numbers.map(n => [n]),
      ),
    });
  };
  /** Steps until nothing happens any more; what came out. */
  const run = (): string[] => {
    while (task.step() === 'progressed');
    return out.splice(0);
  };
  return { task, inputs, out, run, rows, clock, state, acknowledged, code };
}

describe('a task', () => {
  test('takes the least watermark of its live inputs', () => {
    const { inputs, run } = setUp(3);
    const [a, b, c] = inputs as [TestChannel, TestChannel, TestChannel];
    a.put(watermark(10));
    b.put(watermark(20));
    expect(run()).toEqual([]);
    c.put(watermark(15));
    expect(run()).toEqual(['w10']);
    a.put(watermark(12), watermark(11));
    expect(run()).toEqual(['w12']);
    a.put(idle(true));
    expect(run()).toEqual(['w15']);
    c.put(end);
    expect(run()).toEqual(['w20']);
    // one that comes back behind does not take the watermark back
    a.put(idle(false), watermark(16));
    expect(run()).toEqual([]);
    a.put(watermark(30));
    b.put(watermark(25));
    expect(run()).toEqual(['w25']);
    a.put(end);
    b.put(end);
    expect(run().slice(-2)).toEqual(['wInfinity', 'end']);
  });

  test('is idle when all live inputs are, at the furthest watermark', () => {
    const { inputs, run } = setUp(2);
    inputs[0]!.put(watermark(5), idle(true));
    inputs[1]!.put(watermark(9), idle(true));
    const out = run();
    expect(out.slice(-2)).toEqual(['w9', 'idle true']);
    inputs[1]!.put(idle(false));
    expect(run()).toEqual(['idle false']);
  });

  test('aligns barriers between batches: nothing behind a barrier overtakes it, ended inputs count as aligned', () => {
    const { inputs, run, rows, acknowledged } = setUp(3);
    const [a, b, c] = inputs as [TestChannel, TestChannel, TestChannel];
    a.put(rows(1), barrier(1), rows(2));
    b.put(rows(3));
    expect(run().sort()).toEqual(['1', '3']);
    expect(a.left).toBe(1);
    b.put(rows(4), barrier(1), rows(5));
    expect(run()).toEqual(['4']);
    c.put(end);
    const out = run();
    expect(out[0]).toBe('b1');
    expect(out.slice(1).sort()).toEqual(['2', '5']);
    expect(acknowledged).toEqual([1]);
  });

  test('is blocked by a full output exactly where it is, and goes on there', () => {
    const { task, inputs, rows, state, out } = setUp(1);
    state.full = true;
    inputs[0]!.put(rows(1), rows(2));
    while (task.step() === 'progressed');
    expect(task.step()).toBe('blocked');
    expect(inputs[0]!.left).toBe(1);
    state.full = false;
    while (task.step() === 'progressed');
    expect(out).toEqual(['1', '2']);
    expect(task.step()).toBe('idle');
  });

  test('ends when nobody downstream wants more, and tells those upstream', () => {
    const { inputs, rows, run, state, task } = setUp(2);
    inputs[0]!.put(rows(1));
    expect(run()).toEqual(['1']);
    state.outputClosed = true;
    inputs[0]!.put(rows(2), rows(3));
    expect(run()).toEqual(['2', 'end']);
    expect(inputs.map(input => input.closed)).toEqual([true, true]);
    expect(task.step()).toBe('done');
  });

  test('ends early when an operator is full, with the last watermark', () => {
    let seen = 0;
    const limit: Operator = {
      processBatch(batch, context) {
        seen += batch.length;
        context.emit(batch);
        return 'done';
      },
      finished: () => seen >= 2,
    };
    const { inputs, rows, run } = setUp(1, limit);
    inputs[0]!.put(rows(1, 2), rows(3));
    expect(run()).toEqual(['1,2', 'wInfinity', 'end']);
    expect(inputs[0]!.closed).toBe(true);
  });

  test('calls processing-time timers when they are due, once a step at one time', () => {
    const due = [10, 20, 20, 35];
    const fired: string[] = [];
    const timed: Operator = {
      ...pass,
      onTimer(timerMs, context) {
        due.shift();
        fired.push(`${timerMs}@${context.processingTimeMs}`);
        return 'done';
      },
      nextTimerMs: () => due[0],
    };
    const { task, run, clock } = setUp(1, timed);
    run();
    expect(task.nextStepMs(0)).toBe(10);
    clock.advance(22);
    run();
    expect(fired).toEqual(['10@22', '20@22', '20@22']);
    clock.advance(100);
    run();
    expect(fired.at(-1)).toBe('35@122');
  });

  test('stops: without draining windows stay open, with it the last watermark goes first', () => {
    for (const drain of [false, true]) {
      const { task, inputs, rows, run } = setUp(1);
      inputs[0]!.put(rows(1));
      run();
      task.post({ kind: 'stop', drain });
      expect(run()).toEqual(drain ? ['wInfinity', 'end'] : ['end']);
    }
  });

  test('opens new splits of an endless source and goes on when the known ones have ended', () => {
    const { memory } = testTask();
    const news: string[] = [];
    const operator: Operator = {
      ...pass,
      onSplit(split, state) {
        news.push(`${split} ${state}`);
        return 'done';
      },
    };
    const source = {
      discover: async () => [],
      open: (split: { id: string }) => {
        let read = false;
        return {
          tryRead: () => {
            if (read) return { kind: 'end' } as const;
            read = true;
            return { kind: 'batch', batch: valuesToBatch(memory, schema, [[Number(split.id)]]) } as const;
          },
          position: () => ({}),
          close() {},
        };
      },
    };
    const queue = new SplitQueue(0, source, [{ id: '1', data: {} }], false);
    const { task, run } = setUp(0, operator, { splitQueues: [queue], memory });
    expect(run().length).toBe(1);
    expect(news).toEqual(['0 active', '0 ended']);
    task.post({ kind: 'splits', port: 0, splits: [{ id: '2', data: {} }] });
    expect(run().length).toBe(1);
    expect(news).toEqual(['0 active', '0 ended', '0 active', '0 ended']);
    expect(task.done).toBe(false);
  });
});
