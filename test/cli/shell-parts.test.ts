import { afterEach, describe, expect, it } from 'vitest';
import { ChangingRows } from '../../core/cli/shell/changing-rows.ts';
import { Completer } from '../../core/cli/shell/completion.ts';
import { highlight } from '../../core/cli/shell/highlight.ts';
import { mayBeKept } from '../../core/cli/shell/history-file.ts';
import { layOut, sliceColumns } from '../../core/cli/shell/layout.ts';
import { endsStatement, isBlank } from '../../core/cli/shell/statement-end.ts';
import { types } from '../../core/columnar/types.ts';
import { Session } from '../../core/session/session.ts';

describe('the end of a statement', () => {
  it.each([
    ['SELECT 1;', true],
    ['SELECT 1', false],
    ["SELECT ';'", false],
    ["SELECT 'it''s;';", true],
    ['SELECT 1; -- done', true],
    ['SELECT 1 -- not;', false],
    ['SELECT /* ; */ 1', false],
    ['SELECT `a;', false],
    ['EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1;', false],
    ['EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT 1; END;', true],
    ['BEGIN STATEMENT SET; INSERT INTO a SELECT 1; END;', true],
  ])('%s', (text, ends) => expect(endsStatement(text)).toBe(ends));

  it('knows what is no statement', () => {
    expect(isBlank(' ;; -- nothing\n')).toBe(true);
    expect(isBlank("''")).toBe(false);
  });
});

describe('completion', () => {
  let session: Session | undefined;
  afterEach(() => session?.close());

  /** Candidates where `|` stands. */
  async function at(text: string): Promise<string[]> {
    session = new Session();
    const declared = `CREATE TABLE bid (auction BIGINT, price BIGINT, \`dateTime\` TIMESTAMP(3)) WITH ('connector' = 'nexmark');
      CREATE VIEW \`big bids\` AS SELECT price FROM bid;`;
    for await (const _ of session.run({ text: declared, source: 'test', baseDirectory: '.' }, 'final'));
    const completer = new Completer(session, [{ text: '\\timing' }, { text: '\\d' }]);
    const cursor = text.indexOf('|');
    const whole = text.replace('|', '');
    const first = completer.complete(whole, cursor);
    if (first.candidates.length === 0 && text.includes("FROM '")) {
      await new Promise<void>(settle => {
        completer.refresh = settle;
      });
      return completer.complete(whole, cursor).candidates.map(candidate => candidate.text);
    }
    return first.candidates.map(candidate => candidate.text);
  }

  it.each([
    ['INS|', ['INSERT INTO', 'INSERT OVERWRITE']],
    ['SELECT * FROM b|', ['bid', '`big bids`']],
    ['SELECT pr| FROM bid', ['price']],
    ['SELECT b.au| FROM bid AS b', ['auction']],
    ['SELECT bid.| FROM bid', ['auction', 'price', '`dateTime`']],
    ['SELECT 1; SELECT * FROM bid WHERE dat|', ['`dateTime`']],
    ["SET 'duckdb.st|", ["duckdb.stages' = '"]],
    ["SET 'duckdb.stages' = '|", ["auto'", "off'"]],
    ["CREATE TABLE t (a INT) WITH ('connector' = 'file|", ["filesystem'"]],
    ["CREATE TABLE t (a INT) WITH ('connector' = 'nexmark', 'events.n|", ["events.num' = '"]],
    ["CREATE TABLE t (a INT) WITH ('connector' = 'filesystem', 'format' = 'c|", ["csv'"]],
    ['CREATE TABLE t (a BIGI|', ['BIGINT']],
    ['SELECT CAST(price AS DEC| FROM bid', ['DECIMAL(']],
    ['SELECT UPPE|', ['UPPER(']],
    ['select uppe|', ['upper(']],
    ['DROP TABLE |', ['bid', '`big bids`']],
    ['\\ti|', ['\\timing']],
    ['\\d b|', ['bid', '`big bids`']],
    ["SELECT '|", []],
  ])('%s', async (text, wanted) => expect((await at(text)).slice(0, Math.max(wanted.length, 1))).toEqual(wanted));

  it('finds files, and their columns', async () => {
    expect(await at("SELECT * FROM 'node_modules/vega-datasets/data/flights-3|")).toEqual([
      "node_modules/vega-datasets/data/flights-3m.parquet'",
    ]);
    expect(await at("SELECT delay, desti| FROM 'node_modules/vega-datasets/data/flights-3m.parquet'")).toEqual(['destination']);
  });
});

describe('rows that change', () => {
  const schema = [
    { name: 'k', type: types.string(false) },
    { name: 'n', type: types.bigint(false) },
  ];

  it('by key: an updated row keeps its place, a deleted one goes', () => {
    const rows = new ChangingRows(schema, [0], 10);
    rows.apply({
      rows: [
        ['a', 1n],
        ['b', 1n],
        ['a', 1n],
        ['a', 2n],
      ],
      operations: ['+I', '+I', '-U', '+U'],
    });
    expect(rows.list()).toEqual([
      ['a', '2'],
      ['b', '1'],
    ]);
    rows.apply({ rows: [['b', 1n]], operations: ['-D'] });
    expect(rows.list()).toEqual([['a', '2']]);
  });

  it('without a key: as a bag', () => {
    const rows = new ChangingRows(schema, undefined, 10);
    rows.apply({
      rows: [
        ['a', 1n],
        ['a', 1n],
        ['a', 1n],
      ],
      operations: ['+I', '+I', '-D'],
    });
    expect(rows.list()).toEqual([['a', '1']]);
  });

  it('keeps the latest', () => {
    const rows = new ChangingRows(schema, undefined, 2, true);
    rows.apply({
      rows: [
        ['a', 1n],
        ['a', 1n],
        ['b', 1n],
      ],
    });
    expect(rows.list()).toEqual([
      ['a', '1'],
      ['b', '1'],
    ]);
    expect(rows.dropped).toBe(1);
  });
});

describe('the screen', () => {
  it('breaks rows at the width, counts wide characters as two, and finds the cursor', () => {
    const prompts = { first: '> ', next: '. ' };
    const laid = layOut('ab日本\nc', 4, [], prompts, 7);
    expect(laid.rows).toEqual(['> ab日', '本', '. c']);
    expect([laid.cursorRow, laid.cursorColumn]).toEqual([1, 2]);
    expect(layOut('ab', 2, [], prompts, 10).cursorColumn).toBe(4);
    expect(sliceColumns('日本x', 1, 3)).toBe(' 本');
  });

  it('colours words, functions, texts, numbers and comments', () => {
    const text = "SELECT upper('a'), 1 -- c";
    expect(highlight(text).map(span => [text.slice(span.start, span.end).trim(), span.style])).toEqual([
      ['SELECT', '1;34'],
      ['upper', '36'],
      ["'a'", '32'],
      ['1', '35'],
      ['-- c', '2'],
    ]);
  });
});

it('keeps no secrets in its history', () => {
  expect(mayBeKept("CREATE TABLE t (a INT) WITH ('password' = 'x')")).toBe(false);
  expect(mayBeKept("CREATE TABLE t (a INT) WITH ('password' = '${env:P}')")).toBe(true);
  expect(mayBeKept(' SELECT 1')).toBe(false);
});
