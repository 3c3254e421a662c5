import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errorCodes } from '../../core/common/error-codes.ts';
import type { TidemillError } from '../../core/common/errors.ts';
import { renderError } from '../../core/sql/render-error.ts';
import { statementsOf } from './corpus.ts';
import { evaluate } from './evaluate.ts';

const statements = statementsOf(readFileSync(new URL('broken.sql', import.meta.url), 'utf8'));

/** Each in a session of its own kind: none of them changes anything. */
async function errorsOfAll(): Promise<TidemillError[]> {
  const verdicts = await evaluate({ name: 'broken', batch: false, statements });
  return verdicts.map((verdict, index) => {
    const { sql } = statements[index]!;
    if (verdict.kind === 'planned') throw new Error(`no error: ${sql}`);
    const error = verdict.error;
    const span = error.span ?? error.place?.span;
    return span === undefined ? error : error.at({ source: 'broken.sql', text: sql, span });
  });
}

describe('broken statements', () => {
  it('get a code, the place underlined, the cause and what to do', async () => {
    const errors = await errorsOfAll();
    expect(errors.length).toBeGreaterThanOrEqual(120);
    await expect(`${errors.map(error => renderError(error)).join('\n\n')}\n`).toMatchFileSnapshot('broken.txt');
  });

  it('have codes that are documented, a place, and nearly all of them a hint', async () => {
    const errors = await errorsOfAll();
    for (const error of errors) {
      expect(errorCodes[error.code], error.code).toBeDefined();
      expect(error.domain).toBe('user');
      expect(error.place, error.message).toBeDefined();
    }
    const hinted = errors.filter(error => error.hint !== undefined);
    expect(hinted.length / errors.length).toBeGreaterThan(0.69);
  });
});
