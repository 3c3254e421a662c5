import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { atMost, type Goal, markdownTable, number } from './goals.ts';
import { machineFacts } from './machine.ts';
import { writeReport } from './report.ts';
import { median, quantile } from './statistics.ts';
import { runNode } from './tidemill.ts';

export interface CheckpointsRequest {
  readonly program: string;
  readonly directory: string;
  readonly parallelism: number;
  readonly keys: number;
  readonly secondsPerPhase: number;
  readonly rounds: number;
  /** Goes on from the last checkpoint, and ends with its first row. */
  readonly restores: boolean;
}

/** So many seconds with checkpoints at an interval. */
export interface Phase {
  readonly every: 'never' | '30 s' | '5 s';
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly rows: number;
}

export interface Timing {
  readonly copyMs: number;
  readonly pausesMs: readonly number[];
}

export interface CheckpointsOutcome {
  /** Since the start of the process. */
  readonly firstOutputMs: number;
  readonly cpuMs: number;
  readonly phases: readonly Phase[];
  readonly checkpoints: readonly {
    readonly tookMs: number;
    readonly cpuMs: number;
    readonly bytes: number;
    readonly timings: readonly Timing[];
  }[];
}

/** A row of the state: key, head, and what COUNT, SUM, MIN, MAX and AVG keep. */
const rowBytes = 80;

/** First every key once, then any: all of the state changes all the time. One in many rows is printed. */
const program = (keys: number): string => `
CREATE TABLE events (n BIGINT, u DOUBLE, v BIGINT, k AS CASE WHEN n <= ${keys} THEN n ELSE CAST(u * ${keys} AS BIGINT) END)
  WITH ('connector' = 'datagen', 'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '1000000000000',
    'fields.u.min' = '0', 'fields.u.max' = '1', 'rows-per-second' = '1000000000');
CREATE TABLE shown (k BIGINT, rows_seen BIGINT, total BIGINT, least BIGINT, most BIGINT, mean BIGINT, PRIMARY KEY (k) NOT ENFORCED)
  WITH ('connector' = 'print');
INSERT INTO shown SELECT * FROM (SELECT k, COUNT(*) AS rows_seen, SUM(v), MIN(v), MAX(v), AVG(v) FROM events GROUP BY k)
  WHERE MOD(k + rows_seen, 20000) = 7;`;

const sorted = (values: readonly number[]): readonly number[] => values.toSorted((left, right) => left - right);

const child = fileURLToPath(new URL('./checkpoints-child.ts', import.meta.url));

async function run(request: CheckpointsRequest): Promise<CheckpointsOutcome> {
  return JSON.parse((await runNode([child, JSON.stringify(request)])).output) as CheckpointsOutcome;
}

/**
 * What checkpoints cost a job of which all state changes all the time, and how soon a new process goes on from the last one: wall and CPU time of real
 * processes, in phases with checkpoints and without, taking turns.
 */
export async function checkpoints(options: {
  /** Of state. */
  megabytes: number;
  parallelism: number;
  /** Of a phase: at least as long as the longest interval, if the figures are to be those of one checkpoint in 30 s. */
  seconds: number;
  rounds: number;
  folder?: string | undefined;
  name?: string | undefined;
}): Promise<void> {
  const machine = machineFacts();
  const keys = Math.floor((options.megabytes * 1e6) / rowBytes);
  const directory = mkdtempSync(join(tmpdir(), 'tidemill-checkpoints-'));
  const { parallelism, rounds } = options;
  const request = { program: program(keys), directory, parallelism, keys, secondsPerPhase: options.seconds, rounds };
  let made: CheckpointsOutcome;
  const restored: CheckpointsOutcome[] = [];
  try {
    made = await run({ ...request, restores: false });
    for (let round = 0; round < 3; round++) restored.push(await run({ ...request, restores: true }));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  const rate = (every: Phase['every'], by: 'wallMs' | 'cpuMs'): number =>
    median(made.phases.filter(phase => phase.every === every).map(phase => (1000 * phase.rows) / phase[by]));
  const loss = (every: Phase['every'], by: 'wallMs' | 'cpuMs'): number => 1 - rate(every, by) / rate('never', by);
  const pausesMs = made.checkpoints.map(({ timings }) => sorted(timings.flatMap(timing => timing.pausesMs)));
  const pauseP99 = quantile(sorted(pausesMs.flat()), 0.99);
  const recoveryMs = median(restored.map(({ firstOutputMs }) => firstOutputMs));
  const goals: Goal[] = [
    atMost('p99 of the pauses for a checkpoint of 1 GB', pauseP99, 20, 'ms', 'checkpoints'),
    atMost('rows lost to checkpoints, one in 30 s', loss('30 s', 'wallMs'), 0.15, '', 'checkpoints'),
    atMost('recovery of 1 GB to the first row', recoveryMs / 1000, 3, 's', 'checkpoints'),
  ];
  const stateMb = Math.max(...made.checkpoints.map(({ bytes }) => bytes)) / 1e6;
  writeReport(
    {
      benchmark: 'checkpoints',
      machine,
      goals,
      sections: [
        `${number(keys)} groups, ${number(stateMb)} MB of state, any of which may change with the next row; parallelism ${parallelism}. Phases of ${request.secondsPerPhase} s take turns.`,
        markdownTable(
          ['a checkpoint', 'rows/s', 'rows per CPU second', 'lost, wall', 'lost, CPU'],
          (['never', '30 s', '5 s'] as const).map(every => [
            every === 'never' ? every : `every ${every}`,
            number(rate(every, 'wallMs')),
            number(rate(every, 'cpuMs')),
            every === 'never' ? '' : loss(every, 'wallMs').toFixed(3),
            every === 'never' ? '' : loss(every, 'cpuMs').toFixed(3),
          ]),
        ),
        markdownTable(
          ['checkpoint', 'MB', 'took ms', 'copying ms', 'pauses', 'median ms', 'two longest ms'],
          made.checkpoints.map(({ tookMs, bytes, timings }, index) => [
            String(index + 1),
            number(bytes / 1e6),
            number(tookMs),
            number(Math.max(...timings.map(({ copyMs }) => copyMs))),
            String(pausesMs[index]!.length),
            number(quantile(pausesMs[index]!, 0.5)),
            pausesMs[index]!.slice(-2)
              .map(ms => number(ms))
              .join(', '),
          ]),
        ),
        markdownTable(
          ['recovery', 'first row after ms', 'CPU ms until then'],
          restored.map(({ firstOutputMs, cpuMs }, index) => [String(index + 1), number(firstOutputMs), number(cpuMs)]),
        ),
      ],
      data: { keys, parallelism, made, restored },
    },
    options,
  );
}
