// Asks a real Apache Flink 2.3 for CAST and TRY_CAST between all pairs of types of test/support/cast-matrix.ts: the type that comes out, every
// value as text, and where CAST fails; writes test/functions/flink-casts.json. Run: node test/oracle/write-casts.ts
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import {
  type CastGolden,
  castGoldenFile,
  castSources,
  castTargets,
  castZone,
  isBinaryName,
  isIntervalName,
} from '../support/cast-matrix.ts';
import { startFlink } from '../support/flink/cluster.ts';
import { FlinkError, FlinkSession } from '../support/flink/gateway.ts';

const cluster = await startFlink({ portOffset: 700 });
try {
  const session = await FlinkSession.open(cluster.gatewayPort, {
    'execution.runtime-mode': 'batch',
    'table.local-time-zone': castZone,
  });
  const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
  /** A text as a value of the source. */
  const sourceValue = (source: string, text: string): string => {
    if (isBinaryName(source)) return `CAST(UNHEX(${text}) AS ${source})`;
    if (!isIntervalName(source)) return `CAST(${text} AS ${source})`;
    const unit = source.includes('MONTH') ? "INTERVAL '1' MONTH" : "INTERVAL '0.001' SECOND";
    return `CAST(${unit} * CAST(${text} AS INT) AS ${source})`;
  };
  /** Bytes go as text of a character each. */
  const asText = (target: string, value: string): string =>
    isBinaryName(target) ? `DECODE(${value}, 'ISO-8859-1')` : `CAST(${value} AS STRING)`;
  const fromText = (target: string, value: string | null): string | null =>
    value !== null && isBinaryName(target) ? Buffer.from(value, 'latin1').toString('hex').toUpperCase() : value;

  const typeOf = async (sql: string): Promise<string> => {
    await session.run(`CREATE TEMPORARY VIEW described AS ${sql}`);
    const { rows } = await session.run('DESCRIBE described');
    await session.run('DROP TEMPORARY VIEW described');
    const [, type, nullable] = rows[0] as unknown as readonly [string, string, boolean | string];
    return `${type}${String(nullable).toUpperCase() === 'TRUE' ? '' : ' NOT NULL'}`;
  };
  const causeOf = (error: unknown): string => (error instanceof FlinkError ? error.rootCause.split('\n')[0]! : String(error));

  /** CAST of each text by the planner, which folds constants with the code of the runtime; where it could not, CAST fails. */
  const folded = async (source: string, target: string, texts: readonly string[]): Promise<(string | null)[]> => {
    const branches = texts.map(
      text => `SELECT ${asText(target, `CAST(${sourceValue(source, quoted(text))} AS ${target})`)} AS z`,
    );
    let rows: readonly (readonly unknown[])[];
    try {
      ({ rows } = await session.run(`EXPLAIN ${branches.join('\nUNION ALL ')}`));
    } catch (error) {
      // NaN is more than the planner's own arithmetic takes
      if (!(error instanceof FlinkError)) throw error;
      if (texts.length === 1) return ['error'];
      const half = texts.length >> 1;
      return [...(await folded(source, target, texts.slice(0, half))), ...(await folded(source, target, texts.slice(half)))];
    }
    const plan = String(rows[0]![0]).split('== Optimized Execution Plan ==')[0]!.split('== Optimized Physical Plan ==')[1]!;
    const calcs = [...plan.matchAll(/Calc\(select=\[(.*) AS z\]\)/g)].map(match => match[1]!);
    if (calcs.length !== texts.length) throw new Error(`${source} to ${target}: ${calcs.length} of ${texts.length} in ${plan}`);
    // NULL of a type that is NOT NULL is an empty text
    const isText = /^(CHAR|VARCHAR|STRING)/.test(target);
    return calcs.map(calc => {
      if (calc.startsWith('null:') || (calc === "''" && !isText)) return null;
      return /^'(.*)'$/.exec(calc)?.[1] ?? 'error';
    });
  };

  // what is there already is not asked again: remove the file, or lines of it, to ask anew
  const goldens: Record<string, CastGolden> = existsSync(castGoldenFile) ? JSON.parse(readFileSync(castGoldenFile, 'utf8')) : {};
  for (const [source, texts] of Object.entries(castSources)) {
    if (castTargets.every(target => goldens[`${source} → ${target}`] !== undefined)) continue;
    // a table has no intervals, which are cast from numbers
    const stored = isIntervalName(source) ? 'INT' : source;
    const input = (name: string): string => (isIntervalName(source) ? sourceValue(source, name) : name);
    await session.run(
      `CREATE TEMPORARY TABLE typed (x ${stored}, y ${stored} NOT NULL) WITH ('connector' = 'datagen', 'number-of-rows' = '1')`,
    );
    const allowed: { target: string; type: string; typeOfNotNull: string }[] = [];
    for (const target of castTargets) {
      try {
        const type = await typeOf(`SELECT CAST(${input('x')} AS ${target}) AS z FROM typed`);
        allowed.push({ target, type, typeOfNotNull: await typeOf(`SELECT CAST(${input('y')} AS ${target}) AS z FROM typed`) });
      } catch (error) {
        goldens[`${source} → ${target}`] = { type: `refused: ${causeOf(error)}`, typeOfNotNull: '', values: [] };
      }
    }
    await session.run('DROP TEMPORARY TABLE typed');
    const rowsOf = async (targets: readonly string[], given = texts, cast = 'TRY_CAST'): Promise<(string | null)[][]> => {
      const values = given.map((text, index) => `(${index}, ${quoted(text)})`).join(', ');
      const outputs = targets.map(target => asText(target, `${cast}(x AS ${target})`));
      const { rows } = await session.run(
        `SELECT k, ${outputs.join(', ')} FROM (SELECT k, ${sourceValue(source, 'v')} AS x FROM (VALUES (-1, CAST(NULL AS STRING)), ${values}) AS s(k, v)) AS t`,
      );
      return [...rows]
        .sort((a, b) => Number(a[0]) - Number(b[0]))
        .slice(1)
        .map(row => row.slice(1).map((value, index) => fromText(targets[index]!, value as string | null)));
    };
    /** CAST of each text as a job; a failing one is looked for in halves. */
    const castRows = async (target: string, given: readonly string[]): Promise<(string | null)[]> => {
      if (given.length === 0) return [];
      try {
        return (await rowsOf([target], given, 'CAST')).map(row => row[0]!);
      } catch (error) {
        if (!(error instanceof FlinkError)) throw error;
        if (given.length === 1) return ['error'];
        const half = given.length >> 1;
        return [...(await castRows(target, given.slice(0, half))), ...(await castRows(target, given.slice(half)))];
      }
    };
    let together: (string | null)[][] | undefined;
    try {
      together = await rowsOf(allowed.map(each => each.target));
    } catch {
      // one that TRY_CAST does not save spoils all: ask one by one
    }
    for (const [index, { target, type, typeOfNotNull }] of allowed.entries()) {
      const key = `${source} → ${target}`;
      try {
        const values = together?.map(row => row[index]!) ?? (await rowsOf([target])).map(row => row[0]!);
        const nulls = values.flatMap((value, at) => (value === null ? [at] : []));
        // the planner's arithmetic is not the runtime's for decimals
        const again: (string | null)[] = target.startsWith('DECIMAL')
          ? await castRows(
              target,
              nulls.map(at => texts[at]!),
            )
          : [];
        for (let at = again.length; at < nulls.length; at += 25)
          again.push(
            ...(await folded(
              source,
              target,
              nulls.slice(at, at + 25).map(each => texts[each]!),
            )),
          );
        nulls.forEach((at, place) => {
          values[at] = again[place]!;
        });
        goldens[key] = { type, typeOfNotNull, values };
      } catch (error) {
        if (!(error instanceof FlinkError)) throw error;
        // refused by the code generator, or TRY_CAST does not save it
        const refused = error.message.includes('is not allowed') || error.message.includes('Unsupported cast');
        goldens[key] = refused
          ? { type: `refused: ${causeOf(error)}`, typeOfNotNull: '', values: [] }
          : { type, typeOfNotNull, values: await castRows(target, texts) };
      }
    }
    process.stdout.write(`${source}: ${allowed.length} of ${castTargets.length} casts\n`);
    writeFileSync(castGoldenFile, `${JSON.stringify(goldens).replaceAll('},"', '},\n"')}\n`);
  }
  await session.close();
} finally {
  await cluster.stop();
}
