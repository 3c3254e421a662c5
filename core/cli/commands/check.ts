import { limits } from '../../common/limits.ts';
import { Session } from '../../session/session.ts';
import { exitCodeOf, reportError } from '../failures.ts';
import { note, readFile } from '../io.ts';
import type { CommonOptions } from '../options.ts';
import { sessionOptions } from './session-options.ts';

/** `tidemill check`: all errors of the files at once; the exit code is 1 when there is one. */
export async function check(files: readonly string[], options: CommonOptions): Promise<void> {
  let errors = 0;
  for (const file of files) {
    const session = new Session(sessionOptions(options));
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
      for (const warning of report.warnings) note(`warning: ${warning}`);
      if (report.errors.length === 0) note(`${file}: ${report.statements} statements, no errors`);
    } finally {
      await session.close();
    }
  }
  if (errors > 0) note(`${errors} ${errors === 1 ? 'error' : 'errors'}`);
}
