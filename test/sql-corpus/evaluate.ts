import { TidemillError } from '../../core/common/errors.ts';
import type { StatementResult } from '../../core/session/contract.ts';
import { Session } from '../../core/session/session.ts';
import { parseScript } from '../../core/sql/parse.ts';
import { type CorpusSession, setupStatements } from './corpus.ts';

/** How far a statement came here. */
export type Verdict =
  | { readonly kind: 'planned'; readonly rows?: readonly (readonly unknown[])[]; readonly columns?: readonly string[] }
  | { readonly kind: 'not-supported'; readonly what: string; readonly at: string; readonly error: TidemillError }
  | { readonly kind: 'refused'; readonly error: TidemillError };

/** Each statement of a session, carried out or planned in turn; nothing is read or written. */
export async function evaluate(session: CorpusSession): Promise<Verdict[]> {
  const engine = new Session({ settings: { 'table.local-time-zone': 'UTC' }, output: () => undefined });
  const verdicts: Verdict[] = [];
  try {
    for (const sql of setupStatements) {
      const verdict = await verdictOf(engine, sql);
      if (verdict.kind === 'refused') throw verdict.error;
    }
    if (session.batch) engine.settings.set('execution.runtime-mode', 'batch');
    for (const { sql } of session.statements) verdicts.push(await verdictOf(engine, sql));
  } finally {
    await engine.close();
  }
  return verdicts;
}

async function verdictOf(engine: Session, sql: string): Promise<Verdict> {
  const script = { text: sql, source: 'corpus', baseDirectory: '/' };
  try {
    const { statements, errors } = parseScript(sql, 'corpus');
    if (errors.length > 0) throw errors[0]!;
    if (statements.length !== 1) throw new TidemillError('syntax', `${statements.length} statements`, {});
    const [statement] = statements;
    const runs =
      !['query', 'insert', 'statement-set'].includes(statement!.kind) &&
      !('query' in statement! && statement.kind === 'create-table');
    if (!runs) {
      await engine.explain(script, 'text');
      return { kind: 'planned' };
    }
    let last: StatementResult | undefined;
    for await (const result of engine.run(script, 'changelog')) last = result;
    if (last?.kind === 'listing') return { kind: 'planned', columns: last.schema.map(field => field.name), rows: last.rows };
    if (last?.kind === 'text') return { kind: 'planned', columns: ['result'], rows: [[last.text]] };
    return { kind: 'planned' };
  } catch (error) {
    if (!(error instanceof TidemillError)) throw new Error(`${sql}\n→ ${error}`, { cause: error });
    if (error.code === 'not-supported') {
      const span = error.span ?? error.place?.span;
      return { kind: 'not-supported', what: error.message, at: span === undefined ? '' : sql.slice(span.start, span.end), error };
    }
    return { kind: 'refused', error };
  }
}
