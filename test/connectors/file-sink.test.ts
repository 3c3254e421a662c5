import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Schema, types } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { valuesToBatch } from '../../core/columnar/write-values.ts';
import type { CommitHandle, SinkWriter } from '../../core/connectors/contract.ts';
import { partitionTimeMs } from '../../core/connectors/filesystem/partition-time.ts';
import { fileSink } from '../../core/connectors/filesystem/sink.ts';
import { openSession, runStatement } from '../support/run-statements.ts';
import { testTask } from '../support/source-reading.ts';

const root = mkdtempSync(join(tmpdir(), 'tidemill-file-sink-'));
afterAll(() => rmSync(root, { recursive: true }));
let directories = 0;

const schema: Schema = [
  { name: 'n', type: types.int() },
  { name: 'dt', type: types.string() },
  { name: 'hr', type: types.string() },
];

/** A writer with a clock that stands until it is moved. */
function open(
  options: Record<string, string>,
  partitionedBy?: readonly string[],
  restored: readonly CommitHandle[] = [],
  path = join(root, String(++directories)),
) {
  const task = testTask();
  const writer: SinkWriter = fileSink({
    name: 't',
    connector: 'filesystem',
    schema,
    options: { path, format: 'csv', ...options },
    partitionedBy,
  }).open({
    ...task,
    epochMs: () => task.nowMs,
    subtask: 0,
    output: () => undefined,
    restored,
  });
  let checkpoint = 0;
  return {
    path,
    task,
    writer,
    write(...rows: (readonly Value[])[]) {
      expect(writer.tryWrite(valuesToBatch(task.memory, schema, rows))).toBe(true);
    },
    async checkpoint(id = ++checkpoint) {
      const handle = await writer.prepare(id);
      if (handle !== undefined) await writer.commit(handle);
      return handle;
    },
  };
}
/** Visible files below a directory. */
function files(path: string, below = ''): string[] {
  if (!existsSync(join(path, below))) return [];
  return readdirSync(join(path, below))
    .filter(name => !name.startsWith('.'))
    .flatMap(name => (statSync(join(path, below, name)).isDirectory() ? files(path, join(below, name)) : [join(below, name)]))
    .sort();
}
const row = (n: number, dt = '2026-01-01', hr = '10'): Value[] => [n, dt, hr];

describe('rolling', () => {
  it('ends a part with the row that makes it larger than file-size, however rows are put into batches', async () => {
    for (const batch of [1, 3, 50]) {
      const { path, write, checkpoint, writer } = open({ 'sink.rolling-policy.file-size': '40 b' });
      for (let n = 10; n < 60; n += batch)
        write(...Array.from({ length: Math.min(batch, 60 - n) }, (_, index) => row(n + index)));
      await checkpoint();
      await writer.close();
      // a row is 17 bytes: two are not more than 40, three are
      const lines = files(path).map(name => readFileSync(join(path, name), 'utf8').trimEnd().split('\n').length);
      expect(lines.sort((left, right) => right - left)).toEqual([...Array.from({ length: 16 }, () => 3), 2]);
    }
  });

  it('ends a part that is old, or that nothing was written to, when it is looked at', async () => {
    const options = {
      'sink.rolling-policy.rollover-interval': '10 s',
      'sink.rolling-policy.inactivity-interval': '4 s',
      'sink.rolling-policy.check-interval': '1 s',
    };
    const { path, write, task, checkpoint, writer } = open(options);
    const partsAfter = async (waitsMs: readonly number[]): Promise<number> => {
      const before = files(path).length;
      write(row(0));
      for (const waitMs of waitsMs) {
        task.nowMs += waitMs;
        write(row(1));
      }
      await checkpoint();
      return files(path).length - before;
    };
    expect(await partsAfter([])).toBe(1);
    expect(await partsAfter([3000, 3000, 3000])).toBe(1);
    expect(await partsAfter([3000, 3000, 3000, 3000])).toBe(2);
    expect(await partsAfter([4500])).toBe(2);
    expect(await partsAfter([4500, 4500])).toBe(3);
    await writer.close();
  });
});

describe('partition commit', () => {
  const announced = { 'sink.partition-commit.policy.kind': 'success-file' };

  it('by the clock: with the first checkpoint after the delay, and again when more rows come', async () => {
    const { path, write, task, checkpoint, writer } = open(
      { ...announced, 'sink.partition-commit.delay': '10 s', 'sink.partition-commit.success-file.name': 'DONE' },
      ['dt', 'hr'],
    );
    const done = (): string[] => files(path).filter(name => name.endsWith('DONE'));
    write(row(1), row(2, '2026-01-01', '11'));
    await checkpoint();
    expect(done()).toEqual([]);
    task.nowMs += 10_001;
    write(row(3, '2026-01-02', '10'));
    await checkpoint();
    expect(done()).toEqual(['dt=2026-01-01/hr=10/DONE', 'dt=2026-01-01/hr=11/DONE']);
    rmSync(join(path, 'dt=2026-01-01/hr=11/DONE'));
    write(row(4, '2026-01-01', '11'));
    task.nowMs += 10_001;
    await checkpoint();
    expect(done()).toEqual(['dt=2026-01-01/hr=10/DONE', 'dt=2026-01-01/hr=11/DONE', 'dt=2026-01-02/hr=10/DONE']);
    await writer.close();
  });

  it('by the time of the partition: once the watermark has passed it, or at the end', async () => {
    const options = {
      ...announced,
      'sink.partition-commit.trigger': 'partition-time',
      'sink.partition-commit.delay': '1 h',
      'partition.time-extractor.timestamp-pattern': '$dt $hr:00:00',
      'sink.partition-commit.watermark-time-zone': 'Europe/Berlin',
    };
    const { path, write, checkpoint, writer } = open(options, ['dt', 'hr']);
    write(row(1), row(2, '2026-01-01', '11'));
    // 10 o'clock in Berlin and an hour are 10 o'clock UTC
    writer.onWatermark!(Date.UTC(2026, 0, 1, 10));
    await checkpoint();
    expect(files(path).filter(name => name.endsWith('_SUCCESS'))).toEqual([]);
    writer.onWatermark!(Date.UTC(2026, 0, 1, 10) + 1);
    await checkpoint();
    expect(files(path).filter(name => name.endsWith('_SUCCESS'))).toEqual(['dt=2026-01-01/hr=10/_SUCCESS']);
    await checkpoint(Number.MAX_SAFE_INTEGER);
    expect(files(path).filter(name => name.endsWith('_SUCCESS')).length).toBe(2);
    await writer.close();
  });

  it('remembers over a restart what is not announced yet', async () => {
    const options = { ...announced, 'sink.partition-commit.delay': '10 s' };
    const first = open(options, ['dt', 'hr']);
    first.write(row(1));
    const handle = (await first.checkpoint())!;
    const second = open(options, ['dt', 'hr'], [JSON.parse(JSON.stringify(handle)) as CommitHandle], first.path);
    second.task.nowMs += 10_001;
    await second.checkpoint(2);
    expect(files(first.path)).toEqual(['dt=2026-01-01/hr=10/_SUCCESS', 'dt=2026-01-01/hr=10/part-0-0.csv']);
  });

  it('reads times as Flink does', () => {
    const at = (text: string, options: Record<string, string> = {}): string =>
      new Date(
        partitionTimeMs(
          [
            ['dt', text],
            ['d', 'x'],
          ],
          options,
        ),
      ).toISOString();
    expect(at('2026-01-31')).toBe('2026-01-31T00:00:00.000Z');
    expect(at('2026-01-31 23:59:59')).toBe('2026-01-31T23:59:59.000Z');
    expect(at('20260131', { 'partition.time-extractor.timestamp-formatter': 'yyyyMMdd' })).toBe('2026-01-31T00:00:00.000Z');
    expect(
      at('20260131', {
        'partition.time-extractor.timestamp-pattern': '$dt 10',
        'partition.time-extractor.timestamp-formatter': 'yyyyMMdd HH',
      }),
    ).toBe('2026-01-31T10:00:00.000Z');
    expect(() => at('soon')).toThrow(/cannot be read from 'soon'/);
  });

  it.each([
    [{ 'sink.partition-commit.policy.kind': 'metastore,success-file' }, /is for Hive tables/],
    [{ 'sink.partition-commit.policy.kind': 'custom' }, /Java class/],
    [{ 'sink.partition-commit.policy.kind': 'nonsense' }, /takes 'success-file'/],
    [{ ...announced, 'sink.partition-commit.watermark-time-zone': 'Nowhere/Else' }, /Nowhere/],
    [{ 'auto-compaction': 'true' }, /auto-compaction/],
  ])('refuses %j', (options, message) => {
    expect(() => open(options as Record<string, string>, ['dt', 'hr'])).toThrow(message);
  });
});

/** What real Flink 2.3 leaves of the same statements: `test/oracle/write-file-sinks.ts`. */
const golden = JSON.parse(readFileSync(new URL('golden/file-sinks.json', import.meta.url), 'utf8')) as Record<
  string,
  { readonly statements: readonly string[]; readonly files: Readonly<Record<string, string>> | null }
>;
describe('as Flink', () => {
  it.each(Object.entries(golden))('%s', { timeout: 60_000 }, async (name, { statements, files: expected }) => {
    const path = join(root, name);
    const session = openSession({ name: 'default' });
    const run = async (): Promise<void> => {
      for (const statement of statements) await runStatement(session, statement.replaceAll('{path}', path), root);
    };
    if (expected === null) await expect(run()).rejects.toThrow();
    else {
      await run();
      const found = files(path).map(file => [withoutName(file), readFileSync(join(path, file), 'utf8')]);
      expect(found.sort()).toEqual(
        Object.entries(expected)
          .map(([file, text]) => [withoutName(file), text])
          .sort(),
      );
    }
    await session.close();
  });
});
/** Parts have names of their own in both; where they lie and what is in them is the same. */
const withoutName = (file: string): string => file.replace(/(^|\/)(compacted-)?part-[^/]*$/, '$1part');
