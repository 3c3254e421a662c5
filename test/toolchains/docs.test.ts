import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import { languages } from '../../core/cli/udf/languages.ts';
import { docsFolder } from '../support/docs-pages.ts';
import { projectRoot } from '../support/source-files.ts';
import { workplaceForTests } from './workplace.ts';

const pages = readdirSync(join(docsFolder, 'udf')).filter(name => name !== 'README.md');
const place = workplaceForTests('docs');

test('there is a page for every language, and no other', () => {
  expect(pages.sort()).toEqual(languages.map(({ name }) => `${name}.md`).sort());
});

test.for(pages)('the commands of %s, as they stand there', (page, context) => {
  const language = languages.find(({ name }) => `${name}.md` === page)!;
  place.needs(language.name, context);
  const folder = join(place.folder, language.name);
  mkdirSync(folder);
  const program = join(folder, 'tidemill');
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${join(projectRoot, 'core', 'cli', 'entry.js')}" "$@"\n`);
  chmodSync(program, 0o755);
  const env = {
    ...process.env,
    NO_COLOR: '1',
    ...place.toolchains.env,
    PATH: `${folder}${delimiter}${place.toolchains.env['PATH']}`,
  };
  const text = readFileSync(join(docsFolder, 'udf', page), 'utf8');
  const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```\n(?:```text\n([\s\S]*?)^```\n)?/gm)];
  expect(blocks.length).toBeGreaterThanOrEqual(4);
  for (const [, code, shown] of blocks) {
    const output = execFileSync('sh', ['-e', '-c', code!], { cwd: folder, env, encoding: 'utf8', stdio: 'pipe' });
    if (shown !== undefined) expect(output).toBe(shown);
  }
});
