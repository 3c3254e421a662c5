import { limits } from '../../common/limits.ts';
import type { Source, Split } from '../../connectors/contract.ts';

/** A source without an end, and the splits of it that tasks have already. */
export interface WatchedSource {
  readonly stageId: string;
  readonly port: number;
  readonly parallelism: number;
  readonly source: Source;
  readonly known: Set<string>;
}

export interface DiscoveryEvents {
  /** A split nobody reads yet, and the subtask that is to read it. */
  found(watched: WatchedSource, split: Split, subtask: number): void;
  failed(error: unknown): void;
}

/** Asks sources without an end for new splits, every {@link limits.splitDiscoveryMs} once the answer before has come. */
export class SplitDiscovery {
  readonly #watched: readonly WatchedSource[];
  readonly #events: DiscoveryEvents;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(watched: readonly WatchedSource[], events: DiscoveryEvents) {
    this.#watched = watched;
    this.#events = events;
    if (watched.length > 0) this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#discover().then(
        () => this.#schedule(),
        (error: unknown) => this.#stopped || this.#events.failed(error),
      );
    }, limits.splitDiscoveryMs);
  }

  async #discover(): Promise<void> {
    for (const watched of this.#watched) {
      for (const split of await watched.source.discover(watched.parallelism)) {
        if (this.#stopped) return;
        if (watched.known.has(split.id)) continue;
        const subtask = watched.known.size % watched.parallelism;
        watched.known.add(split.id);
        this.#events.found(watched, split, subtask);
      }
    }
  }
}
