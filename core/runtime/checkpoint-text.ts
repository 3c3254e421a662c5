import { limits } from '../common/limits.ts';
import type { CheckpointReport, TaskReport } from './checkpoint-coordinator.ts';

/**
 * Where the time of a slow checkpoint went: a line on its slowest task, and one for each operator that took more than a little.
 *
 * @example
 * slowText(outcome.report);
 * // stage-2 task 1 answered after 3100 ms (2000 ms until its barrier came, 900 ms aligning its inputs, 40 ms copying), storing took 200 ms
 * //   aggregate-1f0c22a9b3d4 of stage-2 task 1: 900 ms aligning, 40 ms copying and encoding 52 MB, 150 ms writing, answered after 3100 ms
 */
export function slowText({ tasks, storedMs }: CheckpointReport): string {
  const [slowest] = tasks;
  const stored = `storing took ${ms(storedMs)}`;
  if (slowest === undefined) return stored;
  const { timing } = slowest;
  const parts =
    timing === undefined
      ? []
      : [
          `${ms(slowest.answeredMs - timing.tookMs - timing.alignMs)} until its barrier came`,
          `${ms(timing.alignMs)} aligning its inputs`,
          `${ms(timing.copyMs)} copying`,
        ];
  const detail = parts.length === 0 ? '' : ` (${parts.join(', ')})`;
  const first = `${nameOf(slowest)} (${slowest.operators.join(', ')}) answered after ${ms(slowest.answeredMs)}${detail}, ${stored}`;
  const operators = tasks.flatMap(operatorTexts).sort((left, right) => right.totalMs - left.totalMs);
  const shown = operators.slice(0, limits.errorsShownMax).filter(({ totalMs }) => totalMs >= limits.slowOperatorMs);
  return [first, ...shown.map(({ text }) => `  ${text}`)].join('\n');
}

/** Writing is by task: what an operator has of it goes by its bytes. */
function operatorTexts(task: TaskReport): { readonly totalMs: number; readonly text: string }[] {
  const { timing, writeMs = 0 } = task;
  if (timing === undefined) return [];
  const bytes = timing.operators.reduce((sum, operator) => sum + operator.bytes, 0);
  return timing.operators.map(operator => {
    const written = bytes === 0 ? 0 : (writeMs * operator.bytes) / bytes;
    const { prepareMs } = operator;
    const parts = [
      `${ms(timing.alignMs)} aligning`,
      `${ms(operator.copyMs)} copying and encoding ${(operator.bytes / 1e6).toPrecision(2)} MB`,
      ...(prepareMs === undefined ? [] : [`${ms(prepareMs)} preparing what was written`]),
      `${ms(written)} writing`,
      `answered after ${ms(task.answeredMs)}`,
    ];
    return {
      totalMs: timing.alignMs + operator.copyMs + (prepareMs ?? 0) + written,
      text: `${operator.operatorId} of ${nameOf(task)}: ${parts.join(', ')}`,
    };
  });
}

const ms = (value: number): string => `${Math.round(value)} ms`;
const nameOf = ({ stageId, subtask }: TaskReport): string => `${stageId} task ${subtask + 1}`;
