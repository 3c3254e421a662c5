import { TidemillError } from '../common/errors.ts';
import type { RestartStrategy } from '../runtime/index.ts';

const strategies = {
  none: 'none',
  off: 'none',
  disable: 'none',
  'fixed-delay': 'fixed-delay',
  fixeddelay: 'fixed-delay',
  'failure-rate': 'failure-rate',
  failurerate: 'failure-rate',
  'exponential-delay': 'exponential-delay',
  exponentialdelay: 'exponential-delay',
} as const;

/** Settings of checkpoints and restarts. Names, values and defaults are Flink's; their doc says where the default differs. */
export const checkpointSettingSpecs = {
  'execution.checkpointing.dir': { doc: 'folder that jobs which write to tables keep checkpoints in' },
  'execution.checkpointing.savepoint-dir': { doc: 'folder that STOP JOB … WITH SAVEPOINT puts savepoints into' },
  'execution.checkpointing.interval': {
    default: '10 s',
    form: 'duration',
    doc: 'from the begin of one checkpoint to that of the next, where there is a folder for them',
  },
  'execution.checkpointing.min-pause': {
    default: '0 ms',
    form: 'duration',
    doc: 'least time from the end of one checkpoint to the begin of the next',
  },
  'execution.checkpointing.timeout': {
    default: '10 min',
    form: 'duration',
    doc: 'a checkpoint that has not been made by then has failed',
  },
  'execution.checkpointing.tolerable-failed-checkpoints': {
    default: '0',
    form: 'whole',
    doc: 'how many checkpoints in a row may fail before the job does',
  },
  'execution.checkpointing.num-retained': { default: '2', form: 'count', doc: 'checkpoints kept' },
  'execution.checkpointing.mode': {
    default: 'EXACTLY_ONCE',
    values: ['EXACTLY_ONCE', 'AT_LEAST_ONCE'],
    doc: 'barriers are aligned in both: AT_LEAST_ONCE gives no less than it asks for, and is not faster',
  },
  's3.endpoint': { doc: "server of S3 for checkpoints in s3://bucket/folder; default: AWS_ENDPOINT_URL, or Amazon's" },
  's3.region': { doc: 'region of S3; default: AWS_REGION' },
  's3.access-key': { doc: 'default: AWS_ACCESS_KEY_ID and what else the AWS SDK looks at' },
  's3.secret-key': { doc: 'belongs to s3.access-key' },
  's3.path.style.access': {
    values: ['true', 'false'],
    doc: 'the bucket stands in the path; default: true where there is an endpoint',
  },
  'execution.state-recovery.path': { doc: 'the checkpoint or savepoint to go on from, as --restore' },
  'execution.state-recovery.ignore-unclaimed-state': {
    default: 'false',
    values: ['true', 'false'],
    doc: 'go on though state in the checkpoint has no place in the program any more, as --allow-non-restored-state',
  },
  'restart-strategy.type': {
    values: Object.keys(strategies),
    doc: 'what becomes of a job that fails: it goes on from its last checkpoint. Default: exponential-delay for what an outside system is to blame for, none for the rest and for jobs without checkpoints',
  },
  'restart-strategy.fixed-delay.attempts': { default: '1', form: 'count', doc: 'restarts before the job fails' },
  'restart-strategy.fixed-delay.delay': { default: '1 s', form: 'duration', doc: 'pause before a restart' },
  'restart-strategy.exponential-delay.initial-backoff': {
    default: '1 s',
    form: 'duration',
    doc: 'pause before the first restart',
  },
  'restart-strategy.exponential-delay.max-backoff': { default: '1 min', form: 'duration', doc: 'longest pause' },
  'restart-strategy.exponential-delay.backoff-multiplier': {
    default: '1.5',
    form: 'number',
    doc: 'how much longer each pause is than the one before',
  },
  'restart-strategy.exponential-delay.reset-backoff-threshold': {
    default: '1 h',
    form: 'duration',
    doc: 'after so long without a failure the pause is the first one again',
  },
  'restart-strategy.exponential-delay.jitter-factor': {
    default: '0.1',
    form: 'number',
    doc: 'random share of the pause that is added or taken away',
  },
  'restart-strategy.exponential-delay.attempts-before-reset-backoff': {
    default: 'infinite',
    doc: 'restarts before the job fails, counted anew when the pause is; default: no limit',
  },
  'restart-strategy.failure-rate.delay': { default: '1 s', form: 'duration', doc: 'pause before a restart' },
  'restart-strategy.failure-rate.failure-rate-interval': {
    default: '1 min',
    form: 'duration',
    doc: 'time in which failures are counted',
  },
  'restart-strategy.failure-rate.max-failures-per-interval': {
    default: '1',
    form: 'count',
    doc: 'failures in that time before the job fails',
  },
} as const;

/** Names that Flink had or still takes for the same settings. */
export const settingAliases: Readonly<Record<string, string>> = {
  'state.checkpoints.dir': 'execution.checkpointing.dir',
  'state.savepoints.dir': 'execution.checkpointing.savepoint-dir',
  'state.checkpoints.num-retained': 'execution.checkpointing.num-retained',
  'execution.savepoint.path': 'execution.state-recovery.path',
  'execution.savepoint.ignore-unclaimed-state': 'execution.state-recovery.ignore-unclaimed-state',
  'restart-strategy': 'restart-strategy.type',
};

interface ReadableSettings {
  get(key: string): string | undefined;
  durationMs(key: string): number;
}

export interface CheckpointSettings {
  readonly intervalMs: number;
  readonly minPauseMs: number;
  readonly timeoutMs: number;
  readonly tolerableFailures: number;
  readonly retained: number;
}

export const checkpointSettings = (settings: ReadableSettings): CheckpointSettings => ({
  intervalMs: settings.durationMs('execution.checkpointing.interval'),
  minPauseMs: settings.durationMs('execution.checkpointing.min-pause'),
  timeoutMs: settings.durationMs('execution.checkpointing.timeout'),
  tolerableFailures: Number(settings.get('execution.checkpointing.tolerable-failed-checkpoints')),
  retained: Number(settings.get('execution.checkpointing.num-retained')),
});

/** Undefined: none was chosen. */
export function restartStrategy(settings: ReadableSettings): RestartStrategy | undefined {
  const chosen = settings.get('restart-strategy.type');
  if (chosen === undefined) return undefined;
  const kind = strategies[chosen as keyof typeof strategies];
  switch (kind) {
    case 'none':
      return { kind };
    case 'fixed-delay':
      return {
        kind,
        attempts: Number(settings.get('restart-strategy.fixed-delay.attempts')),
        delayMs: settings.durationMs('restart-strategy.fixed-delay.delay'),
      };
    case 'failure-rate':
      return {
        kind,
        delayMs: settings.durationMs('restart-strategy.failure-rate.delay'),
        intervalMs: settings.durationMs('restart-strategy.failure-rate.failure-rate-interval'),
        failuresMax: Number(settings.get('restart-strategy.failure-rate.max-failures-per-interval')),
      };
    case 'exponential-delay':
      return exponentialDelay(settings);
  }
}

export function exponentialDelay(settings: ReadableSettings): Extract<RestartStrategy, { kind: 'exponential-delay' }> {
  const of = (name: string): string => `restart-strategy.exponential-delay.${name}`;
  const attempts = settings.get(of('attempts-before-reset-backoff'))!;
  if (attempts !== 'infinite' && !(Number.isInteger(Number(attempts)) && Number(attempts) >= 1))
    throw new TidemillError(
      'wrong-setting',
      `'${of('attempts-before-reset-backoff')}' takes a whole number from 1, not '${attempts}'`,
    );
  return {
    kind: 'exponential-delay',
    initialMs: settings.durationMs(of('initial-backoff')),
    maxMs: settings.durationMs(of('max-backoff')),
    multiplier: Number(settings.get(of('backoff-multiplier'))),
    resetMs: settings.durationMs(of('reset-backoff-threshold')),
    jitter: Number(settings.get(of('jitter-factor'))),
    attempts: attempts === 'infinite' ? Number.POSITIVE_INFINITY : Number(attempts),
  };
}
