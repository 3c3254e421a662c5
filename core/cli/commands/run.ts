import { TidemillError } from '../../common/errors.ts';
import type { JobProgress, RunningJob, StatementResult } from '../../session/contract.ts';
import { Session } from '../../session/session.ts';
import { ControlServer } from '../control/control-server.ts';
import { stopJob } from '../control/stop-job.ts';
import { note, readFile, readScript, standardOutput } from '../io.ts';
import type { CommonOptions } from '../options.ts';
import { Progress, type ProgressKind } from '../output/progress.ts';
import { type OutputFormat, writeListing, writeResult } from '../output/result-writer.ts';
import { StallWatch } from '../output/stall-watch.ts';
import { Interruption } from './interruption.ts';
import { sessionOptions } from './session-options.ts';

export interface RunOptions extends CommonOptions {
  readonly command?: string;
  readonly output?: OutputFormat;
  readonly name?: string;
  readonly dryRun?: boolean;
  readonly progress: ProgressKind;
}

/** `tidemill run`: statements in order; results to standard output, all else to standard error. */
export async function run(file: string | undefined, options: RunOptions): Promise<void> {
  if (file !== undefined && /\.[mc]?ts$/.test(file)) {
    refuseForPrograms(options);
    const { runProgram } = await import('./run-program.ts');
    return runProgram(file, options);
  }
  const script = await readScript(file, options.command);
  const format = options.output ?? (process.stdout.isTTY ? 'table' : 'json');
  const session = new Session(sessionOptions(options));
  const interruption = new Interruption();
  const control = new ControlServer({ running: () => session.running(), checkpoints: options.checkpoints }, note);
  const endless: RunningJob[] = [];
  try {
    for (const init of options.init)
      for await (const result of session.run(readFile(init), 'final')) await show(result, format, interruption, endless, options);
    if (options.dryRun) {
      await standardOutput.write(`${await session.explain(script, 'text')}\n`);
      return;
    }
    for await (const result of session.run(script, format === 'changelog' ? 'changelog' : 'final')) {
      await show(result, format, interruption, endless, options);
      if (interruption.requested) break;
    }
    await interruption.waitFor(Promise.all(endless.map(job => job.done)));
  } finally {
    await control.close();
    interruption.close();
    await session.close();
  }
}

/** What is to be said at the end of records that could not be read, and of rows for which functions failed. */
function leftOutNote(progress: JobProgress | undefined): string {
  const { badRecords = 0, errorRows = 0 } = progress ?? {};
  const bad =
    badRecords === 0 ? '' : `, ${badRecords} bad ${badRecords === 1 ? 'record or value' : 'records or values'} left out`;
  const failed = `, ${errorRows} ${errorRows === 1 ? 'row' : 'rows'} without a function's result ('on-error' = 'fail' says why)`;
  return errorRows === 0 ? bad : bad + failed;
}

function refuseForPrograms(options: RunOptions): void {
  const { command, output, name, dryRun } = options;
  const forSql = Object.entries({ '--command': command, '--output': output, '--name': name, '--dry-run': dryRun });
  const unwanted = forSql.find(([, value]) => value !== undefined);
  if (unwanted === undefined) return;
  throw new TidemillError('usage', `${unwanted[0]} is for SQL; a program says by itself what it runs and prints`);
}

async function show(
  result: StatementResult,
  format: OutputFormat,
  interruption: Interruption,
  endless: RunningJob[],
  { progress: kind, checkpoints }: RunOptions,
): Promise<void> {
  switch (result.kind) {
    case 'done':
      return;
    case 'text':
      return standardOutput.write(`${result.text}\n`);
    case 'listing':
      return writeListing(result.schema, result.rows, format, standardOutput);
    case 'query': {
      const progress = new Progress(kind, () => result.query.job?.progress());
      const watch = new StallWatch(
        kind,
        () => result.query.job,
        text => progress.around(() => note(text)),
      );
      interruption.onRequest(() => result.query.job?.cancel());
      try {
        await writeResult(result.query, format, { write: text => progress.around(() => standardOutput.write(text)) });
      } catch (error) {
        if (!(interruption.requested && error instanceof TidemillError && error.code === 'cancelled')) throw error;
      } finally {
        watch.close();
        progress.close();
      }
      const left = leftOutNote(result.query.job?.progress());
      if (left !== '') note(left.slice(2));
      return;
    }
    case 'insert': {
      interruption.onRequest(async () => {
        if (checkpoints === undefined) await result.job.cancel();
        else note(await stopJob(result.job, { drain: false }, checkpoints));
      });
      if (!result.job.bounded) {
        note(`${result.job.name} runs: rows go to ${result.sink}; Ctrl-C stops it`);
        const watch = new StallWatch(kind, () => result.job, note);
        const ended = (): void => watch.close();
        result.job.done.then(ended, ended);
        endless.push(result.job);
        return;
      }
      const progress = new Progress(kind, () => result.job.progress());
      try {
        await interruption.waitFor(result.job.done);
      } finally {
        progress.close();
      }
      const progressed = result.job.progress();
      if (!interruption.requested) note(`${progressed.rowsWritten} rows written to ${result.sink}${leftOutNote(progressed)}`);
    }
  }
}
