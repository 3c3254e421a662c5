import type { Options } from '../../options.ts';
import { KafkaClient } from './client.ts';
import { clientOptions } from './client-options.ts';

interface Shared {
  readonly client: KafkaClient;
  users: number;
}
const shared = new Map<string, Shared>();

/** A client that all tables with the same connection properties use on this thread. */
export interface ClientLease {
  readonly client: KafkaClient;
  /** The last one closes the connections. */
  release(): void;
}

/**
 * Borrows the thread's client for a table's connection: one connection per broker and lane, whoever reads or writes. Connects to nothing yet.
 * @throws TidemillError as clientOptions.
 */
export function leaseClient(options: Options): ClientLease {
  const key = JSON.stringify(
    Object.entries(options)
      .filter(([name]) => /^properties\.(bootstrap|security|sasl|ssl|client\.id|request\.timeout|default\.api|socket)/.test(name))
      .sort(),
  );
  let entry = shared.get(key);
  if (entry === undefined) {
    entry = { client: new KafkaClient(clientOptions(options)), users: 0 };
    shared.set(key, entry);
  }
  const leased = entry;
  leased.users++;
  let released = false;
  return {
    client: leased.client,
    release() {
      if (released) return;
      released = true;
      if (--leased.users > 0) return;
      shared.delete(key);
      leased.client.close();
    },
  };
}
