import { useKernelsModule } from '../../../core/kernels/index.ts';
import { type Case, outcomeOf } from '../../udf/conformance/cases.ts';

/** Runs all cases with the host code of core/udf, in the page; what the test asks for. */
async function run(cases: readonly Case[]): Promise<unknown[]> {
  const fetched = async (path: string): Promise<ArrayBuffer> => (await fetch(path)).arrayBuffer();
  useKernelsModule(await WebAssembly.compile(await fetched('/kernels.wasm')));
  const modules = new Map<string, Uint8Array<ArrayBuffer>>();
  const outcomes: unknown[] = [];
  for (const entry of cases) {
    let bytes = modules.get(entry.module);
    if (bytes === undefined) modules.set(entry.module, (bytes = new Uint8Array(await fetched(`/modules/${entry.module}`))));
    outcomes.push(outcomeOf(bytes, entry));
  }
  return outcomes;
}

(globalThis as unknown as { runCases: typeof run }).runCases = run;
