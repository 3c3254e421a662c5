// Writes what of core/docs is made from the code (functions, options, settings, what is not there) and the outputs that pages show.
// Run: npm run docs [-- page.md …]: with pages, only their outputs; outputs that changed are named, so that they can be looked at.
import { writeFileSync } from 'node:fs';
import { generatedPages, withGeneratedParts } from '../support/docs-generated.ts';
import { outputsOf } from '../support/docs-output.ts';
import { pages } from '../support/docs-pages.ts';

const wanted = process.argv.slice(2);
if (wanted.length === 0) for (const { path, text } of await generatedPages()) writeFileSync(path, text);
for (const page of pages()) {
  const made = withGeneratedParts(page.text);
  if (made !== page.text) writeFileSync(page.path, made);
}
for (const page of pages()) {
  if (wanted.length > 0 && !wanted.includes(page.name)) continue;
  const outputs = await outputsOf(page);
  let text = page.text;
  for (const block of page.blocks.toReversed()) {
    const printed = outputs.get(block);
    if (block.output === undefined || printed === undefined || printed === block.output.text) continue;
    text = text.slice(0, block.output.start) + printed + text.slice(block.output.end);
    process.stdout.write(`${page.name}:${block.line}\n`);
  }
  if (text !== page.text) writeFileSync(page.path, text);
  const failed = [...outputs].filter(([block, printed]) => block.output === undefined && /^(internal )?error\[/m.test(printed));
  for (const [block, printed] of failed) process.stdout.write(`${page.name}:${block.line} fails:\n${printed.slice(0, 1000)}\n`);
}
process.exit();
