import type { Identifier, Literal, Node, NumberLiteral, OptionNode, Path, StringLiteral, TypeNode } from './node.ts';
import type { Expression, Query } from './query.ts';

export interface CreateTable extends Node {
  readonly kind: 'create-table';
  readonly orReplace: boolean;
  readonly temporary: boolean;
  readonly ifNotExists: boolean;
  readonly name: Path;
  /** Absent when no list was written: the columns come from the connector, from LIKE or from the query. */
  readonly columns?: readonly ColumnDefinition[];
  readonly watermarks: readonly Watermark[];
  readonly primaryKey?: PrimaryKey;
  readonly comment?: StringLiteral;
  readonly distribution?: Distribution;
  readonly partitionedBy: readonly Identifier[];
  readonly options: readonly OptionNode[];
  readonly like?: LikeTable;
  /** CREATE TABLE … AS query. */
  readonly query?: Query;
}

export type ColumnDefinition = PhysicalColumn | MetadataColumn | ComputedColumn | NamedColumn;

export interface PhysicalColumn extends Node {
  readonly kind: 'physical-column';
  readonly name: Identifier;
  readonly type: TypeNode;
  readonly comment?: StringLiteral;
}

/** `c TYPE METADATA [FROM 'key'] [VIRTUAL]`. */
export interface MetadataColumn extends Node {
  readonly kind: 'metadata-column';
  readonly name: Identifier;
  readonly type: TypeNode;
  readonly key?: StringLiteral;
  readonly virtual: boolean;
  readonly comment?: StringLiteral;
}

/** `c AS expression`. */
export interface ComputedColumn extends Node {
  readonly kind: 'computed-column';
  readonly name: Identifier;
  readonly expression: Expression;
  readonly comment?: StringLiteral;
}

/** A bare name, with AS query only: the query's columns in this order. */
export interface NamedColumn extends Node {
  readonly kind: 'named-column';
  readonly name: Identifier;
}

/** `WATERMARK FOR column AS expression`; the column may be a path into a ROW, which the binder refuses. */
export interface Watermark extends Node {
  readonly kind: 'watermark';
  readonly column: Path;
  readonly expression: Expression;
}

/** `PRIMARY KEY (…) NOT ENFORCED`, also when written behind one column. */
export interface PrimaryKey extends Node {
  readonly kind: 'primary-key';
  readonly name?: Identifier;
  readonly columns: readonly Identifier[];
  /** False for NOT ENFORCED; Flink knows no other. */
  readonly enforced: boolean;
}

/** `DISTRIBUTED BY HASH (a) INTO 4 BUCKETS`. */
export interface Distribution extends Node {
  readonly kind: 'distribution';
  readonly method?: 'HASH' | 'RANGE';
  readonly columns: readonly Identifier[];
  readonly buckets?: NumberLiteral;
}

export type LikeFeature =
  | 'ALL'
  | 'CONSTRAINTS'
  | 'DISTRIBUTION'
  | 'GENERATED'
  | 'METADATA'
  | 'OPTIONS'
  | 'PARTITIONS'
  | 'WATERMARKS';

export interface LikeOption extends Node {
  readonly kind: 'like-option';
  readonly strategy: 'INCLUDING' | 'EXCLUDING' | 'OVERWRITING';
  readonly feature: LikeFeature;
}

export interface LikeTable extends Node {
  readonly kind: 'like-table';
  readonly table: Path;
  readonly options: readonly LikeOption[];
}

export interface AlterTable extends Node {
  readonly kind: 'alter-table';
  readonly ifExists: boolean;
  readonly name: Path;
  readonly action: AlterTableAction;
}

export type AlterTableAction =
  | RenameTable
  | RenameColumn
  | SetOptions
  | ResetOptions
  | ChangeSchema
  | DropColumns
  | DropConstraint
  | DropPart
  | ChangePartitions;

export interface RenameTable extends Node {
  readonly kind: 'rename-table';
  readonly to: Path;
}

export interface RenameColumn extends Node {
  readonly kind: 'rename-column';
  readonly from: Path;
  readonly to: Identifier;
}

export interface SetOptions extends Node {
  readonly kind: 'set-options';
  readonly options: readonly OptionNode[];
}

export interface ResetOptions extends Node {
  readonly kind: 'reset-options';
  readonly keys: readonly StringLiteral[];
}

/** ALTER TABLE … ADD | MODIFY one part, or several in parentheses. */
export interface ChangeSchema extends Node {
  readonly kind: 'add' | 'modify';
  readonly columns: readonly PositionedColumn[];
  readonly watermarks: readonly Watermark[];
  readonly primaryKey?: PrimaryKey;
  readonly distribution?: Distribution;
}

export interface PositionedColumn extends Node {
  readonly kind: 'positioned-column';
  readonly column: ColumnDefinition;
  /** FIRST, or AFTER a column; absent: where it was, or last. */
  readonly position?: 'FIRST' | Identifier;
}

export interface DropColumns extends Node {
  readonly kind: 'drop-columns';
  readonly columns: readonly Path[];
}

export interface DropConstraint extends Node {
  readonly kind: 'drop-constraint';
  readonly name: Identifier;
}

export interface DropPart extends Node {
  readonly kind: 'drop-part';
  readonly part: 'PRIMARY KEY' | 'WATERMARK' | 'DISTRIBUTION';
}

/** ADD PARTITION (…) [WITH (…)] …, DROP PARTITION (…), …. */
export interface ChangePartitions extends Node {
  readonly kind: 'add-partitions' | 'drop-partitions';
  /** IF NOT EXISTS of ADD, IF EXISTS of DROP. */
  readonly ifNeeded: boolean;
  readonly partitions: readonly PartitionSpecification[];
}

export interface PartitionSpecification extends Node {
  readonly kind: 'partition';
  readonly values: readonly PartitionPair[];
  readonly options: readonly OptionNode[];
}

/** `column = literal`. */
export interface PartitionPair extends Node {
  readonly kind: 'partition-pair';
  readonly column: Identifier;
  readonly value: Literal;
}
