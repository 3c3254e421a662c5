import fc from 'fast-check';
import { type SqlType, types } from '../../core/columnar/types.ts';
import type {
  Identifier,
  IntervalQualifier,
  IntervalUnit,
  OptionNode,
  StringLiteral,
  TimeUnit,
  TypeNode,
} from '../../core/sql/ast/node.ts';
import type {
  Argument,
  Call,
  Expression,
  JsonBehavior,
  JsonCall,
  Query,
  SortItem,
  TableArgument,
  TableFunctionArgument,
  WindowSpecification,
} from '../../core/sql/ast/query.ts';

/** Spans are left out of the comparison, so generated trees all have this one. */
export const span = { start: 0, end: 0 };

type Arbitrary<T> = fc.Arbitrary<T>;

/** A record in which the keys of `optional` are sometimes absent; never present and undefined. */
export const record = <T>(required: object, optional: object = {}): Arbitrary<T> =>
  fc.record({ ...required, ...optional, span: fc.constant(span) } as Record<string, Arbitrary<unknown>>, {
    requiredKeys: [...Object.keys(required), 'span'],
  }) as unknown as Arbitrary<T>;

const is = fc.constant;
export const oneOf = <const T>(...values: readonly T[]): Arbitrary<T> => fc.constantFrom(...values);
export const some = <T>(item: Arbitrary<T>, least = 1, most = 3): Arbitrary<T[]> =>
  fc.array(item, { minLength: least, maxLength: most });

// Words that the parser treats in some special way are the interesting names.
const words =
  'a b c t x_1 Price dateTime value select FROM ORDER count MAP ARRAY ROW KEY IF catalog job first last desc nulls unbounded descriptor ' +
  'timestampadd json model pivot semi anti plan stall sets ignore respect data metadata date interval year user current_date default database ' +
  'temporary statement absent after preceding following ilike hop tumble session options watermark comment as end case cast trim position';
export const name: Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...words.split(' ')) },
  { weight: 1, arbitrary: fc.string({ minLength: 1, maxLength: 5 }) },
  { weight: 1, arbitrary: oneOf('größe', '日本', 'a`b', 'a b', '1a', "it's", '--', '/*+', 'a.b', '$x', '\n') },
);
export const identifier: Arbitrary<Identifier> = record<Identifier>({ kind: is('identifier'), name });
export const path = some(identifier, 1, 3);

const text: Arbitrary<string> = fc.oneof(
  fc.string({ maxLength: 6 }),
  oneOf("it's", "''", '', '--', '/*', '\\', '日本', 'a\nb', ';', '*/'),
);
export const stringLiteral: Arbitrary<StringLiteral> = record<StringLiteral>({ kind: is('string'), value: text });
export const option: Arbitrary<OptionNode> = record<OptionNode>({ kind: is('option'), key: stringLiteral, value: stringLiteral });

// Types ---------------------------------------------------------------------------------------------------------------

const nullable = fc.boolean();
export const sqlType: Arbitrary<SqlType> = fc.letrec<{ type: SqlType }>(tie => ({
  type: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'type' },
    fc.oneof(
      ...[
        types.boolean,
        types.tinyint,
        types.smallint,
        types.int,
        types.bigint,
        types.float,
        types.double,
        types.date,
        types.time,
      ].map(factory => nullable.map(value => factory(value))),
      ...[types.string, types.bytes, types.intervalYearMonth, types.intervalDayTime].map(factory =>
        nullable.map(value => factory(value)),
      ),
      fc.tuple(fc.integer({ min: 1, max: 38 }), fc.nat(38), nullable).map(([p, s, n]) => types.decimal(p, Math.min(p, s), n)),
      ...[types.char, types.varchar, types.binary, types.varbinary].map(factory =>
        fc.tuple(fc.integer({ min: 1, max: 200 }), nullable).map(([length, n]) => factory(length, n)),
      ),
      ...[types.timestamp, types.timestampLtz].map(factory => fc.tuple(fc.nat(9), nullable).map(([p, n]) => factory(p, n))),
    ),
    fc.tuple(tie('type'), nullable).map(([element, n]) => types.array(element, n)),
    fc.tuple(tie('type'), nullable).map(([element, n]) => types.multiset(element, n)),
    fc.tuple(tie('type'), tie('type'), nullable).map(([key, value, n]) => types.map(key, value, n)),
    fc
      .tuple(fc.array(fc.record({ name, type: tie('type') }), { maxLength: 3 }), nullable)
      .map(([fields, n]) => types.row(fields, n)),
  ),
})).type;
export const typeNode: Arbitrary<TypeNode> = record<TypeNode>({ kind: is('type'), type: sqlType });

// Literals ------------------------------------------------------------------------------------------------------------

const number = fc.oneof(
  record<Expression>({ kind: is('number'), form: is('integer'), text: oneOf('0', '1', '42', '9223372036854775808') }),
  record<Expression>({ kind: is('number'), form: is('decimal'), text: oneOf('1.5', '.5', '1.', '0.000') }),
  record<Expression>({ kind: is('number'), form: is('approximate'), text: oneOf('1e3', '1.5E-3', '.5e0') }),
);
const temporal = record<Expression>({ kind: is('temporal'), type: oneOf('DATE', 'TIME', 'TIMESTAMP', 'TIMESTAMP_LTZ'), text });
const dayUnits: readonly IntervalUnit[] = ['DAY', 'HOUR', 'MINUTE', 'SECOND'];
const qualifier: Arbitrary<IntervalQualifier> = fc.oneof(
  record<IntervalQualifier>(
    { kind: is('interval-qualifier'), from: oneOf<IntervalUnit>('YEAR', 'QUARTER', 'MONTH', 'WEEK', ...dayUnits) },
    { precision: fc.integer({ min: 1, max: 10 }) },
  ),
  record<IntervalQualifier>({ kind: is('interval-qualifier'), from: is('SECOND'), precision: is(3), fraction: fc.nat(9) }),
  record<IntervalQualifier>({ kind: is('interval-qualifier'), from: is('YEAR'), to: is('MONTH') }),
  record<IntervalQualifier>(
    { kind: is('interval-qualifier'), from: is('DAY'), to: oneOf('HOUR', 'MINUTE') },
    { precision: is(2) },
  ),
  record<IntervalQualifier>(
    { kind: is('interval-qualifier'), from: oneOf('DAY', 'HOUR', 'MINUTE'), to: is('SECOND') },
    { fraction: fc.nat(9) },
  ),
);
const literal: Arbitrary<Expression> = fc.oneof(
  number,
  stringLiteral,
  record<Expression>({ kind: is('bytes'), hex: oneOf('', '00', '0AFF') }),
  record<Expression>({ kind: is('boolean'), value: oneOf(true, false, null) }),
  record<Expression>({ kind: is('null') }),
  temporal,
  record<Expression>({ kind: is('interval'), negative: fc.boolean(), text, qualifier }),
);

const timeUnit = oneOf<TimeUnit>('YEAR', 'MONTH', 'WEEK', 'DAY', 'SECOND', 'EPOCH', 'DOW', 'MILLISECOND', 'ISOYEAR', 'CENTURY');
const comparison = oneOf('=', '<>', '<', '<=', '>', '>=');

const functionName = fc.oneof(
  path,
  some(
    record<Identifier>({
      kind: is('identifier'),
      name: oneOf('COUNT', 'sum', 'IF', 'ABS', 'left', 'YEAR', 'POSITION', 'substring'),
    }),
    1,
    1,
  ),
  some(
    record<Identifier>({ kind: is('identifier'), name: oneOf('OVERLAY', 'CEIL', 'Floor', 'CEILING', 'TRIM', 'EXTRACT', 'CAST') }),
    1,
    1,
  ),
);

// Expressions ---------------------------------------------------------------------------------------------------------

/** Expressions over the given queries, sub-queries included. `depth` bounds the tree. */
export function expressionOver(query: Arbitrary<Query>): {
  expression: Arbitrary<Expression>;
  sortItem: Arbitrary<SortItem>;
  window: Arbitrary<WindowSpecification>;
  tableFunctionArgument: Arbitrary<TableFunctionArgument>;
} {
  interface Rules {
    expression: Expression;
    sortItem: SortItem;
    window: WindowSpecification;
    call: Call;
    json: JsonCall;
    argument: Argument;
  }
  const rules = fc.letrec<Rules>(tie => {
    const e = tie('expression') as Arbitrary<Expression>;
    const optionalOver = { over: fc.oneof(identifier, tie('window')) };
    const behavior = (...values: JsonBehavior['behavior'][]) =>
      fc.oneof(
        record<JsonBehavior>({ kind: is('json-behavior'), behavior: fc.constantFrom(...values) }),
        ...(values.includes('ERROR') && values.includes('NULL') && !values.includes('EMPTY ARRAY')
          ? [record<JsonBehavior>({ kind: is('json-behavior'), behavior: is('DEFAULT'), value: e })]
          : []),
      );
    const bound = (...fixed: string[]) =>
      fc.oneof(
        record({ kind: is('frame-bound'), bound: fc.constantFrom(...fixed, 'CURRENT ROW') }),
        record({ kind: is('frame-bound'), bound: oneOf('PRECEDING', 'FOLLOWING'), offset: e }),
      );
    return {
      sortItem: record<SortItem>(
        { kind: is('sort-item'), expression: e, descending: fc.boolean() },
        { nulls: oneOf('FIRST', 'LAST') },
      ),
      window: record<WindowSpecification>(
        { kind: is('window'), partitionBy: some(e, 0, 2), orderBy: some(tie('sortItem'), 0, 2) },
        {
          base: identifier,
          frame: record(
            { kind: is('window-frame'), unit: oneOf('ROWS', 'RANGE'), start: bound('UNBOUNDED PRECEDING') },
            { end: bound('UNBOUNDED FOLLOWING') },
          ),
        },
      ),
      argument: fc.oneof(
        { weight: 4, arbitrary: e as Arbitrary<Argument> },
        { weight: 1, arbitrary: record<Argument>({ kind: is('named-argument'), name: identifier, value: e }) },
        { weight: 1, arbitrary: record<Argument>({ kind: is('default') }) },
      ),
      call: fc.oneof(
        record<Call>({
          kind: is('call'),
          name: functionName,
          distinct: is(false),
          star: is(false),
          arguments: some(tie('argument'), 0, 4),
          withinGroup: is([]),
        }),
        record<Call>(
          {
            kind: is('call'),
            name: functionName,
            distinct: fc.boolean(),
            star: is(false),
            arguments: some(e, 1, 2),
            withinGroup: some(tie('sortItem'), 0, 1),
          },
          { nullTreatment: oneOf('IGNORE', 'RESPECT'), filter: e, ...optionalOver },
        ),
        record<Call>({
          kind: is('call'),
          name: functionName,
          distinct: is(false),
          star: is(true),
          arguments: is([]),
          withinGroup: is([]),
        }),
      ),
      json: fc.oneof(
        record<JsonCall>(
          { kind: is('json'), function: is('JSON_VALUE'), arguments: some(e, 2, 2) },
          { returning: typeNode, onEmpty: behavior('NULL', 'ERROR'), onError: behavior('NULL', 'ERROR') },
        ),
        record<JsonCall>(
          { kind: is('json'), function: is('JSON_QUERY'), arguments: some(e, 2, 2) },
          {
            returning: typeNode,
            wrapper: oneOf('WITHOUT ARRAY', 'WITH CONDITIONAL ARRAY', 'WITH UNCONDITIONAL ARRAY'),
            onEmpty: behavior('NULL', 'ERROR', 'EMPTY ARRAY', 'EMPTY OBJECT'),
            onError: behavior('NULL', 'ERROR', 'EMPTY ARRAY', 'EMPTY OBJECT'),
          },
        ),
        record<JsonCall>(
          { kind: is('json'), function: is('JSON_EXISTS'), arguments: some(e, 2, 2) },
          { onError: behavior('TRUE', 'FALSE', 'UNKNOWN') },
        ),
        record<JsonCall>(
          { kind: is('json'), function: is('JSON_OBJECT'), arguments: fc.oneof(is([]), some(e, 2, 2), some(e, 4, 4)) },
          { onNull: oneOf('NULL', 'ABSENT') },
        ),
        record<JsonCall>(
          { kind: is('json'), function: is('JSON_ARRAY'), arguments: some(e, 0, 3) },
          { onNull: oneOf('NULL', 'ABSENT') },
        ),
        record<JsonCall>(
          { kind: is('json'), function: is('JSON_OBJECTAGG'), arguments: some(e, 2, 2) },
          { onNull: oneOf('NULL', 'ABSENT'), filter: e, ...optionalOver },
        ),
        record<JsonCall>(
          { kind: is('json'), function: is('JSON_ARRAYAGG'), arguments: some(e, 1, 1) },
          { onNull: oneOf('NULL', 'ABSENT'), filter: e, ...optionalOver },
        ),
      ),
      expression: fc.oneof(
        { maxDepth: 4, depthIdentifier: 'expression', withCrossShrink: true },
        fc.oneof(
          literal,
          record<Expression>({ kind: is('column'), parts: path }),
          record<Expression>(
            { kind: is('niladic'), name: oneOf('CURRENT_DATE', 'LOCALTIME', 'USER', 'CURRENT_TIMESTAMP') },
            { precision: fc.nat(9) },
          ),
        ),
        record<Expression>({ kind: is('interval-of'), value: e, qualifier }),
        record<Expression>({ kind: is('field'), operand: e, field: identifier }),
        record<Expression>({ kind: is('element'), operand: e, index: e }),
        record<Expression>({ kind: is('unary'), operator: oneOf('+', '-', 'NOT'), operand: e }),
        record<Expression>({
          kind: is('binary'),
          operator: fc.oneof(
            comparison,
            oneOf('OR', 'AND', '+', '-', '*', '/', '%', '||', 'OVERLAPS', 'IS DISTINCT FROM', 'IS NOT DISTINCT FROM'),
          ),
          left: e,
          right: e,
        }),
        record<Expression>({
          kind: is('is'),
          test: oneOf('NULL', 'TRUE', 'FALSE', 'UNKNOWN', 'JSON', 'JSON VALUE', 'JSON OBJECT'),
          negated: fc.boolean(),
          operand: e,
        }),
        record<Expression>({
          kind: is('between'),
          negated: fc.boolean(),
          symmetric: fc.boolean(),
          operand: e,
          lower: e,
          upper: e,
        }),
        record<Expression>({ kind: is('in-list'), negated: fc.boolean(), operand: e, values: some(e) }),
        record<Expression>({ kind: is('in-query'), negated: fc.boolean(), operand: e, query }),
        record<Expression>(
          { kind: is('like'), operator: oneOf('LIKE', 'SIMILAR TO'), negated: fc.boolean(), operand: e, pattern: e },
          { escape: e },
        ),
        record<Expression>({ kind: is('quantified'), operator: comparison, quantifier: oneOf('ANY', 'ALL'), operand: e, query }),
        record<Expression>({ kind: oneOf('exists', 'subquery'), query }),
        record<Expression>(
          { kind: is('case'), branches: some(record({ kind: is('case-branch'), when: e, result: e }), 1, 2) },
          { operand: e, otherwise: e },
        ),
        record<Expression>({ kind: is('cast'), safe: fc.boolean(), operand: e, type: typeNode }),
        record<Expression>({ kind: is('extract'), unit: timeUnit, operand: e }),
        record<Expression>({ kind: is('trim'), side: oneOf('BOTH', 'LEADING', 'TRAILING'), operand: e }, { characters: e }),
        record<Expression>({ kind: is('round-to'), function: oneOf('CEIL', 'FLOOR'), operand: e, unit: timeUnit }),
        record<Expression>({ kind: is('timestamp-add'), unit: timeUnit, count: e, operand: e }),
        record<Expression>({ kind: is('timestamp-diff'), unit: timeUnit, from: e, to: e }),
        tie('json'),
        tie('call'),
        record<Expression>({ kind: is('array'), elements: some(e, 0, 3) }),
        record<Expression>({ kind: is('map'), entries: fc.oneof(is([]), some(e, 2, 2), some(e, 4, 4)) }),
        record<Expression>({ kind: is('row'), elements: some(e, 1, 3) }),
      ) as Arbitrary<Expression>,
    };
  });
  const { expression, sortItem, window } = rules;
  // A sub-query or a row has another meaning in these two places.
  const value = expression.filter(candidate => candidate.kind !== 'subquery');
  const tableArgument = record<TableArgument>({
    kind: is('table-argument'),
    table: fc.oneof(path, query),
    partitionBy: some(expression, 0, 2).filter(keys => keys.length !== 1 || keys[0]!.kind !== 'row'),
    orderBy: some(sortItem, 0, 2),
  });
  const plain: Arbitrary<TableFunctionArgument> = fc.oneof(
    value as Arbitrary<TableFunctionArgument>,
    tableArgument,
    record<TableFunctionArgument>({ kind: is('descriptor'), columns: some(identifier) }),
    record<TableFunctionArgument>({ kind: is('default') }),
  );
  const tableFunctionArgument = fc.oneof(
    plain,
    record<TableFunctionArgument>({ kind: is('named-argument'), name: identifier, value: plain }),
  );
  return { expression, sortItem, window, tableFunctionArgument };
}
