import { ByteWriter } from '../encoder/index.ts';
import { guarded } from '../guards.ts';
import { ByteReader } from './byte-reader.ts';
import { checkPlainType, InstructionCursor, opcodes } from './instruction-cursor.ts';
import type { ModuleImage } from './module-reader.ts';

/** Indices of what the injected code uses; all are appended to the module, so that nothing is renumbered. */
export interface FuelTargets {
  /** Mutable i64 global: what is left; below 0 the code traps. */
  readonly fuel: number;
  /** Function [i32] → [i32]: charges for so many bytes and returns its operand. */
  readonly chargeBytes: number;
  /** Function [i32] → [i32]: the same for table elements. */
  readonly chargeElements: number;
  /** Function [i32] → [i32]: memory.grow of memory 0. */
  readonly memoryGrow: number;
  /** Functions [i32, i32, i32] → []: memory.copy within memory 0 and memory.fill of it, charged by their bytes. */
  readonly memoryCopy: number;
  readonly memoryFill: number;
}

export interface FuelOptions {
  /** A function without loops and indirect calls that costs at most so much with all it calls runs without checks. */
  readonly freeCostMax: number;
  /** What one memory.grow costs. */
  readonly memoryGrowCost: number;
  /** The most that one pass of a loop or function is charged: of an interpreter's loop, with an arm for each of its instructions, a pass runs very little. */
  readonly passCostMax: number;
}

interface Charge {
  /** Where the check goes: behind the loop's block type, or −1 for the function's entry. */
  readonly position: number;
  instructions: number;
  readonly calls: number[];
}
type Helper = Exclude<keyof FuelTargets, 'fuel'>;
/** Replaces start … end of the body. */
type Edit = { readonly start: number; readonly end: number } & (
  | { readonly kind: 'charge'; readonly charge: Charge }
  | { readonly kind: 'helper'; readonly helper: Helper }
  /** Behind a call: −1 for an indirect one. */
  | { readonly kind: 'called'; readonly callee: number }
);
interface Analysis {
  /** Index of the first instruction in the body. */
  readonly codeStart: number;
  readonly localCount: number;
  readonly charges: readonly Charge[];
  readonly edits: readonly Edit[];
  readonly open: boolean;
}

/**
 * The bodies of all own functions with fuel checks: at the head of every loop and at the entry of every function whose cost has no static
 * bound, one unit an instruction (both arms of an if; at most `passCostMax` a pass), a direct call of a bounded function at its whole cost; bulk instructions by length.
 */
export function meterBodies(image: ModuleImage, targets: FuelTargets, options: FuelOptions): Uint8Array[] {
  const imported = image.imports.filter(entry => entry.kind === 'function').length;
  const referenced = new Set(image.referencedFunctions);
  const hasMemory = image.memories.length > 0 || image.imports.some(entry => entry.kind === 'memory');
  const analyses = image.bodies.map(body => analyse(body, referenced, options, hasMemory));
  const costs = staticCosts(analyses, imported, referenced, options.freeCostMax);
  return image.bodies.map((body, index) => {
    const parameters = image.types[image.functions[index]!]!.parameters.length;
    return meterBody(body, analyses[index]!, parameters, costs, imported, index, targets, options.passCostMax);
  });
}

function analyse(body: Uint8Array, referenced: Set<number>, options: FuelOptions, hasMemory: boolean): Analysis {
  const reader = new ByteReader(body);
  let localCount = 0;
  for (let groups = reader.u32(); groups > 0; groups--) {
    localCount += reader.u32();
    checkPlainType(reader.u8());
  }
  const codeStart = reader.position;
  const entry: Charge = { position: -1, instructions: 1, calls: [] };
  const charges = [entry];
  const edits: Edit[] = [];
  const stack: (Charge | undefined)[] = [];
  let current = entry;
  let open = false;
  const cursor = new InstructionCursor(reader);
  while (cursor.next()) {
    current.instructions++;
    switch (cursor.opcode) {
      case opcodes.loop: {
        stack.push(current);
        current = { position: reader.position, instructions: 1, calls: [] };
        charges.push(current);
        if (guarded('fuel-loops')) edits.push({ start: reader.position, end: reader.position, kind: 'charge', charge: current });
        break;
      }
      case opcodes.block:
      case opcodes.if:
        stack.push(undefined);
        break;
      case opcodes.end:
        current = stack.pop() ?? current;
        break;
      case opcodes.call:
        current.calls.push(cursor.operand);
        edits.push({ start: reader.position, end: reader.position, kind: 'called', callee: cursor.operand });
        break;
      case opcodes.returnCall:
        current.calls.push(cursor.operand);
        break;
      case opcodes.callIndirect:
        edits.push({ start: reader.position, end: reader.position, kind: 'called', callee: -1 });
        open = true;
        break;
      case opcodes.returnCallIndirect:
        open = true;
        break;
      case opcodes.refFunc:
        referenced.add(cursor.operand);
        break;
      case opcodes.memoryGrow:
        if (guarded('fuel-growth')) current.instructions += options.memoryGrowCost;
        edits.push({ start: cursor.start, end: reader.position, kind: 'helper', helper: 'memoryGrow' });
        break;
      case opcodes.memoryCopy:
      case opcodes.memoryFill:
        if (!guarded('fuel-bulk')) break;
        if (hasMemory && isOfMemory0(body, cursor.opcode, reader.position)) {
          const helper = cursor.opcode === opcodes.memoryCopy ? 'memoryCopy' : 'memoryFill';
          edits.push({ start: cursor.start, end: reader.position, kind: 'helper', helper });
        } else edits.push({ start: cursor.start, end: cursor.start, kind: 'helper', helper: 'chargeBytes' });
        break;
      case opcodes.memoryInit:
        if (!guarded('fuel-bulk')) break;
        edits.push({ start: cursor.start, end: cursor.start, kind: 'helper', helper: 'chargeBytes' });
        break;
      case opcodes.tableCopy:
      case opcodes.tableFill:
      case opcodes.tableInit:
      case opcodes.tableGrow:
        if (!guarded('fuel-bulk')) break;
        edits.push({ start: cursor.start, end: cursor.start, kind: 'helper', helper: 'chargeElements' });
        break;
      default:
    }
  }
  return { codeStart, localCount, charges, edits, open: open || charges.length > 1 };
}

/** Whether a memory.copy or memory.fill that ends there names no memory but the first. */
function isOfMemory0(body: Uint8Array, opcode: number, end: number): boolean {
  return body[end - 1] === 0 && (opcode === opcodes.memoryFill || body[end - 2] === 0);
}

interface StaticCosts {
  /** Cost of a whole call of each own function, Infinity where it has no static bound or exceeds the limit. */
  readonly costs: Float64Array;
  /** 1 = no call of the function changes the fuel. */
  readonly quiet: Uint8Array;
}

function staticCosts(
  analyses: readonly Analysis[],
  imported: number,
  referenced: ReadonlySet<number>,
  freeCostMax: number,
): StaticCosts {
  const costs = new Float64Array(analyses.length).fill(Number.NaN);
  const quiet = new Uint8Array(analyses.length);
  const visiting = new Uint8Array(analyses.length);
  for (let root = 0; root < analyses.length; root++) {
    const stack = [root];
    while (stack.length > 0) {
      const index = stack.at(-1)!;
      const { charges, open, edits } = analyses[index]!;
      if (!Number.isNaN(costs[index]!)) {
        stack.pop();
        continue;
      }
      const callees = charges[0]!.calls.filter(callee => callee >= imported).map(callee => callee - imported);
      if (open || referenced.has(index + imported)) costs[index] = Number.POSITIVE_INFINITY;
      else if (visiting[index] === 0) {
        visiting[index] = 1;
        for (const callee of callees)
          if (Number.isNaN(costs[callee]!)) {
            // A function met again while it is still open calls itself.
            if (visiting[callee] === 1) costs[callee] = Number.POSITIVE_INFINITY;
            else stack.push(callee);
          }
      } else {
        let cost = charges[0]!.instructions;
        // What is imported may charge as well.
        let charging = edits.some(edit => edit.kind === 'helper') || charges[0]!.calls.some(callee => callee < imported);
        for (const callee of callees) {
          cost += costs[callee]!;
          charging ||= quiet[callee] === 0;
        }
        costs[index] = cost <= freeCostMax ? cost : Number.POSITIVE_INFINITY;
        quiet[index] = cost <= freeCostMax && !charging ? 1 : 0;
      }
    }
  }
  return { costs, quiet };
}

function meterBody(
  body: Uint8Array,
  analysis: Analysis,
  parameterCount: number,
  { costs, quiet }: StaticCosts,
  imported: number,
  index: number,
  targets: FuelTargets,
  passCostMax: number,
): Uint8Array {
  const metered = costs[index] === Number.POSITIVE_INFINITY;
  // With loops, a local holds what is left as well: the next check need not wait for the global that the last one stored.
  const cached = analysis.charges.length > 1;
  if (!metered && analysis.edits.length === 0) return body;
  const out = new ByteWriter(body.length + 64);
  const reader = new ByteReader(body);
  const groups = reader.u32();
  out.u32(groups + (metered ? 1 : 0));
  out.bytes(body.subarray(reader.position, analysis.codeStart));
  const left = parameterCount + analysis.localCount;
  if (metered) {
    out.u32(1);
    out.u8(0x7e);
  }
  const instruction = (opcode: number, operand: number) => {
    out.u8(opcode);
    out.u32(operand);
  };
  const check = (charge: Charge, entry: boolean) => {
    let cost = charge.instructions;
    for (const callee of charge.calls) {
      const calleeCost = callee < imported ? 0 : costs[callee - imported]!;
      if (Number.isFinite(calleeCost)) cost += calleeCost;
    }
    if (entry) instruction(getGlobal, targets.fuel);
    else instruction(getLocal, left);
    out.u8(0x42);
    out.s64(Math.min(cost, passCostMax));
    out.u8(0x7d);
    instruction(teeLocal, left);
    instruction(setGlobal, targets.fuel);
    instruction(getLocal, left);
    out.bytes(trapWhenNegative);
  };
  const reload = () => {
    if (!cached) return;
    instruction(getGlobal, targets.fuel);
    instruction(setLocal, left);
  };
  if (metered && guarded('fuel-calls')) check(analysis.charges[0]!, true);
  let copied = analysis.codeStart;
  for (const edit of analysis.edits) {
    out.bytes(body.subarray(copied, edit.start));
    copied = edit.end;
    switch (edit.kind) {
      case 'charge':
        check(edit.charge, false);
        break;
      case 'helper':
        instruction(opcodes.call, targets[edit.helper]);
        reload();
        break;
      case 'called':
        if (edit.callee < imported || quiet[edit.callee - imported] === 0) reload();
        break;
    }
  }
  out.bytes(body.subarray(copied));
  return out.finish();
}

const getLocal = 0x20;
const setLocal = 0x21;
const teeLocal = 0x22;
const getGlobal = 0x23;
const setGlobal = 0x24;
/** i64.const 0, i64.lt_s, if, unreachable, end */
const trapWhenNegative = Uint8Array.of(0x42, 0x00, 0x53, 0x04, 0x40, 0x00, 0x0b);
