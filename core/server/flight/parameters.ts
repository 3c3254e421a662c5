import { type Schema, type SqlType, types, withNullable } from '../../columnar/types.ts';
import type { Value } from '../../columnar/values.ts';
import { type Span, TidemillError } from '../../common/errors.ts';

import { type Expression, operands } from '../../plan/expressions.ts';
import { expressionsOf } from '../../plan/node-expressions.ts';
import { timestampToString } from '../../plan/print-expression.ts';
import { nodesOf } from '../../plan/properties.ts';
import type { Session } from '../../session/session.ts';
import type { BoundStatement } from '../../sql/binder/index.ts';
import { tokenize } from '../../sql/parser/lexer.ts';
import { flinkLiteral } from '../../sql/unparse-plan/flink-expressions.ts';

/** A `?` of a text; `isCount`: only a plain number can stand there. */
export interface Parameter extends Span {
  readonly isCount: boolean;
}

/** Behind these words only a plain number can stand. */
const countWords = new Set(['LIMIT', 'OFFSET', 'FIRST', 'NEXT']);

/**
 * Where the parameters (`?`) of a text are: not those in quotes and comments, nor quantifiers of a PATTERN.
 */
export function parametersOf(text: string): Parameter[] {
  const found: Parameter[] = [];
  const tokens = tokenize(text);
  let patternDepth = 0;
  for (const [index, token] of tokens.entries()) {
    if (token.type !== 'symbol') continue;
    const wordBefore = tokens[index - 1]?.type === 'word' ? tokens[index - 1]!.text : '';
    const startsPattern = wordBefore === 'PATTERN';
    if (token.text === '(' && (patternDepth > 0 || startsPattern)) patternDepth++;
    else if (token.text === ')' && patternDepth > 0) patternDepth--;
    else if (token.text === '?' && patternDepth === 0)
      found.push({ start: token.start, end: token.end, isCount: countWords.has(wordBefore) });
  }
  return found;
}

/** A text with values in place of its parameters, and where a place in it was before. */
export interface FilledText {
  readonly text: string;
  readonly original: (span: Span) => Span;
}

export function fillParameters(text: string, spans: readonly Span[], literals: readonly string[]): FilledText {
  let filled = '';
  let at = 0;
  const places: { readonly start: number; readonly end: number; readonly was: Span }[] = [];
  for (const [index, span] of spans.entries()) {
    filled += text.slice(at, span.start);
    places.push({ start: filled.length, end: filled.length + literals[index]!.length, was: span });
    filled += literals[index];
    at = span.end;
  }
  filled += text.slice(at);
  const back = (offset: number, atEnd: boolean): number => {
    let moved = 0;
    for (const { start, end, was } of places) {
      if (offset >= end) moved = was.end - end;
      else if (offset > start || (offset === start && !atEnd)) return atEnd ? was.end : was.start;
    }
    return offset + moved;
  };
  return { text: filled, original: span => ({ start: back(span.start, false), end: back(span.end, true) }) };
}

/** A value as SQL that gives exactly it. */
export function literalOf(value: Value, type: SqlType): string {
  if (type.kind === 'TIMESTAMP_LTZ' && value !== null) {
    const digits = 'S'.repeat(Math.max(1, type.precision));
    return `TO_TIMESTAMP_LTZ('${timestampToString(value as bigint, Math.max(1, type.precision))}', 'yyyy-MM-dd HH:mm:ss.${digits}', 'UTC')`;
  }
  return flinkLiteral(value, type);
}

/** What stands for a parameter whose type nothing tells, one after the other until the statement can be bound. */
const untyped = [
  'NULL',
  ...['STRING', 'BIGINT', 'DOUBLE', 'TIMESTAMP(3)', 'DATE', 'BOOLEAN', 'BYTES'].map(type => `CAST(NULL AS ${type})`),
];

/** The text with NULL for each parameter, and 1 where only a number can stand. */
export function withoutValues(text: string, parameters: readonly Parameter[], tries?: readonly number[]): FilledText {
  const literals = parameters.map(({ isCount }, index) => (isCount ? '1' : untyped[tries?.[index] ?? 0]!));
  return fillParameters(text, parameters, literals);
}

export interface BoundWithoutValues {
  readonly filled: FilledText;
  readonly bound: BoundStatement;
  readonly parameters: Schema;
}

/**
 * Binds a statement without the values of its parameters, and tells what type each has from where it stands; STRING where nothing tells.
 *
 * @throws TidemillError with its span in `text`.
 */
export async function bindWithoutValues(
  session: Session,
  text: string,
  spans: readonly Parameter[],
  baseDirectory: string,
): Promise<BoundWithoutValues> {
  const tries = spans.map(() => 0);
  for (;;) {
    const filled = withoutValues(text, spans, tries);
    try {
      const bound = await session.bind(filled.text, baseDirectory);
      return { filled, bound, parameters: typesOf(bound, filled, spans) };
    } catch (error) {
      if (!(error instanceof TidemillError) || error.span === undefined) throw error;
      const span = filled.original(error.span);
      const about = spans.findIndex(parameter => parameter.start === span.start && parameter.end === span.end);
      if (about >= 0 && !spans[about]!.isCount && ++tries[about]! < untyped.length) continue;
      throw error.at({ source: '<sql>', text, span });
    }
  }
}

function typesOf(bound: BoundStatement, filled: FilledText, spans: readonly Parameter[]): Schema {
  const found: { readonly span: Span; readonly type: SqlType }[] = [];
  const look = (expression: Expression, wanted: SqlType): void => {
    if (expression.kind === 'literal' && expression.value === null && expression.span !== undefined) {
      const type = expression.type.kind === 'NULL' ? wanted : expression.type;
      if (type.kind !== 'NULL') found.push({ span: filled.original(expression.span), type });
    }
    for (const operand of operands(expression)) look(operand, expression.kind === 'cast' ? expression.type : operand.type);
  };
  if (bound.kind === 'query' || bound.kind === 'insert')
    for (const node of nodesOf(bound.plan)) for (const expression of expressionsOf(node)) look(expression, expression.type);
  // CAST(? AS t) is a NULL of that type as a whole
  const typeAt = ({ start, end }: Span): SqlType | undefined =>
    found
      .filter(each => each.span.start <= start && each.span.end >= end)
      .sort((a, b) => a.span.end - a.span.start - (b.span.end - b.span.start))[0]?.type;
  return spans.map((span, index) => ({
    name: String(index + 1),
    type: span.isCount ? types.bigint() : withNullable(typeAt(span) ?? types.string(), true),
  }));
}

/** @throws TidemillError `wrong-parameter` when there are more or fewer values than parameters. */
export function filledWith(text: string, values: readonly Value[], schema: Schema): FilledText {
  const spans = parametersOf(text);
  if (spans.length !== values.length)
    throw new TidemillError(
      'wrong-parameter',
      `the statement has ${spans.length} ${spans.length === 1 ? 'parameter' : 'parameters'}, and ${values.length} ${values.length === 1 ? 'value was' : 'values were'} bound`,
      spans.length > 0 ? { place: { source: '<sql>', text, span: spans[Math.min(values.length, spans.length - 1)]! } } : {},
    );
  return fillParameters(
    text,
    spans,
    values.map((value, index) => (spans[index]!.isCount ? String(value) : literalOf(value, schema[index]!.type))),
  );
}
