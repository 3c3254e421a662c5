import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatValue } from '../../core/columnar/format-value.ts';
import { type SqlType, types, typeToString } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { TidemillError } from '../../core/common/errors.ts';
import { castValue } from '../../core/functions/cast-value.ts';
import { evaluateExpression } from '../../core/functions/index.ts';
import type { LogicalNode } from '../../core/plan/nodes.ts';
import { schemaOf } from '../../core/plan/schema.ts';
import type { Session } from '../../core/session/session.ts';
import { bindStatement } from '../../core/sql/binder/index.ts';
import { parseStatement } from '../../core/sql/parse.ts';
import {
  type CaseAnswer,
  caseStatement,
  functionCaseNames,
  functionGoldenFolder,
  type GoldenBlock,
  isNumbered,
  readFunctionGolden,
} from './function-cases.ts';
import { interpretPlan } from './interpret-plan.ts';
import { Planning } from './planning.ts';
import { type Configuration, openSession, type Rows, runStatement } from './run-statements.ts';
import { projectRoot } from './source-files.ts';

/** How our engine is asked: generated code, the default (DuckDB where it may), and the references. */
export type Way = 'generated' | 'default' | 'reference';
const ways: Readonly<Record<Exclude<Way, 'reference'>, Configuration>> = {
  generated: { name: 'generated', settings: { 'duckdb.stages': 'off', 'tidemill.optimizer': 'off' } },
  default: { name: 'default' },
};

export interface Difference {
  readonly file: string;
  readonly expression: string;
  readonly way: Way;
  readonly flink: string;
  readonly ours: string;
  /** We have no such function, syntax or type yet. */
  readonly missing: boolean;
}
export interface Comparison {
  readonly file: string;
  readonly expressions: number;
  readonly differences: readonly Difference[];
}

/** A deliberate or unavoidable difference; `expression` is a text of the cases, or a pattern between slashes. */
export interface KnownDifference {
  readonly file: string;
  readonly expression: string;
  readonly reason: string;
}
export const knownDifferences = JSON.parse(
  readFileSync(join(projectRoot, 'test', 'functions', 'known-differences.json'), 'utf8'),
) as readonly KnownDifference[];

export function isKnown(difference: Difference, known: KnownDifference): boolean {
  if (known.file !== difference.file && known.file !== '*') return false;
  const pattern = /^\/(.*)\/$/.exec(known.expression)?.[1];
  return pattern === undefined ? known.expression === difference.expression : new RegExp(pattern).test(difference.expression);
}

/** Compares all expressions of one file, in all three ways. */
export async function compareFile(file: string): Promise<Comparison> {
  const differences: Difference[] = [];
  let expressions = 0;
  if (!existsSync(join(functionGoldenFolder, `${file}.json`))) return { file, expressions, differences };
  for (const block of readFunctionGolden(file)) {
    const entries = Object.entries(block.answers);
    expressions += entries.length;
    // functions with OVER have no references
    const isOver = entries.some(([expression]) => /\bOVER \(/.test(expression));
    for (const way of ['generated', 'default', 'reference'] as const) {
      if (isOver && way === 'reference') continue;
      const found = await answers(block, entries, way);
      entries.forEach(([expression, answer], index) => {
        const ours = found[index]!;
        if (!agrees(file, answer, ours.answer))
          differences.push({
            file,
            expression,
            way,
            flink: shownAnswer(answer),
            ours: shownAnswer(ours.answer),
            missing: ours.missing,
          });
      });
    }
  }
  return { file, expressions, differences };
}

export const compareAll = (): Promise<readonly Comparison[]> => Promise.all(functionCaseNames().map(compareFile));

interface OurAnswer {
  readonly answer: CaseAnswer;
  readonly missing: boolean;
}

const agrees = (file: string, flink: CaseAnswer, ours: CaseAnswer): boolean =>
  'error' in flink || 'error' in ours
    ? 'error' in flink && 'error' in ours
    : flink.type === ours.type &&
      flink.values.length === ours.values.length &&
      flink.values.every(
        (value, index) => value === ours.values[index] || sameNumber(file, flink.type, value, ours.values[index]!),
      );

/** Functions that Java's documentation grants an error in the last digits, so that JDKs and machines differ; and sums that depend on an order. */
const rounded =
  /^(a?(sin|cos|tan)h?|atan2|cot|degrees|radians|exp|ln|log(2|10)?|power|e|pi|percentile|avg|sum|stddev(_pop|_samp)?|var(iance|_pop|_samp))$/;

/**
 * The same FLOAT or DOUBLE in other digits: JDK 19 and later write the fewest that are needed, as this engine does; Flink's JDK is older. For
 * {@link rounded} functions neighbours of the number count as it.
 */
function sameNumber(file: string, type: string, flink: string | null, ours: string | null): boolean {
  if (flink === null || ours === null || !/^(FLOAT|DOUBLE)( NOT NULL)?$/.test(type)) return false;
  const single = type.startsWith('FLOAT');
  const [a, b] = single ? [Math.fround(Number(flink)), Math.fround(Number(ours))] : [Number(flink), Number(ours)];
  if (a === b) return Object.is(a, b);
  return rounded.test(file) && Math.abs(a - b) <= Math.abs(a) * (single ? 2 ** -22 : 2 ** -50);
}

const shownAnswer = (answer: CaseAnswer): string =>
  'error' in answer ? `${answer.error}: ${answer.message}` : `${answer.type} ${JSON.stringify(answer.values)}`;

/** All that Flink answers in one statement; what fails, and where that fails, each alone. */
async function answers(
  block: GoldenBlock,
  entries: readonly (readonly [string, CaseAnswer])[],
  way: Way,
): Promise<readonly OurAnswer[]> {
  const session =
    way === 'reference' ? undefined : openSession({ ...ways[way], settings: { ...ways[way].settings, ...block.settings } });
  const run = (expressions: readonly string[]): Promise<readonly CaseAnswer[]> =>
    runExpressions(session, block, expressions).then(rows => textsOf(rows, block, expressions.length));
  try {
    const good = entries.flatMap(([expression, answer]) => ('error' in answer ? [] : [expression]));
    const together = new Map<string, CaseAnswer>();
    try {
      if (good.length > 0) for (const [index, answer] of (await run(good)).entries()) together.set(good[index]!, answer);
    } catch (error) {
      if (!(error instanceof TidemillError)) throw error;
    }
    const found: OurAnswer[] = [];
    for (const [expression] of entries) {
      const already = together.get(expression);
      if (already !== undefined) {
        found.push({ answer: already, missing: false });
        continue;
      }
      try {
        const [answer] = await run([expression]);
        found.push({ answer: answer!, missing: false });
      } catch (error) {
        if (!(error instanceof TidemillError) || error.domain === 'internal') {
          found.push({ answer: { type: `internal error: ${String(error)}`, values: [] }, missing: false });
          continue;
        }
        const missing = error.code === 'not-supported' || error.code === 'unknown-function' || error.code === 'syntax';
        found.push({ answer: { error: 'failed', message: `error[${error.code}]: ${error.message}` }, missing });
      }
    }
    return found;
  } finally {
    await session?.close();
  }
}

async function runExpressions(session: Session | undefined, block: GoldenBlock, expressions: readonly string[]): Promise<Rows> {
  const sql = caseStatement(block, expressions);
  if (session !== undefined) return (await runStatement(session, sql, projectRoot))!;
  const localTimeZone = block.settings['table.local-time-zone'] ?? 'UTC';
  const bound = bindStatement(parseStatement(sql), { ...planning.context(sql), localTimeZone });
  if (bound.kind !== 'query') throw new Error(`${bound.kind} is no query`);
  return { schema: schemaOf(bound.plan), rows: evaluateRows(bound.plan, localTimeZone) };
}

const planning = new Planning();

const queryStartMs = Date.now();
/** Projections over values by the references, in a time zone. */
function evaluateRows(node: LogicalNode, localTimeZone: string): readonly (readonly Value[])[] {
  if (node.kind === 'project')
    return evaluateRows(node.input, localTimeZone).map(row =>
      node.expressions.map(expression => evaluateExpression(expression, row, { localTimeZone, epochMs: () => queryStartMs })),
    );
  return interpretPlan(node, {});
}

function textsOf({ schema, rows }: Rows, block: GoldenBlock, count: number): readonly CaseAnswer[] {
  const from = isNumbered(block) ? 1 : 0;
  const localTimeZone = block.settings['table.local-time-zone'] ?? 'UTC';
  const sorted = from === 0 ? rows : [...rows].sort((a, b) => Number(a[0]) - Number(b[0]));
  return Array.from({ length: count }, (_, index) => {
    const type = schema[from + index]!.type;
    return {
      type: typeToString(type),
      values: sorted.map(row => valueText(row[from + index] ?? null, type, localTimeZone)),
    };
  });
}

/** A value as Flink's client prints it. */
function valueText(value: Value, type: SqlType, localTimeZone: string): string | null {
  if (value === null) return null;
  if (type.kind === 'TIMESTAMP_LTZ') return castValue(value, type, types.string(), { localTimeZone }) as string;
  return formatValue(value, type);
}
