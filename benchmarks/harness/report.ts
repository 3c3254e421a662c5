import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Goal, goalTable } from './goals.ts';
import type { MachineFacts } from './machine.ts';
import { projectRoot } from './queries.ts';
import { groupBy } from './statistics.ts';

export interface Report {
  readonly benchmark: string;
  readonly machine: MachineFacts;
  /** Versions and settings of the peers. */
  readonly peers?: Readonly<Record<string, string>>;
  readonly goals: readonly Goal[];
  /** Sections of Markdown between the machine and the goals. */
  readonly sections: readonly string[];
  /** Everything that was measured. */
  readonly data: unknown;
}

const resultFolder = join(projectRoot, 'benchmarks', 'results');

/** Writes `DATE-NAME.json` and `.md` into the folder (default: benchmarks/results) and the Markdown to standard output. */
export function writeReport(report: Report, options: { folder?: string | undefined; name?: string | undefined }): void {
  const folder = options.folder ?? resultFolder;
  const name = `${report.machine.startedAt.slice(0, 10)}-${options.name ?? report.benchmark}`;
  const { sections, ...kept } = report;
  const text = `${[`# ${report.benchmark}`, machineText(report.machine, report.peers), ...sections, goalTable(report.goals)].join('\n\n')}\n`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(kept, undefined, 1)}\n`);
  writeFileSync(join(folder, `${name}.md`), text);
  process.stdout.write(text);
}

/** Every goal with its newest figure, as `benchmarks/results/goals.md` and to standard output. */
export function writeGoals(folder = resultFolder): void {
  const files = existsSync(folder) ? readdirSync(folder).filter(file => file.endsWith('.json')) : [];
  const reports = files
    .map(file => ({ file, ...(JSON.parse(readFileSync(join(folder, file), 'utf8')) as Omit<Report, 'sections'>) }))
    .sort((left, right) => (left.machine.startedAt < right.machine.startedAt ? -1 : 1));
  const newest = new Map<string, { goal: Goal; file: string; machine: MachineFacts }>();
  for (const { file, goals, machine } of reports) for (const goal of goals) newest.set(goal.what, { goal, file, machine });
  const sections = [...groupBy([...newest.values()], each => each.file)].map(([file, list]) => {
    const name = file.replace('.json', '');
    const { machine } = list[0]!;
    return `[${name}](${name}.md): ${machineText(machine)}\n\n${goalTable(list.map(each => each.goal))}`;
  });
  const text = `${['# Goals', 'Written by `npm run bench -- goals`: every goal with its newest figure.', ...sections].join('\n\n')}\n`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'goals.md'), text);
  process.stdout.write(text);
}

function machineText(machine: MachineFacts, peers: Readonly<Record<string, string>> = {}): string {
  const others = Object.entries(peers).map(([name, version]) => `${name} ${version}`);
  return (
    `${machine.startedAt.slice(0, 16).replace('T', ' ')} UTC · ${machine.cores} cores, ${machine.processor}, ${machine.memoryGiB} GiB, ${machine.system} · ` +
    `${[`Node ${machine.node}`, ...others].join(' · ')} · load before: ${machine.loadBefore}`
  );
}
