import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { TidemillError } from '../../core/common/errors.ts';
import { configurations, openSession, rowTexts, runStatement } from '../support/run-statements.ts';
import { caseFolder, type SqlCase, sqlCases } from '../support/sql-suite.ts';

const baseDirectory = join(caseFolder, '..');
const leftOut: string[] = [];

describe.each(configurations)('$name', configuration => {
  it.each(sqlCases().map(sqlCase => [sqlCase.file, sqlCase] as const))('%s', async (_, sqlCase) => {
    const problems = await runCase(sqlCase, configuration);
    expect(problems.join('\n\n')).toBe('');
  });
});

afterAll(() => {
  if (leftOut.length > 0) process.stdout.write(`left out until the engine has it:\n${[...new Set(leftOut)].join('\n')}\n`);
});

async function runCase(sqlCase: SqlCase, configuration: (typeof configurations)[number]): Promise<string[]> {
  const session = openSession(configuration);
  const problems: string[] = [];
  try {
    for (const record of sqlCase.records) {
      if (record.kind === 'needs') {
        const rest = sqlCase.records.length - sqlCase.records.indexOf(record) - 1;
        leftOut.push(`${sqlCase.file}:${record.line}: ${rest} records need ${record.what}`);
        break;
      }
      const at = `${sqlCase.file}:${record.line}\n${record.sql}`;
      try {
        const result = await runStatement(session, record.sql, baseDirectory);
        if (record.kind === 'error') problems.push(`${at}\nshould fail with ${record.code}`);
        if (record.kind !== 'query') continue;
        const rows = result === undefined ? [] : rowTexts(result);
        if (record.sorted) rows.sort();
        const wanted = record.sorted ? [...record.rows].sort() : record.rows;
        if (rows.join('\n') !== wanted.join('\n'))
          problems.push(`${at}\n-- wanted\n${wanted.join('\n')}\n-- got\n${rows.join('\n')}`);
      } catch (error) {
        if (
          record.kind === 'error' &&
          error instanceof TidemillError &&
          error.code === record.code &&
          error.message.includes(record.message)
        )
          continue;
        const text = error instanceof TidemillError ? `error[${error.code}]: ${error.message}` : String((error as Error).stack);
        problems.push(`${at}\n${text}`);
      }
    }
  } finally {
    await session.close();
  }
  return problems;
}
