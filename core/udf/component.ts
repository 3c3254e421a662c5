import { TidemillError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import { guarded } from '../wasm/guards.ts';
import { ByteReader, ModuleEditor, readModule } from '../wasm/reader/index.ts';
import type { AggregatePart, AggregateSignature } from './aggregate-signature.ts';
import { defaultUdfLimits, type UdfAggregate, type UdfLimits, type UdfModule } from './load-udf.ts';
import { loopMakesNulls } from './loop-target.ts';
import { checkTimers } from './process-signature.ts';
import { signatureSection } from './signature.ts';
import { parseSignatures } from './signature-section.ts';

/** What a component has become: JavaScript that joins core modules, made by jco. */
export interface ComponentFiles {
  /** An ES module with one export, `instantiate(getCoreModule, imports, instantiateCore)`. */
  readonly glue: string;
  /** Core modules by the names that the glue asks for: metered and capped by {@link adaptCore}. */
  readonly cores: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

/** Limits of components: they bring a language's whole runtime along. */
export const componentLimits: UdfLimits = Object.freeze({
  ...defaultUdfLimits,
  memoryPagesMax: limits.udfComponentMemoryPagesMax,
  tableElementsMax: limits.udfComponentTableElementsMax,
  fuelPerBatch: limits.udfComponentFuelPerBatch,
  fuelPerRow: limits.udfComponentFuelPerRow,
});

export const componentFuelExport = 'tidemill.fuel';

/**
 * The text of names in core modules, which stand in the glue between quotes: nothing that could end them.
 * Component names are kebab-case, which jco's validator holds.
 */
const plainName = /^[\w$.:@|/#<>=,+*()[\]! -]*$/;

/**
 * Rewrites a core module of a component: its own memories and tables are capped, and its code is metered with a fuel of its own, which is
 * exported as `tidemill.fuel`. Imports are left, since the glue links the component's modules with each other only.
 *
 * @throws TidemillError `udf-invalid`, `udf-memory`, `udf-table`, `wasm-unsupported`.
 */
export function adaptCore(
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
  udfLimits: UdfLimits = componentLimits,
): Uint8Array<ArrayBuffer> {
  const refuse = (code: string, what: string): never => {
    throw new TidemillError(code, `${name} has a core module that ${what}`);
  };
  if (guarded('validation') && !WebAssembly.validate(bytes)) refuse('udf-invalid', 'is not valid');
  const image = readModule(bytes);
  for (const entry of [...image.imports, ...image.exports])
    if (guarded('component-names') && (!plainName.test(entry.name) || entry.name.startsWith('tidemill.')))
      refuse('udf-invalid', `has the name ${JSON.stringify(entry.name.slice(0, limits.udfAbortCharactersMax))}`);
  for (const entry of image.imports)
    if (guarded('component-names') && !plainName.test(entry.module))
      refuse('udf-invalid', `imports from ${JSON.stringify(entry.module.slice(0, 80))}`);
  for (const memory of image.memories)
    if (guarded('memory-initial') && memory.initial > udfLimits.memoryPagesMax)
      refuse('udf-memory', `asks for ${memory.initial} pages of memory; at most ${udfLimits.memoryPagesMax} are allowed`);
  for (const table of image.tables)
    if (guarded('table-initial') && table.limits.initial > udfLimits.tableElementsMax)
      refuse('udf-table', `has a table of ${table.limits.initial} elements; at most ${udfLimits.tableElementsMax} are allowed`);
  const editor = new ModuleEditor(image);
  if (guarded('memory-maximum')) editor.capMemories(udfLimits.memoryPagesMax);
  if (guarded('table-maximum')) editor.capTables(udfLimits.tableElementsMax);
  const fuel = editor.addGlobal('i64', udfLimits.fuelPerBatch);
  const growthFailed = editor.addGlobal('i32', 0);
  editor.keepExports();
  editor.addExport(componentFuelExport, fuel);
  editor.meter(fuel, growthFailed, {
    freeCostMax: limits.udfFreeCostMax,
    memoryGrowCost: limits.udfMemoryGrowCost,
    passCostMax: limits.udfComponentPassCostMax,
  });
  return editor.build();
}

/**
 * A component as a module of functions. The signatures are those of its custom section; functions of all kinds but batch are run.
 *
 * @throws TidemillError `udf-signature` where there is no section, `udf-size`, `udf-invalid`.
 */
export function loadComponent(bytes: Uint8Array<ArrayBuffer>, name: string, files: ComponentFiles): UdfModule {
  const section = signaturesOf(bytes);
  if (section === undefined)
    throw new TidemillError('udf-signature', `${name} is a component without the section ${signatureSection}`, {
      hint: "It says what the component's functions are in SQL; 'tidemill udf build' writes it. See udf-sdk/abi: Components.",
    });
  const declared = parseSignatures(section);
  for (const each of declared.tabular) if (each.kind === 'process') checkTimers(each, name);
  const cores = new Map([...files.cores].map(([file, core]) => [file, new WebAssembly.Module(core)]));
  return {
    name,
    functions: declared.scalar.map(signature => Object.freeze({ ...signature, makesNulls: loopMakesNulls(signature, true) })),
    aggregates: declared.aggregate.map(aggregateOfParts),
    tabular: declared.tabular,
    otherFunctions: declared.other,
    guestMemory: undefined,
    limits: componentLimits,
    usesWasi: false,
    module: emptyModule(),
    component: { glue: files.glue, cores },
  };
}

/** An aggregate whose signature says which of the optional parts there are. */
export function aggregateOfParts(signature: AggregateSignature): UdfAggregate {
  const has = (part: AggregatePart): boolean => signature.parts?.includes(part) === true;
  const [canRetract, canMerge, hasInit] = [has('retract'), has('merge'), has('init')];
  return Object.freeze({ ...signature, resultHasFlag: signature.result.nullable, canRetract, canMerge, hasInit });
}

const emptyModule = (): WebAssembly.Module => new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));

/** The content of the component's own section of signatures; those of modules inside it do not count. */
function signaturesOf(bytes: Uint8Array): Uint8Array | undefined {
  const reader = new ByteReader(bytes);
  reader.skip(8);
  while (!reader.done) {
    const id = reader.u8();
    const section = new ByteReader(reader.sized());
    if (id === 0 && section.name() === signatureSection) return section.rest();
  }
  return undefined;
}
