import { rmSync } from 'node:fs';
import { connect } from 'node:net';
import { TidemillError } from '../../common/errors.ts';
import { limits } from '../../common/limits.ts';
import { nearestNames } from '../../common/nearest-names.ts';
import type { ControlAnswer, ControlRequest, RemoteJob } from './protocol.ts';
import { knownSockets } from './socket-folder.ts';

/** A job of some process of this user. */
export interface FoundJob extends RemoteJob {
  readonly processId: number;
  readonly path: string;
}

/** All jobs of this user's processes, oldest first; sockets of processes that are gone are deleted. */
export async function findJobs(): Promise<FoundJob[]> {
  const answers = knownSockets().map(async ({ path, processId }) => {
    const answer = await ask(path, { command: 'jobs' }, limits.controlAnswerMs).catch(() => undefined);
    if (answer === undefined && !isAlive(processId)) rmSync(path, { force: true });
    return answer?.ok === true ? (answer.jobs ?? []).map(job => ({ ...job, processId, path })) : [];
  });
  return (await Promise.all(answers)).flat().sort((a, b) => a.startedMs - b.startedMs);
}

/**
 * The one job that a name means: its own, or the number of its process when that has one only.
 *
 * @throws TidemillError `unknown-job`, `ambiguous-job`.
 */
export async function findJob(name: string): Promise<FoundJob> {
  const jobs = await findJobs();
  const found = jobs.filter(
    job => job.name === name || String(job.processId) === name || `${job.processId}/${job.name}` === name,
  );
  if (found.length === 1) return found[0]!;
  if (found.length > 1)
    throw new TidemillError('ambiguous-job', `'${name}' is the name of ${found.length} jobs`, {
      hint: `say which: ${found.map(job => `'${job.processId}/${job.name}'`).join(', ')}`,
    });
  const near = nearestNames(
    name,
    jobs.map(job => job.name),
  );
  throw new TidemillError('unknown-job', `no job '${name}' runs`, {
    hint:
      jobs.length === 0
        ? 'no process of this user runs any'
        : near.length > 0
          ? `did you mean '${near[0]}'?`
          : `tidemill jobs lists them: ${jobs.map(job => `'${job.name}'`).join(', ')}`,
  });
}

/** What the job's process answers; waits as long as it takes. Errors: those of the process, `process-gone`. */
export async function askJob(job: FoundJob, request: ControlRequest): Promise<readonly string[]> {
  const answer = await ask(job.path, request, 0).catch((cause: unknown) => {
    throw new TidemillError('process-gone', `process ${job.processId} ended before it answered`, { domain: 'external', cause });
  });
  if (answer.ok) return answer.lines ?? [];
  throw new TidemillError(answer.code, answer.message, { hint: answer.hint });
}

/** `timeoutMs` 0: none. */
function ask(path: string, request: ControlRequest, timeoutMs: number): Promise<ControlAnswer> {
  return new Promise((settle, fail) => {
    const socket = connect(path);
    let text = '';
    socket.setEncoding('utf8');
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error('no answer')));
    socket.on('connect', () => socket.write(`${JSON.stringify(request)}\n`));
    socket.on('data', chunk => {
      text += chunk;
    });
    socket.on('error', fail);
    socket.on('close', () => {
      try {
        settle(JSON.parse(text) as ControlAnswer);
      } catch (cause) {
        fail(cause);
      }
    });
  });
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
