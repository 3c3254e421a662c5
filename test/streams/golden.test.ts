import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatValue } from '../../core/columnar/format-value.ts';
import type { SqlType } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { eventStatements, streamQueries } from '../support/oracle-events.ts';
import { configurations, openSession, type Rows, runStatement } from '../support/run-statements.ts';
import { projectRoot } from '../support/source-files.ts';

/** Rows that a real Flink gave for the same events (test/oracle/write-goldens.ts). */
function golden(name: string): string[] {
  return readFileSync(join(projectRoot, 'test', 'streams', 'golden', `${name}.json`), 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1);
}

describe.each(configurations)('$name', configuration => {
  it.each(streamQueries().map(query => [query.name, query] as const))('%s', async (name, query) => {
    const session = openSession(configuration);
    try {
      for (const statement of [...eventStatements(), ...query.setup]) await runStatement(session, statement, projectRoot);
      const rows = await runStatement(session, query.sql, projectRoot);
      expect(gatewayRows(rows!)).toEqual(golden(name).sort());
    } finally {
      await session.close();
    }
  });
});

/** Rows as Flink's gateway writes them. */
function gatewayRows({ schema, rows }: Rows): string[] {
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
