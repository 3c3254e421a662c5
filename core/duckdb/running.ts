/** Statements under way on this thread; apart from the rest so that asking costs nothing where DuckDB is never loaded. */
const running = new Set<Promise<unknown>>();

/** Keeps count of a statement until it has ended. */
export async function whileRunning<T>(statement: Promise<T>): Promise<T> {
  running.add(statement);
  try {
    return await statement;
  } finally {
    running.delete(statement);
  }
}

/**
 * Resolves when no statement runs on this thread any more. A thread must wait for it before it is terminated: an answer that arrives for a
 * thread that is gone takes the process down. Close the stages first, which interrupts what they run.
 */
export async function statementsSettled(): Promise<void> {
  while (running.size > 0) await Promise.allSettled(running);
}
