// The demo's user function, in AssemblyScript: a flight is late when it left more than 15 minutes behind its plan.
// The line below is its signature in SQL; `node core/cli/demo/build-late.ts` compiles it to late.wasm beside this file.

// @sql late(delay DOUBLE) RETURNS DOUBLE
export function late(delay: f64): f64 {
  return delay > 15 ? 1 : 0;
}
