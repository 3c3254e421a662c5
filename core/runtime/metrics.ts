import { type CounterName, counterIndex, countersPerOperator, type TaskCounterName, taskCounterIndex } from './counters.ts';
import type { JobGraph } from './job-graph.ts';

/** Numbers of one operator of one task, live (law 10). `watermarkMs`: −Infinity before the first. */
export type OperatorMetrics = Readonly<Record<CounterName, number>> & { readonly id: string; readonly kind: string };

export interface TaskMetrics extends Readonly<Record<TaskCounterName, number>> {
  readonly stageId: string;
  readonly subtask: number;
  readonly operators: readonly OperatorMetrics[];
}

export interface JobMetrics {
  readonly tasks: readonly TaskMetrics[];
}

/** Reads all counters of a job where its tasks write them; never waits for a task. */
export function readMetrics(graph: JobGraph): JobMetrics {
  const row = (first: number): Float64Array => new Float64Array(graph.counters, 8 * first, countersPerOperator);
  return {
    tasks: graph.tasks.map(node => ({
      stageId: node.stage.id,
      subtask: node.subtask,
      ...named(taskCounterIndex, row(node.counters)),
      operators: node.stage.operators.map((placed, index) => ({
        id: placed.id,
        kind: placed.spec.kind,
        ...named(counterIndex, row(node.counters + countersPerOperator * (index + 1))),
      })),
    })),
  };
}

function named<Name extends string>(places: Readonly<Record<Name, number>>, numbers: Float64Array): Record<Name, number> {
  const result = {} as Record<Name, number>;
  for (const name of Object.keys(places) as Name[]) result[name] = numbers[places[name]]!;
  return result;
}
