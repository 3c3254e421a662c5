import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TidemillError } from '../../common/errors.ts';
import { type FunctionKind, type Language, languages, type UdfProject } from './languages.ts';

/** The SDKs lie beside this program, in a checkout and in the package. */
const sdks = fileURLToPath(new URL('../../../udf-sdk/', import.meta.url));

/**
 * Makes a folder with a function of that name that builds and passes its tests. What the language needs of Tidemill is copied into it.
 * @throws TidemillError `usage` when the folder is there, or the name cannot be a function's.
 */
export function createProject(name: string, language: Language, kind: FunctionKind): { folder: string; files: string[] } {
  if (!/^[a-z][a-z0-9_]*$/.test(name))
    throw new TidemillError('usage', `'${name}' cannot be a function's name`, {
      hint: 'Lower case letters, digits and _, with a letter first: risk_score.',
    });
  const folder = resolve(name);
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new TidemillError('usage', `${name} is there already`, { hint: 'Take another name, or empty the folder.' });
  mkdirSync(folder, { recursive: true });
  const type = name.replaceAll(/(?:^|_)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  const fill = (text: string): string => text.replaceAll('__NAME__', name).replaceAll('__TYPE__', type);
  const sdk = join(sdks, language.name === 'cpp' ? 'c' : language.name, 'sdk');
  if (existsSync(sdk)) cpSync(sdk, folder, { recursive: true });
  const files: string[] = [];
  for (const part of ['common', kind]) {
    const from = join(sdks, language.name, part);
    if (!existsSync(from)) continue;
    for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      const to = fill(path.slice(from.length + 1));
      mkdirSync(dirname(join(folder, to)), { recursive: true });
      writeFileSync(join(folder, to), fill(readFileSync(path, 'utf8')));
      files.push(to);
    }
  }
  return { folder, files: files.sort() };
}

/**
 * What a folder, or one source file, is a function in.
 * @throws TidemillError `unreadable-file`, `usage` when no language is recognised.
 */
export function openProject(path: string): UdfProject {
  if (!existsSync(path))
    throw new TidemillError('unreadable-file', `there is no ${path}`, { hint: 'tidemill udf new NAME --lang rust makes one.' });
  const isFile = statSync(path).isFile();
  const folder = resolve(isFile ? dirname(path) : path);
  const names = isFile ? [basename(path)] : readdirSync(folder);
  for (const language of languages) {
    const sources = names
      .filter(name => language.endings.some(ending => name.endsWith(ending)) && !isTest(name) && !name.endsWith('.udf.js'))
      .sort();
    if (language.marker === undefined ? sources.length === 0 : !names.includes(language.marker)) continue;
    const only = sources.filter(name => name !== 'tidemill.zig');
    const first = language.endings.reduce((name, ending) => name.replace(ending, ''), only[0] ?? '');
    return { folder, language, sources: only, name: isFile ? first : basename(folder) };
  }
  throw new TidemillError('usage', `${path} holds no function in a language that is known`, {
    hint: `There are ${languages.map(({ title, endings, marker }) => `${title} (${marker ?? endings[0]})`).join(', ')}.`,
  });
}

const isTest = (name: string): boolean => /_test\.\w+$/.test(name);
