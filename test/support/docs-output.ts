import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tidemill } from './command-line.ts';
import { type Block, type Page, PageSession, runCommands } from './docs-pages.ts';
import { projectRoot } from './source-files.ts';

/** What the blocks of a page print, in their order; undefined: nothing of it is run. */
export async function outputsOf(page: Page): Promise<Map<Block, string>> {
  const printed = new Map<Block, string>();
  const session = new PageSession();
  const cache = join(projectRoot, '.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'tidemill-docs-'));
  try {
    for (const block of page.blocks) {
      if (block.language === 'sql') printed.set(block, await session.run(block, page.name));
      else if (block.language === 'sh' && !block.marks.includes('aside')) printed.set(block, await runCommands(block));
      else if (block.language === 'ts') {
        const file = join(folder, `line-${block.line}.ts`);
        writeFileSync(file, block.code);
        const finished = await tidemill(['run', file], { env: { TZ: 'UTC' } });
        printed.set(block, finished.stdout + finished.stderr.replaceAll(file, 'program.ts'));
      }
    }
  } finally {
    await session.close();
    rmSync(folder, { recursive: true, force: true });
  }
  return printed;
}
