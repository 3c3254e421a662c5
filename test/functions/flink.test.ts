import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { functionCaseNames, readFunctionCases, readFunctionGolden } from '../support/function-cases.ts';
import { compareFile, isKnown, knownDifferences } from '../support/function-comparison.ts';
import { functionStatusFile, functionStatusText } from '../support/function-status.ts';
import { projectRoot } from '../support/source-files.ts';

const comparisons = new Map<string, ReturnType<typeof compareFile>>();
const compared = (file: string): ReturnType<typeof compareFile> => {
  const found = comparisons.get(file) ?? compareFile(file);
  comparisons.set(file, found);
  return found;
};

describe('functions as Flink computes them: generated code, default, references', () => {
  it.each(functionCaseNames())('%s', async file => {
    const golden = readFunctionGolden(file).flatMap(block => Object.keys(block.answers));
    expect(golden, 'npm run oracle:functions').toEqual(
      readFunctionCases(file).flatMap(block => [...new Set(block.expressions.map(({ text }) => text))]),
    );
    const { differences } = await compared(file);
    const unknown = differences.filter(difference => !knownDifferences.some(known => isKnown(difference, known)));
    expect(
      unknown.map(({ expression, way, flink, ours }) => `${expression} (${way})\n  Flink: ${flink}\n  ours:  ${ours}`),
    ).toEqual([]);
    const gone = knownDifferences.filter(known => known.file === file && !differences.some(one => isKnown(one, known)));
    expect(gone, 'known differences that are none').toEqual([]);
  });

  it('have their state in the documentation', async () => {
    const all = await Promise.all(functionCaseNames().map(compared));
    expect(readFileSync(join(projectRoot, functionStatusFile), 'utf8'), 'npm run functions:status').toBe(functionStatusText(all));
  });
});
