import type { RunningJob } from '../../session/contract.ts';

/**
 * Ends a job in order, and says how it can go on. With a savepoint it ends there; with checkpoints a last one is made and the job ends where it is;
 * without any, or with `drain`, its sources end, what is under way is finished, and sinks are closed. Errors: `no-savepoint`.
 */
export async function stopJob(
  job: RunningJob,
  { drain, savepoint }: { readonly drain: boolean; readonly savepoint?: string | undefined },
  checkpoints: string | undefined,
): Promise<string> {
  if (savepoint !== undefined) {
    await job.stop({ drain, savepoint });
    return `${job.name} has ended; to go on: the same command with --checkpoints ${checkpoints ?? 'DIR'} --restore ${savepoint}`;
  }
  if (drain || checkpoints === undefined) {
    await job.stop({ drain });
    return `${job.name} has ended`;
  }
  await job.suspend();
  return `to go on: the same command with --checkpoints ${checkpoints} --restore latest`;
}
