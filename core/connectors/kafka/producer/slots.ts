import type { CommitHandle } from '../../contract.ts';
import { transactionFailed, transactionLost } from './errors.ts';
import type { ProducerPort } from './port.ts';
import {
  apiKeys,
  endTransactionAnswer,
  endTransactionCall,
  kafkaErrors,
  listTransactionsAnswer,
  listTransactionsCall,
} from './protocol.ts';
import { askCoordinator, isTwoStep, openTransaction, type Patience, type ProducerSession } from './sessions.ts';

type SlotState =
  | { readonly kind: 'open' }
  | { readonly kind: 'prepared' }
  /** Committed; `absentFrom`: the first checkpoint that was begun after that, which does not know the transaction any more. */
  | { readonly kind: 'committed'; absentFrom: number | undefined };

export interface OpenSlot {
  readonly number: number;
  readonly session: ProducerSession;
}

/** Answers to a commit that mean: the transaction is not there any more. */
const lost: ReadonlySet<number> = new Set([
  kafkaErrors.invalidProducerEpoch,
  kafkaErrors.invalidTransactionState,
  kafkaErrors.invalidProducerIdMapping,
  kafkaErrors.producerFenced,
]);

/**
 * Transactional ids of one writer: `<prefix>-<writers>x<number>-<slot>`, a slot per transaction; the prefix is the table's with the name of the INSERT. A slot is used again only when no checkpoint that stands knows
 * its last transaction, so that committing what a checkpoint holds can be tried again after any crash.
 */
export class TransactionSlots {
  readonly #port: ProducerPort;
  readonly #prefix: string;
  readonly #subtask: number;
  readonly #parallelism: number;
  readonly #timeoutMs: number;
  readonly #patience: Patience;
  readonly #slots = new Map<number, SlotState>();

  /** `restored`: what the checkpoint holds that the writer goes on from; all of it is committed already. */
  constructor(
    port: ProducerPort,
    names: { readonly prefix: string; readonly subtask: number; readonly parallelism: number },
    timeoutMs: number,
    patience: Patience,
    restored: readonly CommitHandle[] = [],
  ) {
    this.#port = port;
    this.#prefix = names.prefix;
    this.#subtask = names.subtask;
    this.#parallelism = names.parallelism;
    this.#timeoutMs = timeoutMs;
    this.#patience = patience;
    const own = new RegExp(`^${RegExp.escape(this.#id(0)).slice(0, -1)}(\\d+)$`);
    for (const handle of restored) {
      const number = own.exec(String(handle['transactionalId']))?.[1];
      if (number !== undefined) this.#slots.set(Number(number), { kind: 'committed', absentFrom: undefined });
    }
  }

  /** With another number of writers all ids are others, so that none of them is in the checkpoint that was made by the old ones. */
  #id(slot: number): string {
    return `${this.#prefix}-${this.#parallelism}x${this.#subtask}-${slot}`;
  }

  /** Begins a transaction in the lowest free slot. @throws TidemillError `kafka-transaction`, `kafka-transaction-timeout`. */
  async open(): Promise<OpenSlot> {
    let number = 0;
    while (this.#slots.has(number)) number++;
    this.#slots.set(number, { kind: 'open' });
    return { number, session: await openTransaction(this.#port, this.#id(number), this.#timeoutMs, this.#patience) };
  }

  /** At a barrier: what a checkpoint has to hold to commit the transaction. */
  prepare({ number, session }: OpenSlot, checkpointId: number): CommitHandle {
    this.begun(checkpointId);
    this.#slots.set(number, { kind: 'prepared' });
    const { producerId, epoch } = session.identity!;
    return { transactionalId: session.transactionalId!, producerId: String(producerId), epoch, checkpointId };
  }

  /** A checkpoint was begun: it does not hold what was committed before. */
  begun(checkpointId: number): void {
    for (const state of this.#slots.values()) if (state.kind === 'committed') state.absentFrom ??= checkpointId;
  }

  /** After the checkpoint stands, once or more often. @throws TidemillError `kafka-transaction-lost`, `kafka-transaction`. */
  async commit(handle: CommitHandle): Promise<void> {
    const { id, error } = await this.#end(handle, true);
    const checkpointId = Number(handle['checkpointId']);
    if (lost.has(error)) throw transactionLost(id, checkpointId, error);
    if (error !== kafkaErrors.none) throw transactionFailed('the commit', id, error);
    for (const [number, state] of this.#slots) {
      if (state.kind === 'prepared' && id === this.#id(number))
        this.#slots.set(number, { kind: 'committed', absentFrom: undefined });
      else if (state.kind === 'committed' && state.absentFrom !== undefined && state.absentFrom <= checkpointId)
        this.#slots.delete(number);
    }
  }

  async abort(handle: CommitHandle): Promise<void> {
    const { id, error } = await this.#end(handle, false);
    if (error !== kafkaErrors.none && !lost.has(error)) throw transactionFailed('the abort', id, error);
  }

  /** Aborts a transaction that no checkpoint knows. */
  async discard({ session }: OpenSlot): Promise<void> {
    if (!session.used) return;
    const { producerId, epoch } = session.identity!;
    await this.abort({ transactionalId: session.transactionalId!, producerId: String(producerId), epoch });
  }

  /**
   * Aborts what writers before this one left open, which would hold back readers: those of this subtask's number, and of numbers that are no more
   * (the writers share them). What a checkpoint holds has been committed by then.
   */
  async abortLeftOver(): Promise<void> {
    const known = new RegExp(`^${RegExp.escape(this.#prefix)}-\\d+x(\\d+)-\\d+$`);
    const found = new Set<string>();
    if (this.#port.versionMax(apiKeys.listTransactions) >= 0) {
      for (const broker of await this.#port.brokers()) {
        for (const id of await this.#openAt(broker)) {
          const subtask = known.exec(id)?.[1];
          if (subtask !== undefined && Number(subtask) % this.#parallelism === this.#subtask) found.add(id);
        }
      }
    }
    for (const id of found) await openTransaction(this.#port, id, this.#timeoutMs, this.#patience);
  }

  /** Transactions that a broker coordinates. */
  async #openAt(broker: number): Promise<readonly string[]> {
    const { time, timeoutMs, backoffMs } = this.#patience;
    const startMs = time.epochMs();
    for (;;) {
      let problem: unknown;
      try {
        const { error, transactionalIds } = listTransactionsAnswer(await this.#port.call(broker, listTransactionsCall()));
        if (error === kafkaErrors.none) return transactionalIds;
        problem = transactionFailed('ListTransactions', this.#prefix, error);
      } catch (error) {
        problem = error;
      }
      if (time.epochMs() - startMs > timeoutMs) throw problem;
      await new Promise<void>(resolve => time.after(backoffMs, resolve));
    }
  }

  async #end(handle: CommitHandle, commit: boolean): Promise<{ readonly id: string; readonly error: number }> {
    const id = String(handle['transactionalId']);
    const identity = { producerId: BigInt(handle['producerId']!), epoch: Number(handle['epoch']) };
    const call = endTransactionCall(id, identity, commit, isTwoStep(this.#port));
    const { error } = await askCoordinator(
      this.#port,
      id,
      call,
      reader => ({ error: endTransactionAnswer(reader) }),
      this.#patience,
    );
    return { id, error };
  }
}
