// Writes core/docs/functions-status.md: which functions of Flink 2.3 are here and agree with it. Needs no Flink: the goldens are its answers.
// Run: npm run functions:status [-- --differences upper lower …]: with --differences prints the unknown ones, and writes nothing.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareAll, compareFile, isKnown, knownDifferences } from '../support/function-comparison.ts';
import { functionStatusFile, functionStatusText } from '../support/function-status.ts';
import { projectRoot } from '../support/source-files.ts';

const [flag, ...files] = process.argv.slice(2);
if (flag === '--differences') {
  const comparisons = files.length === 0 ? await compareAll() : await Promise.all(files.map(compareFile));
  for (const { file, expressions, differences } of comparisons) {
    const unknown = differences.filter(difference => !knownDifferences.some(known => isKnown(difference, known)));
    const shown = new Map<string, string>();
    for (const one of unknown) {
      const key = `${one.expression}\n  Flink: ${one.flink}\n  ours:  ${one.ours}`;
      shown.set(key, `${shown.get(key) ?? ''} ${one.way}`);
    }
    process.stdout.write(`${file}: ${expressions} expressions, ${shown.size} differences\n`);
    for (const [key, way] of shown) process.stdout.write(`${key}\n  (${way.trim()})\n`);
  }
  process.exit();
}
const text = functionStatusText(await compareAll());
writeFileSync(join(projectRoot, functionStatusFile), text);
process.stdout.write(`${/\*\*([^*]*)\*\*/.exec(text)?.[1]?.replace('\n', ' ')}\n`);
process.exit();
