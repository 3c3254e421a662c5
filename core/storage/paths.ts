import { homedir } from 'node:os';
import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { notSupported, TidemillError } from '../common/errors.ts';

/**
 * A path as a user wrote it, made absolute: relative ones count from `baseDirectory` (the SQL file's folder), `~/` from the home, and
 * `file:` URIs are local.
 *
 * @throws TidemillError `not-supported` for other schemes, `wrong-option` for a malformed `file:` URI.
 */
export function resolvePath(path: string, baseDirectory: string): string {
  const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]+):/.exec(path)?.[1]?.toLowerCase();
  if (scheme === 'file') {
    try {
      return fileURLToPath(path.replace(/^file:\/*/i, 'file:///'));
    } catch (cause) {
      throw new TidemillError('wrong-option', `'${path}' is not a file: URI`, { cause });
    }
  }
  if (scheme !== undefined)
    throw notSupported(`paths with ${scheme}://`, undefined, 'Local files are: /data/f.parquet, file:///data/f.parquet.');
  if (path.startsWith('~/')) return resolve(homedir(), path.slice(2));
  return isAbsolute(path) ? path : resolve(baseDirectory, path);
}

/** Whether a path is a glob rather than a name. */
export function isGlob(path: string): boolean {
  return /[*?[\]{}]/.test(path);
}
