// From the bytes of a function to its first result: milliseconds of CPU and of the clock, each the least of some processes, as a process remembers what it has compiled; of a
// module of about 10 KB and of a component in Python that jco has translated before. Both are built once into the tests' cache. Prints one JSON object.
// node benchmarks/micro/udf-load.ts [processes]
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from '../../core/cli/udf/compile.ts';
import { findLanguage } from '../../core/cli/udf/languages.ts';
import { createProject, openProject } from '../../core/cli/udf/project.ts';
import { types } from '../../core/columnar/types.ts';
import { columnOf } from '../../core/columnar/write-values.ts';
import { loadKernels } from '../../core/kernels/index.ts';
import { buildAssemblyScript } from '../../core/udf/build-assemblyscript.ts';
import { componentFiles } from '../../core/udf/build-component.ts';
import { ComponentUdf, loadComponent, ScalarUdf } from '../../core/udf/index.ts';
import { loadKeptUdf } from '../../core/udf/kept-modules.ts';
import { TaskMemory } from '../../core/wasm/memory.ts';
import { projectRoot } from '../../test/support/source-files.ts';
import { installToolchains } from '../../test/support/toolchains.ts';

const folder = join(projectRoot, '.cache', 'bench');

/** A function of SQL over others of some length each, until there are 10 KB. */
async function moduleOf10Kilobytes(): Promise<Uint8Array<ArrayBuffer>> {
  const parts = Array.from({ length: 110 }, (_, index) => index);
  const one = (index: number): string => `
function part${index}(x: f64): f64 { let s = ${index}.5; for (let i = 0; i < 9; i++) { s = s * x + <f64>(i ^ ${index}); if (s > 1e9) s -= x / (s + ${index}.25); else s += Math.sqrt(x); } return s; }`;
  return buildAssemblyScript(`${parts.map(one).join('')}
// @sql all(x DOUBLE NOT NULL) RETURNS DOUBLE NOT NULL
export function all(x: f64): f64 { return ${parts.map(index => `part${index}(x)`).join(' + ')}; }`);
}

async function pythonComponent(): Promise<Uint8Array<ArrayBuffer>> {
  const toolchains = installToolchains();
  process.env['PATH'] = toolchains.env['PATH'];
  const place = toolchains.folder('load');
  const before = process.cwd();
  try {
    process.chdir(place);
    createProject('load', findLanguage('python'), 'scalar');
    const { bytes } = await compile(openProject('load'));
    return bytes;
  } finally {
    process.chdir(before);
    rmSync(place, { recursive: true, force: true });
  }
}

async function kept(name: string, build: () => Promise<Uint8Array<ArrayBuffer>>): Promise<Uint8Array<ArrayBuffer>> {
  const file = join(folder, name);
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, await build());
  }
  return new Uint8Array(readFileSync(file));
}

interface Load {
  readonly bytes: number;
  readonly loadCpuMs: number;
  readonly loadMs: number;
  readonly firstCallCpuMs: number;
  readonly firstCallMs: number;
}

function measured(bytes: number, load: () => () => void): Load {
  const used = (run: () => void): readonly [number, number] => {
    const [before, start] = [process.cpuUsage(), performance.now()];
    run();
    const { user, system } = process.cpuUsage(before);
    return [(user + system) / 1000, performance.now() - start];
  };
  let first: () => void = () => undefined;
  const [loadCpuMs, loadMs] = used(() => void (first = load()));
  const [firstCallCpuMs, firstCallMs] = used(first);
  return { bytes, loadCpuMs, loadMs, firstCallCpuMs, firstCallMs };
}

const small = await kept('load-small.wasm', moduleOf10Kilobytes);
const large = await kept('load-python.wasm', pythonComponent);
const names = ['module', 'component'] as const;
type Loads = Record<(typeof names)[number], Load>;

/** In a process of its own. */
function loads(): Loads {
  const memory = new TaskMemory();
  const kernels = loadKernels(memory);
  const column = columnOf(memory, types.double(false), [1, 2, 3]);
  const texts = columnOf(memory, types.string(true), ['direct', null, 'search']);
  return {
    module: measured(small.length, () => {
      const udf = new ScalarUdf(loadKeptUdf(small, 'small.wasm', join(folder, 'modules')), 'all', memory, { kernels });
      return () => void udf.call(3, [column], 0);
    }),
    component: measured(large.length, () => {
      const module = loadComponent(large, 'load.wasm', componentFiles(large, { name: 'load.wasm' }));
      const udf = new ComponentUdf(module, 'load', memory, { kernels, onTrap: 'fail' });
      return () => void udf.call(3, [column, texts], 0);
    }),
  };
}

if (process.argv[2] === 'once') process.stdout.write(JSON.stringify(loads()));
else {
  componentFiles(large, { name: 'load.wasm' });
  loadKeptUdf(small, 'small.wasm', join(folder, 'modules'));
  const processes = Number(process.argv[2] ?? 9);
  const all = Array.from(
    { length: processes },
    () => JSON.parse(execFileSync(process.execPath, [import.meta.filename, 'once'], { encoding: 'utf8' })) as Loads,
  );
  const least = (name: (typeof names)[number]): Load => {
    const of = (member: keyof Load): number => Number(Math.min(...all.map(each => each[name][member])).toFixed(2));
    return {
      bytes: of('bytes'),
      loadCpuMs: of('loadCpuMs'),
      loadMs: of('loadMs'),
      firstCallCpuMs: of('firstCallCpuMs'),
      firstCallMs: of('firstCallMs'),
    };
  };
  const [module, component] = [least('module'), least('component')];
  const goals = [
    { what: 'load of a module of 10 KB that was rewritten before, CPU', value: module.loadCpuMs, limit: 5, unit: 'ms' },
    { what: 'load of a component of 18 MB, translated before', value: component.loadMs, limit: 300, unit: 'ms' },
  ];
  process.stdout.write(`${JSON.stringify({ benchmark: 'udf-load', processes, module, component, goals }, null, 2)}\n`);
}
