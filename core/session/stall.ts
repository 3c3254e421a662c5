import type { PhysicalPlan } from '../physical/plan.ts';
import type { AnyOperatorSpec, DescribedTask, InputState, JobState } from '../runtime/index.ts';

/** Why a job gives no rows: the reason in one line, and below it what each task waits for. */
export interface StallReport {
  /** Something holds it; otherwise it is only slow, or has ended. */
  readonly held: boolean;
  readonly reason: string;
  readonly details: readonly string[];
}

type Plan = PhysicalPlan<AnyOperatorSpec>;

/**
 * Follows what holds a job up from its outputs back to its sources: an output that takes nothing, a window whose watermark has not come and the
 * split that holds it, a join that still reads its build side, or sources without rows.
 *
 * @example
 * explainStall(plan, await job.describe(500)).reason;
 * // window [2026-01-31 12:00:00, 2026-01-31 12:10:00) waits for watermark 2026-01-31 12:10:00, at 2026-01-31 12:03:10; held by bid (bid-3), no rows for 14 s
 */
export function explainStall(plan: Plan, state: JobState): StallReport {
  const tasks = new Map(state.tasks.map(task => [taskKey(task), task]));
  const held =
    blockedOutput(plan, state) ??
    waitingWindow(plan, state, tasks) ??
    buildSide(plan, state) ??
    silentSources(plan, state) ??
    busyTask(state);
  const ended = state.tasks.every(task => task.done);
  const reason = held ?? (ended ? 'the job has ended' : 'nothing holds it: rows are on their way');
  return { held: held !== undefined, reason, details: state.tasks.map(task => taskLine(plan, task)) };
}

const taskKey = ({ stageId, subtask }: { readonly stageId: string; readonly subtask: number }): string => `${stageId}/${subtask}`;

/** Stages from the outputs back. */
function downstreamFirst(plan: Plan, state: JobState): DescribedTask[] {
  const place = new Map(plan.stages.map((stage, index) => [stage.id, index]));
  return [...state.tasks].sort((a, b) => (place.get(b.stageId) ?? 0) - (place.get(a.stageId) ?? 0) || a.subtask - b.subtask);
}

function blockedOutput(plan: Plan, state: JobState): string | undefined {
  for (const task of downstreamFirst(plan, state)) {
    if (task.state?.blocked !== true) continue;
    const stage = plan.stages.find(each => each.id === task.stageId);
    const sink = stage?.operators.map(({ spec }) => sinkName(spec)).find(name => name !== undefined);
    if (stage === undefined || stage.outputs.length === 0)
      return sink === undefined ? 'the reader of the result takes no rows' : `the sink ${sink} takes no rows`;
    const consumers = stage.outputs.map(({ to }) => ({ to, tasks: state.tasks.filter(each => each.stageId === to) }));
    if (consumers.some(({ tasks }) => tasks.some(each => each.state?.inputs.some(input => input.waitsForBuild) === true)))
      continue;
    // of several the one that is blocked itself, or the first
    const held = consumers.find(({ tasks }) => tasks.some(each => each.state?.blocked === true)) ?? consumers[0]!;
    return `stage ${task.stageId} waits for stage ${held.to}, which is busy`;
  }
  return undefined;
}

function waitingWindow(plan: Plan, state: JobState, tasks: ReadonlyMap<string, DescribedTask>): string | undefined {
  for (const task of downstreamFirst(plan, state)) {
    const operators = task.state?.operators ?? [];
    for (let index = operators.length - 1; index >= 0; index--) {
      const { waiting, watermarkMs } = operators[index]!;
      if (waiting === undefined || watermarkMs >= waiting.neededMs) continue;
      // windows are shown in their own time: what was added to UTC is added to the watermark too
      const shiftMs = waiting.endMs - 1 - waiting.neededMs;
      const subject =
        waiting.startMs === undefined
          ? `rows of ${timeText(waiting.endMs)} wait`
          : `window [${timeText(waiting.startMs)}, ${timeText(waiting.endMs)}) waits`;
      const at = Number.isFinite(watermarkMs) ? `at ${timeText(watermarkMs + shiftMs)}` : 'there is none yet';
      return `${subject} for watermark ${timeText(waiting.endMs)}, ${at}${heldBy(plan, task, tasks)}`;
    }
  }
  return undefined;
}

/** The input whose watermark is the least, through channels back to a split. */
function heldBy(plan: Plan, task: DescribedTask, tasks: ReadonlyMap<string, DescribedTask>): string {
  let at: DescribedTask | undefined = task;
  for (let depth = 0; at !== undefined && depth < plan.stages.length; depth++) {
    const inputs: readonly InputState[] = at.state?.inputs ?? [];
    const live = inputs.filter(input => !input.idle && input.watermarkMs !== Number.POSITIVE_INFINITY);
    if (live.length === 0) {
      if (inputs.some(input => input.idle)) return '; all of its inputs are idle';
      const { stageId } = at;
      const read = plan.stages.find(stage => stage.id === stageId)?.inputs.find(input => input.kind === 'source');
      return read?.kind === 'source' && !at.done ? `; ${read.request.source.name} has nothing to read now` : '';
    }
    const least = live.reduce((a, b) => (b.watermarkMs < a.watermarkMs ? b : a));
    if (least.split !== undefined) return `; held by ${splitText(plan, at, least)}`;
    const channel = inputs.filter(input => input.split === undefined).indexOf(least);
    const producer: DescribedTask['producers'][number] | undefined = at.producers[channel];
    at = producer && tasks.get(taskKey(producer));
  }
  return '';
}

function buildSide(plan: Plan, state: JobState): string | undefined {
  const waiting = state.tasks.find(task => task.state?.inputs.some(input => input.waitsForBuild) === true);
  const build = waiting?.state?.inputs.find(input => !input.waitsForBuild && input.watermarkMs !== Number.POSITIVE_INFINITY);
  if (waiting === undefined || build === undefined) return undefined;
  return `a join reads the side it keeps to its end first: ${inputText(plan, waiting, build)}`;
}

function silentSources(plan: Plan, state: JobState): string | undefined {
  const silent: string[] = [];
  for (const task of state.tasks) {
    for (const input of task.state?.inputs ?? []) {
      if (input.split === undefined) continue;
      if (sourceOf(plan, task, input)?.kind === 'duckdb') return undefined;
      if (input.silentMs !== undefined && input.silentMs < 1000) return undefined;
      silent.push(splitText(plan, task, input));
    }
  }
  if (silent.length === 0) return undefined;
  const shown = silent.slice(0, 3).join('; ');
  return `the sources have nothing to read: ${shown}${silent.length > 3 ? `; and ${silent.length - 3} more` : ''}`;
}

function busyTask(state: JobState): string | undefined {
  const busy = state.tasks.find(task => !task.done && task.state === undefined);
  return busy && `task ${taskKey(busy)} is in a long call and does not answer`;
}

function taskLine(plan: Plan, task: DescribedTask): string {
  const name = `${task.stageId}/${task.subtask}`;
  if (task.done) return `${name}: done`;
  const { state } = task;
  if (state === undefined) return `${name}: busy, does not answer`;
  const parts = state.inputs.map(input => {
    const flags = [
      input.idle && 'idle',
      input.waitsForBuild && 'waits for the build side',
      input.atBarrier && 'stands at a checkpoint barrier',
      Number.isFinite(input.watermarkMs) && `watermark ${timeText(input.watermarkMs)}`,
      input.watermarkMs === Number.POSITIVE_INFINITY && 'ended',
    ].filter(text => text !== false);
    return [inputText(plan, task, input), ...flags].join(', ');
  });
  if (state.splitsWaiting > 0) parts.push(`${state.splitsWaiting} splits not begun`);
  return `${name}:${state.blocked ? ' full, its output takes nothing;' : ''} ${parts.join('; ') || 'no inputs'}`;
}

function sourceOf(plan: Plan, task: DescribedTask, input: InputState) {
  return plan.stages.find(stage => stage.id === task.stageId)?.inputs[input.port];
}

function inputText(plan: Plan, task: DescribedTask, input: InputState): string {
  if (input.split !== undefined) return splitText(plan, task, input);
  const from = sourceOf(plan, task, input);
  return from?.kind === 'exchange' ? `from ${from.from}` : 'a channel';
}

function splitText(plan: Plan, task: DescribedTask, input: InputState): string {
  const source = sourceOf(plan, task, input);
  const name = source?.kind === 'source' ? source.request.source.name : source?.kind === 'duckdb' ? 'DuckDB' : 'a source';
  const rows = input.silentMs === undefined ? 'no rows yet' : `no rows for ${Math.round(input.silentMs / 1000)} s`;
  const silent = input.silentMs === undefined || input.silentMs >= 1000 ? `, ${rows}` : '';
  return `${name}${input.split === undefined || input.split === '' ? '' : ` (${input.split})`}${silent}`;
}

function sinkName(spec: AnyOperatorSpec): string | undefined {
  return spec.kind === 'sink' ? (spec as unknown as { readonly sink: { readonly name: string } }).sink.name : undefined;
}

function timeText(ms: number): string {
  const text = new Date(ms).toISOString().replace('T', ' ').replace('Z', '');
  return text.endsWith('.000') ? text.slice(0, -4) : text;
}
