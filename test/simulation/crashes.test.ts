import { expect, test } from 'vitest';
import { CrashSimulation, newCounts, Violation } from '../support/simulation/run.ts';

const from = Number(process.env['SEED'] ?? 1);
const seeds = Number(process.env['SEEDS'] ?? 500);

test(`jobs on a simulated disk, killed at any moment: ${seeds} seeds, and the same rows outside in the end`, {
  timeout: 60_000 + 1000 * seeds,
}, async () => {
  const simulation = await CrashSimulation.open();
  const counts = newCounts();
  const wrong: string[] = [];
  for (let seed = from; seed < from + seeds && wrong.length < 5; seed++) {
    try {
      await simulation.run(seed, counts);
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      wrong.push(`SEED=${seed} SEEDS=1 vitest run test/simulation/crashes.test.ts\n  ${error.message}`);
    }
  }
  expect(wrong.join('\n')).toBe('');
  if (seeds < 100) return;
  for (const [what, count] of Object.entries(counts)) expect(count, what).toBeGreaterThan(seeds / 50);
});
