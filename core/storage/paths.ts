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

/** What a glob matches, as an expression over paths with `/`. */
export function globExpression(glob: string): RegExp {
  let pattern = '';
  let depth = 0;
  for (let at = 0; at < glob.length; at++) {
    const letter = glob[at]!;
    if (letter === '*') {
      const deep = glob[at + 1] === '*';
      if (deep && glob[at + 2] === '/') pattern += '(?:.*/)?';
      else pattern += deep ? '.*' : '[^/]*';
      if (deep) at += glob[at + 2] === '/' ? 2 : 1;
    } else if (letter === '?') pattern += '[^/]';
    else if (letter === '[') {
      const end = glob.indexOf(']', at + 2);
      if (end < 0) pattern += '\\[';
      else {
        pattern += `[${glob
          .slice(at + 1, end)
          .replace(/^!/, '^')
          .replaceAll('\\', '\\\\')}]`;
        at = end;
      }
    } else if (letter === '{') {
      depth++;
      pattern += '(?:';
    } else if (letter === '}' && depth > 0) {
      depth--;
      pattern += ')';
    } else if (letter === ',' && depth > 0) pattern += '|';
    else pattern += letter.replace(/[\\^$.|+()\]{}]/, '\\$&');
  }
  return new RegExp(`^${pattern}${')'.repeat(depth)}$`);
}

/** Whether a path is a glob rather than a name. */
export function isGlob(path: string): boolean {
  return /[*?[\]{}]/.test(path);
}
