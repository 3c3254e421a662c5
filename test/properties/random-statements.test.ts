import { describe, expect, it } from 'vitest';
import { RandomStatements, tryStatements } from '../support/random-statements.ts';
import { randomRun } from './seed.ts';

/** About 50 s of CPU; `npm run test:random-statements` tries a million. */
const { seed, numRuns } = randomRun('random statements', 80_000);

describe(`random and changed statements (SEED=${seed})`, () => {
  it('are planned or refused: never an internal error, never a hang', { timeout: Math.max(120_000, numRuns * 5) }, async () => {
    const statements = new RandomStatements(seed);
    const counts = await tryStatements(
      () => statements.next(),
      numRuns,
      ({ statements: tried }) => {
        if (numRuns > 100_000 && tried % 100_000 === 0) process.stdout.write(`${tried} statements\n`);
      },
    );
    process.stdout.write(`${JSON.stringify(counts)}\n`);
    expect(counts.statements).toBe(numRuns);
    expect(counts.planned).toBeGreaterThan(numRuns / 20);
    expect(counts.refused).toBeGreaterThan(numRuns / 4);
  });
});
