import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { limits } from '../../common/limits.ts';

/**
 * Where the shell keeps what was typed: TIDEMILL_HISTORY, else the user's folder for state; undefined when TIDEMILL_HISTORY is empty.
 * Source: XDG Base Directory Specification.
 */
export function historyPath(environment: Readonly<Record<string, string | undefined>>): string | undefined {
  const given = environment['TIDEMILL_HISTORY'];
  if (given !== undefined) return given === '' ? undefined : given;
  const windows = environment['LOCALAPPDATA'];
  const state = environment['XDG_STATE_HOME'] || (windows ? windows : join(homedir(), '.local', 'state'));
  return join(state, 'tidemill', 'history');
}

/** Statements with a secret written out are not kept, nor those that begin with a space. */
export const mayBeKept = (statement: string): boolean =>
  !/^\s/.test(statement) && !/(password|secret|token|credential)[^'=]*'?\s*=\s*'(?!\$\{)[^']/i.test(statement);

/** Statements of earlier runs, oldest first, one JSON text a line. A file that cannot be read or written is no reason not to work. */
export class HistoryFile {
  readonly #path: string | undefined;

  constructor(path: string | undefined) {
    this.#path = path;
  }

  load(): string[] {
    if (this.#path === undefined) return [];
    let lines: string[];
    try {
      lines = readFileSync(this.#path, 'utf8').split('\n');
    } catch {
      return [];
    }
    const statements = lines.flatMap(line => {
      try {
        const value: unknown = JSON.parse(line);
        return typeof value === 'string' ? [value] : [];
      } catch {
        return [];
      }
    });
    const kept = statements.slice(-limits.shellHistoryMax);
    if (statements.length > 2 * limits.shellHistoryMax)
      this.#write(() => writeFileSync(this.#path!, textOf(kept), { mode: 0o600 }));
    return kept;
  }

  append(statement: string): void {
    if (this.#path === undefined || !mayBeKept(statement)) return;
    this.#write(() => appendFileSync(this.#path!, textOf([statement]), { mode: 0o600 }));
  }

  #write(act: () => void): void {
    try {
      mkdirSync(dirname(this.#path!), { recursive: true, mode: 0o700 });
      act();
    } catch {
      // a home that cannot be written to: the history lives as long as the shell
    }
  }
}

const textOf = (statements: readonly string[]): string => statements.map(statement => `${JSON.stringify(statement)}\n`).join('');
