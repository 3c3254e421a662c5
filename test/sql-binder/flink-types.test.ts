import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { typeToString } from '../../core/columnar/types.ts';
import { TidemillError } from '../../core/common/errors.ts';
import { schemaOf } from '../../core/plan/schema.ts';
import { Planning } from '../support/planning.ts';
import { flinkTypesFile, typedExpressions } from '../support/typed-expressions.ts';

const { columns, queries } = typedExpressions();
const planning = new Planning(`CREATE TABLE x (${columns}) WITH ('connector' = 'endless')`);
const flink = JSON.parse(readFileSync(flinkTypesFile, 'utf8')) as Record<string, string>;

/**
 * Where we differ on purpose: our decimal casts say that they may give NULL, TIME has no digits here, intervals show their fields, and computed
 * texts are STRING. */
const onPurpose: Readonly<Record<string, string>> = {
  'SELECT CAST(inn AS DECIMAL(3, 1)) AS z FROM x': 'DECIMAL(3, 1)',
  'SELECT CAST(dnn AS DECIMAL(5, 1)) AS z FROM x': 'DECIMAL(5, 1)',
  'SELECT LOCALTIME AS z FROM x': 'TIME NOT NULL',
  "SELECT TIME '12:00:00' AS z FROM x": 'TIME NOT NULL',
  "SELECT INTERVAL '1' DAY AS z FROM x": 'INTERVAL DAY TO SECOND NOT NULL',
  "SELECT INTERVAL '1' YEAR AS z FROM x": 'INTERVAL YEAR TO MONTH NOT NULL',
  'SELECT 12345678901234567890 AS z FROM x': 'DECIMAL(20, 0) NOT NULL',
};

function ourType(sql: string): string {
  try {
    return typeToString(schemaOf(planning.plan(sql))[0]!.type);
  } catch (error) {
    if (error instanceof TidemillError && (error.code === 'not-supported' || error.code === 'unknown-function'))
      return 'not here yet';
    if (error instanceof TidemillError && error.code === 'wrong-argument') return 'error';
    throw error;
  }
}

describe('types of expressions', () => {
  it('has Flink’s answer for each', () => expect(Object.keys(flink).sort()).toEqual([...queries].sort()));

  it('are Flink’s', () => {
    const missing: string[] = [];
    const differences = queries.flatMap(sql => {
      const ours = ourType(sql);
      if (ours === 'not here yet') missing.push(sql);
      return ours === (onPurpose[sql] ?? flink[sql]!.replace(/^error:.*/s, 'error')) || ours === 'not here yet'
        ? []
        : [`${sql}: ${ours}, in Flink ${flink[sql]}`];
    });
    process.stdout.write(`functions not here yet, of ${queries.length} expressions: ${missing.length}\n`);
    expect(differences).toEqual([]);
  });
});
