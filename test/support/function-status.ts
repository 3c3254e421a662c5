import { aggregateFunctions, scalarFunctions } from '../../core/functions/index.ts';
import { type Comparison, type Difference, isKnown, knownDifferences } from './function-comparison.ts';
import { caseFileOf, flinkFunctions, missingReasons, notCallable, syntaxFunctions } from './function-names.ts';

export const functionStatusFile = 'core/docs/functions-status.md';

/** Where Flink fails inside, contradicts itself or its documentation, or is not deterministic: such reasons begin with its name. */
const isFlinks = (difference: Difference): boolean =>
  knownDifferences.some(known => isKnown(difference, known) && known.reason.startsWith('Flink'));

const spellings = (): Set<string> =>
  new Set([...scalarFunctions.values(), ...aggregateFunctions.values()].flatMap(entry => entry.spellings));

/** The table *function × agree / differ / missing*, from the comparison of all files of cases. */
export function functionStatusText(comparisons: readonly Comparison[]): string {
  const byFile = new Map(comparisons.map(one => [one.file, one]));
  const known = spellings();
  const counts = { agree: 0, flinks: 0, differ: 0, missing: 0, open: 0 };
  const lines: string[] = [];
  const reasons: string[] = [];
  for (const [name, flinkNames] of flinkFunctions()) {
    const found = byFile.get(caseFileOf(name, flinkNames));
    const listed = known.has(name);
    let state: string;
    if (found === undefined || found.expressions === 0) {
      const isOperator = !/^[A-Z][A-Z0-9_]*$/.test(name);
      const elsewhere = syntaxFunctions[name] ?? (isOperator ? '`test/codegen/`' : undefined);
      state = elsewhere !== undefined ? `there; ${elsewhere}` : listed ? 'there, not compared' : 'missing';
      counts[elsewhere !== undefined || listed ? 'open' : 'missing']++;
    } else {
      const different = new Set(found.differences.map(one => one.expression));
      const missing = new Set(found.differences.filter(one => one.missing).map(one => one.expression));
      const agreed = found.expressions - different.size;
      const own = found.differences.filter(one => !isFlinks(one));
      const gone = !listed && agreed * 2 < found.expressions && missing.size > 0;
      state = gone
        ? 'missing'
        : different.size === 0
          ? 'agrees'
          : `${different.size} of ${found.expressions} ${different.size === 1 ? 'differs' : 'differ'}${own.length === 0 ? ', by Flink' : ''}`;
      counts[gone ? 'missing' : different.size === 0 ? 'agree' : own.length === 0 ? 'flinks' : 'differ']++;
    }
    const names = flinkNames.length === 0 ? '' : flinkNames.map(one => `\`${one}\``).join(', ');
    lines.push(`| \`${name.replaceAll('|', '\\|')}\` | ${names} | ${found?.expressions ?? ''} | ${state} |`);
  }
  for (const comparison of comparisons) {
    for (const one of knownDifferences) {
      if (one.file !== comparison.file && one.file !== '*') continue;
      const hit = comparison.differences.find(difference => isKnown(difference, one));
      if (hit !== undefined)
        reasons.push(`| \`${comparison.file}\` | \`${hit.expression.replaceAll('|', '\\|')}\` | ${one.reason} |`);
    }
  }
  return `# Functions: what agrees with Flink

Made by \`npm run functions:status\` from Flink 2.3's \`SHOW FUNCTIONS\`, from what a real Flink answered to the expressions of
\`test/oracle/functions/\`, and from this engine's own answers (generated code, default, references: type with nullability, and value or error).

**${counts.agree} agree, ${counts.flinks} agree but where Flink fails, contradicts itself or has no fixed answer ("by Flink"), ${counts.differ} differ
somewhere, ${counts.missing} missing, ${counts.open} there and compared elsewhere.**

FLOAT and DOUBLE are compared as numbers, not digit by digit, and within the last bits where Java's documentation leaves them open.

| function | in SHOW FUNCTIONS | expressions compared | state |
|---|---|---|---|
${lines.join('\n')}

## Where results differ

| cases | such as | why |
|---|---|---|
${reasons.join('\n')}

## Missing, and why

| name | why |
|---|---|
${Object.entries(missingReasons)
  .map(([name, reason]) => `| \`${name}\` | ${reason} |`)
  .join('\n')}

## Listed by SHOW FUNCTIONS, but nothing a SQL text can call

| name | what it is |
|---|---|
${Object.entries(notCallable)
  .map(([name, what]) => `| \`${name}\` | ${what} |`)
  .join('\n')}
`;
}
