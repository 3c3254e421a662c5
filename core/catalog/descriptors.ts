import type { ArrowContent } from '../columnar/table-content.ts';
import type { Field, Schema, SqlType } from '../columnar/types.ts';
import type { Expression } from '../plan/expressions.ts';
import type { ProcessShape, TableShape } from '../plan/tabular-shapes.ts';
import type { UserAggregate } from '../plan/user-aggregate.ts';

/** Where an object lives; names are case-sensitive. */
export interface ObjectPath {
  readonly catalog: string;
  readonly database: string;
  readonly name: string;
}

export const pathToString = (path: ObjectPath): string => `${path.catalog}.${path.database}.${path.name}`;

/** A column as declared. The rows a connector delivers have the physical, then the metadata columns, each in their order. */
export type TableColumn = PhysicalColumn | MetadataColumn | ComputedColumn;
export interface PhysicalColumn {
  readonly kind: 'physical';
  readonly name: string;
  readonly type: SqlType;
  readonly comment?: string | undefined;
}
/** `key` is the connector's name for it; a virtual one is not written. */
export interface MetadataColumn {
  readonly kind: 'metadata';
  readonly name: string;
  readonly type: SqlType;
  readonly key: string;
  readonly virtual: boolean;
  readonly comment?: string | undefined;
}
/** `expression` is bound to the connector's row: {@link deliveredFields}. */
export interface ComputedColumn {
  readonly kind: 'computed';
  readonly name: string;
  readonly expression: Expression;
  /** As it was written, for SHOW CREATE TABLE. */
  readonly text: string;
  readonly comment?: string | undefined;
}

/** `expression` is bound to the table's columns in their declared order. */
export interface WatermarkDeclaration {
  readonly column: string;
  readonly expression: Expression;
  readonly text: string;
}

/** DISTRIBUTED BY: how rows spread over buckets of the outside system. */
export interface TableDistribution {
  readonly method?: 'HASH' | 'RANGE' | undefined;
  readonly columns: readonly string[];
  readonly buckets?: number | undefined;
}

/** A declared table: data only. */
export interface TableDescriptor {
  readonly kind: 'table';
  readonly path: ObjectPath;
  readonly temporary: boolean;
  readonly columns: readonly TableColumn[];
  /** Declared without physical columns: they come from the data before the table is first used. */
  readonly inferred: boolean;
  readonly watermark?: WatermarkDeclaration | undefined;
  readonly primaryKey?: readonly string[] | undefined;
  /** Given by CONSTRAINT, or made from the columns. */
  readonly primaryKeyName?: string | undefined;
  readonly partitionedBy: readonly string[];
  readonly distribution?: TableDistribution | undefined;
  readonly options: Readonly<Record<string, string>>;
  /** Rows that a client put, of a table held in memory. */
  readonly content?: ArrowContent | undefined;
  readonly comment?: string | undefined;
  /** Directory that relative paths in the options start from. */
  readonly baseDirectory?: string | undefined;
}

/** A view keeps its text and is bound anew where it is used, in the catalog and database it was made in. */
export interface ViewDescriptor {
  readonly kind: 'view';
  readonly path: ObjectPath;
  readonly temporary: boolean;
  readonly text: string;
  /** Names given to the query's columns; empty: the query's own. */
  readonly columns: readonly string[];
  /** Columns when the view was made, for DESCRIBE. */
  readonly schema: Schema;
  readonly currentCatalog: string;
  readonly currentDatabase: string;
  readonly baseDirectory?: string | undefined;
  readonly comment?: string | undefined;
}

/** A user function, once its module has been read. */
export interface FunctionDescriptor {
  /** What a plan's user-call names: unique in the session. */
  readonly key: string;
  readonly name: string;
  /** Absent for TEMPORARY SYSTEM functions. */
  readonly path?: ObjectPath | undefined;
  readonly temporary: boolean;
  readonly language: 'WASM' | 'HOST';
  /** Path of the module, as written, and its export. */
  readonly file?: string | undefined;
  readonly export?: string | undefined;
  readonly argumentNames?: readonly string[] | undefined;
  readonly argumentTypes: readonly SqlType[];
  readonly resultType: SqlType;
  /** Of a scalar function, arguments with whose NULLs it is called; with another NULL it is not, and the result is NULL. Default: none. */
  readonly seesNulls?: readonly boolean[] | undefined;
  readonly deterministic: boolean;
  /** What happens to a row for which it fails: the job fails, or the row goes without a result. Default: fail. */
  readonly onError?: 'fail' | 'null' | undefined;
  /** Of a function that makes rows: what it takes and makes. */
  readonly tabular?: TableShape | ProcessShape | undefined;
  /** Of an aggregate: what plans know of it. */
  readonly aggregate?: UserAggregate | undefined;
  readonly baseDirectory?: string | undefined;
}

export type CatalogObject = TableDescriptor | ViewDescriptor;

/** Fields of the rows a connector delivers for a table: physical columns, then metadata columns. */
export function deliveredFields(columns: readonly TableColumn[]): Field[] {
  const physical = columns.filter(column => column.kind === 'physical');
  const metadata = columns.filter(column => column.kind === 'metadata');
  return [...physical, ...metadata].map(({ name, type }) => ({ name, type }));
}

/** Fields of a table in declared order, before its watermark makes one the rowtime. */
export function declaredFields(columns: readonly TableColumn[]): Field[] {
  return columns.map(column => ({ name: column.name, type: column.kind === 'computed' ? column.expression.type : column.type }));
}

/** Columns an INSERT writes: physical ones and metadata that is not virtual, in declared order. */
export function writtenFields(columns: readonly TableColumn[]): Field[] {
  return columns.flatMap(column =>
    column.kind === 'physical' || (column.kind === 'metadata' && !column.virtual)
      ? [{ name: column.name, type: column.type }]
      : [],
  );
}
