import { formatValue } from '../../../core/columnar/format-value.ts';
import type { SqlType } from '../../../core/columnar/types.ts';
import type { Value } from '../../../core/columnar/values.ts';
import type { Rows } from '../run-statements.ts';

/** Our rows as texts of Flink's gateway, sorted. */
export function gatewayRows({ schema, rows }: Rows): string[] {
  return rows.map(row => `[${row.map((value, index) => gatewayValue(value, schema[index]!.type)).join(',')}]`).sort();
}

function gatewayValue(value: Value, type: SqlType): string {
  if (value === null) return 'null';
  switch (type.kind) {
    case 'BOOLEAN':
      return String(value);
    case 'BIGINT':
      return bigintText(value as bigint);
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ': {
      const text = formatValue(value, type).replace(' ', 'T');
      const trimmed = text.includes('.') ? text.replace(/0+$/, '').replace(/\.$/, '') : text;
      return JSON.stringify(trimmed.endsWith('T') ? `${trimmed}00:00` : trimmed);
    }
    case 'DECIMAL':
      return String(Number(formatValue(value, type)));
    case 'DOUBLE':
    case 'FLOAT':
    case 'INT':
    case 'SMALLINT':
    case 'TINYINT':
      return JSON.stringify(value);
    default:
      return JSON.stringify(formatValue(value, type));
  }
}

/** What JSON.parse cannot hold was kept as a text when the golden was written. */
const bigintText = (value: bigint): string =>
  String(value).replace('-', '').length >= 16 ? JSON.stringify(String(value)) : String(value);
