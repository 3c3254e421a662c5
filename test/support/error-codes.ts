import { join } from 'node:path';
import { errorCodes } from '../../core/common/error-codes.ts';
import { projectRoot, sourceFiles } from './source-files.ts';

export const errorsPage = join(projectRoot, 'core', 'docs', 'errors.md');

/** core/docs/errors.md, from the table of codes. */
export function errorsText(): string {
  const lines = [
    '# Errors',
    '',
    '<!-- Made by `node test/docs/write-errors.ts` from core/common/error-codes.ts: change it there. -->',
    '',
    'Every error has a code, a cause, its place in your text where it has one, and what to do about it. Codes are stable by semver; the exit code of a',
    'command is 1 for a mistake of the user, 2 for an outside system, 3 for a bug of ours.',
    '',
  ];
  for (const code of Object.keys(errorCodes).sort()) {
    const { cause, action, example } = errorCodes[code]!;
    lines.push(`## ${code}`, '', `${cause} ${action}`, '');
    if (example !== undefined)
      lines.push(`For example: \`${example.includes('`') ? example.replaceAll('`', '') : example}\``, '');
  }
  return `${lines.join('\n').trimEnd()}\n`;
}

/** Codes that the sources throw, and where: literals in the first argument of TidemillError, and codes that are passed on by name. */
export function thrownCodes(): Map<string, string> {
  const found = new Map<string, string>();
  const add = (code: string, path: string): void => void (found.has(code) || found.set(code, path));
  for (const { path, text } of sourceFiles('core')) {
    if (!path.startsWith('core/') || path.endsWith('common/error-codes.ts')) continue;
    for (const call of text.matchAll(/TidemillError\(\s*([^,]*),/g))
      for (const literal of call[1]!.matchAll(/'([a-z][a-z0-9-]*)'/g)) add(literal[1]!, path);
    for (const named of text.matchAll(/'((?:udf|wasm|duckdb)-[a-z]+(?:-[a-z]+)?)'/g))
      if (/error|Error|fail\(|refuse/.test(text.slice(Math.max(0, named.index - 200), named.index))) add(named[1]!, path);
  }
  add('not-supported', 'core/common/errors.ts');
  return found;
}
