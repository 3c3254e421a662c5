import { maximumLength, quoteIdentifier, type SqlType } from '../columnar/types.ts';

/**
 * A type as Flink writes it: 'summary' in DESCRIBE (STRING, TIMESTAMP_LTZ(3)), 'full' in SHOW CREATE (VARCHAR(2147483647),
 * TIMESTAMP(3) WITH LOCAL TIME ZONE). NOT NULL of inner types is written in both, of the type itself only where `nullability` is.
 */
export function flinkTypeText(type: SqlType, form: 'summary' | 'full', nullability: boolean): string {
  const suffix = nullability && !type.nullable ? ' NOT NULL' : '';
  return bareText(type, form) + suffix;
}

function bareText(type: SqlType, form: 'summary' | 'full'): string {
  const inner = (of: SqlType): string => flinkTypeText(of, form, true);
  const full = form === 'full';
  switch (type.kind) {
    case 'DECIMAL':
      return `DECIMAL(${type.precision}, ${type.scale})`;
    case 'VARCHAR':
      return type.length === maximumLength && !full ? 'STRING' : `VARCHAR(${type.length})`;
    case 'VARBINARY':
      return type.length === maximumLength && !full ? 'BYTES' : `VARBINARY(${type.length})`;
    case 'CHAR':
    case 'BINARY':
      return `${type.kind}(${type.length})`;
    case 'TIME':
      return 'TIME(0)';
    case 'TIMESTAMP':
      return `TIMESTAMP(${type.precision})`;
    case 'TIMESTAMP_LTZ':
      return full ? `TIMESTAMP(${type.precision}) WITH LOCAL TIME ZONE` : `TIMESTAMP_LTZ(${type.precision})`;
    case 'INTERVAL_YEAR_MONTH':
      return 'INTERVAL YEAR(2) TO MONTH';
    case 'INTERVAL_DAY_TIME':
      return 'INTERVAL DAY(2) TO SECOND(3)';
    case 'ARRAY':
    case 'MULTISET':
      return `${type.kind}<${inner(type.element)}>`;
    case 'MAP':
      return `MAP<${inner(type.key)}, ${inner(type.value)}>`;
    case 'ROW':
      return `ROW<${type.fields.map(field => `${quoteIdentifier(field.name)} ${inner(field.type)}`).join(', ')}>`;
    default:
      return type.kind;
  }
}
