import { resolve } from 'node:path';
import { type Schema, types } from '../../columnar/types.ts';
import type { Value } from '../../columnar/values.ts';
import { askJob, type FoundJob, findJob, findJobs } from '../control/control-client.ts';
import { standardOutput } from '../io.ts';
import { type OutputFormat, writeListing } from '../output/result-writer.ts';

const schema: Schema = [
  { name: 'process', type: types.bigint(false) },
  { name: 'job', type: types.string(false) },
  { name: 'started', type: types.timestamp(0, false) },
  { name: 'rows read', type: types.bigint(false) },
  { name: 'rows written', type: types.bigint(false) },
  { name: 'late', type: types.bigint(false) },
  { name: 'watermark', type: types.timestamp(3) },
  { name: 'memory', type: types.bigint(false) },
];

/** `tidemill jobs`: what this user's processes run. */
export async function jobs({ output }: { readonly output?: OutputFormat }): Promise<void> {
  const found = await findJobs();
  await writeListing(schema, found.map(jobRow), output ?? (process.stdout.isTTY ? 'table' : 'json'), standardOutput);
}

/** `tidemill why JOB`: what holds it up. */
export async function why(name: string): Promise<void> {
  const job = await findJob(name);
  await print(await askJob(job, { command: 'why', job: job.name }));
}

/** `tidemill stop JOB`. Paths are relative to this command's working directory, not to the job's. */
export async function stop(name: string, options: { readonly drain?: boolean; readonly savepoint?: string }): Promise<void> {
  const job = await findJob(name);
  const savepoint = options.savepoint === undefined ? undefined : resolve(options.savepoint);
  await print(await askJob(job, { command: 'stop', job: job.name, drain: options.drain ?? false, savepoint }));
}

/** `tidemill savepoint JOB DIR`: the job goes on. */
export async function savepoint(name: string, directory: string): Promise<void> {
  const job = await findJob(name);
  await print(await askJob(job, { command: 'savepoint', job: job.name, directory: resolve(directory) }));
}

async function print(lines: readonly string[]): Promise<void> {
  await standardOutput.write(`${lines.join('\n')}\n`);
}

function jobRow({ processId, name, startedMs, progress }: FoundJob): Value[] {
  const { rowsRead, rowsWritten, lateRows, watermarkMs, memoryBytes } = progress;
  const microseconds = (ms: number): bigint => BigInt(Math.round(ms)) * 1000n;
  return [
    BigInt(processId),
    name,
    microseconds(Math.floor(startedMs / 1000) * 1000),
    BigInt(rowsRead),
    BigInt(rowsWritten),
    BigInt(lateRows),
    watermarkMs === undefined ? null : microseconds(watermarkMs),
    BigInt(memoryBytes),
  ];
}
