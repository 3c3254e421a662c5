import { maximumLength, quoteIdentifier } from '../../../core/columnar/types.ts';
import type { LogicalType } from './gateway.ts';

/** A type of the gateway as our engine writes it (`DECIMAL(5, 2) NOT NULL`). */
export function logicalTypeText(type: LogicalType): string {
  return bareText(type) + (type.nullable === false ? ' NOT NULL' : '');
}

function bareText(type: LogicalType): string {
  switch (type.type) {
    case 'INTEGER':
      return 'INT';
    case 'VARCHAR':
      return type.length === maximumLength ? 'STRING' : `VARCHAR(${type.length})`;
    case 'VARBINARY':
      return type.length === maximumLength ? 'BYTES' : `VARBINARY(${type.length})`;
    case 'CHAR':
    case 'BINARY':
      return `${type.type}(${type.length})`;
    case 'DECIMAL':
      return `DECIMAL(${type.precision}, ${type.scale})`;
    case 'TIME_WITHOUT_TIME_ZONE':
      return 'TIME';
    case 'TIMESTAMP_WITHOUT_TIME_ZONE':
      return `TIMESTAMP(${type.precision})`;
    case 'TIMESTAMP_WITH_LOCAL_TIME_ZONE':
      return `TIMESTAMP_LTZ(${type.precision})`;
    case 'INTERVAL_YEAR_MONTH':
      return 'INTERVAL YEAR TO MONTH';
    case 'INTERVAL_DAY_TIME':
      return 'INTERVAL DAY TO SECOND';
    case 'ARRAY':
    case 'MULTISET':
      return `${type.type}<${logicalTypeText(type.elementType!)}>`;
    case 'MAP':
      return `MAP<${logicalTypeText(type.keyType!)}, ${logicalTypeText(type.valueType!)}>`;
    case 'ROW':
      return `ROW<${type.fields!.map(field => `${quoteIdentifier(field.name)} ${logicalTypeText(field.fieldType)}`).join(', ')}>`;
    default:
      return type.type;
  }
}
