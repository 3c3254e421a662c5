import { describe, expect, it } from 'vitest';
import type { StatementKind } from '../../core/sql/ast/statement.ts';
import { parseScript, parseStatement } from '../../core/sql/parse.ts';
import { unparseStatement } from '../../core/sql/unparse.ts';
import { corpusFiles, readCorpus, withoutSpans } from './support.ts';

describe('the corpus', () => {
  const scripts = corpusFiles.map(name => ({ name, text: readCorpus(name) }));

  for (const { name, text } of scripts)
    it(`${name}: every statement is read, and read again from what is printed`, () => {
      const { statements, errors } = parseScript(text, `${name}.sql`);
      expect(errors.map(error => `${error.message} at ${text.slice(error.span?.start, (error.span?.start ?? 0) + 60)}`)).toEqual(
        [],
      );
      for (const statement of statements) {
        const printed = unparseStatement(statement);
        const source = text.slice(statement.span.start, statement.span.end);
        let again: ReturnType<typeof parseStatement>;
        try {
          again = parseStatement(printed);
        } catch (error) {
          throw new Error(`${source}\nis printed as\n${printed}\nwhich gives: ${error}`);
        }
        expect(withoutSpans(again), `${source}\n→ ${printed}`).toEqual(withoutSpans(statement));
        expect(unparseStatement(again)).toBe(printed);
      }
    });

  it('has 250 statements or more, of every kind', () => {
    const statements = scripts.flatMap(({ text }) => parseScript(text).statements);
    expect(statements.length).toBeGreaterThanOrEqual(250);
    const kinds: Record<StatementKind, true> = {
      query: true,
      insert: true,
      'statement-set': true,
      'create-table': true,
      'alter-table': true,
      'create-view': true,
      'alter-view': true,
      'create-function': true,
      'alter-function': true,
      'create-catalog': true,
      'alter-catalog': true,
      'create-database': true,
      'alter-database': true,
      drop: true,
      use: true,
      'use-modules': true,
      set: true,
      reset: true,
      show: true,
      describe: true,
      explain: true,
      'explain-stall': true,
      'stop-job': true,
      analyze: true,
      update: true,
      delete: true,
      truncate: true,
      'call-procedure': true,
      'load-module': true,
      'unload-module': true,
      jar: true,
      'compile-plan': true,
      'execute-plan': true,
      'create-model': true,
      'alter-model': true,
      'create-materialized-table': true,
      'alter-materialized-table': true,
    };
    expect([...new Set(statements.map(statement => statement.kind))].sort()).toEqual(Object.keys(kinds).sort());
  });

  it('spans cover exactly the statement, and lie inside their parents', () => {
    for (const { text } of scripts)
      for (const statement of parseScript(text).statements) {
        const source = text.slice(statement.span.start, statement.span.end);
        expect(withoutSpans(parseStatement(source)), source).toEqual(withoutSpans(statement));
        checkNesting(statement, statement.span, source);
      }
  });
});

function checkNesting(node: unknown, outer: { start: number; end: number }, source: string): void {
  if (Array.isArray(node)) {
    for (const item of node) checkNesting(item, outer, source);
    return;
  }
  if (node === null || typeof node !== 'object') return;
  const span = (node as { span?: { start: number; end: number } }).span ?? outer;
  const inside = span.start >= outer.start && span.end <= outer.end && span.start <= span.end;
  expect(
    inside,
    `${(node as { kind?: string }).kind} ${span.start}–${span.end} outside ${outer.start}–${outer.end} in ${source}`,
  ).toBe(true);
  for (const [key, value] of Object.entries(node)) if (key !== 'span') checkNesting(value, span, source);
}
