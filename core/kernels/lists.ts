/** Picks lists by a selection: the address of one u32 row index per picked row. */
export interface ListKernels {
  /** count + 1 offsets of the picked lists; gives the number of their elements. */
  list_offsets(count: number, selection: number, offsets: number, target: number): number;
  /** The selection that picks those elements. */
  list_elements(count: number, selection: number, offsets: number, target: number): void;
}
