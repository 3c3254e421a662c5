import { realClock, realRandom } from '../common/environment.ts';
import type { TidemillError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import type { PhysicalPlan } from '../physical/plan.ts';
import {
  CheckpointTimer,
  type Job,
  type JobHost,
  type JobOptions,
  RestartBackoff,
  RestartingJob,
  type RestartStrategy,
  slowText,
  startJob,
} from '../runtime/index.ts';
import type { AnyOperatorSpec } from '../runtime/services.ts';
import { checkpointSettings, exponentialDelay, restartStrategy } from './checkpoint-settings.ts';
import { isBadCheckpoint, type JobCheckpoints } from './checkpoints.ts';
import type { Settings } from './settings.ts';

export interface ProgramStart {
  readonly name: string;
  readonly settings: Settings;
  /** All but where it runs and what it goes on from. */
  readonly options: Omit<
    JobOptions,
    'hosts' | 'checkpoints' | 'restored' | 'restoring' | 'savepoints' | 'firstCheckpointId' | 'tolerableFailures'
  >;
  readonly hosts: () => readonly JobHost[];
  /** Opens the job's checkpoints; `again`: after a failure, to go on from the last one that stands. Undefined: it makes none. */
  readonly checkpoints: (again: boolean) => Promise<JobCheckpoints | undefined>;
  readonly notice: (text: string) => void;
}

/**
 * Starts a job that writes to a table: with checkpoints at their interval where there is a folder for them, and again after a failure as the restart
 * strategy says.
 */
export async function startProgram(plan: PhysicalPlan<AnyOperatorSpec>, start: ProgramStart): Promise<Job> {
  const { name, settings, notice } = start;
  const chosen = restartStrategy(settings);
  const tell = (text: string): void => notice(`${name}: ${text}`);
  let { userFunctions } = start.options;
  const run = async (again: boolean): Promise<{ job: Job; keeps: boolean }> => {
    let checkpoints = await start.checkpoints(again);
    if (checkpoints === undefined) return { job: await startJob(plan, { ...start.options, hosts: start.hosts() }), keeps: false };
    const { intervalMs, minPauseMs, timeoutMs, tolerableFailures } = checkpointSettings(settings);
    let job: Job | undefined;
    while (job === undefined) {
      const { store, restored, restoring, savepoints, firstId, earlier }: JobCheckpoints = checkpoints;
      try {
        job = await startJob(plan, {
          ...start.options,
          userFunctions,
          hosts: start.hosts(),
          checkpoints: store,
          restored,
          restoring,
          savepoints,
          tolerableFailures,
          firstCheckpointId: firstId,
        });
      } catch (error) {
        if (!isBadCheckpoint(error) || earlier === undefined) throw error;
        checkpoints = await earlier(error);
      }
    }
    const timer = new CheckpointTimer(
      { intervalMs, minPauseMs, timeoutMs },
      job,
      () => realClock.monotonicMs(),
      outcome => {
        if (outcome.state === 'stands' && outcome.tookMs > Math.max(intervalMs, limits.slowCheckpointMs))
          tell(`checkpoint ${outcome.checkpointId} took ${Math.round(outcome.tookMs)} ms: ${slowText(outcome.report)}`);
        if (outcome.state === 'failed') tell(`checkpoint ${outcome.checkpointId} failed: ${messageOf(outcome.error)}`);
      },
    );
    const ended = (): void => timer.stop();
    job.done.then(ended, ended);
    return { job, keeps: true };
  };
  const first = await run(false);
  if (!first.keeps) {
    if (chosen !== undefined && chosen.kind !== 'none')
      tell(`'restart-strategy.type' has no effect: without checkpoints a restart would write rows twice; give --checkpoints DIR`);
    return first.job;
  }
  const strategy: RestartStrategy = chosen ?? exponentialDelay(settings);
  return new RestartingJob(first.job, {
    start: async functions => {
      userFunctions = functions ?? userFunctions;
      return (await run(true)).job;
    },
    backoff: new RestartBackoff(strategy, realRandom),
    // asked for or not: what comes of rows or of our own code would come again
    isFinal: error => {
      if (strategy.kind === 'none') return "'restart-strategy.type' is 'none'";
      return chosen === undefined && error.domain !== 'external' ? `it would fail again (${error.code})` : undefined;
    },
    clock: realClock,
    notice: tell,
  });
}

const messageOf = (error: unknown): string => (error instanceof Error ? (error as TidemillError).message : String(error));
