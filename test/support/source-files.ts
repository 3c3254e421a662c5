import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectRoot = fileURLToPath(new URL('../../', import.meta.url));

export interface SourceFile {
  /** Path from the project's root, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** All files below a folder of the project whose name ends as asked, without what is generated or installed. */
export function sourceFiles(folder: string, ending = '.ts'): SourceFile[] {
  const found: SourceFile[] = [];
  const walk = (directory: string): void => {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (entry.name === 'node_modules' || entry.name === 'build' || entry.name === 'dist' || entry.name.startsWith('.'))
        continue;
      const path = join(directory, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (entry.name.endsWith(ending))
        found.push({ path: relative(projectRoot, path).replaceAll('\\', '/'), text: readFileSync(path, 'utf8') });
    }
  };
  walk(join(projectRoot, folder));
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

export interface ImportEdge {
  readonly from: string;
  readonly to: string;
  readonly line: number;
}

const importPattern =
  /(?:^|[\s;}(])(?:import|export)\b[^'"`;]*?from\s*['"](\.[^'"]+)['"]|\bimport\s*\(\s*['"](\.[^'"]+)['"]\s*\)|^\s*import\s*['"](\.[^'"]+)['"]/gm;

/** Relative imports of a file, type-only and dynamic ones included, as paths from the project's root. */
export function importsOf(file: SourceFile): ImportEdge[] {
  const code = file.text.replace(/\/\*[\s\S]*?\*\//g, comment => comment.replace(/[^\n]/g, ' ')).replace(/^\s*\/\/.*$/gm, '');
  return [...code.matchAll(importPattern)].map(match => {
    const target = match[1] ?? match[2] ?? match[3]!;
    const to = relative(projectRoot, resolve(join(projectRoot, dirname(file.path)), target)).replaceAll('\\', '/');
    return { from: file.path, to, line: code.slice(0, match.index).split('\n').length };
  });
}
