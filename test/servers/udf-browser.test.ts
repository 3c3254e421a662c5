import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileComponent } from '../../core/cli/udf/components.ts';
import { findLanguage } from '../../core/cli/udf/languages.ts';
import { componentFiles } from '../../core/udf/build-component.ts';
import type { ComponentFiles } from '../../core/udf/component.ts';
import { componentizeJavaScript, componentizePython } from '../support/component-tools.ts';
import { projectRoot } from '../support/source-files.ts';
import { expectedOf, type Outcome, outcomeOf, readCases } from '../udf/conformance/cases.ts';
import { assemblyScript } from '../udf/support.ts';
import {
  componentCases,
  componentKinds,
  exampleCases,
  exampleSources,
  templateCases,
  templateSource,
} from './browser/examples.ts';
import type { ComponentList } from './browser/page.ts';

const conformance = join(projectRoot, 'udf-sdk', 'abi', 'conformance');
const cases = readCases(readFileSync(join(conformance, 'cases.jsonl'), 'utf8'));

/** Chromium's command, from Debian's package where it can be installed. */
function chromium(): string | undefined {
  const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  const found = places.find(existsSync);
  if (found !== undefined) return found;
  try {
    execFileSync('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  return places.find(existsSync);
}

const browserPath = chromium();
if (browserPath === undefined) console.warn('skipped: no Chromium here, and apt-get cannot install it');

/** The host code as one script. Of Node there is nothing in it but the reading of the kernels' file, which the page fetches instead. */
async function bundle(): Promise<{ readonly code: string; readonly fromNode: readonly string[] }> {
  const { rolldown } = await import('rolldown');
  const fromNode: string[] = [];
  const built = await rolldown({
    input: join(projectRoot, 'test', 'servers', 'browser', 'page.ts'),
    platform: 'browser',
    plugins: [
      {
        name: 'no-node',
        resolveId(id, importer) {
          if (!id.startsWith('node:')) return null;
          fromNode.push(`${importer?.slice(projectRoot.length).replace(/^\//, '')} imports ${id}`);
          return { id: `\0${id}`, external: false };
        },
        load(id) {
          return id.startsWith('\0node:') ? 'export const readFileSync = undefined;' : null;
        },
      },
    ],
  });
  const { output } = await built.generate({ format: 'esm' });
  await built.close();
  return { code: output[0].code, fromNode };
}

/** For the page: the cases in a worker of its own. */
const inWorker = `cases => new Promise((resolve, reject) => {
  const worker = new Worker('/page.js', { type: 'module' });
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = event => reject(new Error(event.message));
  worker.postMessage(cases);
})`;

let server: Server;
let origin: string;
let made: Awaited<ReturnType<typeof bundle>>;
const parts = new Map<string, ComponentFiles>();

/** The templates of a language as one component. */
function componentOf(languageName: string, command: readonly string[]): Uint8Array<ArrayBuffer> {
  const language = findLanguage(languageName);
  const ending = language.endings[0]!;
  const folder = mkdtempSync(join(tmpdir(), 'tidemill-browser-'));
  try {
    const sources = componentKinds.map(kind => {
      const text = readFileSync(join(projectRoot, 'udf-sdk', languageName, kind, `__NAME__${ending}`), 'utf8');
      return text.replaceAll('__NAME__', `own_${kind}`);
    });
    writeFileSync(join(folder, `kinds${ending}`), sources.join('\n'));
    const project = { folder, name: 'kinds', language, sources: [`kinds${ending}`] };
    return compileComponent(project, { name: language.title, command, version: '' });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
const examples = new Map<string, Uint8Array<ArrayBuffer>>();
beforeAll(async () => {
  made = await bundle();
  for (const [name, source] of Object.entries(exampleSources))
    examples.set(name, await assemblyScript(source, { runtime: 'incremental' }));
  for (const { module } of templateCases) {
    const kind = module.slice(0, -'.wasm'.length);
    const source = readFileSync(join(projectRoot, 'udf-sdk', 'assemblyscript', kind, '__NAME__.as.ts'), 'utf8');
    examples.set(module, await assemblyScript(templateSource(source), { runtime: 'incremental' }));
  }
  for (const [language, command] of [
    ['javascript', componentizeJavaScript()],
    ['python', componentizePython()],
  ] as const) {
    const name = `component-${language}.wasm`;
    const bytes = componentOf(language, command);
    examples.set(name, bytes);
    parts.set(name, componentFiles(bytes, { name }));
  }
  const file = (path: string): [string, Uint8Array | string] | undefined => {
    if (path === '/') return ['text/html', '<!doctype html><script type="module" src="/page.js"></script>'];
    if (path === '/page.js') return ['text/javascript', made.code];
    if (path === '/kernels.wasm')
      return ['application/wasm', readFileSync(join(projectRoot, 'core', 'kernels', 'build', 'kernels.wasm'))];
    const [, component, part] = /^\/components\/([\w-]+\.wasm)\/([\w.-]+)$/.exec(path) ?? [];
    if (component !== undefined) {
      const { glue, cores } = parts.get(component)!;
      if (part === 'list')
        return ['application/json', JSON.stringify({ glue, cores: [...cores.keys()] } satisfies ComponentList)];
      return ['application/wasm', cores.get(part!)!];
    }
    const name = /^\/modules\/([\w-]+\.wasm)$/.exec(path)?.[1];
    if (name === undefined) return undefined;
    return ['application/wasm', examples.get(name) ?? readFileSync(join(conformance, name))];
  };
  server = createServer((request, response) => {
    const found = file(request.url ?? '');
    // Shared memory is there in isolated pages only.
    const isolated = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };
    response.writeHead(found === undefined ? 404 : 200, { 'Content-Type': found?.[0] ?? 'text/plain', ...isolated });
    response.end(found?.[1]);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => void server.close());

test('the host code of user functions needs nothing of Node', () => {
  expect(made.fromNode).toEqual(['core/kernels/index.ts imports node:fs']);
});

describe.skipIf(browserPath === undefined)('in headless Chromium', () => {
  test('the conformance modules of all kinds, five examples, the templates of every kind and components in JavaScript and Python give what they give here', async () => {
    const { chromium: launcher } = await import('playwright-core');
    const browser = await launcher.launch({ executablePath: browserPath!, args: ['--no-sandbox'] });
    try {
      const page = await browser.newPage();
      const problems: string[] = [];
      page.on('pageerror', error => problems.push(String(error)));
      await page.goto(origin);
      await page.waitForFunction('globalThis.runCases !== undefined');
      const modules = [...cases, ...exampleCases, ...templateCases];
      const wanted = [...modules, ...componentCases];
      const outcomes = [
        ...((await page.evaluate(`globalThis.runCases(${JSON.stringify(modules)})`)) as readonly Outcome[]),
        ...((await page.evaluate(`(${inWorker})(${JSON.stringify(componentCases)})`)) as readonly Outcome[]),
      ];
      expect(problems).toEqual([]);
      expect(outcomes).toHaveLength(wanted.length);
      for (const [index, entry] of wanted.entries()) {
        const bytes = examples.get(entry.module) ?? new Uint8Array(readFileSync(join(conformance, entry.module)));
        const what = `${entry.module} ${entry.function}`;
        expect(outcomes[index], what).toEqual(outcomeOf(bytes, entry, parts.get(entry.module)));
        if (!templateCases.includes(entry)) expect(outcomes[index], what).toEqual(expectedOf(entry));
        else expect(outcomes[index]!.error, what).toBeUndefined();
      }
    } finally {
      await browser.close();
    }
  });
});
