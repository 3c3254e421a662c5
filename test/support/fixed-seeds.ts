import fc from 'fast-check';

/**
 * `npm test` draws the same random cases every time, so that a green tree stays green; `npm run test:random` draws new ones. Every random
 * test prints the seed it ran under when it fails, and SEED replays it.
 */
const fixedSeed = '20261122';

if (process.env['RANDOM_SEEDS'] === undefined) {
  process.env['SEED'] ??= fixedSeed;
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env['SEED']) });
}
