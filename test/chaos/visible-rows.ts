import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Lines of all parts that are visible with their directories, sorted. */
export function visibleRows(directory: string, below = ''): string[] {
  if (!existsSync(join(directory, below))) return [];
  return readdirSync(join(directory, below))
    .filter(name => !name.startsWith('.'))
    .flatMap(name => {
      const path = join(below, name);
      if (statSync(join(directory, path)).isDirectory()) return visibleRows(directory, path);
      if (name === '_SUCCESS') return [`${below} is complete`];
      return readFileSync(join(directory, path), 'utf8')
        .split('\n')
        .filter(Boolean)
        .map(line => `${below} ${line}`);
    })
    .sort();
}
