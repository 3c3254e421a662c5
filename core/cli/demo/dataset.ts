import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { userCacheFolder } from '../../common/cache-folder.ts';
import { TidemillError } from '../../common/errors.ts';
import { note } from '../io.ts';

const packageName = 'vega-datasets';
const packageVersion = '3.2.1';
const fileName = 'flights-3m.parquet';

/** The flights: from the installed package in a checkout, else from the user's cache, fetched there on first use with npm. */
export function flightsFile(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const installed = join(folder, 'node_modules', packageName, 'data', fileName);
    if (existsSync(installed)) return installed;
    if (folder === dirname(folder)) break;
  }
  const cache = userCacheFolder();
  const cached = join(cache, fileName);
  if (!existsSync(cached)) fetchFlights(cache, cached);
  return cached;
}

function fetchFlights(cache: string, target: string): void {
  note(`fetching ${fileName} (13.5 MB of real flights, in a package of 23 MB) with npm, once, into ${cache}`);
  const work = mkdtempSync(join(tmpdir(), 'tidemill-demo-'));
  try {
    mkdirSync(cache, { recursive: true });
    execFileSync('npm', ['pack', '--silent', `${packageName}@${packageVersion}`], {
      cwd: work,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    execFileSync('tar', ['-xzf', `${packageName}-${packageVersion}.tgz`, `package/data/${fileName}`], {
      cwd: work,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    copyFileSync(join(work, 'package', 'data', fileName), target);
  } catch (cause) {
    throw new TidemillError('demo-data', 'the demo could not fetch its flights', {
      domain: 'external',
      cause,
      hint: `Check that 'npm pack ${packageName}@${packageVersion}' works here, and run the demo again.`,
    });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
