import { parseEnv } from 'node:util';
import { TidemillError } from '../../common/errors.ts';
import type { SessionOptions } from '../../session/options.ts';
import { keptModulesFolder } from '../../udf/kept-modules.ts';
import { note, readFile } from '../io.ts';
import type { CommonOptions } from '../options.ts';

/** What the shared command-line options mean for a session. */
export function sessionOptions(options: CommonOptions): SessionOptions {
  const fromFile = options.envFile === undefined ? {} : parseEnv(readFile(options.envFile).text);
  const environment = { ...process.env, ...fromFile };
  const parallelism = options.parallelism === undefined ? undefined : Number(options.parallelism);
  if (parallelism !== undefined && !(Number.isInteger(parallelism) && parallelism >= 1 && parallelism <= 128)) {
    throw new TidemillError('usage', `--parallelism wants a whole number from 1 to 128, not '${options.parallelism}'`);
  }
  if (options.checkpoints === undefined && (options.restore !== undefined || options.fresh === true))
    throw new TidemillError('usage', '--restore and --fresh want --checkpoints DIR');
  if (options.restore !== undefined && options.fresh === true)
    throw new TidemillError('usage', 'either --restore or --fresh: the one goes on, the other starts anew');
  const restore = options.fresh === true ? 'fresh' : options.restore;
  return {
    ...(options.checkpoints !== undefined && {
      checkpoints: { directory: options.checkpoints, restore, allowNonRestored: options.allowNonRestoredState },
    }),
    settings: { ...options.set, ...(options.memory !== undefined && { 'tidemill.memory': options.memory }) },
    ...(parallelism !== undefined && { parallelism }),
    ...(options.offline === true && { offline: true }),
    keptModules: keptModulesFolder(),
    secret: name => environment[name],
    notice: text => note(`note: ${text}`),
    output: text => process.stdout.write(text),
  };
}
