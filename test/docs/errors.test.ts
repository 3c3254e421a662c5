import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errorCodes } from '../../core/common/error-codes.ts';
import { errorsPage, errorsText, thrownCodes } from '../support/error-codes.ts';

describe('error codes', () => {
  it('that are thrown are all in the table', () => {
    const missing = [...thrownCodes()].filter(([code]) => errorCodes[code] === undefined);
    expect(missing.map(([code, path]) => `${code} (${path})`)).toEqual([]);
  });

  it('in the table are all thrown', () => {
    const thrown = thrownCodes();
    expect(Object.keys(errorCodes).filter(code => !thrown.has(code))).toEqual([]);
  });

  it('are sentences', () => {
    for (const [code, { cause, action }] of Object.entries(errorCodes))
      for (const text of [cause, action]) expect(text, code).toMatch(/^[^ ].*[.)]$/s);
  });

  it('errors.md is current: node test/docs/write-errors.ts', () => {
    expect(readFileSync(errorsPage, 'utf8')).toBe(errorsText());
  });
});
