/** Rows of group tables that lie on disk by the top byte of their hashes (core/state/row-parts.ts); `table` is the address of a table's block. */
export interface PartKernels {
  parts_measure(table: number, count: number, rows: number, hashes: number, rowBytes: number, heapBytes: number): void;
  parts_scatter(
    table: number,
    count: number,
    rows: number,
    hashes: number,
    rowCursors: number,
    heapCursors: number,
    heap: number,
  ): void;
  parts_open(table: number, count: number, base: number, heap: number, heapFrom: number, rows: number, hashes: number): void;
}
