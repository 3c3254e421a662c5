// Asks a real Apache Flink 2.3 for the type of every expression in test/sql-binder/typed-expressions.txt and writes test/sql-binder/flink-types.json;
// then has it EXPLAIN the Flink text of every plan of test/plans/queries.sql, and compares the columns.
// Run: node test/oracle/write-types.ts
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { typeToString } from '../../core/columnar/types.ts';
import { optimize } from '../../core/optimizer/index.ts';
import { schemaOf } from '../../core/plan/schema.ts';
import { flinkTextOf } from '../../core/sql/unparse-plan/index.ts';
import { startFlink } from '../support/flink/cluster.ts';
import { FlinkError, FlinkSession } from '../support/flink/gateway.ts';
import { optimizerContext, Planning, standardTables } from '../support/planning.ts';
import { projectRoot } from '../support/source-files.ts';
import { flinkTypesFile, typedExpressions } from '../support/typed-expressions.ts';

const cluster = await startFlink({ portOffset: 600 });
try {
  const session = await FlinkSession.open(cluster.gatewayPort, {
    'execution.runtime-mode': 'streaming',
    'table.local-time-zone': 'UTC',
  });
  const columnsOf = async (sql: string): Promise<string[]> => {
    await session.run(`CREATE TEMPORARY VIEW described AS ${sql}`);
    const { rows } = await session.run('DESCRIBE described');
    await session.run('DROP TEMPORARY VIEW described');
    return rows.map(row => {
      const [name, type, nullable] = row as unknown as readonly [string, string, boolean | string];
      return `${name} ${type}${String(nullable).toUpperCase() === 'TRUE' ? '' : ' NOT NULL'}`;
    });
  };
  const { columns, queries } = typedExpressions();
  await session.run(`CREATE TABLE x (${columns}) WITH ('connector' = 'datagen')`);
  const types: Record<string, string> = {};
  for (const sql of queries) {
    try {
      types[sql] = (await columnsOf(sql))[0]!.slice('z '.length);
    } catch (error) {
      types[sql] = `error: ${error instanceof FlinkError ? error.rootCause.split('\n')[0] : String(error)}`;
    }
  }
  writeFileSync(flinkTypesFile, `${JSON.stringify(types, null, 1)}\n`);
  process.stdout.write(`${queries.length} types written\n`);

  for (const table of standardTables
    .split(';')
    .map(text => text.trim())
    .filter(text => text !== ''))
    await session.run(
      table
        .replace("'connector' = 'endless'", "'connector' = 'datagen'")
        .replace(/WITH \('connector' = 'files'.*$/, "WITH ('connector' = 'datagen', 'number-of-rows' = '10')")
        .replace(/'connector' = '(append|upsert)'/, "'connector' = 'blackhole'"),
    );
  const corpus = readFileSync(join(projectRoot, 'test', 'plans', 'queries.sql'), 'utf8');
  for (const [, name, sql] of corpus.matchAll(/^-- (\S+)\n([^;]*);/gm)) {
    const plan = new Planning().plan(sql!);
    for (const tried of [plan, optimize(plan, optimizerContext)])
      try {
        const text = flinkTextOf(tried);
        await session.run(`EXPLAIN ${text}`);
        if (plan.kind === 'insert') continue;
        const theirs = (await columnsOf(text)).join(', ');
        const ours = schemaOf(plan)
          .map(field => `${field.name} ${typeToString(field.type)}`)
          .join(', ');
        if (theirs !== ours) process.stdout.write(`${name}: Flink gives ${theirs}\n  not ${ours}\n`);
      } catch (error) {
        process.exitCode = 1;
        process.stdout.write(`${name}: ${error instanceof FlinkError ? error.rootCause : String(error)}\n`);
      }
  }
  await session.close();
} finally {
  await cluster.stop();
}
