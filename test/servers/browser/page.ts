import { useKernelsModule } from '../../../core/kernels/index.ts';
import type { ComponentFiles } from '../../../core/udf/component.ts';
import { type Case, outcomeOf } from '../../udf/conformance/cases.ts';

/** What a page asks for first of a component. */
export interface ComponentList {
  readonly glue: string;
  readonly cores: readonly string[];
}

/** Runs all cases with the host code of core/udf, in the page; what the test asks for. */
async function run(cases: readonly Case[]): Promise<unknown[]> {
  const fetched = async (path: string): Promise<ArrayBuffer> => (await fetch(path)).arrayBuffer();
  useKernelsModule(await WebAssembly.compile(await fetched('/kernels.wasm')));
  const modules = new Map<string, Uint8Array<ArrayBuffer>>();
  const outcomes: unknown[] = [];
  for (const entry of cases) {
    let bytes = modules.get(entry.module);
    if (bytes === undefined) modules.set(entry.module, (bytes = new Uint8Array(await fetched(`/modules/${entry.module}`))));
    outcomes.push(outcomeOf(bytes, entry, await componentOf(entry.module, fetched)));
  }
  return outcomes;
}

const components = new Map<string, ComponentFiles | undefined>();

/** What the server's jco made of a component; of a module there is nothing. */
async function componentOf(module: string, fetched: (path: string) => Promise<ArrayBuffer>): Promise<ComponentFiles | undefined> {
  if (!module.startsWith('component-')) return undefined;
  let found = components.get(module);
  if (found !== undefined) return found;
  const { glue, cores } = JSON.parse(new TextDecoder().decode(await fetched(`/components/${module}/list`))) as ComponentList;
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const core of cores) files.set(core, new Uint8Array(await fetched(`/components/${module}/${core}`)));
  found = { glue, cores: files };
  components.set(module, found);
  return found;
}

/** In a worker, where modules of any size may be compiled at once: cases come as messages. */
interface WorkerScope {
  onmessage: (event: { readonly data: readonly Case[] }) => void;
  postMessage(outcomes: unknown): void;
}
if (!('document' in globalThis)) {
  const scope = globalThis as unknown as WorkerScope;
  scope.onmessage = ({ data }) =>
    void run(data).then(
      outcomes => scope.postMessage(outcomes),
      error => scope.postMessage(String(error)),
    );
}
(globalThis as unknown as { runCases: typeof run }).runCases = run;
