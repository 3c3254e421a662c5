import type { FlinkType } from './gateway.ts';

/** A value of the gateway's JSON as the text our suite compares: timestamps and decimals with all digits of their type. */
export function flinkText(value: unknown, column: FlinkType): string {
  return value === '' ? '(empty)' : innerText(value, column);
}

/** As in {@link flinkText}, but an empty text is empty; the entries of a map are sorted, as no order is promised. */
function innerText(value: unknown, column: FlinkType): string {
  if (value === null || value === undefined) return 'NULL';
  switch (column.type) {
    case 'BOOLEAN':
      return value === true ? 'TRUE' : 'FALSE';
    case 'TIMESTAMP_WITHOUT_TIME_ZONE':
    case 'TIMESTAMP_WITH_LOCAL_TIME_ZONE': {
      const [whole, fraction = ''] = String(value).replace('T', ' ').replace('Z', '').split('.');
      const seconds = /:\d\d:/.test(whole!) ? whole! : `${whole}:00`;
      const digits = column.precision ?? 6;
      return digits === 0 ? seconds : `${seconds}.${fraction.padEnd(digits, '0')}`;
    }
    case 'DECIMAL': {
      const scale = column.scale ?? 0;
      const [whole, fraction = ''] = plainDecimal(String(value)).split('.');
      return scale === 0 ? whole! : `${whole}.${fraction.padEnd(scale, '0')}`;
    }
    case 'DOUBLE':
    case 'FLOAT':
      return javaDouble(Number(value));
    case 'ARRAY':
      return `[${(value as readonly unknown[]).map(item => innerText(item, column.elementType!)).join(', ')}]`;
    case 'MAP':
    case 'MULTISET': {
      const inner = column.type === 'MAP' ? column.valueType! : { type: 'INTEGER' };
      const entries = Object.entries(value as Record<string, unknown>).map(([key, item]) => `${key}=${innerText(item, inner)}`);
      return `{${entries.sort().join(', ')}}`;
    }
    case 'ROW': {
      const row = value as Readonly<Record<string, unknown>>;
      return `(${column.fields!.map(field => innerText(row[field.name], field.fieldType)).join(', ')})`;
    }
    default:
      return String(value);
  }
}

/** 1.5E+3 and the like without an exponent. */
function plainDecimal(text: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?[eE]([+-]?\d+)$/.exec(text);
  if (match === null) return text;
  const [, sign, whole, fraction = '', exponent] = match;
  const digits = whole! + fraction;
  const point = whole!.length + Number(exponent);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, '0').slice(0, point)}${point < digits.length ? `.${digits.slice(point)}` : ''}`;
}

/** Java's Double.toString for numbers of usual size. */
export function javaDouble(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
  const size = Math.abs(value);
  if (size === 0 || (size >= 1e-3 && size < 1e7)) return Number.isInteger(value) ? value.toFixed(1) : String(value);
  const [mantissa, exponent] = value.toExponential().split('e');
  return `${mantissa!.includes('.') ? mantissa : `${mantissa}.0`}E${Number(exponent)}`;
}
