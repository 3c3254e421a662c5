import { setImmediate as turn } from 'node:timers/promises';
import type { Random } from '../../../core/common/environment.ts';
import type { OperatorSpec } from '../../../core/operators/index.ts';
import type { PhysicalPlan } from '../../../core/physical/plan.ts';
import {
  completeSnapshot,
  defaultServices,
  type JobSnapshot,
  SimulatedClock,
  SimulationHost,
  startJob,
  type UserFunctionEntry,
} from '../../../core/runtime/index.ts';
import { CommittedRows } from '../committed-rows.ts';

const pick = (random: Random, below: number): number => random.next32() % below;

/** What a run through several plans gave. */
export interface Run {
  readonly rows: string[];
  readonly resumed: number;
}

/** Runs to the end through the plans in turn, each going on from a checkpoint of the one before. */
export async function runThrough(
  plans: readonly PhysicalPlan<OperatorSpec>[],
  random: Random,
  userFunctions: readonly UserFunctionEntry[] = [],
): Promise<Run> {
  const outside = new CommittedRows();
  let stands: JobSnapshot | undefined;
  let resumed = 0;
  for (const [index, plan] of plans.entries()) {
    const clock = new SimulatedClock(1_700_000_000_000);
    const services = { ...defaultServices({ output: () => undefined }), clock, sink: () => outside.sink() };
    let crashed = false;
    const before = stands;
    if (before?.tasks.some(task => task.snapshot.splits.some(split => split.open !== undefined))) resumed++;
    let last = before;
    const job = await startJob(plan, {
      services,
      userFunctions,
      // at times all state is on disk between two inputs
      ...(pick(random, 3) === 0 && { taskMemoryBytes: 1 }),
      batchRows: 10 + pick(random, 60),
      channelRows: 1 + pick(random, 100),
      hosts: [new SimulationHost(services, clock, random, 1 + pick(random, 6))],
      restored: before,
      restoring: ({ parts }) => {
        const lost = parts.filter(part => part.outcome !== 'kept');
        if (lost.length > 0) throw new Error(`lost: ${JSON.stringify(lost)}`);
      },
      checkpoints: {
        take: async snapshot => {
          await turn();
          if (crashed) throw new Error('a checkpoint was kept after the crash');
          stands = structuredClone(completeSnapshot(last, snapshot));
          last = stands;
        },
      },
    });
    if (index === plans.length - 1) {
      await job.done;
      break;
    }
    for (let turns = 1 + pick(random, 6); turns > 0; turns--) await turn();
    await job.checkpoint();
    for (let turns = pick(random, 20); turns > 0; turns--) await turn();
    crashed = job.failure === undefined;
    if (job.failure !== undefined) throw job.failure.error;
    await job.cancel();
    await job.done;
  }
  return { rows: outside.sorted(), resumed };
}
