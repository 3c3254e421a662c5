import { type SqlType, typeToString } from '../../columnar/types.ts';
import { limits } from '../../common/limits.ts';

/** DuckDB's name of a type whose values are exactly ours; undefined where there is none. */
export function duckdbType(type: SqlType): string | undefined {
  switch (type.kind) {
    case 'BOOLEAN':
    case 'TINYINT':
    case 'SMALLINT':
    case 'BIGINT':
    case 'FLOAT':
    case 'DOUBLE':
    case 'DATE':
    case 'TIME':
      return type.kind;
    case 'INT':
      return 'INTEGER';
    case 'DECIMAL':
      return `DECIMAL(${type.precision}, ${type.scale})`;
    case 'VARCHAR':
    case 'CHAR':
      return 'VARCHAR';
    case 'BINARY':
    case 'VARBINARY':
      return 'BLOB';
    case 'TIMESTAMP':
      return type.precision <= limits.timestampMicrosPrecisionMax ? 'TIMESTAMP' : 'TIMESTAMP_NS';
    case 'TIMESTAMP_LTZ':
      return type.precision <= limits.timestampMicrosPrecisionMax ? 'TIMESTAMPTZ' : undefined;
    case 'INTERVAL_DAY_TIME':
    case 'INTERVAL_YEAR_MONTH':
    case 'NULL':
    case 'ARRAY':
    case 'MAP':
    case 'MULTISET':
    case 'ROW':
      return undefined;
  }
}

export const typeText = (type: SqlType): string => typeToString(type, false);

/** `'…'` with quotes doubled. */
export const duckdbString = (text: string): string => `'${text.replaceAll("'", "''")}'`;
/** `"…"` with quotes doubled. */
export const duckdbName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
