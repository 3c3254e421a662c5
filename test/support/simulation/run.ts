import { setImmediate as turn } from 'node:timers/promises';
import { type Random, seededRandom } from '../../../core/common/environment.ts';
import { TidemillError } from '../../../core/common/errors.ts';
import type { Faults } from '../../../core/common/faults.ts';
import type { OperatorSpec } from '../../../core/operators/index.ts';
import type { PhysicalPlan } from '../../../core/physical/plan.ts';
import {
  defaultServices,
  type Job,
  type JobSnapshot,
  type RuntimeServices,
  SimulatedClock,
  SimulationHost,
  type StoredImage,
  snapshotStore,
  snapshotToLoad,
  startJob,
} from '../../../core/runtime/index.ts';
import { CheckpointStore } from '../../../core/state/checkpoint-store.ts';
import { storageOn } from '../../../core/storage/local-storage.ts';
import { latestWhole } from '../whole-checkpoints.ts';
import { SimulatedDisk, type SimulatedProcess } from './disk.ts';
import { type Outside, type OutsideKind, outsideKinds, outsideOf } from './outside.ts';
import {
  hasLateRows,
  type Input,
  simulatedFunctions,
  simulatedInput,
  simulatedPlans,
  simulatedQueries,
  simulatedSource,
} from './program.ts';

const pick = (random: Random, below: number): number => random.next32() % below;
const startMs = 1_700_000_000_000;

/** Inputs there are: results without a crash are worked out once for each. */
const inputs = 12;
/** A run that crashed so often is left to come to its end. */
const crashesMax = 6;

export interface SimulationCounts {
  crashes: number;
  /** Of these, in the middle of a call of the disk. */
  diskCrashes: number;
  powerFailures: number;
  /** Runs that ended because the disk was full. */
  full: number;
  checkpoints: number;
  /** Starts from a checkpoint. */
  restored: number;
}

export const newCounts = (): SimulationCounts => ({
  crashes: 0,
  diskCrashes: 0,
  powerFailures: 0,
  full: 0,
  checkpoints: 0,
  restored: 0,
});

/** What a run did that it must not: the result differs, a checkpoint that stood is gone, or it failed where nothing was wrong. */
export class Violation extends Error {}

/**
 * Whole jobs (tasks, channels, coordinator, checkpoint store, sources and sinks) on a simulated disk, killed at any moment and started again until they
 * come to their end: what is outside then must be what it is without a crash. All of a run follows from its seed.
 */
export class CrashSimulation {
  readonly #plans: ReadonlyMap<string, readonly PhysicalPlan<OperatorSpec>[]>;
  readonly #inputs: readonly Input[];
  readonly #expected = new Map<string, readonly string[]>();

  private constructor(plans: ReadonlyMap<string, readonly PhysicalPlan<OperatorSpec>[]>) {
    this.#plans = plans;
    this.#inputs = Array.from({ length: inputs }, (_, seed) => simulatedInput(seed));
  }

  static async open(): Promise<CrashSimulation> {
    return new CrashSimulation(await simulatedPlans());
  }

  /** @throws Violation */
  async run(seed: number, counts: SimulationCounts, faults?: Faults): Promise<void> {
    const random = seededRandom(seed);
    const query = simulatedQueries[seed % simulatedQueries.length]!;
    const kinds = outsideKinds.filter(kind =>
      kind === 'upserts' ? query.key.length > 0 : kind === 'two phases' ? true : query.appends,
    );
    const kind = kinds[pick(random, kinds.length)]!;
    const some = pick(random, inputs);
    const inputNumber = query.vaguelyLate && hasLateRows(some) ? some + 1 : some;
    const plans = this.#plans.get(query.name)!;
    // half of the jobs go on at another parallelism whenever they start again
    const parallelism = pick(random, 3);
    const planOfLife = pick(random, 2) === 0 ? () => plans[parallelism]! : () => plans[pick(random, 3)]!;
    const what = `${query.name} into ${kind}, input ${inputNumber}`;
    const expected = await this.#resultOf(query.name, kind, query.key, inputNumber);
    const disk = new SimulatedDisk();
    const outside = outsideOf(kind, query.key, disk);
    const life = new Lives({ planOfLife, input: this.#inputs[inputNumber]!, random, disk, outside, counts, faults });
    try {
      await life.run();
    } catch (error) {
      if (error instanceof Violation) throw new Violation(`${what}: ${error.message}`);
      throw error;
    }
    const found = outside.sorted();
    const missing = expected.filter(line => !found.includes(line));
    const extra = found.filter(line => !expected.includes(line));
    if (missing.length + extra.length > 0 || found.length !== expected.length) {
      const some = (lines: readonly string[]): string => `${lines.length} (${lines.slice(0, 3).join(' ; ')})`;
      throw new Violation(
        `${what}: ${found.length} rows, not ${expected.length}; missing ${some(missing)}, too many ${some(extra)}`,
      );
    }
  }

  async #resultOf(name: string, kind: OutsideKind, key: readonly number[], inputNumber: number): Promise<readonly string[]> {
    const place = `${name}/${kind}/${inputNumber}`;
    let result = this.#expected.get(place);
    if (result === undefined) {
      const disk = new SimulatedDisk();
      const outside = outsideOf(kind, key, disk);
      const random = seededRandom(1);
      const clock = new SimulatedClock(startMs);
      const process = disk.process({ random, callsMax: Number.POSITIVE_INFINITY });
      const services = servicesFor({ input: this.#inputs[inputNumber]!, random, outside, faults: undefined }, clock, process);
      await (
        await startJob(this.#plans.get(name)![0]!, {
          services,
          userFunctions: simulatedFunctions,
          hosts: [new SimulationHost(services, clock, random)],
        })
      ).done;
      result = outside.sorted();
      this.#expected.set(place, result);
    }
    return result;
  }
}

interface LifeParts {
  /** The plan of the next process. */
  readonly planOfLife: () => PhysicalPlan<OperatorSpec>;
  readonly input: Input;
  readonly random: Random;
  readonly disk: SimulatedDisk;
  readonly outside: Outside;
  readonly counts: SimulationCounts;
  readonly faults: Faults | undefined;
}

function servicesFor(
  { input, random, outside, faults }: Pick<LifeParts, 'input' | 'random' | 'outside' | 'faults'>,
  clock: SimulatedClock,
  process: SimulatedProcess,
): RuntimeServices {
  return {
    ...defaultServices({ output: () => undefined }),
    clock,
    faults,
    source: request => simulatedSource(request, input, random),
    sink: table => outside.sink(table, process, faults),
  };
}

/** One job over all its processes. */
class Lives {
  readonly #parts: LifeParts;
  readonly #options: { batchRows: number; channelRows: number; rebuildOperators: boolean };
  readonly #stepsPerTurn: number;
  readonly #retained: number;
  /** Checkpoints follow one another closely: later ones go on from earlier ones, and those become old. */
  readonly #often: boolean;
  /** The latest checkpoint somebody was told of. */
  #stood = 0;

  constructor(parts: LifeParts) {
    this.#parts = parts;
    const { random } = parts;
    this.#often = pick(random, 4) === 0;
    this.#stepsPerTurn = this.#often ? 1 : 1 + pick(random, 6);
    this.#retained = this.#often ? 1 : 1 + pick(random, 3);
    this.#options = {
      batchRows: 1 + pick(random, this.#often ? 6 : 40),
      channelRows: 1 + pick(random, 60),
      rebuildOperators: pick(random, 4) === 0,
    };
  }

  async run(): Promise<void> {
    const { random, disk, counts } = this.#parts;
    for (let lives = 0; ; lives++) {
      const crashes = lives < crashesMax && pick(random, 5) > 0;
      const full = crashes && pick(random, 8) === 0;
      const process = disk.process({
        random,
        callsMax: crashes && pick(random, 2) === 0 ? 1 + pick(random, 250) : Number.POSITIVE_INFINITY,
        ...(full && { roomBytes: pick(random, 8000) }),
      });
      if (await this.#live(process, crashes)) return;
      process.crash();
      if (crashes && pick(random, 3) === 0) {
        disk.powerFailure(random);
        counts.powerFailures++;
      }
    }
  }

  /** One process; true when the job came to its end. */
  async #live(process: SimulatedProcess, crashes: boolean): Promise<boolean> {
    const { random, planOfLife, counts, faults } = this.#parts;
    const plan = planOfLife();
    const clock = new SimulatedClock(startMs);
    const services = servicesFor(this.#parts, clock, process);
    let job: Job | undefined;
    try {
      const store = new CheckpointStore(storageOn(process, faults), '/state', { retained: this.#retained, faults });
      const restored = await this.#restored(store);
      const keeps = snapshotStore(store);
      job = await startJob(plan, {
        services,
        userFunctions: simulatedFunctions,
        ...this.#options,
        hosts: [new SimulationHost(services, clock, random, this.#stepsPerTurn)],
        restored,
        checkpoints: {
          take: async snapshot => {
            await keeps.take(snapshot);
            if (process.dead) return;
            this.#stood = snapshot.checkpointId;
            counts.checkpoints++;
            // the crash may come before anybody hears of it
            for (let turns = pick(random, 4); turns > 0; turns--) await turn();
          },
        },
      });
    } catch (error) {
      return this.#ended(error, process);
    }
    const started = job;
    process.died = () => void started.cancel();
    const ended = started.done.then(
      () => undefined,
      (error: unknown) => error ?? new Error('a job failed without an error'),
    );
    if (crashes) {
      for (let step = this.#often ? 3 + pick(random, 6) : pick(random, 6); step > 0 && !process.dead; step--) {
        for (let turns = pick(random, this.#often ? 3 : 40); turns > 0; turns--) await turn();
        const checkpoint = started.checkpoint();
        if (this.#often || pick(random, 3) === 0) await checkpoint;
      }
      // an end that came before is an end
      const crash = Symbol('crash');
      const first = await Promise.race([ended, turn().then(() => crash)]);
      if (first === crash) {
        if (process.dead) counts.diskCrashes++;
        process.crash();
        counts.crashes++;
        await started.cancel();
        await ended;
        return false;
      }
    } else while (pick(random, 6) > 0) await started.checkpoint();
    const error = await ended;
    return error === undefined && !process.dead ? true : this.#ended(error, process);
  }

  /** A process that ended by itself, but not at the end of its input. */
  #ended(error: unknown, process: SimulatedProcess): false {
    const { counts } = this.#parts;
    if (process.dead) {
      counts.crashes++;
      counts.diskCrashes++;
      return false;
    }
    if (error instanceof Violation) throw error;
    if (error instanceof TidemillError && /no space/.test(error.message)) {
      counts.full++;
      return false;
    }
    throw new Violation(`it failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }

  async #restored(store: CheckpointStore): Promise<JobSnapshot<StoredImage> | undefined> {
    const refused: string[] = [];
    const latest = await latestWhole(store, reason => refused.push(reason));
    if ((latest?.id ?? 0) < this.#stood)
      throw new Violation(`checkpoint ${this.#stood} stood, and ${latest?.id ?? 'none'} is found (${refused.join('; ')})`);
    if (latest === undefined) return undefined;
    this.#parts.counts.restored++;
    return snapshotToLoad(await store.open(latest.id));
  }
}
