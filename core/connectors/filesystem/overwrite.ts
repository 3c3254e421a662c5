import { basename, dirname, join } from 'node:path';
import { TidemillError } from '../../common/errors.ts';
import { type Disk, makeDurableDirectory } from '../../storage/disk.ts';
import { commitPart, type PartNames } from './part-writer.ts';

/**
 * Puts finished parts in the place of a directory's files. The parts are gathered in a hidden directory beside it, which then takes its name: readers
 * see the old files or the new ones. Once more after a failure it finishes what was begun. Where the directory cannot be renamed (it is mounted, or
 * its parent may not be written), files are replaced one by one.
 */
export async function replaceDirectory(disk: Disk, directory: string, parts: readonly PartNames[]): Promise<void> {
  const hidden = (what: string): string => join(dirname(directory), `.${basename(directory)}.${what}`);
  const fresh = hidden('overwriting');
  const old = hidden('overwritten');
  try {
    await makeDurableDirectory(disk, fresh);
    for (const part of parts) await commitPart(disk, { temporary: part.temporary, path: join(fresh, basename(part.path)) });
    const standing = (await exists(disk, directory)) && !(await exists(disk, old));
    if (standing) {
      // What the hidden directory holds that is not ours: another writer's parts under way.
      await disk.rename(directory, old);
    }
    await disk.rename(fresh, directory);
    await disk.syncDirectory(dirname(directory));
    await disk.remove(old);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EACCES' && code !== 'EBUSY' && code !== 'EXDEV' && code !== 'EPERM' && code !== 'EROFS')
      throw new TidemillError('io', `${directory} cannot be overwritten: ${(error as Error).message}`, {
        domain: 'external',
        cause: error,
      });
    await replaceFiles(disk, directory, fresh, parts);
  }
}

async function replaceFiles(disk: Disk, directory: string, fresh: string, parts: readonly PartNames[]): Promise<void> {
  try {
    await makeDurableDirectory(disk, directory);
    const before = (await disk.names(directory)).filter(name => !name.startsWith('.') && !name.startsWith('_'));
    for (const name of before) await disk.remove(join(directory, name));
    for (const part of parts) {
      const gathered = join(fresh, basename(part.path));
      await commitPart(disk, { temporary: (await exists(disk, gathered)) ? gathered : part.temporary, path: part.path });
    }
    await disk.remove(fresh);
  } catch (error) {
    throw new TidemillError('io', `${directory} cannot be overwritten: ${(error as Error).message}`, {
      domain: 'external',
      cause: error,
    });
  }
}

const exists = async (disk: Disk, path: string): Promise<boolean> => (await disk.entry(path)) !== undefined;
