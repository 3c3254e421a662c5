import { internalError, notSupported, TidemillError } from '../common/errors.ts';
import { limits } from '../common/limits.ts';
import { didYouMean } from '../common/nearest-names.ts';
import type { FunctionReference, FunctionType } from '../wasm/encoder/index.ts';
import { guarded } from '../wasm/guards.ts';
import { ModuleEditor, type ModuleImage, type ModuleImport, readModule } from '../wasm/reader/index.ts';
import { appendAggregateLoops } from './aggregate-loop.ts';
import {
  type AggregatePart,
  type AggregateSignature,
  aggregateExport,
  checkAggregate,
  needsAllocate,
} from './aggregate-signature.ts';
import { appendBatchLoop } from './batch-loop.ts';
import { type ComponentCode, isComponent } from './component-code.ts';
import { allocateExport, engineMemoryLimits, exportNames, loopMakesNulls, type TextTarget } from './loop-target.ts';
import { checkSignature, derivedSignature, isText, type ScalarSignature, signatureSection, usesText } from './signature.ts';
import { type DeclaredSignatures, parseSignatures } from './signature-section.ts';
import { checkExport } from './table-signature.ts';
import { adaptTabular, type TabularSignature } from './tabular.ts';
import { wasiFunctionType, wasiModule } from './wasi-stubs.ts';

/** Limits of one user module; those of `common/limits.ts` unless given. */
export interface UdfLimits {
  readonly moduleBytesMax: number;
  readonly memoryPagesMax: number;
  readonly tableElementsMax: number;
  /** Fuel is about one unit an instruction; for a call over n rows, perBatch + n · perRow. */
  readonly fuelPerBatch: number;
  readonly fuelPerRow: number;
  readonly rowsPerCallMax: number;
  /** Timers that may fire at one watermark, for each that had been set before. */
  readonly timerChainMax: number;
}

export interface LoadOptions {
  /** Shown in errors: the file as the user wrote it. */
  readonly name: string;
  readonly limits?: Partial<UdfLimits>;
  /** Signatures that replace what the module says of itself. */
  readonly signatures?: readonly ScalarSignature[];
}

export interface UdfFunction extends ScalarSignature {
  /** The result needs a validity bitmap even if no argument is NULL. */
  readonly makesNulls: boolean;
}

export interface UdfAggregate extends AggregateSignature {
  readonly resultHasFlag: boolean;
  readonly canRetract: boolean;
  readonly canMerge: boolean;
  readonly hasInit: boolean;
}

/**
 * A checked, metered and adapted user module. Plain data and a `WebAssembly.Module`: it can be posted to a worker as it is.
 * Exports are those named in `exportNames`; imports are `env.abort` and functions of WASI (where the module has them), `tidemill.guest` and
 * `tidemill.engine`.
 */
export interface UdfModule extends UdfDescriptor {
  readonly module: WebAssembly.Module;
  /** Set where the file is a component: `module` is empty, and `ComponentUdf` runs its functions. */
  readonly component?: ComponentCode | undefined;
}

export interface UdfDescriptor {
  readonly name: string;
  readonly functions: readonly UdfFunction[];
  readonly aggregates: readonly UdfAggregate[];
  /** Functions that make rows. */
  readonly tabular: readonly TabularSignature[];
  /** Functions the module has of kinds that are not run: name → kind. */
  readonly otherFunctions: ReadonlyMap<string, string>;
  /** The module's own memory in pages, or undefined. */
  readonly guestMemory: { readonly initial: number; readonly maximum: number } | undefined;
  readonly limits: UdfLimits;
  /** It imports functions of WASI, which get stubs: see `wasi-stubs.ts`. */
  readonly usesWasi: boolean;
}

export const defaultUdfLimits: UdfLimits = Object.freeze({
  moduleBytesMax: limits.udfModuleBytesMax,
  memoryPagesMax: limits.udfMemoryPagesMax,
  tableElementsMax: limits.udfTableElementsMax,
  fuelPerBatch: limits.udfFuelPerBatch,
  fuelPerRow: limits.udfFuelPerRow,
  rowsPerCallMax: limits.udfRowsPerCallMax,
  timerChainMax: limits.udfTimerChainMax,
});

/**
 * Reads a user's core module: validates it, refuses what it may not have, and rewrites it so that its memory and tables are capped, its
 * loops and calls cost fuel, and each of its scalar functions has a batch loop over the engine's memory.
 *
 * Isolation: the module is validated as it came, with at most one memory, its own. That memory becomes the first import; the engine's
 * memory is imported behind it, under an index that no instruction of a validated body can hold.
 *
 * @throws TidemillError `udf-invalid`, `udf-import`, `udf-memory`, `udf-table`, `udf-size`, `udf-signature`, `wasm-unsupported`.
 * @example
 * const module = loadUdf(readFileSync('late.wasm'), { name: 'late.wasm' });
 * const late = new ScalarUdf(module, 'late', taskMemory);
 */
export function loadUdf(bytes: Uint8Array<ArrayBuffer>, options: LoadOptions): UdfModule {
  const adapted = adaptModule(bytes, options);
  return { ...adapted.descriptor, module: compileAdapted(adapted.bytes, options.name) };
}

export interface AdaptedModule {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly descriptor: UdfDescriptor;
}

/** {@link loadUdf} without compiling. */
export function adaptModule(bytes: Uint8Array<ArrayBuffer>, options: LoadOptions): AdaptedModule {
  const udfLimits: UdfLimits = { ...defaultUdfLimits, ...options.limits };
  const { name } = options;
  if (guarded('module-size') && bytes.length > udfLimits.moduleBytesMax)
    throw refused('udf-size', name, `has ${bytes.length} bytes; a module may have ${udfLimits.moduleBytesMax}`);
  if (isComponent(bytes)) throw notSupported(`components (${name})`, undefined, 'Build a core module; see udf-sdk/abi.');
  if (guarded('validation') && !WebAssembly.validate(bytes)) throw invalid(bytes, name);
  const image = readModule(bytes);
  if (guarded('imports')) checkImports(image, name);
  checkSizes(image, name, udfLimits);

  const editor = new ModuleEditor(image);
  const pagesMax = guarded('memory-maximum') ? udfLimits.memoryPagesMax : limits.taskMemoryPagesMax;
  const guest = editor.ownMemoryToImport('tidemill', 'guest', pagesMax);
  const memory = editor.importMemory('tidemill', 'engine', engineMemoryLimits);
  if (guarded('table-maximum')) editor.capTables(udfLimits.tableElementsMax);
  const fuel = editor.addGlobal('i64', udfLimits.fuelPerBatch);
  const row = editor.addGlobal('i32', -1);
  const state = editor.addGlobal('i32', 0);
  editor.addExport(exportNames.fuel, fuel);
  editor.addExport(exportNames.row, row);
  editor.addExport(exportNames.state, state);
  const pending = editor.addGlobal('i64', 0);
  editor.addExport(exportNames.pending, pending);
  const allocateAt = guest && allocateFunction(image, editor);
  const text: TextTarget | undefined = guest && {
    guest: { kind: 'memory', index: 0 },
    allocate: allocateAt === undefined ? undefined : editor.functionAt(allocateAt),
    room: editor.addGlobal('i32', 0),
    roomBytes: editor.addGlobal('i32', 0),
    place: editor.addGlobal('i32', 0),
    pending,
  };
  // Started by hand, so that the fuel of a start function that traps can be read.
  if (guarded('start-by-hand')) editor.startToExport(exportNames.start);
  editor.keepFunctionExports(guarded('exports-renamed') ? exportNames.own : name => name);
  editor.meter(fuel, state, {
    freeCostMax: limits.udfFreeCostMax,
    memoryGrowCost: limits.udfMemoryGrowCost,
    passCostMax: Number.POSITIVE_INFINITY,
  });

  const declared = declaredSignatures(image, editor, options);
  const functions = declared.scalar.map((signature): UdfFunction => {
    const target = image.exports.find(entry => entry.kind === 'function' && entry.name === signature.name);
    if (target === undefined) throw missingExport(image, name, signature.name);
    checkText(signature, text, name);
    if (signature.batch) return batchFunction(signature, editor.typeOfFunction(target.index), text, name);
    const { resultHasFlag, byPlace } = guarded('signature-fits')
      ? checkSignature(signature, editor.typeOfFunction(target.index))
      : { resultHasFlag: false, byPlace: false };
    if (byPlace) checkPlace(signature.name, text, name);
    appendBatchLoop(editor, {
      signature,
      target: editor.functionAt(target.index),
      resultHasFlag,
      byPlace,
      total: editor.isTotal(target.index),
      memory,
      row,
      state,
      text,
    });
    return Object.freeze({ ...signature, makesNulls: loopMakesNulls(signature, resultHasFlag, byPlace) });
  });
  const area = declared.aggregate.length > 0 ? editor.addGlobal('i32', 0) : undefined;
  const aggregates = declared.aggregate.map((signature): UdfAggregate => {
    checkText(signature, text, name);
    if (needsAllocate(signature) && text?.allocate === undefined)
      throw new TidemillError(
        'udf-export',
        `'${signature.name}' of ${name} keeps a block, and the module exports no ${allocateExport}(i32) → i32 to make room for it`,
        { hint: 'See udf-sdk/abi: Aggregate functions.' },
      );
    const parts: Partial<Record<AggregatePart, FunctionReference>> = {};
    const typeOf = (part: AggregatePart): FunctionType | undefined => {
      const wanted = aggregateExport(signature.name, part);
      const found = image.exports.find(entry => entry.kind === 'function' && entry.name === wanted);
      if (found === undefined) return undefined;
      parts[part] = editor.functionAt(found.index);
      return editor.typeOfFunction(found.index);
    };
    const { resultHasFlag, byPlace } = checkAggregate(signature, name, typeOf);
    if (byPlace) checkPlace(signature.name, text, name);
    appendAggregateLoops(editor, { signature, parts, resultHasFlag, byPlace, memory, row, state, text, area: area! });
    const canRetract = parts.retract !== undefined;
    return Object.freeze({
      ...signature,
      resultHasFlag: resultHasFlag || (byPlace && signature.result.nullable),
      canRetract,
      canMerge: parts.merge !== undefined,
      hasInit: parts.init !== undefined,
    });
  });
  const descriptor = {
    name,
    functions,
    aggregates,
    tabular: adaptTabular(editor, image, name, declared.tabular, { memory, fuel, row, state, text }),
    otherFunctions: declared.other,
    guestMemory: guest && { initial: guest.initial, maximum: guest.maximum! },
    limits: udfLimits,
    usesWasi: image.imports.some(entry => entry.module === wasiModule),
  };
  return { bytes: editor.build(), descriptor };
}

/**
 * A scalar function of a module by the name of its export.
 * @throws TidemillError `udf-export` with the nearest names, or `not-supported` for another kind of function.
 */
export function findUdfFunction(module: UdfModule, name: string): UdfFunction {
  const found = module.functions.find(candidate => candidate.name === name);
  if (found !== undefined) return found;
  const kind = module.otherFunctions.get(name);
  if (kind !== undefined) throw notSupported(`${kind} functions ('${name}' of ${module.name})`);
  const names = module.functions.map(candidate => candidate.name);
  throw new TidemillError('udf-export', `${module.name} has no scalar function '${name}'`, {
    hint: didYouMean(name, names) ?? (names.length > 0 ? `It has ${names.slice(0, 10).join(', ')}.` : undefined),
  });
}

function refused(code: string, name: string, what: string, hint?: string): TidemillError {
  return new TidemillError(code, `${name} ${what}`, { hint });
}

function invalid(bytes: Uint8Array<ArrayBuffer>, name: string): TidemillError {
  let reason = 'it does not validate';
  try {
    new WebAssembly.Module(bytes);
  } catch (error) {
    if (error instanceof Error) reason = error.message.replace(/^WebAssembly\.Module\(\): /, '');
  }
  return refused('udf-invalid', name, `is not a valid WebAssembly module: ${reason}`);
}

/** A module may import AssemblyScript's abort(message, file, line, column), tidemill.fail(message, bytes), and functions of WASI, which get stubs. */
function checkImports(image: ModuleImage, name: string): void {
  for (const entry of image.imports) {
    const known = entry.kind === 'function' ? importType(entry) : undefined;
    const what = `${entry.kind} '${entry.module}.${entry.name}'`;
    if (known === undefined)
      throw refused(
        'udf-import',
        name,
        `imports the ${what}, which user functions cannot have`,
        entry.module.startsWith('wasi')
          ? `Of WASI there are the functions of preview 1, as stubs: link against ${wasiModule}.`
          : 'User functions import nothing but env.abort and stubs of WASI: build a module that stands alone; see udf-sdk/abi.',
      );
    const type = image.types[entry.type]!;
    const fits = type.parameters.join() === known.parameters.join() && type.results.join() === known.results.join();
    if (guarded('import-types') && !fits)
      throw refused(
        'udf-import',
        name,
        `imports the ${what} as ${functionTypeToString(type)}, which is ${functionTypeToString(known)}`,
      );
  }
}

function importType({ module, name }: ModuleImport): FunctionType | undefined {
  if (module === 'env' && name === 'abort') return { parameters: ['i32', 'i32', 'i32', 'i32'], results: [] };
  if (module === 'tidemill' && name === 'fail') return { parameters: ['i32', 'i32'], results: [] };
  return module === wasiModule ? wasiFunctionType(name) : undefined;
}

function functionTypeToString({ parameters, results }: FunctionType): string {
  return `(${parameters.join(', ')}) → (${results.join(', ')})`;
}

function checkSizes(image: ModuleImage, name: string, udfLimits: UdfLimits): void {
  if (guarded('memory-count') && image.memories.length > 1)
    throw refused('udf-memory', name, `has ${image.memories.length} memories; a user function has at most one`);
  const pages = image.memories[0]?.initial ?? 0;
  if (guarded('memory-initial') && pages > udfLimits.memoryPagesMax)
    throw refused(
      'udf-memory',
      name,
      `asks for ${pages} pages of memory at the start; at most ${udfLimits.memoryPagesMax} of 64 KiB are allowed`,
    );
  if (guarded('table-count') && image.tables.length > limits.udfTablesMax)
    throw refused('udf-table', name, `has ${image.tables.length} tables; at most ${limits.udfTablesMax} are allowed`);
  for (const table of image.tables)
    if (guarded('table-initial') && table.limits.initial > udfLimits.tableElementsMax)
      throw refused(
        'udf-table',
        name,
        `has a table of ${table.limits.initial} elements; at most ${udfLimits.tableElementsMax} are allowed`,
      );
}

function declaredSignatures(image: ModuleImage, editor: ModuleEditor, options: LoadOptions): DeclaredSignatures {
  if (options.signatures !== undefined) return { scalar: options.signatures, aggregate: [], tabular: [], other: new Map() };
  const section = image.customSections.find(candidate => candidate.name === signatureSection);
  if (section !== undefined) {
    if (guarded('signature-size') && section.bytes.length > limits.udfSignatureBytesMax)
      throw refused(
        'udf-size',
        options.name,
        `has ${section.bytes.length} bytes of signatures; at most ${limits.udfSignatureBytesMax} are allowed`,
      );
    if (guarded('signature-section')) return parseSignatures(section.bytes);
  }
  const scalar = image.exports.flatMap(entry => {
    if (entry.kind !== 'function') return [];
    const derived = derivedSignature(entry.name, editor.typeOfFunction(entry.index));
    return derived === undefined ? [] : [derived];
  });
  return { scalar: scalar.slice(0, limits.udfFunctionsMax), aggregate: [], tabular: [], other: new Map() };
}

/** Index of the module's {@link allocateExport}, when it has one of the right type. */
function allocateFunction(image: ModuleImage, editor: ModuleEditor): number | undefined {
  const found = image.exports.find(entry => entry.kind === 'function' && entry.name === allocateExport);
  if (found === undefined) return undefined;
  const { parameters, results } = editor.typeOfFunction(found.index);
  return parameters.join() === 'i32' && results.join() === 'i32' ? found.index : undefined;
}

/** A function over columns gets them in its memory, and has no loop of ours. */
function batchFunction(signature: ScalarSignature, type: FunctionType, text: TextTarget | undefined, name: string): UdfFunction {
  checkExport(signature.name, signature.name, { parameters: ['i32', 'i32', 'i32'], results: [] }, type);
  if (text?.allocate === undefined)
    throw new TidemillError(
      'udf-export',
      `'${signature.name}' of ${name} takes columns, and the module exports no ${allocateExport}(i32) → i32`,
      {
        hint: 'See udf-sdk/abi: Batch functions.',
      },
    );
  return Object.freeze({ ...signature, makesNulls: signature.result.nullable });
}

/** Text needs a memory, and text that goes in a function that makes room for it. */
function checkText(signature: ScalarSignature, text: TextTarget | undefined, name: string): void {
  if (!usesText(signature) || !guarded('text-allocate')) return;
  const hint = 'See udf-sdk/abi: text and bytes.';
  if (text === undefined)
    throw new TidemillError('udf-export', `'${signature.name}' of ${name} takes or makes text, and the module has no memory`, {
      hint,
    });
  if (text.allocate === undefined && signature.arguments.some(isText))
    throw new TidemillError(
      'udf-export',
      `'${signature.name}' of ${name} takes text, and the module exports no function ${allocateExport}(i32) → i32`,
      { hint },
    );
}

/** A result by place needs a memory, and a function that gives the place. */
function checkPlace(functionName: string, text: TextTarget | undefined, name: string): void {
  if (text?.allocate !== undefined) return;
  throw new TidemillError(
    'udf-export',
    `'${functionName}' of ${name} writes its result to a place, and the module exports no function ${allocateExport}(i32) → i32`,
    { hint: 'See udf-sdk/abi: Results by place.' },
  );
}

function missingExport(image: ModuleImage, module: string, name: string): TidemillError {
  const names = image.exports.filter(entry => entry.kind === 'function').map(entry => entry.name);
  return new TidemillError('udf-export', `${module} declares the function '${name}' but does not export it`, {
    hint: didYouMean(name, names),
  });
}

/** @throws TidemillError `udf-size` where metering made a function too large. */
export function compileAdapted(bytes: Uint8Array<ArrayBuffer>, name: string): WebAssembly.Module {
  try {
    return new WebAssembly.Module(bytes);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    // Metering makes functions longer, which can take one over the compiler's own limits.
    if (guarded('metered-size') && /too large|too many|exceed|maximum/i.test(message))
      throw refused('udf-size', name, `has a function that is too large to be metered: ${message}`);
    throw internalError(`${name} could be read but not rewritten: ${message}`, cause);
  }
}
