/** Text that kernels make. */
export interface TextKernels {
  /** To be called before generated code runs: new text goes to a new place in the arena. */
  text_begin(): void;
  /** 1 when two views of equal length above 12 and equal prefix have the same bytes. */
  view_equal_bytes(left: number, right: number): number;
}
