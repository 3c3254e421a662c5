import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { casesFolder, TypeLab } from './support/compile.ts';
import { documentedFiles, exampleProgram, examplesOf, readmeExamples } from './support/examples.ts';
import { longChain, manyQueries } from './support/programs.ts';

/** 500 joined queries over 50 tables of 61 columns. Without a limit a small change of a type can make programs ten times slower to check. */
const instantiationsMax = 300_000;

let lab: TypeLab;
beforeAll(() => {
  lab = new TypeLab();
});
afterAll(() => lab.close());

describe('what the compiler says', () => {
  it.each(['app.ts', 'kinds.ts', 'functions.ts'])('%s compiles', file => {
    expect(lab.compile(casesFolder, [file]).lines).toEqual([]);
  });

  it.each(['sketch', 'bad', 'more-mistakes', 'functions-wrong'])('%s.ts: exactly these messages', name => {
    const text = `${lab.compile(casesFolder, [`${name}.ts`]).lines.join('\n')}\n`;
    const expected = join(casesFolder, `${name}.expected.txt`);
    if (process.env['UPDATE_EXPECTED']) writeFileSync(expected, text);
    expect(text).toBe(readFileSync(expected, 'utf8'));
  });
});

describe('what it costs', () => {
  it(`500 queries over 50 tables of 61 columns take at most ${instantiationsMax} instantiations`, () => {
    const { lines, instantiations } = lab.compileText(manyQueries(50, 61, 500));
    expect(lines).toEqual([]);
    expect(instantiations).toBeLessThan(instantiationsMax);
  });

  it('a chain of 60 steps compiles', () => {
    expect(lab.compileText(longChain(60)).lines).toEqual([]);
  });
});

describe('examples of the documentation', () => {
  it('compile', () => {
    const examples = documentedFiles.flatMap(file => examplesOf(file));
    expect(examples.length).toBeGreaterThan(15);
    const program = exampleProgram([...examples.map(example => example.code), ...readmeExamples('table-api/README.md')]);
    expect(lab.compileText(program).lines).toEqual([]);
  });
});
