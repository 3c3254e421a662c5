import { realpathSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { type Span, TidemillError } from '../common/errors.ts';
import type { LogicalNode } from '../plan/nodes.ts';
import { nodesOf } from '../plan/properties.ts';
import type { BoundStatement } from '../sql/binder/index.ts';
import { isGlob, resolvePath } from '../storage/paths.ts';
import { withSecrets } from './secrets.ts';

/** Throws for a path that statements of a session may not use. */
export type AllowPath = (path: string, baseDirectory: string | undefined, span?: Span) => void;

/**
 * Lets statements use files in some folders only, wherever links lead. What is not local (`s3://…`) is allowed by how it begins.
 *
 * @throws TidemillError `path-not-allowed`, from what it returns.
 * @example allowedPaths(['data'])('data/../secret.csv', '.') // throws
 */
export function allowedPaths(folders: readonly string[]): AllowPath {
  const remote = folders.filter(isRemote);
  const local = folders.filter(folder => !isRemote(folder)).map(folder => realPath(resolve(folder)));
  return (path, baseDirectory, span) => {
    if (isRemote(path)) {
      if (remote.some(folder => path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`))) return;
    } else {
      const real = realPath(withoutGlob(resolvePath(path, baseDirectory ?? '.')));
      if (local.some(folder => isInside(real, folder))) return;
    }
    throw new TidemillError('path-not-allowed', `statements may not use ${path}: it is in none of the folders that are allowed`, {
      span,
      hint: `allowed: ${folders.join(', ')}; tidemill serve --allow-path FOLDER adds one`,
    });
  };
}

const isRemote = (path: string): boolean => /^[a-zA-Z][a-zA-Z0-9+.-]+:/.test(path) && !/^file:/i.test(path);

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || !(way === '..' || way.startsWith(`..${sep}`) || resolve(way) === way);
}

/** The folder above the first part of a path that is a pattern. */
function withoutGlob(path: string): string {
  let shown = path;
  while (isGlob(shown)) shown = dirname(shown);
  return shown;
}

/** Where links lead; of what is not there yet, where the folders lead that are. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const above = dirname(path);
    return above === path ? path : join(realPath(above), path.slice(above.length).replace(/^[/\\]/, ''));
  }
}

type Options = Readonly<Record<string, string>>;
export type Secret = (name: string) => string | undefined;

/** Files that a table's options name: its data, references, and keys of a connection. */
export function requireOptions(
  allow: AllowPath,
  { connector, options, baseDirectory }: { connector: string; options: Options; baseDirectory?: string | undefined },
  secret: Secret,
  span?: Span,
): void {
  for (const value of Object.values(options))
    for (const [, file] of value.matchAll(/\$\{file:([^}]*)\}/g)) allow(file!, baseDirectory, span);
  const opened = withSecrets(options, secret, baseDirectory);
  if (connector === 'filesystem' && opened['path'] !== undefined) allow(opened['path'], baseDirectory, span);
  for (const [key, value] of Object.entries(opened)) if (key.endsWith('.location')) allow(value, baseDirectory, span);
}

/** All files that a statement would read or write. */
export function requireStatement(allow: AllowPath, bound: BoundStatement, plans: readonly LogicalNode[], secret: Secret): void {
  if (bound.kind === 'create-function') allow(bound.file, bound.function.baseDirectory, bound.span);
  for (const plan of plans)
    for (const node of nodesOf(plan)) {
      if (node.kind === 'scan') {
        requireOptions(allow, node.source, secret, node.span);
        if (node.source.deadLetters !== undefined) requireOptions(allow, node.source.deadLetters, secret, node.span);
      } else if (node.kind === 'insert') requireOptions(allow, node.sink, secret, node.span);
    }
}
