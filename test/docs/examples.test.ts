import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tidemill } from '../support/command-line.ts';
import { projectRoot } from '../support/source-files.ts';
import { TypeLab } from '../types/support/compile.ts';

const folder = join(projectRoot, 'core', 'examples');
const files = readdirSync(folder);
const programs = files.filter(file => /\.(sql|ts)$/.test(file));
/** These never end: they are stopped once they have said something. */
const endless = new Set(['traffic.sql']);
/** These want a broker: test/servers runs them. */
const withServers = new Set(['kafka.sql']);

describe('examples', () => {
  it.each(programs.filter(file => !endless.has(file) && !withServers.has(file)))('%s prints what lies beside it', async file => {
    const { stdout, code } = await tidemill(['run', join(folder, file)], { env: { TZ: 'UTC' } });
    const expected = join(folder, `${file}.out`);
    if (process.env['UPDATE_EXPECTED']) writeFileSync(expected, stdout);
    expect(stdout).toBe(readFileSync(expected, 'utf8'));
    expect(code).toBe(0);
  });

  it.each([...endless])('%s runs until it is stopped', async file => {
    let stopped = false;
    const { stdout, stderr, code } = await tidemill(['run', join(folder, file)], {
      onOutput: (text, kill) => {
        if (stopped || !text.includes('busy')) return;
        stopped = true;
        kill('SIGINT');
      },
    });
    expect(stdout).toMatch(/busy> \+I\[\d, \d+\]/);
    expect(stderr).toContain('stopping');
    expect(code).toBe(0);
  });

  it('nothing lies about', () => {
    const outputs = files.filter(file => file.endsWith('.out')).map(file => file.replace(/\.out$/, ''));
    expect(outputs.filter(file => !existsSync(join(folder, file)))).toEqual([]);
    expect(programs.filter(file => !readFileSync(join(folder, 'README.md'), 'utf8').includes(`(${file})`))).toEqual([]);
  });

  it('TypeScript compiles', () => {
    const lab = new TypeLab();
    try {
      const sources = programs.filter(file => file.endsWith('.ts'));
      expect(lab.compile(folder, sources).lines).toEqual([]);
    } finally {
      lab.close();
    }
  });
});
