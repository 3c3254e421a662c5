import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jsonValue } from '../../columnar/json-value.ts';
import { types, typeToString } from '../../columnar/types.ts';
import type { Value } from '../../columnar/values.ts';
import { TidemillError } from '../../common/errors.ts';
import { quoteIdentifier, quoteText } from '../../session/create-table-text.ts';
import { partText } from '../../session/restore-text.ts';
import { Session } from '../../session/session.ts';
import {
  type CheckpointTable,
  checkpointTables,
  type JobFolder,
  jobFolders,
  openSnapshot,
  sizeOf,
} from '../../session/state-tables.ts';
import { note, readFile, standardOutput } from '../io.ts';
import type { CommonOptions } from '../options.ts';
import { type OutputFormat, writeListing, writeResult } from '../output/result-writer.ts';
import { sessionOptions } from './session-options.ts';

export interface StateOptions {
  readonly output?: OutputFormat;
}

const formatOf = ({ output }: StateOptions): OutputFormat => output ?? (process.stdout.isTTY ? 'table' : 'json');

/** `tidemill state ls`: the checkpoints of a folder, by job. */
export async function stateLs(directory: string, options: StateOptions): Promise<void> {
  const rows: Value[][] = [];
  for (const folder of await jobFolders(directory)) {
    for (const id of folder.ids) {
      const { madeMs, sizeBytes } = await sizeOf(folder, id);
      const made = BigInt(Math.round(madeMs)) * 1000n;
      try {
        const tables = checkpointTables(await openSnapshot(folder, id)).filter(table => table.isState);
        const operators = new Set(tables.map(table => table.operatorId)).size;
        let kept = 0;
        for (const table of tables) kept += await table.rowCount();
        rows.push([folder.job, `chk-${id}`, made, BigInt(sizeBytes), operators, BigInt(kept), null]);
      } catch (error) {
        if (!(error instanceof TidemillError && error.code === 'bad-checkpoint')) throw error;
        rows.push([folder.job, `chk-${id}`, made, BigInt(sizeBytes), null, null, error.message]);
      }
    }
  }
  const schema = [
    { name: 'job', type: types.string(false) },
    { name: 'checkpoint', type: types.string(false) },
    { name: 'made', type: types.timestampLtz(3, false) },
    { name: 'bytes', type: types.bigint(false) },
    { name: 'operators', type: types.int() },
    { name: 'rows', type: types.bigint() },
    { name: 'problem', type: types.string() },
  ];
  await writeListing(schema, rows, formatOf(options), standardOutput);
}

/** `tidemill state schema`: tables and columns that `state query` sees. */
export async function stateSchema(directory: string, options: StateOptions): Promise<void> {
  const rows: Value[][] = [];
  for (const table of await tablesOf(directory)) {
    const count = BigInt(await table.rowCount());
    const { name, schema: fields, text, kind, line } = table;
    for (const field of fields) rows.push([name, field.name, typeToString(field.type), count, text ?? kind, line ?? null]);
  }
  const schema = [
    { name: 'table', type: types.string(false) },
    { name: 'column', type: types.string(false) },
    { name: 'type', type: types.string(false) },
    { name: 'rows', type: types.bigint(false) },
    { name: 'of', type: types.string(false) },
    { name: 'line', type: types.int() },
  ];
  await writeListing(schema, rows, formatOf(options), standardOutput);
}

/** `tidemill state query`: SQL over the tables of a checkpoint. */
export async function stateQuery(directory: string, sql: string, options: StateOptions): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemill-state-'));
  const session = new Session();
  try {
    for (const [index, table] of (await tablesOf(directory)).entries()) {
      const file = join(folder, `${index}.jsonl`);
      writeFileSync(file, '');
      // rows of those that the text does not speak of are not read
      if (sql.includes(table.name))
        for await (const rows of table.rows())
          writeFileSync(file, rows.map(row => `${jsonRow(table, row)}\n`).join(''), { flag: 'a' });
      const text = `CREATE TABLE ${quoteIdentifier(table.name)} (${table.schema.map(columnText).join(', ')}) WITH ('connector' = 'filesystem', 'path' = ${quoteText(file)}, 'format' = 'json')`;
      for await (const _ of session.run({ text, source: 'state', baseDirectory: folder }, 'final'));
    }
    for await (const result of session.run({ text: sql, source: 'SQL', baseDirectory: process.cwd() }, 'final')) {
      if (result.kind === 'query') await writeResult(result.query, formatOf(options), standardOutput);
      else if (result.kind === 'listing') await writeListing(result.schema, result.rows, formatOf(options), standardOutput);
      else if (result.kind === 'text') await standardOutput.write(`${result.text}\n`);
    }
  } finally {
    await session.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** `tidemill state diff`: what an edited program keeps of its checkpoints, drops and starts empty; nothing runs. */
export async function stateDiff(file: string, directory: string, options: CommonOptions): Promise<void> {
  const folders = await jobFolders(directory);
  const session = new Session({ ...sessionOptions(options), notice: () => undefined });
  let dropped = 0;
  try {
    for (const init of options.init) await session.check(readFile(init));
    const seen = new Set<string>();
    for (const { job, folder, restorePlan } of await session.restorePlans(readFile(file), name => found(folders, name))) {
      await standardOutput.write(`${job}\n`);
      if (folder === undefined || restorePlan === undefined) {
        await standardOutput.write('  starts empty: there is no checkpoint of it\n');
        continue;
      }
      seen.add(folder.path);
      const parts = restorePlan.parts;
      dropped += parts.filter(part => part.outcome === 'dropped').length;
      await standardOutput.write(parts.map(part => `  ${partText(part)}\n`).join(''));
    }
    for (const folder of folders)
      if (!seen.has(folder.path))
        await standardOutput.write(`${folder.job}\n  no statement of ${file} has this name: its state stays where it is\n`);
  } finally {
    await session.close();
  }
  if (dropped > 0) note(`${dropped} would be dropped: a start with --restore is refused without --allow-non-restored-state`);
}

const found = (folders: readonly JobFolder[], name: string): JobFolder | undefined =>
  folders.find(each => each.job === name) ?? (folders.length === 1 && folders[0]!.ids.length === 1 ? folders[0] : undefined);

async function tablesOf(directory: string): Promise<CheckpointTable[]> {
  const folders = await jobFolders(directory);
  if (folders.length > 1)
    throw new TidemillError('usage', `${directory} holds checkpoints of ${folders.length} jobs`, {
      hint: `name one: ${folders.map(folder => join(directory, folder.job)).join(', ')}`,
    });
  const [folder] = folders;
  for (const id of folder!.ids) {
    try {
      return checkpointTables(await openSnapshot(folder!, id));
    } catch (error) {
      if (!(error instanceof TidemillError && error.code === 'bad-checkpoint') || id === folder!.ids.at(-1)) throw error;
      note(`note: ${error.message}; the one before is used`);
    }
  }
  throw new TidemillError('usage', `${directory} holds no checkpoints`);
}

const columnText = ({ name, type }: CheckpointTable['schema'][number]): string =>
  `${quoteIdentifier(name)} ${typeToString(type)}`;

const jsonRow = ({ schema }: CheckpointTable, row: readonly Value[]): string =>
  `{${schema.map(({ name, type }, index) => `${JSON.stringify(name)}:${jsonValue(row[index]!, type)}`).join(',')}}`;
