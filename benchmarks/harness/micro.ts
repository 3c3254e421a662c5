import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Goal } from './goals.ts';
import { machineFacts } from './machine.ts';
import { microGoals } from './micro-goals.ts';
import { projectRoot } from './queries.ts';
import { writeReport } from './report.ts';
import { runNode } from './tidemill.ts';

/** Runs every program of benchmarks/micro in a process of its own and keeps the JSON object that each prints. */
export async function micro(options: {
  only: string | undefined;
  folder?: string | undefined;
  name?: string | undefined;
}): Promise<void> {
  const folder = join(projectRoot, 'benchmarks', 'micro');
  const names = readdirSync(folder)
    .filter(file => file.endsWith('.ts'))
    .map(file => file.replace('.ts', ''))
    .filter(name => options.only === undefined || options.only.split(',').includes(name));
  const machine = machineFacts();
  const results: Record<string, unknown> = {};
  const goals: Goal[] = [];
  const sections: string[] = [];
  for (const name of names) {
    process.stderr.write(`${name}\n`);
    try {
      const result = JSON.parse((await runNode([join(folder, `${name}.ts`)])).output) as unknown;
      results[name] = result;
      goals.push(...microGoals(name, result));
      sections.push(`## ${name}\n\n\`\`\`json\n${JSON.stringify(result, undefined, 1)}\n\`\`\``);
    } catch (error) {
      sections.push(`## ${name}\n\nfailed: ${String(error).slice(0, 500)}`);
      process.exitCode = 1;
    }
  }
  writeReport({ benchmark: 'micro', machine, goals, sections, data: results }, options);
}
