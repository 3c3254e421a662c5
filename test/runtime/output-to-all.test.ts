import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { OutputItem } from '../../core/runtime/chain.ts';
import { outputToAll } from '../../core/runtime/exchange-output.ts';
import type { TaskOutput } from '../../core/runtime/task.ts';

/** Takes an item when the next of `answers` says so, and all once they are used up. */
function recorded(answers: readonly boolean[]): { readonly output: TaskOutput; readonly items: OutputItem[] } {
  const items: OutputItem[] = [];
  let asked = 0;
  const takes = (): boolean => answers[asked++] ?? true;
  const output: TaskOutput = {
    offer(item) {
      const taken = takes();
      if (taken) items.push(item);
      return taken;
    },
    flush: takes,
    closed: () => answers.length > 5,
    close() {},
  };
  return { output, items };
}

test('each output takes every item once and in order, however often another one is full', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.boolean(), { maxLength: 12 }), { minLength: 1, maxLength: 4 }), given => {
      const outputs = given.map(recorded);
      const all = outputToAll(outputs.map(each => each.output));
      const items = Array.from({ length: 8 }, (_, index): OutputItem => ({ kind: 'watermark', watermarkMs: index }));
      for (const item of items) while (!all.offer(item));
      for (const each of outputs) expect(each.items).toEqual(items);
      expect(all.closed()).toBe(given.every(answers => answers.length > 5));
    }),
  );
});
