// Sends every statement of test/sql-corpus to a real Apache Flink 2.3 and writes down whether it was accepted, with the message or the listing
// it gave. Queries and INSERTs are explained, not run. Sessions whose statements are all answered already are left alone unless --all is given.
// Run: node test/oracle/write-corpus.ts [--all] [FILE…]
import { writeFileSync } from 'node:fs';
import {
  type CorpusSession,
  corpusFiles,
  type FlinkAnswer,
  goldenUrl,
  readCorpus,
  readGolden,
  setupStatements,
} from '../sql-corpus/corpus.ts';
import { startFlink } from '../support/flink/cluster.ts';
import { FlinkError, FlinkSession } from '../support/flink/gateway.ts';

const cluster = await startFlink({ portOffset: 300 });
const asked = process.argv.slice(2).filter(argument => !argument.startsWith('--'));
const all = process.argv.includes('--all');
try {
  for (const file of asked.length > 0 ? asked : corpusFiles) {
    const before = readGolden(file);
    const answers: Record<string, FlinkAnswer[]> = {};
    for (const session of readCorpus(file)) {
      const known = before[session.name];
      const complete =
        known?.length === session.statements.length && session.statements.every(({ sql }, index) => known[index]!.sql === sql);
      answers[session.name] = complete && !all ? known : await answersOf(session);
    }
    writeFileSync(goldenUrl(file), `${JSON.stringify(answers, null, 1)}\n`);
    const flat = Object.values(answers).flat();
    process.stdout.write(`${file}: ${flat.length} statements, ${flat.filter(answer => answer.accepted).length} accepted\n`);
  }
} finally {
  await cluster.stop();
}

async function answersOf(session: CorpusSession): Promise<FlinkAnswer[]> {
  const flink = await FlinkSession.open(cluster.gatewayPort);
  try {
    for (const sql of setupStatements) await flink.run(sql);
    if (session.batch) await flink.run("SET 'execution.runtime-mode' = 'batch'");
    const answers: FlinkAnswer[] = [];
    for (const { sql } of session.statements) answers.push(await answerOf(flink, sql));
    return answers;
  } finally {
    await flink.close();
  }
}

async function answerOf(flink: FlinkSession, sql: string): Promise<FlinkAnswer> {
  try {
    if (/^BEGIN STATEMENT SET;/.test(sql)) {
      for (const part of sql.split(/;\s*/)) await flink.run(part);
      return { sql, accepted: true };
    }
    const { columns, rows } = await flink.run(explained(sql));
    const isListing = /^(SHOW|DESC|DESCRIBE)\b/.test(sql) && !/^SHOW JOBS/.test(sql);
    return { sql, accepted: true, ...(isListing && { columns: columns.map(column => column.name), rows }) };
  } catch (error) {
    if (!(error instanceof FlinkError)) throw error;
    return { sql, accepted: false, message: withoutPlaces(error.rootCause) };
  }
}

/** What can be explained is not run. */
function explained(sql: string): string {
  if (/^(SELECT|WITH|VALUES|TABLE|INSERT|UPSERT|\()/.test(sql)) return `EXPLAIN ${sql}`;
  if (/^(CREATE|REPLACE).* TABLE [\s\S]*\bAS\s+\(?(SELECT|WITH|VALUES|TABLE)\b/.test(sql) && !sql.includes('MATERIALIZED'))
    return `EXPLAIN ${sql}`;
  return sql.replace(/^EXECUTE STATEMENT SET/, 'EXPLAIN STATEMENT SET');
}

/** Paths of the machine that was asked mean nothing elsewhere. */
function withoutPlaces(message: string): string {
  return message.replaceAll(/(?:file:)?\/(?:[\w.+-]+\/)+[\w.+-]+/g, '…').slice(0, 600);
}
