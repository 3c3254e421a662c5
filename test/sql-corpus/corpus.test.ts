import { describe, expect, it } from 'vitest';
import { parseScript, parseStatement } from '../../core/sql/parse.ts';
import { unparseStatement } from '../../core/sql/unparse.ts';
import { withoutSpans } from '../sql-parser/support.ts';
import { corpusFiles, type FlinkAnswer, readCorpus, readGolden } from './corpus.ts';
import { lenient, otherListings, strict } from './deliberate.ts';
import { evaluate, type Verdict } from './evaluate.ts';

const deliberately = (list: Readonly<Record<string, readonly string[]>>): ReadonlySet<string> =>
  new Set(Object.values(list).flat());
const [lenientOnes, strictOnes, otherListingsOnes] = [lenient, strict, otherListings].map(deliberately) as [
  ReadonlySet<string>,
  ReadonlySet<string>,
  ReadonlySet<string>,
];

const tally = { planned: 0, 'not supported yet': 0, 'refused as by Flink': 0, 'other on purpose': 0, wrong: 0 };

/** What is wrong with a verdict, if anything. */
function wrongWith(verdict: Verdict, answer: FlinkAnswer): string | undefined {
  const { sql } = answer;
  const count = (key: keyof typeof tally): undefined => void tally[key]++;
  const wrong = (text: string): string => {
    tally.wrong++;
    return `${sql}\n  ${text}`;
  };
  if (verdict.kind === 'not-supported')
    return verdict.at === '' ? wrong(`${verdict.what}, without a place`) : count('not supported yet');
  if (verdict.kind === 'refused') {
    if (!answer.accepted) return count('refused as by Flink');
    return strictOnes.has(sql)
      ? count('other on purpose')
      : wrong(`refused here: [${verdict.error.code}] ${verdict.error.message}`);
  }
  if (!answer.accepted)
    return lenientOnes.has(sql) ? count('other on purpose') : wrong(`planned here, refused by Flink: ${answer.message}`);
  const difference = listingDifference(verdict, answer);
  if (difference === undefined) return count('planned');
  return otherListingsOnes.has(sql) ? count('other on purpose') : wrong(difference);
}

/** Flink quotes the names of some functions, and expands the queries of views. */
const comparable = (value: unknown): string =>
  (JSON.stringify(value) ?? '')
    .replaceAll(/`([A-Z_]+)`\(/g, '$1(')
    .replaceAll(/\\nAS (?:SELECT|VALUES|\(|WITH)[^"]*/g, '\\nAS …');

function listingDifference(verdict: Extract<Verdict, { kind: 'planned' }>, answer: FlinkAnswer): string | undefined {
  if (answer.rows === undefined || verdict.rows === undefined) return undefined;
  const [ours, theirs] = [comparable([verdict.columns, verdict.rows]), comparable([answer.columns, answer.rows])];
  return ours === theirs ? undefined : `Flink lists ${theirs}\n  here it is  ${ours}`;
}

describe('statements that a real Flink 2.3 was asked about', () => {
  for (const file of corpusFiles)
    it(`${file}: taken and refused alike`, async () => {
      const golden = readGolden(file);
      const wrong: string[] = [];
      for (const session of readCorpus(file)) {
        const answers = golden[session.name] ?? [];
        expect(
          answers.map(answer => answer.sql),
          'goldens are of these statements: run test/oracle/write-corpus.ts',
        ).toEqual(session.statements.map(statement => statement.sql));
        const verdicts = await evaluate(session);
        verdicts.forEach((verdict, index) => {
          const text = wrongWith(verdict, answers[index]!);
          if (text !== undefined) wrong.push(`${file}.sql:${session.statements[index]!.line} ${text}`);
        });
      }
      expect(wrong.join('\n')).toBe('');
    });

  it('are 600 and more, 100 of them wrong', () => {
    const answers = corpusFiles.flatMap(file => Object.values(readGolden(file)).flat());
    process.stdout.write(`${answers.length} statements: ${JSON.stringify(tally)}\n`);
    expect(answers.length).toBeGreaterThanOrEqual(600);
    expect(answers.filter(answer => !answer.accepted).length).toBeGreaterThanOrEqual(100);
  });

  it('are all in the lists of what is other on purpose by their exact text', () => {
    const known = new Set(
      corpusFiles.flatMap(file => readCorpus(file).flatMap(({ statements }) => statements.map(({ sql }) => sql))),
    );
    for (const sql of [...lenientOnes, ...strictOnes, ...otherListingsOnes]) expect(known.has(sql), sql).toBe(true);
  });

  it('are read again from what is printed', () => {
    for (const file of corpusFiles)
      for (const { statements } of readCorpus(file))
        for (const { sql } of statements) {
          const parsed = parseScript(sql);
          if (parsed.errors.length > 0 || parsed.statements.length !== 1) continue;
          const [statement] = parsed.statements;
          const printed = unparseStatement(statement!);
          expect(withoutSpans(parseStatement(printed)), `${sql}\n→ ${printed}`).toEqual(withoutSpans(statement));
        }
  });
});
