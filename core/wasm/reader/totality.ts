import { ByteReader } from './byte-reader.ts';
import { InstructionCursor } from './instruction-cursor.ts';
import type { ModuleImage } from './module-reader.ts';

/** Longer functions are not worth calling for rows nobody asked for. */
const instructionsMax = 200;

/**
 * Whether an own function can neither trap, nor run long, nor read or change anything but its parameters and locals: straight code and
 * branches over arithmetic. It may be called for rows whose result is not wanted.
 */
export function isTotalBody(body: Uint8Array): boolean {
  const reader = new ByteReader(body);
  for (let groups = reader.u32(); groups > 0; groups--) {
    reader.u32();
    reader.u8();
  }
  const cursor = new InstructionCursor(reader);
  for (let count = 0; cursor.next(); count++) if (count > instructionsMax || !isTotal(cursor.opcode)) return false;
  return true;
}

export function isTotalFunction(image: ModuleImage, index: number): boolean {
  const body = image.bodies[index - image.imports.filter(entry => entry.kind === 'function').length];
  return body !== undefined && isTotalBody(body);
}

function isTotal(opcode: number): boolean {
  // nop, block, if, else, end, br, br_if, br_table, return, drop, select; no loop, unreachable or call
  if (opcode <= 0x1c) return opcode !== 0x00 && opcode !== 0x03 && (opcode <= 0x0f || opcode >= 0x1a);
  // locals and constants
  if ((opcode >= 0x20 && opcode <= 0x22) || (opcode >= 0x41 && opcode <= 0x44)) return true;
  // integer divisions and truncations trap
  if (opcode >= 0x45 && opcode <= 0xc4)
    return !((opcode >= 0x6d && opcode <= 0x70) || (opcode >= 0x7f && opcode <= 0x82)) && !isTruncation(opcode);
  return opcode >= 0xfc00 && opcode <= 0xfc07;
}

function isTruncation(opcode: number): boolean {
  return (opcode >= 0xa8 && opcode <= 0xab) || (opcode >= 0xae && opcode <= 0xb1);
}
