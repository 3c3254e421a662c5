import { TidemillError } from '../../common/errors.ts';
import type { StoredFile } from '../../storage/contract.ts';
import { localStorage } from '../../storage/local-storage.ts';
import { isGlob, resolvePath } from '../../storage/paths.ts';
import { type Options, wrongOption } from '../options.ts';

/** The path of a table, absolute. @throws TidemillError `missing-option`. */
export function tablePath(options: Options, baseDirectory: string | undefined): string {
  const path = options['path'];
  if (path === undefined) throw new TidemillError('missing-option', "connector 'filesystem' needs the option 'path'");
  return resolvePath(path, baseDirectory ?? process.cwd());
}

/**
 * The files of a table now, sorted by path: a file, all below a directory, or what a glob matches; hidden ones left out.
 * @throws TidemillError `file-not-found` when the path is neither there nor a glob, unless `mayBeMissing`.
 */
export async function tableFiles(
  options: Options,
  baseDirectory: string | undefined,
  mayBeMissing = false,
): Promise<readonly StoredFile[]> {
  const path = tablePath(options, baseDirectory);
  const files = await localStorage.list(path);
  if (files.length === 0 && !isGlob(path) && !mayBeMissing && !(await isDirectory(path)))
    throw new TidemillError('file-not-found', `there is no file or directory ${path}`, {
      hint: 'Relative paths count from the directory of the SQL file, or from where the shell was started.',
    });
  const pattern = options['source.path.regex-pattern'];
  if (pattern === undefined) return files;
  let expression: RegExp;
  try {
    expression = new RegExp(`^(?:${pattern})$`);
  } catch (cause) {
    throw wrongOption('source.path.regex-pattern', pattern, 'a regular expression', String(cause));
  }
  return files.filter(file => expression.test(file.path));
}

async function isDirectory(path: string): Promise<boolean> {
  const { stat } = await import('node:fs/promises');
  return stat(path).then(
    stats => stats.isDirectory(),
    () => false,
  );
}
