import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectors, formats } from '../../core/connectors/index.ts';
import { generatedPages, isCurrent, withGeneratedParts } from '../support/docs-generated.ts';
import { outputsOf } from '../support/docs-output.ts';
import { docsFolder, pages } from '../support/docs-pages.ts';
import { TypeLab } from '../types/support/compile.ts';

const all = pages();

describe('what pages show is what happens', () => {
  it.each(all.map(page => [page.name, page] as const))(
    '%s',
    async (_, page) => {
      const outputs = await outputsOf(page);
      for (const [block, printed] of outputs) {
        const place = `${page.name}:${block.line}`;
        if (block.output !== undefined) expect(printed, place).toBe(block.output.text);
        else expect(printed, place).not.toMatch(/^(internal )?error(\[|:)/m);
      }
    },
    120_000,
  );
});

describe('TypeScript compiles', () => {
  let lab: TypeLab;
  beforeAll(() => {
    lab = new TypeLab();
  });
  afterAll(() => lab.close());

  it.each(
    all.flatMap(page =>
      page.blocks.filter(block => block.language === 'ts').map(block => [`${page.name}:${block.line}`, block] as const),
    ),
  )('%s', (_, block) => expect(lab.compileText(block.code).lines).toEqual([]));
});

describe('what is made from the code', () => {
  it('pages are current: npm run docs', async () => {
    for (const { path, text } of await generatedPages()) expect(isCurrent(path, text), path).toBe(true);
  });
  it.each(all.map(page => [page.name, page] as const))('parts of %s are current', (_, page) => {
    expect(withGeneratedParts(page.text)).toBe(page.text);
  });
});

it('every connector and format has its part', () => {
  const text = readFileSync(join(docsFolder, 'connectors.md'), 'utf8');
  // 'values' is what runs VALUES, and 'memory' what a client put: nobody writes them into a WITH
  const names = [
    ...[...connectors.keys()].filter(name => name !== 'values' && name !== 'memory').map(name => `connector ${name}`),
    ...[...formats.keys()].map(name => `format ${name}`),
  ];
  expect(names.filter(name => !text.includes(`<!-- made: ${name} -->`))).toEqual([]);
});

describe('links', () => {
  it.each(all.map(page => [page.name, page] as const))('of %s lead somewhere', (_, page) => {
    const prose = page.text.replaceAll(/^```[\s\S]*?^```$/gm, '').replaceAll(/`[^`\n]*`/g, '');
    const missing = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(match => {
      const [target = '', anchor] = match[1]!.split('#');
      if (/^https?:/.test(target)) return [];
      const path = target === '' ? page.path : join(dirname(page.path), target);
      if (!existsSync(path)) return [match[1]!];
      if (anchor === undefined) return [];
      const headings = [...readFileSync(path, 'utf8').matchAll(/^#+ (.*)$/gm)].map(heading => slug(heading[1]!));
      return headings.includes(anchor) ? [] : [match[1]!];
    });
    expect(missing).toEqual([]);
  });
});

/** As GitHub names the place of a heading. */
const slug = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
