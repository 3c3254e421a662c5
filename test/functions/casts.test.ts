import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isBinary, isCharacter, type SqlType, typeToString, withNullable } from '../../core/columnar/types.ts';
import type { Value } from '../../core/columnar/values.ts';
import { TidemillError } from '../../core/common/errors.ts';
import { castValue } from '../../core/functions/cast-value.ts';
import { evaluateExpression } from '../../core/functions/index.ts';
import { type Cast, cast, column } from '../../core/plan/expressions.ts';
import { parseType } from '../../core/sql/parse.ts';
import { type CastGoldens, castGoldenFile, castSources, castTargets, castZone, isIntervalName } from '../support/cast-matrix.ts';
import { computeRows, testTask } from '../support/compute.ts';
import { Planning } from '../support/planning.ts';

const goldens = JSON.parse(readFileSync(castGoldenFile, 'utf8')) as CastGoldens;
const context = { localTimeZone: castZone };
const typeOf = (written: string): SqlType => parseType(written).type;
const text = typeOf('STRING');

function sourceValue(source: string, type: SqlType, given: string): Value {
  if (isBinary(type)) return castValue(new Uint8Array(Buffer.from(given, 'hex')), typeOf('BYTES'), type, context);
  if (isIntervalName(source)) return type.kind === 'INTERVAL_DAY_TIME' ? BigInt(given) : Number(given);
  return castValue(given, text, type, context);
}

/** As the goldens write results: bytes in capital hexadecimal digits, all else as CAST to STRING writes it. */
function shown(value: Value, type: SqlType): string | null {
  if (value === null) return null;
  if (isBinary(type))
    return Buffer.from(value as Uint8Array)
      .toString('hex')
      .toUpperCase();
  return isCharacter(type) ? (value as string) : (castValue(value, type, text, context) as string);
}

/** What a CAST that fails is in the goldens. */
const orError = (run: () => string | null): string | null => {
  try {
    return run();
  } catch (error) {
    if (error instanceof TidemillError && error.domain !== 'internal') return 'error';
    throw error;
  }
};

const planning = new Planning('');
/** The cast as it binds, or why it does not. */
function bound(source: string, target: string, notNull: boolean): Cast | string {
  const name = `typed_${source}_${notNull}`.replaceAll(/\W+/g, '_');
  planning.run(`CREATE TABLE IF NOT EXISTS ${name} (x ${source}${notNull ? ' NOT NULL' : ''}) WITH ('connector' = 'plain')`);
  try {
    const plan = planning.plan(`SELECT CAST(x AS ${target}) AS z FROM ${name}`);
    const expression = plan.kind === 'project' ? plan.expressions[0]! : undefined;
    if (expression?.kind === 'cast') return expression;
    return cast(column(0, { name: 'x', type: typeOf(source) }), typeOf(target)) as Cast;
  } catch (error) {
    if (error instanceof TidemillError) return `refused: ${error.message}`;
    throw error;
  }
}

test.each(Object.keys(castSources))('%s to every type, as Flink casts', source => {
  const differences: string[] = [];
  const task = testTask({ localTimeZone: castZone });
  const type = typeOf(source);
  const values = castSources[source]!.map(given => sourceValue(source, type, given));
  for (const target of castTargets) {
    const golden = goldens[`${source} → ${target}`];
    if (golden === undefined) continue;
    const ours = bound(source, target, false);
    const impossible = golden.values.length === 0;
    if (typeof ours === 'string') {
      if (!impossible) differences.push(`${target}: ${ours}, Flink gives ${golden.type}`);
      continue;
    }
    if (impossible) {
      differences.push(`${target}: allowed, Flink: ${golden.type}`);
      continue;
    }
    const notNull = bound(source, target, true);
    const types = [typeToString(ours.type), typeof notNull === 'string' ? notNull : typeToString(notNull.type)];
    for (const [index, wanted] of [golden.type, golden.typeOfNotNull].entries())
      if (types[index] !== wanted.replace('TIME(0)', 'TIME') && !sameTypes(source, target, types[index]!, wanted))
        differences.push(`${target}: type ${types[index]}, Flink ${wanted}`);
    const field = { name: 'x', type: withNullable(type, true) };
    const strict = cast(column(0, field), withNullable(ours.type, true));
    const safe = cast(column(0, field), withNullable(ours.type, true), true);
    const generated = orErrorRows(() =>
      computeRows(task, { input: [field], outputs: [safe] }, [...values.map(value => [value]), [null]]),
    );
    values.forEach((value, index) => {
      const wanted = golden.values[index]!;
      const report = (way: string, found: string | null): void => {
        const expected = way.includes('TRY') && wanted === 'error' ? null : wanted;
        if (
          found !== expected &&
          !isKnown(source, target, castSources[source]![index]!) &&
          !sameNumber(source, target, found, expected, index)
        )
          differences.push(
            `${target} of '${castSources[source]![index]}' ${way}: ${JSON.stringify(found)}, Flink ${JSON.stringify(expected)}`,
          );
      };
      report(
        'reference',
        orError(() => shown(evaluateExpression(strict, [value], context), ours.type)),
      );
      report('generated TRY_CAST', generated === undefined ? 'failed' : shown(generated[index]![0]!, ours.type));
      report(
        'generated',
        orError(() => shown(computeRows(task, { input: [field], outputs: [strict] }, [[value]])[0]![0]!, ours.type)),
      );
    });
  }
  expect(differences).toEqual([]);
});

/** Flink counts bytes that are made CHAR(n) or VARCHAR(n) in units of UTF-16, all other texts in characters; ours are always characters. */
const isKnown = (source: string, target: string, given: string): boolean =>
  (isBinary(typeOf(source)) && /^(VAR)?CHAR/.test(target) && given.includes('f09f9880')) ||
  // nanoseconds in 64 bits end in 1677 and 2262
  (/^TIMESTAMP\w*\(9\)/.test(target) && (given < '1678' || given > '2262')) ||
  // Flink fails for them, TRY_CAST too; here they are NULL, as all that no DECIMAL holds
  (/^DECIMAL/.test(target) && /^-?(NaN|Infinity)$/.test(given)) ||
  // Flink's planner, which computes these, reads a letter as 0 and takes no exponent beyond the type
  (/^DECIMAL/.test(target) && ((source === 'CHAR(5)' && /^[ay]$/.test(given)) || given === '1e3')) ||
  // Java's hexadecimal numbers
  given === '0x1p3';

/** Texts of floating point are those of JDK 19 and later, which writes the fewest digits; Flink's JDK here is older. */
function sameNumber(source: string, target: string, found: string | null, expected: string | null, index: number): boolean {
  if (!/FLOAT|DOUBLE/.test(source + target) || found === null || expected === null) return false;
  if (Number(found) === Number(expected)) return true;
  const single = source === 'FLOAT' || target === 'FLOAT';
  if (single && Math.fround(Number(found)) === Math.fround(Number(expected))) return true;
  // a text that is cut
  const whole = goldens[`${source} → STRING`]!.values[index];
  return (
    /CHAR/.test(target) && whole !== shown(castValue(castSources[source]![index]!, text, typeOf(source), context), typeOf(source))
  );
}

/** A cast to the same type is none; a decimal that does not fit is NULL, which Flink's type of a NOT NULL input denies and ours says. */
const sameTypes = (source: string, target: string, ours: string, wanted: string): boolean =>
  source === target || (target.startsWith('DECIMAL') && `${ours} NOT NULL` === wanted);

function orErrorRows(run: () => Value[][]): Value[][] | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof TidemillError && error.domain !== 'internal') return undefined;
    throw error;
  }
}
