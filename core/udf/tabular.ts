import { type Schema, typeToString } from '../columnar/types.ts';
import { TidemillError } from '../common/errors.ts';
import { didYouMean } from '../common/nearest-names.ts';
import type { FunctionReference, FunctionType, GlobalReference, MemoryReference } from '../wasm/encoder/index.ts';
import type { ModuleEditor, ModuleImage } from '../wasm/reader/index.ts';
import { allocateExport, exportNames, type TextTarget } from './loop-target.ts';
import { appendProcessLoops } from './process-loop.ts';
import {
  checkProcess,
  checkTimers,
  type ProcessSignature,
  parseProcess,
  processArguments,
  timerExport,
} from './process-signature.ts';
import { isText } from './signature.ts';
import { addBlockGlobals, appendTableLoop } from './table-loop.ts';
import { checkTable, nextExport, parseTable, type TableSignature } from './table-signature.ts';

/** Functions that make rows. */
export type TabularSignature = TableSignature | ProcessSignature;

/** Reads a function of a kind that makes rows; undefined for other kinds. @throws TidemillError `udf-signature`. */
export function parseTabular(
  kind: string,
  name: string,
  declared: Readonly<Record<string, unknown>>,
): TabularSignature | undefined {
  if (kind === 'table') return parseTable(name, declared);
  return kind === 'process' ? parseProcess(name, declared) : undefined;
}

export interface TabularTarget {
  readonly memory: MemoryReference;
  readonly fuel: GlobalReference;
  readonly row: GlobalReference;
  readonly state: GlobalReference;
  readonly text: TextTarget | undefined;
}

/**
 * Checks the functions of a module that make rows, and appends their loops.
 * @throws TidemillError `udf-export`, `udf-signature`.
 */
export function adaptTabular(
  editor: ModuleEditor,
  image: ModuleImage,
  moduleName: string,
  signatures: readonly TabularSignature[],
  shared: TabularTarget,
): readonly TabularSignature[] {
  if (signatures.length === 0) return [];
  const block = addBlockGlobals(editor);
  const context = editor.addGlobal('i32', 0);
  editor.addExport(exportNames.block('context'), context);
  return signatures.map(signature => {
    const { name } = signature;
    const exported = (wanted: string): { readonly type: FunctionType; readonly reference: FunctionReference } | undefined => {
      const found = image.exports.find(entry => entry.kind === 'function' && entry.name === wanted);
      return found && { type: editor.typeOfFunction(found.index), reference: editor.functionAt(found.index) };
    };
    const main = exported(name);
    if (main === undefined) throw missing(image, moduleName, name);
    const next = exported(nextExport(name));
    const { text } = shared;
    if (text === undefined)
      throw new TidemillError(
        'udf-export',
        `'${name}' of ${moduleName} makes rows, and the module has no memory to put them in`,
        {
          hint: 'See udf-sdk/abi: Records.',
        },
      );
    const needsRoom = signature.kind === 'process' || signature.arguments.some(isText);
    if (needsRoom && text.allocate === undefined)
      throw new TidemillError(
        'udf-export',
        `'${name}' of ${moduleName} needs room in its memory, and the module exports no function ${allocateExport}(i32) → i32`,
        { hint: 'See udf-sdk/abi: Text and bytes.' },
      );
    const loop = { ...shared, text, block, resultHasFlag: false, total: false, target: main.reference, next: next?.reference };
    if (signature.kind === 'table') {
      checkTable(signature, main.type, next?.type);
      appendTableLoop(editor, { ...loop, signature });
      return signature;
    }
    const timer = exported(timerExport(name));
    checkProcess(signature, main.type, next?.type, timer?.type);
    const timed = Object.freeze({ ...signature, hasTimer: timer !== undefined });
    checkTimers(timed, moduleName);
    const given = processArguments(signature);
    appendProcessLoops(editor, { ...loop, signature: given, process: signature, timer: timer?.reference, context });
    return timed;
  });
}

function missing(image: ModuleImage, module: string, name: string): TidemillError {
  const names = image.exports.filter(entry => entry.kind === 'function').map(entry => entry.name);
  return new TidemillError('udf-export', `${module} declares the function '${name}' but does not export it`, {
    hint: didYouMean(name, names),
  });
}

/** The members of a function that makes rows, for the custom section. */
export function tabularMembers(signature: TabularSignature): Readonly<Record<string, unknown>> {
  const columnsOf = (columns: Schema) => columns.map(({ name, type }) => ({ name, type: typeToString(type) }));
  if (signature.kind === 'process') {
    const { table, states, hasTimer, ...rest } = signature;
    return {
      ...rest,
      ...(hasTimer && { parts: ['timer'] }),
      table: { ...table, columns: columnsOf(table.columns) },
      arguments: signature.arguments.map(type => typeToString(type)),
      states: states.map(state => ({ ...state, columns: columnsOf(state.columns) })),
      columns: columnsOf(signature.columns),
    };
  }
  return {
    name: signature.name,
    kind: signature.kind,
    arguments: signature.arguments.map(type => typeToString(type)),
    ...(signature.argumentNames && { argumentNames: signature.argumentNames }),
    columns: columnsOf(signature.columns),
    nulls: signature.nulls,
    deterministic: signature.deterministic,
  };
}
