import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseExpression, parseScript, parseStatement } from '../../core/sql/parse.ts';
import { unparseExpression, unparseStatement } from '../../core/sql/unparse.ts';
import { expression, statement } from './arbitrary-statements.ts';
import { corpusFiles, readCorpus, withoutSpans } from './support.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
const runs = Number(process.env.RUNS ?? 500);

describe(`generated trees (SEED=${seed})`, () => {
  it('an expression is read as it was printed', () => {
    fc.assert(
      fc.property(expression, tree => {
        const text = unparseExpression(tree);
        expect(withoutSpans(parseExpression(text)), text).toEqual(withoutSpans(tree));
      }),
      { seed, numRuns: runs },
    );
  });

  it('a statement is read as it was printed', () => {
    fc.assert(
      fc.property(statement, tree => {
        const text = unparseStatement(tree);
        expect(withoutSpans(parseStatement(text)), text).toEqual(withoutSpans(tree));
      }),
      { seed, numRuns: runs },
    );
  });

  it('statements stay apart in a script', () => {
    fc.assert(
      fc.property(fc.array(statement, { maxLength: 4 }), trees => {
        const text = trees.map(tree => `${unparseStatement(tree)};\n`).join('-- a comment; with a semicolon\n');
        const { statements, errors } = parseScript(text);
        expect(errors).toEqual([]);
        expect(withoutSpans(statements)).toEqual(withoutSpans(trees));
      }),
      { seed, numRuns: Math.ceil(runs / 10) },
    );
  });
});

describe(`bad text (SEED=${seed})`, () => {
  const corpus = corpusFiles.map(readCorpus).join('\n');
  const tokens = [...new Set(corpus.match(/\w+|[^\s\w]/g) ?? [])];

  it('gives errors with places, never anything else', () => {
    const soup = fc
      .array(fc.oneof(fc.constantFrom(...tokens), fc.string({ maxLength: 3 })), { maxLength: 40 })
      .map(words => words.join(' '));
    const mutated = fc
      .tuple(fc.nat(corpus.length - 1), fc.nat(400), fc.nat(30), fc.nat(20), fc.constantFrom(...tokens))
      .map(([start, length, at, cut, word]) => {
        const piece = corpus.slice(start, start + length);
        return `${piece.slice(0, at)} ${word} ${piece.slice(at + cut)}`;
      });
    fc.assert(
      fc.property(fc.oneof(soup, mutated), text => {
        for (const error of parseScript(text).errors) {
          expect(error.domain).toBe('user');
          expect(error.span, error.message).toBeDefined();
          expect(error.span!.start).toBeGreaterThanOrEqual(0);
          expect(error.span!.end).toBeLessThanOrEqual(text.length);
          expect(error.message).not.toMatch(/undefined|\[object/);
        }
      }),
      { seed, numRuns: runs * 2 },
    );
  });
});
