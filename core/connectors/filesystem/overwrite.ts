import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { TidemillError } from '../../common/errors.ts';
import { commitPart, type PartNames } from './part-writer.ts';

/**
 * Puts finished parts in the place of a directory's files. The parts are gathered in a hidden directory beside it, which then takes its name: readers
 * see the old files or the new ones. Once more after a failure it finishes what was begun. Where the directory cannot be renamed (it is mounted, or
 * its parent may not be written), files are replaced one by one.
 */
export async function replaceDirectory(directory: string, parts: readonly PartNames[]): Promise<void> {
  const hidden = (what: string): string => join(dirname(directory), `.${basename(directory)}.${what}`);
  const fresh = hidden('overwriting');
  const old = hidden('overwritten');
  try {
    await mkdir(fresh, { recursive: true });
    for (const part of parts) await commitPart({ temporary: part.temporary, path: join(fresh, basename(part.path)) });
    const standing = (await exists(directory)) && !(await exists(old));
    if (standing) {
      // What the hidden directory holds that is not ours: another writer's parts under way.
      await rename(directory, old);
    }
    await rename(fresh, directory);
    await rm(old, { recursive: true, force: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EACCES' && code !== 'EBUSY' && code !== 'EXDEV' && code !== 'EPERM' && code !== 'EROFS')
      throw new TidemillError('io', `${directory} cannot be overwritten: ${(error as Error).message}`, {
        domain: 'external',
        cause: error,
      });
    await replaceFiles(directory, fresh, parts);
  }
}

async function replaceFiles(directory: string, fresh: string, parts: readonly PartNames[]): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
    const before = (await readdir(directory)).filter(name => !name.startsWith('.') && !name.startsWith('_'));
    for (const name of before) await rm(join(directory, name), { recursive: true, force: true });
    for (const part of parts) {
      const gathered = join(fresh, basename(part.path));
      await commitPart({ temporary: (await exists(gathered)) ? gathered : part.temporary, path: part.path });
    }
    await rm(fresh, { recursive: true, force: true });
  } catch (error) {
    throw new TidemillError('io', `${directory} cannot be overwritten: ${(error as Error).message}`, {
      domain: 'external',
      cause: error,
    });
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
