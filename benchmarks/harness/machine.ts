import { readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';

/** What a figure depends on, kept with every result. */
export interface MachineFacts {
  readonly cores: number;
  readonly processor: string;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  readonly v8: string;
  /** Average number of running processes in the minute before the benchmark: above 0.5 somebody else was at work. */
  readonly loadBefore: number;
  readonly startedAt: string;
}

export function machineFacts(): MachineFacts {
  const processors = cpus();
  return {
    cores: processors.length,
    processor: processors[0]?.model.trim() ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    v8: process.versions.v8,
    loadBefore: Math.round(loadavg()[0]! * 100) / 100,
    startedAt: new Date().toISOString(),
  };
}

/** User and system CPU milliseconds a process has used, all threads; undefined where there is no /proc. Source: proc(5), stat. */
export function cpuMsOf(pid: number): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return undefined;
  }
}

/** Resident bytes of a process now; undefined where there is no /proc. */
export const residentBytesOf = (pid: number): number | undefined => statusBytes(pid, 'VmRSS');
/** The most that a process has had resident so far; undefined where there is no /proc, or when it has ended. */
export const highWaterBytesOf = (pid: number): number | undefined => statusBytes(pid, 'VmHWM');

function statusBytes(pid: number, name: string): number | undefined {
  try {
    const line = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return line === null ? undefined : Number(line[1]) * 1024;
  } catch {
    return undefined;
  }
}
