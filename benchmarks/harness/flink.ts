import { setTimeout as sleep } from 'node:timers/promises';
import { type FlinkCluster, startFlink } from '../../test/support/flink/cluster.ts';
import { FlinkSession } from '../../test/support/flink/gateway.ts';
import { flinkVersion } from '../../test/support/flink/install.ts';
import { flinkText } from '../../test/support/flink/text.ts';
import { cpuMsOf, residentBytesOf } from './machine.ts';

export interface FlinkRequest {
  readonly setup: readonly string[];
  readonly statement: string;
  readonly parallelism: number;
  readonly miniBatch: boolean;
}
export interface FlinkOutcome {
  /** From RUNNING to FINISHED in the job's own time stamps: planning and submission are not counted. */
  readonly wallMs: number;
  /** What the TaskManager's process used from submission to the end. */
  readonly cpuMs: number | undefined;
  readonly residentBytes: number | undefined;
}

interface JobDetails {
  readonly state: string;
  readonly timestamps: { readonly RUNNING: number; readonly FINISHED: number };
}

export { flinkVersion };

/** Flink with two slots, a heap of 4 GiB, heap state, no checkpoints and object reuse. */
export class FlinkPeer {
  readonly #cluster: FlinkCluster;

  private constructor(cluster: FlinkCluster) {
    this.#cluster = cluster;
  }

  static async start(slots: number, taskHeapMb = 4096): Promise<FlinkPeer> {
    return new FlinkPeer(await startFlink({ portOffset: 400, slots, taskHeapMb }));
  }

  stop(): Promise<void> {
    return this.#cluster.stop();
  }

  /** Runs one INSERT to its end. */
  async run(request: FlinkRequest): Promise<FlinkOutcome> {
    const session = await this.#open(request);
    const before = cpuMsOf(this.#cluster.taskManagerPid);
    const { rows } = await session.run(request.statement);
    const job = String(rows[0]![0]);
    let details = await this.#job(job);
    while (!['FINISHED', 'FAILED', 'CANCELED'].includes(details.state)) {
      await sleep(100);
      details = await this.#job(job);
    }
    const after = cpuMsOf(this.#cluster.taskManagerPid);
    await session.close();
    if (details.state !== 'FINISHED') throw new Error(`Flink's job ${job} ended ${details.state}: ${request.statement}`);
    return {
      wallMs: details.timestamps.FINISHED - details.timestamps.RUNNING,
      cpuMs: before === undefined || after === undefined ? undefined : after - before,
      residentBytes: residentBytesOf(this.#cluster.taskManagerPid),
    };
  }

  /** A query's rows as sorted texts; changes are folded into the bag that stands at the end. */
  async rows(request: FlinkRequest): Promise<string[]> {
    const session = await this.#open(request);
    const { columns, rows, kinds } = await session.run(request.statement);
    await session.close();
    const counts = new Map<string, number>();
    rows.forEach((row, index) => {
      const key = row.map((value, column) => flinkText(value, columns[column]!)).join('|');
      const taken = kinds[index] === 'UPDATE_BEFORE' || kinds[index] === 'DELETE';
      counts.set(key, (counts.get(key) ?? 0) + (taken ? -1 : 1));
    });
    return [...counts].flatMap(([row, count]) => Array.from({ length: count }, () => row)).sort();
  }

  async #open(request: FlinkRequest): Promise<FlinkSession> {
    const session = await FlinkSession.open(this.#cluster.gatewayPort, {
      'execution.runtime-mode': 'streaming',
      'pipeline.object-reuse': 'true',
      'parallelism.default': String(request.parallelism),
      'table.local-time-zone': 'UTC',
      ...(request.miniBatch && {
        'table.exec.mini-batch.enabled': 'true',
        'table.exec.mini-batch.allow-latency': '2 s',
        'table.exec.mini-batch.size': '50000',
        'table.optimizer.distinct-agg.split.enabled': 'true',
      }),
    });
    for (const statement of request.setup) await session.run(statement);
    return session;
  }

  async #job(id: string): Promise<JobDetails> {
    const response = await fetch(`http://127.0.0.1:${this.#cluster.restPort}/jobs/${id}`);
    return (await response.json()) as JobDetails;
  }
}
