import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { TidemillError } from '../../common/errors.ts';
import { limits } from '../../common/limits.ts';
import type { RunningJob } from '../../session/contract.ts';
import type { ControlAnswer, ControlRequest } from './protocol.ts';
import { ownSocket } from './socket-folder.ts';
import { stopJob } from './stop-job.ts';

/** What other commands of the same user may do with this process's jobs. */
export interface ControlledJobs {
  readonly running: () => readonly RunningJob[];
  /** The folder their checkpoints are in. */
  readonly checkpoints: string | undefined;
}

/**
 * Lets `tidemill jobs`, `why`, `stop` and `savepoint` reach this process, through a socket in a folder of the user's own. It opens once a job has run
 * for a moment, so that short statements pay nothing; a process that cannot open it says why and runs on.
 *
 * @example
 * const control = new ControlServer(jobs, note);
 * try { await work(); } finally { await control.close(); }
 */
export class ControlServer {
  readonly #jobs: ControlledJobs;
  readonly #timer: NodeJS.Timeout;
  #server: Server | undefined;
  #path: string | undefined;
  readonly #answering = new Set<Promise<void>>();

  constructor(jobs: ControlledJobs, note: (text: string) => void) {
    this.#jobs = jobs;
    this.#timer = setInterval(() => {
      if (jobs.running().length === 0) return;
      clearInterval(this.#timer);
      try {
        this.#open(note);
      } catch (error) {
        note(`note: other commands cannot reach this process: ${error instanceof Error ? error.message : String(error)}`);
      }
    }, limits.controlDelayMs);
    this.#timer.unref();
  }

  /** Settles when who asked has got the answers under way. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#server?.close();
    if (this.#path !== undefined) rmSync(this.#path, { force: true });
    await Promise.all(this.#answering);
  }

  #open(note: (text: string) => void): void {
    const path = ownSocket();
    // of a process with the same number that was killed
    rmSync(path, { force: true });
    const server = createServer(socket => this.#serve(socket));
    server.on('error', error => note(`note: other commands cannot reach this process: ${error.message}`));
    server.listen(path, () => {
      chmodSync(path, 0o600);
      this.#path = path;
    });
    server.unref();
    this.#server = server;
  }

  #serve(socket: Socket): void {
    let text = '';
    socket.setEncoding('utf8');
    socket.on('error', () => socket.destroy());
    socket.on('data', chunk => {
      text += chunk;
      if (text.length > limits.controlRequestBytesMax) socket.destroy();
      const end = text.indexOf('\n');
      if (end < 0) return;
      socket.removeAllListeners('data').resume();
      const sent = this.#answer(text.slice(0, end)).then(
        answer => new Promise<void>(settle => socket.on('close', () => settle()).end(`${JSON.stringify(answer)}\n`)),
      );
      this.#answering.add(sent);
      void sent.then(() => this.#answering.delete(sent));
    });
  }

  async #answer(line: string): Promise<ControlAnswer> {
    try {
      return await this.#perform(JSON.parse(line) as ControlRequest);
    } catch (error) {
      const known = error instanceof TidemillError ? error : new TidemillError('internal', String(error), { domain: 'internal' });
      return { ok: false, code: known.code, message: known.message, hint: known.hint };
    }
  }

  async #perform(request: ControlRequest): Promise<ControlAnswer> {
    switch (request.command) {
      case 'jobs':
        return {
          ok: true,
          jobs: this.#jobs.running().map(job => ({
            name: job.name,
            bounded: job.bounded,
            startedMs: job.startedMs,
            progress: job.progress(),
          })),
        };
      case 'why': {
        const { reason, details } = await this.#find(request.job).explainStall();
        return { ok: true, lines: [reason, ...details.map(line => `  ${line}`)] };
      }
      case 'stop':
        return { ok: true, lines: [await stopJob(this.#find(request.job), request, this.#jobs.checkpoints)] };
      case 'savepoint':
        await this.#find(request.job).savepoint(request.directory);
        return { ok: true, lines: [`savepoint ${request.directory}`] };
    }
  }

  #find(name: string): RunningJob {
    const found = this.#jobs.running().find(job => job.name === name);
    if (found === undefined) throw new TidemillError('unknown-job', `there is no job '${name}'`);
    return found;
  }
}
