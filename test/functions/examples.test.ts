import { expect, test } from 'vitest';
import { formatValue } from '../../core/columnar/format-value.ts';
import { typeToString } from '../../core/columnar/types.ts';
import { aggregateFunctions, evaluateExpression, scalarFunctions } from '../../core/functions/index.ts';
import { computeRows, testTask } from '../support/compute.ts';
import { Planning } from '../support/planning.ts';

const epochMs = () => 1_769_904_000_123;
const task = { ...testTask(), epochMs };
const context = { localTimeZone: 'UTC', epochMs };

test('every example of the catalogue runs, by reference and in generated code', () => {
  const planning = new Planning();
  const lines: string[] = [];
  for (const entry of scalarFunctions.values()) {
    const plan = planning.plan(`SELECT ${entry.doc.example}`);
    if (plan.kind !== 'project') throw new Error(`${entry.name}: ${plan.kind}`);
    const [expression] = plan.expressions;
    const value = evaluateExpression(expression!, [], context);
    const [row] = computeRows(task, { input: [], outputs: [expression!] }, [[]]);
    expect(row?.[0], entry.name).toEqual(value);
    lines.push(`${entry.doc.example} → ${formatValue(value, expression!.type)} ${typeToString(expression!.type)}`);
  }
  expect(lines.join('\n')).toMatchSnapshot();
});

test('names and spellings are given once', () => {
  const seen = new Map<string, string>();
  for (const entry of [...scalarFunctions.values(), ...aggregateFunctions.values()]) {
    for (const spelling of entry.spellings) {
      expect(spelling).toBe(spelling.toUpperCase());
      expect(seen.get(spelling), spelling).toBeUndefined();
      seen.set(spelling, entry.name);
    }
    expect(entry.doc.text.endsWith('.'), entry.name).toBe(true);
  }
});
