import { describe, expect, test } from 'vitest';
import { type Guard, guards } from '../../core/wasm/guards.ts';
import { sourceFiles } from '../support/source-files.ts';
import { components } from './modules/components.ts';
import { encodings } from './modules/encodings.ts';
import { endless } from './modules/endless.ts';
import { columns, groups, partitions } from './modules/kinds.ts';
import { memories } from './modules/memories.ts';
import { requests } from './modules/requests.ts';
import { results } from './modules/results.ts';
import { running } from './modules/running.ts';
import { signatures } from './modules/signatures.ts';
import { tables } from './modules/tables.ts';
import { type Hostile, outcomeOf, outcomeWithout } from './support.ts';

const themes: Readonly<Record<string, readonly Hostile[]>> = {
  'broken encodings': encodings,
  "the engine's memory": memories,
  'imports, sizes, features, names': requests,
  signatures,
  'running for long, and falling': running,
  'results that lie': results,
  'rows that lie': tables,
  'columns that lie': columns,
  'aggregates that lie': groups,
  'timers and states that lie': partitions,
  'parts that fall, and what never ends': endless,
  components,
};
const all = Object.values(themes).flat();
const isOurs = (guard: Hostile['guard']): guard is Guard => guard !== 'engine' && guard !== 'none';

function says(outcome: string, expected: string | RegExp): void {
  if (typeof expected === 'string') expect(outcome).toBe(expected);
  else expect(outcome).toMatch(expected);
}

describe.each(Object.entries(themes))('%s', (_theme, modules) => {
  test.each(modules.map(hostile => [hostile.name, hostile] as const))('%s', (_name, hostile) => {
    const outcome = outcomeOf(hostile);
    says(outcome, hostile.expected);
    expect(outcome).not.toContain('ENGINE MEMORY');
    if (!isOurs(hostile.guard)) {
      expect(hostile.without).toBeUndefined();
      return;
    }
    // Without its guard the test above would fail.
    const without = outcomeWithout(hostile, hostile.guard);
    says(without, hostile.without!);
    if (typeof hostile.expected === 'string') expect(without).not.toBe(hostile.expected);
    else expect(without).not.toMatch(hostile.expected);
  });
});

test('every guard has a module that only it stops, and there are many modules', () => {
  const stopped = new Set(all.map(hostile => hostile.guard));
  expect(Object.keys(guards).filter(guard => !stopped.has(guard as Guard))).toEqual([]);
  expect(all.length).toBeGreaterThanOrEqual(60);
  expect(new Set(all.map(hostile => hostile.name)).size).toBe(all.length);
});

test('nothing but tests can switch a guard off', () => {
  const uses = sourceFiles('core').filter(file => file.text.includes('withoutGuards'));
  expect(uses.map(file => file.path)).toEqual(['core/wasm/guards.ts']);
});

test('the table of what stops what', async () => {
  const plain = (text: string): string => text.replaceAll('|', '\\|');
  const lines = Object.entries(themes).flatMap(([theme, modules]) => [
    '',
    `## ${theme[0]!.toUpperCase()}${theme.slice(1)}`,
    '',
    '| module | stopped by | it ends in |',
    '|---|---|---|',
    ...modules.map(({ name, guard, expected }) => {
      const code = /^\^?(udf-\w+|wasm-\w+|values)/.exec(typeof expected === 'string' ? expected : expected.source)?.[1];
      const by =
        guard === 'engine' ? "the engine's own checks (V8)" : guard === 'none' ? 'nothing: it does no harm' : `\`${guard}\``;
      return `| ${plain(name)} | ${by} | ${code === 'values' ? 'results' : `\`${code}\``} |`;
    }),
  ]);
  const guardLines = Object.entries(guards).map(([guard, what]) => `| \`${guard}\` | ${plain(what)} |`);
  const table = [
    '# Hostile modules',
    '',
    `${all.length} modules that no user function should get away with. Written by \`hostile.test.ts\`, which runs each of them twice: as it is, and, where`,
    'a guard of ours stops it, with that guard switched off, when it must end in something else.',
    '',
    '| guard | what it holds |',
    '|---|---|',
    ...guardLines,
    ...lines,
    '',
  ].join('\n');
  await expect(table).toMatchFileSnapshot('README.md');
});
