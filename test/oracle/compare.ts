// Compares the engine with a real Apache Flink 2.3, row for row: every query of test/streams/queries against its golden and against the engine,
// every query of test/sql/cases, and a round of random expressions and aggregates over generated events. Ends with 1 on any difference.
// Run: npm run test:oracle [-- streams expressions aggregates cases]; SEED=123 replays a round, EXPRESSIONS and AGGREGATES set how many.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TidemillError } from '../../core/common/errors.ts';
import type { Session } from '../../core/session/session.ts';
import { startFlink } from '../support/flink/cluster.ts';
import { FlinkError, type FlinkResult, FlinkSession, flinkRows } from '../support/flink/gateway.ts';
import { gatewayRows } from '../support/flink/gateway-rows.ts';
import { flinkText } from '../support/flink/text.ts';
import { eventStatements, streamQueries } from '../support/oracle-events.ts';
import { openSession, rowTexts, runStatement } from '../support/run-statements.ts';
import { projectRoot } from '../support/source-files.ts';
import { askFlinkForCases } from './flink-cases.ts';
import { type RandomColumn, randomAggregates, randomExpressions, sampleView } from './random-sql.ts';

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9));
const wanted = process.argv.slice(2);
const expressionsPerStatement = 20;
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const table: { what: string; compared: number; differences: number; seconds: number }[] = [];

async function measured(
  part: string,
  what: string,
  act: () => Promise<{ compared: number; differences: readonly string[] }>,
): Promise<void> {
  if (wanted.length > 0 && !wanted.includes(part)) return;
  const start = performance.now();
  const { compared, differences } = await act();
  for (const difference of differences) say(difference);
  table.push({ what, compared, differences: differences.length, seconds: (performance.now() - start) / 1000 });
}

const failure = (error: unknown): string =>
  error instanceof FlinkError
    ? error.rootCause.split('\n')[0]!
    : error instanceof TidemillError
      ? `error[${error.code}]: ${error.message}`
      : String(error);

/** The first lines that only one side has. */
function bagDifference(flink: readonly string[], ours: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const row of flink) counts.set(row, (counts.get(row) ?? 0) + 1);
  for (const row of ours) counts.set(row, (counts.get(row) ?? 0) - 1);
  const some = (sign: number): string[] => [...counts].flatMap(([row, count]) => (count * sign > 0 ? [row] : [])).slice(0, 3);
  const [missing, added] = [some(1), some(-1)];
  return missing.length + added.length === 0
    ? undefined
    : `  Flink: ${missing.join('\n         ')}\n  ours:  ${added.join('\n         ')}`;
}

function golden(name: string): string[] {
  return readFileSync(join(projectRoot, 'test', 'streams', 'golden', `${name}.json`), 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1);
}

async function compareStreams(session: FlinkSession): Promise<{ compared: number; differences: readonly string[] }> {
  const differences: string[] = [];
  let compared = 0;
  for (const query of streamQueries()) {
    const ours = openSession({ name: 'default' });
    try {
      for (const statement of query.setup) await session.run(statement);
      const rows = flinkRows(await session.run(query.sql));
      const stored = bagDifference(rows, golden(query.name));
      if (stored !== undefined) differences.push(`${query.name}: the golden is not what Flink gives\n${stored}`);
      for (const statement of [...eventStatements(), ...query.setup]) await runStatement(ours, statement, projectRoot);
      const difference = bagDifference(rows, gatewayRows((await runStatement(ours, query.sql, projectRoot))!));
      if (difference !== undefined) differences.push(`${query.name}: other rows\n${difference}`);
      compared += rows.length;
    } catch (error) {
      differences.push(`${query.name}: ${failure(error)}`);
    } finally {
      await ours.close();
    }
  }
  return { compared, differences };
}

/** Rows of each column by itself, each behind its row's keys, so that a difference names its expression. */
function perColumn(texts: readonly (readonly string[])[], keys: number, columns: number): string[][] {
  return Array.from({ length: columns }, (_, column) =>
    texts.map(row => `${row.slice(0, keys).join('|')} → ${row[keys + column]}`),
  );
}

function textsOf(result: FlinkResult): string[][] {
  const counts = new Map<string, [string[], number]>();
  result.rows.forEach((row, at) => {
    const texts = row.map((value, index) => flinkText(value, result.columns[index]!));
    const key = texts.join('\u0001');
    const kind = result.kinds[at];
    const [, count] = counts.get(key) ?? [texts, 0];
    counts.set(key, [texts, count + (kind === 'UPDATE_BEFORE' || kind === 'DELETE' ? -1 : 1)]);
  });
  return [...counts.values()].flatMap(([texts, count]) => Array.from({ length: Math.max(0, count) }, () => texts));
}

async function textsOfOurs(session: Session, sql: string): Promise<string[][]> {
  const result = (await runStatement(session, sql, projectRoot))!;
  return result.rows.map(row => rowTexts({ schema: result.schema, rows: [row] })[0]!).map(text => text.split('|'));
}

interface Shape {
  readonly keys: readonly string[];
  readonly query: (select: string) => string;
}

/** Many columns in one statement; when a side refuses it, each column by itself. */
async function compareColumns(
  flink: FlinkSession,
  ours: Session,
  columns: readonly RandomColumn[],
  shape: Shape,
  report: { compared: number; refused: number; readonly differences: string[] },
): Promise<void> {
  const sql = shape.query([...shape.keys, ...columns.map(({ sql }, index) => `${sql} AS o${index}`)].join(', '));
  const asked = await flink.run(sql).then(textsOf, (error: unknown) => error as Error);
  const given = await textsOfOurs(ours, sql).catch((error: unknown) => error as Error);
  if (asked instanceof Error || given instanceof Error) {
    if (columns.length > 1) {
      for (const column of columns) await compareColumns(flink, ours, [column], shape, report);
      return;
    }
    if (asked instanceof Error) {
      report.refused++;
      if (!(given instanceof Error)) say(`note: Flink refuses ${columns[0]!.sql}: ${failure(asked)}`);
    } else report.differences.push(`${sql}\n  ours: ${failure(given)}`);
    return;
  }
  const [theirs, own] = [asked, given].map(texts => perColumn(texts, shape.keys.length, columns.length)) as [
    string[][],
    string[][],
  ];
  columns.forEach((column, index) => {
    report.compared++;
    const difference = bagDifference(theirs[index]!, own[index]!);
    if (difference !== undefined) report.differences.push(`${column.sql}\n${difference}`);
  });
}

async function compareRandom(
  flink: FlinkSession,
  columns: readonly RandomColumn[],
  shapes: readonly Shape[],
): Promise<{ compared: number; differences: readonly string[] }> {
  const report = { compared: 0, refused: 0, differences: [] as string[] };
  const ours = openSession({ name: 'default' });
  for (const statement of [...eventStatements(), sampleView]) await runStatement(ours, statement, projectRoot);
  for (let from = 0; from < columns.length; from += expressionsPerStatement) {
    const part = columns.slice(from, from + expressionsPerStatement);
    await compareColumns(flink, ours, part, shapes[(from / expressionsPerStatement) % shapes.length]!, report);
  }
  await ours.close();
  if (report.refused > 0) say(`${report.refused} that Flink refuses`);
  return report;
}

const rows: Shape = { keys: ['b', 'p', 't'], query: select => `SELECT ${select} FROM bid_sample` };
const groups: Shape = { keys: ['MOD(b, 5) AS k'], query: select => `SELECT ${select} FROM bid_sample GROUP BY MOD(b, 5)` };
const windows: Shape = {
  keys: ['window_start', 'window_end', 'MOD(p, 3) AS k'],
  query: select =>
    `SELECT ${select} FROM TABLE(TUMBLE(TABLE bid_sample, DESCRIPTOR(t), INTERVAL '5' SECOND)) GROUP BY window_start, window_end, MOD(p, 3)`,
};

const start = performance.now();
const cluster = await startFlink({ portOffset: 500 });
try {
  say(`Flink is up after ${((performance.now() - start) / 1000).toFixed(1)} s; SEED=${seed}`);
  const settings = { 'parallelism.default': '1', 'table.local-time-zone': 'UTC' };
  const streaming = await FlinkSession.open(cluster.gatewayPort, { ...settings, 'execution.runtime-mode': 'streaming' });
  for (const statement of [...eventStatements(), sampleView]) await streaming.run(statement);
  const expressions = randomExpressions(seed, Number(process.env['EXPRESSIONS'] ?? 120));
  const aggregates = randomAggregates(seed, Number(process.env['AGGREGATES'] ?? 80));
  await measured('streams', 'streaming queries, rows', () => compareStreams(streaming));
  await measured('expressions', 'random expressions', () => compareRandom(streaming, expressions, [rows]));
  await measured('aggregates', 'random aggregates', () => compareRandom(streaming, aggregates, [groups, windows]));
  await measured('cases', 'test/sql/cases, queries', async () => {
    const report = await askFlinkForCases(cluster, { write: false });
    for (const line of report.accepted) say(line);
    return { compared: report.queries, differences: report.differences };
  });
  await streaming.close();
} finally {
  await cluster.stop();
}
say('');
for (const { what, compared, differences, seconds } of table)
  say(
    `${what.padEnd(26)} ${String(compared).padStart(6)} compared ${String(differences).padStart(4)} differences ${seconds.toFixed(1).padStart(6)} s`,
  );
say(`SEED=${seed}, ${((performance.now() - start) / 1000).toFixed(0)} s`);
if (table.some(({ differences }) => differences > 0)) process.exitCode = 1;
