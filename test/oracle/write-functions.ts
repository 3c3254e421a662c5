// Asks a real Apache Flink 2.3 (batch mode) for the type and the values, or the error, of every expression in test/oracle/functions/*.sql and
// writes test/functions/golden/*.json; what a golden has already is not asked again. `--names` writes SHOW FUNCTIONS, `--check` asks for
// everything and compares.
// Run: npm run oracle:functions [-- --check] [-- upper lower …]
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startFlink } from '../support/flink/cluster.ts';
import { FlinkError, FlinkSession } from '../support/flink/gateway.ts';
import { logicalTypeText } from '../support/flink/logical-type.ts';
import {
  type CaseAnswer,
  type CaseBlock,
  caseStatement,
  functionCaseNames,
  functionGoldenFolder,
  type GoldenBlock,
  isNumbered,
  readFunctionCases,
  readFunctionGolden,
} from '../support/function-cases.ts';

const expressionsPerStatement = 40;
const sessionsAtOnce = 3;
const flags = process.argv.slice(2).filter(argument => argument.startsWith('--'));
const wanted = process.argv.slice(2).filter(argument => !argument.startsWith('--'));
const checking = flags.includes('--check');
const say = (text: string): void => void process.stdout.write(`${text}\n`);

const cluster = await startFlink({ portOffset: 900 });
const openSession = (settings: Readonly<Record<string, string>> = {}): Promise<FlinkSession> =>
  FlinkSession.open(cluster.gatewayPort, {
    'execution.runtime-mode': 'batch',
    'table.local-time-zone': 'UTC',
    'restart-strategy.type': 'none',
    // a union of many rows in batch mode needs buffers for each task of each
    'parallelism.default': '1',
    ...settings,
  });

/** The answers for some expressions of a block: one statement for all, halves of it where it fails. */
async function ask(session: FlinkSession, block: CaseBlock, expressions: readonly string[]): Promise<CaseAnswer[]> {
  if (expressions.length === 0) return [];
  try {
    const result = await session.run(caseStatement(block, expressions), 'PLAIN_TEXT');
    const from = isNumbered(block) ? 1 : 0;
    // of an aggregate in streaming mode, what stands at the end
    const settled = block.aggregate ? result.rows.slice(-1) : result.rows;
    const rows = from === 0 ? settled : [...result.rows].sort((a, b) => Number(a[0]) - Number(b[0]));
    return expressions.map((_, index) => ({
      type: logicalTypeText(result.columns[from + index]!),
      values: rows.map(row => row[from + index] as string | null),
    }));
  } catch (error) {
    if (!(error instanceof FlinkError)) throw error;
    const message = error.rootCause.split('\n')[0]!;
    if (/NoResourceAvailable|TimeoutException|Connection refused/.test(error.message)) {
      await sleep(2000);
      return ask(session, block, expressions);
    }
    const runs = /JobExecutionException|Failed to fetch next result|JobStatus/.test(error.message);
    if (expressions.length === 1) return [{ error: runs ? 'failed' : 'refused', message: shortened(message) }];
    // the line that is named, when it is
    const line = runs ? undefined : /\bline (\d+), column/.exec(`${message} ${error.message}`)?.[1];
    const named = line === undefined ? -1 : Number(line) - 2;
    if (named >= 0 && named < expressions.length) {
      const [one] = await ask(session, block, [expressions[named]!]);
      const rest = await ask(session, block, [...expressions.slice(0, named), ...expressions.slice(named + 1)]);
      return [...rest.slice(0, named), one!, ...rest.slice(named)];
    }
    const half = expressions.length >> 1;
    return [...(await ask(session, block, expressions.slice(0, half))), ...(await ask(session, block, expressions.slice(half)))];
  }
}

/** The message without places and classes' paths, which say nothing about the function. */
const shortened = (message: string): string =>
  message
    .replace(/^(?:[a-z]\w*\.)+(\w+): /, '$1: ')
    .replace(/(At|From) line \d+, column \d+( to line \d+, column \d+)?:? ?/i, '')
    .slice(0, 200);

async function answerFile(name: string): Promise<void> {
  const known = new Map<string, CaseAnswer>();
  const keyOf = (block: Omit<CaseBlock, 'expressions'>, expression: string): string =>
    JSON.stringify([block.columns, block.rows, block.settings, block.aggregate, expression]);
  const file = join(functionGoldenFolder, `${name}.json`);
  if (existsSync(file))
    for (const block of readFunctionGolden(name))
      for (const [expression, answer] of Object.entries(block.answers)) known.set(keyOf(block, expression), answer);
  const golden: GoldenBlock[] = [];
  let asked = 0;
  for (const block of readFunctionCases(name)) {
    const answers: Record<string, CaseAnswer> = {};
    const open = block.expressions.filter(({ text }) => checking || !known.has(keyOf(block, text)));
    const groups: string[][] = open.filter(one => one.alone).map(one => [one.text]);
    const together = open.filter(one => !one.alone).map(one => one.text);
    for (let from = 0; from < together.length; from += expressionsPerStatement)
      groups.push(together.slice(from, from + expressionsPerStatement));
    const found = new Map<string, CaseAnswer>();
    if (groups.length > 0) {
      const session = await openSession(block.settings);
      for (const group of groups)
        for (const [index, answer] of (await ask(session, block, group)).entries()) found.set(group[index]!, answer);
      await session.close();
    }
    for (const { text } of block.expressions) {
      const before = known.get(keyOf(block, text));
      const answer = found.get(text) ?? before!;
      if (checking && JSON.stringify(before) !== JSON.stringify(answer)) {
        process.exitCode = 1;
        say(`${name}: ${text}\n  golden: ${JSON.stringify(before)}\n  Flink:  ${JSON.stringify(answer)}`);
      }
      answers[text] = answer;
    }
    asked += open.length;
    const { columns, rows, settings, aggregate } = block;
    golden.push({ columns, rows, settings, aggregate, answers });
  }
  if (!checking) writeFileSync(file, `${JSON.stringify(golden, null, 1)}\n`);
  say(`${name}: ${asked} asked`);
}

try {
  mkdirSync(functionGoldenFolder, { recursive: true });
  if (flags.includes('--names')) {
    const session = await openSession();
    const { rows } = await session.run('SHOW FUNCTIONS');
    const names = rows.map(row => String(row[0])).sort();
    writeFileSync(join(functionGoldenFolder, '..', 'show-functions.json'), `${JSON.stringify(names, null, 1)}\n`);
    await session.close();
    say(`${names.length} names`);
  } else {
    const queue = functionCaseNames().filter(name => wanted.length === 0 || wanted.includes(name));
    await Promise.all(
      Array.from({ length: sessionsAtOnce }, async () => {
        for (let name = queue.shift(); name !== undefined; name = queue.shift()) await answerFile(name);
      }),
    );
  }
} finally {
  await cluster.stop();
}
