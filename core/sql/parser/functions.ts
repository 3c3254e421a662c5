import type { Identifier, Path } from '../ast/node.ts';
import { precedence } from '../ast/precedence.ts';
import type {
  Argument,
  Call,
  Expression,
  JsonBehavior,
  JsonCall,
  JsonFunction,
  Query,
  SortItem,
  WindowSpecification,
} from '../ast/query.ts';
import { type Cursor, identifierOf, spanOf } from './cursor.ts';
import { atQuery } from './shared.ts';
import { parseTimeUnit, parseType, peekTimeUnit } from './types.ts';
import { parseOver, parseSortItems } from './windows.ts';

/** Functions whose arguments have a syntax of their own; undefined when the word is not one. The cursor stands at the name, `(` follows. */
export function parseSpecialCall(cursor: Cursor): Expression | undefined {
  const name = cursor.token.text;
  const rule = Object.hasOwn(specialCalls, name) ? specialCalls[name] : undefined;
  return rule?.(cursor);
}

const specialCalls: Readonly<Record<string, (cursor: Cursor) => Expression | undefined>> = {
  CAST: parseCast,
  TRY_CAST: parseCast,
  EXTRACT: parseExtract,
  TRIM: parseTrim,
  CEIL: parseRoundTo,
  CEILING: parseRoundTo,
  FLOOR: parseRoundTo,
  POSITION: parsePosition,
  SUBSTRING: parseSubstring,
  OVERLAY: parseOverlay,
  TIMESTAMPADD: parseTimestampArithmetic,
  TIMESTAMPDIFF: parseTimestampArithmetic,
  JSON_VALUE: parseJsonAccess,
  JSON_QUERY: parseJsonAccess,
  JSON_EXISTS: parseJsonAccess,
  JSON_OBJECT: parseJsonObject,
  JSON_OBJECTAGG: parseJsonObject,
  JSON_ARRAY: parseJsonArray,
  JSON_ARRAYAGG: parseJsonArray,
};

/** Takes the name and the opening parenthesis. */
function open(cursor: Cursor): Identifier {
  const name = identifierOf(cursor.advance(), cursor.text);
  cursor.expectSymbol('(');
  return name;
}

const expression = (cursor: Cursor): Expression => cursor.grammar.expression(cursor);

function plainCall(cursor: Cursor, name: Identifier, args: readonly Expression[]): Call {
  cursor.expectSymbol(')');
  return {
    kind: 'call',
    name: [name],
    distinct: false,
    star: false,
    arguments: args,
    withinGroup: [],
    span: cursor.spanFrom(name),
  };
}

function parseCast(cursor: Cursor): Expression {
  const name = open(cursor);
  const operand = expression(cursor);
  cursor.expect('AS');
  const type = parseType(cursor);
  cursor.expectSymbol(')');
  return { kind: 'cast', safe: name.name.toUpperCase() === 'TRY_CAST', operand, type, span: cursor.spanFrom(name) };
}

function parseExtract(cursor: Cursor): Expression {
  const name = open(cursor);
  const unit = parseTimeUnit(cursor);
  cursor.expect('FROM');
  const operand = expression(cursor);
  cursor.expectSymbol(')');
  return { kind: 'extract', unit, operand, span: cursor.spanFrom(name) };
}

/** `TRIM([BOTH | LEADING | TRAILING] [characters] [FROM] x)`. */
function parseTrim(cursor: Cursor): Expression {
  const name = open(cursor);
  const side = cursor.acceptOneOf(['BOTH', 'LEADING', 'TRAILING'] as const);
  const first = side !== undefined && cursor.at('FROM') ? undefined : expression(cursor);
  const operand = cursor.accept('FROM') ? expression(cursor) : undefined;
  if (operand === undefined && side !== undefined) cursor.fail('FROM');
  cursor.expectSymbol(')');
  const characters = operand === undefined ? undefined : first;
  return {
    kind: 'trim',
    side: side ?? 'BOTH',
    ...(characters && { characters }),
    operand: (operand ?? first)!,
    span: cursor.spanFrom(name),
  };
}

function parseRoundTo(cursor: Cursor): Expression {
  const name = open(cursor);
  const operand = expression(cursor);
  if (!cursor.accept('TO')) {
    const args = [operand];
    while (cursor.acceptSymbol(',')) args.push(expression(cursor));
    return plainCall(cursor, name, args);
  }
  const unit = parseTimeUnit(cursor);
  cursor.expectSymbol(')');
  const isFloor = name.name.toUpperCase() === 'FLOOR';
  return { kind: 'round-to', function: isFloor ? 'FLOOR' : 'CEIL', operand, unit, span: cursor.spanFrom(name) };
}

/** `POSITION(a IN b [FROM n])`; `a` cannot itself be an IN test. */
function parsePosition(cursor: Cursor): Expression {
  const name = open(cursor);
  const first = cursor.grammar.expression(cursor, precedence.range + 1);
  if (cursor.acceptSymbol(',')) return plainCall(cursor, name, [first, ...cursor.commaSeparated(() => expression(cursor))]);
  cursor.expect('IN');
  const args = [first, expression(cursor)];
  if (cursor.accept('FROM')) args.push(expression(cursor));
  return plainCall(cursor, name, args);
}

function parseSubstring(cursor: Cursor): Expression {
  const name = open(cursor);
  const args = [expression(cursor)];
  if (cursor.accept('FROM')) {
    args.push(expression(cursor));
    if (cursor.accept('FOR')) args.push(expression(cursor));
  } else while (cursor.acceptSymbol(',')) args.push(expression(cursor));
  return plainCall(cursor, name, args);
}

function parseOverlay(cursor: Cursor): Expression {
  const name = open(cursor);
  const args = [expression(cursor)];
  if (cursor.accept('PLACING')) {
    args.push(expression(cursor));
    cursor.expect('FROM');
    args.push(expression(cursor));
    if (cursor.accept('FOR')) args.push(expression(cursor));
  } else while (cursor.acceptSymbol(',')) args.push(expression(cursor));
  return plainCall(cursor, name, args);
}

function parseTimestampArithmetic(cursor: Cursor): Expression | undefined {
  const name = open(cursor);
  const unit = parseTimeUnit(cursor);
  cursor.expectSymbol(',');
  const first = expression(cursor);
  cursor.expectSymbol(',');
  const second = expression(cursor);
  cursor.expectSymbol(')');
  const span = cursor.spanFrom(name);
  if (name.name.toUpperCase() === 'TIMESTAMPADD') return { kind: 'timestamp-add', unit, count: first, operand: second, span };
  return { kind: 'timestamp-diff', unit, from: first, to: second, span };
}

// SQL/JSON ------------------------------------------------------------------------------------------------------------

function parseJsonAccess(cursor: Cursor): Expression {
  const name = open(cursor);
  const called = name.name.toUpperCase() as JsonFunction;
  const args = [expression(cursor)];
  cursor.expectSymbol(',');
  args.push(expression(cursor));
  const returning = called !== 'JSON_EXISTS' && cursor.accept('RETURNING') ? parseType(cursor) : undefined;
  const wrapper = called === 'JSON_QUERY' ? parseWrapper(cursor) : undefined;
  let onEmpty: JsonBehavior | undefined;
  let onError: JsonBehavior | undefined;
  while (!cursor.atSymbol(')')) {
    const behavior = parseJsonBehavior(cursor, called);
    cursor.expect('ON');
    if (onEmpty === undefined && onError === undefined && called !== 'JSON_EXISTS' && cursor.accept('EMPTY')) onEmpty = behavior;
    else if (onError === undefined && cursor.accept('ERROR')) onError = behavior;
    else cursor.fail();
  }
  cursor.expectSymbol(')');
  return {
    kind: 'json',
    function: called,
    arguments: args,
    ...(returning && { returning }),
    ...(wrapper && { wrapper }),
    ...(onEmpty && { onEmpty }),
    ...(onError && { onError }),
    span: cursor.spanFrom(name),
  };
}

function parseWrapper(cursor: Cursor): JsonCall['wrapper'] {
  if (cursor.accept('WITHOUT')) {
    cursor.accept('ARRAY');
    cursor.expect('WRAPPER');
    return 'WITHOUT ARRAY';
  }
  if (!cursor.accept('WITH')) return undefined;
  const conditional = cursor.accept('CONDITIONAL');
  if (!conditional) cursor.accept('UNCONDITIONAL');
  cursor.accept('ARRAY');
  cursor.expect('WRAPPER');
  return conditional ? 'WITH CONDITIONAL ARRAY' : 'WITH UNCONDITIONAL ARRAY';
}

const jsonBehaviors = {
  JSON_VALUE: ['NULL', 'ERROR', 'DEFAULT'],
  JSON_QUERY: ['NULL', 'ERROR', 'EMPTY ARRAY', 'EMPTY OBJECT'],
  JSON_EXISTS: ['TRUE', 'FALSE', 'UNKNOWN', 'ERROR'],
} as const satisfies Partial<Record<JsonFunction, readonly JsonBehavior['behavior'][]>>;

function parseJsonBehavior(cursor: Cursor, called: JsonFunction): JsonBehavior {
  const start = cursor.token;
  const allowed: readonly JsonBehavior['behavior'][] = jsonBehaviors[called as keyof typeof jsonBehaviors];
  const behavior = cursor.expectOneOf(allowed);
  if (behavior !== 'DEFAULT') return { kind: 'json-behavior', behavior, span: cursor.spanFrom(start) };
  return { kind: 'json-behavior', behavior, value: expression(cursor), span: cursor.spanFrom(start) };
}

function parseOnNull(cursor: Cursor): 'NULL' | 'ABSENT' | undefined {
  const found = (['NULL', 'ABSENT'] as const).find(word => cursor.accept(word, 'ON', 'NULL'));
  return found;
}

/** `JSON_OBJECT([KEY] k VALUE v, … [NULL | ABSENT ON NULL])`; also `k : v`. */
function parseJsonObject(cursor: Cursor): Expression {
  const name = open(cursor);
  const called = name.name.toUpperCase() as JsonFunction;
  const args: Expression[] = [];
  const aggregate = called === 'JSON_OBJECTAGG';
  let onNull = aggregate ? undefined : parseOnNull(cursor);
  if (onNull === undefined && (aggregate || !cursor.atSymbol(')'))) {
    do {
      if (cursor.atQuietly('KEY') && !cursor.follows('VALUE')) cursor.advance();
      args.push(expression(cursor));
      if (!cursor.acceptSymbol(':')) cursor.expect('VALUE');
      args.push(expression(cursor));
    } while (!aggregate && cursor.acceptSymbol(','));
    onNull = parseOnNull(cursor);
  }
  return finishJson(cursor, name, called, args, onNull, aggregate);
}

function parseJsonArray(cursor: Cursor): Expression {
  const name = open(cursor);
  const called = name.name.toUpperCase() as JsonFunction;
  const args: Expression[] = [];
  const aggregate = called === 'JSON_ARRAYAGG';
  let onNull = aggregate ? undefined : parseOnNull(cursor);
  if (onNull === undefined && (aggregate || !cursor.atSymbol(')'))) {
    do args.push(expression(cursor));
    while (!aggregate && cursor.acceptSymbol(','));
    onNull = parseOnNull(cursor);
  }
  return finishJson(cursor, name, called, args, onNull, aggregate);
}

function finishJson(
  cursor: Cursor,
  name: Identifier,
  called: JsonFunction,
  args: readonly Expression[],
  onNull: 'NULL' | 'ABSENT' | undefined,
  aggregate: boolean,
): Expression {
  cursor.expectSymbol(')');
  const filter = aggregate ? parseFilter(cursor) : undefined;
  const over = aggregate ? parseOver(cursor) : undefined;
  return {
    kind: 'json',
    function: called,
    arguments: args,
    ...(onNull && { onNull }),
    ...(filter && { filter }),
    ...(over && { over }),
    span: cursor.spanFrom(name),
  };
}

// Ordinary calls ------------------------------------------------------------------------------------------------------

/** `name([DISTINCT] …) [IGNORE NULLS] [WITHIN GROUP (…)] [FILTER (…)] [OVER …]`. The cursor stands at `(`. */
export function parseCall(cursor: Cursor, name: Path): Expression {
  cursor.expectSymbol('(');
  let distinct = false;
  let star = false;
  let args: Argument[] = [];
  if (!cursor.atSymbol(')')) {
    if (cursor.atSymbolQuietly('*') && cursor.follows(')')) {
      cursor.advance();
      star = true;
    } else {
      distinct = cursor.acceptQuietly('DISTINCT');
      if (!distinct) cursor.acceptQuietly('ALL');
      args = cursor.commaSeparated(() => parseArgument(cursor));
    }
  }
  let nullTreatment = parseNullTreatment(cursor);
  cursor.expectSymbol(')');
  nullTreatment ??= parseNullTreatment(cursor);
  let withinGroup: SortItem[] = [];
  if (cursor.acceptQuietly('WITHIN', 'GROUP')) {
    cursor.expectSymbol('(');
    cursor.expect('ORDER', 'BY');
    withinGroup = parseSortItems(cursor);
    cursor.expectSymbol(')');
  }
  const filter: Expression | undefined = parseFilter(cursor);
  const over: WindowSpecification | Identifier | undefined = parseOver(cursor);
  return {
    kind: 'call',
    name,
    distinct,
    star,
    arguments: args,
    ...(nullTreatment && { nullTreatment }),
    withinGroup,
    ...(filter && { filter }),
    ...(over && { over }),
    span: cursor.spanFrom(name[0]!),
  };
}

function parseNullTreatment(cursor: Cursor): 'IGNORE' | 'RESPECT' | undefined {
  return (['IGNORE', 'RESPECT'] as const).find(word => cursor.acceptQuietly(word, 'NULLS'));
}

function parseFilter(cursor: Cursor): Expression | undefined {
  if (!cursor.acceptQuietly('FILTER')) return undefined;
  cursor.expectSymbol('(');
  cursor.expect('WHERE');
  const filter = expression(cursor);
  cursor.expectSymbol(')');
  return filter;
}

export function parseArgument(cursor: Cursor): Argument {
  const start = cursor.token;
  if (cursor.atIdentifier && cursor.follows('=>')) {
    const name = cursor.identifier();
    cursor.expectSymbol('=>');
    const value = parseArgument(cursor);
    return { kind: 'named-argument', name, value, span: cursor.spanFrom(start) };
  }
  if (cursor.acceptQuietly('DEFAULT')) return { kind: 'default', span: spanOf(start) };
  if (atQuery(cursor)) {
    const query: Query = cursor.grammar.query(cursor);
    return { kind: 'subquery', query, span: cursor.spanFrom(start) };
  }
  // DAYS_BETWEEN-like functions of other systems take bare units; a column may have such a name, so it wins.
  if (peekTimeUnit(cursor) !== undefined && !cursor.atIdentifier && (cursor.follows(',') || cursor.follows(')')))
    cursor.refuse(
      `a unit of time cannot be an argument of this function`,
      start,
      'Flink takes units in TIMESTAMPADD, TIMESTAMPDIFF, EXTRACT, CEIL and FLOOR.',
    );
  return expression(cursor);
}
