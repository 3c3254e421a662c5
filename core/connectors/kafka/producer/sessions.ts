import { TidemillError } from '../../../common/errors.ts';
import type { WireReader } from '../client/wire.ts';
import type { BatchProducer } from './batch-builder.ts';
import { transactionFailed, transactionTimeoutTooLong } from './errors.ts';
import type { BrokerCall, ProducerPort, ProducerTime } from './port.ts';
import {
  addPartitionsAnswer,
  addPartitionsCall,
  apiKeys,
  initProducerIdAnswer,
  initProducerIdCall,
  kafkaErrors,
  type ProducerIdentity,
  retriedByCoordinator,
} from './protocol.ts';

interface TargetName {
  readonly topic: string;
  readonly partition: number;
}

/** Records under one producer id: of a writer's whole life, or of one transaction. */
export class ProducerSession {
  readonly transactionalId: string | null;
  /** undefined: without idempotence. */
  readonly identity: ProducerIdentity | undefined;
  /** Partitions are added to the transaction by requests of their own. */
  readonly twoStep: boolean;
  /** Batches made and not yet acknowledged. */
  unacknowledged = 0;
  readonly waiting: { readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = [];
  /** Partitions that belong to the transaction. */
  readonly added = new Set<TargetName>();
  adding: Promise<void> = Promise.resolve();
  readonly #sequences = new Map<TargetName, number>();

  constructor(transactionalId: string | null, identity: ProducerIdentity | undefined, twoStep: boolean) {
    this.transactionalId = transactionalId;
    this.identity = identity;
    this.twoStep = twoStep;
  }

  /** Whether any record was written. */
  get used(): boolean {
    return this.#sequences.size > 0;
  }

  /** What the next batch of a partition is numbered by. */
  next(target: TargetName, records: number): BatchProducer {
    const sequence = this.#sequences.get(target) ?? 0;
    // numbers begin again at 0 behind 2³¹ − 1
    this.#sequences.set(target, (sequence + records) % 2 ** 31);
    const transactional = this.transactionalId !== null;
    if (this.identity === undefined) return { producerId: -1n, epoch: -1, sequence: -1, transactional };
    return { ...this.identity, sequence, transactional };
  }

  acknowledged(): void {
    this.unacknowledged--;
    if (this.unacknowledged === 0) for (const { resolve } of this.waiting.splice(0)) resolve();
  }
}

/** How often and how long a coordinator is asked again. */
export interface Patience {
  readonly time: ProducerTime;
  readonly backoffMs: number;
  readonly timeoutMs: number;
}

/** Asks a transactional id's coordinator until it answers with something other than "later"; the answer's error stands in it. */
export async function askCoordinator<Answer extends { readonly error: number }>(
  port: ProducerPort,
  transactionalId: string,
  call: BrokerCall,
  read: (answer: WireReader) => Answer,
  patience: Patience,
): Promise<Answer> {
  const startMs = patience.time.epochMs();
  for (let attempt = 0; ; attempt++) {
    let problem: unknown;
    try {
      const broker = await port.coordinator(transactionalId, attempt > 0);
      const answer = read(await port.call(broker, call));
      if (!retriedByCoordinator.has(answer.error)) return answer;
      problem = transactionFailed(call.name, transactionalId, answer.error);
    } catch (error) {
      problem = error;
    }
    if (patience.time.epochMs() - startMs > patience.timeoutMs) {
      if (problem instanceof TidemillError) throw problem;
      throw new TidemillError(
        'kafka-transaction',
        `${call.name} of '${transactionalId}' had no answer for ${patience.timeoutMs} ms`,
        {
          domain: 'external',
          cause: problem,
        },
      );
    }
    const delayMs = Math.min(patience.backoffMs * 2 ** Math.min(attempt, 5), 1000);
    await new Promise<void>(resolve => patience.time.after(delayMs, resolve));
  }
}

/** Whether the brokers speak the transaction protocol before `transaction.version` 2. */
export const isTwoStep = (port: ProducerPort): boolean =>
  port.featureLevel('transaction.version') < 2 ||
  port.versionMax(apiKeys.endTransaction) < 5 ||
  port.versionMax(apiKeys.produce) < 12;

/** A producer id of one's own, so that batches sent again are not written twice. */
export async function openIdempotent(port: ProducerPort, patience: Patience): Promise<ProducerSession> {
  const startMs = patience.time.epochMs();
  for (;;) {
    let problem: unknown;
    try {
      const [broker] = await port.brokers();
      const answer = initProducerIdAnswer(await port.call(broker!, initProducerIdCall(null, 60_000, true)));
      if (answer.error === kafkaErrors.none) return new ProducerSession(null, answer, true);
      problem = transactionFailed('InitProducerId', 'the idempotent writer', answer.error);
      if (!retriedByCoordinator.has(answer.error)) throw problem;
    } catch (error) {
      if (error === problem) throw error;
      problem = error;
    }
    if (patience.time.epochMs() - startMs > patience.timeoutMs) throw problem;
    await new Promise<void>(resolve => patience.time.after(patience.backoffMs, resolve));
  }
}

/**
 * Begins a transaction under a transactional id; what was open under it is aborted.
 * @throws TidemillError `kafka-transaction-timeout` with both figures, `kafka-transaction`.
 */
export async function openTransaction(
  port: ProducerPort,
  transactionalId: string,
  timeoutMs: number,
  patience: Patience,
): Promise<ProducerSession> {
  const twoStep = isTwoStep(port);
  const call = initProducerIdCall(transactionalId, timeoutMs, twoStep);
  const answer = await askCoordinator(port, transactionalId, call, initProducerIdAnswer, patience);
  if (answer.error === kafkaErrors.invalidTransactionTimeout)
    throw transactionTimeoutTooLong(timeoutMs, await port.brokerSetting('transaction.max.timeout.ms').catch(() => undefined));
  if (answer.error !== kafkaErrors.none) throw transactionFailed('InitProducerId', transactionalId, answer.error);
  return new ProducerSession(transactionalId, answer, twoStep);
}

/** Makes partitions part of a transaction, where the brokers do not do so by themselves. */
export async function addPartitions(
  port: ProducerPort,
  session: ProducerSession,
  targets: readonly TargetName[],
  patience: Patience,
): Promise<void> {
  const { transactionalId, identity, twoStep } = session;
  if (transactionalId === null || identity === undefined || !twoStep) return;
  const missing = targets.filter(target => !session.added.has(target));
  if (missing.length > 0) {
    for (const target of missing) session.added.add(target);
    const topics = new Map<string, number[]>();
    for (const { topic, partition } of missing) topics.set(topic, [...(topics.get(topic) ?? []), partition]);
    const call = addPartitionsCall(transactionalId, identity, topics);
    const read = (answer: WireReader): { readonly error: number } => ({ error: addPartitionsAnswer(answer) });
    session.adding = session.adding.then(async () => {
      const { error } = await askCoordinator(port, transactionalId, call, read, patience);
      if (error !== kafkaErrors.none) throw transactionFailed('AddPartitionsToTxn', transactionalId, error);
    });
  }
  // a partition that another request adds must be there too
  await session.adding;
}
