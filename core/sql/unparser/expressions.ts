import { typeToString } from '../../columnar/types.ts';
import type { Identifier, IntervalQualifier } from '../ast/node.ts';
import { binaryPrecedence, precedence } from '../ast/precedence.ts';
import type {
  Argument,
  Binary,
  Call,
  Case,
  Expression,
  ExpressionKind,
  FrameBound,
  JsonBehavior,
  JsonCall,
  SortItem,
  TableFunctionArgument,
  WindowSpecification,
} from '../ast/query.ts';
import { functionNameToSql, identifierToSql, namesToSql, nameToSql, type Printer, pathToSql, quoteText, words } from './text.ts';

/** Binds tighter than anything. */
const primary = 200;

function precedenceOf(expression: Expression): number {
  switch (expression.kind) {
    case 'binary':
      return binaryPrecedence[expression.operator];
    case 'unary':
      return expression.operator === 'NOT' ? precedence.not : precedence.sign;
    case 'is':
      return precedence.is;
    case 'quantified':
      return precedence.comparison;
    case 'between':
    case 'in-list':
    case 'in-query':
    case 'like':
      return precedence.range;
    default:
      return primary;
  }
}

/** Flink SQL of an expression, in parentheses when it binds weaker than `least`. */
export function expressionToSql(expression: Expression, print: Printer, least = 0): string {
  const text = (rules[expression.kind] as (expression: Expression, print: Printer) => string)(expression, print);
  return precedenceOf(expression) < least ? `(${text})` : text;
}

type Rules = { readonly [Kind in ExpressionKind]: (expression: Extract<Expression, { kind: Kind }>, print: Printer) => string };

const list = (expressions: readonly Expression[], print: Printer): string => expressions.map(e => print.expression(e)).join(', ');
const not = (negated: boolean): string | false => negated && 'NOT';

const rules: Rules = {
  number: e => e.text,
  string: e => quoteText(e.value),
  bytes: e => `X'${e.hex}'`,
  boolean: e => (e.value === null ? 'UNKNOWN' : e.value ? 'TRUE' : 'FALSE'),
  null: () => 'NULL',
  temporal: e => `${e.type === 'TIMESTAMP_LTZ' ? 'TIMESTAMP WITH LOCAL TIME ZONE' : e.type} ${quoteText(e.text)}`,
  interval: e => `INTERVAL ${e.negative ? '-' : ''}${quoteText(e.text)} ${qualifierToSql(e.qualifier)}`,
  'interval-of': (e, print) => {
    const value = print.expression(e.value);
    const bare = e.value.kind === 'number' && e.value.form !== 'approximate';
    return `INTERVAL ${bare ? value : `(${value})`} ${qualifierToSql(e.qualifier)}`;
  },
  column: e => pathToSql(e.parts),
  field: (e, print) => `${accessed(e.operand, print, false)}.${identifierToSql(e.field)}`,
  element: (e, print) => `${accessed(e.operand, print, true)}[${print.expression(e.index)}]`,
  unary: (e, print) => {
    if (e.operator === 'NOT') return `NOT ${print.expression(e.operand, precedence.not)}`;
    const operand = print.expression(e.operand, precedence.sign);
    // Two minus signs would begin a comment.
    return /^[+-]/.test(operand) ? `${e.operator} ${operand}` : e.operator + operand;
  },
  binary: binaryToSql,
  is: (e, print) => words(print.expression(e.operand, precedence.is), 'IS', not(e.negated), e.test),
  between: (e, print) =>
    words(
      print.expression(e.operand, precedence.range),
      not(e.negated),
      'BETWEEN',
      e.symmetric && 'SYMMETRIC',
      print.expression(e.lower, precedence.range + 1),
      'AND',
      print.expression(e.upper, precedence.range + 1),
    ),
  'in-list': (e, print) => words(print.expression(e.operand, precedence.range), not(e.negated), `IN (${list(e.values, print)})`),
  'in-query': (e, print) => words(print.expression(e.operand, precedence.range), not(e.negated), `IN (${print.query(e.query)})`),
  like: (e, print) =>
    words(
      print.expression(e.operand, precedence.range),
      not(e.negated),
      e.operator,
      print.expression(e.pattern, precedence.range + 1),
      e.escape && `ESCAPE ${print.expression(e.escape, precedence.range + 1)}`,
    ),
  quantified: (e, print) =>
    `${print.expression(e.operand, precedence.comparison)} ${e.operator} ${e.quantifier} (${print.query(e.query)})`,
  exists: (e, print) => `EXISTS (${print.query(e.query)})`,
  subquery: (e, print) => `(${print.query(e.query)})`,
  case: caseToSql,
  cast: (e, print) => `${e.safe ? 'TRY_CAST' : 'CAST'}(${print.expression(e.operand)} AS ${typeToString(e.type.type)})`,
  extract: (e, print) => `EXTRACT(${e.unit} FROM ${print.expression(e.operand)})`,
  trim: (e, print) => {
    const operand = print.expression(e.operand);
    if (e.side === 'BOTH' && e.characters === undefined) return `TRIM(${operand})`;
    return `TRIM(${words(e.side, e.characters && print.expression(e.characters), 'FROM', operand)})`;
  },
  // In parentheses, or the TO would be taken by an interval at the operand's end.
  'round-to': (e, print) => `${e.function}(${accessed(e.operand, print, true)} TO ${e.unit})`,
  'timestamp-add': (e, print) => `TIMESTAMPADD(${e.unit}, ${list([e.count, e.operand], print)})`,
  'timestamp-diff': (e, print) => `TIMESTAMPDIFF(${e.unit}, ${list([e.from, e.to], print)})`,
  json: jsonToSql,
  niladic: e => (e.precision === undefined ? e.name : `${e.name}(${e.precision})`),
  call: callToSql,
  array: (e, print) => `ARRAY[${list(e.elements, print)}]`,
  map: (e, print) => `MAP[${list(e.entries, print)}]`,
  row: (e, print) => `ROW(${list(e.elements, print)})`,
};

/** What `.field` and `[index]` can be hung on without parentheses; a column's own dots would run into the field's. */
function accessed(operand: Expression, print: Printer, element: boolean): string {
  const bare = ['field', 'element', 'call', 'array', 'map', 'row', 'subquery', 'cast'].includes(operand.kind);
  return bare || (element && operand.kind === 'column') ? print.expression(operand) : `(${print.expression(operand)})`;
}

/** A long chain such as `a OR b OR …` grows to the left: followed by a loop, not by recursion. */
function binaryToSql(expression: Binary, print: Printer): string {
  const chain: Binary[] = [];
  let left: Expression = expression;
  while (
    left.kind === 'binary' &&
    (chain.length === 0 || binaryPrecedence[left.operator] >= binaryPrecedence[chain.at(-1)!.operator])
  ) {
    chain.push(left);
    left = left.left;
  }
  const parts = [print.expression(left, binaryPrecedence[chain.at(-1)!.operator])];
  for (const { operator, right } of chain.reverse())
    parts.push(operator, print.expression(right, binaryPrecedence[operator] + 1));
  return parts.join(' ');
}

function caseToSql(expression: Case, print: Printer): string {
  return words(
    'CASE',
    expression.operand && print.expression(expression.operand),
    ...expression.branches.map(branch => `WHEN ${print.expression(branch.when)} THEN ${print.expression(branch.result)}`),
    expression.otherwise && `ELSE ${print.expression(expression.otherwise)}`,
    'END',
  );
}

export function qualifierToSql(qualifier: IntervalQualifier): string {
  const { from, precision, to, fraction } = qualifier;
  const leading =
    precision === undefined ? '' : from === 'SECOND' && fraction !== undefined ? `(${precision}, ${fraction})` : `(${precision})`;
  const trailing = to === undefined ? undefined : `TO ${to}${fraction === undefined ? '' : `(${fraction})`}`;
  return words(from + leading, trailing);
}

// Calls ---------------------------------------------------------------------------------------------------------------

function callToSql(call: Call, print: Printer): string {
  const special = specialCallToSql(call, print);
  if (special !== undefined) return special;
  const name = mayBeSpecial(call) ? pathToSql(call.name) : functionNameToSql(call.name);
  const args = call.star ? '*' : call.arguments.map(argument => argumentToSql(argument, print)).join(', ');
  return words(
    `${name}(${words(call.distinct && 'DISTINCT', args)})`,
    call.nullTreatment && `${call.nullTreatment} NULLS`,
    call.withinGroup.length > 0 && `WITHIN GROUP (ORDER BY ${sortItemsToSql(call.withinGroup, print)})`,
    call.filter && `FILTER (WHERE ${print.expression(call.filter)})`,
    call.over && `OVER ${overToSql(call.over, print)}`,
  );
}

const ownSyntax = ['POSITION', 'SUBSTRING', 'OVERLAY', 'CEIL', 'CEILING', 'FLOOR'];
const mayBeSpecial = (call: Call): boolean => call.name.length === 1 && ownSyntax.includes(call.name[0]!.name.toUpperCase());

/** The functions that the parser reads by rules of their own, when nothing about the call goes beyond these rules. */
function specialCallToSql(call: Call, print: Printer): string | undefined {
  if (!mayBeSpecial(call)) return undefined;
  const args = call.arguments.filter(
    (argument): argument is Expression => argument.kind !== 'named-argument' && argument.kind !== 'default',
  );
  const plain = !call.distinct && !call.star && call.nullTreatment === undefined && call.withinGroup.length === 0;
  if (
    !plain ||
    call.filter !== undefined ||
    call.over !== undefined ||
    args.length !== call.arguments.length ||
    args.length === 0
  )
    return undefined;
  const written = call.name[0]!.name;
  const name = written.toUpperCase();
  const [first, second, third, fourth] = args;
  if (name === 'POSITION') {
    const needle = print.expression(first!, precedence.range + 1);
    if (args.length === 1) return undefined;
    if (args.length > 3) return `${written}(${needle}, ${list(args.slice(1), print)})`;
    return `${written}(${words(needle, 'IN', print.expression(second!), third && `FROM ${print.expression(third)}`)})`;
  }
  if (name === 'OVERLAY' && (args.length === 3 || args.length === 4)) {
    const parts = words(
      print.expression(first!),
      `PLACING ${print.expression(second!)} FROM ${print.expression(third!)}`,
      fourth && `FOR ${print.expression(fourth)}`,
    );
    return `${written}(${parts})`;
  }
  return `${written}(${list(args, print)})`;
}

/** Also of table functions. */
export function argumentToSql(argument: Argument | TableFunctionArgument, print: Printer): string {
  switch (argument.kind) {
    case 'named-argument':
      return `${nameToSql(argument.name.name)} => ${argumentToSql(argument.value, print)}`;
    case 'default':
      return 'DEFAULT';
    case 'descriptor':
      return `DESCRIPTOR${namesToSql(argument.columns)}`;
    case 'table-argument': {
      const table = 'kind' in argument.table ? `(${print.query(argument.table)})` : `TABLE ${pathToSql(argument.table)}`;
      const keys = argument.partitionBy;
      const partition = keys.length === 1 ? print.expression(keys[0]!) : `(${list(keys, print)})`;
      return words(
        table,
        keys.length > 0 && `PARTITION BY ${partition}`,
        argument.orderBy.length > 0 && `ORDER BY (${sortItemsToSql(argument.orderBy, print)})`,
      );
    }
    default:
      return print.expression(argument);
  }
}

function jsonToSql(call: JsonCall, print: Printer): string {
  const isObject = call.function === 'JSON_OBJECT' || call.function === 'JSON_OBJECTAGG';
  const args: string[] = [];
  if (isObject)
    for (let i = 0; i + 1 < call.arguments.length; i += 2)
      // An IS JSON at the key's end would take the VALUE.
      args.push(
        `KEY ${print.expression(call.arguments[i]!, precedence.is + 1)} VALUE ${print.expression(call.arguments[i + 1]!)}`,
      );
  else args.push(...call.arguments.map(argument => print.expression(argument)));
  const inner = words(
    args.join(', '),
    call.returning && `RETURNING ${typeToString(call.returning.type)}`,
    call.wrapper && `${call.wrapper} WRAPPER`,
    call.onEmpty && `${behaviorToSql(call.onEmpty, print)} ON EMPTY`,
    call.onError && `${behaviorToSql(call.onError, print)} ON ERROR`,
    call.onNull && `${call.onNull} ON NULL`,
  );
  return words(
    `${call.function}(${inner})`,
    call.filter && `FILTER (WHERE ${print.expression(call.filter)})`,
    call.over && `OVER ${overToSql(call.over, print)}`,
  );
}

function behaviorToSql(behavior: JsonBehavior, print: Printer): string {
  return words(behavior.behavior, behavior.value && print.expression(behavior.value));
}

// Windows -------------------------------------------------------------------------------------------------------------

export function sortItemsToSql(items: readonly SortItem[], print: Printer): string {
  return items
    .map(item => words(print.expression(item.expression), item.descending && 'DESC', item.nulls && `NULLS ${item.nulls}`))
    .join(', ');
}

const overToSql = (over: WindowSpecification | Identifier, print: Printer): string =>
  over.kind === 'identifier' ? identifierToSql(over) : windowToSql(over, print);

export function windowToSql(window: WindowSpecification, print: Printer): string {
  const { frame } = window;
  const bounds =
    frame &&
    (frame.end === undefined
      ? boundToSql(frame.start, print)
      : `BETWEEN ${boundToSql(frame.start, print)} AND ${boundToSql(frame.end, print)}`);
  const inner = words(
    window.base && identifierToSql(window.base),
    window.partitionBy.length > 0 && `PARTITION BY ${list(window.partitionBy, print)}`,
    window.orderBy.length > 0 && `ORDER BY ${sortItemsToSql(window.orderBy, print)}`,
    frame && `${frame.unit} ${bounds}`,
  );
  return `(${inner})`;
}

const boundToSql = (bound: FrameBound, print: Printer): string =>
  words(bound.offset && print.expression(bound.offset), bound.bound);
