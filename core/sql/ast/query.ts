import type { Hint, Identifier, IntervalQualifier, Literal, Node, Path, StringLiteral, TimeUnit, TypeNode } from './node.ts';

/** Expressions and queries contain one another, so they live in one file. Parentheses leave no trace in the tree. */
export type Expression =
  | Literal
  | IntervalOf
  | ColumnReference
  | FieldAccess
  | ElementAccess
  | Unary
  | Binary
  | IsTest
  | Between
  | InList
  | InQuery
  | Like
  | Quantified
  | Exists
  | Subquery
  | Case
  | Cast
  | Extract
  | Trim
  | RoundTo
  | TimestampAdd
  | TimestampDiff
  | JsonCall
  | Niladic
  | Call
  | ArrayConstructor
  | MapConstructor
  | RowConstructor;

export type ExpressionKind = Expression['kind'];

/** `INTERVAL n DAY`, `INTERVAL (a + b) SECOND`: an interval of a computed number of units. */
export interface IntervalOf extends Node {
  readonly kind: 'interval-of';
  readonly value: Expression;
  readonly qualifier: IntervalQualifier;
}

/** `c`, `t.c`, `t.c.field`, …: which part names what is the binder's matter. */
export interface ColumnReference extends Node {
  readonly kind: 'column';
  readonly parts: Path;
}

/** `.field` of anything that is not a plain dotted name: `f(x).a`, `a[1].b`, `(r).c`. */
export interface FieldAccess extends Node {
  readonly kind: 'field';
  readonly operand: Expression;
  readonly field: Identifier;
}

/** `array[index]` (1-based) or `map[key]`. */
export interface ElementAccess extends Node {
  readonly kind: 'element';
  readonly operand: Expression;
  readonly index: Expression;
}

export interface Unary extends Node {
  readonly kind: 'unary';
  readonly operator: '+' | '-' | 'NOT';
  readonly operand: Expression;
}

export type Comparison = '=' | '<>' | '<' | '<=' | '>' | '>=';

export type BinaryOperator =
  | 'OR'
  | 'AND'
  | Comparison
  | 'IS DISTINCT FROM'
  | 'IS NOT DISTINCT FROM'
  | 'OVERLAPS'
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '||';

/** `!=` is folded to `<>`. */
export interface Binary extends Node {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
}

export interface IsTest extends Node {
  readonly kind: 'is';
  readonly test: 'NULL' | 'TRUE' | 'FALSE' | 'UNKNOWN' | 'JSON' | 'JSON VALUE' | 'JSON OBJECT' | 'JSON ARRAY' | 'JSON SCALAR';
  readonly negated: boolean;
  readonly operand: Expression;
}

export interface Between extends Node {
  readonly kind: 'between';
  readonly negated: boolean;
  readonly symmetric: boolean;
  readonly operand: Expression;
  readonly lower: Expression;
  readonly upper: Expression;
}

export interface InList extends Node {
  readonly kind: 'in-list';
  readonly negated: boolean;
  readonly operand: Expression;
  readonly values: readonly Expression[];
}

export interface InQuery extends Node {
  readonly kind: 'in-query';
  readonly negated: boolean;
  readonly operand: Expression;
  readonly query: Query;
}

export interface Like extends Node {
  readonly kind: 'like';
  readonly operator: 'LIKE' | 'SIMILAR TO';
  readonly negated: boolean;
  readonly operand: Expression;
  readonly pattern: Expression;
  readonly escape?: Expression;
}

/** `a > ALL (query)`, `a = ANY (query)`; SOME is folded to ANY. */
export interface Quantified extends Node {
  readonly kind: 'quantified';
  readonly operator: Comparison;
  readonly quantifier: 'ANY' | 'ALL';
  readonly operand: Expression;
  readonly query: Query;
}

export interface Exists extends Node {
  readonly kind: 'exists';
  readonly query: Query;
}

/** A query in parentheses where a value is wanted. */
export interface Subquery extends Node {
  readonly kind: 'subquery';
  readonly query: Query;
}

/** With an operand it is the simple form; `WHEN 1, 2 THEN x` is folded to two branches. */
export interface Case extends Node {
  readonly kind: 'case';
  readonly operand?: Expression;
  readonly branches: readonly CaseBranch[];
  readonly otherwise?: Expression;
}

export interface CaseBranch extends Node {
  readonly kind: 'case-branch';
  readonly when: Expression;
  readonly result: Expression;
}

/** `safe`: TRY_CAST, which gives NULL where CAST fails. */
export interface Cast extends Node {
  readonly kind: 'cast';
  readonly safe: boolean;
  readonly operand: Expression;
  readonly type: TypeNode;
}

export interface Extract extends Node {
  readonly kind: 'extract';
  readonly unit: TimeUnit;
  readonly operand: Expression;
}

/** `TRIM(x)` is BOTH without characters, which means spaces. */
export interface Trim extends Node {
  readonly kind: 'trim';
  readonly side: 'BOTH' | 'LEADING' | 'TRAILING';
  readonly characters?: Expression;
  readonly operand: Expression;
}

/** `FLOOR(t TO HOUR)`; without TO they are plain calls. */
export interface RoundTo extends Node {
  readonly kind: 'round-to';
  readonly function: 'CEIL' | 'FLOOR';
  readonly operand: Expression;
  readonly unit: TimeUnit;
}

export interface TimestampAdd extends Node {
  readonly kind: 'timestamp-add';
  readonly unit: TimeUnit;
  readonly count: Expression;
  readonly operand: Expression;
}

/** `TIMESTAMPDIFF(unit, from, to)` is `to − from`. */
export interface TimestampDiff extends Node {
  readonly kind: 'timestamp-diff';
  readonly unit: TimeUnit;
  readonly from: Expression;
  readonly to: Expression;
}

export type JsonFunction =
  | 'JSON_VALUE'
  | 'JSON_QUERY'
  | 'JSON_EXISTS'
  | 'JSON_OBJECT'
  | 'JSON_OBJECTAGG'
  | 'JSON_ARRAY'
  | 'JSON_ARRAYAGG';

export interface JsonBehavior extends Node {
  readonly kind: 'json-behavior';
  readonly behavior: 'NULL' | 'ERROR' | 'DEFAULT' | 'EMPTY ARRAY' | 'EMPTY OBJECT' | 'TRUE' | 'FALSE' | 'UNKNOWN';
  /** With DEFAULT. */
  readonly value?: Expression;
}

/** SQL/JSON's own syntax. Arguments of JSON_OBJECT and JSON_OBJECTAGG are key, value, key, value, … */
export interface JsonCall extends Node {
  readonly kind: 'json';
  readonly function: JsonFunction;
  readonly arguments: readonly Expression[];
  readonly returning?: TypeNode;
  readonly wrapper?: 'WITHOUT ARRAY' | 'WITH CONDITIONAL ARRAY' | 'WITH UNCONDITIONAL ARRAY';
  readonly onEmpty?: JsonBehavior;
  readonly onError?: JsonBehavior;
  readonly onNull?: 'NULL' | 'ABSENT';
  readonly filter?: Expression;
  readonly over?: WindowSpecification | Identifier;
}

export type NiladicName =
  | 'CURRENT_DATE'
  | 'CURRENT_TIME'
  | 'CURRENT_TIMESTAMP'
  | 'LOCALTIME'
  | 'LOCALTIMESTAMP'
  | 'CURRENT_CATALOG'
  | 'CURRENT_SCHEMA'
  | 'CURRENT_USER'
  | 'SESSION_USER'
  | 'SYSTEM_USER'
  | 'USER';

/** A function written without parentheses. */
export interface Niladic extends Node {
  readonly kind: 'niladic';
  readonly name: NiladicName;
  readonly precision?: number;
}

/**
 * Every other function: scalar, aggregate, ranking, user's own; which it is, is the binder's matter. `POSITION(a IN b)`, `SUBSTRING(a FROM b FOR c)` and
 * `OVERLAY(a PLACING b FROM c FOR d)` are folded to positional arguments. The name is as written: built-ins match in any case.
 */
export interface Call extends Node {
  readonly kind: 'call';
  readonly name: Path;
  readonly distinct: boolean;
  /** `COUNT(*)`: no arguments. */
  readonly star: boolean;
  readonly arguments: readonly Argument[];
  readonly nullTreatment?: 'IGNORE' | 'RESPECT';
  /** Empty without WITHIN GROUP. */
  readonly withinGroup: readonly SortItem[];
  readonly filter?: Expression;
  readonly over?: WindowSpecification | Identifier;
}

export type Argument = Expression | NamedArgument | DefaultArgument;

/** `name => value`. */
export interface NamedArgument extends Node {
  readonly kind: 'named-argument';
  readonly name: Identifier;
  readonly value: TableFunctionArgument;
}

/** DEFAULT. */
export interface DefaultArgument extends Node {
  readonly kind: 'default';
}

export interface ArrayConstructor extends Node {
  readonly kind: 'array';
  readonly elements: readonly Expression[];
}

/** Keys and values in turn. */
export interface MapConstructor extends Node {
  readonly kind: 'map';
  readonly entries: readonly Expression[];
}

/** `ROW(a, b)` or `(a, b)`. */
export interface RowConstructor extends Node {
  readonly kind: 'row';
  readonly elements: readonly Expression[];
}

/** A whole query; parts not written are empty lists or absent. */
export interface Query extends Node {
  readonly kind: 'query';
  readonly recursive: boolean;
  readonly with: readonly CommonTable[];
  readonly body: QueryBody;
  readonly orderBy: readonly SortItem[];
  readonly offset?: Expression;
  /** LIMIT or FETCH; LIMIT ALL leaves it out. */
  readonly limit?: Expression;
}

/** A nested Query only where it has a WITH, ORDER BY, OFFSET or LIMIT of its own. */
export type QueryBody = Select | SetOperation | Values | TableQuery | Query;

export interface CommonTable extends Node {
  readonly kind: 'common-table';
  readonly name: Identifier;
  readonly columns: readonly Identifier[];
  readonly query: Query;
}

export interface Select extends Node {
  readonly kind: 'select';
  readonly hints: readonly Hint[];
  readonly distinct: boolean;
  readonly items: readonly SelectItem[];
  /** References joined by commas; empty without FROM. */
  readonly from: readonly TableReference[];
  readonly where?: Expression;
  readonly groupBy?: GroupBy;
  readonly having?: Expression;
  readonly windows: readonly NamedWindow[];
  readonly qualify?: Expression;
}

export type SelectItem = ExpressionItem | StarItem;

export interface ExpressionItem extends Node {
  readonly kind: 'item';
  readonly expression: Expression;
  readonly alias?: Identifier;
}

/** `*` (empty qualifier) or `t.*`. */
export interface StarItem extends Node {
  readonly kind: 'star';
  readonly qualifier: Path;
}

export interface SetOperation extends Node {
  readonly kind: 'set-operation';
  readonly operator: 'UNION' | 'EXCEPT' | 'INTERSECT';
  readonly all: boolean;
  readonly left: QueryBody;
  readonly right: QueryBody;
}

/** `VALUES (1, 'a'), (2, 'b')`: a list of expressions a row. */
export interface Values extends Node {
  readonly kind: 'values';
  readonly rows: readonly (readonly Expression[])[];
}

/** `TABLE t`. */
export interface TableQuery extends Node {
  readonly kind: 'table-query';
  readonly name: Path;
}

export interface GroupBy extends Node {
  readonly kind: 'group-by';
  /** GROUP BY DISTINCT: equal grouping sets once. */
  readonly distinct: boolean;
  readonly elements: readonly GroupingElement[];
}

export type GroupingElement = GroupingSet | Rollup | GroupingSets;

/** One expression, `(a, b)`, or `()`. */
export interface GroupingSet extends Node {
  readonly kind: 'grouping-set';
  readonly expressions: readonly Expression[];
}

export interface Rollup extends Node {
  readonly kind: 'rollup' | 'cube';
  readonly sets: readonly GroupingSet[];
}

export interface GroupingSets extends Node {
  readonly kind: 'grouping-sets';
  readonly elements: readonly GroupingElement[];
}

export interface SortItem extends Node {
  readonly kind: 'sort-item';
  readonly expression: Expression;
  readonly descending: boolean;
  readonly nulls?: 'FIRST' | 'LAST';
}

export interface NamedWindow extends Node {
  readonly kind: 'named-window';
  readonly name: Identifier;
  readonly window: WindowSpecification;
}

export interface WindowSpecification extends Node {
  readonly kind: 'window';
  /** The named window it builds on. */
  readonly base?: Identifier;
  readonly partitionBy: readonly Expression[];
  readonly orderBy: readonly SortItem[];
  readonly frame?: WindowFrame;
}

export interface WindowFrame extends Node {
  readonly kind: 'window-frame';
  readonly unit: 'ROWS' | 'RANGE';
  readonly start: FrameBound;
  /** Absent: the short form without BETWEEN, which ends at the current row. */
  readonly end?: FrameBound;
}

export interface FrameBound extends Node {
  readonly kind: 'frame-bound';
  readonly bound: 'UNBOUNDED PRECEDING' | 'PRECEDING' | 'CURRENT ROW' | 'FOLLOWING' | 'UNBOUNDED FOLLOWING';
  /** With PRECEDING and FOLLOWING: rows, or an interval. */
  readonly offset?: Expression;
}

export type TableReference = NamedTable | FileTable | DerivedTable | TableFunction | Unnest | Join | MatchRecognize;

export interface TableAlias extends Node {
  readonly kind: 'alias';
  readonly name: Identifier;
  readonly columns: readonly Identifier[];
}

export interface NamedTable extends Node {
  readonly kind: 'table';
  readonly name: Path;
  readonly hints: readonly Hint[];
  /** FOR SYSTEM_TIME AS OF. */
  readonly systemTime?: Expression;
  readonly alias?: TableAlias;
}

/** `FROM 'file.parquet'`, an extension of ours. */
export interface FileTable extends Node {
  readonly kind: 'file';
  readonly path: StringLiteral;
  readonly hints: readonly Hint[];
  readonly alias?: TableAlias;
}

export interface DerivedTable extends Node {
  readonly kind: 'derived';
  readonly lateral: boolean;
  readonly query: Query;
  readonly alias?: TableAlias;
}

/** `TABLE(f(…))`, `f(…)` or `LATERAL TABLE(f(…))`: window table functions and users' own. */
export interface TableFunction extends Node {
  readonly kind: 'table-function';
  readonly lateral: boolean;
  readonly name: Path;
  readonly arguments: readonly TableFunctionArgument[];
  readonly alias?: TableAlias;
}

export type TableFunctionArgument = Argument | Descriptor | TableArgument;

/** `DESCRIPTOR(a, b)`. */
export interface Descriptor extends Node {
  readonly kind: 'descriptor';
  readonly columns: readonly Identifier[];
}

/** `TABLE t PARTITION BY k ORDER BY o`, `(query) PARTITION BY …`; a bare `(query)` too. */
export interface TableArgument extends Node {
  readonly kind: 'table-argument';
  readonly table: Path | Query;
  readonly partitionBy: readonly Expression[];
  readonly orderBy: readonly SortItem[];
}

export interface Unnest extends Node {
  readonly kind: 'unnest';
  readonly operand: Expression;
  readonly ordinality: boolean;
  readonly alias?: TableAlias;
}

/** `t MATCH_RECOGNIZE (…)`. */
export interface MatchRecognize extends Node {
  readonly kind: 'match-recognize';
  readonly input: TableReference;
  readonly partitionBy: readonly Expression[];
  readonly orderBy: readonly SortItem[];
  readonly measures: readonly Measure[];
  /** ALL ROWS PER MATCH. */
  readonly allRows: boolean;
  readonly skip?: MatchSkip;
  readonly pattern: RowPattern;
  /** WITHIN: an interval. */
  readonly within?: Expression;
  readonly subsets: readonly PatternSubset[];
  readonly define: readonly PatternDefinition[];
  readonly alias?: TableAlias;
}

export interface Measure extends Node {
  readonly kind: 'measure';
  readonly expression: Expression;
  readonly alias: Identifier;
}

export interface MatchSkip extends Node {
  readonly kind: 'match-skip';
  readonly to: 'PAST LAST ROW' | 'TO NEXT ROW' | 'TO FIRST' | 'TO LAST';
  /** With TO FIRST and TO LAST; `TO x` is folded to TO LAST x. */
  readonly variable?: Identifier;
}

export interface PatternSubset extends Node {
  readonly kind: 'pattern-subset';
  readonly name: Identifier;
  readonly variables: readonly Identifier[];
}

export interface PatternDefinition extends Node {
  readonly kind: 'pattern-definition';
  readonly variable: Identifier;
  readonly condition: Expression;
}

export type RowPattern = PatternVariable | PatternList | PatternRepeat;

export interface PatternVariable extends Node {
  readonly kind: 'pattern-variable';
  readonly name: Identifier;
}

/** `A B`, or `A | B`. */
export interface PatternList extends Node {
  readonly kind: 'pattern-sequence' | 'pattern-alternation';
  readonly parts: readonly RowPattern[];
}

/** `A*`, `A+?`, `A{2,3}`; without `max` there is no bound. */
export interface PatternRepeat extends Node {
  readonly kind: 'pattern-repeat';
  readonly pattern: RowPattern;
  readonly min: number;
  readonly max?: number;
  readonly reluctant: boolean;
}

export interface Join extends Node {
  readonly kind: 'join';
  readonly type: 'INNER' | 'LEFT' | 'RIGHT' | 'FULL' | 'CROSS';
  readonly natural: boolean;
  readonly left: TableReference;
  readonly right: TableReference;
  readonly on?: Expression;
  /** Empty without USING. */
  readonly using: readonly Identifier[];
}
