import { TidemillError } from '../../common/errors.ts';
import { limits } from '../../common/limits.ts';
import type { CheckReport } from '../../session/check.ts';
import { Session } from '../../session/session.ts';
import { exitCodeOf, reportError } from '../failures.ts';
import { note, readFile, standardOutput } from '../io.ts';
import type { CommonOptions } from '../options.ts';
import { sessionOptions } from './session-options.ts';

/** `tidemill check`: all errors of the files at once, the state of their queries, ignored options; the exit code is 1 when there is an error. */
export async function check(files: readonly string[], options: CommonOptions & { readonly for?: 'flink' }): Promise<void> {
  let errors = 0;
  for (const file of files) {
    if (/\.[mc]?[jt]s$/.test(file))
      throw new TidemillError('usage', `check is for SQL; ${file} is a program`, {
        hint: 'The TypeScript compiler checks it: npx tsc --noEmit.',
      });
    // the report names ignored options itself
    const session = new Session({ ...sessionOptions(options), notice: () => undefined });
    try {
      for (const init of options.init) await session.check(readFile(init));
      const report = await session.check(readFile(file));
      errors += report.errors.length;
      for (const error of report.errors.slice(0, limits.errorsShownMax)) {
        reportError(error, options.verbose ?? false);
        process.exitCode = Math.max(Number(process.exitCode ?? 0), exitCodeOf(error));
      }
      if (report.errors.length > limits.errorsShownMax)
        note(`… and ${report.errors.length - limits.errorsShownMax} more errors in ${file}`);
      await standardOutput.write(reportText(file, report, options.for === 'flink'));
    } finally {
      await session.close();
    }
  }
  if (errors > 0) note(`${errors} ${errors === 1 ? 'error' : 'errors'}`);
}

/** What was found besides errors, a paragraph each. */
function reportText(file: string, report: CheckReport, forFlink: boolean): string {
  const count = report.errors.length;
  const many = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;
  const lines = [`${file}: ${many(report.statements, 'statement')}, ${count === 0 ? 'no errors' : many(count, 'error')}`];
  const place = (line: number): string => `  line ${String(line).padEnd(4)}`;
  for (const query of report.queries) {
    lines.push(`${place(query.line)} ${query.what}: ${query.bounded ? 'bounded' : `endless, ${changes[query.changelog]}`}`);
    for (const { operator, bound, reason } of query.state)
      if (!query.bounded || bound === 'none')
        lines.push(`            ${bound === 'none' && !query.bounded ? 'state without bound' : 'state'}: ${operator}: ${reason}`);
  }
  for (const { line, table, options } of report.ignored)
    lines.push(`${place(line)} table ${table}: ${options.map(key => `'${key}'`).join(', ')} ignored: no meaning here`);
  if (forFlink) {
    lines.push(report.differences.length === 0 ? '  On Flink: the same, as far as can be told from the text.' : '  On Flink:');
    for (const { line, what, instead } of report.differences)
      lines.push(`${place(line)} ${what}`, ...instead.split('\n').map(text => `            ${text}`));
  }
  return `${lines.join('\n')}\n`;
}

const changes = {
  append: 'rows are only added',
  retract: 'rows are taken back and replaced',
  upsert: 'rows are replaced by key',
};
