#!/usr/bin/env node
// Plain JavaScript of an old dialect on purpose: it must run on any Node to say which one is needed.
const [major] = process.versions.node.split('.').map(Number);
if (major < 24) {
  process.stderr.write(`tidemill needs Node 24 (this is ${process.versions.node}). Run: npx -p node@24 -p tidemill tidemill …\n`);
  process.exitCode = 1;
} else {
  const { enableCompileCache } = await import('node:module');
  enableCompileCache();
  const { existsSync } = await import('node:fs');
  const { main } = await import(existsSync(new URL('./main.js', import.meta.url)) ? './main.js' : './main.ts');
  await main(process.argv.slice(2));
}
