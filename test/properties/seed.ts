/**
 * The seed of a random test: `SEED=123 vitest run …` replays one. Printed, so that a failure on another machine can be replayed; `RUNS` sets how
 * many cases are tried.
 */
export function randomRun(name: string, runs: number): { readonly seed: number; readonly numRuns: number } {
  const given = process.env['SEED'];
  const seed = given === undefined ? Math.floor(Math.random() * 0x7fff_ffff) : Number(given);
  const numRuns = Number(process.env['RUNS'] ?? runs);
  process.stdout.write(`${name}: SEED=${seed}, ${numRuns} cases\n`);
  return { seed, numRuns };
}
