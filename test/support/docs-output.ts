import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tidemill } from './command-line.ts';
import { type Block, type Page, PageSession, runCommands } from './docs-pages.ts';
import { projectRoot } from './source-files.ts';

/**
 * What the blocks of a page print, in their order. Blocks marked `kafka` want a broker: without `kafkaAt`, its address in the place of the one they name,
 * they are left out.
 */
export async function outputsOf(page: Page, kafkaAt?: string): Promise<Map<Block, string>> {
  const printed = new Map<Block, string>();
  const session = new PageSession();
  const cache = join(projectRoot, '.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'tidemill-docs-'));
  try {
    for (const written of page.blocks) {
      if (written.marks.includes('kafka') && kafkaAt === undefined) continue;
      const block = kafkaAt === undefined ? written : { ...written, code: written.code.replaceAll('localhost:9092', kafkaAt) };
      if (block.language === 'sql') printed.set(written, await session.run(block, page.name));
      else if (block.language === 'sh' && !block.marks.includes('aside')) printed.set(written, await runCommands(block));
      else if (block.language === 'ts') {
        const file = join(folder, `line-${block.line}.ts`);
        writeFileSync(file, block.code);
        const finished = await tidemill(['run', file], { env: { TZ: 'UTC' } });
        printed.set(written, finished.stdout + finished.stderr.replaceAll(file, 'program.ts'));
      }
    }
  } finally {
    await session.close();
    rmSync(folder, { recursive: true, force: true });
  }
  return printed;
}
