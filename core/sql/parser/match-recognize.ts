import type { Identifier } from '../ast/node.ts';
import type {
  Expression,
  MatchRecognize,
  MatchSkip,
  Measure,
  PatternDefinition,
  PatternRepeat,
  PatternSubset,
  RowPattern,
  SortItem,
  TableReference,
} from '../ast/query.ts';
import type { Cursor } from './cursor.ts';
import { parseSortItems } from './windows.ts';

/** `MATCH_RECOGNIZE ( … )` behind a table; the cursor stands at the word. Source: Flink docs, "Pattern Recognition". */
export function parseMatchRecognize(cursor: Cursor, input: TableReference): Omit<MatchRecognize, 'alias'> {
  cursor.expect('MATCH_RECOGNIZE');
  cursor.expectSymbol('(');
  let partitionBy: readonly Expression[] = [];
  let orderBy: readonly SortItem[] = [];
  if (cursor.accept('PARTITION')) {
    cursor.expect('BY');
    partitionBy = cursor.commaSeparated(() => cursor.grammar.expression(cursor));
  }
  if (cursor.accept('ORDER')) {
    cursor.expect('BY');
    orderBy = parseSortItems(cursor);
  }
  const measures = cursor.accept('MEASURES') ? cursor.commaSeparated(() => parseMeasure(cursor)) : [];
  const allRows = cursor.accept('ALL', 'ROWS', 'PER', 'MATCH');
  if (!allRows) cursor.accept('ONE', 'ROW', 'PER', 'MATCH');
  const skip = parseSkip(cursor);
  cursor.expect('PATTERN');
  cursor.expectSymbol('(');
  const pattern = parseAlternation(cursor);
  cursor.expectSymbol(')');
  const within = cursor.accept('WITHIN') ? cursor.grammar.expression(cursor) : undefined;
  const subsets = cursor.accept('SUBSET') ? cursor.commaSeparated(() => parseSubset(cursor)) : [];
  const define = cursor.accept('DEFINE') ? cursor.commaSeparated(() => parseDefinition(cursor)) : [];
  cursor.expectSymbol(')');
  return {
    kind: 'match-recognize',
    input,
    partitionBy,
    orderBy,
    measures,
    allRows,
    ...(skip && { skip }),
    pattern,
    ...(within && { within }),
    subsets,
    define,
    span: cursor.spanFrom(input),
  };
}

function parseMeasure(cursor: Cursor): Measure {
  // every measure is of the whole match, which is what FINAL says
  if (cursor.atQuietly('FINAL') && !cursor.follows('.') && !cursor.follows('(')) cursor.advance();
  const expression = cursor.grammar.expression(cursor);
  cursor.expect('AS');
  const alias = cursor.identifier('the name of a measure');
  return { kind: 'measure', expression, alias, span: cursor.spanFrom(expression) };
}

function parseSkip(cursor: Cursor): MatchSkip | undefined {
  const start = cursor.token;
  if (!cursor.accept('AFTER')) return undefined;
  cursor.expect('MATCH', 'SKIP');
  const made = (to: MatchSkip['to'], variable?: Identifier): MatchSkip => ({
    kind: 'match-skip',
    to,
    ...(variable && { variable }),
    span: cursor.spanFrom(start),
  });
  if (cursor.accept('PAST', 'LAST', 'ROW')) return made('PAST LAST ROW');
  cursor.expect('TO');
  if (cursor.accept('NEXT', 'ROW')) return made('TO NEXT ROW');
  if (cursor.accept('FIRST')) return made('TO FIRST', cursor.identifier('a pattern variable'));
  cursor.accept('LAST');
  return made('TO LAST', cursor.identifier('a pattern variable'));
}

function parseAlternation(cursor: Cursor): RowPattern {
  const first = parseSequence(cursor);
  const parts = [first];
  while (cursor.acceptSymbol('|')) parts.push(parseSequence(cursor));
  if (parts.length === 1) return first;
  return { kind: 'pattern-alternation', parts, span: cursor.spanFrom(first) };
}

function parseSequence(cursor: Cursor): RowPattern {
  const first = parseRepeat(cursor);
  const parts = [first];
  while (cursor.atIdentifier || cursor.atSymbol('(')) parts.push(parseRepeat(cursor));
  if (parts.length === 1) return first;
  return { kind: 'pattern-sequence', parts, span: cursor.spanFrom(first) };
}

function parseRepeat(cursor: Cursor): RowPattern {
  return cursor.nested(() => {
    const pattern = parsePrimary(cursor);
    const count = parseQuantifier(cursor);
    if (count === undefined) return pattern;
    const reluctant = cursor.acceptSymbol('?');
    const repeat: PatternRepeat = { kind: 'pattern-repeat', pattern, ...count, reluctant, span: cursor.spanFrom(pattern) };
    return repeat;
  });
}

function parsePrimary(cursor: Cursor): RowPattern {
  if (cursor.acceptSymbol('(')) {
    const inner = parseAlternation(cursor);
    cursor.expectSymbol(')');
    return inner;
  }
  if (cursor.at('PERMUTE')) cursor.unsupported('PERMUTE');
  const name = cursor.identifier('a pattern variable');
  return { kind: 'pattern-variable', name, span: name.span };
}

function parseQuantifier(cursor: Cursor): { readonly min: number; readonly max?: number } | undefined {
  if (cursor.acceptSymbol('*')) return { min: 0 };
  if (cursor.acceptSymbol('+')) return { min: 1 };
  if (cursor.acceptSymbol('?')) return { min: 0, max: 1 };
  if (!cursor.acceptSymbol('{')) return undefined;
  const most = 1_000_000;
  const min = cursor.atSymbol(',') ? 0 : cursor.smallInteger('a number of rows', 0, most);
  if (!cursor.acceptSymbol(',')) {
    cursor.expectSymbol('}');
    return { min, max: min };
  }
  const max = cursor.atSymbol('}') ? undefined : cursor.smallInteger('a number of rows', min, most);
  cursor.expectSymbol('}');
  return { min, ...(max !== undefined && { max }) };
}

function parseSubset(cursor: Cursor): PatternSubset {
  const name = cursor.identifier('a name');
  cursor.expectSymbol('=');
  const variables = cursor.identifierList('a pattern variable');
  return { kind: 'pattern-subset', name, variables, span: cursor.spanFrom(name) };
}

function parseDefinition(cursor: Cursor): PatternDefinition {
  const variable = cursor.identifier('a pattern variable');
  cursor.expect('AS');
  const condition = cursor.grammar.expression(cursor);
  return { kind: 'pattern-definition', variable, condition, span: cursor.spanFrom(variable) };
}
