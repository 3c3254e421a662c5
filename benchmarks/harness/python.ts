import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { installTidemillPython, pythonBridge, withoutNode } from '../../test/support/tidemill-python.ts';
import { atLeast, atMost, markdownTable, number } from './goals.ts';
import { machineFacts } from './machine.ts';
import { writeReport } from './report.ts';

interface Case {
  readonly case: string;
  readonly seconds: readonly number[];
  readonly bytes?: number;
}

/** The Python package as a notebook uses it: installed from a wheel, with the engine it starts itself (python-bridge/benchmarks/rows.py). */
export async function python(options: { rounds: number; folder?: string | undefined; name?: string | undefined }): Promise<void> {
  const interpreter = installTidemillPython();
  const machine = machineFacts();
  const output = execFileSync(interpreter, [join(pythonBridge, 'benchmarks', 'rows.py'), String(options.rounds)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: withoutNode,
  });
  const cases = output
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Case);
  const best = (name: string): number => Math.min(...cases.find(each => each.case === name)!.seconds);
  const rate = ({ bytes, seconds }: Case): number => (bytes === undefined ? Number.NaN : bytes / 1e6 / Math.min(...seconds));
  const slowest = (action: string): number => Math.min(...cases.filter(each => each.case.startsWith(action)).map(rate));
  writeReport(
    {
      benchmark: 'python',
      machine,
      goals: [
        atMost('tm.connect()', best('connect'), 1, 's', 'python'),
        atMost('tm.connect() and the first query', best('first query'), 1.5, 's', 'python'),
        atLeast('results to pyarrow', slowest('read'), 300, ' MB/s', 'python'),
        atLeast('rows put from pyarrow', slowest('put'), 250, ' MB/s', 'python'),
        atMost(
          'aggregate of 3M rows put, times DuckDB',
          best('aggregate 3M rows') / best('aggregate 3M rows, DuckDB'),
          1.5,
          '×',
          'python',
        ),
        atMost('SELECT 1, after a hundred', 1000 * best('SELECT 1, after a hundred'), 3, ' ms', 'python'),
        atMost('self-join of 5,000 columns', best('self-join of 5,000 columns'), 2, 's', 'python'),
        atMost('5,000 sums', best('5,000 sums'), 2, 's', 'python'),
      ],
      sections: [
        `Best of ${options.rounds} rounds, wall time in Python; megabytes of Arrow data, as pyarrow counts them.`,
        markdownTable(
          ['', 's', 'MB', 'MB/s'],
          cases.map(each => [
            each.case,
            number(Math.min(...each.seconds)),
            number(each.bytes === undefined ? undefined : each.bytes / 1e6),
            number(rate(each)),
          ]),
        ),
      ],
      data: { cases },
    },
    options,
  );
}
