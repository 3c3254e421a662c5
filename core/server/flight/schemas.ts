import { Field as ArrowField, Schema as ArrowSchema } from 'apache-arrow';
import { arrowSchemaOf } from '../../columnar/arrow.ts';
import { type Schema, type SqlType, typeToString } from '../../columnar/types.ts';

/** Where a column is from, for clients that ask; JDBC's ResultSetMetaData shows it. */
export interface ColumnOrigin {
  readonly catalog: string;
  readonly database: string;
  readonly table: string;
}

/**
 * A schema as Arrow has it, with what Flight SQL tells of columns beside their types: `ARROW:FLIGHT:SQL:TYPE_NAME` is the type as Flink writes it.
 * The schema's own metadata is `metadata`.
 */
export function flightSchemaOf(schema: Schema, origin?: ColumnOrigin, metadata?: Readonly<Record<string, string>>): ArrowSchema {
  const fields = arrowSchemaOf(schema).fields.map(
    (field, index) =>
      new ArrowField(
        field.name,
        field.type,
        field.nullable,
        new Map(Object.entries(columnMetadata(schema[index]!.type, origin))),
      ),
  );
  return new ArrowSchema(fields, metadata === undefined ? undefined : new Map(Object.entries(metadata)));
}

function columnMetadata(type: SqlType, origin: ColumnOrigin | undefined): Record<string, string> {
  const prefix = 'ARROW:FLIGHT:SQL:';
  const size = sizeOf(type);
  return {
    [`${prefix}TYPE_NAME`]: typeToString(type, false),
    [`${prefix}IS_READ_ONLY`]: '1',
    [`${prefix}IS_SEARCHABLE`]: '1',
    [`${prefix}IS_CASE_SENSITIVE`]: type.kind === 'VARCHAR' || type.kind === 'CHAR' ? '1' : '0',
    ...(size.precision !== undefined && { [`${prefix}PRECISION`]: String(size.precision) }),
    ...(size.scale !== undefined && { [`${prefix}SCALE`]: String(size.scale) }),
    ...(origin !== undefined && {
      [`${prefix}CATALOG_NAME`]: origin.catalog,
      [`${prefix}SCHEMA_NAME`]: origin.database,
      [`${prefix}TABLE_NAME`]: origin.table,
    }),
  };
}

function sizeOf(type: SqlType): { precision?: number; scale?: number } {
  switch (type.kind) {
    case 'DECIMAL':
      return { precision: type.precision, scale: type.scale };
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return { precision: type.precision };
    case 'CHAR':
    case 'VARCHAR':
    case 'BINARY':
    case 'VARBINARY':
      return { precision: type.length };
    default:
      return {};
  }
}
