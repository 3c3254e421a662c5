import { ByteWriter } from '../encoder/index.ts';
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
}

export interface FuelOptions {
  /** A function without loops and indirect calls that costs at most so much with all it calls runs without checks. */
  readonly freeCostMax: number;
  /** What one memory.grow costs. */
  readonly memoryGrowCost: number;
}

interface Charge {
  /** Where the check goes: behind the loop's block type, or −1 for the function's entry. */
  readonly position: number;
  instructions: number;
  readonly calls: number[];
}
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly charge?: Charge;
  readonly call?: number;
}
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
 * bound, one unit an instruction (both arms of an if), a direct call of a bounded function at its whole cost; bulk instructions by length.
 */
export function meterBodies(image: ModuleImage, targets: FuelTargets, options: FuelOptions): Uint8Array[] {
  const imported = image.imports.filter(entry => entry.kind === 'function').length;
  const referenced = new Set(image.referencedFunctions);
  const analyses = image.bodies.map(body => analyse(body, referenced, options));
  const costs = staticCosts(analyses, imported, referenced, options.freeCostMax);
  return image.bodies.map((body, index) => {
    const parameters = image.types[image.functions[index]!]!.parameters.length;
    return meterBody(body, analyses[index]!, parameters, costs, imported, index, targets);
  });
}

function analyse(body: Uint8Array, referenced: Set<number>, options: FuelOptions): Analysis {
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
        edits.push({ start: reader.position, end: reader.position, charge: current });
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
      case opcodes.returnCall:
        current.calls.push(cursor.operand);
        break;
      case opcodes.callIndirect:
      case opcodes.returnCallIndirect:
        open = true;
        break;
      case opcodes.refFunc:
        referenced.add(cursor.operand);
        break;
      case opcodes.memoryGrow:
        current.instructions += options.memoryGrowCost;
        edits.push({ start: cursor.start, end: reader.position, call: -3 });
        break;
      case opcodes.memoryCopy:
      case opcodes.memoryFill:
      case opcodes.memoryInit:
        edits.push({ start: cursor.start, end: cursor.start, call: -1 });
        break;
      case opcodes.tableCopy:
      case opcodes.tableFill:
      case opcodes.tableInit:
      case opcodes.tableGrow:
        edits.push({ start: cursor.start, end: cursor.start, call: -2 });
        break;
      default:
    }
  }
  return { codeStart, localCount, charges, edits, open: open || charges.length > 1 };
}

/** Cost of a whole call of each own function, Infinity where it has no static bound or exceeds the limit. */
function staticCosts(
  analyses: readonly Analysis[],
  imported: number,
  referenced: ReadonlySet<number>,
  freeCostMax: number,
): Float64Array {
  const costs = new Float64Array(analyses.length).fill(Number.NaN);
  const visiting = new Uint8Array(analyses.length);
  for (let root = 0; root < analyses.length; root++) {
    const stack = [root];
    while (stack.length > 0) {
      const index = stack.at(-1)!;
      const { charges, open } = analyses[index]!;
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
        for (const callee of callees) cost += costs[callee]!;
        costs[index] = cost <= freeCostMax ? cost : Number.POSITIVE_INFINITY;
      }
    }
  }
  return costs;
}

function meterBody(
  body: Uint8Array,
  analysis: Analysis,
  parameterCount: number,
  costs: Float64Array,
  imported: number,
  index: number,
  targets: FuelTargets,
): Uint8Array {
  const metered = costs[index] === Number.POSITIVE_INFINITY;
  if (!metered && analysis.edits.length === 0) return body;
  const out = new ByteWriter(body.length + 64);
  const reader = new ByteReader(body);
  const groups = reader.u32();
  out.u32(groups + (metered ? 1 : 0));
  out.bytes(body.subarray(reader.position, analysis.codeStart));
  const scratch = parameterCount + analysis.localCount;
  if (metered) {
    out.u32(1);
    out.u8(0x7e);
  }
  const check = (charge: Charge) => {
    let cost = charge.instructions;
    for (const callee of charge.calls) {
      const calleeCost = callee < imported ? 0 : costs[callee - imported]!;
      if (Number.isFinite(calleeCost)) cost += calleeCost;
    }
    out.u8(0x23);
    out.u32(targets.fuel);
    out.u8(0x42);
    out.s64(cost);
    out.u8(0x7d);
    out.u8(0x22);
    out.u32(scratch);
    out.u8(0x24);
    out.u32(targets.fuel);
    out.u8(0x20);
    out.u32(scratch);
    out.bytes(trapWhenNegative);
  };
  if (metered) check(analysis.charges[0]!);
  let copied = analysis.codeStart;
  for (const edit of analysis.edits) {
    out.bytes(body.subarray(copied, edit.start));
    copied = edit.end;
    if (edit.charge !== undefined) check(edit.charge);
    else {
      out.u8(0x10);
      out.u32(edit.call === -1 ? targets.chargeBytes : edit.call === -2 ? targets.chargeElements : targets.memoryGrow);
    }
  }
  out.bytes(body.subarray(copied));
  return out.finish();
}

/** i64.const 0, i64.lt_s, if, unreachable, end */
const trapWhenNegative = Uint8Array.of(0x42, 0x00, 0x53, 0x04, 0x40, 0x00, 0x0b);
