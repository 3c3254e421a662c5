import { describe, expect, test } from 'vitest';
import { readRows } from '../../core/columnar/read-values.ts';
import { type Schema, types } from '../../core/columnar/types.ts';
import { valuesToBatch } from '../../core/columnar/write-values.ts';
import { seededRandom } from '../../core/common/environment.ts';
import type { Operator } from '../../core/operators/contract.ts';
import { Chain, type OutputItem } from '../../core/runtime/chain.ts';
import { counterIndex, newCounters } from '../../core/runtime/counters.ts';
import { testTask } from '../support/compute.ts';

const schema: Schema = [{ name: 'n', type: types.bigint(false) }];

/** Emits each row of its input `copies` times, one output batch of one row a call. */
function repeater(copies: number): Operator {
  let done = 0;
  return {
    processBatch(batch, context) {
      const rows = readRows(context.memory, batch);
      const row = Math.floor(done / copies);
      // garbage that the chain has to give back
      context.memory.arena.allocate(100_000);
      context.emit(valuesToBatch(context.memory, schema, [[(rows[row]![0] as bigint) * 10n + BigInt(done % copies)]]));
      if (++done < copies * rows.length) return 'more';
      done = 0;
      return 'done';
    },
    onWatermark(watermarkMs, context) {
      context.emit(valuesToBatch(context.memory, schema, [[BigInt(watermarkMs)]]));
      if (++done < 2) return 'more';
      done = 0;
      return 'done';
    },
  };
}

describe('a chain', () => {
  const task = testTask();
  const build = (operators: readonly Operator[], accept: () => boolean) => {
    const out: string[] = [];
    const show = (item: OutputItem): string => {
      if (item.kind === 'batch')
        return readRows(task.memory, item.batch)
          .map(row => String(row[0]))
          .join(',');
      return item.kind === 'watermark' ? `w${item.watermarkMs}` : item.kind;
    };
    const chain = new Chain(
      operators.map((operator, index) => ({ id: `o${index}`, operator, counters: newCounters() })),
      {
        offer(item) {
          if (!accept()) return false;
          out.push(show(item));
          return true;
        },
      },
      task,
    );
    return { chain, out };
  };
  const feed = (chain: Chain, random = seededRandom(1)) => {
    const drive = () => {
      for (;;) {
        const state = chain.advance(1 + (random.next32() % 3), 0);
        if (state === 'idle') break;
      }
      task.memory.arena.reset();
    };
    for (const rows of [[1n], [2n, 3n]]) {
      chain.push({
        kind: 'batch',
        batch: valuesToBatch(
          task.memory,
          schema,
          rows.map(n => [n]),
        ),
        input: 0,
        split: 0,
      });
      drive();
    }
    for (const signal of [
      { kind: 'watermark', watermarkMs: 7 },
      { kind: 'watermark', watermarkMs: 5 },
      { kind: 'barrier', barrier: { checkpointId: 1 } },
      { kind: 'idle', idle: true },
      { kind: 'end' },
    ] as const) {
      chain.push(signal);
      drive();
    }
  };

  const expected = ['1', '2', '3'].flatMap(row => ['0', '1', '2'].map(i => row + i)).flatMap(row => ['0', '1'].map(i => row + i));
  const fromWatermark = ['70', '71', '70', '71', '7', '7', 'w7'];

  test('runs deeper levels first, keeps signals in order, and drops a watermark that does not rise', () => {
    const { chain, out } = build([repeater(3), repeater(2)], () => true);
    feed(chain);
    expect(out).toEqual([...expected, ...fromWatermark, 'barrier', 'idle', 'end']);
  });

  test('gives the same when its output is full at any time, for 200 seeds', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = seededRandom(seed);
      const { chain, out } = build([repeater(3), repeater(2)], () => random.next32() % 3 === 0);
      feed(chain, random);
      expect(out, `seed ${seed}`).toEqual([...expected, ...fromWatermark, 'barrier', 'idle', 'end']);
    }
  });

  test('gives memory back after every call: many outputs do not add up', () => {
    const { chain } = build([repeater(1000), repeater(2)], () => true);
    const before = task.memory.sizeBytes;
    feed(chain);
    // 100 kB a call and 3000 calls at least
    expect(task.memory.sizeBytes - before).toBeLessThan(8 << 20);
  });

  test('a blocked operator is called again with the same input, and nothing is lost', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const random = seededRandom(seed);
      const written: string[] = [];
      const sink: Operator = {
        processBatch(batch, context) {
          if (random.next32() % 2 === 0) return 'blocked';
          written.push(String(readRows(context.memory, batch)[0]![0]));
          return 'done';
        },
        onEnd: () => (random.next32() % 4 === 0 ? 'done' : 'blocked'),
      };
      const { chain, out } = build([repeater(3), repeater(2), sink], () => true);
      feed(chain, random);
      expect(written).toEqual([...expected, ...fromWatermark.slice(0, -1)]);
      expect(out).toEqual(['w7', 'barrier', 'idle', 'end']);
    }
  });

  test('counts rows, batches and calls', () => {
    const counters = newCounters();
    const chain = new Chain([{ id: 'o', operator: repeater(3), counters }], { offer: () => true }, task);
    feed(chain);
    expect(counters[counterIndex.rowsIn]).toBe(3);
    expect(counters[counterIndex.batchesIn]).toBe(2);
    expect(counters[counterIndex.rowsOut]).toBe(11);
    expect(counters[counterIndex.watermarkMs]).toBe(7);
  });

  test('sends a watermark an operator emits after the batch of the same call', () => {
    const assigner: Operator = {
      processBatch(batch, context) {
        context.emit(batch);
        context.emitWatermark(Number(readRows(context.memory, batch)[0]![0]));
        return 'done';
      },
      outputWatermarkMs: watermarkMs => (watermarkMs === Number.POSITIVE_INFINITY ? watermarkMs : Number.NEGATIVE_INFINITY),
    };
    const { chain, out } = build([assigner, repeater(1)], () => true);
    feed(chain);
    expect(out).toEqual(['10', '1', '1', 'w1', '20', '30', '2', '2', 'w2', 'barrier', 'idle', 'end']);
  });

  test('says which operator failed', () => {
    const failing: Operator = {
      processBatch() {
        throw new Error('no');
      },
    };
    const { chain } = build([repeater(1), failing], () => true);
    expect(() => feed(chain)).toThrow('no');
    expect(chain.operatorId).toBe('o1');
  });
});
