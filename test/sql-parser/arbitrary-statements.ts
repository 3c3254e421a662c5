import fc from 'fast-check';
import type { Hint } from '../../core/sql/ast/node.ts';
import type {
  GroupingElement,
  GroupingSet,
  Query,
  QueryBody,
  Select,
  TableAlias,
  TableReference,
} from '../../core/sql/ast/query.ts';
import type { Insert, Statement } from '../../core/sql/ast/statement.ts';
import type {
  AlterTableAction,
  ColumnDefinition,
  CreateTable,
  Distribution,
  PositionedColumn,
  PrimaryKey,
  Watermark,
} from '../../core/sql/ast/table.ts';
import {
  expressionOver,
  identifier,
  oneOf,
  option,
  path,
  record,
  some,
  span,
  stringLiteral,
  typeNode,
} from './arbitrary-expressions.ts';

type Arbitrary<T> = fc.Arbitrary<T>;
const is = fc.constant;
const none = is([]);

const hint: Arbitrary<Hint> = fc
  .oneof(
    record<Hint>({ kind: is('hint'), name: identifier, options: some(option, 1, 2), values: none }),
    record<Hint>({
      kind: is('hint'),
      name: identifier,
      options: none,
      values: some(oneOf('a', 'left', '3', '1.5', 'a b', "it's", '*/'), 0, 2),
    }),
  )
  .filter(candidate => !JSON.stringify(candidate).includes('*/'));
const hints = some(hint, 0, 2);
const alias = record<TableAlias>({ kind: is('alias'), name: identifier, columns: some(identifier, 0, 2) });

const one: Query = {
  kind: 'query',
  recursive: false,
  with: [],
  body: { kind: 'values', rows: [[{ kind: 'number', form: 'integer', text: '1', span }]], span },
  orderBy: [],
  span,
};

/** Queries nested at most `levels` deep in one another. */
function queryOf(levels: number): Arbitrary<Query> {
  const inner = levels === 0 ? is(one) : queryOf(levels - 1);
  const { expression, sortItem, window, tableFunctionArgument } = expressionOver(inner);
  const values = record<QueryBody>({ kind: is('values'), rows: some(some(expression, 1, 3), 1, 3) });

  const reference: Arbitrary<TableReference> = fc.letrec<{ reference: TableReference }>(tie => {
    const primary = fc.oneof(
      record<TableReference>({ kind: is('table'), name: path, hints }, { systemTime: expression, alias }),
      record<TableReference>({ kind: is('file'), path: stringLiteral, hints }, { alias }),
      record<TableReference>({ kind: is('derived'), lateral: fc.boolean(), query: inner }, { alias }),
      record<TableReference>(
        { kind: is('table-function'), lateral: fc.boolean(), name: path, arguments: some(tableFunctionArgument, 0, 3) },
        { alias },
      ),
      record<TableReference>({ kind: is('unnest'), operand: expression, ordinality: fc.boolean() }, { alias }),
    );
    const joined = { kind: is('join'), left: tie('reference'), right: tie('reference') };
    const type = oneOf('INNER', 'LEFT', 'RIGHT', 'FULL');
    return {
      reference: fc.oneof(
        { maxDepth: 2, depthIdentifier: 'reference' },
        primary,
        record<TableReference>({ ...joined, type, natural: is(false), on: expression, using: none }),
        record<TableReference>({ ...joined, type, natural: is(false), using: some(identifier) }),
        record<TableReference>({ ...joined, type, natural: is(true), using: none }),
        record<TableReference>({ ...joined, type: is('CROSS'), natural: is(false), using: none }),
      ),
    };
  }).reference;

  const set = record<GroupingSet>({ kind: is('grouping-set'), expressions: some(expression, 0, 2) });
  const grouping = fc.letrec<{ element: GroupingElement }>(tie => ({
    element: fc.oneof(
      { maxDepth: 2, depthIdentifier: 'grouping' },
      set as Arbitrary<GroupingElement>,
      record<GroupingElement>({ kind: oneOf('rollup', 'cube'), sets: some(set) }),
      record<GroupingElement>({ kind: is('grouping-sets'), elements: some(tie('element')) }),
    ),
  })).element;

  const select = record<Select>(
    {
      kind: is('select'),
      hints,
      distinct: fc.boolean(),
      items: some(
        fc.oneof(
          record({ kind: is('item'), expression }, { alias: identifier }),
          record({ kind: is('star'), qualifier: some(identifier, 0, 2) }),
        ),
      ),
      from: some(reference, 0, 2),
      windows: some(record({ kind: is('named-window'), name: identifier, window }), 0, 1),
    },
    {
      where: expression,
      groupBy: record({ kind: is('group-by'), distinct: fc.boolean(), elements: some(grouping) }),
      having: expression,
      qualify: expression,
    },
  );

  const finished = (body: Arbitrary<QueryBody>): Arbitrary<Query> =>
    record<Query>(
      {
        kind: is('query'),
        with: some(record({ kind: is('common-table'), name: identifier, columns: some(identifier, 0, 2), query: inner }), 0, 1),
        body,
        orderBy: some(sortItem, 0, 2),
      },
      { offset: expression, limit: expression },
    ).chain(query =>
      query.with.length === 0 ? is({ ...query, recursive: false }) : fc.boolean().map(recursive => ({ ...query, recursive })),
    );
  const isBare = (query: Query) =>
    query.with.length === 0 && query.orderBy.length === 0 && query.limit === undefined && query.offset === undefined;

  const body = fc.letrec<{ body: QueryBody }>(tie => ({
    body: fc.oneof(
      { maxDepth: 2, depthIdentifier: 'body' },
      fc.oneof(select as Arbitrary<QueryBody>, values, record<QueryBody>({ kind: is('table-query'), name: path })),
      record<QueryBody>({
        kind: is('set-operation'),
        operator: oneOf('UNION', 'EXCEPT', 'INTERSECT'),
        all: fc.boolean(),
        left: tie('body'),
        right: tie('body'),
      }),
      finished(tie('body') as Arbitrary<QueryBody>).map(query => (isBare(query) ? query.body : query)),
    ),
  })).body;
  return finished(body).map(query => (isBare(query) && query.body.kind === 'query' ? query.body : query));
}

export const query = queryOf(1);
export const { expression } = expressionOver(query);

// Statements ----------------------------------------------------------------------------------------------------------

const insert = record<Insert>({
  kind: is('insert'),
  overwrite: fc.boolean(),
  table: path,
  hints,
  partition: some(record({ kind: is('partition-value'), column: identifier }, { value: stringLiteral }), 0, 2),
  columns: some(identifier, 0, 2),
  query,
});

const comment = { comment: stringLiteral };
const typedColumn: Arbitrary<ColumnDefinition> = fc.oneof(
  record<ColumnDefinition>({ kind: is('physical-column'), name: identifier, type: typeNode }, comment),
  record<ColumnDefinition>(
    { kind: is('metadata-column'), name: identifier, type: typeNode, virtual: fc.boolean() },
    { key: stringLiteral, ...comment },
  ),
  record<ColumnDefinition>({ kind: is('computed-column'), name: identifier, expression }, comment),
);
const namedColumn = record<ColumnDefinition>({ kind: is('named-column'), name: identifier });
const watermark = record<Watermark>({ kind: is('watermark'), column: path, expression });
const primaryKey = record<PrimaryKey>(
  { kind: is('primary-key'), columns: some(identifier), enforced: fc.boolean() },
  { name: identifier },
);
const buckets = record({ kind: is('number'), form: is('integer'), text: is('4') });
const distribution: Arbitrary<Distribution> = fc.oneof(
  record<Distribution>({ kind: is('distribution'), columns: some(identifier) }, { method: oneOf('HASH', 'RANGE'), buckets }),
  record<Distribution>({ kind: is('distribution'), columns: none, buckets }),
);
const like = record({
  kind: is('like-table'),
  table: path,
  options: some(
    record({
      kind: is('like-option'),
      strategy: oneOf('INCLUDING', 'EXCLUDING', 'OVERWRITING'),
      feature: oneOf('ALL', 'METADATA', 'OPTIONS', 'WATERMARKS'),
    }),
    0,
    2,
  ),
});
const tableHead = {
  kind: is('create-table'),
  orReplace: fc.boolean(),
  temporary: fc.boolean(),
  ifNotExists: fc.boolean(),
  name: path,
  partitionedBy: some(identifier, 0, 2),
  options: some(option, 0, 2),
};
const createTableAs: Arbitrary<CreateTable> = record<CreateTable>(
  { ...tableHead, watermarks: none, query },
  { distribution, columns: some(fc.oneof(typedColumn, namedColumn)), ...comment },
);
const createTable: Arbitrary<CreateTable> = fc.oneof(
  record<CreateTable>({ ...tableHead, watermarks: none }, { distribution, like, ...comment }),
  createTableAs,
  record<CreateTable>(
    { ...tableHead, columns: some(typedColumn, 0, 4), watermarks: some(watermark, 0, 1) },
    { primaryKey, distribution, like, ...comment },
  ),
);

const positioned = record<PositionedColumn>(
  { kind: is('positioned-column'), column: typedColumn },
  { position: fc.oneof(is('FIRST'), identifier) },
);
const action: Arbitrary<AlterTableAction> = fc.oneof(
  record<AlterTableAction>({ kind: is('rename-table'), to: path }),
  record<AlterTableAction>({ kind: is('rename-column'), from: path, to: identifier }),
  record<AlterTableAction>({ kind: is('set-options'), options: some(option, 0, 2) }),
  record<AlterTableAction>({ kind: is('reset-options'), keys: some(stringLiteral) }),
  record<AlterTableAction>(
    { kind: oneOf('add', 'modify'), columns: some(positioned, 1, 2), watermarks: some(watermark, 0, 1) },
    { primaryKey },
  ),
  record<AlterTableAction>({ kind: oneOf('add', 'modify'), columns: none, watermarks: none, distribution }),
  record<AlterTableAction>({ kind: is('drop-columns'), columns: some(path) }),
  record<AlterTableAction>({ kind: is('drop-constraint'), name: identifier }),
  record<AlterTableAction>({ kind: is('drop-part'), part: oneOf('PRIMARY KEY', 'WATERMARK', 'DISTRIBUTION') }),
);

const inserts = some(insert, 1, 2);
const statementSet = record<Statement>({ kind: is('statement-set'), inserts });
const language = oneOf('WASM', 'JAVA', 'SCALA', 'PYTHON');
const resource = record({ kind: is('resource'), type: oneOf('WASM', 'JAR', 'FILE'), path: stringLiteral });
const flags = { temporary: fc.boolean(), ifExists: fc.boolean(), name: path };
const showLike = record({ kind: is('show-like'), negated: fc.boolean(), caseInsensitive: fc.boolean(), pattern: stringLiteral });

export const statement: Arbitrary<Statement> = fc.oneof(
  query as Arbitrary<Statement>,
  insert as Arbitrary<Statement>,
  statementSet,
  createTable as Arbitrary<Statement>,
  record<Statement>({ kind: is('alter-table'), ifExists: fc.boolean(), name: path, action }),
  record<Statement>(
    {
      kind: is('create-view'),
      temporary: fc.boolean(),
      ifNotExists: fc.boolean(),
      name: path,
      columns: some(identifier, 0, 2),
      query,
    },
    comment,
  ),
  record<Statement>({ kind: is('alter-view'), name: path, renameTo: path }),
  record<Statement>({ kind: is('alter-view'), name: path, query }),
  fc.boolean().chain(system =>
    record<Statement>(
      {
        kind: is('create-function'),
        orReplace: fc.boolean(),
        temporary: system ? is(true) : fc.boolean(),
        system: is(system),
        ifNotExists: fc.boolean(),
        name: path,
        resources: some(resource, 1, 2),
        options: some(option, 0, 1),
      },
      { as: stringLiteral, language },
    ),
  ),
  record<Statement>(
    {
      kind: is('alter-function'),
      temporary: is(true),
      system: fc.boolean(),
      ifExists: fc.boolean(),
      name: path,
      as: stringLiteral,
    },
    { language },
  ),
  record<Statement>(
    { kind: is('create-catalog'), ifNotExists: fc.boolean(), name: identifier, options: some(option, 0, 2) },
    comment,
  ),
  record<Statement>({ kind: is('alter-catalog'), name: identifier, set: some(option), reset: none }),
  record<Statement>({ kind: is('alter-catalog'), name: identifier, set: none, reset: some(stringLiteral) }),
  record<Statement>({ kind: is('alter-catalog'), name: identifier, set: none, reset: none, comment: stringLiteral }),
  record<Statement>({ kind: is('create-database'), ifNotExists: fc.boolean(), name: path, options: some(option, 0, 2) }, comment),
  record<Statement>({ kind: is('alter-database'), name: path, set: some(option) }),
  record<Statement>({ kind: is('drop'), object: oneOf('TABLE', 'VIEW', 'FUNCTION'), system: is(false), ...flags }),
  record<Statement>({ kind: is('drop'), object: is('FUNCTION'), system: is(true), ...flags, temporary: is(true) }),
  record<Statement>({ kind: is('drop'), object: is('CATALOG'), system: is(false), ...flags, temporary: is(false) }),
  record<Statement>(
    { kind: is('drop'), object: is('DATABASE'), system: is(false), ...flags, temporary: is(false) },
    { behavior: oneOf('RESTRICT', 'CASCADE') },
  ),
  record<Statement>({ kind: is('use'), object: is('DATABASE'), name: path }),
  record<Statement>({ kind: is('use'), object: is('CATALOG'), name: some(identifier, 1, 1) }),
  record<Statement>({ kind: is('use-modules'), names: some(identifier) }),
  record<Statement>({ kind: is('set') }, { option }),
  record<Statement>({ kind: is('reset') }, { key: stringLiteral }),
  record<Statement>(
    { kind: is('show'), object: oneOf('TABLES', 'VIEWS', 'FUNCTIONS', 'USER FUNCTIONS', 'DATABASES') },
    { of: path, like: showLike },
  ),
  record<Statement>({ kind: is('show'), object: is('COLUMNS'), of: path }, { like: showLike }),
  record<Statement>({ kind: is('show'), object: oneOf('CREATE TABLE', 'CREATE VIEW', 'CREATE CATALOG', 'PARTITIONS'), of: path }),
  record<Statement>({
    kind: is('show'),
    object: oneOf('CURRENT CATALOG', 'CURRENT DATABASE', 'MODULES', 'FULL MODULES', 'JARS', 'JOBS'),
  }),
  record<Statement>({
    kind: is('describe'),
    object: oneOf('TABLE', 'DATABASE', 'CATALOG', 'FUNCTION'),
    extended: fc.boolean(),
    name: path,
  }),
  record<Statement>({ kind: is('describe'), object: is('JOB'), extended: is(false), name: some(identifier, 1, 1) }),
  record<Statement>({
    kind: is('explain'),
    details: some(oneOf('ESTIMATED_COST', 'CHANGELOG_MODE', 'PLAN_ADVICE'), 0, 2),
    statement: fc.oneof(
      query as Arbitrary<Statement>,
      insert as Arbitrary<Statement>,
      statementSet,
      createTableAs as Arbitrary<Statement>,
    ),
  }),
  record<Statement>({ kind: is('explain-stall') }, { job: stringLiteral }),
  record<Statement>({ kind: is('stop-job'), job: stringLiteral, withSavepoint: is(true), withDrain: fc.boolean() }),
  record<Statement>({ kind: is('stop-job'), job: stringLiteral, withSavepoint: is(false), withDrain: is(false) }),
);
