import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { installTidemillPython, pythonBridge, withoutNode } from '../../test/support/tidemill-python.ts';
import { atLeast, markdownTable, number } from './goals.ts';
import { machineFacts } from './machine.ts';
import { writeReport } from './report.ts';
import { median } from './statistics.ts';

interface Case {
  readonly case: string;
  readonly seconds: readonly number[];
  readonly rows: number;
}

/** Functions in Python over 10M rows, beside pandas and DuckDB, which take turns with them (python-bridge/benchmarks/udf.py). */
export async function pythonUdf(options: {
  rounds: number;
  folder?: string | undefined;
  name?: string | undefined;
}): Promise<void> {
  const interpreter = installTidemillPython();
  const output = execFileSync(interpreter, [join(pythonBridge, 'benchmarks', 'udf.py'), String(options.rounds)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: withoutNode,
  });
  const cases = output
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Case);
  const of = (name: string): Case => cases.find(each => each.case === name)!;
  /** How many times the speed of the other, round by round. */
  const times = (name: string, other: string): number =>
    median(of(name).seconds.map((seconds, round) => of(other).seconds[round]! / seconds));
  const rate = ({ rows, seconds }: Case): number => rows / 1e6 / median(seconds);
  writeReport(
    {
      benchmark: 'python-udf',
      machine: machineFacts(),
      goals: [
        atLeast("compiled @tm.udf, times pandas' speed", times('compiled', 'pandas'), 0.5, '×', 'python-udf'),
        atLeast(
          '@tm.udf(mode="process"), doubles through numpy',
          rate(of('process, numpy, one column')),
          20,
          ' M/s',
          'python-udf',
        ),
      ],
      sections: [
        `Medians of ${options.rounds} rounds, in which all take turns; wall time in Python, of the function and a sum over its results.`,
        markdownTable(
          ['', 's', 'M rows/s'],
          cases.map(each => [each.case, number(median(each.seconds)), number(rate(each))]),
        ),
      ],
      data: { cases },
    },
    options,
  );
}
