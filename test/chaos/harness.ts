import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { Random } from '../../core/common/environment.ts';
import { projectRoot } from '../support/source-files.ts';

/** Where a process may kill itself: `failpoints.ts` says what they are. */
export const failpoints = [
  'before prepare',
  'prepared',
  'checkpoint half written',
  'before the manifest',
  'manifest half written',
  'between manifest and commit',
  'during commit',
  'between two commits',
  'deleting an old checkpoint',
  'during restore',
] as const;
export type Trouble = (typeof failpoints)[number] | 'random' | 'paused, then random' | 'disk full';

export interface ChaosOptions {
  /** The program, a file. */
  readonly file: string;
  readonly flags: readonly string[];
  readonly random: Random;
  /** What is to happen, one a process; places that a process does not come to are tried again with later ones. */
  readonly troubles: readonly Trouble[];
  /** A module that is loaded instead of this folder's failpoints: for systems with places of their own. */
  readonly preload?: string | undefined;
  /** All troubles are over: the next process runs to the end. */
  readonly calm?: (() => void) | undefined;
  /** Milliseconds a process has to come to its failpoint; default 90 s. */
  readonly patienceMs?: number | undefined;
}

export interface ChaosOutcome {
  /** Kills by trouble. */
  readonly kills: ReadonlyMap<Trouble, number>;
  /** Troubles there was no time for, because the program had ended. */
  readonly left: readonly Trouble[];
}

const pick = (random: Random, below: number): number => random.next32() % below;

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly errors: string;
}

/** A `tidemill run` of its own; standard error is kept. */
export function startProcess(
  file: string,
  flags: readonly string[],
  options: {
    failpoint?: string | undefined;
    preload?: string | undefined;
    /** A command and its arguments that the process is started by. */
    through?: readonly string[] | undefined;
  } = {},
): { child: ChildProcess; ended: Promise<Ended> } {
  const preload = pathToFileURL(options.preload ?? join(projectRoot, 'test', 'chaos', 'failpoints.ts')).href;
  const entry = join(projectRoot, 'core', 'cli', 'entry.js');
  const command = [
    ...(options.through ?? []),
    ...[process.execPath, '--import', preload, entry, 'run', file, '--progress', 'none', '--verbose'],
    ...flags,
  ];
  const child = spawn(command[0]!, command.slice(1), {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, FAILPOINT: options.failpoint ?? '' },
  });
  let errors = '';
  child.stderr!.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const ended = new Promise<Ended>(resolve => child.once('close', (code, signal) => resolve({ code, signal, errors })));
  return { child, ended };
}

/**
 * Runs a program to its end, through as many deaths as there are troubles: each process is started with the same flags and killed (or kills itself) at
 * the next trouble's place.
 *
 * @throws Error when a process ends in any other way
 */
export async function runThroughTroubles(options: ChaosOptions): Promise<ChaosOutcome> {
  const { file, flags, random, preload } = options;
  const left = [...options.troubles];
  const kills = new Map<Trouble, number>();
  for (;;) {
    const trouble = left.shift();
    if (trouble === undefined) options.calm?.();
    const byItself = trouble !== undefined && !trouble.includes('random');
    // a restore has few steps
    const count = trouble === 'disk full' ? 1000 + pick(random, 200_000) : 1 + pick(random, trouble?.includes('restore') ? 2 : 4);
    const failpoint = byItself ? `${trouble}#${count}` : '';
    const { child, ended } = startProcess(file, flags, { failpoint, preload });
    if (trouble !== undefined && !byItself) {
      const first = await Promise.race([ended, sleep(700 + pick(random, 1800), undefined, { ref: false })]);
      if (first === undefined && trouble === 'paused, then random') {
        child.kill('SIGSTOP');
        await sleep(300 + pick(random, 700));
        child.kill('SIGCONT');
        await sleep(pick(random, 400));
      }
      child.kill('SIGKILL');
    }
    const patience = sleep(trouble === undefined ? 240_000 : (options.patienceMs ?? 90_000), undefined, { ref: false });
    let outcome = await Promise.race([ended, patience]);
    if (outcome === undefined) {
      child.kill('SIGKILL');
      outcome = await ended;
      if (trouble === undefined) throw new Error(`a process did not come to its end\n${outcome.errors}`);
      left.push(trouble);
      continue;
    }
    if (process.env['SHOW'] !== undefined)
      process.stderr.write(
        `${trouble ?? 'to the end'} (${failpoint}): ${outcome.code ?? outcome.signal}, ${left.length} to come\n`,
      );
    if (outcome.signal === 'SIGKILL') {
      kills.set(trouble!, (kills.get(trouble!) ?? 0) + 1);
      continue;
    }
    // a full disk fails the job, or the job waits for room and goes on
    if (trouble === 'disk full' && (outcome.code === 2 || outcome.code === 0)) kills.set(trouble, (kills.get(trouble) ?? 0) + 1);
    if (trouble === 'disk full' && outcome.code === 2) continue;
    if (outcome.code !== 0) throw new Error(`a process ended with ${outcome.code ?? outcome.signal}\n${outcome.errors}`);
    if (trouble !== undefined && trouble !== 'disk full') left.unshift(trouble);
    return { kills, left };
  }
}

/** Kills by place, as a table. */
export function killTable(kills: ReadonlyMap<string, number>): string {
  const width = Math.max(...[...kills.keys()].map(each => each.length), 4);
  const lines = [...kills].map(([place, count]) => `| ${place.padEnd(width)} | ${String(count).padStart(5)} |`);
  const total = [...kills.values()].reduce((sum, count) => sum + count, 0);
  return [
    `| ${'where'.padEnd(width)} | kills |`,
    `|${'-'.repeat(width + 2)}|------:|`,
    ...lines,
    `| ${'all'.padEnd(width)} | ${String(total).padStart(5)} |`,
  ].join('\n');
}
