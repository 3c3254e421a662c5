import { notSupported, TidemillError } from '../../common/errors.ts';
import { zoneOffsets } from '../../functions/time-zone.ts';
import type { TableSink } from '../../plan/nodes.ts';
import type { CommitHandle } from '../contract.ts';
import { type Options, optionOf, wrongOption } from '../options.ts';
import { partitionTimeMs } from './partition-time.ts';
import { unescapePathName } from './partitions.ts';

const policyKey = 'sink.partition-commit.policy.kind';

/** Whether partitions are announced as complete, which one writer must decide for all. */
export const announcesPartitions = (sink: Pick<TableSink, 'options' | 'partitionedBy'>): boolean =>
  sink.options[policyKey] !== undefined && (sink.partitionedBy ?? []).length > 0;

/**
 * Which partitions are complete: Flink's `sink.partition-commit.*`. A partition with new rows is announced at a checkpoint after `delay`, by the clock
 * (`process-time`) or once the watermark has passed its own time (`partition-time`), at the end of the input in any case, and again when more rows come
 * later. The policy `success-file` puts an empty `_SUCCESS` beside its parts. Source: Flink docs, "FileSystem SQL Connector", Partition Commit.
 *
 * @throws TidemillError `wrong-option`, `not-supported` for policies that need Hive or a Java class
 */
export class PartitionCommits {
  readonly successFile: string;
  readonly #options: Options;
  readonly #byPartitionTime: boolean;
  readonly #delayMs: number;
  /** Partitions with rows nobody has announced, and when they got the first of them. */
  readonly #pending = new Map<string, number>();
  watermarkMs = Number.NEGATIVE_INFINITY;

  constructor(options: Options, restored: readonly CommitHandle[]) {
    this.#options = options;
    this.successFile = options['sink.partition-commit.success-file.name'] ?? '_SUCCESS';
    this.#byPartitionTime = options['sink.partition-commit.trigger'] === 'partition-time';
    this.#delayMs = optionOf.durationMs(options, 'sink.partition-commit.delay', 0);
    requirePolicy(options);
    // the latest handle has all there is to know
    const latest = [...restored].sort((left, right) => Number(left['checkpoint']) - Number(right['checkpoint'])).at(-1);
    for (const [partition, sinceMs] of JSON.parse(String(latest?.['pending'] ?? '[]')) as [string, number][])
      this.#pending.set(partition, sinceMs);
  }

  wrote(partition: string, nowMs: number): void {
    if (this.#pending.has(partition)) return;
    // what is no time is said when the first row comes, not when the partition should be complete
    if (this.#byPartitionTime) this.#timeMs(partition);
    this.#pending.set(partition, nowMs);
  }

  /** Takes the partitions out that are complete. */
  complete(nowMs: number, atEnd: boolean): string[] {
    const found = [...this.#pending].filter(([partition, sinceMs]) => {
      if (atEnd) return true;
      if (this.#byPartitionTime) return this.watermarkMs > this.#timeMs(partition) + this.#delayMs;
      return this.#delayMs === 0 || nowMs > sinceMs + this.#delayMs;
    });
    for (const [partition] of found) this.#pending.delete(partition);
    return found.map(([partition]) => partition);
  }

  /** What a writer that goes on from a checkpoint needs. */
  get pending(): readonly (readonly [string, number])[] {
    return [...this.#pending];
  }

  #timeMs(partition: string): number {
    const values = partition.split('/').map((part): [string, string] => {
      const equals = part.indexOf('=');
      return [unescapePathName(part.slice(0, equals)), unescapePathName(part.slice(equals + 1))];
    });
    return partitionTimeMs(values, this.#options);
  }
}

function requirePolicy(options: Options): void {
  for (const kind of options[policyKey]!.split(',').map(each => each.trim())) {
    if (kind === 'success-file') continue;
    if (kind === 'metastore')
      throw new TidemillError('wrong-option', `'${policyKey}' = 'metastore' is for Hive tables, as in Flink`, {
        hint: `Use '${policyKey}' = 'success-file'.`,
      });
    if (kind === 'custom') throw notSupported('a partition commit policy of a Java class', undefined, `'success-file' is there.`);
    throw wrongOption(policyKey, kind, "'success-file'");
  }
  if (options['partition.time-extractor.kind'] === 'custom')
    throw notSupported(
      'a partition time extractor of a Java class',
      undefined,
      'timestamp-pattern and timestamp-formatter are there.',
    );
  zoneOffsets(options['sink.partition-commit.watermark-time-zone'] ?? 'UTC');
}
