import type { Hint, Identifier, IntervalLiteral, Literal, Node, OptionNode, Path, StringLiteral } from './node.ts';
import type { Argument, Expression, Query } from './query.ts';
import type { AlterTable, ColumnDefinition, CreateTable, Distribution, PrimaryKey } from './table.ts';

/** Everything that can stand between two semicolons. */
export type Statement =
  | Query
  | Insert
  | StatementSet
  | CreateTable
  | AlterTable
  | CreateView
  | AlterView
  | CreateFunction
  | AlterFunction
  | CreateCatalog
  | AlterCatalog
  | CreateDatabase
  | AlterDatabase
  | Drop
  | Use
  | UseModules
  | SetStatement
  | ResetStatement
  | Show
  | Describe
  | Explain
  | ExplainStall
  | StopJob
  | Analyze
  | Update
  | Delete
  | Truncate
  | CallProcedure
  | LoadModule
  | UnloadModule
  | Jar
  | CompilePlan
  | ExecutePlan
  | CreateModel
  | AlterModel
  | CreateMaterializedTable
  | AlterMaterializedTable;

export type StatementKind = Statement['kind'];

export interface Insert extends Node {
  readonly kind: 'insert';
  readonly overwrite: boolean;
  readonly table: Path;
  readonly hints: readonly Hint[];
  readonly partition: readonly PartitionValue[];
  /** Empty: all columns in their order. */
  readonly columns: readonly Identifier[];
  readonly query: Query;
  /** `ON CONFLICT DO …`: what becomes of rows with one primary key that the query does not have as its own. */
  readonly onConflict?: ConflictAction | undefined;
}
export type ConflictAction = 'DEDUPLICATE' | 'NOTHING' | 'ERROR';

/** `PARTITION (day = '2026-01-01', hour)`: a fixed value, or a dynamic one. */
export interface PartitionValue extends Node {
  readonly kind: 'partition-value';
  readonly column: Identifier;
  readonly value?: Literal;
}

/** `EXECUTE STATEMENT SET BEGIN … END` and `BEGIN STATEMENT SET; … END`: one job. */
export interface StatementSet extends Node {
  readonly kind: 'statement-set';
  readonly inserts: readonly Insert[];
}

/** The view's text is the query's span. */
export interface CreateView extends Node {
  readonly kind: 'create-view';
  readonly temporary: boolean;
  readonly ifNotExists: boolean;
  readonly name: Path;
  readonly columns: readonly Identifier[];
  readonly comment?: StringLiteral;
  readonly query: Query;
}

export interface AlterView extends Node {
  readonly kind: 'alter-view';
  readonly name: Path;
  readonly renameTo?: Path;
  readonly query?: Query;
}

export type FunctionLanguage = 'WASM' | 'JAVA' | 'SCALA' | 'PYTHON';

export interface FunctionResource extends Node {
  readonly kind: 'resource';
  /** WASM is the form without a word before the path: `USING 'f.wasm'`. */
  readonly type: 'WASM' | 'JAR' | 'FILE';
  readonly path: StringLiteral;
}

/** `CREATE FUNCTION f [AS 'export or class'] [LANGUAGE …] [USING …]`. */
export interface CreateFunction extends Node {
  readonly kind: 'create-function';
  readonly orReplace: boolean;
  readonly temporary: boolean;
  readonly system: boolean;
  readonly ifNotExists: boolean;
  readonly name: Path;
  readonly as?: StringLiteral;
  readonly language?: FunctionLanguage;
  readonly resources: readonly FunctionResource[];
  readonly options: readonly OptionNode[];
}

export interface AlterFunction extends Node {
  readonly kind: 'alter-function';
  readonly temporary: boolean;
  readonly system: boolean;
  readonly ifExists: boolean;
  readonly name: Path;
  readonly as: StringLiteral;
  readonly language?: FunctionLanguage;
}

export interface CreateCatalog extends Node {
  readonly kind: 'create-catalog';
  readonly ifNotExists: boolean;
  readonly name: Identifier;
  readonly comment?: StringLiteral;
  readonly options: readonly OptionNode[];
}

export interface AlterCatalog extends Node {
  readonly kind: 'alter-catalog';
  readonly name: Identifier;
  readonly set: readonly OptionNode[];
  readonly reset: readonly StringLiteral[];
  readonly comment?: StringLiteral;
}

export interface CreateDatabase extends Node {
  readonly kind: 'create-database';
  readonly ifNotExists: boolean;
  readonly name: Path;
  readonly comment?: StringLiteral;
  readonly options: readonly OptionNode[];
}

export interface AlterDatabase extends Node {
  readonly kind: 'alter-database';
  readonly name: Path;
  readonly set: readonly OptionNode[];
}

export type DropObject = 'TABLE' | 'VIEW' | 'FUNCTION' | 'CATALOG' | 'DATABASE' | 'MODEL' | 'MATERIALIZED TABLE';

export interface Drop extends Node {
  readonly kind: 'drop';
  readonly object: DropObject;
  readonly temporary: boolean;
  /** Only with FUNCTION. */
  readonly system: boolean;
  readonly ifExists: boolean;
  readonly name: Path;
  /** Only with DATABASE. */
  readonly behavior?: 'RESTRICT' | 'CASCADE';
}

export interface Use extends Node {
  readonly kind: 'use';
  readonly object: 'CATALOG' | 'DATABASE';
  readonly name: Path;
}

export interface UseModules extends Node {
  readonly kind: 'use-modules';
  readonly names: readonly Identifier[];
}

/** `SET` alone lists; `SET 'k' = 'v'` and `SET k = v` set. */
export interface SetStatement extends Node {
  readonly kind: 'set';
  readonly option?: OptionNode;
}

/** `RESET` alone resets all. */
export interface ResetStatement extends Node {
  readonly kind: 'reset';
  readonly key?: StringLiteral;
}

export type ShowObject =
  | 'TABLES'
  | 'VIEWS'
  | 'FUNCTIONS'
  | 'USER FUNCTIONS'
  | 'DATABASES'
  | 'CATALOGS'
  | 'CURRENT CATALOG'
  | 'CURRENT DATABASE'
  | 'COLUMNS'
  | 'PARTITIONS'
  | 'CREATE TABLE'
  | 'CREATE VIEW'
  | 'CREATE CATALOG'
  | 'CREATE MODEL'
  | 'CREATE MATERIALIZED TABLE'
  | 'MATERIALIZED TABLES'
  | 'MODELS'
  | 'MODULES'
  | 'FULL MODULES'
  | 'PROCEDURES'
  | 'JARS'
  | 'JOBS';

export interface Show extends Node {
  readonly kind: 'show';
  readonly object: ShowObject;
  /** The object of SHOW CREATE, COLUMNS and PARTITIONS; the FROM or IN of the lists. */
  readonly of?: Path;
  /** Only with PARTITIONS. */
  readonly partition?: readonly PartitionValue[];
  readonly like?: ShowLike;
}

export interface ShowLike extends Node {
  readonly kind: 'show-like';
  readonly negated: boolean;
  readonly caseInsensitive: boolean;
  readonly pattern: StringLiteral;
}

export interface Describe extends Node {
  readonly kind: 'describe';
  readonly object: 'TABLE' | 'DATABASE' | 'CATALOG' | 'FUNCTION' | 'MODEL' | 'JOB';
  readonly extended: boolean;
  /** For JOB one part: its id. */
  readonly name: Path;
}

export type ExplainDetail = 'ESTIMATED_COST' | 'CHANGELOG_MODE' | 'JSON_EXECUTION_PLAN' | 'PLAN_ADVICE';

export interface Explain extends Node {
  readonly kind: 'explain';
  readonly details: readonly ExplainDetail[];
  readonly statement: Query | Insert | StatementSet | CreateTable;
}

/** `EXPLAIN STALL ['job']`: what keeps a job from giving output. */
export interface ExplainStall extends Node {
  readonly kind: 'explain-stall';
  readonly job?: StringLiteral;
}

export interface StopJob extends Node {
  readonly kind: 'stop-job';
  readonly job: StringLiteral;
  readonly withSavepoint: boolean;
  readonly withDrain: boolean;
}

/** `ANALYZE TABLE t [PARTITION (…)] COMPUTE STATISTICS [FOR COLUMNS … | FOR ALL COLUMNS]`. */
export interface Analyze extends Node {
  readonly kind: 'analyze';
  readonly table: Path;
  readonly partition: readonly PartitionValue[];
  /** Absent: the number of rows only. */
  readonly columns?: 'ALL' | readonly Identifier[];
}

/** `UPDATE t [AS a] SET c = x, … [WHERE …]`. */
export interface Update extends Node {
  readonly kind: 'update';
  readonly table: Path;
  readonly alias?: Identifier;
  readonly assignments: readonly Assignment[];
  readonly where?: Expression;
}

export interface Assignment extends Node {
  readonly kind: 'assignment';
  readonly column: Path;
  readonly value: Expression;
}

/** `DELETE FROM t [AS a] [WHERE …]`. */
export interface Delete extends Node {
  readonly kind: 'delete';
  readonly table: Path;
  readonly alias?: Identifier;
  readonly where?: Expression;
}

export interface Truncate extends Node {
  readonly kind: 'truncate';
  readonly table: Path;
}

/** `CALL catalog.database.procedure(…)`. */
export interface CallProcedure extends Node {
  readonly kind: 'call-procedure';
  readonly name: Path;
  readonly arguments: readonly Argument[];
}

export interface LoadModule extends Node {
  readonly kind: 'load-module';
  readonly name: Identifier;
  readonly options: readonly OptionNode[];
}

export interface UnloadModule extends Node {
  readonly kind: 'unload-module';
  readonly name: Identifier;
}

/** `ADD JAR 'f.jar'`, `REMOVE JAR 'f.jar'`. */
export interface Jar extends Node {
  readonly kind: 'jar';
  readonly action: 'ADD' | 'REMOVE';
  readonly path: StringLiteral;
}

/** `COMPILE [AND EXECUTE] PLAN 'f.json' [IF NOT EXISTS] FOR …`. */
export interface CompilePlan extends Node {
  readonly kind: 'compile-plan';
  readonly path: StringLiteral;
  readonly ifNotExists: boolean;
  readonly execute: boolean;
  readonly statement: Insert | StatementSet;
}

export interface ExecutePlan extends Node {
  readonly kind: 'execute-plan';
  readonly path: StringLiteral;
}

/** `CREATE MODEL m [INPUT (…)] [OUTPUT (…)] [COMMENT …] [WITH (…)] [AS query]`. */
export interface CreateModel extends Node {
  readonly kind: 'create-model';
  readonly orReplace: boolean;
  readonly temporary: boolean;
  readonly ifNotExists: boolean;
  readonly name: Path;
  readonly input: readonly ColumnDefinition[];
  readonly output: readonly ColumnDefinition[];
  readonly comment?: StringLiteral;
  readonly options: readonly OptionNode[];
  readonly query?: Query;
}

export interface AlterModel extends Node {
  readonly kind: 'alter-model';
  readonly ifExists: boolean;
  readonly name: Path;
  readonly renameTo?: Path;
  readonly set: readonly OptionNode[];
  readonly reset: readonly StringLiteral[];
}

export interface CreateMaterializedTable extends Node {
  readonly kind: 'create-materialized-table';
  readonly orReplace: boolean;
  readonly ifNotExists: boolean;
  readonly name: Path;
  readonly columns: readonly ColumnDefinition[];
  readonly primaryKey?: PrimaryKey;
  readonly comment?: StringLiteral;
  readonly distribution?: Distribution;
  readonly partitionedBy: readonly Identifier[];
  readonly options: readonly OptionNode[];
  readonly freshness?: IntervalLiteral;
  readonly refreshMode?: 'FULL' | 'CONTINUOUS';
  readonly query: Query;
}

export interface AlterMaterializedTable extends Node {
  readonly kind: 'alter-materialized-table';
  readonly name: Path;
  readonly action: 'SUSPEND' | 'RESUME' | 'REFRESH' | 'AS';
  /** With REFRESH. */
  readonly partition: readonly PartitionValue[];
  /** With RESUME. */
  readonly options: readonly OptionNode[];
  /** With AS. */
  readonly query?: Query;
}
