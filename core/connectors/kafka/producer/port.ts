import type { WireReader } from '../client/wire.ts';

/** A request as the broker reads it: its body in a flexible version, without the head; in parts where that saves copying. */
export interface BrokerCall {
  readonly apiKey: number;
  readonly version: number;
  readonly name: string;
  readonly body: Buffer | readonly Buffer[];
}
export interface PartitionLeader {
  readonly partition: number;
  /** −1 while there is none. */
  readonly leader: number;
}

/** What writing needs of a cluster; the real one is client/'s, tests have one of their own. */
export interface ProducerPort {
  /**
   * Settles when a broker has answered. A cluster that never did is most likely not there, and said to be so at once unless `patient`.
   * @throws TidemillError of domain external.
   */
  connect(patient: boolean): Promise<void>;
  /** Partitions of a topic in order; `fresh`: asked of the cluster now. */
  partitions(topic: string, fresh: boolean): Promise<readonly PartitionLeader[]>;
  /** Ids of all brokers. */
  brokers(): Promise<readonly number[]>;
  /** The answer's body; rejects when the connection is lost. */
  call(broker: number, call: BrokerCall): Promise<WireReader>;
  /** The broker that coordinates a transactional id; `fresh`: asked of the cluster now. */
  coordinator(transactionalId: string, fresh: boolean): Promise<number>;
  /** Highest version of an API that all brokers speak; −1: none. */
  versionMax(apiKey: number): number;
  /** Level of a finalised feature, 0 when there is none. */
  featureLevel(name: string): number;
  /** A broker's setting, where it may be asked. */
  brokerSetting(name: string): Promise<string | undefined>;
  close(): Promise<void>;
}

/** A timer and a clock; tests turn them themselves. */
export interface ProducerTime {
  epochMs(): number;
  /** Calls back later; the result takes it back. */
  after(delayMs: number, run: () => void): () => void;
}

export const realTime: ProducerTime = {
  epochMs: () => Date.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
