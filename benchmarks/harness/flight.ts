import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { serveFlight } from '../../test/support/flight/serve.ts';
import { pythonWith } from '../../test/support/python.ts';
import { atLeast, markdownTable, number } from './goals.ts';
import { cpuMsOf, machineFacts } from './machine.ts';
import { projectRoot } from './queries.ts';
import { writeReport } from './report.ts';

interface Case {
  readonly case: string;
  readonly bytes: number;
  readonly seconds: readonly number[];
}

/** How fast pyarrow puts rows into a table and reads them again: a server of dist/, a client in a process of its own, one connection. */
export async function flight(options: { rounds: number; folder?: string | undefined; name?: string | undefined }): Promise<void> {
  const machine = machineFacts();
  const server = await serveFlight(['dist', 'cli', 'entry.js'], []);
  try {
    const python = pythonWith('pyarrow');
    const client = readFileSync(join(projectRoot, 'benchmarks', 'harness', 'flight.py'), 'utf8');
    const cpuBefore = cpuMsOf(server.pid) ?? Number.NaN;
    const output = python(client, server.port, String(options.rounds));
    const cases = output
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as Case);
    const serverCpuMs = (cpuMsOf(server.pid) ?? Number.NaN) - cpuBefore;
    const rate = ({ bytes, seconds }: Case): number => bytes / 1e6 / Math.min(...seconds);
    const bestOf = (action: string): number => Math.min(...cases.filter(each => each.case.startsWith(action)).map(rate));
    const megabytes = cases.reduce((sum, { bytes, seconds }) => sum + (bytes / 1e6) * seconds.length, 0);
    writeReport(
      {
        benchmark: 'flight',
        machine,
        goals: [
          atLeast('results to pyarrow over Flight', bestOf('read'), 300, ' MB/s', 'flight'),
          atLeast('rows put over Flight', bestOf('put'), 250, ' MB/s', 'flight'),
        ],
        sections: [
          `Best of ${options.rounds} rounds; megabytes of Arrow data a second, as pyarrow counts them. All cases together: ` +
            `${number(megabytes / (serverCpuMs / 1000))} MB a second of the server's CPU time.`,
          markdownTable(
            ['', 'MB', 'MB/s'],
            cases.map(each => [each.case, number(each.bytes / 1e6), number(rate(each))]),
          ),
        ],
        data: { cases, serverCpuMs },
      },
      options,
    );
  } finally {
    await server.close();
  }
}
