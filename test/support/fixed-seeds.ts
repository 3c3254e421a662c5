import { join } from 'node:path';
import fc from 'fast-check';
import { projectRoot } from './source-files.ts';

/**
 * `npm test` draws the same random cases every time, so that a green tree stays green; `npm run test:random` draws new ones. Every random
 * test prints the seed it ran under when it fails, and SEED replays it.
 */
const fixedSeed = '20261122';

// what programs keep for their user is not mixed with what the developer's own have
if (process.env['SUITE'] === undefined) process.env['XDG_CACHE_HOME'] ??= join(projectRoot, '.cache', 'user');

if (process.env['RANDOM_SEEDS'] === undefined) {
  process.env['SEED'] ??= fixedSeed;
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env['SEED']) });
}
