import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile } from '../../core/cli/udf/compile.ts';
import { findLanguage } from '../../core/cli/udf/languages.ts';
import { flinkVersion, installPyFlink } from '../../test/support/flink/install.ts';
import { installToolchains } from '../../test/support/toolchains.ts';
import { atLeast, markdownTable, number } from './goals.ts';
import { machineFacts } from './machine.ts';
import { projectRoot } from './queries.ts';
import { writeReport } from './report.ts';
import { median } from './statistics.ts';
import { runTidemill } from './tidemill.ts';

const python = join(projectRoot, 'benchmarks', 'peers', 'flink', 'python');
/** Of the run that is taken away from the one with all rows: starting the job and Python. */
const fewRows = 1000;
const queries = {
  number: 'SELECT risk(CAST(MOD(id, 1000) AS DOUBLE), CAST(MOD(id, 7) AS DOUBLE))',
  text: "SELECT label('channel-' || CAST(MOD(id, 1000) AS STRING))",
} as const;
type Kind = keyof typeof queries;
const ways = ['PyFlink, process mode', 'PyFlink, thread mode', 'component', 'compiled (@tm.udf)'] as const;
type Way = (typeof ways)[number];

interface Spent {
  readonly seconds: number;
  readonly cpuSeconds: number;
}
interface Figure {
  readonly kind: Kind;
  readonly way: Way;
  /** Microseconds a row of every round, start-up taken away. */
  readonly wall: readonly number[];
  readonly cpu: readonly number[];
}

/**
 * One function of Python, written once, in PyFlink's process and thread modes, as a component (CPython in WebAssembly, called with columns) and compiled by
 * `@tm.udf`: the same query over the same rows into a sink that drops them, at parallelism 1, taking turns.
 */
export async function udfPyflink(options: {
  rounds: number;
  rows: number;
  folder?: string | undefined;
  name?: string | undefined;
}): Promise<void> {
  const machine = machineFacts();
  const pyflink = installPyFlink();
  const folder = mkdtempSync(join(tmpdir(), 'tidemill-pyflink-'));
  try {
    const component = join(folder, 'component.wasm');
    const compiled = join(folder, 'compiled.wasm');
    writeFileSync(component, await componentOf(folder));
    const bridge = join(projectRoot, 'python-bridge', 'src');
    execFileSync('python3', [join(python, 'compile.py'), bridge, compiled], { stdio: ['ignore', 'ignore', 'inherit'] });
    const figures: Figure[] = [];
    for (const kind of Object.keys(queries) as Kind[]) {
      const spent = new Map<Way, { few: Spent; all: Spent }[]>();
      for (let round = 0; round < options.rounds; round++)
        for (const way of ways) {
          if (way === 'compiled (@tm.udf)' && kind === 'text') continue;
          const run = way.startsWith('PyFlink')
            ? inPyFlink(pyflink, way === 'PyFlink, process mode' ? 'process' : 'thread', kind, options.rows)
            : await here(kind, way === 'component' ? component : compiled, options.rows);
          process.stderr.write(`${kind}, ${way}: ${number(run.all.seconds)} s, ${number(run.all.cpuSeconds)} s of CPU\n`);
          spent.set(way, [...(spent.get(way) ?? []), run]);
        }
      for (const [way, runs] of spent) {
        const perRow = (of: (spent: Spent) => number): number[] =>
          runs.map(({ few, all }) => ((of(all) - of(few)) / (options.rows - fewRows)) * 1e6);
        figures.push({ kind, way, wall: perRow(each => each.seconds), cpu: perRow(each => each.cpuSeconds) });
      }
    }
    report(figures, options, machine);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function report(
  figures: readonly Figure[],
  options: { rounds: number; rows: number; folder?: string | undefined; name?: string | undefined },
  machine: ReturnType<typeof machineFacts>,
): void {
  const of = (kind: Kind, way: Way): Figure => figures.find(each => each.kind === kind && each.way === way)!;
  const kinds = Object.keys(queries) as Kind[];
  const times = (kind: Kind, way: Way, measure: 'wall' | 'cpu'): number =>
    median(of(kind, 'PyFlink, process mode')[measure]) / median(of(kind, way)[measure]);
  const rows = figures.map(({ kind, way, wall, cpu }) => [
    `${kind}: ${way}`,
    number(median(wall)),
    number(median(cpu)),
    number(1e6 / median(wall)),
    number(times(kind, way, 'wall')),
    number(times(kind, way, 'cpu')),
  ]);
  writeReport(
    {
      benchmark: 'udf-pyflink',
      machine,
      peers: { 'Apache Flink (PyFlink)': flinkVersion },
      goals: [
        ...kinds.map(kind =>
          atLeast(
            `component in Python over PyFlink's process mode, ${kind}`,
            times(kind, 'component', 'wall'),
            5,
            '×',
            'udf-pyflink',
          ),
        ),
        atLeast(
          "@tm.udf over PyFlink's process mode, number",
          times('number', 'compiled (@tm.udf)', 'wall'),
          5,
          '×',
          'udf-pyflink',
        ),
      ],
      sections: [
        `${number(options.rows)} rows, medians of ${options.rounds} rounds. Of every run, one over ${fewRows} rows in the same process is taken away, so that starting ` +
          'the job and Python is not counted; the first run of a process is not counted either.',
        `\`\`\`sql\n${kinds.map(kind => queries[kind]).join('\n')}\n\`\`\``,
        markdownTable(['', 'µs/row', 'CPU µs/row', 'rows/s', '× process mode', '× process mode, CPU'], rows),
      ],
      data: { rows: options.rows, figures },
    },
    options,
  );
}

const declarations = (kind: Kind, rows: number): string[] => [
  ...[fewRows, rows].map(
    count =>
      `CREATE TEMPORARY TABLE rows_${count} (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000000000', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', 'fields.id.end' = '${count}')`,
  ),
  `CREATE TEMPORARY TABLE rows_out (y ${kind === 'number' ? 'DOUBLE' : 'STRING'}) WITH ('connector' = 'blackhole')`,
];
const insert = (kind: Kind, rows: number): string => `INSERT INTO rows_out ${queries[kind]} FROM rows_${rows}`;

function inPyFlink(program: string, mode: 'process' | 'thread', kind: Kind, rows: number): { few: Spent; all: Spent } {
  const statements = [fewRows, fewRows, rows].map(count => insert(kind, count));
  const request = JSON.stringify({ mode, setup: declarations(kind, rows), statements });
  const output = execFileSync(program, [join(python, 'udf.py'), request], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1 << 26,
  });
  const [, few, all] = JSON.parse(output.trim().split('\n').at(-1)!) as [Spent, Spent, Spent];
  return { few, all };
}

async function here(kind: Kind, file: string, rows: number): Promise<{ few: Spent; all: Spent }> {
  const setup = [
    ...declarations(kind, rows),
    `CREATE TEMPORARY FUNCTION ${kind === 'number' ? 'risk' : 'label'} USING '${file}'`,
  ];
  const run = async (count: number): Promise<Spent> => {
    const { times } = await runTidemill({ setup, statement: insert(kind, count), parallelism: 1, repeat: 2 });
    const { wallMs, cpuMs } = times.at(-1)!;
    return { seconds: wallMs / 1000, cpuSeconds: cpuMs / 1000 };
  };
  return { few: await run(fewRows), all: await run(rows) };
}

/** The functions as a component, built as `tidemill udf build` does. */
async function componentOf(folder: string): Promise<Uint8Array> {
  const toolchains = installToolchains();
  process.env['PATH'] = toolchains.env['PATH'];
  const project = join(folder, 'component');
  mkdirSync(project);
  copyFileSync(join(python, 'functions.py'), join(project, 'functions.py'));
  const language = findLanguage('python');
  return (await compile({ folder: project, name: 'functions', language, sources: ['functions.py'] })).bytes;
}
